#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "probe/look_parts.h"

/// OpenID Connect Discovery 1.0, sections 3 and 4; JSON Web Key Set, RFC 7517.
namespace postern::probe {
namespace {

constexpr json::Limits document_limits{.bytes_max = 256U << 10U, .depth_max = 16};
constexpr std::size_t keys_max = 100;

Result<json::Value> fetch_json(const std::string& url, const char* what, const Looking& looking) {
  const http::Response response = TRY(send(
      {.url = url, .headers = {{"accept", "application/json"}}, .body_bytes_max = document_limits.bytes_max},
      looking));
  if (response.status != 200)
    return fail(ErrorCode::unavailable, fmt::format("answered status {} for {}", response.status, what));
  Result<json::Value> document = json::parse(response.body, document_limits);
  if (document && document->as_object() != nullptr) return document;
  return fail(ErrorCode::invalid, fmt::format("answered 200, but {} is no JSON object", what));
}

/// RFC 7517, sections 4.1 and 4.2; without "use" a key is for everything.
bool is_signing_key(const json::Value& key) {
  const std::string_view kind = key.text_at("kty");
  const bool is_whole = (kind == "RSA" && !key.text_at("n").empty() && !key.text_at("e").empty()) ||
                        (kind == "EC" && !key.text_at("crv").empty() && !key.text_at("x").empty()) ||
                        (kind == "OKP" && !key.text_at("crv").empty() && !key.text_at("x").empty());
  return is_whole && (key.find("use") == nullptr || key.text_at("use") == "sig");
}

/// Where the keys are, if that is a place to ask: whoever writes the document must not send us to plain http,
/// nor to this machine's own services.
Result<std::string> address_of_keys(const json::Value& document, const std::string& issuer) {
  std::string url(document.text_at("jwks_uri"));
  const bool is_allowed =
      url.starts_with("https://") || (issuer.starts_with("http://") && is_confidential(url));
  if (is_allowed && !host_of(url).empty()) return url;
  return fail(ErrorCode::invalid, "names no https address of its keys (jwks_uri)");
}

Result<std::size_t> count_keys(const std::string& issuer, const Looking& looking) {
  const std::string base = issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer;
  const json::Value document =
      TRY(fetch_json(base + "/.well-known/openid-configuration", "its discovery document", looking));
  if (document.text_at("issuer") != issuer)
    return fail(ErrorCode::invalid,
                "calls itself " + shown(document.text_at("issuer"), 100) + ", which is another issuer");
  const json::Value keys = TRY(fetch_json(TRY(address_of_keys(document, issuer)), "its keys", looking));
  const json::Value* list = keys.find("keys");
  if (list == nullptr || list->as_array() == nullptr || list->as_array()->size() > keys_max)
    return fail(ErrorCode::invalid, "answered 200, but its keys are no JSON Web Key Set");
  const auto count = std::count_if(list->as_array()->begin(), list->as_array()->end(), is_signing_key);
  if (count == 0) return fail(ErrorCode::invalid, "publishes no key that it could sign with");
  return static_cast<std::size_t>(count);
}

}  // namespace

Observation look_at(const catalog::OidcDiscoveryProbe& probe, const Looking& looking) {
  if (!is_confidential(probe.issuer)) return blind("the issuer's address is not https");
  const Result<std::size_t> keys = count_keys(probe.issuer, looking);
  if (!keys) return bad_or_ours(keys.error());
  return {.sight = Sight::good,
          .detail = fmt::format("serves its discovery document and {} signing keys", *keys)};
}

}  // namespace postern::probe
