#include <fmt/format.h>

#include <map>

#include "catalog/lint_parts.h"
#include "catalog/standing.h"

namespace postern::catalog {
namespace {

/// AWS: a chained role session ends after one hour, and asking for more fails (IAM User Guide, "Roles terms
/// and concepts", role chaining).
constexpr seconds chained_session_max{3600};

void judge_iam_users(const Catalog& catalog, const Process& process, const std::string& path,
                     Findings& found) {
  const std::set<PersonId> requesters = people_of(catalog, process.who_may_request);
  std::string without;
  std::size_t count = 0;
  for (const PersonId& each : requesters) {
    const Person* person = catalog.person(each);
    if (person != nullptr && person->iam_user) continue;
    constexpr std::size_t named_max = 10;
    if (count < named_max) without += (count == 0 ? "" : ", ") + each.text();
    if (count == named_max) without += " and others";
    ++count;
  }
  if (count == 0) return;
  if (count == requesters.size())
    return found.add(Rule::no_iam_user, path,
                     "Nobody who may request this has an IAM user, so nobody would get in.",
                     "Give them one, in their iam_user.");
  found.add(Rule::some_without_iam_user, path,
            fmt::format("Without an IAM user, these may request this and would not get in: {}.", without));
}

void judge_way(const Catalog& catalog, const Process& process, Findings& found) {
  const std::string path = "processes." + process.id.text();
  const Access& access = process.access;
  if (access.mechanism == Mechanism::iam_user)
    judge_iam_users(catalog, process, path + ".who_may_request", found);
  // root-vault is no chain: root cannot assume a role at all.
  if (access.mechanism != Mechanism::root_vault && access.session_max > chained_session_max)
    found.add(Rule::session_too_long, path + ".access.session_max",
              fmt::format("A session of {} cannot be had: AWS ends chained role sessions after one hour and "
                          "refuses to start longer ones.",
                          to_text(access.session_max)),
              "Make it 1h; a grant may cover several sessions.");
  if (is_detected(access.mechanism) && catalog.organization.direct_alert.empty())
    found.add(
        Rule::no_direct_alert, path + ".access",
        fmt::format("The gate of {} is only detected, and AWS alerts nobody directly.", process.id.text()));
}

/// A smaller role that is the target role itself, or an emergency role, gives no less.
void judge_smaller_roles(const Process& process, const std::set<std::string>& emergency_roles,
                         Findings& found) {
  for (const std::string& each : process.access.smaller_roles)
    if (each == process.access.target_role || emergency_roles.contains(each))
      found.add(Rule::smaller_role_is_none, "processes." + process.id.text() + ".access.smaller_roles",
                fmt::format("{} is {}, and no smaller one.", each,
                            each == process.access.target_role ? "the target role" : "an emergency role"));
}

}  // namespace

void judge_access(const Catalog& catalog, Findings& found) {
  if (catalog.organization.sts_regions.empty())
    found.add(Rule::no_sts_region, "organization.sts_regions", "No STS Region is named.");
  std::set<std::string> emergency_roles;
  for (const auto& [id, process] : catalog.processes) emergency_roles.insert(process.access.emergency_role);
  std::map<std::string, ProcessId> role_of;
  for (const auto& [id, process] : catalog.processes) {
    judge_way(catalog, process, found);
    judge_smaller_roles(process, emergency_roles, found);
    const auto [first, is_new] = role_of.emplace(process.access.emergency_role, id);
    if (!is_new)
      found.add(Rule::shared_emergency_role, "processes." + id.text() + ".access.emergency_role",
                fmt::format("{} and {} share the emergency role {}.", first->second.text(), id.text(),
                            process.access.emergency_role));
  }
}

}  // namespace postern::catalog
