// What people in an emergency do, up to the grant.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/with_server.h"
#include "ledger/entry.h"
#include "wallet/wallet.h"

namespace postern::cli {
namespace {

/// A request as an approver must see it: everything that the signature will bind.
std::string describe_request(const json::Value& request) {
  const json::Value* terms = request.find("terms");
  if (terms == nullptr) return "";
  std::string out = fmt::format("{}  {} asks for {} in account {} for {}\n", request.text_at("id"),
                                terms->text_at("requester"), terms->text_at("target_role"),
                                terms->text_at("account"), terms->text_at("duration"));
  out += fmt::format("  emergency  {}\n  process    {}\n  stage      {}, to be answered by {}\n",
                     terms->text_at("emergency"), terms->text_at("process"), request.text_at("stage"),
                     request.text_at("answer_by"));
  out += fmt::format("  by way of  {}, sessions of {}, catalog {}\n", terms->text_at("emergency_role"),
                     terms->text_at("session_max"), terms->text_at("catalog").substr(0, 12));
  if (!request.text_at("reason_text").empty())
    out += fmt::format("  reason     {}\n", sanitized(request.text_at("reason_text"), Lines::replace));
  if (const json::Value* checks = request.find("checks"); checks != nullptr && checks->as_array() != nullptr)
    for (const json::Value& check : *checks->as_array())
      if (const json::Value* passed = check.find("passed");
          passed != nullptr && passed->as_bool() != nullptr && !*passed->as_bool())
        out += fmt::format("  WARNING    {}: {}\n", check.text_at("name"), check.text_at("note"));
  if (const json::Value* tiers = request.find("tiers"); tiers != nullptr && tiers->as_array() != nullptr)
    for (const json::Value& tier : *tiers->as_array())
      out += fmt::format("  asked      {} ({})\n", list(tier.find("from")), list(tier.find("eligible")));
  if (!request.text_at("grant").empty()) out += fmt::format("  grant      {}\n", request.text_at("grant"));
  return out;
}

/// A person who knows the ledger's name (POSTERN_LEDGER) signs for no other, whatever a server shows.
Result<void> check_ledger(const json::Value& statement, const std::string& pinned) {
  if (pinned.empty() || statement.text_at("ledger") == pinned) return {};
  return fail(ErrorCode::forbidden, "This server speaks for the ledger \"" +
                                        std::string(statement.text_at("ledger")) + "\", not for \"" + pinned +
                                        "\". Nothing was signed.");
}

/// The reason shown must be the one that the request commits to.
Result<void> check_reason(const json::Value& request) {
  if (request.text_at("reason_text").empty()) return {};
  const ledger::PrivatePart part{TRY(from_base64(request.text_at("reason_salt"))),
                                 json::Object{{"reason", request.text_at("reason_text")}}};
  const json::Value* terms = request.find("terms");
  if (terms != nullptr && terms->text_at("reason") == ledger::commitment(part).hex()) return {};
  return fail(ErrorCode::damaged,
              "The reason that the server shows is not the one that was given. Nothing was signed. Tell the "
              "security team.");
}

/// The server's statement for that decision; "" when the person may not answer now.
std::string statement_in(const json::Value& request, const AnswerOptions& options) {
  const json::Value* to_sign = request.find("to_sign");
  return std::string(to_sign == nullptr ? "" : to_sign->text_at(options.decision));
}

/// The statement to sign, after making sure that it says what the person was shown: the server is not trusted
/// to.
Result<std::string> checked_statement(const json::Value& request, const AnswerOptions& options,
                                      const std::string& person, const std::string& pinned_ledger) {
  const std::string statement = statement_in(request, options);
  const json::Value said = TRY(json::parse(statement));
  const json::Value* terms = request.find("terms");
  const Digest digest =
      sha256({"postern-request/1\n", json::canonical(terms == nullptr ? json::Value() : *terms)});
  TRY(check_ledger(said, pinned_ledger));
  TRY(check_reason(request));
  const bool fits = said.text_at("statement") == "postern-approval/1" &&
                    said.text_at("decision") == options.decision && said.text_at("person") == person &&
                    said.text_at("request") == options.request &&
                    said.text_at("request_digest") == digest.hex() && terms != nullptr &&
                    terms->text_at("request") == options.request;
  if (!fits)
    return fail(ErrorCode::damaged,
                "The server offers a statement for signing that does not fit the request that it shows. "
                "Nothing was signed. Tell the security team.");
  return statement;
}

int print_command(const json::Value& answer, const std::string& text, const Settings& settings) {
  return print(answer, text, format_of(settings));
}

std::string condition_lines(const json::Value& status, int depth) {
  const bool* met = status.find("met") == nullptr ? nullptr : status.find("met")->as_bool();
  std::string out =
      fmt::format("{}[{}] {} - {}\n", std::string(static_cast<std::size_t>(depth) * 2, ' '),
                  met != nullptr && *met ? "x" : " ", status.text_at("text"), status.text_at("note"));
  if (const json::Value* parts = status.find("parts"); parts != nullptr && parts->as_array() != nullptr)
    for (const json::Value& part : *parts->as_array()) out += condition_lines(part, depth + 1);
  return out;
}

void add_modes(std::string& out, const json::Array& modes, std::string_view now) {
  for (const json::Value& mode : modes) {
    out += fmt::format("\n{}  {}\n", mode.text_at("id"), mode.text_at("title"));
    if (!mode.text_at("suspected_since").empty())
      out += fmt::format("  SUSPECTED since {} ({})\n", mode.text_at("suspected_since"),
                         relative(mode.text_at("suspected_since"), now));
    if (const json::Value* confirmation = mode.find("confirmation")) out += condition_lines(*confirmation, 1);
  }
}

bool is_true(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  return value != nullptr && value->as_bool() != nullptr && *value->as_bool();
}

/// What is for this person to look after, whether or not there is an emergency.
std::string own_duties(const json::Value& status) {
  std::string out;
  if (const json::Value* check = status.find("self_check")) {
    const std::string failed = list(check->find("failed"));
    if (check->text_at("at").empty())
      out += "  OVERDUE  You have never checked your own way in: postern me check\n";
    else if (is_true(*check, "is_stale"))
      out += fmt::format("  OVERDUE  You checked your own way in {}: postern me check\n",
                         relative(check->text_at("at"), status.text_at("now")));
    if (!failed.empty()) out += fmt::format("  OVERDUE  Your own way in wants mending: {}\n", failed);
  }
  if (const json::Value* upkeep = status.find("upkeep"); upkeep != nullptr && upkeep->as_array() != nullptr)
    for (const json::Value& each : *upkeep->as_array())
      if (is_true(each, "is_due"))
        out += fmt::format("  OVERDUE  {} (every {}): postern attest {}\n", each.text_at("statement"),
                           each.text_at("every"), each.text_at("name"));
  if (const json::Value* proposals = status.find("proposals");
      proposals != nullptr && proposals->as_array() != nullptr && !proposals->as_array()->empty())
    out += "  A changed catalog waits for its owners' signatures: postern catalog status\n";
  return out.empty() ? "" : "\nFor you to look after\n" + out;
}

std::string announcements(const json::Value& status) {
  std::string out;
  if (const json::Value* all = status.find("announcements"); all != nullptr && all->as_array() != nullptr)
    for (const json::Value& each : *all->as_array()) {
      out += fmt::format("CHANGED during this emergency, at {}:\n", each.text_at("at"));
      if (const json::Value* changes = each.find("changes");
          changes != nullptr && changes->as_array() != nullptr)
        for (const json::Value& change : *changes->as_array())
          if (change.as_string() != nullptr) out += "  " + *change.as_string() + "\n";
    }
  return out;
}

std::string describe_status(const json::Value& status) {
  const std::string_view now = status.text_at("now");
  std::string out =
      fmt::format("{}  {} entries in the ledger, now {}\n", status.text_at("organization"),
                  status.find("entries") != nullptr && status.find("entries")->as_integer() != nullptr
                      ? *status.find("entries")->as_integer()
                      : 0,
                  now);
  if (is_true(status, "catalog_unsigned"))
    out +=
        "WARNING: the catalog in force is not signed by its owners (--insecure-unsigned). For demonstrations "
        "only.\n";
  if (is_true(status, "clock_in_doubt"))
    out += "WARNING: the server's clock is in doubt. Nothing expires until it is right again.\n";
  out += announcements(status);
  const auto each = [&](std::string_view name, const auto& line) {
    const json::Value* array = status.find(name);
    if (array != nullptr && array->as_array() != nullptr)
      for (const json::Value& item : *array->as_array()) out += line(item);
  };
  out += "\nOpen emergencies, requests that wait, open grants\n";
  const std::size_t before = out.size();
  each("emergencies", [&](const json::Value& e) {
    return fmt::format("  {}  {} declared by {} {}\n", e.text_at("id"), e.text_at("mode"),
                       e.text_at("declared_by"), relative(e.text_at("declared_at"), now));
  });
  each("requests", [&](const json::Value& r) { return "  " + describe_request(r); });
  each("grants", [&](const json::Value& g) {
    return fmt::format("  {}  {} ends {}\n", g.text_at("id"), g.text_at("person"),
                       relative(g.text_at("until"), now));
  });
  if (out.size() == before) out += "  none\n";
  out += "\nProbes\n";
  each("probes", [&](const json::Value& p) {
    return fmt::format("  {:<20} {:<8} {} {}\n", p.text_at("id"), p.text_at("verdict"),
                       p.text_at("since").empty() ? "" : "since " + std::string(p.text_at("since")),
                       p.text_at("detail"));
  });
  if (const json::Value* modes = status.find("modes"); modes != nullptr && modes->as_array() != nullptr)
    add_modes(out, *modes->as_array(), now);
  return out + own_duties(status);
}

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
  return print_command(
      answer, fmt::format("Recorded: \"{}\" Again within {}.", statement, upkeep.text_at("every")), settings);
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

bool confirmed(const std::string& question) {
  if (::isatty(STDIN_FILENO) == 0) return false;
  fmt::print(stderr, "{} [y/N] ", question);
  std::string line;
  return std::getline(std::cin, line) && (line == "y" || line == "Y" || line == "yes");
}

int login(const Settings& settings) {
  Connection connection(settings);
  const auto login = connection.log_in();
  if (!login) return report(login.error(), format_of(settings));
  const std::string& person = connection.settings().person;
  return print(json::Object{{"person", person}, {"until", login->until}},
               fmt::format("Logged in as {} until {}.", person, login->until), format_of(settings));
}

int status(const Settings& settings) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value status = TRY(api.get("/api/v1/status"));
    return print(status, describe_status(status), format_of(settings));
  });
}

int attest(const Settings& settings, const AttestOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    const json::Value status = TRY(api.get("/api/v1/status"));
    std::vector<std::string> statements;
    if (const json::Value* modes = status.find("modes"); modes != nullptr && modes->as_array() != nullptr)
      for (const json::Value& mode : *modes->as_array())
        if (const json::Value* all = mode.find("statements");
            mode.text_at("id") == options.mode && all != nullptr && all->as_array() != nullptr)
          for (const json::Value& each : *all->as_array())
            if (each.as_string() != nullptr) statements.push_back(*each.as_string());
    if (const auto upkeep = upkeep_named(status, options.mode); statements.empty() && upkeep)
      return confirm_upkeep(*upkeep, options, settings, api);
    if (statements.empty())
      return fail(ErrorCode::forbidden, "The confirmation of " + options.mode + " asks for no statement by " +
                                            connection.settings().person + ".");
    json::Value last;
    std::string text;
    for (const std::string& statement : statements) {
      if (!options.yes && !confirmed("You state, under your name: \"" + sanitized(statement, Lines::replace) +
                                     "\" Is that so?"))
        continue;
      last =
          TRY(api.post("/api/v1/attestations", json::Object{{"mode", options.mode}, {"statement", statement}},
                       statements.size() == 1 ? settings.idempotency_key : ""));
      text += fmt::format("Recorded: {} attests \"{}\"\n", connection.settings().person, statement);
    }
    if (text.empty())
      return fail(ErrorCode::invalid, "Nothing was attested. To say it without being asked: --yes");
    text.pop_back();
    return print_command(last, text, settings);
  });
}

int declare(const Settings& settings, const DeclareOptions& options) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value answer = TRY(
        api.post("/api/v1/emergencies", json::Object{{"incident", options.incident}, {"mode", options.mode}},
                 settings.idempotency_key));
    const std::string id(answer.text_at("resource"));
    return print_command(
        answer,
        fmt::format("{} is declared: {}.\nNext: postern request {} --account ACCOUNT --reason \"…\"", id,
                    options.mode, id),
        settings);
  });
}

int request(const Settings& settings, const RequestOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    std::string process = options.process;
    if (process.empty()) {  // the process of the emergency's mode
      const json::Value emergency =
          TRY(api.get("/api/v1/emergencies/" + http::percent_encoded(options.emergency)));
      const json::Value status = TRY(api.get("/api/v1/status"));
      if (const json::Value* modes = status.find("modes"); modes != nullptr && modes->as_array() != nullptr)
        for (const json::Value& mode : *modes->as_array())
          if (mode.text_at("id") == emergency.text_at("mode")) process = mode.text_at("process");
    }
    const json::Value described = TRY(api.get("/api/v1/processes/" + http::percent_encoded(process)));
    if (!settings.json)
      fmt::print(stderr,
                 "{}\n  use when      {}\n  do not use    {}\n  alternatives  {}\n  gate          {}\n",
                 described.text_at("title"), described.text_at("use_when"),
                 described.text_at("do_not_use_when"), list(described.find("alternatives")),
                 described.text_at("gate") == "detected"
                     ? "detected - AWS would let you in without a grant, and the SOC would be alarmed"
                     : "enforced");
    const json::Value answer = TRY(api.post("/api/v1/requests",
                                            json::Object{{"account", options.account},
                                                         {"duration", options.duration},
                                                         {"emergency", options.emergency},
                                                         {"process", process},
                                                         {"reason", options.reason}},
                                            settings.idempotency_key));
    const json::Value* now = answer.find("now");
    // What the server plans for this request later is held against what was asked for here.
    if (const std::string folder = runtime_folder(); !folder.empty())
      wallet::Wallet(folder).note_account(connection.settings().server, connection.settings().person,
                                          std::string(answer.text_at("resource")), options.account);
    return print_command(
        answer,
        (now == nullptr ? "" : describe_request(*now)) +
            fmt::format("Next, by one of those asked: postern approve {}", answer.text_at("resource")),
        settings);
  });
}

int show_request(const Settings& settings, const std::string& id) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value request = TRY(api.get("/api/v1/requests/" + http::percent_encoded(id)));
    return print(request, describe_request(request), format_of(settings));
  });
}

int answer(const Settings& settings, const AnswerOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    const json::Value request = TRY(api.get("/api/v1/requests/" + http::percent_encoded(options.request)));
    if (statement_in(request, options).empty()) {
      // Asked without a signature, the server says why not, and writes that down.
      TRY(api.post("/api/v1/requests/" + http::percent_encoded(options.request) + "/answer",
                   json::Object{{"decision", options.decision}, {"signature", ""}, {"statement", ""}},
                   settings.idempotency_key));
      return fail(ErrorCode::internal,
                  "The server took an answer that nobody signed. Tell the security team.");
    }
    const std::string statement =
        TRY(checked_statement(request, options, connection.settings().person, connection.settings().ledger));
    if (!settings.json) fmt::print(stderr, "{}", sanitized(describe_request(request), Lines::keep));
    if (!options.yes && !confirmed("Do you " + options.decision + " this with your signature?"))
      return fail(ErrorCode::invalid, "Nothing was signed. To answer without being asked: --yes");
    if (connection.settings().key.empty())
      return fail(ErrorCode::unauthenticated,
                  "Say which SSH key is yours: --key FILE, or POSTERN_KEY in the environment.");
    const std::string signature = TRY(connection.signer()("postern-approval", statement));
    const json::Value answered = TRY(api.post(
        "/api/v1/requests/" + options.request + "/answer",
        json::Object{{"decision", options.decision}, {"signature", signature}, {"statement", statement}},
        settings.idempotency_key));
    const json::Value* now = answered.find("now");
    const std::string grant(now == nullptr ? "" : now->text_at("grant"));
    std::string text = options.decision == "approve" ? fmt::format("{} is approved by {}.", options.request,
                                                                   connection.settings().person)
                                                     : fmt::format("{} is denied.", options.request);
    if (!grant.empty())
      text += fmt::format("\n{} is open. Next, by {}: postern access {} -- COMMAND", grant,
                          now->find("terms")->text_at("requester"), grant);
    return print_command(answered, text, settings);
  });
}

int withdraw(const Settings& settings, const std::string& id) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value answer = TRY(api.post("/api/v1/requests/" + http::percent_encoded(id) + "/withdraw",
                                            json::Object{}, settings.idempotency_key));
    return print_command(answer, id + " is withdrawn.", settings);
  });
}

int close(const Settings& settings, const std::string& id) {
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    const bool is_grant = GrantId::parse(id).has_value();
    if (!is_grant && !EmergencyId::parse(id))
      return fail(ErrorCode::invalid, "Close an emergency (E-1) or a grant (G-1).");
    const Result<json::Value> answer =
        api.post(std::string(is_grant ? "/api/v1/grants/" : "/api/v1/emergencies/") + id + "/close",
                 json::Object{}, settings.idempotency_key);
    forget_ended_grants(connection, api);
    if (!answer) return tl::unexpected(answer.error());
    const json::Value* now = answer->find("now");
    const std::string until(is_grant && now != nullptr ? now->text_at("until") : "");
    std::string text = id + " is closed.";
    if (!until.empty())
      text += fmt::format(
          "\nPostern opens no more sessions. AWS goes on honouring what it has issued: if the requester's "
          "machine still holds "
          "the first hop, until {} and one hour more. To end it now, revoke the active sessions of the "
          "emergency role and of "
          "the target role in IAM.",
          until);
    return print_command(*answer, text, settings);
  });
}

}  // namespace postern::cli
