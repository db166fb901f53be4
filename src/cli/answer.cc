// Approving and denying: nothing is signed but what the person was shown.
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/id.h"
#include "cli/commands.h"
#include "cli/shown.h"
#include "cli/small_file.h"

namespace postern::cli {
namespace {

constexpr std::size_t file_bytes_max = 64U << 10U;

std::string path_of(const AnswerOptions& options) {
  return "/api/v1/requests/" + http::percent_encoded(options.request);
}

/// What an approver leaves of what was asked for; "" where the request's stays.
struct Less {
  std::string duration;
  std::string target_role;
  [[nodiscard]] bool empty() const { return duration.empty() && target_role.empty(); }
};

/// As the statement spells it: "90m", whichever way it was typed.
Result<Less> less_of(const AnswerOptions& options) {
  Less less{.duration = {}, .target_role = options.target_role};
  if (!options.duration.empty()) less.duration = to_text(TRY(parse_duration(options.duration)));
  if (!less.empty() && options.decision != "approve")
    return fail(ErrorCode::invalid, "Only an approval can give less than was asked for.");
  return less;
}

tl::unexpected<Error> does_not_fit() {
  return fail(ErrorCode::damaged,
              "The server offers a statement for signing that does not fit the request that it shows. "
              "Nothing was signed. Tell the security team.");
}

/// Built from the terms that were shown, so that the server has no say in what is signed (docs/formats.md,
/// postern-approval/1 and /2). `damaged` when the terms are not those of the request that was named.
Result<std::string> statement_for(const json::Value& request, const AnswerOptions& options,
                                  const std::string& person, const std::string& ledger, const Less& less) {
  const json::Value* terms = request.find("terms");
  const json::Value* tier = request.find("tier");
  if (terms == nullptr || tier == nullptr || tier->as_integer() == nullptr ||
      terms->text_at("request") != options.request)
    return does_not_fit();
  json::Object out{{"decision", options.decision},
                   {"ledger", ledger},
                   {"person", person},
                   {"request", options.request},
                   {"request_digest", sha256({"postern-request/1\n", json::canonical(*terms)}).hex()},
                   {"statement", "postern-approval/1"},
                   {"tier", *tier}};
  if (!less.empty()) {
    out["statement"] = "postern-approval/2";
    out.emplace("duration", less.duration);
    out.emplace("target_role", less.target_role);
  }
  return json::canonical(out);
}

/// The server's statement for that decision; "" when the person may not answer now.
std::string offered_in(const json::Value& request, const AnswerOptions& options) {
  const json::Value* to_sign = request.find("to_sign");
  return std::string(to_sign == nullptr ? "" : to_sign->text_at(options.decision));
}

/// The statement to sign, after making sure that the server's says what the person was shown: it is not
/// trusted to.
Result<std::string> checked_statement(const json::Value& request, const AnswerOptions& options,
                                      const Connection& connection, const Less& less) {
  const std::string offered = offered_in(request, options);
  const json::Value said = TRY(json::parse(offered));
  TRY(check_ledger(said, connection.settings().ledger));
  TRY(check_reason(request));
  const std::string ledger(said.text_at("ledger"));
  const std::string& person = connection.settings().person;
  if (TRY(statement_for(request, options, person, ledger, {})) != offered) return does_not_fit();
  return statement_for(request, options, person, ledger, less);
}

std::string denial_reason(const AnswerOptions& options) {
  if (options.decision != "deny" || !options.reason.empty()) return options.reason;
  return asked_for("Why do you deny it? The requester and later approvers read it:");
}

Result<int> send(json::Object body, const Less& less, const AnswerOptions& options, const std::string& signer,
                 client::Api& api, const Settings& settings) {
  body.emplace("decision", options.decision);
  if (!less.duration.empty()) body.emplace("duration", less.duration);
  if (!less.target_role.empty()) body.emplace("target_role", less.target_role);
  if (const std::string reason = denial_reason(options); !reason.empty()) body.emplace("reason", reason);
  const json::Value answered = TRY(api.post(path_of(options) + "/answer", body, settings.idempotency_key));
  const json::Value* now = answered.find("now");
  const std::string grant(now == nullptr ? "" : now->text_at("grant"));
  std::string text = options.decision == "approve"
                         ? fmt::format("{} is approved by {}{}.", options.request, signer,
                                       conditions_in_words(less.duration, less.target_role))
                         : fmt::format("{} is denied.", options.request);
  const json::Value* terms = now == nullptr ? nullptr : now->find("terms");
  if (!grant.empty() && terms != nullptr)
    text += fmt::format("\n{} is open. Next, by {}: postern access {} -- COMMAND", grant,
                        terms->text_at("requester"), grant);
  return print_answer(answered, text, settings);
}

/// Asked without a signature, the server says why not, and writes that down.
tl::unexpected<Error> refused(const AnswerOptions& options, client::Api& api, const Settings& settings) {
  const auto answer =
      api.post(path_of(options) + "/answer",
               json::Object{{"decision", options.decision}, {"signature", ""}, {"statement", ""}},
               settings.idempotency_key);
  if (!answer) return tl::unexpected(answer.error());
  return fail(ErrorCode::internal, "The server took an answer that nobody signed. Tell the security team.");
}

/// Writes the exact bytes that somebody signs elsewhere.
Result<int> save(const json::Value& request, const AnswerOptions& options, const Connection& connection,
                 const Less& less, const Settings& settings) {
  const std::string person = options.as.empty() ? connection.settings().person : options.as;
  TRY(PersonId::parse(person));
  TRY(check_ledger(request, connection.settings().ledger));
  TRY(check_reason(request));
  const std::string statement =
      TRY(statement_for(request, options, person, std::string(request.text_at("ledger")), less));
  TRY(write_new_file(options.save, statement));
  const std::string command = "ssh-keygen -Y sign -f KEY -n postern-approval " + options.save;
  return print(json::Object{{"command", command}, {"file", options.save}, {"statement", statement}},
               fmt::format("{}{} holds what {} signs{}. Nothing was sent.\n"
                           "Next, wherever the key of {} is: {}\nThen, from any machine of the company: "
                           "postern {} {} --signed {}",
                           describe_request(request), options.save, person,
                           conditions_in_words(less.duration, less.target_role), person, command,
                           options.decision, options.request, options.save),
               format_of(settings));
}

/// Brings a statement that was signed elsewhere, after making sure that it answers what the server shows.
Result<int> bring(const json::Value& request, const AnswerOptions& options, const Connection& connection,
                  client::Api& api, const Settings& settings) {
  if (!options.duration.empty() || !options.target_role.empty())
    return fail(ErrorCode::invalid, "What was signed says how much it gives; leave --for and --role out.");
  const std::string statement = TRY(read_small_file(options.signed_file, file_bytes_max));
  const std::string signature = TRY(read_small_file(
      options.signature.empty() ? options.signed_file + ".sig" : options.signature, file_bytes_max));
  const json::Value said = TRY(json::parse(statement, {.bytes_max = file_bytes_max, .depth_max = 4}));
  TRY(check_ledger(said, connection.settings().ledger));
  const std::string signer(said.text_at("person"));
  const Less less{.duration = std::string(said.text_at("duration")),
                  .target_role = std::string(said.text_at("target_role"))};
  // An approval that is brought with `deny` is not the answer that somebody meant to give.
  if (TRY(statement_for(request, options, signer, std::string(said.text_at("ledger")), less)) != statement)
    return fail(
        ErrorCode::conflict,
        fmt::format("\"{}\" is not what one signs to {} {} as it stands now: the request has moved on, "
                    "or the file was changed. Nothing was sent. Write it anew with --save.",
                    options.signed_file, options.decision, options.request));
  if (!settings.json) fmt::print(stderr, "{}", sanitized(describe_request(request), Lines::keep));
  json::Object body{{"signature", signature}, {"statement", statement}};
  if (signer != connection.settings().person) body.emplace("signer", signer);
  return send(std::move(body), less, options, signer, api, settings);
}

Result<int> sign_and_send(const json::Value& request, const AnswerOptions& options,
                          const Connection& connection, const Less& less, client::Api& api,
                          const Settings& settings) {
  const std::string statement = TRY(checked_statement(request, options, connection, less));
  if (!settings.json) fmt::print(stderr, "{}", sanitized(describe_request(request), Lines::keep));
  const std::string conditions =
      sanitized(conditions_in_words(less.duration, less.target_role), Lines::replace);
  if (!settings.json && !conditions.empty())
    fmt::print(stderr, "  YOU GIVE   less: {}\n", conditions.substr(2));
  if (!options.yes &&
      !confirmed("Do you " + options.decision + " this with your signature" + conditions + "?"))
    return fail(ErrorCode::invalid, "Nothing was signed. To answer without being asked: --yes");
  const std::string signature = TRY(sign(connection, "postern-approval", statement));
  return send(json::Object{{"signature", signature}, {"statement", statement}}, less, options,
              connection.settings().person, api, settings);
}

}  // namespace

int answer(const Settings& settings, const AnswerOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    if (!options.as.empty() && options.save.empty())
      return fail(ErrorCode::invalid, "--as goes with --save: nobody signs here in somebody else's name.");
    const Less less = TRY(less_of(options));
    const json::Value request = TRY(api.get(path_of(options)));
    if (!options.signed_file.empty()) return bring(request, options, connection, api, settings);
    const bool is_for_another = !options.as.empty() && options.as != connection.settings().person;
    if (!is_for_another && offered_in(request, options).empty()) return refused(options, api, settings);
    if (!options.save.empty()) return save(request, options, connection, less, settings);
    return sign_and_send(request, options, connection, less, api, settings);
  });
}

}  // namespace postern::cli
