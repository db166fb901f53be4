#include <fmt/format.h>

#include <array>

#include "catalog/difference_parts.h"

namespace postern::catalog {
namespace {

std::string in_words(const std::variant<std::string, SecretReference>& setting) {
  if (const auto* text = std::get_if<std::string>(&setting)) return quoted(*text);
  return in_words(std::get<SecretReference>(setting));
}

/// `field` is the path from the part to the provider, "" where they are one.
void say_provider(const Provider& provider, const std::string& field, Part& out) {
  const auto& [kind, settings] = provider;
  out.say(Weight::safety, field, "works by", says(kind));
  const std::string start = field.empty() ? kind : fmt::format("{}.{}", field, kind);
  for (const auto& [key, setting] : settings)
    out.say(Weight::safety, fmt::format("{}.{}", start, key), "has as " + key, says(in_words(setting)));
}

Part part_of(const std::string& name, const Channel& channel) {
  const auto& [provider, needs] = channel;
  Part out{.where = "channels." + name, .name = "Channel " + name};
  say_provider(provider, "", out);
  out.say(Weight::safety, "needs", "stands on", says_needs(needs));
  return out;
}

std::string in_words(IncidentRequired required) {
  switch (required) {
    case IncidentRequired::never:
      return "never";
    case IncidentRequired::when_reachable:
      return "when the ticket system answers";
    case IncidentRequired::always:
      return "always";
  }
  return "";
}

Part part_of(const Incidents& incidents) {
  const auto& [provider, required, link_within, creates, closes] = incidents;
  Part out{.where = "incidents", .name = "The ticket system"};
  say_provider(provider, "provider", out);
  out.say_of("An emergency's ticket", Weight::safety, "required", "is demanded", says(in_words(required)));
  out.say_of("An emergency without a ticket", Weight::safety, "link_within", "gets one within",
             says_duration(link_within));
  out.say_of("An emergency without a ticket", Weight::safety, "creates", "gets one from Postern",
             creates ? says("when it is declared") : Says{});
  out.say_of("The ticket", Weight::safety, "closes", "is closed by Postern",
             closes ? says("with the emergency") : Says{});
  return out;
}

Part part_of(const std::string& name, const Dependency& dependency) {
  const auto& [title, needs] = dependency;
  Part out{.where = "dependencies." + name, .name = "Dependency " + name};
  out.say(Weight::safety, "needs", "stands on", says_needs(needs));
  out.say(Weight::detail, "title", "is titled", says_text(title));
  return out;
}

/// Who attests it is told by compare_deeds().
Part part_of(const std::string& name, const Upkeep& upkeep) {
  const auto& [statement, by, every] = upkeep;
  Part out{.where = "upkeep." + name, .name = "Upkeep " + name};
  out.say(Weight::safety, "statement", "is to state", says(quoted(statement)));
  out.say(Weight::safety, "every", "is due every", says(to_text(every)));
  return out;
}

Part part_of(const PlaybookStore& store) {
  const auto& [title, needs] = store;
  Part out{.where = "playbook_store", .name = "The playbook store"};
  out.say(Weight::safety, "needs", "stands on", says_needs(needs));
  out.say(Weight::detail, "title", "is titled", says(quoted(title)));
  return out;
}

Part postern_of(const Catalog& catalog) {
  Part out{.where = "postern", .name = "Postern"};
  out.say(Weight::safety, "nodes", "runs at", catalog.nodes);
  out.say(Weight::safety, "needs", "stands on", says_needs(catalog.postern_needs));
  return out;
}

std::string hours_of(std::chrono::minutes opens, std::chrono::minutes closes) {
  return fmt::format("{:02}:{:02} to {:02}:{:02}", opens.count() / 60, opens.count() % 60,
                     closes.count() / 60, closes.count() % 60);
}

Part part_of(const std::string& name, const Calendar& calendar) {
  const auto& [timezone, weekdays, opens, closes, holidays, offsets] = calendar;
  constexpr std::array<const char*, 7> names = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  Says days;
  for (std::size_t i = 0; i < weekdays.size(); ++i)
    if (weekdays.at(i)) days.emplace_back(names.at(i));
  Part out{.where = "calendars." + name, .name = "Calendar " + name};
  out.say(Weight::safety, "timezone", "is in the time zone", says(timezone));
  out.say(Weight::safety, "weekdays", "is open on", days);
  out.say(Weight::safety, "hours", "is open from", says(hours_of(opens, closes)));
  out.say(Weight::safety, "holidays", "is closed on", Says(holidays.begin(), holidays.end()));
  return out;
}

/// A zone's offsets are this machine's tzdata, and there are many: that they differ is enough.
void compare_offsets(const Pair& pair, Changes& out) {
  walk_both(
      pair.before.calendars, pair.after.calendars,
      [&](const std::string& name, const Calendar* was, const Calendar* is) {
        if (was != nullptr && is != nullptr && was->timezone == is->timezone && was->offsets != is->offsets)
          out.add(Weight::safety, "calendars." + name + ".timezone",
                  fmt::format("The clock changes of {} in calendar {} are others than before.", is->timezone,
                              name));
      });
}

}  // namespace

void compare_infrastructure(const Pair& pair, Changes& out) {
  const auto& [before, after] = pair;
  const auto named_part = [](const std::string& name, const auto& value) { return part_of(name, value); };
  const auto part = [](const auto& value) { return part_of(value); };
  compare_maps(before.channels, after.channels, named_part, out);
  compare_maps(before.calendars, after.calendars, named_part, out);
  compare_offsets(pair, out);
  compare_maps(before.dependencies, after.dependencies, named_part, out);
  compare_maps(before.upkeep, after.upkeep, named_part, out);
  compare(part_of_optional(before.incidents, part), part_of_optional(after.incidents, part), out);
  compare(postern_of(before).aspects, postern_of(after).aspects, out);
  compare(part_of_optional(before.playbook_store, part), part_of_optional(after.playbook_store, part), out);
}

}  // namespace postern::catalog
