#include "catalog/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "catalog/smallest_group.h"
#include "catalog/undefined_names.h"

namespace postern::catalog {
namespace {

/// AWS: a chained role session ends after one hour, and asking for more fails (IAM User Guide, "Roles terms
/// and concepts", role chaining).
constexpr seconds chained_session_max{3600};

/// Everybody whose chain of managers comes back to themselves. Linear: nobody is walked over twice.
std::set<PersonId> in_manager_circles(const Catalog& catalog) {
  std::set<PersonId> out;
  std::map<PersonId, const Person*> walked_from;  ///< with whom the walk began that first came by
  for (const auto& [id, start] : catalog.people) {
    const Person* at = &start;
    while (at != nullptr && walked_from.emplace(at->id, &start).second)
      at = at->manager ? catalog.person(*at->manager) : nullptr;
    if (at == nullptr || walked_from.at(at->id) != &start) continue;
    for (const Person* each = at; out.insert(each->id).second;) each = catalog.person(*each->manager);
  }
  return out;
}

/// Adds what `needs` names.
void collect(const Needs& needs, std::vector<std::string>& out) {
  if (!needs.dependency.empty()) out.push_back(needs.dependency);
  for (const Needs& each : needs.of) collect(each, out);
}

/// Every dependency that stands on itself, directly or by others. Kahn's sorting: what is left over when all
/// that stands on nothing unsorted has been taken away, less what merely stands on a circle.
std::set<std::string> in_dependency_circles(const Catalog& catalog) {
  std::map<std::string, std::set<std::string>> below;
  for (const auto& [name, dependency] : catalog.dependencies) {
    std::vector<std::string> names;
    if (dependency.needs) collect(*dependency.needs, names);
    below[name] = {names.begin(), names.end()};
  }
  std::set<std::string> left;
  for (const auto& [name, names] : below) left.insert(name);
  // Once from below and once from above: a circle's members have a neighbour left on both sides.
  for (const bool upwards : {true, false}) {
    std::map<std::string, std::size_t> open;
    std::map<std::string, std::vector<std::string>> freed;
    for (const std::string& name : left)
      for (const std::string& other : below[name]) {
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
  return left;
}

class Judge {
 public:
  explicit Judge(const Catalog& catalog)
      : catalog_(catalog), circles_(in_manager_circles(catalog)), found_(undefined_names(catalog)) {}

  std::vector<Finding> verdict() {
    organization();
    owners();
    for (const auto& [id, person] : catalog_.people) judge(person);
    for (const auto& [id, mode] : catalog_.modes) judge(mode);
    for (const auto& [id, process] : catalog_.processes) judge(process);
    min_people();
    for (const std::string& each : in_dependency_circles(catalog_))
      error("dependencies." + each + ".needs",
            fmt::format("{} needs itself, directly or by way of others, so nobody could say when it works. "
                        "Break the circle.",
                        each));
    return std::move(found_);
  }

 private:
  void error(std::string where, std::string what) {
    found_.push_back({Severity::error, std::move(where), std::move(what)});
  }
  void warning(std::string where, std::string what) {
    found_.push_back({Severity::warning, std::move(where), std::move(what)});
  }

  [[nodiscard]] std::set<PersonId> people_of(const std::vector<GroupId>& groups) const {
    std::set<PersonId> out;
    for (const GroupId& each : groups)
      if (const auto found = catalog_.groups.find(each); found != catalog_.groups.end())
        out.insert(found->second.begin(), found->second.end());
    return out;
  }

  void organization() {
    if (catalog_.organization.sts_regions.empty())
      error("organization.sts_regions", "No STS Region is named. Name at least one, better three far apart.");
    if (catalog_.modes.empty())
      error("failure_modes", "No failure mode is defined, so no emergency can be declared. Define one.");
  }

  void owners() {
    const std::set<PersonId> people(catalog_.owners.people.begin(), catalog_.owners.people.end());
    const int quorum = catalog_.owners.quorum;
    if (quorum < 1 || quorum > static_cast<int>(people.size()))
      error("owners.quorum",
            fmt::format("A quorum of {} cannot be met by {} owners. Lower it, or name more owners.", quorum,
                        people.size()));
    for (const PersonId& each : people)
      if (const Person* person = catalog_.person(each); person != nullptr && person->ssh_keys.empty())
        warning("owners.people",
                fmt::format("Owner {} has no key and cannot sign for a catalog. Add a key.", each.text()));
  }

  void judge(const Person& person) {
    const std::string path = "people." + person.id.text();
    if (person.ssh_keys.empty())
      warning(path, fmt::format("{} has no key, and can neither log in nor sign. Add one under keys.",
                                person.id.text()));
    if (circles_.contains(person.id))
      error(
          path + ".manager",
          fmt::format("The managers of {} go round in a circle, so an escalation would never end. Break it.",
                      person.id.text()));
    if (person.deputy == person.id)
      error(path + ".deputy",
            fmt::format("{} cannot be their own deputy. Name somebody else.", person.id.text()));
    if (!person.iam_user) return;
    // The emergency role's trust demands sts:SourceIdentity = ${aws:username}, and Postern sets it to the
    // person's id.
    if (person.iam_user->name != person.id.text())
      error(path + ".iam_user.name",
            fmt::format("The IAM user of {0} must be named \"{0}\" too: the emergency role's trust policy "
                        "compares it with the source identity. Rename the user or the person.",
                        person.id.text()));
    const std::string& account = catalog_.organization.emergency_account.text();
    if (person.iam_user->mfa_serial.find(":iam::" + account + ":") == std::string::npos)
      error(path + ".iam_user.mfa_serial", fmt::format("The MFA device of {} is not in the emergency account "
                                                       "{}. Correct the ARN, or register one there.",
                                                       person.id.text(), account));
  }

  void judge(const FailureMode& mode) {
    const std::string path = "failure_modes." + mode.id.text();
    if (people_of(mode.declared_by).empty())
      error(path + ".declared_by", "Nobody may declare this. Name a group that has members.");
    if (!can_be_confirmed(catalog_, mode.confirm))
      error(path + ".confirm",
            "This can never be confirmed: it needs more attestations than the groups have members. Lower a "
            "count.");
  }

  void judge(const Process& process) {
    const std::string path = "processes." + process.id.text();
    const std::set<PersonId> requesters = people_of(process.who_may_request);
    if (requesters.empty())
      error(path + ".who_may_request", "Nobody may request this. Name a group that has members.");
    if (process.tiers.empty()) error(path + ".approval", "Nobody approves: there is no tier. Add one.");
    for (std::size_t i = 0; i < process.tiers.size(); ++i)
      judge(process.tiers[i], requesters, fmt::format("{}.approval.tiers[{}]", path, i));
    if (process.access.mechanism == Mechanism::iam_user) iam_users(requesters, path + ".who_may_request");
    if (std::none_of(catalog_.accounts.begin(), catalog_.accounts.end(),
                     [&](const Account& each) { return covers(process, each); }))
      error(path + ".access.targets", "This covers no account. Name accounts, or a tag that an account has.");
    // root-vault is no chain: root cannot assume a role at all.
    if (process.access.mechanism != Mechanism::root_vault && process.access.session_max > chained_session_max)
      error(path + ".access.session_max", fmt::format("A session of {} cannot be had: AWS ends chained role "
                                                      "sessions after one hour and refuses to start longer "
                                                      "ones. Make it 1h; a grant may cover several sessions.",
                                                      to_text(process.access.session_max)));
  }

  void judge(const Tier& tier, const std::set<PersonId>& requesters, const std::string& path) {
    const std::set<PersonId> approvers = people_of(tier.from);
    const int members = static_cast<int>(approvers.size());
    if (tier.count < 1) return error(path, "A tier needs at least one approval. Raise its count.");
    if (members < tier.count)
      return error(
          path,
          fmt::format("This tier needs {} people and its groups have {}. Lower the count, or add people.",
                      tier.count, members));
    const auto stuck = std::find_if(requesters.begin(), requesters.end(), [&](const PersonId& each) {
      return members - (approvers.contains(each) ? 1 : 0) < tier.count;
    });
    if (stuck != requesters.end())
      return error(path, fmt::format("When {} asks, {} of the {} people that this tier needs are left, since "
                                     "nobody approves their own "
                                     "request. Add somebody to its groups.",
                                     stuck->text(), members - 1, tier.count));
    if (members == 1)
      warning(
          path,
          fmt::format("This tier hangs on {} alone. Add somebody, for the night when they cannot be reached.",
                      approvers.begin()->text()));
  }

  void iam_users(const std::set<PersonId>& requesters, const std::string& path) {
    std::string without;
    std::size_t count = 0;
    for (const PersonId& each : requesters) {
      const Person* person = catalog_.person(each);
      if (person != nullptr && person->iam_user) continue;
      without += (count == 0 ? "" : ", ") + each.text();
      ++count;
    }
    if (count == 0) return;
    if (count == requesters.size())
      error(path,
            "Nobody who may request this has an IAM user, so nobody would get in. Give them one, in their "
            "iam_user.");
    else
      warning(path, fmt::format("Without an IAM user, these may request this and would not get in: {}. Give "
                                "them one, or take them out.",
                                without));
  }

  void min_people() {
    if (catalog_.min_people < 1) return error("min_people", "min_people must be at least 1.");
    const SmallGroupSearch search = group_below(catalog_, catalog_.min_people);
    if (!search.complete)
      warning("min_people",
              "The catalog is too large to tell whether fewer people could get by. Check it by hand, or use "
              "fewer groups.");
    if (!search.found) return;
    std::string people;
    for (const PersonId& each : search.found->people) people += (people.empty() ? "" : ", ") + each.text();
    warning("min_people", fmt::format("Fewer than {} people can attest, declare, request and approve "
                                      "together: {} (failure mode {}, process {}). "
                                      "Raise a count, or keep the groups apart.",
                                      catalog_.min_people, people, search.found->mode.text(),
                                      search.found->process.text()));
  }

  const Catalog& catalog_;
  const std::set<PersonId> circles_;
  std::vector<Finding> found_;
};

}  // namespace

std::vector<Finding> lint(const Catalog& catalog) { return Judge(catalog).verdict(); }

}  // namespace postern::catalog
