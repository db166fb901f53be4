// From suspicion to declaration, and back to normal.
#include <fmt/format.h>

#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/shown.h"
#include "wallet/wallet.h"

namespace postern::cli {
namespace {

std::optional<json::Value> upkeep_named(const json::Value& status, const std::string& name) {
  if (const json::Value* upkeep = status.find("upkeep"); upkeep != nullptr && upkeep->as_array() != nullptr)
    for (const json::Value& each : *upkeep->as_array())
      if (each.text_at("name") == name) return each;
  return std::nullopt;
}

Result<int> confirm_upkeep(const json::Value& upkeep, const AttestOptions& options, const Settings& settings,
                           client::Api& api) {
  const std::string statement(upkeep.text_at("statement"));
  if (!options.yes &&
      !confirmed("You state, under your name: \"" + sanitized(statement, Lines::replace) + "\" Is that so?"))
    return fail(ErrorCode::invalid, "Nothing was attested. To say it without being asked: --yes");
  const json::Value answer =
      TRY(api.post("/api/v1/upkeep/" + http::percent_encoded(options.mode) + "/confirmations",
                   json::Object{{"statement", statement}}, settings.idempotency_key));
  return print_answer(
      answer, fmt::format("Recorded: \"{}\" Again within {}.", statement, upkeep.text_at("every")), settings);
}

/// What somebody may state about a mode, or about the end of its emergency.
struct Asked {
  std::string mode;
  std::vector<std::string> statements;
  bool is_return = false;
};
Asked asked_of(const json::Value& status, const std::string& what) {
  Asked asked{.mode = what, .statements = {}};
  for (const json::Value& emergency : items_of(status, "emergencies"))
    if (emergency.text_at("id") == what) {
      asked.mode = emergency.text_at("mode");
      asked.is_return = true;
    }
  for (const json::Value& mode : items_of(status, "modes"))
    if (mode.text_at("id") == asked.mode)
      asked.statements = texts_of(mode, asked.is_return ? "return_statements" : "statements");
  return asked;
}

Result<int> state(const Asked& asked, const AttestOptions& options, const std::string& person,
                  const Settings& settings, client::Api& api) {
  std::string text;
  json::Value last;
  for (const std::string& statement : asked.statements) {
    if (!options.yes && !confirmed("You state, under your name: \"" + sanitized(statement, Lines::replace) +
                                   "\" Is that so?"))
      continue;
    last = TRY(api.post("/api/v1/attestations", json::Object{{"mode", asked.mode}, {"statement", statement}},
                        asked.statements.size() == 1 ? settings.idempotency_key : ""));
    text += fmt::format("Recorded: {} attests \"{}\"\n", person, statement);
  }
  if (text.empty())
    return fail(ErrorCode::invalid, "Nothing was attested. To say it without being asked: --yes");
  text.pop_back();
  return print_answer(last, text, settings);
}

/// Credentials of grants that are over do not stay on this machine.
void forget_ended_grants(const Connection& connection, client::Api& api) {
  const std::string folder = runtime_folder();
  if (folder.empty()) return;
  const wallet::Wallet wallet(folder);
  const std::string& server = connection.settings().server;
  const std::string& person = connection.settings().person;
  for (const std::string& kept : wallet.grants(server, person)) {
    const Result<json::Value> grant = api.get("/api/v1/grants/" + http::percent_encoded(kept));
    if (!grant || grant->text_at("end").empty()) continue;
    const wallet::Name name{server, person, kept};
    // A renewal that is under way would write it back.
    const Result<wallet::Lock> lock = wallet.lock(name, std::chrono::seconds(10));
    wallet.forget(name);
  }
}

}  // namespace

int attest(const Settings& settings, const AttestOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    const json::Value status = TRY(api.get("/api/v1/status"));
    const Asked asked = asked_of(status, options.mode);
    if (const auto upkeep = upkeep_named(status, options.mode); asked.statements.empty() && upkeep)
      return confirm_upkeep(*upkeep, options, settings, api);
    if (!asked.is_return && EmergencyId::parse(options.mode))
      return fail(ErrorCode::conflict, options.mode + " is not open. See what is: postern status");
    if (asked.statements.empty())
      return fail(ErrorCode::forbidden,
                  (asked.is_return ? "The return to normal of " : "The confirmation of ") + options.mode +
                      " asks for no statement by " + connection.settings().person + ".");
    return state(asked, options, connection.settings().person, settings, api);
  });
}

int declare(const Settings& settings, const DeclareOptions& options) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value answer = TRY(
        api.post("/api/v1/emergencies", json::Object{{"incident", options.incident}, {"mode", options.mode}},
                 settings.idempotency_key));
    const std::string id(answer.text_at("resource"));
    return print_answer(
        answer,
        fmt::format("{} is declared: {}.\nNext: postern request {} --account ACCOUNT --reason \"…\"", id,
                    options.mode, id),
        settings);
  });
}

int close(const Settings& settings, const CloseOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    const bool is_grant = GrantId::parse(options.id).has_value();
    if (!is_grant && !EmergencyId::parse(options.id))
      return fail(ErrorCode::invalid, "Close an emergency (E-1) or a grant (G-1).");
    json::Object body;
    if (!is_grant && options.is_false_alarm) body.emplace("how", "false_alarm");
    if (!is_grant && !options.reason.empty()) body.emplace("reason", options.reason);
    const Result<json::Value> answer =
        api.post(std::string(is_grant ? "/api/v1/grants/" : "/api/v1/emergencies/") + options.id + "/close",
                 std::move(body), settings.idempotency_key);
    forget_ended_grants(connection, api);
    if (!answer) return tl::unexpected(answer.error());
    const json::Value* now = answer->find("now");
    const std::string until(is_grant && now != nullptr ? now->text_at("until") : "");
    std::string text = options.id + " is closed.";
    if (now != nullptr && !list(now->find("missing")).empty())
      text += " Recorded as not proven: " + list(now->find("missing"));
    if (!until.empty())
      text += fmt::format(
          "\nPostern opens no more sessions. AWS goes on honouring what it has issued: if the requester's "
          "machine still holds "
          "the first hop, until {} and one hour more. To end it now, revoke the active sessions of the "
          "emergency role and of "
          "the target role in IAM.",
          until);
    return print_answer(*answer, text, settings);
  });
}

int extend(const Settings& settings, const ExtendOptions& options) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    json::Object body;
    if (!options.by.empty()) body.emplace("by", options.by);
    const json::Value answer =
        TRY(api.post("/api/v1/emergencies/" + http::percent_encoded(options.emergency) + "/extend",
                     std::move(body), settings.idempotency_key));
    const json::Value* now = answer.find("now");
    return print_answer(
        answer,
        fmt::format("{} lasts until {}.", options.emergency, now == nullptr ? "" : now->text_at("until")),
        settings);
  });
}

int report_probe(const Settings& settings, const ReportOptions& options) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value answer = TRY(api.post(
        "/api/v1/probes/" + http::percent_encoded(options.probe) + "/report",
        json::Object{{"because", options.because}, {"verdict", options.verdict}}, settings.idempotency_key));
    return print_answer(answer, fmt::format("Recorded: {} is {}.", options.probe, options.verdict), settings);
  });
}

}  // namespace postern::cli
