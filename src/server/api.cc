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
      {"GET", "/api/v1/health", &Api::health, Route::For::anybody},
      {"POST", "/api/v1/login/challenge", &Api::challenge, Route::For::anybody},
      {"POST", "/api/v1/login", &Api::login, Route::For::anybody},
      {"GET", "/api/v1/me", &Api::me, Route::For::people},
      {"GET", "/api/v1/status", &Api::status, Route::For::people},
      {"GET", "/api/v1/processes", &Api::processes, Route::For::people},
      {"GET", "/api/v1/processes/{id}", &Api::process, Route::For::people},
      {"GET", "/api/v1/processes/{id}/playbook", &Api::playbook, Route::For::people},
      {"POST", "/api/v1/attestations", &Api::attest, Route::For::people},
      {"POST", "/api/v1/emergencies", &Api::declare, Route::For::people},
      {"GET", "/api/v1/emergencies/{id}", &Api::emergency, Route::For::people},
      {"POST", "/api/v1/emergencies/{id}/close", &Api::close_emergency, Route::For::people},
      {"POST", "/api/v1/emergencies/{id}/extend", &Api::extend_emergency, Route::For::people},
      {"POST", "/api/v1/probes/{id}/report", &Api::report_probe, Route::For::people},
      {"POST", "/api/v1/overrides", &Api::make_override, Route::For::people},
      {"GET", "/api/v1/overrides/{id}", &Api::overriding, Route::For::people},
      {"POST", "/api/v1/overrides/{id}/co-sign", &Api::cosign_override, Route::For::people},
      {"POST", "/api/v1/overrides/{id}/object", &Api::object_to_override, Route::For::people},
      {"POST", "/api/v1/overrides/{id}/withdraw", &Api::withdraw_override, Route::For::people},
      {"POST", "/api/v1/overrides/{id}/review", &Api::review_override, Route::For::people},
      {"POST", "/api/v1/emergencies/{id}/notes", &Api::note_timeline, Route::For::people},
      {"POST", "/api/v1/emergencies/{id}/incident", &Api::link_incident, Route::For::people},
      {"GET", "/api/v1/emergencies/{id}/timeline", &Api::timeline, Route::For::people},
      {"GET", "/api/v1/emergencies/{id}/texts/{audience}", &Api::text, Route::For::people},
      {"POST", "/api/v1/emergencies/{id}/texts/{audience}/publish", &Api::publish_text, Route::For::people},
      {"POST", "/api/v1/absences", &Api::mark_absent, Route::For::people},
      {"POST", "/api/v1/absences/{person}/end", &Api::end_absence, Route::For::people},
      {"GET", "/api/v1/notices", &Api::notices, Route::For::people},
      {"POST", "/api/v1/notices/test", &Api::test_notice, Route::For::people},
      {"POST", "/api/v1/requests/explain", &Api::explain_request, Route::For::services_too},
      {"POST", "/api/v1/requests", &Api::submit_request, Route::For::services_too},
      {"GET", "/api/v1/requests/{id}", &Api::request, Route::For::services_too},
      {"POST", "/api/v1/requests/{id}/answer", &Api::answer_request, Route::For::people},
      {"POST", "/api/v1/requests/{id}/withdraw", &Api::withdraw_request, Route::For::services_too},
      {"GET", "/api/v1/grants/{id}", &Api::grant, Route::For::people},
      {"POST", "/api/v1/grants/{id}/sessions", &Api::open_session, Route::For::people},
      {"POST", "/api/v1/grants/{id}/close", &Api::close_grant, Route::For::people},
      {"POST", "/api/v1/sessions/{id}/report", &Api::report_session, Route::For::people},
      {"POST", "/api/v1/me/checks", &Api::check_self, Route::For::people},
      {"POST", "/api/v1/upkeep/{name}/confirmations", &Api::confirm_upkeep, Route::For::people},
      {"GET", "/api/v1/catalog", &Api::catalog, Route::For::people},
      {"GET", "/api/v1/catalog/bundles/{digest}", &Api::catalog_bundle, Route::For::people},
      {"POST", "/api/v1/catalog/proposals", &Api::propose_catalog, Route::For::people, bundle_body_bytes_max},
      {"POST", "/api/v1/catalog/proposals/{digest}/signatures", &Api::sign_catalog, Route::For::people},
      {"GET", "/api/v1/ledger/checkpoint", &Api::checkpoint, Route::For::people},
      {"GET", "/api/v1/ledger/entries", &Api::entries, Route::For::people},
      {"GET", "/api/v1/ledger/proof", &Api::proof, Route::For::people},
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
  Call call{.request = request, .captures = std::move(captures), .login = {}, .service = {}, .body = {}};
  if (const Result<void> known = check_caller(route, call); !known) {
    parts_.noise.count(request.peer.address, "request", now());
    return problem(known.error());
  }
  Result<json::Value> body = read_body(request, route.body_bytes_max);
  if (!body) {
    if (!call.actor().is_postern()) record_refusal(call.actor(), "http.read", body.error());
    return problem(body.error());
  }
  call.body = std::move(*body);
  const Answer answer = (this->*route.run)(call);
  if (!answer) {
    if (!call.actor().is_postern() && route.method == "POST" && !call.reached_the_rules)
      record_refusal(call.actor(), "http.read", answer.error());
    return problem(answer.error());
  }
  return {.status = 200, .headers = {{"content-type", "application/json"}}, .body = json::canonical(*answer)};
}

Result<void> Api::check_caller(const Route& route, Call& call) const {
  if (route.who == Route::For::anybody) return {};
  constexpr std::string_view scheme = "Bearer ";
  const auto header = call.request.headers.find("authorization");
  if (header == call.request.headers.end() || !header->second.starts_with(scheme))
    return fail(ErrorCode::unauthenticated, "You are not logged in. Log in: postern login");
  const std::string_view token = std::string_view(header->second).substr(scheme.size());
  std::shared_ptr<const catalog::Catalog> in_force;
  parts_.broker.read([&](const broker::Published& published) { in_force = published.in_force; });
  if (in_force == nullptr)
    return fail(
        ErrorCode::unauthenticated,
        "No catalog is in force, so nobody can log in. Put one in force: postern serve --catalog FILE");
  call.service = identity::service_of(token, *in_force);
  if (!call.service) {
    call.login = TRY(parts_.tokens.check(token, *in_force, now()));
    return {};
  }
  if (route.who == Route::For::services_too) return {};
  return fail(ErrorCode::forbidden, "A service may ask for access, and see and withdraw what it asked for.");
}

void Api::record_refusal(const emergency::Actor& by, const std::string& command, const Error& error) const {
  emergency::Ask ask{.by = by,
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
