#include <fmt/format.h>

#include "catalog/lint_parts.h"

namespace postern::catalog {
namespace {

/// `of` as a probe that can tell what an identity provider signs with.
void judge_of(const Catalog& catalog, const ProbeId& of, const std::string& path, Findings& found) {
  const auto other = catalog.probes.find(of);
  if (other == catalog.probes.end()) return;  // found as an unknown name
  if (!std::holds_alternative<SamlMetadataProbe>(other->second.check))
    found.add(Rule::of_no_metadata, path,
              fmt::format("The probe {} fetches no SAML metadata, so it knows no certificates.", of.text()));
}

void judge_regions(const Catalog& catalog, const StsProbe& sts, const std::string& path, Findings& found) {
  const auto& regions = sts.regions.empty() ? catalog.organization.sts_regions : sts.regions;
  if (sts.at_least > std::ssize(regions) && !regions.empty())
    found.add(Rule::too_few_regions, path,
              fmt::format("{} Regions must answer, and {} {} asked.", sts.at_least, regions.size(),
                          regions.size() == 1 ? "is" : "are"));
}

}  // namespace

void judge_probes(const Catalog& catalog, Findings& found) {
  for (const auto& [id, probe] : catalog.probes) {
    const std::string path = "probes." + id.text();
    if (const auto* certificate = std::get_if<CertificateProbe>(&probe.check)) {
      judge_of(catalog, certificate->of, path + ".saml_certificate.of", found);
      if (certificate->trusted_copy.empty())
        found.add(Rule::no_copy_to_compare, path + ".saml_certificate",
                  fmt::format("{} has no signed copy to compare the provider in AWS with.", id.text()));
    }
    if (const auto* login = std::get_if<SamlLoginProbe>(&probe.check))
      judge_of(catalog, login->of, path + ".saml_login.of", found);
    if (const auto* sts = std::get_if<StsProbe>(&probe.check))
      judge_regions(catalog, *sts, path + ".sts.at_least", found);
  }
}

}  // namespace postern::catalog
