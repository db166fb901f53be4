#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/encoding.h"
#include "saml/html_form.h"
#include "saml/metadata.h"
#include "saml/signature.h"

// Bytes as metadata, as signed metadata, as a page with forms, and as a Response. A NUL, which none of them
// may hold, stands between the metadata of a provider and a Response that it may have signed.
namespace postern::saml {
namespace {

constexpr Digest nobody{};
const Instant now = parse_rfc3339("2026-11-26T03:00:00Z").value();

/// A signature decides whether metadata is read, never what is read from it.
void check_metadata(std::string_view xml) {
  const Result<IdpMetadata> metadata = read_metadata(xml);
  ENSURE(!read_signed_metadata(xml, nobody));
  if (!metadata) return;
  ENSURE(!metadata->sign_on_urls.empty() && !metadata->signing_certificates.empty());
  for (const SigningCertificate& each : metadata->signing_certificates) {
    ENSURE(sha256(each.der) == each.sha256 && is_printable_text(each.subject));
    const Result<IdpMetadata> read = read_signed_metadata(xml, each.sha256);
    ENSURE(!read || *read == *metadata);
  }
}

void check_response(std::string_view xml, const IdpMetadata& idp) {
  IdpMetadata without_keys = idp;
  without_keys.signing_certificates.clear();
  ENSURE(!read_response(xml, without_keys, now));
  const Result<Assertion> assertion = read_response(xml, idp, now);
  if (!assertion) return;
  ENSURE(assertion->issuer == idp.entity_id && assertion->not_on_or_after + seconds(60) > now);
  ENSURE(!read_response(xml, idp, assertion->not_on_or_after + seconds(60)));
}

void check_address(const std::string& reference) {
  const std::string base = "https://idp.example.com:8443/a/b?c#d";
  const Result<std::string> url = resolve_url(base, reference);
  if (!url) return;
  // What is resolved stands by itself.
  ENSURE(resolve_url("http://a/", *url).value_or("") == *url);
  const Result<std::string> origin = origin_of(*url);
  ENSURE(origin && origin_of(*origin).value_or("") == *origin);
}

void check_forms(std::string_view html) {
  const Result<std::vector<HtmlForm>> forms = read_forms(html);
  if (!forms) return;
  ENSURE(forms->size() <= 16);
  for (const HtmlForm& form : *forms) {
    ENSURE(form.fields.size() <= 100);
    for (const auto& [name, value] : form.fields) ENSURE(!name.empty() && is_utf8(name) && is_utf8(value));
    check_address(form.action);
  }
}

}  // namespace
}  // namespace postern::saml

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace postern::saml;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view first = bytes.substr(0, bytes.find('\0'));
  check_metadata(first);
  check_forms(first);
  check_address(std::string(first));
  if (first.size() == bytes.size()) {
    check_response(bytes, {.entity_id = "https://idp.example.com/"});
  } else if (const auto idp = read_metadata(first)) {
    check_response(bytes.substr(first.size() + 1), *idp);
  }
  return 0;
}
