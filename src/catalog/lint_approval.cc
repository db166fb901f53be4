#include <fmt/format.h>

#include <algorithm>

#include "catalog/lint_parts.h"
#include "catalog/smallest_group.h"
#include "catalog/standing.h"

namespace postern::catalog {
namespace {

void judge_tier(const Catalog& catalog, const Tier& tier, const std::set<PersonId>& requesters,
                const std::string& path, Findings& found) {
  const std::set<PersonId> approvers = people_of(catalog, tier.from);
  const int members = static_cast<int>(approvers.size());
  if (tier.count < 1)
    return found.add(Rule::tier_too_small, path, "A tier needs at least one approval.", "Raise its count.");
  if (members < tier.count)
    return found.add(Rule::tier_too_small, path,
                     fmt::format("This tier needs {} people and its groups have {}.", tier.count, members));
  const auto stuck = std::find_if(requesters.begin(), requesters.end(), [&](const PersonId& each) {
    return members - (approvers.contains(each) ? 1 : 0) < tier.count;
  });
  if (stuck != requesters.end())
    return found.add(Rule::tier_of_requesters, path,
                     fmt::format("When {} asks, {} of the {} people that this tier needs are left, since "
                                 "nobody approves their own request.",
                                 stuck->text(), members - 1, tier.count),
                     "Add somebody to its groups.");
  if (members == 1)
    found.add(Rule::tier_of_one, path, fmt::format("This tier hangs on {} alone.", approvers.begin()->text()),
              "Add somebody, for the night when they cannot be reached.");
}

bool somebody_overrides(const Catalog& catalog, const Process& process) {
  return process.override_rule && !people_of(catalog, process.override_rule->by).empty();
}

void judge_out_of_hours(const Catalog& catalog, const Process& process, const std::string& path,
                        Findings& found) {
  if (process.tiers.empty()) return;
  std::set<PersonId> at_night;
  for (const Tier& each : process.tiers)
    if (!each.calendar) at_night.merge(people_of(catalog, each.from));
  const bool silence_overrides =
      process.when_nobody_answers == WhenNobodyAnswers::override && somebody_overrides(catalog, process);
  if (at_night.empty() && !silence_overrides)
    found.add(Rule::nobody_out_of_hours, path,
              fmt::format("Out of hours nobody can approve {}.", process.id.text()));
  if (at_night.size() == 1)
    found.add(
        Rule::one_approver_out_of_hours, path,
        fmt::format("Out of hours {} alone can approve {}.", at_night.begin()->text(), process.id.text()));
}

void judge_override(const Catalog& catalog, const Process& process, const std::string& path,
                    Findings& found) {
  if (process.when_nobody_answers == WhenNobodyAnswers::override && !somebody_overrides(catalog, process))
    found.add(
        Rule::nobody_overrides, path + ".override",
        fmt::format("When nobody answers, {} is overridden, and nobody may do that.", process.id.text()));
  if (!somebody_overrides(catalog, process)) return;
  const int people = 1 + process.override_rule->co_signers;
  if (people < catalog.min_people)
    found.add(Rule::too_few_people_suffice, path + ".override",
              fmt::format("An override of {} takes {} {}, fewer than the {} of min_people.",
                          process.id.text(), people, people == 1 ? "person" : "people", catalog.min_people),
              "Ask for more co_signers.");
}

void judge_waits(const Process& process, const std::string& path, Findings& found) {
  if (!process.declared_to_access) return;
  seconds sum{0};
  for (const Tier& each : process.tiers) sum += each.within;
  if (sum > *process.declared_to_access)
    found.add(Rule::waits_exceed_objective, path + ".objectives",
              fmt::format("The tiers of {} may take {} together, and the objective is {}.", process.id.text(),
                          to_text(sum), to_text(*process.declared_to_access)));
}

void judge_min_people(const Catalog& catalog, Findings& found) {
  if (catalog.min_people < 1)
    return found.add(Rule::wrong_value, "min_people", "min_people must be at least 1.", "Raise it.");
  const SmallGroupSearch search = group_below(catalog, catalog.min_people);
  if (!search.complete)
    found.add(Rule::too_large_to_judge, "min_people",
              "The catalog is too large to tell whether fewer people could get by.");
  if (!search.found) return;
  std::string people;
  for (const PersonId& each : search.found->people) people += (people.empty() ? "" : ", ") + each.text();
  found.add(Rule::too_few_people_suffice, "min_people",
            fmt::format("Fewer than {} people can attest, declare, request and approve together: {} "
                        "(failure mode {}, process {}).",
                        catalog.min_people, people, search.found->mode.text(), search.found->process.text()));
}

}  // namespace

void judge_approval(const Catalog& catalog, Findings& found) {
  const std::set<PersonId> owners(catalog.owners.people.begin(), catalog.owners.people.end());
  const int quorum = catalog.owners.quorum;
  if (quorum < 1 || quorum > static_cast<int>(owners.size()))
    found.add(Rule::owners_quorum, "owners.quorum",
              fmt::format("A quorum of {} cannot be met by {} owners.", quorum, owners.size()));
  for (const auto& [id, process] : catalog.processes) {
    const std::string path = "processes." + id.text();
    const std::set<PersonId> requesters = people_of(catalog, process.who_may_request);
    if (process.tiers.empty())
      found.add(Rule::no_tier, path + ".approval", "Nobody approves: there is no tier.", "Add one.");
    for (std::size_t i = 0; i < process.tiers.size(); ++i)
      judge_tier(catalog, process.tiers[i], requesters, fmt::format("{}.approval.tiers[{}]", path, i), found);
    judge_out_of_hours(catalog, process, path + ".approval", found);
    judge_override(catalog, process, path, found);
    judge_waits(process, path, found);
  }
  judge_min_people(catalog, found);
}

}  // namespace postern::catalog
