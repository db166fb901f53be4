// Asking for access.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/drafts.h"
#include "cli/moment.h"
#include "cli/shown.h"
#include "wallet/wallet.h"

namespace postern::cli {
namespace {

/// This person's requests that wait, and those behind their open grants.
std::vector<json::Value> own_requests(const std::string& person, client::Api& api) {
  constexpr std::size_t grants_max = 10;
  std::vector<json::Value> out;
  const auto status = api.get("/api/v1/status");
  if (!status) return out;
  out = items_of(*status, "requests");
  std::size_t asked = 0;
  for (const json::Value& grant : items_of(*status, "grants")) {
    if (grant.text_at("person") != person || ++asked > grants_max) continue;
    const std::string id(grant.text_at("request"));
    if (auto request = api.get("/api/v1/requests/" + http::percent_encoded(id)))
      out.push_back(std::move(*request));
  }
  return out;
}

/// What was acknowledged for the same before: a repeated command must be the same to the letter to get its
/// first answer, and the server explains a request that it would refuse no further.
json::Array acknowledged_before(const json::Object& body, const std::string& person, client::Api& api) {
  json::Array out;
  for (const json::Value& request : own_requests(person, api)) {
    const json::Value* terms = request.find("terms");
    const auto is_same = [&](const char* name) { return terms->text_at(name) == *body.at(name).as_string(); };
    if (terms == nullptr || terms->text_at("requester") != person || !is_same("emergency") ||
        !is_same("process") || !is_same("account"))
      continue;
    out.clear();  // the newest counts
    for (const json::Value& check : items_of(request, "checks"))
      if (!is_true(check, "passed")) out.emplace_back(check.text_at("name"));
  }
  return out;
}

/// Every warning, after the person has read them.
Result<json::Array> acknowledged(const json::Value& explained, bool yes) {
  const std::vector<std::string> names = texts_of(explained, "to_acknowledge");
  json::Array out(names.begin(), names.end());
  if (names.empty() || yes) return out;
  if (confirmed("You have read this. Ask for access all the same?")) return out;
  if (has_terminal()) return fail(ErrorCode::conflict, "Nothing was asked for.");
  std::string all;
  for (const std::string& each : names) all += "\n  " + each;
  return fail(ErrorCode::conflict,
              "Nothing was asked for. Read these warnings, and acknowledge them with --yes:" +
                  sanitized(all, Lines::keep));
}

/// Shows what it is about and what it would lead to; gives what has to be sent besides the body.
Result<json::Array> prepare(const json::Object& body, const json::Value& process,
                            const RequestOptions& options, const std::string& person, client::Api& api,
                            const Settings& settings) {
  const json::Value explained = TRY(api.post("/api/v1/requests/explain", body));
  if (!settings.json)
    fmt::print(stderr, "{}",
               sanitized(describe_process(process) + describe_explained(explained), Lines::keep));
  // Sent all the same, so that the refusal is recorded and its words are the server's.
  if (!is_true(explained, "allowed"))
    return settings.idempotency_key.empty() ? json::Array() : acknowledged_before(body, person, api);
  return acknowledged(explained, options.yes);
}

Result<int> print_submitted(const json::Value& answer, const std::string& account,
                            const Connection& connection, const Settings& settings) {
  const std::string id(answer.text_at("resource"));
  // What the server plans for this request later is held against what was asked for here.
  if (const std::string folder = runtime_folder(); !folder.empty())
    wallet::Wallet(folder).note_account(connection.settings().server, connection.settings().person, id,
                                        account);
  const json::Value* now = answer.find("now");
  return print_answer(answer,
                      (now == nullptr ? "" : describe_request(*now)) +
                          fmt::format("Next, by one of those asked: postern approve {}\n"
                                      "What becomes of it: postern show {}",
                                      id, id),
                      settings);
}

Result<int> submit(RequestOptions options, Connection& connection, client::Api& api,
                   const Settings& settings) {
  if (options.process.empty()) options.process = TRY(process_of(options.emergency, api));
  const json::Value process = TRY(api.get("/api/v1/processes/" + http::percent_encoded(options.process)));
  options.fields = with_missing_fields(process, std::move(options.fields));
  if (options.reason.empty()) options.reason = asked_for("Why? Approvers and auditors read it:");
  json::Object body = TRY(request_body(options, SystemClock().wall()));
  json::Array names = TRY(prepare(body, process, options, connection.settings().person, api, settings));
  if (!names.empty()) body.emplace("acknowledge", std::move(names));
  body.emplace("reason", options.reason);
  const json::Value answer = TRY(api.post("/api/v1/requests", body, settings.idempotency_key));
  if (!options.from_draft.empty()) forget_draft(options.from_draft);
  return print_submitted(answer, options.account, connection, settings);
}

Result<int> keep(const RequestOptions& options, const Settings& settings) {
  TRY(request_body(options, SystemClock().wall()));  // what cannot be sent is not worth keeping
  TRY(keep_draft(options.draft, options));
  return print(json::Object{{"draft", options.draft}},
               fmt::format("Kept. Nothing was asked for yet: postern request --from-draft {}", options.draft),
               format_of(settings));
}

/// Emergency, process and account of a grant that is to go on.
Result<void> fill_from_grant(RequestOptions& options, client::Api& api) {
  if (options.extends.empty()) return {};
  const json::Value grant = TRY(api.get("/api/v1/grants/" + http::percent_encoded(options.extends)));
  const json::Value request =
      TRY(api.get("/api/v1/requests/" + http::percent_encoded(std::string(grant.text_at("request")))));
  const json::Value* terms = request.find("terms");
  if (terms == nullptr)
    return fail(ErrorCode::damaged, "The server does not say what " + options.extends + " is for.");
  if (options.emergency.empty()) options.emergency = terms->text_at("emergency");
  if (options.process.empty()) options.process = terms->text_at("process");
  if (options.account.empty()) options.account = terms->text_at("account");
  return {};
}

}  // namespace

Result<json::Object> request_body(const RequestOptions& options, Instant now) {
  json::Object body{{"account", options.account},
                    {"duration", options.duration.empty() ? "1h" : options.duration},
                    {"emergency", options.emergency},
                    {"process", options.process}};
  json::Object fields;
  for (const std::string& each : options.fields) {
    const std::size_t equals = each.find('=');
    if (equals == 0 || equals == std::string::npos)
      return fail(ErrorCode::invalid, "Write a field as --field id=value.");
    if (!fields.emplace(each.substr(0, equals), each.substr(equals + 1)).second)
      return fail(ErrorCode::invalid, "Field \"" + each.substr(0, equals) + "\" is given twice.");
  }
  if (!fields.empty()) body.emplace("fields", std::move(fields));
  if (!options.start.empty()) body.emplace("starts_at", to_rfc3339(TRY(moment_of(options.start, now))));
  if (!options.extends.empty()) body.emplace("extends", options.extends);
  return body;
}

int request(const Settings& settings, const RequestOptions& given) {
  const auto options = with_draft(given);
  if (!options) return report(options.error(), format_of(settings));
  if (!options->draft.empty()) {
    const auto kept = keep(*options, settings);
    return kept ? *kept : report(kept.error(), format_of(settings));
  }
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    RequestOptions filled = *options;
    TRY(fill_from_grant(filled, api));
    if (filled.emergency.empty())
      return fail(ErrorCode::invalid,
                  "Say in which emergency: postern request E-1. See them: postern status");
    if (filled.is_explained_only) return explain_request(filled, api, settings);
    return submit(std::move(filled), connection, api, settings);
  });
}

int show_request(const Settings& settings, const std::string& id) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value request = TRY(api.get("/api/v1/requests/" + http::percent_encoded(id)));
    return print(request,
                 describe_request(request) + "story\n" + describe_timeline(items_of(request, "story")),
                 format_of(settings));
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
