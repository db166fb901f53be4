#include "server/api.h"

#include <algorithm>

#include "base/encoding.h"
#include "server/problem.h"

namespace postern::server {
namespace {

/// A bundle is text in JSON; a larger one comes in force with `serve --catalog`.
constexpr std::size_t bundle_body_bytes_max = 1U << 20U;

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t slash = std::min(path.find('/'), path.size());
    out.push_back(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  return out;
}

/// What stands for {…} in `pattern`, or nothing when the path is another one.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  const auto wanted = segments(pattern);
  const auto given = segments(path);
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> captures;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{'))
      captures.emplace_back(given[i]);
    else if (wanted[i] != given[i])
      return std::nullopt;
  }
  return captures;
}

Result<json::Value> read_body(const http::Request& request, std::size_t bytes_max) {
  if (request.method != "POST") return json::Value(json::Object{});
  const auto type = request.headers.find("content-type");
  // A web page of another site cannot send this type without asking first (Fetch standard, CORS-safelisted
  // requests).
  if (type == request.headers.end() || !type->second.starts_with("application/json"))
    return fail(ErrorCode::invalid, "Send JSON, with \"Content-Type: application/json\".");
  json::Value body = TRY(json::parse(request.body, {.bytes_max = bytes_max, .depth_max = 8}));
  if (body.as_object() == nullptr) return fail(ErrorCode::invalid, "The body must be a JSON object.");
  return body;
}

}  // namespace

const std::vector<Api::Route>& Api::routes() {
  static const std::vector<Route> all{
      {"GET", "/api/v1/health", &Api::health, false},
      {"POST", "/api/v1/login/challenge", &Api::challenge, false},
      {"POST", "/api/v1/login", &Api::login, false},
      {"GET", "/api/v1/me", &Api::me, true},
      {"GET", "/api/v1/status", &Api::status, true},
      {"GET", "/api/v1/processes/{id}", &Api::process, true},
      {"GET", "/api/v1/processes/{id}/playbook", &Api::playbook, true},
      {"POST", "/api/v1/attestations", &Api::attest, true},
      {"POST", "/api/v1/emergencies", &Api::declare, true},
      {"GET", "/api/v1/emergencies/{id}", &Api::emergency, true},
      {"POST", "/api/v1/emergencies/{id}/close", &Api::close_emergency, true},
      {"POST", "/api/v1/emergencies/{id}/extend", &Api::extend_emergency, true},
      {"POST", "/api/v1/probes/{id}/report", &Api::report_probe, true},
      {"POST", "/api/v1/overrides", &Api::make_override, true},
      {"GET", "/api/v1/overrides/{id}", &Api::overriding, true},
      {"POST", "/api/v1/overrides/{id}/co-sign", &Api::cosign_override, true},
      {"POST", "/api/v1/overrides/{id}/object", &Api::object_to_override, true},
      {"POST", "/api/v1/overrides/{id}/withdraw", &Api::withdraw_override, true},
      {"POST", "/api/v1/overrides/{id}/review", &Api::review_override, true},
      {"POST", "/api/v1/requests", &Api::submit_request, true},
      {"GET", "/api/v1/requests/{id}", &Api::request, true},
      {"POST", "/api/v1/requests/{id}/answer", &Api::answer_request, true},
      {"POST", "/api/v1/requests/{id}/withdraw", &Api::withdraw_request, true},
      {"GET", "/api/v1/grants/{id}", &Api::grant, true},
      {"POST", "/api/v1/grants/{id}/sessions", &Api::open_session, true},
      {"POST", "/api/v1/grants/{id}/close", &Api::close_grant, true},
      {"POST", "/api/v1/sessions/{id}/report", &Api::report_session, true},
      {"POST", "/api/v1/me/checks", &Api::check_self, true},
      {"POST", "/api/v1/upkeep/{name}/confirmations", &Api::confirm_upkeep, true},
      {"GET", "/api/v1/catalog", &Api::catalog, true},
      {"GET", "/api/v1/catalog/bundles/{digest}", &Api::catalog_bundle, true},
      {"POST", "/api/v1/catalog/proposals", &Api::propose_catalog, true, bundle_body_bytes_max},
      {"POST", "/api/v1/catalog/proposals/{digest}/signatures", &Api::sign_catalog, true},
      {"GET", "/api/v1/ledger/checkpoint", &Api::checkpoint, true},
      {"GET", "/api/v1/ledger/entries", &Api::entries, true},
      {"GET", "/api/v1/ledger/proof", &Api::proof, true},
  };
  return all;
}

std::vector<std::pair<std::string, std::string>> Api::addresses() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Route& route : routes()) out.emplace_back(route.method, route.pattern);
  return out;
}

http::Response Api::handle(const http::Request& request) const {
  bool path_known = false;
  for (const Route& route : routes()) {
    auto captures = match(route.pattern, request.path);
    if (!captures) continue;
    path_known = true;
    if (route.method == request.method) return run(route, request, std::move(*captures));
  }
  if (path_known) return problem({ErrorCode::invalid, "This address does not take " + request.method + "."});
  return problem(
      {ErrorCode::not_found, "There is nothing at this address. The API is described in docs/openapi.yaml."});
}

http::Response Api::run(const Route& route, const http::Request& request,
                        std::vector<std::string> captures) const {
  Call call{request, std::move(captures), {}, {}};
  if (route.needs_login) {
    Result<identity::Login> login = check_login(request);
    if (!login) {
      parts_.noise.count(request.peer.address, "request", now());
      return problem(login.error());
    }
    call.login = std::move(*login);
  }
  Result<json::Value> body = read_body(request, route.body_bytes_max);
  if (!body) {
    if (call.login) record_refusal(call.login->person, "http.read", body.error());
    return problem(body.error());
  }
  call.body = std::move(*body);
  const Answer answer = (this->*route.run)(call);
  if (!answer) {
    if (call.login && route.method == "POST" && !call.reached_the_rules)
      record_refusal(call.login->person, "http.read", answer.error());
    return problem(answer.error());
  }
  return {.status = 200, .headers = {{"content-type", "application/json"}}, .body = json::canonical(*answer)};
}

Result<identity::Login> Api::check_login(const http::Request& request) const {
  constexpr std::string_view scheme = "Bearer ";
  const auto header = request.headers.find("authorization");
  if (header == request.headers.end() || !header->second.starts_with(scheme))
    return fail(ErrorCode::unauthenticated, "You are not logged in. Log in: postern login");
  std::shared_ptr<const catalog::Catalog> in_force;
  parts_.broker.read([&](const broker::Published& published) { in_force = published.in_force; });
  if (in_force == nullptr)
    return fail(
        ErrorCode::unauthenticated,
        "No catalog is in force, so nobody can log in. Put one in force: postern serve --catalog FILE");
  return parts_.tokens.check(std::string_view(header->second).substr(scheme.size()), *in_force, now());
}

void Api::record_refusal(const PersonId& person, const std::string& command, const Error& error) const {
  emergency::Ask ask{.by = {person},
                     .key = to_hex(parts_.random.bytes(16)),
                     .command = emergency::RecordRefusal{{command, "", error.code, error.message}}};
  static_cast<void>(parts_.broker.submit({std::move(ask), {}}));
}

void Api::flush_noise(identity::NoiseMeter::Which which) const {
  for (emergency::NoiseCounted& noise : parts_.noise.take(now(), which)) {
    emergency::Ask ask{.by = {}, .key = "", .command = emergency::RecordNoise{std::move(noise)}};
    static_cast<void>(parts_.broker.submit({std::move(ask), {}}));
  }
}

}  // namespace postern::server
