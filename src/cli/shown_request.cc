// A request in words: what a signature binds, whom it asks, and its story.
#include <fmt/format.h>

#include "base/encoding.h"
#include "cli/shown.h"

namespace postern::cli {
namespace {

std::int64_t number_at(const json::Value& object, std::string_view name) {
  const json::Value* found = object.find(name);
  return found == nullptr || found->as_integer() == nullptr ? 0 : *found->as_integer();
}

/// Lines after the first are marked, so that nothing that somebody wrote can pass for a line of ours.
std::string marked_lines(std::string_view text) {
  std::string out;
  for (const char c : sanitized(text, Lines::keep)) {
    out += c;
    if (c == '\n') out += "           | ";
  }
  return out;
}

std::string one_line(std::string_view text) { return sanitized(text, Lines::replace); }

/// "1 of security-leads: dana, emil"
std::string circle_in_words(const json::Value& circle) {
  std::string whom = list(circle.find("from"));
  if (number_at(circle, "managers") > 0) {
    whom += whom.empty() ? "" : ", ";
    whom += number_at(circle, "managers") == 1 ? "the requester's manager" : "the requester's managers";
  }
  if (const std::string people = list(circle.find("people")); !people.empty())
    whom += (whom.empty() ? "" : ", ") + people;
  const std::string eligible = list(circle.find("eligible"));
  return fmt::format("{} of {}: {}", number_at(circle, "count"), whom,
                     eligible.empty() ? "nobody" : eligible);
}

std::string stage_in_words(const json::Value& request) {
  const std::string_view stage = request.text_at("stage");
  if (stage != "awaiting_approval") return std::string(stage);
  if (!request.text_at("unanswered_at").empty())
    return fmt::format("nobody answered, since {}", request.text_at("unanswered_at"));
  if (number_at(request, "tier") == 0) return "submitted, and checked";
  return fmt::format("awaits tier {} of {}, to be answered by {}", number_at(request, "tier"),
                     items_of(request, "tiers").size(), request.text_at("answer_by"));
}

/// What beside role, account and time the signature binds.
std::string describe_wishes(const json::Value& terms) {
  std::string out;
  if (const json::Value* fields = terms.find("fields"); fields != nullptr && fields->as_object() != nullptr)
    for (const auto& [id, value] : *fields->as_object())
      out += fmt::format("  field      {}: {}\n", one_line(id),
                         value.as_string() == nullptr ? "" : one_line(*value.as_string()));
  if (!terms.text_at("starts_at").empty())
    out += fmt::format("  starts     {}, not before\n", terms.text_at("starts_at"));
  if (!terms.text_at("extends").empty()) out += fmt::format("  extends    {}\n", terms.text_at("extends"));
  if (!terms.text_at("asked_by").empty())
    out += fmt::format("  asked by   the service {}, on behalf of {}\n", terms.text_at("asked_by"),
                       terms.text_at("requester"));
  return out;
}

std::string describe_warnings(const json::Value& request) {
  std::string out;
  for (const json::Value& check : items_of(request, "checks"))
    if (!is_true(check, "passed"))
      out += fmt::format("  WARNING    {}: {}\n", one_line(check.text_at("name")),
                         one_line(check.text_at("note")));
  for (const json::Value& each : items_of(request, "earlier_denials"))
    out += fmt::format("  WARNING    {} asked for the same and was denied by {} at {}: {}\n",
                       each.text_at("request"), each.text_at("person"), each.text_at("at"),
                       each.text_at("reason_text").empty() ? "(the reason was erased)"
                                                           : one_line(each.text_at("reason_text")));
  return out;
}

std::string_view cause_of(const json::Value& request, std::int64_t tier) {
  for (const json::Value& each : items_of(request, "skipped"))
    if (number_at(each, "tier") == tier) return each.text_at("cause");
  return "";
}

std::string describe_tier(const json::Value& request, const json::Value& tier, std::int64_t number) {
  const bool is_asked =
      request.text_at("stage") == "awaiting_approval" && number_at(request, "tier") == number;
  std::string out = fmt::format("  tier {}     {}, within {}{}\n", number, circles_in_words(tier),
                                tier.text_at("within"), is_asked ? "  <- asked now" : "");
  for (const json::Value& each : items_of(tier, "hours"))
    out += fmt::format("             open {} to {}\n", each.text_at("from"), each.text_at("to"));
  for (const json::Value& each : items_of(tier, "stand_ins"))
    if (const std::string deputies = list(each.find("deputies")); !deputies.empty())
      out += fmt::format("             while {} is away: {}\n", each.text_at("person"), deputies);
  if (const std::string_view cause = cause_of(request, number); !cause.empty())
    out += "             SKIPPED: " + skip_in_words(cause) + "\n";
  if (number_at(request, "reminded_tier") == number) out += "             reminded\n";
  return out;
}

std::string describe_tiers(const json::Value& request) {
  std::string out;
  std::int64_t number = 0;
  for (const json::Value& tier : items_of(request, "tiers")) out += describe_tier(request, tier, ++number);
  if (const std::string asked = list(request.find("asked_now")); !asked.empty())
    out += "  waits for  " + asked + "\n";
  return out;
}

std::string describe_answers(const json::Value& request) {
  std::string out;
  for (const json::Value& answer : items_of(request, "answers")) {
    out += fmt::format("  {:<10} by {} at {}, tier {}",
                       answer.text_at("decision") == "approve" ? "approved" : "DENIED",
                       answer.text_at("person"), answer.text_at("at"), number_at(answer, "tier"));
    if (const std::string others = list(answer.find("stands_in_for")); !others.empty())
      out += ", in place of " + others;
    if (const json::Value* conditions = answer.find("conditions"))
      out += conditions_in_words(conditions->text_at("duration"), conditions->text_at("target_role"));
    if (!answer.text_at("reason_text").empty()) out += ": " + one_line(answer.text_at("reason_text"));
    out += "\n";
  }
  return out;
}

}  // namespace

std::string circles_in_words(const json::Value& tier) {
  std::string out;
  for (const json::Value& circle : items_of(tier, "circles"))
    out += (out.empty() ? "" : "; and ") + circle_in_words(circle);
  return out.empty() ? "nobody" : out;
}

std::string skip_in_words(std::string_view cause) {
  if (cause == "nobody_to_ask") return "too few are left without the requester and those who are away";
  if (cause == "out_of_hours") return "it is outside of the tier's hours";
  return one_line(cause);
}

std::string conditions_in_words(std::string_view duration, std::string_view target_role) {
  std::string out;
  if (!duration.empty()) out += fmt::format(", for {} only", duration);
  if (!target_role.empty()) out += fmt::format(", as {} only", target_role);
  return out;
}

std::string describe_request(const json::Value& request) {
  const json::Value* terms = request.find("terms");
  if (terms == nullptr) return "";
  std::string out = fmt::format("{}  {} asks for {} in account {} for {}\n", request.text_at("id"),
                                terms->text_at("requester"), terms->text_at("target_role"),
                                terms->text_at("account"), terms->text_at("duration"));
  out += fmt::format("  emergency  {}\n  process    {}\n  stage      {}\n", terms->text_at("emergency"),
                     terms->text_at("process"), stage_in_words(request));
  out += fmt::format("  by way of  {}, sessions of {}, catalog {}\n", terms->text_at("emergency_role"),
                     terms->text_at("session_max"), terms->text_at("catalog").substr(0, 12));
  if (!request.text_at("reason_text").empty())
    out += fmt::format("  reason     {}\n", marked_lines(request.text_at("reason_text")));
  out += describe_wishes(*terms) + describe_warnings(request) + describe_tiers(request) +
         describe_answers(request);
  if (!request.text_at("by_override").empty())
    out += fmt::format("  override   {}\n", request.text_at("by_override"));
  if (!request.text_at("grant").empty()) out += fmt::format("  grant      {}\n", request.text_at("grant"));
  return out;
}

std::string describe_timeline(const json::Array& items) {
  std::string out;
  for (const json::Value& item : items) {
    const std::int64_t tier = number_at(item, "tier");
    out += fmt::format("  {}  #{:<5} {:<22} {}{}  by {}\n", item.text_at("at"), number_at(item, "entry"),
                       one_line(item.text_at("type")), item.text_at("resource"),
                       tier > 0 ? fmt::format(" tier {}", tier) : "", one_line(item.text_at("by")));
    if (!item.text_at("text").empty()) out += "           | " + marked_lines(item.text_at("text")) + "\n";
  }
  return out;
}

}  // namespace postern::cli
