#include "federation/destinations.h"

#include <algorithm>

namespace postern::federation {
namespace {

using catalog::Catalog;
using catalog::CertificateProbe;
using catalog::Process;

bool names(const Process* process, const AccountId& account) {
  return process != nullptr && process->access.target_accounts.contains(account);
}

const Process* process_for(const Catalog& catalog, const AccountId& account) {
  for (const auto& [probe_id, probe] : catalog.probes) {
    if (!std::holds_alternative<CertificateProbe>(probe.check)) continue;
    for (const auto& [mode_id, mode] : catalog.modes) {
      const bool is_about = std::find(mode.takes_away.begin(), mode.takes_away.end(), probe.dependency) !=
                            mode.takes_away.end();
      if (const Process* process = catalog.process(mode.process); is_about && names(process, account))
        return process;
    }
  }
  for (const auto& [id, process] : catalog.processes)
    if (names(&process, account)) return &process;
  return nullptr;
}

template <class Aws>
Assigned assigned(const Catalog& catalog, const Aws& aws, std::optional<ProbeId> idp,
                  std::string reading_role) {
  const Process* process = process_for(catalog, aws.account);
  return {.destination = {.aws = aws,
                          .process = process == nullptr ? "" : process->id.text(),
                          .role = process == nullptr ? "" : process->access.target_role},
          .idp = std::move(idp),
          .reading_role = std::move(reading_role)};
}

bool is_there(const std::vector<Assigned>& all, const catalog::SamlProvider& provider) {
  return std::any_of(all.begin(), all.end(), [&](const Assigned& each) {
    const auto* known = std::get_if<catalog::SamlProvider>(&each.destination.aws);
    return known != nullptr && *known == provider;
  });
}

}  // namespace

std::vector<ProbeId> compared_idps(const Catalog& catalog) {
  std::vector<ProbeId> compared;
  std::vector<ProbeId> all;
  for (const auto& [id, probe] : catalog.probes) {
    if (std::holds_alternative<catalog::SamlMetadataProbe>(probe.check)) all.push_back(id);
    if (const auto* certificate = std::get_if<CertificateProbe>(&probe.check))
      if (std::find(compared.begin(), compared.end(), certificate->of) == compared.end())
        compared.push_back(certificate->of);
  }
  if (compared.empty() && all.size() == 1) return all;
  return compared;
}

std::vector<Assigned> destinations(const Catalog& catalog) {
  const std::vector<ProbeId> idps = compared_idps(catalog);
  const std::optional<ProbeId> only = idps.size() == 1 ? std::optional(idps.front()) : std::nullopt;
  std::optional<ProbeId> of_identity_center;
  std::vector<Assigned> out;
  for (const auto& [id, probe] : catalog.probes) {
    const auto* certificate = std::get_if<CertificateProbe>(&probe.check);
    if (certificate == nullptr) continue;
    if (!certificate->iam_provider) {
      if (!of_identity_center) of_identity_center = certificate->of;
    } else if (!is_there(out, *certificate->iam_provider)) {
      out.push_back(assigned(catalog, *certificate->iam_provider, certificate->of, certificate->role));
    }
  }
  for (const catalog::SamlProvider& each : catalog.federation.iam_saml)
    if (!is_there(out, each)) out.push_back(assigned(catalog, each, only, ""));
  if (catalog.federation.identity_center)
    out.push_back(assigned(catalog, *catalog.federation.identity_center,
                           of_identity_center ? of_identity_center : only, ""));
  return out;
}

}  // namespace postern::federation
