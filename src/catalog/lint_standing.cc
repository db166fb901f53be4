#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "catalog/approvers.h"
#include "catalog/lint_parts.h"
#include "catalog/standing.h"

namespace postern::catalog {
namespace {

/// Adds what `needs` names.
void collect(const Needs& needs, std::vector<std::string>& out) {
  if (!needs.dependency.empty()) out.push_back(needs.dependency);
  for (const Needs& each : needs.of) collect(each, out);
}

using Below = std::map<std::string, std::set<std::string>>;

/// Takes away from `left` all that has nothing left below it (or above it), and what that frees (Kahn's
/// sorting).
void peel(std::set<std::string>& left, const Below& below, bool upwards) {
  std::map<std::string, std::size_t> open;
  std::map<std::string, std::vector<std::string>> freed;
  for (const std::string& name : left)
    for (const std::string& other : below.at(name)) {
      if (!left.contains(other)) continue;
      ++open[upwards ? name : other];
      freed[upwards ? other : name].push_back(upwards ? name : other);
    }
  std::vector<std::string> free;
  for (const std::string& name : left)
    if (open[name] == 0) free.push_back(name);
  while (!free.empty()) {
    const std::string name = std::move(free.back());
    free.pop_back();
    left.erase(name);
    for (const std::string& each : freed[name])
      if (--open[each] == 0) free.push_back(each);
  }
}

/// Every dependency that stands on itself, directly or by others: peeled from below and from above, since a
/// circle's members have a neighbour left on both sides.
std::set<std::string> in_dependency_circles(const Catalog& catalog) {
  Below below;
  std::set<std::string> left;
  for (const auto& [name, dependency] : catalog.dependencies) {
    std::vector<std::string> names;
    if (dependency.needs) collect(*dependency.needs, names);
    below[name] = {names.begin(), names.end()};
    left.insert(name);
  }
  peel(left, below, true);
  peel(left, below, false);
  return left;
}

/// What one failure mode leaves standing.
class Night {
 public:
  Night(const Catalog& catalog, const FailureMode& mode)
      : catalog_(catalog), mode_(mode), fallen_(fallen(catalog, mode.takes_away)) {
    silent_ = silence(catalog, fallen_);
    for (const auto& [id, person] : catalog.people)
      if (is_reachable(catalog, person, silent_)) reachable_.insert(id);
  }

  void judge(Findings& found) const {
    own_way(found);
    for (const std::string& name : silent_.channels)
      found.add(Rule::channel_needs_what_is_gone, "channels." + name,
                fmt::format("In {}, the channel {} does not work.", mode_.id.text(), name));
    for (const auto& [id, process] : catalog_.processes)
      if (handles(catalog_, mode_, id)) approvers(process, found);
    if (catalog_.playbook_store && !is_met(catalog_.playbook_store->needs, fallen_))
      found.add(Rule::playbooks_need_what_is_gone, "playbook_store",
                fmt::format("In {}, the playbooks cannot be read where they are kept.", mode_.id.text()));
    const Process* own = catalog_.process(mode_.process);
    if (!is_met(catalog_.postern_needs, fallen_) && (own == nullptr || !own->by_hand))
      found.add(Rule::postern_needs_what_is_gone, "postern",
                fmt::format("In {}, Postern itself does not work.", mode_.id.text()));
  }

 private:
  void own_way(Findings& found) const {
    const Process* own = catalog_.process(mode_.process);
    if (own != nullptr && !is_met(own->access.needs, fallen_))
      found.add(Rule::way_needs_what_is_gone, "processes." + own->id.text() + ".access",
                fmt::format("{} is the process for {}, and stands on what that takes away.", own->id.text(),
                            mode_.id.text()));
  }
  void approvers(const Process& process, Findings& found) const {
    if (catalog_.channels.empty()) return;
    for (std::size_t i = 0; i < process.tiers.size(); ++i)
      for (const Circle& each : circles_of(process.tiers[i]))
        approvers(process, each, fmt::format("processes.{}.approval.tiers[{}]", process.id.text(), i), found);
  }
  void approvers(const Process& process, const Circle& circle, const std::string& path,
                 Findings& found) const {
    std::set<PersonId> people = people_of(catalog_, circle.from);
    people.insert(circle.people.begin(), circle.people.end());
    if (circle.managers > 0) add_managers(process, circle.managers, people);
    const auto reached = std::count_if(people.begin(), people.end(),
                                       [&](const PersonId& each) { return reachable_.contains(each); });
    const auto needed = std::min<std::ptrdiff_t>(circle.count, std::ssize(people));
    if (reached < needed)
      found.add(Rule::approvers_need_what_is_gone, path,
                fmt::format("In {}, {} of the {} people whom this tier needs can be told.", mode_.id.text(),
                            reached, circle.count));
  }
  /// Those of the first requesters: whether a channel works is much the same for all managers.
  void add_managers(const Process& process, int levels, std::set<PersonId>& out) const {
    int left = 100;
    for (const PersonId& requester : people_of(catalog_, process.who_may_request)) {
      if (--left < 0) return;
      for (PersonId& each : managers_of(catalog_, requester, levels)) out.insert(std::move(each));
    }
  }

  const Catalog& catalog_;
  const FailureMode& mode_;
  Fallen fallen_;
  Silence silent_;
  std::set<PersonId> reachable_;
};

}  // namespace

void judge_standing(const Catalog& catalog, Findings& found) {
  for (const std::string& each : in_dependency_circles(catalog))
    found.add(Rule::dependency_circle, "dependencies." + each + ".needs",
              fmt::format("{} needs itself, directly or by way of others, so nobody could say when it works.",
                          each));
  if (catalog.channels.empty())
    found.add(Rule::no_channel, "channels", "No channel is defined, so nobody is told that they are asked.");
  const auto unsaid = [&](std::string where, const std::string& what) {
    found.add(Rule::no_needs_stated, std::move(where),
              what + " states no needs, so that nothing can be said of when it works.");
  };
  for (const auto& [name, channel] : catalog.channels)
    if (!channel.needs) unsaid("channels." + name, "The channel " + name);
  for (const auto& [id, process] : catalog.processes)
    if (process.access.mechanism == Mechanism::idp_direct_saml && !process.access.needs)
      unsaid("processes." + id.text() + ".access", id.text() + " goes through the IdP and");
  if (!catalog.nodes.empty() && !catalog.postern_needs) unsaid("postern", "Postern");
  if (catalog.playbook_store && !catalog.playbook_store->needs)
    unsaid("playbook_store", "The playbook store");
  for (const auto& [id, mode] : catalog.modes) Night(catalog, mode).judge(found);
}

}  // namespace postern::catalog
