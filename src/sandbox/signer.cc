#include "sandbox/signer.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "aws/sigv4.h"

namespace postern::sandbox {
namespace {

struct Authorization {
  std::string access_key_id;
  std::string day;
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;
  Secret signature;
};

std::string_view header(const http::Request& request, std::string_view name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string_view() : found->second;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// The value of "Name=value" in the comma-separated list.
std::optional<std::string> parameter(std::string_view list, std::string_view name) {
  for (const std::string& part : split(list, ',')) {
    const std::string_view trimmed =
        std::string_view(part).substr(std::min(part.find_first_not_of(' '), part.size()));
    if (trimmed.starts_with(name) && trimmed.substr(name.size()).starts_with('='))
      return std::string(trimmed.substr(name.size() + 1));
  }
  return std::nullopt;
}

Answer<Authorization> read_authorization(std::string_view text) {
  constexpr std::string_view algorithm = "AWS4-HMAC-SHA256 ";
  if (text.empty())
    return refuse(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
  if (!text.starts_with(algorithm))
    return refuse(400, "IncompleteSignature", "Only AWS4-HMAC-SHA256 is supported.");
  text.remove_prefix(algorithm.size());
  const std::optional<std::string> credential = parameter(text, "Credential");
  const std::optional<std::string> names = parameter(text, "SignedHeaders");
  std::optional<std::string> signature = parameter(text, "Signature");
  const std::vector<std::string> scope = split(credential.value_or(""), '/');
  if (!names || !signature || scope.size() != 5 || scope[4] != "aws4_request")
    return refuse(
        400, "IncompleteSignature",
        "The Authorization header needs Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders and "
        "Signature.");
  return Authorization{.access_key_id = scope[0],
                       .day = scope[1],
                       .region = scope[2],
                       .service = scope[3],
                       .signed_headers = split(*names, ';'),
                       .signature = Secret(std::move(*signature))};
}

/// Reads 20150830T123600Z.
std::optional<Instant> read_amz_date(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const std::string all(text);
  const Result<Instant> date =
      parse_rfc3339(all.substr(0, 4) + "-" + all.substr(4, 2) + "-" + all.substr(6, 5) + ":" +
                    all.substr(11, 2) + ":" + all.substr(13, 3));
  if (!date) return std::nullopt;
  return *date;
}

/// Everything that decides about a request must be signed, or somebody on the way could change it.
bool signs_what_matters(const http::Request& request, const Authorization& authorization) {
  const auto is_signed = [&](std::string_view name) {
    return std::find(authorization.signed_headers.begin(), authorization.signed_headers.end(), name) !=
           authorization.signed_headers.end();
  };
  return is_signed("host") && is_signed("x-amz-date") &&
         std::all_of(request.headers.begin(), request.headers.end(), [&](const auto& each) {
           return !each.first.starts_with("x-amz-") || is_signed(each.first);
         });
}

Fault mismatch(std::string message) {
  return {.status = 403, .code = "SignatureDoesNotMatch", .message = std::move(message)};
}

std::optional<Fault> scope_fault(const Authorization& authorization, Service service,
                                 const std::set<std::string, std::less<>>& regions, std::string_view date) {
  if (authorization.day != date.substr(0, 8))
    return mismatch(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP");
  if (!regions.contains(authorization.region))
    return mismatch("Credential should be scoped to a valid region.");
  if (authorization.service != signing_name(service))
    return mismatch(std::string("Credential should be scoped to correct service: '") + signing_name(service) +
                    "'.");
  return std::nullopt;
}

std::optional<Fault> date_fault(Instant date, Instant now) {
  if (date < now - clock_skew_max)
    return mismatch("Signature expired: " + to_rfc3339(date) + " is now earlier than " +
                    to_rfc3339(now - clock_skew_max) + " (" + to_rfc3339(now) + " - 15 min.)");
  if (date > now + clock_skew_max)
    return mismatch("Signature not yet current: " + to_rfc3339(date) + " is still later than " +
                    to_rfc3339(now + clock_skew_max) + " (" + to_rfc3339(now) + " + 15 min.)");
  return std::nullopt;
}

/// What the signature must be if it was made with this key over this request.
Secret expected_signature(const http::Request& request, const Authorization& authorization,
                          const aws::Credentials& credentials, Instant date) {
  aws::UnsignedRequest again{.method = request.method,
                             .host = std::string(header(request, "host")),
                             .path = request.path,
                             .query = {request.query.begin(), request.query.end()},
                             .body = request.body};
  aws::SigningRules rules;
  for (const std::string& name : authorization.signed_headers) {
    again.headers.emplace_back(name, header(request, name));
    // Computed from the body, never taken from the header: so a header that lies about the body does not
    // match.
    if (name == "x-amz-content-sha256") rules.body_hash = aws::BodyHashHeader::present;
  }
  const aws::Scope scope{.region = authorization.region, .service = authorization.service};
  return Secret(std::move(aws::sign(again, credentials, scope, date, rules).signature));
}

}  // namespace

Answer<Signer> signer_of(const http::Request& request, Service service, const Keyring& keyring,
                         const std::set<std::string, std::less<>>& regions, Instant now) {
  const Answer<Authorization> authorization = read_authorization(header(request, "authorization"));
  if (!authorization) return tl::unexpected(authorization.error());
  const std::string_view date_text = header(request, "x-amz-date");
  const std::optional<Instant> date = read_amz_date(date_text);
  if (!date)
    return refuse(400, "IncompleteSignature", "Date must be in ISO-8601 'basic format' in X-Amz-Date.");
  if (!signs_what_matters(request, *authorization))
    return tl::unexpected(
        mismatch("'Host' and every 'X-Amz-' header must be a 'SignedHeader' in the AWS Authorization."));
  const auto key = keyring.find(authorization->access_key_id);
  if (key == keyring.end() ||
      !(key->second.credentials.session_token == Secret::copy_of(header(request, "x-amz-security-token"))))
    return refuse(403, "InvalidClientTokenId", "The security token included in the request is invalid.");
  if (std::optional<Fault> fault = scope_fault(*authorization, service, regions, date_text))
    return tl::unexpected(*fault);
  if (std::optional<Fault> fault = date_fault(*date, now)) return tl::unexpected(*fault);
  if (!(authorization->signature ==
        expected_signature(request, *authorization, key->second.credentials, *date)))
    return tl::unexpected(
        mismatch("The request signature we calculated does not match the signature you provided. Check your "
                 "AWS Secret Access "
                 "Key and signing method. Consult the service documentation for details."));
  const std::optional<Instant>& expires_at = key->second.credentials.expires_at;
  if (expires_at && now >= *expires_at)
    return refuse(403, "ExpiredToken", "The security token included in the request is expired");
  return Signer{.principal = key->second.principal, .region = authorization->region};
}

}  // namespace postern::sandbox
