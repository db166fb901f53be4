#include "catalog/smallest_group.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

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

/// People who are in the same groups, of those that have a say.
struct Crowd {
  std::set<GroupId> groups;
  std::vector<PersonId> people;
};

bool in_any(const Crowd& crowd, const std::vector<GroupId>& groups) {
  return std::any_of(groups.begin(), groups.end(),
                     [&](const GroupId& each) { return crowd.groups.contains(each); });
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

/// The groups that have a say in the mode and the process.
std::set<GroupId> groups_with_a_say(const FailureMode& mode, const Process& process) {
  std::set<GroupId> out(mode.declared_by.begin(), mode.declared_by.end());
  add_attesting_groups(mode.confirm, out);
  out.insert(process.who_may_request.begin(), process.who_may_request.end());
  for (const Tier& each : process.tiers) out.insert(each.from.begin(), each.from.end());
  return out;
}

/// How often groups are named in the mode and the process: what it costs to look at one person.
std::size_t mentions(const FailureMode& mode, const Process& process) {
  std::size_t out = mode.declared_by.size() + leaves(mode.confirm) + process.who_may_request.size();
  for (const Tier& each : process.tiers) out += each.from.size();
  return out;
}

class Search {
 public:
  Search(const Catalog& catalog, const FailureMode& mode, const Process& process)
      : mode_(mode), process_(process), mentions_(mentions(mode, process)) {
    std::map<PersonId, std::set<GroupId>> groups_of;
    for (const GroupId& group : groups_with_a_say(mode, process))
      if (const auto members = catalog.groups.find(group); members != catalog.groups.end())
        for (const PersonId& each : members->second) groups_of[each].insert(group);
    std::map<std::set<GroupId>, std::vector<PersonId>> crowds;
    for (auto& [person, groups] : groups_of) crowds[std::move(groups)].push_back(person);
    for (auto& [groups, people] : crowds) crowds_.push_back({groups, std::move(people)});
    people_ = groups_of.size();
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
    return static_cast<int>(std::count_if(chosen_.begin(), chosen_.end(),
                                          [&](const Crowd* each) { return in_any(*each, groups); }));
  }

  [[nodiscard]] bool suffices() const {
    if (chosen_from(mode_.declared_by) == 0) return false;
    if (!holds(mode_.confirm, [&](const GroupId& group) { return chosen_from({group}); })) return false;
    return std::any_of(chosen_.begin(), chosen_.end(), [&](const Crowd* requester) {
      return in_any(*requester, process_.who_may_request) &&
             std::any_of(process_.tiers.begin(), process_.tiers.end(), [&](const Tier& tier) {
               const int own = in_any(*requester, tier.from) ? 1 : 0;  // nobody approves their own request
               return chosen_from(tier.from) - own >= tier.count;
             });
    });
  }

  const FailureMode& mode_;
  const Process& process_;
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
