// What people in an emergency do, up to the grant.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/shown.h"
#include "cli/with_server.h"
#include "ledger/entry.h"
#include "wallet/wallet.h"

namespace postern::cli {
namespace {

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
    return print_answer(
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
    const std::string signature = TRY(sign(connection, "postern-approval", statement));
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
    return print_answer(answered, text, settings);
  });
}

int withdraw(const Settings& settings, const std::string& id) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value answer = TRY(api.post("/api/v1/requests/" + http::percent_encoded(id) + "/withdraw",
                                            json::Object{}, settings.idempotency_key));
    return print_answer(answer, id + " is withdrawn.", settings);
  });
}

}  // namespace postern::cli
