#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "catalog/lint_parts.h"
#include "catalog/smallest_group.h"
#include "catalog/standing.h"

namespace postern::catalog {
namespace {

/// True when the condition can hold while nobody says anything, by what programs of ours see. A manual probe
/// is somebody's word, and what a company's own program looks at is unknown here.
bool holds_by_probes_alone(const Catalog& catalog, const Condition& condition) {
  if (std::holds_alternative<Attested>(condition.is)) return false;
  if (const auto* tree = std::get_if<AtLeast>(&condition.is))
    return std::count_if(tree->of.begin(), tree->of.end(), [&](const Condition& each) {
             return holds_by_probes_alone(catalog, each);
           }) >= tree->k;
  const std::set<ProbeId> names = probes_in(condition);
  return std::all_of(names.begin(), names.end(), [&](const ProbeId& each) {
    const auto found = catalog.probes.find(each);
    return found == catalog.probes.end() || !(std::holds_alternative<ManualProbe>(found->second.check) ||
                                              std::holds_alternative<ExecProbe>(found->second.check));
  });
}

using Statements = std::set<std::string_view>;

void collect_statements(const Condition& condition, Statements& out) {
  if (const auto* attested = std::get_if<Attested>(&condition.is)) out.insert(attested->statement);
  if (const auto* tree = std::get_if<AtLeast>(&condition.is))
    for (const Condition& each : tree->of) collect_statements(each, out);
}

/// By process, what is said at the end: gathered once, since many modes may have one process.
std::map<ProcessId, Statements> statements_of_return(const Catalog& catalog) {
  std::map<ProcessId, Statements> out;
  for (const auto& [id, process] : catalog.processes)
    for (const Condition& each : process.return_to_normal) collect_statements(each, out[id]);
  return out;
}

void judge_statements(const Catalog& catalog, Findings& found) {
  const std::map<ProcessId, Statements> at_the_end = statements_of_return(catalog);
  for (const auto& [id, mode] : catalog.modes) {
    const auto ending = at_the_end.find(mode.process);
    if (ending == at_the_end.end()) continue;
    Statements confirming;
    collect_statements(mode.confirm, confirming);
    for (const std::string_view each : confirming)
      if (ending->second.contains(each))
        found.add(Rule::proves_both, "failure_modes." + id.text() + ".confirm",
                  fmt::format("The same statement confirms {} and ends it, in return_to_normal of {}: \"{}\"",
                              id.text(), mode.process.text(), each));
  }
}

void judge_mode(const Catalog& catalog, const FailureMode& mode, Findings& found) {
  const std::string path = "failure_modes." + mode.id.text();
  if (people_of(catalog, mode.declared_by).empty())
    found.add(Rule::nobody_declares, path + ".declared_by", "Nobody may declare this.",
              "Name a group that has members.");
  if (!can_be_confirmed(catalog, mode.confirm))
    found.add(Rule::never_confirmed, path + ".confirm",
              "This can never be confirmed: it needs more attestations than the groups have members.",
              "Lower a count.");
  const auto nodes = std::max<std::ptrdiff_t>(std::ssize(catalog.nodes), 1);
  if (mode.seen_by > nodes)
    found.add(Rule::seen_by_too_many, path + ".seen_by",
              fmt::format("{} nodes must see what confirms {}, and Postern has {}.", mode.seen_by,
                          mode.id.text(), nodes));
  if (holds_by_probes_alone(catalog, mode.confirm))
    found.add(Rule::confirmed_by_probes_alone, path + ".confirm",
              fmt::format("Probes can confirm {} while nobody says anything.", mode.id.text()));
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
  judge_statements(catalog, found);
}

void judge_processes(const Catalog& catalog, Findings& found) {
  for (const auto& [id, process] : catalog.processes) judge_process(catalog, process, found);
  judge_accounts(catalog, found);
}

}  // namespace postern::catalog
