// Going ahead without a confirmation or an approval.
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "cli/commands.h"
#include "cli/shown.h"
#include "ledger/entry.h"

namespace postern::cli {
namespace {

/// What the person is about to do.
struct Intent {
  std::string word;     ///< what they type to go ahead: the mode, or the request
  std::string what;     ///< a sentence
  std::string process;  ///< whose rule it is
  json::Object body;    ///< mode and incident, or request
};

/// The second prompt: what will happen, in full, and a word to type.
Result<void> check_resolve(const Intent& intent, const std::string& reason, client::Api& api, bool yes) {
  const json::Value process = TRY(api.get("/api/v1/processes/" + http::percent_encoded(intent.process)));
  const json::Value* rule = process.find("override");
  if (rule == nullptr || rule->is_null()) return {};  // the server says why not, and writes that down
  const json::Value* co_signers = rule->find("co_signers");
  const std::int64_t count =
      co_signers == nullptr || co_signers->as_integer() == nullptr ? 0 : *co_signers->as_integer();
  const std::string_view window = rule->text_at("objection_window");
  std::string text = "You OVERRIDE: " + intent.what + "\n";
  text +=
      "  Your reason, for everybody whom you skip and for the auditor: " + sanitized(reason, Lines::replace) +
      "\n";
  text += "  Everybody whom you skip is told at once, and may object; an objection ends it.\n";
  text += count > 0 ? fmt::format("  {} other(s) of {} must sign it with you within 30 minutes.\n", count,
                                  list(rule->find("by")))
                    : "  Nobody else has to sign, unless a review of your last override is still owed.\n";
  text += window == "0s" ? "  It opens as soon as it is signed.\n"
                         : fmt::format("  It opens {} after it is signed, if nobody objects.\n", window);
  text += "  Somebody whom you skipped will review it. It stands in the ledger under your name, for ever.\n";
  fmt::print(stderr, "{}", sanitized(text, Lines::keep));
  if (yes) return {};
  if (asked_for("Type \"" + intent.word + "\" to go ahead:") == intent.word) return {};
  return fail(ErrorCode::invalid, "Nothing was signed. To go ahead without being asked: --yes");
}

/// Signs the commitment to the reason together with what is overridden, and sends both.
Result<json::Value> make(const Intent& intent, const std::string& reason, const json::Value& request,
                         Connection& connection, client::Api& api) {
  SystemRandom random;
  const ledger::PrivatePart part{random.bytes(32), json::Object{{"reason", reason}}};
  const json::Value health = TRY(api.get("/api/v1/health"));
  const json::Value about(intent.body);
  const json::Value* terms = request.find("terms");
  const std::string digest =
      terms == nullptr ? "" : sha256({"postern-request/1\n", json::canonical(*terms)}).hex();
  const json::Value statement = json::Object{{"incident", about.text_at("incident")},
                                             {"ledger", health.text_at("ledger")},
                                             {"mode", about.text_at("mode")},
                                             {"person", connection.settings().person},
                                             {"reason", ledger::commitment(part).hex()},
                                             {"request", about.text_at("request")},
                                             {"request_digest", digest},
                                             {"statement", "postern-override/1"}};
  TRY(check_ledger(statement, connection.settings().ledger));
  const std::string signed_bytes = json::canonical(statement);
  json::Object body = intent.body;
  body.emplace("reason", reason);
  body.emplace("reason_salt", to_base64(part.salt));
  body.emplace("signature", TRY(sign(connection, "postern-override", signed_bytes)));
  body.emplace("statement", signed_bytes);
  return api.post("/api/v1/overrides", std::move(body), connection.settings().idempotency_key);
}

std::string next_after(const json::Value& answer) {
  const json::Value* now = answer.find("now");
  if (now == nullptr) return "";
  const std::string id(now->text_at("id"));
  const std::string_view stage = now->text_at("stage");
  if (stage == "awaiting_co_signers")
    return fmt::format("{} waits for a co-signer until {}. Next, by one of them: postern cosign {}", id,
                       now->text_at("co_sign_by"), id);
  if (stage == "open_to_objection")
    return fmt::format("{} opens at {} unless somebody objects. To take it back: postern withdraw {}", id,
                       now->text_at("opens_at"), id);
  if (!now->text_at("emergency").empty())
    return fmt::format(
        "{} is in force: {} is declared.\nNext: postern request {} --account ACCOUNT --reason \"…\"", id,
        now->text_at("emergency"), now->text_at("emergency"));
  if (!now->text_at("grant").empty())
    return fmt::format("{} is in force: {} is open.\nNext: postern access {} -- COMMAND", id,
                       now->text_at("grant"), now->text_at("grant"));
  return fmt::format("{} ended: {}.", id, now->text_at("end"));
}

Result<int> go_ahead(const Intent& intent, const OverrideOptions& options, const json::Value& request,
                     Connection& connection, client::Api& api) {
  const std::string reason =
      options.reason.empty() ? asked_for("Why can it not wait? Others will read it:") : options.reason;
  if (reason.empty() || !is_printable_text(reason))
    return fail(ErrorCode::invalid, "An override needs a reason: --reason \"…\"");
  TRY(check_resolve(intent, reason, api, options.yes));
  const json::Value answer = TRY(make(intent, reason, request, connection, api));
  return print_answer(answer, next_after(answer), connection.settings());
}

/// The co-signature statement that fits what was shown: the server is not trusted to.
Result<std::string> checked_statement(const json::Value& shown, const std::string& id,
                                      const Connection& connection) {
  const std::string statement(shown.text_at("to_sign"));
  const json::Value said = TRY(json::parse(statement));
  const json::Value* terms = shown.find("terms");
  TRY(check_ledger(said, connection.settings().ledger));
  TRY(check_reason(shown));
  const bool fits =
      terms != nullptr && terms->text_at("override") == id &&
      said.text_at("statement") == "postern-cosignature/1" && said.text_at("override") == id &&
      said.text_at("person") == connection.settings().person &&
      said.text_at("override_digest") == sha256({"postern-override/1\n", json::canonical(*terms)}).hex();
  if (fits) return statement;
  return fail(
      ErrorCode::damaged,
      "The server offers a statement for signing that does not fit the override that it shows. Nothing "
      "was signed. Tell the security team.");
}

/// The request that is granted without an approval, as approvers would have seen it, after making sure that
/// it is the one that the override names; "" for a declaration.
Result<std::string> overridden_request(const json::Value& shown, client::Api& api) {
  const json::Value* terms = shown.find("terms");
  if (terms == nullptr || terms->text_at("request").empty()) return std::string();
  const json::Value request =
      TRY(api.get("/api/v1/requests/" + http::percent_encoded(terms->text_at("request"))));
  const json::Value* asked = request.find("terms");
  const bool is_same =
      asked != nullptr && asked->text_at("request") == terms->text_at("request") &&
      sha256({"postern-request/1\n", json::canonical(*asked)}).hex() == terms->text_at("request_digest");
  if (is_same) return describe_request(request);
  return fail(
      ErrorCode::damaged,
      "The request that the server shows is not the one that the override names. Nothing was signed. Tell "
      "the security team.");
}

Result<std::string> typed_reason(const std::string& given, const std::string& question) {
  const std::string reason = given.empty() ? asked_for(question) : given;
  if (!reason.empty()) return reason;
  return fail(ErrorCode::invalid, "Say why: --reason \"…\"");
}

}  // namespace

int override_declaration(const Settings& settings, const OverrideOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    const json::Value status = TRY(api.get("/api/v1/status"));
    for (const json::Value& mode : items_of(status, "modes")) {
      if (mode.text_at("id") != options.what) continue;
      if (const json::Value* confirmation = mode.find("confirmation"))
        fmt::print(stderr, "{}", sanitized(condition_lines(*confirmation, 0), Lines::keep));
      return go_ahead({.word = options.what,
                       .what = "you declare " + options.what + ", which is not confirmed.",
                       .process = std::string(mode.text_at("process")),
                       .body = {{"incident", options.incident}, {"mode", options.what}}},
                      options, {}, connection, api);
    }
    return fail(ErrorCode::not_found,
                "There is no failure mode " + options.what + " in the catalog in force.");
  });
}

int override_request(const Settings& settings, const OverrideOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    const json::Value request = TRY(api.get("/api/v1/requests/" + http::percent_encoded(options.what)));
    fmt::print(stderr, "{}", sanitized(describe_request(request), Lines::keep));
    const json::Value* terms = request.find("terms");
    return go_ahead({.word = options.what,
                     .what = "you take the access of " + options.what + ", which nobody has approved.",
                     .process = std::string(terms == nullptr ? "" : terms->text_at("process")),
                     .body = {{"request", options.what}}},
                    options, request, connection, api);
  });
}

int show_override(const Settings& settings, const std::string& id) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value shown = TRY(api.get("/api/v1/overrides/" + http::percent_encoded(id)));
    const json::Value status = TRY(api.get("/api/v1/status"));
    return print(shown, describe_override(shown, status.text_at("now")), format_of(settings));
  });
}

int cosign(const Settings& settings, const OverrideOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    const std::string path = "/api/v1/overrides/" + http::percent_encoded(options.what);
    const json::Value shown = TRY(api.get(path));
    if (shown.text_at("to_sign").empty()) {
      // Asked without a signature, the server says why not, and writes that down.
      TRY(api.post(path + "/co-sign", json::Object{{"signature", ""}, {"statement", ""}},
                   settings.idempotency_key));
      return fail(ErrorCode::internal,
                  "The server took a signature that nobody made. Tell the security team.");
    }
    const std::string statement = TRY(checked_statement(shown, options.what, connection));
    const json::Value status = TRY(api.get("/api/v1/status"));
    fmt::print(stderr, "{}", sanitized(describe_override(shown, status.text_at("now")), Lines::keep));
    fmt::print(stderr, "{}", sanitized(TRY(overridden_request(shown, api)), Lines::keep));
    if (!options.yes && !confirmed("Do you sign this override, and answer for it?"))
      return fail(ErrorCode::invalid, "Nothing was signed. To sign without being asked: --yes");
    const std::string signature = TRY(sign(connection, "postern-override", statement));
    const json::Value answer =
        TRY(api.post(path + "/co-sign", json::Object{{"signature", signature}, {"statement", statement}},
                     settings.idempotency_key));
    return print_answer(answer, next_after(answer), settings);
  });
}

int object(const Settings& settings, const OverrideOptions& options) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const std::string reason = TRY(typed_reason(options.reason, "Why must it not go on?"));
    const json::Value answer =
        TRY(api.post("/api/v1/overrides/" + http::percent_encoded(options.what) + "/object",
                     json::Object{{"reason", reason}}, settings.idempotency_key));
    return print_answer(
        answer, "Your objection is recorded. " + options.what + ", and what it opened, has ended.", settings);
  });
}

int withdraw_override(const Settings& settings, const std::string& id) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value answer = TRY(api.post("/api/v1/overrides/" + http::percent_encoded(id) + "/withdraw",
                                            json::Object{}, settings.idempotency_key));
    return print_answer(answer, id + " is withdrawn.", settings);
  });
}

int review(const Settings& settings, const ReviewOptions& options) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const std::string reason = TRY(typed_reason(options.reason, "What did you find?"));
    const json::Value answer = TRY(api.post(
        "/api/v1/overrides/" + http::percent_encoded(options.id) + "/review",
        json::Object{{"justified", options.is_justified}, {"reason", reason}}, settings.idempotency_key));
    return print_answer(
        answer, fmt::format("{} is reviewed: {}justified.", options.id, options.is_justified ? "" : "not "),
        settings);
  });
}

}  // namespace postern::cli
