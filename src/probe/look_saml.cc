#include <fmt/format.h>

#include <algorithm>

#include "probe/look_parts.h"
#include "saml/signature.h"

namespace postern::probe {
namespace {

Result<saml::IdpMetadata> read(const catalog::SamlMetadataProbe& probe, const std::string& xml) {
  if (probe.signed_by.empty()) return saml::read_metadata(xml);
  return saml::read_signed_metadata(xml, TRY(Digest::from_hex(probe.signed_by)));
}

/// Why metadata that can be read is of no use; "" when it is.
std::string fault_of(const saml::IdpMetadata& metadata, const catalog::SamlMetadataProbe& probe,
                     Instant now) {
  if (!probe.entity_id.empty() && metadata.entity_id != probe.entity_id)
    return "calls itself " + shown(metadata.entity_id, 100) + " and not " + shown(probe.entity_id, 100);
  if (metadata.valid_until && *metadata.valid_until <= now)
    return "serves metadata that was valid until " + to_rfc3339(*metadata.valid_until);
  const auto& certificates = metadata.signing_certificates;
  const bool any_valid = std::any_of(certificates.begin(), certificates.end(), [&](const auto& each) {
    return each.not_before <= now && now < each.not_after;
  });
  return any_valid ? "" : "signs with no certificate that is valid now";
}

/// Many IdPs renew their metadata for a day or a week each time, so only the last of the steps says anything.
std::optional<emergency::ProbeWarning> warning_of_metadata(const saml::IdpMetadata& metadata,
                                                           const catalog::SamlMetadataProbe& probe,
                                                           Instant now) {
  const auto last = std::min_element(probe.warn_before.begin(), probe.warn_before.end());
  if (!metadata.valid_until || last == probe.warn_before.end()) return std::nullopt;
  return expiry_warning("The metadata of the IdP", *metadata.valid_until, {*last}, now);
}

}  // namespace

Result<saml::IdpMetadata> fetch_metadata(const catalog::SamlMetadataProbe& probe, const Looking& looking) {
  const http::Response response =
      TRY(send({.url = probe.url, .headers = {{"accept", "*/*"}}, .body_bytes_max = saml::metadata_bytes_max},
               looking));
  if (response.status != 200)
    return fail(ErrorCode::unavailable, fmt::format("answered status {}", response.status));
  Result<saml::IdpMetadata> metadata = read(probe, response.body);
  if (metadata) return metadata;
  const char* what = metadata.error().code == ErrorCode::forbidden
                         ? "answered 200, but not with metadata that the right key has signed: "
                         : "answered 200, but not with usable SAML metadata: ";
  return fail(metadata.error().code, what + metadata.error().message);
}

Result<saml::IdpMetadata> fetch_metadata_of(const ProbeId& id, const Looking& looking) {
  const auto found = looking.catalog.probes.find(id);
  const auto* probe = found == looking.catalog.probes.end()
                          ? nullptr
                          : std::get_if<catalog::SamlMetadataProbe>(&found->second.check);
  if (probe == nullptr)
    return fail(ErrorCode::not_found, "has no metadata probe: " + id.text() + " is none of this catalog");
  return fetch_metadata(*probe, looking);
}

Observation look_at(const catalog::SamlMetadataProbe& probe, const Looking& looking) {
  const Result<saml::IdpMetadata> metadata = fetch_metadata(probe, looking);
  if (!metadata) return bad_or_ours(metadata.error());
  Warnings warnings;
  for (const saml::SigningCertificate& each : metadata->signing_certificates)
    if (auto due = expiry_warning("Certificate " + short_name(each) + " of the IdP", each.not_after,
                                  probe.warn_before, looking.now))
      add(warnings, *std::move(due));
  if (auto due = warning_of_metadata(*metadata, probe, looking.now)) add(warnings, *std::move(due));
  const std::string fault = fault_of(*metadata, probe, looking.now);
  return {.sight = fault.empty() ? Sight::good : Sight::bad,
          .detail = fault.empty() ? "serves its metadata (" + shown(metadata->entity_id, 200) + ")" : fault,
          .warnings = std::move(warnings)};
}

}  // namespace postern::probe
