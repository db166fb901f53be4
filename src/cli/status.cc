// What is on, and how near it is to an emergency.
#include <fmt/format.h>

#include "base/instant.h"
#include "cli/commands.h"
#include "cli/shown.h"

namespace postern::cli {
namespace {

void add_modes(std::string& out, const json::Array& modes, std::string_view now) {
  for (const json::Value& mode : modes) {
    out += fmt::format("\n{}  {}\n", mode.text_at("id"), mode.text_at("title"));
    if (!mode.text_at("suspected_since").empty())
      out += fmt::format("  SUSPECTED since {} ({})\n", mode.text_at("suspected_since"),
                         relative(mode.text_at("suspected_since"), now));
    if (const json::Value* confirmation = mode.find("confirmation")) out += condition_lines(*confirmation, 1);
  }
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

/// How the emergency stands with the ticket system.
std::string describe_incident(const json::Value& emergency) {
  const std::string_view number = emergency.text_at("incident");
  const std::string_view event = emergency.text_at("incident_event");
  std::string out;
  if (!number.empty()) {
    const std::string_view state = event == "missing"
                                       ? " (WARNING: the ticket system does not know it as open)"
                                   : event == "verified" ? " (found in the ticket system)"
                                   : event == "created"  ? " (created by Postern)"
                                   : event == "closed"   ? " (closed by Postern)"
                                                         : "";
    out += fmt::format("    incident {}{}\n", number, state);
  }
  if (is_true(emergency, "link_overdue"))
    out += fmt::format(
        "    OVERDUE  It is linked to no incident that the ticket system knows: postern link {} NUMBER\n",
        emergency.text_at("id"));
  else if (number.empty() && !emergency.text_at("link_by").empty())
    out += fmt::format("    to be linked to an incident by {}: postern link {} NUMBER\n",
                       emergency.text_at("link_by"), emergency.text_at("id"));
  return out;
}

/// Who is away now, or will be before the day is over.
std::string describe_absences(const json::Value& status, std::string_view now) {
  const auto at = parse_rfc3339(now);
  std::string out;
  for (const json::Value& each : items_of(status, "absences")) {
    const auto from = parse_rfc3339(each.text_at("from"));
    const auto to = parse_rfc3339(each.text_at("to"));
    if (!at || !from || !to || *to <= *at || *from > *at + std::chrono::hours(24)) continue;
    out += fmt::format("  {}  {} to {}\n", each.text_at("person"), each.text_at("from"), each.text_at("to"));
  }
  return out.empty() ? "" : "\nAway, their deputies answer for them\n" + out;
}

std::string describe_undelivered(const json::Value& status) {
  const json::Value* count = status.find("undelivered");
  if (count == nullptr || count->as_integer() == nullptr || *count->as_integer() == 0) return "";
  return fmt::format("WARNING: {} notice(s) never arrived: postern notify list\n", *count->as_integer());
}

std::string describe_emergency(const json::Value& emergency, std::string_view now) {
  std::string out =
      fmt::format("  {}  {} declared by {} {}", emergency.text_at("id"), emergency.text_at("mode"),
                  emergency.text_at("declared_by"), relative(emergency.text_at("declared_at"), now));
  if (!emergency.text_at("by_override").empty())
    out += fmt::format(", without a confirmation ({})", emergency.text_at("by_override"));
  if (!emergency.text_at("until").empty())
    out += fmt::format(", expires {}: postern extend {}", relative(emergency.text_at("until"), now),
                       emergency.text_at("id"));
  out += "\n" + describe_incident(emergency);
  if (const json::Value* normal = emergency.find("return_to_normal");
      normal != nullptr && !items_of(*normal, "parts").empty())
    out += "    It is over when\n" + condition_lines(*normal, 3);
  return out;
}

/// With the warnings under it, and each node where they disagree.
std::string describe_probe(const json::Value& probe) {
  std::string out =
      fmt::format("  {:<20} {:<8} {} {}\n", probe.text_at("id"), probe.text_at("verdict"),
                  probe.text_at("since").empty() ? "" : "since " + std::string(probe.text_at("since")),
                  probe.text_at("detail"));
  const json::Array& nodes = items_of(probe, "nodes");
  for (const json::Value& each : nodes)
    if (each.text_at("verdict") != probe.text_at("verdict"))
      out += fmt::format("    at {}: {} since {} {}\n", each.text_at("node"), each.text_at("verdict"),
                         each.text_at("since"), each.text_at("detail"));
  for (const json::Value& each : items_of(probe, "warnings"))
    out += fmt::format("    WARNING ({}) {}\n", each.text_at("kind"), each.text_at("text"));
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
  out += describe_undelivered(status) + announcements(status);
  const auto each = [&](std::string_view name, const auto& line) {
    const json::Value* array = status.find(name);
    if (array != nullptr && array->as_array() != nullptr)
      for (const json::Value& item : *array->as_array()) out += line(item);
  };
  out += "\nOpen emergencies, requests that wait, open grants\n";
  const std::size_t before = out.size();
  each("emergencies", [&](const json::Value& e) { return describe_emergency(e, now); });
  each("overrides", [&](const json::Value& o) { return "  " + describe_override(o, now); });
  each("requests", [&](const json::Value& r) { return "  " + describe_request(r); });
  each("grants", [&](const json::Value& g) {
    return fmt::format("  {}  {} ends {}\n", g.text_at("id"), g.text_at("person"),
                       relative(g.text_at("until"), now));
  });
  if (out.size() == before) out += "  none\n";
  out += describe_absences(status, now);
  out += "\nProbes\n";
  each("probes", [&](const json::Value& p) { return describe_probe(p); });
  if (const json::Value* modes = status.find("modes"); modes != nullptr && modes->as_array() != nullptr)
    add_modes(out, *modes->as_array(), now);
  return out + own_duties(status);
}

/// What the person can do about a mode now.
std::string next_steps(const json::Value& mode) {
  const std::string id(mode.text_at("id"));
  const json::Value* confirmation = mode.find("confirmation");
  if (confirmation != nullptr && is_true(*confirmation, "met"))
    return "Confirmed. Next: postern declare " + id;
  std::string out = "Not confirmed yet; an open box is what is missing.";
  if (!texts_of(mode, "statements").empty()) out += " What you can state yourself: postern attest " + id;
  return out;
}

}  // namespace

int status(const Settings& settings) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value status = TRY(api.get("/api/v1/status"));
    return print(status, describe_status(status), format_of(settings));
  });
}

int confirm(const Settings& settings, const std::string& mode) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value status = TRY(api.get("/api/v1/status"));
    for (const json::Value& each : items_of(status, "modes"))
      if (each.text_at("id") == mode) {
        std::string text;
        add_modes(text, {each}, status.text_at("now"));
        return print(each, text.substr(1) + next_steps(each), format_of(settings));
      }
    return fail(ErrorCode::not_found,
                "There is no failure mode " + mode + " in the catalog in force. See them: postern status");
  });
}

}  // namespace postern::cli
