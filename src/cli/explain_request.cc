// What one may ask for, and what it would lead to.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/shown.h"

namespace postern::cli {
namespace {

/// What the process's form asks for, and what it takes.
std::string describe_form(const json::Value& process) {
  std::string out;
  for (const json::Value& field : items_of(process, "form")) {
    const std::string choices = list(field.find("choices"));
    out += fmt::format("  field         {}{}: {} ({}{})\n", field.text_at("id"),
                       is_true(field, "required") ? " (required)" : "", field.text_at("label"),
                       field.text_at("kind"), choices.empty() ? "" : " of " + choices);
  }
  return out;
}

std::string describe_limits(const json::Value& process) {
  const json::Value* limits = process.find("limits");
  std::string out;
  for (const auto& [name, words] :
       {std::pair("grants", "at once"), std::pair("grants_per_account", "per account"),
        std::pair("grants_per_person", "per person")})
    if (const json::Value* limit = limits == nullptr ? nullptr : limits->find(name);
        limit != nullptr && limit->as_integer() != nullptr)
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", *limit->as_integer(), words);
  return out.empty() ? "" : "  open grants   at most " + out + "\n";
}

std::string describe_choice(const json::Value& process) {
  std::string out = fmt::format("\n{}\n", process.text_at("id")) + describe_process(process);
  out += fmt::format("  you           {}\n",
                     is_true(process, "may_request") ? "may ask for it" : "may not ask for it");
  const std::string emergencies = list(process.find("emergencies"));
  out += "  in            " + (emergencies.empty() ? "no emergency that is open" : emergencies) + "\n";
  std::string accounts;
  for (const json::Value& each : items_of(process, "accounts"))
    accounts +=
        fmt::format("{}{} ({})", accounts.empty() ? "" : ", ", each.text_at("id"), each.text_at("name"));
  out += "  accounts      " + accounts + "\n";
  out += fmt::format("  for           at most {}\n", process.text_at("grant_max"));
  if (const std::string smaller = list(process.find("smaller_roles")); !smaller.empty())
    out += "  may get less  " + smaller + "\n";
  return out + describe_limits(process) + describe_form(process);
}

Result<int> explain_all(const RequestOptions& options, client::Api& api, const Settings& settings) {
  const json::Value all = TRY(api.get("/api/v1/processes"));
  std::string text;
  for (const json::Value& process : items_of(all, "processes")) {
    const std::vector<std::string> emergencies = texts_of(process, "emergencies");
    if (std::find(emergencies.begin(), emergencies.end(), options.emergency) != emergencies.end())
      text += describe_choice(process);
  }
  text = text.empty() ? "There is no process for " + options.emergency + ". Is it open? See: postern status\n"
                      : text.substr(1);
  return print(all,
               text + fmt::format("Whom it would ask: postern request {} --explain --account ACCOUNT",
                                  options.emergency),
               format_of(settings));
}

std::string hours_of(const json::Value& tier) {
  std::string out;
  for (const json::Value& each : items_of(tier, "hours"))
    out += fmt::format("{}{} to {}", out.empty() ? "" : ", ", each.text_at("from"), each.text_at("to"));
  return out;
}

}  // namespace

Result<std::string> process_of(const std::string& emergency, client::Api& api) {
  const json::Value found = TRY(api.get("/api/v1/emergencies/" + http::percent_encoded(emergency)));
  const json::Value status = TRY(api.get("/api/v1/status"));
  for (const json::Value& mode : items_of(status, "modes"))
    if (mode.text_at("id") == found.text_at("mode")) return std::string(mode.text_at("process"));
  return std::string();
}

std::string describe_process(const json::Value& process) {
  return fmt::format("{}\n  use when      {}\n  do not use    {}\n  alternatives  {}\n  gate          {}\n",
                     process.text_at("title"), process.text_at("use_when"),
                     process.text_at("do_not_use_when"), list(process.find("alternatives")),
                     process.text_at("gate") == "detected"
                         ? "detected - AWS would let you in without a grant, and the SOC would be alarmed"
                         : "enforced");
}

std::string describe_explained(const json::Value& explained) {
  std::string out;
  for (const json::Value& check : items_of(explained, "checks"))
    if (!is_true(check, "passed"))
      out += fmt::format("  WARNING       {}: {}\n", sanitized(check.text_at("name"), Lines::replace),
                         sanitized(check.text_at("note"), Lines::replace));
  int number = 0;
  for (const json::Value& tier : items_of(explained, "tiers")) {
    out += fmt::format("  tier {}        {}, within {}\n", ++number, circles_in_words(tier),
                       tier.text_at("within"));
    if (const std::string asked = list(tier.find("asked_now")); !asked.empty())
      out += "                asked now: " + asked + "\n";
    if (tier.find("hours") != nullptr) out += "                hours: " + hours_of(tier) + "\n";
    if (!tier.text_at("skipped_now").empty())
      out += "                would be SKIPPED now: " + skip_in_words(tier.text_at("skipped_now")) + "\n";
  }
  if (const json::Value* refusal = explained.find("refusal"); refusal != nullptr && !refusal->is_null())
    out += fmt::format("  REFUSED       {}\n", sanitized(refusal->text_at("message"), Lines::replace));
  return out;
}

std::vector<std::string> with_missing_fields(const json::Value& process, std::vector<std::string> fields) {
  if (!has_terminal()) return fields;
  for (const json::Value& field : items_of(process, "form")) {
    const std::string start = std::string(field.text_at("id")) + "=";
    const bool is_given = std::any_of(fields.begin(), fields.end(),
                                      [&](const std::string& each) { return each.starts_with(start); });
    if (is_given || !is_true(field, "required")) continue;
    const std::vector<std::string> choices = texts_of(field, "choices");
    std::string question(field.text_at("label"));
    for (std::size_t i = 0; i < choices.size(); ++i) question += fmt::format("\n  {}) {}", i + 1, choices[i]);
    std::string value = asked_for(sanitized(question + (choices.empty() ? ":" : "\nNumber:"), Lines::keep));
    for (std::size_t i = 0; i < choices.size(); ++i)
      if (value == std::to_string(i + 1)) {
        value = choices[i];
        break;
      }
    if (!value.empty()) fields.push_back(start + value);
  }
  return fields;
}

Result<int> explain_request(const RequestOptions& given, client::Api& api, const Settings& settings) {
  if (given.process.empty() && given.account.empty()) return explain_all(given, api, settings);
  RequestOptions options = given;
  if (options.process.empty()) options.process = TRY(process_of(options.emergency, api));
  if (options.account.empty())
    return fail(ErrorCode::invalid, "Say for which account: --account ACCOUNT. See them: postern request " +
                                        options.emergency + " --explain");
  const json::Value explained =
      TRY(api.post("/api/v1/requests/explain", TRY(request_body(options, SystemClock().wall()))));
  const json::Value* process = explained.find("process");
  std::string text = process == nullptr ? "" : describe_process(*process) + describe_form(*process);
  text += describe_explained(explained);
  text += is_true(explained, "allowed") ? "Nothing was asked for. It could be."
                                        : "Nothing was asked for. It would be refused.";
  return print(explained, text, format_of(settings));
}

}  // namespace postern::cli
