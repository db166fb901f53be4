#include "lockout/nobody_gets_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "catalog/approvers.h"
#include "catalog/standing.h"

namespace postern::lockout {
namespace {

using catalog::Catalog;
using catalog::Mechanism;
using catalog::Needs;
using catalog::people_of;
using catalog::Process;

constexpr int nesting_of_needs_max = 200;

/// Builds one case's tree; everything that is shared stands in it once.
class Drawing {
 public:
  Drawing(const Catalog& catalog, std::set<std::string> down) : catalog_(catalog), down_(std::move(down)) {}

  Result<Ref> blocked(const Process& process) {
    std::vector<Ref> of;
    of.push_back(TRY(event("account.emergency", "the emergency account is closed or out of reach")));
    of.push_back(TRY(event(
        "role.emergency." + process.access.emergency_role,
        fmt::format("role {} in the emergency account is gone or changed", process.access.emergency_role))));
    of.push_back(
        TRY(event("role.target." + process.access.target_role,
                  fmt::format("role {} in the account is gone or changed", process.access.target_role))));
    of.push_back(TRY(sts_is_silent()));
    if (process.access.needs) of.push_back(TRY(unmet(*process.access.needs, 0)));
    if (process.access.mechanism != Mechanism::iam_user) of.push_back(TRY(postern_is_down()));
    of.push_back(TRY(nobody_can_ask(process)));
    return any("blocked." + process.id.text(), process.title, std::move(of));
  }
  Result<Ref> all(std::string id, std::string title, std::vector<Ref> of) {
    const int size = static_cast<int>(of.size());
    return gate(std::move(id), std::move(title), size, std::move(of));
  }
  FaultTree finish(Ref top) {
    tree_.set_top(top);
    return std::move(tree_);
  }

 private:
  Result<Ref> event(const std::string& id, std::string title) {
    if (const auto known = known_.find(id); known != known_.end()) return known->second;
    const Ref made = TRY(tree_.add(Event{.id = id, .title = std::move(title)}));
    known_.emplace(id, made);
    return made;
  }
  Result<Ref> gate(std::string id, std::string title, int at_least, std::vector<Ref> of) {
    if (const auto known = known_.find(id); known != known_.end()) return known->second;
    const Ref made =
        TRY(tree_.add(Gate{.id = id, .title = std::move(title), .at_least = at_least, .of = std::move(of)}));
    known_.emplace(std::move(id), made);
    return made;
  }
  Result<Ref> any(std::string id, std::string title, std::vector<Ref> of) {
    return gate(std::move(id), std::move(title), 1, std::move(of));
  }

  Result<Ref> is_down(const std::string& name, int depth) {
    const std::string id = "down." + name;
    if (const auto known = known_.find(id); known != known_.end()) return known->second;
    const auto found = catalog_.dependencies.find(name);
    const std::string title = found == catalog_.dependencies.end() || found->second.title.empty()
                                  ? name
                                  : fmt::format("{} ({})", found->second.title, name);
    if (down_.contains(name)) return gate(id, title + " is down", 0, {});
    if (depth > nesting_of_needs_max)
      return fail(ErrorCode::invalid,
                  fmt::format("Dependency {} needs itself, or is nested more than {} deep.", name,
                              nesting_of_needs_max));
    std::vector<Ref> of = {TRY(event("dependency." + name, title + " is down"))};
    if (found != catalog_.dependencies.end() && found->second.needs)
      of.push_back(TRY(unmet(*found->second.needs, depth + 1)));
    return any(id, title + " is down", std::move(of));
  }
  Result<Ref> unmet(const Needs& needs, int depth) {
    if (!needs.dependency.empty()) return is_down(needs.dependency, depth);
    std::vector<Ref> of;
    for (const Needs& each : needs.of) of.push_back(TRY(unmet(each, depth + 1)));
    const int enough = static_cast<int>(of.size()) - needs.at_least + 1;
    return gate(fmt::format("needs.{}", ++unnamed_), "needs are not met", enough, std::move(of));
  }

  Result<Ref> sts_is_silent() {
    std::vector<Ref> of;
    for (const std::string& region : catalog_.organization.sts_regions)
      of.push_back(catalog_.dependencies.contains("sts-" + region)
                       ? TRY(is_down("sts-" + region, 0))
                       : TRY(event("sts." + region, "STS in " + region + " does not answer")));
    return all("sts", "STS answers in no configured Region", std::move(of));
  }
  Result<Ref> postern_is_down() {
    std::vector<Ref> of = {TRY(event("postern", "Postern itself is down"))};
    if (catalog_.postern_needs) of.push_back(TRY(unmet(*catalog_.postern_needs, 0)));
    return any("postern.down", "Postern is down", std::move(of));
  }

  Result<Ref> cannot_sign(const PersonId& id) {
    const catalog::Person& person = *catalog_.person(id);
    std::vector<Ref> of = {
        TRY(event("person." + id.text(), person.name + " cannot be reached (or has lost the SSH key)")),
        TRY(event("key." + id.text(), fmt::format("{} has lost the SSH key{}", person.name,
                                                  person.ssh_keys.size() > 1 ? "s" : "")))};
    return any("cannot-sign." + id.text(), person.name + " cannot sign", std::move(of));
  }
  /// Not enough people are left to approve what `requester` asks for. `name` tells the gates apart.
  Result<Ref> nobody_approves(const catalog::Tier& tier, const std::string& name, const PersonId& requester) {
    const std::vector<catalog::Circle> circles = circles_of(tier);
    const bool asks_managers =
        std::any_of(circles.begin(), circles.end(), [](const auto& each) { return each.managers > 0; });
    const bool is_own = asks_managers || named_in(catalog_, tier).contains(requester);
    const std::string own_name = name + (is_own ? "." + requester.text() : "");
    std::vector<std::set<PersonId>> eligible;
    for (const catalog::Circle& each : circles) eligible.push_back(people_of(catalog_, each, requester));
    if (circles.size() == 1) return too_few(eligible[0], circles[0].count, own_name);
    // Hall's theorem: every circle has people of its own as long as no circles together are short of them.
    std::vector<Ref> short_of_people;
    for (const std::vector<std::size_t>& each : sets_to_judge(circles.size())) {
      std::set<PersonId> approvers;
      int count = 0;
      std::string number;
      for (const std::size_t circle : each) {
        approvers.insert(eligible[circle].begin(), eligible[circle].end());
        count += circles[circle].count;
        number += fmt::format("-{}", circle + 1);
      }
      short_of_people.push_back(TRY(too_few(approvers, count, own_name + ".circle" + number)));
    }
    return any(own_name, "the tier cannot approve", std::move(short_of_people));
  }
  Result<Ref> too_few(const std::set<PersonId>& approvers, int count, const std::string& name) {
    std::vector<Ref> of;
    for (const PersonId& each : approvers) of.push_back(TRY(cannot_sign(each)));
    const int enough = std::max(0, static_cast<int>(of.size()) - count + 1);
    return gate(name, "the tier cannot approve", enough, std::move(of));
  }
  /// All sets of circles where they are few; else each, each two, and all of them: a tree must stay small.
  static std::vector<std::vector<std::size_t>> sets_to_judge(std::size_t circles) {
    constexpr std::size_t all_sets_max = 4;
    std::vector<std::vector<std::size_t>> out;
    for (std::size_t mask = 1; mask < (std::size_t{1} << circles); ++mask) {
      std::vector<std::size_t> set;
      for (std::size_t i = 0; i < circles; ++i)
        if ((mask >> i & 1U) != 0) set.push_back(i);
      if (circles <= all_sets_max || set.size() <= 2 || set.size() == circles) out.push_back(std::move(set));
    }
    return out;
  }
  Result<Ref> nobody_can_ask(const Process& process) {
    std::vector<Ref> of;
    for (const PersonId& requester : people_of(catalog_, process.who_may_request)) {
      std::vector<Ref> stuck = {TRY(cannot_sign(requester))};
      const catalog::Person& person = *catalog_.person(requester);
      if (process.access.mechanism == Mechanism::iam_user)
        stuck.push_back(person.iam_user ? TRY(event("iam-user." + requester.text(),
                                                    person.name + " has lost the access key or MFA device"))
                                        : TRY(gate("no-iam-user", "there is no IAM user", 0, {})));
      std::vector<Ref> tiers;
      for (std::size_t i = 0; i < process.tiers.size(); ++i)
        tiers.push_back(TRY(
            nobody_approves(process.tiers[i], fmt::format("tier.{}.{}", process.id.text(), i), requester)));
      stuck.push_back(TRY(all(fmt::format("unapproved.{}.{}", process.id.text(), requester.text()),
                              "no tier can approve", std::move(tiers))));
      of.push_back(TRY(any(fmt::format("stuck.{}.{}", process.id.text(), requester.text()),
                           person.name + " does not get in", std::move(stuck))));
    }
    return all("people." + process.id.text(), "nobody can ask and be approved", std::move(of));
  }

  const Catalog& catalog_;
  std::set<std::string> down_;
  FaultTree tree_;
  std::map<std::string, Ref> known_;
  int unnamed_ = 0;
};

Result<Case> drawn(const Catalog& catalog, const catalog::FailureMode& mode,
                   const std::vector<ProcessId>& processes, std::set<std::string> down) {
  down.insert(mode.takes_away.begin(), mode.takes_away.end());
  Drawing drawing(catalog, std::move(down));
  Case out{.mode = mode.id, .accounts = {}, .ways = {}, .tree = {}};
  std::vector<Ref> blocked;
  for (const ProcessId& each : processes) {
    blocked.push_back(TRY(drawing.blocked(*catalog.process(each))));
    out.ways.push_back({each, blocked.back()});
  }
  out.tree = drawing.finish(TRY(drawing.all("nobody", "nobody gets in", std::move(blocked))));
  return out;
}

}  // namespace

Result<std::vector<Case>> cases(const catalog::Catalog& catalog, const std::set<std::string>& down) {
  for (const std::string& each : down)
    if (!catalog.dependencies.contains(each))
      return fail(ErrorCode::invalid, "There is no dependency \"" + each + "\" in this catalog.");
  std::vector<Case> out;
  for (const auto& [id, mode] : catalog.modes) {
    std::map<std::vector<ProcessId>, std::vector<AccountId>> alike;
    for (const catalog::Account& account : catalog.accounts) {
      std::vector<ProcessId> here;
      bool is_covered = false;
      for (const auto& [process_id, process] : catalog.processes) {
        if (!covers(process, account)) continue;
        is_covered = true;
        if (handles(catalog, mode, process_id)) here.push_back(process_id);
      }
      if (is_covered) alike[here].push_back(account.id);
    }
    for (auto& [processes, accounts] : alike) {
      out.push_back(TRY(drawn(catalog, mode, processes, down)));
      out.back().accounts = std::move(accounts);
    }
  }
  return out;
}

std::string remedy(std::string_view event_id) {
  const auto is = [&](std::string_view start) { return event_id.starts_with(start); };
  if (is("account.")) return "Add a way that does not pass through the emergency account.";
  if (is("role.emergency.")) return "Add a process with another emergency role.";
  if (is("role.target.")) return "Add a process with another target role.";
  if (is("dependency.sts-") || is("sts.")) return "Name more STS Regions, far apart.";
  if (is("dependency.")) return "Add a process that does not need it.";
  if (is("postern")) return "Add a process with named IAM users, which works from paper.";
  return "Name more people who may ask, and more who may approve.";
}

}  // namespace postern::lockout
