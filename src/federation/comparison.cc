#include "federation/comparison.h"

#include <algorithm>

#include "base/encoding.h"
#include "saml/signature.h"

namespace postern::federation {
namespace {

using catalog::Catalog;

using Idps = std::map<ProbeId, Result<Idp>>;

Result<const catalog::Probe*> metadata_probe(const Catalog& catalog, const ProbeId& id) {
  const auto at = catalog.probes.find(id);
  if (at == catalog.probes.end() || !std::holds_alternative<catalog::SamlMetadataProbe>(at->second.check))
    return fail(ErrorCode::not_found,
                "The catalog has no probe " + id.text() + " that looks at SAML metadata. Name one in `of`.");
  return &at->second;
}

/// 12 digits of arn:aws:sts::200000000001:assumed-role/…, or "".
std::string account_in(std::string_view arn) {
  for (int colon = 0; colon < 4; ++colon) {
    const std::size_t at = arn.find(':');
    if (at == std::string_view::npos) return "";
    arn.remove_prefix(at + 1);
  }
  const Result<AccountId> account = AccountId::parse(arn.substr(0, arn.find(':')));
  return account ? account->text() : "";
}

/// Nothing but credentials of the provider's own account: IAM looks for the ARN among the caller's providers,
/// and would say to others that it does not exist.
Result<aws::Credentials> of_its_account(aws::Credentials credentials, const catalog::SamlProvider& provider,
                                        const Aws& aws) {
  const std::string account = account_in(TRY(aws.caller(credentials)));
  if (account == provider.account.text()) return credentials;
  return fail(ErrorCode::forbidden,
              "These credentials are of account " + (account.empty() ? "(unknown)" : account) +
                  ". Name a role for reading in the probe, or run this with credentials of account " +
                  provider.account.text() + ": postern access G-… -- postern federation diff");
}

Result<aws::Credentials> credentials_for(const catalog::SamlProvider& provider,
                                         const std::string& reading_role, const Aws& aws) {
  Result<aws::Credentials> wanted = aws.credentials(reading_role);
  if (wanted) return of_its_account(*std::move(wanted), provider, aws);
  // A grant's session may not take the reading role, and has no need to: it is in that account already.
  if (wanted.error().code == ErrorCode::forbidden && !reading_role.empty())
    if (Result<aws::Credentials> own = aws.credentials(""))
      if (own = of_its_account(*std::move(own), provider, aws); own) return own;
  // "Not found" is what a deleted provider is, and never a key that this host has not.
  const Error& why = wanted.error();
  return fail(why.code == ErrorCode::not_found ? ErrorCode::unavailable : why.code, why.message, why.detail);
}

std::string name_of(const catalog::SamlProvider& provider) {
  return "IAM SAML provider " + provider.name + " in account " + provider.account.text();
}

/// The IdP that `metadata` is of, where the catalog does not say which it should be.
std::optional<ProbeId> idp_by_entity(const Idps& idps, const std::string& entity_id) {
  for (const auto& [id, idp] : idps)
    if (idp && idp->metadata.entity_id == entity_id) return id;
  return std::nullopt;
}

/// Compares a side whose document is known.
void judge(Comparison& side, std::string_view document, const Idps& idps, Instant judged_at) {
  const Result<saml::IdpMetadata> held = saml::read_metadata(document);
  if (!held) {
    side.trust = tl::unexpected(held.error());
    return;
  }
  if (!side.idp) side.idp = idp_by_entity(idps, held->entity_id);
  const auto idp = side.idp ? idps.find(*side.idp) : idps.end();
  if (idp == idps.end())
    side.trust = fail(ErrorCode::not_found,
                      "The catalog does not say which IdP this is for. Name it in a saml_certificate probe.");
  else if (!idp->second)
    side.trust = tl::unexpected(idp->second.error());
  else
    side.trust = saml::compare(idp->second->metadata, *held, judged_at);
}

Comparison of_copy(const catalog::CertificateProbe& probe, const Catalog& catalog, const Idps& idps,
                   Instant judged_at) {
  Comparison out{.side = "copy " + probe.trusted_copy + " of what AWS was given",
                 .held = saml::Held::copy,
                 .copy_path = probe.trusted_copy,
                 .idp = probe.of,
                 .trust = fail(ErrorCode::not_found, "The copy is not there. Put it beside the catalog.")};
  if (const auto copy = catalog.trusted_copies.find(probe.trusted_copy); copy != catalog.trusted_copies.end())
    judge(out, copy->second, idps, judged_at);
  return out;
}

Comparison of_provider(const Assigned& assigned, const catalog::SamlProvider& provider, const Idps& idps,
                       const Aws& aws, Instant judged_at) {
  const Result<aws::SamlProviderDocument> document = read_provider(provider, assigned.reading_role, aws);
  Comparison out{.side = name_of(provider),
                 .held = saml::Held::live,
                 .idp = assigned.idp,
                 .trust = fail(ErrorCode::unavailable, "It was not read.")};
  if (document) {
    out.since = document->created;
    judge(out, document->metadata, idps, judged_at);
  } else {
    out.is_deleted = document.error().code == ErrorCode::not_found;
    out.trust = tl::unexpected(document.error());
  }
  return out;
}

/// True when the signed copy stands for the provider on a host that cannot ask AWS.
bool has_copy(const Catalog& catalog, const catalog::SamlProvider& provider) {
  return std::any_of(catalog.probes.begin(), catalog.probes.end(), [&](const auto& each) {
    const auto* probe = std::get_if<catalog::CertificateProbe>(&each.second.check);
    return probe != nullptr && probe->iam_provider == provider && !probe->trusted_copy.empty();
  });
}

}  // namespace

Result<Idp> read_idp(const Catalog& catalog, const ProbeId& id, std::string text) {
  const auto& probe = std::get<catalog::SamlMetadataProbe>(TRY(metadata_probe(catalog, id))->check);
  saml::IdpMetadata metadata =
      probe.signed_by.empty() ? TRY(saml::read_metadata(text))
                              : TRY(saml::read_signed_metadata(text, TRY(Digest::from_hex(probe.signed_by))));
  if (!probe.entity_id.empty() && metadata.entity_id != probe.entity_id)
    return fail(ErrorCode::forbidden, "The metadata is of \"" +
                                          sanitized(metadata.entity_id.substr(0, 200), Lines::replace) +
                                          "\", and the catalog expects \"" + probe.entity_id +
                                          "\". Ask whoever runs the IdP before anything else.");
  return Idp{.probe = id, .text = std::move(text), .metadata = std::move(metadata)};
}

Result<Idp> fetch_idp(const Catalog& catalog, const ProbeId& id, http::Client& client) {
  const catalog::Probe& probe = *TRY(metadata_probe(catalog, id));
  http::Outgoing request;
  request.url = std::get<catalog::SamlMetadataProbe>(probe.check).url;
  request.headers = {{"accept", "*/*"}};
  request.connect_deadline = probe.timeout;
  request.deadline = probe.timeout;
  request.body_bytes_max = saml::metadata_bytes_max;
  http::Response response = TRY(client.send(request));
  if (response.status != 200)
    return fail(ErrorCode::unavailable,
                "The IdP of probe " + id.text() + " answered HTTP " + std::to_string(response.status) +
                    " instead of its metadata. Get the file from whoever runs it, and "
                    "name it with --idp-metadata.");
  return read_idp(catalog, id, std::move(response.body));
}

Result<aws::SamlProviderDocument> read_provider(const catalog::SamlProvider& provider,
                                                const std::string& reading_role, const Aws& aws) {
  const aws::Credentials credentials = TRY(credentials_for(provider, reading_role, aws));
  return aws::get_saml_provider(aws.client, provider_arn(provider), credentials, aws.now,
                                aws::endpoint_override(aws.environment, "iam"), {});
}

Verdict verdict_of(const Comparison& comparison) {
  if (comparison.is_deleted) return Verdict::would_not_work;
  if (!comparison.trust) return Verdict::unknown;
  if (!comparison.trust->works) return Verdict::would_not_work;
  return comparison.trust->findings.empty() ? Verdict::same : Verdict::differs;
}

std::vector<Comparison> compare_all(const Catalog& catalog, const Idps& idps, const Aws* aws,
                                    Instant judged_at) {
  std::vector<Comparison> out;
  for (const auto& [id, probe] : catalog.probes)
    if (const auto* certificate = std::get_if<catalog::CertificateProbe>(&probe.check))
      if (!certificate->trusted_copy.empty()) out.push_back(of_copy(*certificate, catalog, idps, judged_at));
  for (const Assigned& each : destinations(catalog)) {
    const auto* provider = std::get_if<catalog::SamlProvider>(&each.destination.aws);
    if (provider == nullptr) continue;
    if (aws != nullptr)
      out.push_back(of_provider(each, *provider, idps, *aws, judged_at));
    else if (!has_copy(catalog, *provider))
      out.push_back({.side = name_of(*provider),
                     .held = saml::Held::live,
                     .idp = each.idp,
                     .trust = fail(ErrorCode::unavailable,
                                   "There are no AWS credentials here to read it with. Run this as postern "
                                   "access G-… -- postern federation diff, or name a profile.")});
  }
  return out;
}

}  // namespace postern::federation
