#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "catalog/approvers.h"
#include "catalog/lint_parts.h"
#include "catalog/smallest_group.h"
#include "catalog/standing.h"

namespace postern::catalog {
namespace {

/// Enough people for one to override and the others to sign with them.
bool somebody_overrides(const Catalog& catalog, const Process& process) {
  return process.override_rule &&
         std::ssize(people_of(catalog, process.override_rule->by)) > process.override_rule->co_signers;
}

/// The hours of a week in summer and of one in winter, since clocks change; holidays are left out, as none of
/// them is a night. Sunday is the first day.
std::vector<Instant> hours_to_judge() {
  std::vector<Instant> out;
  for (const auto day : {std::chrono::sys_days(std::chrono::year(2026) / 1 / 11),
                         std::chrono::sys_days(std::chrono::year(2026) / 7 / 12)})
    for (int hour = 0; hour < 7 * 24; ++hour) out.push_back(Instant(day) + std::chrono::hours(hour));
  return out;
}

/// So many levels of managers does some circle of the tier ask.
int levels_asked(const Tier& tier) {
  int out = tier.managers;
  for (const Circle& each : tier.besides) out = std::max(out, each.managers);
  return out;
}

/// The managers of the requester who has the fewest, as far up as some tier asks them.
std::vector<PersonId> fewest_managers(const Catalog& catalog, const Process& process,
                                      const std::set<PersonId>& requesters) {
  int levels = 0;
  for (const Tier& each : process.tiers) levels = std::max(levels, levels_asked(each));
  std::optional<std::vector<PersonId>> out;
  if (levels > 0)
    for (const PersonId& each : requesters)
      if (auto managers = managers_of(catalog, each, levels); !out || managers.size() < out->size())
        out = std::move(managers);
  return out.value_or(std::vector<PersonId>{});
}

/// Everybody of the tier when somebody with these managers asks.
std::set<PersonId> asked_of(const Catalog& catalog, const Tier& tier, const std::vector<PersonId>& managers) {
  // Each group once, however many circles name it.
  std::set<GroupId> groups;
  std::set<PersonId> out;
  for (const Circle& each : circles_of(tier)) {
    groups.insert(each.from.begin(), each.from.end());
    out.insert(each.people.begin(), each.people.end());
  }
  out.merge(people_of(catalog, {groups.begin(), groups.end()}));
  const auto levels = std::min<std::ptrdiff_t>(levels_asked(tier), std::ssize(managers));
  out.insert(managers.begin(), managers.begin() + levels);
  return out;
}

/// Who can be asked at the hour when the fewest can: everybody of the tiers that have no calendar, or whose
/// hours it is.
std::set<PersonId> fewest_asked(const Catalog& catalog, const Process& process,
                                const std::set<PersonId>& requesters) {
  const std::vector<PersonId> managers = fewest_managers(catalog, process, requesters);
  std::map<std::string, Calendar> calendars;
  std::set<PersonId> always;
  std::vector<std::pair<const Calendar*, std::set<PersonId>>> by_hours;
  for (const Tier& each : process.tiers) {
    std::set<PersonId> people = asked_of(catalog, each, managers);
    const auto found = each.calendar ? catalog.calendars.find(*each.calendar) : catalog.calendars.end();
    if (found == catalog.calendars.end()) {
      always.merge(people);
      continue;
    }
    Calendar& calendar = calendars.emplace(found->first, found->second).first->second;
    calendar.holidays.clear();
    by_hours.emplace_back(&calendar, std::move(people));
  }
  if (by_hours.empty()) return always;
  std::optional<std::set<PersonId>> fewest;
  for (const Instant hour : hours_to_judge()) {
    std::set<PersonId> asked = always;
    for (const auto& [calendar, people] : by_hours)
      if (!calendar->offsets.empty() && is_open(*calendar, hour)) asked.insert(people.begin(), people.end());
    if (!fewest || asked.size() < fewest->size()) fewest = std::move(asked);
    if (fewest->size() == always.size()) break;
  }
  return *fewest;
}

void judge_out_of_hours(const Catalog& catalog, const Process& process, const std::set<PersonId>& requesters,
                        const std::string& path, Findings& found) {
  if (process.tiers.empty()) return;
  const std::set<PersonId> asked = fewest_asked(catalog, process, requesters);
  const bool silence_overrides =
      process.when_nobody_answers == WhenNobodyAnswers::override && somebody_overrides(catalog, process);
  if (asked.empty() && !silence_overrides)
    found.add(Rule::nobody_out_of_hours, path,
              fmt::format("Out of hours nobody can approve {}.", process.id.text()));
  const bool one_of_them_may_ask = std::any_of(
      asked.begin(), asked.end(), [&](const PersonId& each) { return requesters.contains(each); });
  if (asked.size() == 1)
    found.add(Rule::one_approver_out_of_hours, path,
              fmt::format("Out of hours {} alone can approve {}.", asked.begin()->text(), process.id.text()));
  else if (asked.size() == 2 && one_of_them_may_ask)
    found.add(
        Rule::one_approver_out_of_hours, path,
        fmt::format("Out of hours {} and {} can approve {}, and when one of them asks, the other is alone.",
                    asked.begin()->text(), asked.rbegin()->text(), process.id.text()));
}

void add_attesting_groups(const Condition& condition, std::vector<GroupId>& out) {
  if (const auto* attested = std::get_if<Attested>(&condition.is)) out.push_back(attested->by);
  if (const auto* tree = std::get_if<AtLeast>(&condition.is))
    for (const Condition& each : tree->of) add_attesting_groups(each, out);
}

/// Whether some member of `groups` may not override. Stops at the first.
bool somebody_else(const Catalog& catalog, const std::vector<GroupId>& groups,
                   const std::set<PersonId>& overriders) {
  return std::any_of(groups.begin(), groups.end(), [&](const GroupId& group) {
    const auto members = catalog.groups.find(group);
    return members != catalog.groups.end() &&
           std::any_of(members->second.begin(), members->second.end(),
                       [&](const PersonId& each) { return !overriders.contains(each); });
  });
}

/// An override of the confirmation skips those who declare and those who attest: they object to it, and one
/// of them reviews it.
void judge_skipped(const Catalog& catalog, const Process& process, const std::string& path, Findings& found) {
  const std::set<PersonId> overriders = people_of(catalog, process.override_rule->by);
  for (const auto& [id, mode] : catalog.modes) {
    if (mode.process != process.id) continue;
    std::vector<GroupId> skipped = mode.declared_by;
    add_attesting_groups(mode.confirm, skipped);
    if (!somebody_else(catalog, skipped, overriders))
      found.add(Rule::nobody_objects, path,
                fmt::format("In {}, everybody whom an override of {} skips may override themselves, so that "
                            "nobody is left to object or to review it.",
                            id.text(), process.id.text()));
  }
}

void judge_override(const Catalog& catalog, const Process& process, const std::string& path,
                    Findings& found) {
  if (process.when_nobody_answers == WhenNobodyAnswers::override && !somebody_overrides(catalog, process))
    found.add(
        Rule::nobody_overrides, path + ".override",
        fmt::format("When nobody answers, {} is overridden, and nobody may do that.", process.id.text()));
  if (!somebody_overrides(catalog, process)) return;
  const int people = 1 + process.override_rule->co_signers;
  if (people < catalog.min_people)
    found.add(Rule::too_few_people_suffice, path + ".override",
              fmt::format("An override of {} takes {} {}, fewer than the {} of min_people.",
                          process.id.text(), people, people == 1 ? "person" : "people", catalog.min_people),
              "Ask for more co_signers.");
  judge_skipped(catalog, process, path + ".override", found);
}

void judge_waits(const Process& process, const std::string& path, Findings& found) {
  if (!process.declared_to_access) return;
  seconds sum{0};
  for (const Tier& each : process.tiers) sum += each.within;
  if (sum > *process.declared_to_access)
    found.add(Rule::waits_exceed_objective, path + ".objectives",
              fmt::format("The tiers of {} may take {} together, and the objective is {}.", process.id.text(),
                          to_text(sum), to_text(*process.declared_to_access)));
}

void judge_min_people(const Catalog& catalog, Findings& found) {
  if (catalog.min_people < 1)
    return found.add(Rule::wrong_value, "min_people", "min_people must be at least 1.", "Raise it.");
  const SmallGroupSearch search = group_below(catalog, catalog.min_people);
  if (!search.complete)
    found.add(Rule::too_large_to_judge, "min_people",
              "The catalog is too large to tell whether fewer people could get by.");
  if (!search.found) return;
  std::string people;
  for (const PersonId& each : search.found->people) people += (people.empty() ? "" : ", ") + each.text();
  found.add(Rule::too_few_people_suffice, "min_people",
            fmt::format("Fewer than {} people can attest, declare, request and approve together: {} "
                        "(failure mode {}, process {}).",
                        catalog.min_people, people, search.found->mode.text(), search.found->process.text()));
}

std::ptrdiff_t with_key(const Catalog& catalog, const std::set<PersonId>& people) {
  return std::count_if(people.begin(), people.end(), [&](const PersonId& each) {
    const Person* person = catalog.person(each);
    return person != nullptr && !person->ssh_keys.empty();
  });
}

void judge_owners(const Catalog& catalog, Findings& found) {
  const std::set<PersonId> owners(catalog.owners.people.begin(), catalog.owners.people.end());
  const int quorum = catalog.owners.quorum;
  if (quorum < 1 || quorum > static_cast<int>(owners.size()))
    found.add(Rule::owners_quorum, "owners.quorum",
              fmt::format("A quorum of {} cannot be met by {} owners.", quorum, owners.size()));
  const auto able = with_key(catalog, owners);
  if (able < quorum && std::ssize(owners) >= quorum)
    found.add(Rule::keys_missing, "owners",
              fmt::format("{} of the owners have a key, and {} must sign.", able, quorum));
}

/// Whether enough people of each circle have a key. Managers are others for each requester, and count as
/// having one.
void judge_keys(const Catalog& catalog, const Process& process, const std::string& path, Findings& found) {
  const auto any_tier = [&](const auto& count) {
    return std::any_of(process.tiers.begin(), process.tiers.end(), [&](const Tier& tier) {
      const std::vector<Circle> circles = circles_of(tier);
      return std::all_of(circles.begin(), circles.end(), [&](const Circle& each) {
        std::set<PersonId> people = people_of(catalog, each.from);
        people.insert(each.people.begin(), each.people.end());
        return count(people) + each.managers >= each.count;
      });
    });
  };
  const auto all = [](const std::set<PersonId>& people) { return std::ssize(people); };
  const auto able = [&](const std::set<PersonId>& people) { return with_key(catalog, people); };
  if (any_tier(all) && !any_tier(able))
    found.add(Rule::keys_missing, path,
              fmt::format("No tier of {} has enough people with a key to approve.", process.id.text()));
}

}  // namespace

void judge_approval(const Catalog& catalog, Findings& found) {
  judge_owners(catalog, found);
  constexpr int steps_max = 2'000'000;  // a second or so; real catalogs take a few thousand
  int budget = steps_max;
  for (const auto& [id, process] : catalog.processes) {
    const std::string path = "processes." + id.text();
    const std::set<PersonId> requesters = people_of(catalog, process.who_may_request);
    if (process.tiers.empty())
      found.add(Rule::no_tier, path + ".approval", "Nobody approves: there is no tier.", "Add one.");
    judge_tiers(catalog, process, requesters, budget, found);
    judge_out_of_hours(catalog, process, requesters, path + ".approval", found);
    judge_keys(catalog, process, path + ".approval", found);
    judge_override(catalog, process, path, found);
    judge_waits(process, path, found);
  }
  if (budget < 0)
    found.add(Rule::too_large_to_judge, "processes",
              "The catalog is too large to tell whether the parts of each tier have people of their own.");
  judge_min_people(catalog, found);
}

}  // namespace postern::catalog
