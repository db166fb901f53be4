#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "catalog/lint_parts.h"
#include "catalog/smallest_group.h"
#include "catalog/standing.h"

namespace postern::catalog {
namespace {

void judge_mode(const Catalog& catalog, const FailureMode& mode, Findings& found) {
  const std::string path = "failure_modes." + mode.id.text();
  if (people_of(catalog, mode.declared_by).empty())
    found.add(Rule::nobody_declares, path + ".declared_by", "Nobody may declare this.",
              "Name a group that has members.");
  if (!can_be_confirmed(catalog, mode.confirm))
    found.add(Rule::never_confirmed, path + ".confirm",
              "This can never be confirmed: it needs more attestations than the groups have members.",
              "Lower a count.");
}

void judge_process(const Catalog& catalog, const Process& process, Findings& found) {
  const std::string path = "processes." + process.id.text();
  if (people_of(catalog, process.who_may_request).empty())
    found.add(Rule::nobody_requests, path + ".who_may_request", "Nobody may request this.",
              "Name a group that has members.");
  const bool has_other = std::any_of(process.alternatives.begin(), process.alternatives.end(),
                                     [&](const ProcessId& each) { return each != process.id; });
  if (!has_other)
    found.add(Rule::no_alternative, path, fmt::format("{} names no alternative.", process.id.text()));
  if (!process.declared_to_access)
    found.add(Rule::no_objective, path, fmt::format("{} has no objective.", process.id.text()));
  if (process.return_to_normal.empty())
    found.add(Rule::no_return_to_normal, path,
              fmt::format("{} does not say when things are normal again.", process.id.text()));
  const bool is_led_to = std::any_of(catalog.modes.begin(), catalog.modes.end(), [&](const auto& mode) {
    return handles(catalog, mode.second, process.id);
  });
  if (!is_led_to)
    found.add(Rule::unused_process, path, fmt::format("No failure mode leads to {}.", process.id.text()));
}

/// What the processes reach: found with a look at each account, and none at each pair.
struct Reach {
  std::set<std::string, std::less<>> tags;
  std::set<AccountId> accounts;
};

bool reaches(const Reach& reach, const Account& account) {
  return reach.accounts.contains(account.id) ||
         std::any_of(account.tags.begin(), account.tags.end(),
                     [&](const std::string& tag) { return reach.tags.contains(tag); });
}

void judge_accounts(const Catalog& catalog, Findings& found) {
  Reach of_all;
  for (const auto& [id, process] : catalog.processes) {
    of_all.tags.insert(process.access.target_tags.begin(), process.access.target_tags.end());
    of_all.accounts.insert(process.access.target_accounts.begin(), process.access.target_accounts.end());
    if (std::none_of(catalog.accounts.begin(), catalog.accounts.end(),
                     [&](const Account& each) { return covers(process, each); }))
      found.add(Rule::covers_no_account, "processes." + id.text() + ".access.targets",
                "This covers no account.");
  }
  for (const Account& each : catalog.accounts)
    if (!reaches(of_all, each))
      found.add(Rule::account_without_process, "accounts." + each.id.text(),
                fmt::format("No process reaches the account {} ({}).", each.name, each.id.text()));
}

}  // namespace

void judge_modes(const Catalog& catalog, Findings& found) {
  if (catalog.modes.empty())
    found.add(Rule::no_failure_mode, "failure_modes",
              "No failure mode is defined, so no emergency can be declared.", "Define one.");
  for (const auto& [id, mode] : catalog.modes) judge_mode(catalog, mode, found);
}

void judge_processes(const Catalog& catalog, Findings& found) {
  for (const auto& [id, process] : catalog.processes) judge_process(catalog, process, found);
  judge_accounts(catalog, found);
}

}  // namespace postern::catalog
