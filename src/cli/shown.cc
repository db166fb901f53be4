#include "cli/shown.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "ledger/entry.h"

namespace postern::cli {

const json::Array& items_of(const json::Value& object, std::string_view name) {
  static const json::Array none;
  const json::Value* found = object.find(name);
  return found == nullptr || found->as_array() == nullptr ? none : *found->as_array();
}

bool is_true(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  return value != nullptr && value->as_bool() != nullptr && *value->as_bool();
}

std::vector<std::string> texts_of(const json::Value& object, std::string_view name) {
  std::vector<std::string> out;
  for (const json::Value& each : items_of(object, name))
    if (each.as_string() != nullptr) out.push_back(*each.as_string());
  return out;
}

std::string describe_override(const json::Value& overriding, std::string_view now) {
  const json::Value* terms = overriding.find("terms");
  if (terms == nullptr) return "";
  const bool declares = terms->text_at("request").empty();
  std::string out = fmt::format(
      "{}  {} {}\n", overriding.text_at("id"), terms->text_at("person"),
      declares ? fmt::format("declares {} without a confirmation", terms->text_at("mode"))
               : fmt::format("goes ahead with {}, which nobody approved", terms->text_at("request")));
  out += fmt::format("  reason     {}\n", overriding.text_at("reason_text").empty()
                                              ? "(not shown by the server)"
                                              : sanitized(overriding.text_at("reason_text"), Lines::replace));
  if (!terms->text_at("incident").empty())
    out += fmt::format("  incident   {}\n", terms->text_at("incident"));
  out += fmt::format("  skipped    {}\n", list(overriding.find("skipped")));
  const std::string signed_by = list(overriding.find("co_signers"));
  if (!signed_by.empty()) out += fmt::format("  co-signed  {}\n", signed_by);
  const std::string_view stage = overriding.text_at("stage");
  if (stage == "awaiting_co_signers")
    out += fmt::format("  waits for a co-signer until {} ({}): postern cosign {}\n",
                       overriding.text_at("co_sign_by"), relative(overriding.text_at("co_sign_by"), now),
                       overriding.text_at("id"));
  if (stage == "open_to_objection")
    out += fmt::format("  OPENS {} unless somebody who was skipped objects: postern object {}\n",
                       relative(overriding.text_at("opens_at"), now), overriding.text_at("id"));
  if (stage == "opened")
    out += fmt::format("  led to     {}{}\n", overriding.text_at("emergency"), overriding.text_at("grant"));
  if (stage == "opened" && overriding.find("review") != nullptr && overriding.find("review")->is_null())
    out += fmt::format("  REVIEW OWED, by somebody who was skipped: postern review {}\n",
                       overriding.text_at("id"));
  if (stage == "ended") out += fmt::format("  ended      {}\n", overriding.text_at("end"));
  for (const json::Value& each : items_of(overriding, "objections"))
    out += fmt::format("  objection  {} at {}: {}\n", each.text_at("person"), each.text_at("at"),
                       sanitized(each.text_at("reason_text"), Lines::replace));
  if (const json::Value* review = overriding.find("review"); review != nullptr && !review->is_null())
    out += fmt::format("  review     {}: {}justified. {}\n", review->text_at("person"),
                       is_true(*review, "justified") ? "" : "not ",
                       sanitized(review->text_at("note_text"), Lines::replace));
  return out;
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

Result<void> check_ledger(const json::Value& statement, const std::string& pinned) {
  if (pinned.empty() || statement.text_at("ledger") == pinned) return {};
  return fail(ErrorCode::forbidden, "This server speaks for the ledger \"" +
                                        std::string(statement.text_at("ledger")) + "\", not for \"" + pinned +
                                        "\". Nothing was signed.");
}

Result<void> check_reason(const json::Value& shown) {
  if (shown.text_at("reason_text").empty()) return {};
  const ledger::PrivatePart part{TRY(from_base64(shown.text_at("reason_salt"))),
                                 json::Object{{"reason", shown.text_at("reason_text")}}};
  const json::Value* terms = shown.find("terms");
  if (terms != nullptr && terms->text_at("reason") == ledger::commitment(part).hex()) return {};
  return fail(ErrorCode::damaged,
              "The reason that the server shows is not the one that was given. Nothing was signed. Tell the "
              "security team.");
}

Result<std::string> sign(const Connection& connection, std::string_view name_space,
                         const std::string& statement) {
  if (connection.settings().key.empty())
    return fail(ErrorCode::unauthenticated,
                "Say which SSH key is yours: --key FILE, or POSTERN_KEY in the environment.");
  return connection.signer()(name_space, statement);
}

}  // namespace postern::cli
