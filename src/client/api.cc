#include "client/api.h"

#include "base/encoding.h"

namespace postern::client {
namespace {

constexpr int attempts_max = 3;
constexpr std::size_t answer_bytes_max = 64U << 20U;  // a page of ledger entries

bool is_loopback(std::string_view authority) {
  const std::string_view host = authority.starts_with("[") ? authority.substr(0, authority.find(']') + 1)
                                                           : authority.substr(0, authority.find(':'));
  return host == "127.0.0.1" || host == "localhost" || host == "[::1]";
}

Error error_in(const http::Response& response) {
  const Result<json::Value> problem = json::parse(response.body);
  if (problem && !problem->text_at("code").empty())
    return {error_code_named(problem->text_at("code")), sanitized(problem->text_at("detail"), Lines::keep)};
  return {ErrorCode::unavailable, "The server answered " + std::to_string(response.status) +
                                      " and nothing that Postern would say. Is this the right address?"};
}

bool may_retry(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::outcome_unknown;
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view text) {
  constexpr std::string_view unix_scheme = "unix:";
  constexpr std::string_view http_scheme = "http://";
  if (text.starts_with(unix_scheme) && text.size() > unix_scheme.size())
    return Endpoint{"http://localhost", std::string(text.substr(unix_scheme.size()))};
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.starts_with(http_scheme) && is_loopback(text.substr(http_scheme.size())))
    return Endpoint{std::string(text), ""};
  return fail(ErrorCode::invalid,
              "A server is named unix:/path/to/socket or http://127.0.0.1:PORT (plain http goes to this "
              "machine only).");
}

http::Outgoing Api::prepare(std::string method, const std::string& path) const {
  http::Outgoing request{.method = std::move(method),
                         .url = endpoint_.url + path,
                         .headers = {{"accept", "application/json"}},
                         .body = {},
                         .unix_socket = endpoint_.unix_socket,
                         .deadline = milliseconds(30000),
                         .body_bytes_max = answer_bytes_max};
  if (!token_.empty()) request.headers["authorization"] = "Bearer " + std::string(token_.reveal());
  return request;
}

Result<json::Value> Api::send(const http::Outgoing& request) {
  const http::Response response = TRY(http_.send(request));
  if (response.status != 200) return tl::unexpected(error_in(response));
  return json::parse(response.body, {.bytes_max = answer_bytes_max, .depth_max = 32});
}

Result<json::Value> Api::get(const std::string& path_and_query) {
  return send(prepare("GET", path_and_query));
}

Result<json::Value> Api::post(const std::string& path, const json::Value& body, std::string key) {
  http::Outgoing request = prepare("POST", path);
  request.headers["content-type"] = "application/json";
  request.headers["idempotency-key"] = key.empty() ? to_hex(random_.bytes(16)) : std::move(key);
  request.body = json::canonical(body);
  Result<json::Value> answer = send(request);
  for (int attempt = 1; attempt < attempts_max && !answer && may_retry(answer.error().code); ++attempt)
    answer = send(request);
  return answer;
}

Result<LoggedIn> Api::log_in(const PersonId& person, const Signer& sign, const std::string& ledger) {
  const json::Value challenge = TRY(post("/api/v1/login/challenge", json::Object{{"person", person.text()}}));
  const std::string statement(challenge.text_at("statement"));
  // Sign only what is a login of this person: a hostile server must not get a signature over anything else.
  const json::Value said = TRY(json::parse(statement));
  if (said.text_at("statement") != "postern-login/1" || said.text_at("person") != person.text() ||
      (!ledger.empty() && said.text_at("ledger") != ledger))
    return fail(ErrorCode::forbidden,
                "The server asked for a signature over something that is not a login at this ledger. Nothing "
                "was signed.");
  const std::string signature = TRY(sign("postern-login", statement));
  const json::Value answer = TRY(post("/api/v1/login", json::Object{{"nonce", challenge.text_at("nonce")},
                                                                    {"person", person.text()},
                                                                    {"signature", signature},
                                                                    {"statement", statement}}));
  LoggedIn login{Secret::copy_of(answer.text_at("token")), std::string(answer.text_at("until"))};
  use_token(login.token);
  return login;
}

}  // namespace postern::client
