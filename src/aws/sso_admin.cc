#include "aws/sso_admin.h"

#include <algorithm>

#include "aws/read_refusal.h"
#include "aws/sigv4.h"
#include "base/encoding.h"
#include "base/json.h"

/// The JSON 1.1 protocol, as far as this one call needs it (Smithy, "AWS JSON 1.1 protocol").
namespace postern::aws {
namespace {

constexpr json::Limits answer_limits{.bytes_max = 64U << 10U, .depth_max = 8};
constexpr std::size_t instances_max = 100;  // the most that AWS puts on a page

http::Outgoing outgoing(const Endpoint& endpoint, const Credentials& credentials, Instant now,
                        Deadlines deadlines) {
  const UnsignedRequest request{.method = "POST",
                                .host = endpoint.host,
                                .path = endpoint.path,
                                .headers = {{"content-type", "application/x-amz-json-1.1"},
                                            {"x-amz-target", "SWBExternalService.ListInstances"}},
                                .body = "{}"};
  const SignedRequest ready = sign(request, credentials, {endpoint.region, endpoint.service}, now);
  http::Outgoing out;
  out.method = request.method;
  out.url = endpoint.scheme + "://" + endpoint.host + ready.path;
  out.headers.insert(ready.headers.begin(), ready.headers.end());
  out.body = request.body;
  out.connect_deadline = deadlines.connect;
  out.deadline = deadlines.whole;
  out.body_bytes_max = answer_limits.bytes_max;
  return out;
}

/// "AccessDeniedException" of "com.amazonaws.sso#AccessDeniedException:http://…": the protocol allows all of
/// that around the name.
std::string error_name(std::string_view type) {
  type = type.substr(0, type.find(':'));
  const std::size_t hash = type.rfind('#');
  if (hash != std::string_view::npos) type.remove_prefix(hash + 1);
  return sanitized(type.substr(0, 100), Lines::replace);
}

/// One line of at most 500 bytes: on a wrong signature, AWS goes on with the canonical request, session token
/// included, after a line break.
std::string own_words(std::string_view message, const Credentials& credentials) {
  message = message.substr(0, message.find_first_of("\r\n"));
  const std::string_view token = credentials.session_token.reveal();
  if (!token.empty()) message = message.substr(0, message.find(token));
  return sanitized(message.substr(0, 500), Lines::replace);
}

std::string header(const http::Headers& headers, std::string_view name) {
  const auto at = headers.find(name);
  return at == headers.end() ? "" : at->second;
}

/// What AWS says when it says no; nullopt for anything that it would not say.
std::optional<Refusal> refusal_in(const http::Response& response, const Result<json::Value>& body,
                                  const Credentials& credentials, Instant now) {
  if (response.status < 400 || !body) return std::nullopt;
  Refusal out;
  out.status = response.status;
  out.code = error_name(body->text_at("__type"));
  if (out.code.empty()) out.code = error_name(header(response.headers, "x-amzn-errortype"));
  if (out.code.empty()) return std::nullopt;
  // Both spellings are in use.
  const std::string_view words = body->text_at("message");
  out.message = own_words(words.empty() ? body->text_at("Message") : words, credentials);
  out.request_id = sanitized(header(response.headers, "x-amzn-requestid").substr(0, 100), Lines::replace);
  if (const auto theirs = parse_http_date(header(response.headers, "date")))
    out.clock_ahead = std::chrono::duration_cast<seconds>(now - *theirs);
  return out;
}

std::string short_text(const json::Value& value, std::string_view name) {
  return sanitized(value.text_at(name).substr(0, 256), Lines::replace);
}

Result<std::vector<IdentityCenterInstance>> read_instances(const json::Array& instances,
                                                           const std::string& host) {
  std::vector<IdentityCenterInstance> out;
  for (const json::Value& each : instances) {
    if (out.size() == instances_max) break;
    out.push_back({.arn = short_text(each, "InstanceArn"),
                   .owner_account = short_text(each, "OwnerAccountId"),
                   .status = short_text(each, "Status")});
    if (out.back().arn.empty())
      return fail(ErrorCode::unavailable,
                  host + " named an instance without an ARN. Try again, or look at it in the console.");
  }
  return out;
}

}  // namespace

Result<std::vector<IdentityCenterInstance>> list_instances(http::Client& client, const std::string& region,
                                                           const Credentials& credentials, Instant now,
                                                           const std::optional<std::string>& endpoint_url,
                                                           Deadlines deadlines) {
  const Endpoint endpoint = TRY(endpoint_of("sso", region, endpoint_url));
  const Result<http::Response> response = client.send(outgoing(endpoint, credentials, now, deadlines));
  if (!response)
    return fail(ErrorCode::unavailable, endpoint.host + ": " + response.error().message,
                response.error().detail);
  const Result<json::Value> body = json::parse(response->body, answer_limits);
  if (const auto refusal = refusal_in(*response, body, credentials, now))
    return tl::unexpected(
        explain_refused_read(*refusal, "Identity Center", "list the instances of Identity Center"));
  const json::Value* instances = body ? body->find("Instances") : nullptr;
  if (response->status != 200 || instances == nullptr || instances->as_array() == nullptr)
    return fail(ErrorCode::unavailable,
                endpoint.host + " answered HTTP " + std::to_string(response->status) +
                    ", but not as AWS does. Check for a proxy or a captive portal in between, or an "
                    "AWS_ENDPOINT_URL that is not meant.");
  return read_instances(*instances->as_array(), endpoint.host);
}

}  // namespace postern::aws
