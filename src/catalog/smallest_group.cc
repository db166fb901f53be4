#include "catalog/smallest_group.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "catalog/approvers.h"
#include "catalog/standing.h"

namespace postern::catalog {
namespace {

/// What the search may cost. People in the same groups are interchangeable, so real catalogs stay far below
/// it.
constexpr std::size_t steps_max = 1'000'000;

/// True when the condition holds, `attesting` saying how many people of a group attest.
template <class Count>
bool holds(const Condition& condition, const Count& attesting) {
  if (const auto* attested = std::get_if<Attested>(&condition.is))
    return attesting(attested->by) >= attested->count;
  const auto* tree = std::get_if<AtLeast>(&condition.is);
  if (tree == nullptr) return true;  // a probe
  const auto held = std::count_if(tree->of.begin(), tree->of.end(),
                                  [&](const Condition& each) { return holds(each, attesting); });
  return held >= tree->k;
}

/// What somebody may do in this: as a member of groups that have a say, and as an approver.
struct Say {
  std::set<GroupId> member;
  std::set<std::size_t> circles;   ///< whose groups or people they, or one whose deputy they are, belong to
  std::vector<PersonId> managers;  ///< their own, nearest first, as far up as some circle asks them
  std::set<PersonId> manages_as;   ///< themselves, and those whose deputy they are, where managers are asked
  friend auto operator<=>(const Say&, const Say&) = default;
};

/// People who have the same say.
struct Crowd {
  Say say;
  std::vector<PersonId> people;
};

bool in_any(const std::set<GroupId>& own, const std::vector<GroupId>& groups) {
  return std::any_of(groups.begin(), groups.end(), [&](const GroupId& each) { return own.contains(each); });
}

void add_attesting_groups(const Condition& condition, std::set<GroupId>& out) {
  if (const auto* attested = std::get_if<Attested>(&condition.is)) out.insert(attested->by);
  if (const auto* tree = std::get_if<AtLeast>(&condition.is))
    for (const Condition& each : tree->of) add_attesting_groups(each, out);
}

std::size_t leaves(const Condition& condition) {
  const auto* tree = std::get_if<AtLeast>(&condition.is);
  if (tree == nullptr) return 1;
  return std::accumulate(tree->of.begin(), tree->of.end(), std::size_t{1},
                         [](std::size_t sum, const Condition& each) { return sum + leaves(each); });
}

/// The groups that have a say in the mode and the process, but for approvers.
std::set<GroupId> groups_with_a_say(const FailureMode& mode, const Process& process) {
  std::set<GroupId> out(mode.declared_by.begin(), mode.declared_by.end());
  add_attesting_groups(mode.confirm, out);
  out.insert(process.who_may_request.begin(), process.who_may_request.end());
  return out;
}

/// The circles of all tiers, numbered throughout.
struct Circles {
  std::vector<Circle> all;
  std::vector<std::vector<std::size_t>> by_tier;
  int levels = 0;  ///< of managers that some circle asks
};

Circles circles_in(const Process& process) {
  Circles out;
  for (const Tier& tier : process.tiers) {
    std::vector<std::size_t>& of_tier = out.by_tier.emplace_back();
    for (Circle& each : circles_of(tier)) {
      out.levels = std::max(out.levels, each.managers);
      of_tier.push_back(out.all.size());
      out.all.push_back(std::move(each));
    }
  }
  return out;
}

/// How often groups and circles are named in the mode and the process: what it costs to look at one person.
std::size_t mentions(const FailureMode& mode, const Process& process, const Circles& circles) {
  return mode.declared_by.size() + leaves(mode.confirm) + process.who_may_request.size() + circles.all.size();
}

/// What everybody who may do something may do.
class Says {
 public:
  Says(const Catalog& catalog, const Circles& circles) : catalog_(catalog), circles_(circles) {}

  std::map<PersonId, Say> of(const FailureMode& mode, const Process& process) && {
    for (const GroupId& group : groups_with_a_say(mode, process))
      if (const auto members = catalog_.groups.find(group); members != catalog_.groups.end())
        for (const PersonId& each : members->second) says_[each].member.insert(group);
    for (std::size_t i = 0; i < circles_.all.size(); ++i) {
      std::set<PersonId> approvers = people_of(catalog_, circles_.all[i].from);
      approvers.insert(circles_.all[i].people.begin(), circles_.all[i].people.end());
      for (const PersonId& each : approvers) add_to_circle(i, each);
    }
    if (circles_.levels > 0)
      for (const PersonId& each : people_of(catalog_, process.who_may_request)) add_managers_of(each);
    return std::move(says_);
  }

 private:
  [[nodiscard]] std::optional<PersonId> deputy_of(const PersonId& id) const {
    const Person* person = catalog_.person(id);
    return person == nullptr ? std::nullopt : person->deputy;
  }
  void add_to_circle(std::size_t circle, const PersonId& approver) {
    says_[approver].circles.insert(circle);
    if (const auto deputy = deputy_of(approver)) says_[*deputy].circles.insert(circle);
  }
  void add_managers_of(const PersonId& requester) {
    std::vector<PersonId> managers = managers_of(catalog_, requester, circles_.levels);
    for (const PersonId& each : managers) {
      says_[each].manages_as.insert(each);
      if (const auto deputy = deputy_of(each)) says_[*deputy].manages_as.insert(each);
    }
    says_[requester].managers = std::move(managers);
  }

  const Catalog& catalog_;
  const Circles& circles_;
  std::map<PersonId, Say> says_;
};

class Search {
 public:
  Search(const Catalog& catalog, const FailureMode& mode, const Process& process)
      : mode_(mode),
        process_(process),
        circles_(circles_in(process)),
        mentions_(mentions(mode, process, circles_)) {
    std::map<PersonId, Say> says = Says(catalog, circles_).of(mode, process);
    people_ = says.size();
    std::map<Say, std::vector<PersonId>> crowds;
    for (auto& [person, say] : says) crowds[std::move(say)].push_back(person);
    for (auto& [say, people] : crowds) crowds_.push_back({say, std::move(people)});
  }

  [[nodiscard]] std::size_t cost() const { return people_ + mentions_; }

  /// Chooses `count` people (or all, if there are fewer) in every way that makes a difference, until some
  /// suffice.
  bool some_suffice(std::size_t count, std::size_t& steps) {
    return choose(0, std::min(count, people_), steps);
  }

  [[nodiscard]] std::vector<PersonId> chosen() const {
    std::map<const Crowd*, std::size_t> taken;
    std::vector<PersonId> out;
    for (const Crowd* each : chosen_) out.push_back(each->people[taken[each]++]);
    return out;
  }

 private:
  bool choose(std::size_t from, std::size_t left, std::size_t& steps) {
    if (left == 0) {
      steps += chosen_.size() * chosen_.size() * mentions_;
      return suffices();
    }
    for (std::size_t i = from; i < crowds_.size(); ++i) {
      if (++steps > steps_max) return false;
      const Crowd& crowd = crowds_[i];
      const auto taken = std::count(chosen_.begin(), chosen_.end(), &crowd);
      if (static_cast<std::size_t>(taken) == crowd.people.size()) continue;
      chosen_.push_back(&crowd);
      if (choose(i, left - 1, steps)) return true;
      chosen_.pop_back();
    }
    return false;
  }

  [[nodiscard]] int chosen_from(const std::vector<GroupId>& groups) const {
    return static_cast<int>(std::count_if(
        chosen_.begin(), chosen_.end(), [&](const Crowd* each) { return in_any(each->say.member, groups); }));
  }
  [[nodiscard]] bool approves(const Crowd& approver, std::size_t number, const Crowd& requester) const {
    if (approver.say.circles.contains(number)) return true;
    const auto& managers = requester.say.managers;
    const auto asked = std::min(managers.size(), static_cast<std::size_t>(circles_.all[number].managers));
    return std::any_of(managers.begin(), managers.begin() + static_cast<std::ptrdiff_t>(asked),
                       [&](const PersonId& each) { return approver.say.manages_as.contains(each); });
  }
  /// Those chosen who may approve in this circle when the one at `requester` asks, by their place among all.
  [[nodiscard]] std::vector<std::size_t> approvers_in(std::size_t number, std::size_t requester) const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < chosen_.size(); ++i)  // nobody approves their own request
      if (i != requester && approves(*chosen_[i], number, *chosen_[requester])) out.push_back(i);
    return out;
  }
  [[nodiscard]] bool can_approve(const std::vector<std::size_t>& numbers, std::size_t requester) const {
    std::vector<Circle> circles;
    std::vector<std::set<PersonId>> eligible;
    std::vector<PersonId> people;
    for (const std::size_t number : numbers) {
      const std::vector<std::size_t> approvers = approvers_in(number, requester);
      if (std::ssize(approvers) < circles_.all[number].count) return false;
      if (numbers.size() == 1) return true;
      if (people.empty()) people = chosen();
      circles.push_back(circles_.all[number]);
      std::set<PersonId>& of_circle = eligible.emplace_back();
      for (const std::size_t each : approvers) of_circle.insert(people[each]);
    }
    return can_be_met(circles, eligible);
  }

  [[nodiscard]] bool suffices() const {
    if (chosen_from(mode_.declared_by) == 0) return false;
    if (!holds(mode_.confirm, [&](const GroupId& group) { return chosen_from({group}); })) return false;
    for (std::size_t i = 0; i < chosen_.size(); ++i)
      if (in_any(chosen_[i]->say.member, process_.who_may_request) &&
          std::any_of(circles_.by_tier.begin(), circles_.by_tier.end(),
                      [&](const std::vector<std::size_t>& tier) { return can_approve(tier, i); }))
        return true;
    return false;
  }

  const FailureMode& mode_;
  const Process& process_;
  Circles circles_;
  std::size_t mentions_;
  std::vector<Crowd> crowds_;
  std::size_t people_ = 0;
  std::vector<const Crowd*> chosen_;  ///< one for each person chosen
};

}  // namespace

SmallGroupSearch group_below(const Catalog& catalog, int min_people) {
  SmallGroupSearch out;
  if (min_people < 2) return out;
  std::size_t steps = 0;
  for (const auto& [mode_id, mode] : catalog.modes) {
    for (const auto& [process_id, process] : catalog.processes) {
      if (!handles(catalog, mode, process_id)) continue;
      Search search(catalog, mode, process);
      steps += search.cost();
      // A larger group can do all that a smaller one can, so only the largest that is too small matters.
      if (search.some_suffice(static_cast<std::size_t>(min_people) - 1, steps)) {
        out.found = SmallGroup{search.chosen(), mode_id, process_id};
        return out;
      }
      if (steps > steps_max) {
        out.complete = false;
        return out;
      }
    }
  }
  return out;
}

bool can_be_confirmed(const Catalog& catalog, const Condition& condition) {
  return holds(condition, [&](const GroupId& group) {
    const auto found = catalog.groups.find(group);
    if (found == catalog.groups.end()) return 0;
    return static_cast<int>(std::set<PersonId>(found->second.begin(), found->second.end()).size());
  });
}

}  // namespace postern::catalog
