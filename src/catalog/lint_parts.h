#pragma once

#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catalog/lint.h"

/// The parts of lint(), one for each hundred of codes or less. Private to this folder.
namespace postern::catalog {

class Findings {
 public:
  /// Without a fix of its own, the rule's.
  void add(Rule rule, std::string where, std::string what, std::string fix = "") {
    constexpr std::size_t each_max = 2'000;
    std::size_t& count = counts_[static_cast<std::size_t>(about(rule).severity)];
    if (count >= each_max) return;
    ++count;
    if (fix.empty()) fix = about(rule).fix;
    found_.push_back({rule, std::move(where), std::move(what), std::move(fix)});
  }
  std::vector<Finding> take() { return std::move(found_); }

 private:
  std::vector<Finding> found_;
  std::array<std::size_t, 2> counts_ = {};  ///< by severity; nobody mends more at a time
};

void judge_modes(const Catalog& catalog, Findings& found);           // lint_processes.cc
void judge_probes(const Catalog& catalog, Findings& found);          // lint_probes.cc
void judge_processes(const Catalog& catalog, Findings& found);       // lint_processes.cc
void judge_approval(const Catalog& catalog, Findings& found);        // lint_approval.cc
void judge_people(const Catalog& catalog, Findings& found);          // lint_people.cc
void judge_telling_of_all(const Catalog& catalog, Findings& found);  // lint_telling.cc

/// lint_tiers.cc: the people of a process's tiers. `budget` falls by each step; below zero, what was left is
/// not judged.
void judge_tiers(const Catalog& catalog, const Process& process, const std::set<PersonId>& requesters,
                 int& budget, Findings& found);
void judge_access(const Catalog& catalog, Findings& found);    // lint_access.cc
void judge_standing(const Catalog& catalog, Findings& found);  // lint_standing.cc

}  // namespace postern::catalog
