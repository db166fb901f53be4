#include "catalog/lint.h"

#include <fmt/format.h>

#include "catalog/lint_parts.h"
#include "catalog/undefined_names.h"

namespace postern::catalog {

std::vector<Finding> lint(const Catalog& catalog) {
  std::vector<Finding> out = undefined_names(catalog);
  Findings found;
  judge_modes(catalog, found);
  judge_probes(catalog, found);
  judge_processes(catalog, found);
  judge_approval(catalog, found);
  judge_people(catalog, found);
  judge_access(catalog, found);
  judge_standing(catalog, found);
  judge_telling_of_all(catalog, found);
  for (Finding& each : found.take()) out.push_back(std::move(each));
  return out;
}

std::vector<Finding> grown_old(const Catalog& catalog, Instant now) {
  Findings found;
  for (const auto& [id, process] : catalog.processes) {
    const std::string path = "processes." + id.text();
    if (!process.drill_every)
      found.add(Rule::no_drill_planned, path, fmt::format("No drill of {} is planned.", id.text()));
    if (!process.last_drill) {
      found.add(Rule::never_drilled, path, fmt::format("{} was never drilled.", id.text()));
    } else if (*process.last_drill > now) {
      found.add(Rule::never_drilled, path + ".last_drill",
                fmt::format("The last drill of {} lies in the future.", id.text()),
                "Write the day when it was.");
    } else if (process.drill_every && *process.last_drill + *process.drill_every < now) {
      found.add(Rule::stale_drill, path + ".last_drill",
                fmt::format("{} was last drilled {} days ago, and is to be drilled every {}.", id.text(),
                            std::chrono::floor<std::chrono::days>(now - *process.last_drill).count(),
                            to_text(*process.drill_every)));
    }
  }
  return found.take();
}

}  // namespace postern::catalog
