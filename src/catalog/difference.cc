#include "catalog/difference.h"

#include <algorithm>
#include <iterator>

#include "catalog/difference_parts.h"

namespace postern::catalog {
namespace {

/// Does not compile when a catalog has one field more. Whoever adds one compares it in a part below.
void knows_every_field(const Catalog& catalog) {
  [[maybe_unused]] const auto& [owners, min_people, emergency_administrators_max, organization, federation,
                                accounts, people, groups, calendars, dependencies, channels, incidents, nodes,
                                postern_needs, playbook_store, upkeep, probes, modes, processes, templates,
                                services, playbooks, trusted_copies] = catalog;
}

void compare_limits(const Pair& pair, Changes& out) {
  compare_numbers({Weight::safety, "min_people", "min_people", "", {}}, pair.before.min_people,
                  pair.after.min_people, out, Told::owners);
  const auto administrators_max = [](const Catalog& catalog) {
    const std::optional<int>& limit = catalog.emergency_administrators_max;
    return std::vector<Aspect>{{Weight::safety, "emergency_administrators_max",
                                "The number of people with an IAM user", "is limited to",
                                limit ? says(std::to_string(*limit)) : Says{}}};
  };
  compare(administrators_max(pair.before), administrators_max(pair.after), out);
}

}  // namespace

std::vector<Change> difference(const Catalog& before, const Catalog& after) {
  knows_every_field(after);
  const Pair pair{before, after};
  Changes changes;
  compare_owners(pair, changes);
  compare_standing(pair, changes);
  compare_people(pair, changes);
  compare_groups(pair, changes);
  compare_deeds(pair, changes);
  compare_reach(pair, changes);
  compare_limits(pair, changes);
  compare_modes(pair, changes);
  compare_processes(pair, changes);
  compare_company(pair, changes);
  compare_probes(pair, changes);
  compare_infrastructure(pair, changes);
  compare_services(pair, changes);
  compare_templates(pair, changes);
  compare_files(pair, changes);
  const std::vector<Change> all = changes.take();
  std::vector<Change> out;
  for (const Weight weight : {Weight::power, Weight::safety, Weight::detail})
    std::copy_if(all.begin(), all.end(), std::back_inserter(out),
                 [&](const Change& each) { return each.weight == weight; });
  return out;
}

}  // namespace postern::catalog
