#include "aws/sigv4.h"

#include <algorithm>
#include <map>

#include "base/hash.h"
#include "http/client.h"

namespace postern::aws {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
using Headers = std::map<std::string, std::string>;

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

/// Without white space at the ends, and with single spaces inside, quoted or not.
std::string trimmed(std::string_view value) {
  std::string out;
  bool pending = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t') {
      pending = !out.empty();
      continue;
    }
    if (pending) out += ' ';
    pending = false;
    out += c;
  }
  return out;
}

/// RFC 3986, section 5.2.4, and without empty segments, as AWS's own tools do it.
std::string normalized(std::string_view path) {
  std::vector<std::string_view> kept;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    at = end + 1;
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!segment.empty() && segment != "." && segment != "..") kept.push_back(segment);
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

/// Percent-encoded but for the slashes.
std::string encoded_path(std::string_view path) {
  std::string out;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    out += http::percent_encoded(path.substr(at, end - at));
    if (end < path.size()) out += '/';
    at = end + 1;
  }
  return out;
}

/// Sorted by encoded name, then encoded value: as joined text "a-b=" would come before "a=".
std::string encoded_query(const std::vector<std::pair<std::string, std::string>>& query) {
  std::vector<std::pair<std::string, std::string>> fields;
  fields.reserve(query.size());
  for (const auto& [name, value] : query)
    fields.emplace_back(http::percent_encoded(name), http::percent_encoded(value));
  std::sort(fields.begin(), fields.end());
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

/// 20150830T123600Z
std::string amz_date(Instant now) {
  std::string out;
  for (const char c : to_rfc3339(now).substr(0, 19))
    if (c != '-' && c != ':') out += c;
  return out + "Z";
}

bool is_ours(std::string_view name) {
  return name == "host" || name == "x-amz-date" || name == "x-amz-security-token" ||
         name == "x-amz-content-sha256" || name == "authorization";
}

Headers headers_to_sign(const UnsignedRequest& request, const Credentials& credentials,
                        const std::string& date, const SigningRules& rules) {
  Headers headers;
  for (const auto& [name, value] : request.headers) {
    std::string key = lower_case(name);
    if (is_ours(key)) continue;
    const auto [at, is_new] = headers.try_emplace(std::move(key), trimmed(value));
    if (!is_new) at->second.append(",").append(trimmed(value));
  }
  headers["host"] = request.host;
  headers["x-amz-date"] = date;
  if (!credentials.session_token.empty() && rules.token == TokenRule::sign)
    headers["x-amz-security-token"] = credentials.session_token.reveal();
  if (rules.body_hash == BodyHashHeader::present)
    headers["x-amz-content-sha256"] = sha256(request.body).hex();
  return headers;
}

std::string names_of(const Headers& headers) {
  std::string out;
  for (const auto& [name, value] : headers) {
    if (!out.empty()) out += ';';
    out += name;
  }
  return out;
}

/// The HMAC chain from the secret key to this day's key for one Region and service; none of its links stays
/// in memory.
std::string signature_of(const Secret& secret_access_key, std::string_view day, const Scope& scope,
                         std::string_view string_to_sign) {
  std::string seed;
  seed.reserve(4 + secret_access_key.reveal().size());
  seed.append("AWS4").append(secret_access_key.reveal());
  Digest key = hmac_sha256(seed, day);
  wipe(seed);
  for (const std::string_view link :
       {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")}) {
    Digest next = hmac_sha256(key.view(), link);
    key = next;
    wipe(next.bytes.data(), next.bytes.size());
  }
  std::string signature = hmac_sha256(key.view(), string_to_sign).hex();
  wipe(key.bytes.data(), key.bytes.size());
  return signature;
}

}  // namespace

SignedRequest sign(const UnsignedRequest& request, const Credentials& credentials, const Scope& scope,
                   Instant now, const SigningRules& rules) {
  const std::string date = amz_date(now);
  const std::string day = date.substr(0, 8);
  Headers headers = headers_to_sign(request, credentials, date, rules);
  const std::string signed_names = names_of(headers);

  SignedRequest out;
  out.path = encoded_path(rules.path == PathRule::normalize ? normalized(request.path) : request.path);
  out.query = encoded_query(request.query);

  const std::string path = rules.path_encoding == PathEncoding::twice ? encoded_path(out.path) : out.path;
  std::string canonical = request.method + "\n" + path + "\n" + out.query + "\n";
  for (const auto& [name, value] : headers) canonical.append(name).append(":").append(value).append("\n");
  canonical.append("\n").append(signed_names).append("\n").append(sha256(request.body).hex());

  const std::string credential_scope = day + "/" + scope.region + "/" + scope.service + "/aws4_request";
  out.string_to_sign =
      std::string(algorithm) + "\n" + date + "\n" + credential_scope + "\n" + sha256(canonical).hex();
  out.canonical_request = Secret(std::move(canonical));
  out.signature = signature_of(credentials.secret_access_key, day, scope, out.string_to_sign);

  headers["authorization"] = std::string(algorithm) + " Credential=" + credentials.access_key_id + "/" +
                             credential_scope + ", SignedHeaders=" + signed_names +
                             ", Signature=" + out.signature;
  if (!credentials.session_token.empty())
    headers["x-amz-security-token"] = credentials.session_token.reveal();
  out.headers.assign(headers.begin(), headers.end());
  return out;
}

}  // namespace postern::aws
