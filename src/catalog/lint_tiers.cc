// Whether the people of each tier suffice, whoever asks.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "catalog/approvers.h"
#include "catalog/lint_parts.h"
#include "catalog/standing.h"

namespace postern::catalog {
namespace {

/// What it costs to look at a tier for one requester, in steps up a chain of managers.
constexpr int look_at_a_glance = 10;
constexpr int look_closely = 1000;

/// A circle with the people who are in it whoever asks.
struct Named {
  Circle circle;
  std::set<PersonId> people;
  std::string path;
  std::string word;  ///< "This tier", or "This part of the tier" for the others who are asked with it
};

std::vector<Named> named_circles(const Catalog& catalog, const Tier& tier, const std::string& path) {
  std::vector<Named> out;
  for (Circle& each : circles_of(tier)) {
    std::set<PersonId> people = people_of(catalog, each.from);
    people.insert(each.people.begin(), each.people.end());
    const bool is_own = out.empty();
    out.push_back({.circle = std::move(each),
                   .people = std::move(people),
                   .path = is_own ? path : fmt::format("{}.and[{}]", path, out.size() - 1),
                   .word = is_own ? "This tier" : "This part of the tier"});
  }
  return out;
}

/// How many may approve in the circle when `requester` asks.
int count_for(const Catalog& catalog, const Named& of, const PersonId& requester) {
  auto out = std::ssize(of.people) - (of.people.contains(requester) ? 1 : 0);
  for (const PersonId& each : managers_of(catalog, requester, of.circle.managers))
    out += of.people.contains(each) ? 0 : 1;
  return static_cast<int>(out);
}

/// True when every circle surely gets people of its own, as each has enough even after those with fewer have
/// chosen: then nobody need be seated.
bool is_roomy(const Catalog& catalog, const std::vector<Named>& circles, const PersonId& requester) {
  std::vector<std::pair<int, int>> sizes;
  for (const Named& each : circles)
    sizes.emplace_back(count_for(catalog, each, requester), each.circle.count);
  std::sort(sizes.begin(), sizes.end());
  int taken = 0;
  return std::all_of(sizes.begin(), sizes.end(), [&](const auto& each) {
    taken += each.second;
    return each.first >= taken;
  });
}

bool can_all_be_met(const Catalog& catalog, const std::vector<Named>& circles, const PersonId& requester) {
  std::vector<Circle> needs;
  std::vector<std::set<PersonId>> eligible;
  for (const Named& each : circles) {
    needs.push_back(each.circle);
    eligible.push_back(people_of(catalog, each.circle, requester));
  }
  return can_be_met(needs, eligible);
}

/// Faults of the circle that do not depend on who asks. False when there is one.
bool judge_size(const Named& each, Findings& found) {
  const auto& [circle, people, path, word] = each;
  const int members = static_cast<int>(people.size());
  if (circle.count < 1) {
    found.add(Rule::tier_too_small, path, word + " needs at least one approval.", "Raise its count.");
    return false;
  }
  if (members + circle.managers >= circle.count) return true;
  found.add(Rule::tier_too_small, path,
            circle.managers == 0
                ? fmt::format("{} needs {} people and its groups have {}.", word, circle.count, members)
                : fmt::format("{} needs {} people, and asks {} and {} levels of managers.", word,
                              circle.count, members, circle.managers));
  return false;
}

/// For whom the circle has too few people; the first of them is told.
std::set<PersonId> judge_requesters(const Catalog& catalog, const Named& each,
                                    const std::set<PersonId>& requesters, int& budget, Findings& found) {
  std::set<PersonId> out;
  for (const PersonId& requester : requesters) {
    budget -= 1 + each.circle.managers;
    if (budget < 0) return {};
    if (count_for(catalog, each, requester) < each.circle.count) out.insert(requester);
  }
  if (out.empty()) return out;
  const int left = count_for(catalog, each, *out.begin());
  if (each.circle.managers == 0)
    found.add(Rule::tier_of_requesters, each.path,
              fmt::format("When {} asks, {} of the {} people that this tier needs are left, since nobody "
                          "approves their own request.",
                          out.begin()->text(), left, each.circle.count),
              "Add somebody to its groups.");
  else
    found.add(Rule::too_few_managers, each.path,
              fmt::format("When {} asks, there are {} of the {} people that this tier needs, for want of "
                          "managers, so that it is passed over.",
                          out.begin()->text(), left, each.circle.count));
  return out;
}

/// What is found of several circles that share people; `budget` is what may still be looked at closely.
void judge_together(const Catalog& catalog, const std::vector<Named>& circles,
                    const std::set<PersonId>& requesters, int& budget, Findings& found) {
  for (const PersonId& requester : requesters) {
    budget -= look_at_a_glance * static_cast<int>(circles.size());
    if (budget < 0) return;
    if (is_roomy(catalog, circles, requester)) continue;
    budget -= look_closely;
    if (budget < 0) return;
    if (can_all_be_met(catalog, circles, requester)) continue;
    const int needed = std::accumulate(circles.begin(), circles.end(), 0,
                                       [](int sum, const Named& each) { return sum + each.circle.count; });
    return found.add(Rule::circles_share_people, circles.front().path,
                     fmt::format("When {} asks, this tier needs {} different people altogether, and the same "
                                 "ones stand in several of its parts.",
                                 requester.text(), needed));
  }
}

void judge_those_alone(const std::vector<Named>& circles, Findings& found) {
  for (const Named& each : circles)
    if (each.people.size() == 1 && each.circle.managers == 0)
      found.add(Rule::tier_of_one, each.path,
                fmt::format("{} hangs on {} alone.", each.word, each.people.begin()->text()),
                "Add somebody, for the night when they cannot be reached.");
}

void judge_reminder(const Tier& tier, const std::string& path, Findings& found) {
  if (tier.remind_after && *tier.remind_after >= tier.within)
    found.add(Rule::reminder_too_late, path,
              fmt::format("Who has not answered is reminded after {}, and this tier waits for {}.",
                          to_text(*tier.remind_after), to_text(tier.within)));
}

/// The requesters whom the tier cannot serve for want of managers; everybody when it serves nobody.
std::set<PersonId> judge_tier(const Catalog& catalog, const Tier& tier, const std::set<PersonId>& requesters,
                              const std::string& path, int& budget, Findings& found) {
  judge_reminder(tier, path, found);
  const std::vector<Named> circles = named_circles(catalog, tier, path);
  bool is_sound = true;
  for (const Named& each : circles) is_sound = judge_size(each, found) && is_sound;
  if (!is_sound) return requesters;
  std::set<PersonId> unserved;
  for (const Named& each : circles)
    unserved.merge(judge_requesters(catalog, each, requesters, budget, found));
  std::set<PersonId> served;
  std::set_difference(requesters.begin(), requesters.end(), unserved.begin(), unserved.end(),
                      std::inserter(served, served.end()));
  if (circles.size() > 1) judge_together(catalog, circles, served, budget, found);
  const bool is_fault = std::any_of(circles.begin(), circles.end(), [&](const Named& each) {
    return each.circle.managers == 0 &&
           std::any_of(unserved.begin(), unserved.end(),
                       [&](const PersonId& id) { return count_for(catalog, each, id) < each.circle.count; });
  });
  if (!is_fault) judge_those_alone(circles, found);
  return unserved;
}

}  // namespace

void judge_tiers(const Catalog& catalog, const Process& process, const std::set<PersonId>& requesters,
                 int& budget, Findings& found) {
  const std::string path = "processes." + process.id.text() + ".approval";
  std::set<PersonId> unserved = requesters;
  const bool asks_managers = std::any_of(process.tiers.begin(), process.tiers.end(), [](const Tier& tier) {
    const std::vector<Circle> circles = circles_of(tier);
    return std::any_of(circles.begin(), circles.end(), [](const Circle& each) { return each.managers > 0; });
  });
  for (std::size_t i = 0; i < process.tiers.size() && budget >= 0; ++i) {
    const std::set<PersonId> of_tier = judge_tier(catalog, process.tiers[i], requesters,
                                                  fmt::format("{}.tiers[{}]", path, i), budget, found);
    std::erase_if(unserved, [&](const PersonId& each) { return !of_tier.contains(each); });
  }
  // Where no managers are asked, the tiers' own faults say it already.
  if (asks_managers && !unserved.empty() && budget >= 0)
    found.add(
        Rule::nobody_approves_them, path,
        fmt::format("Nobody can approve what {} asks for by {}: no tier has enough people and managers.",
                    unserved.begin()->text(), process.id.text()));
}

}  // namespace postern::catalog
