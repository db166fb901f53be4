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

/// For which groups somebody speaks, of those that have a say: as a member, or as the deputy of one, who may
/// approve in their place and do nothing else.
struct Say {
  std::set<GroupId> member;
  std::set<GroupId> approver;
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
    std::map<PersonId, Say> says;
    for (const GroupId& group : groups_with_a_say(mode, process))
      if (const auto members = catalog.groups.find(group); members != catalog.groups.end())
        for (const PersonId& each : members->second) add(catalog, group, each, says);
    std::map<Say, std::vector<PersonId>> crowds;
    for (auto& [person, say] : says) crowds[std::move(say)].push_back(person);
    for (auto& [say, people] : crowds) crowds_.push_back({say, std::move(people)});
    people_ = says.size();
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
  static void add(const Catalog& catalog, const GroupId& group, const PersonId& member,
                  std::map<PersonId, Say>& says) {
    says[member].member.insert(group);
    says[member].approver.insert(group);
    const Person* person = catalog.person(member);
    if (person != nullptr && person->deputy) says[*person->deputy].approver.insert(group);
  }
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
  [[nodiscard]] int approvers_in(const Tier& tier) const {
    return static_cast<int>(std::count_if(chosen_.begin(), chosen_.end(), [&](const Crowd* each) {
      return in_any(each->say.approver, tier.from);
    }));
  }

  [[nodiscard]] bool suffices() const {
    if (chosen_from(mode_.declared_by) == 0) return false;
    if (!holds(mode_.confirm, [&](const GroupId& group) { return chosen_from({group}); })) return false;
    return std::any_of(chosen_.begin(), chosen_.end(), [&](const Crowd* requester) {
      return in_any(requester->say.member, process_.who_may_request) &&
             std::any_of(process_.tiers.begin(), process_.tiers.end(), [&](const Tier& tier) {
               // Nobody approves their own request.
               const int own = in_any(requester->say.approver, tier.from) ? 1 : 0;
               return approvers_in(tier) - own >= tier.count;
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
