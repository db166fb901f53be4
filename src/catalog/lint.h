#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/rules.h"

namespace postern::catalog {

/// What is wrong with a catalog as a whole. `where` is the path of the thing, e.g.
/// "processes.operate-workload", so that the reader of the file can add its line and column.
struct Finding {
  Rule rule = Rule::wrong_value;
  std::string where;
  std::string what;  ///< one sentence: what is wrong
  std::string fix;   ///< what to do about it
  [[nodiscard]] Severity severity() const { return about(rule).severity; }
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// Judges a catalog that was read without faults, by the rules PC101 to PC599 and for names that nothing
/// defines (PC005; catalog_file finds those at their own place, this stands for catalogs that came another
/// way). An error means that it must not be put in force; a warning, that somebody should look. rules.h says
/// what each rule demands and why.
std::vector<Finding> lint(const Catalog& catalog);

/// What has grown old by `now`: drills (PC601 to PC603).
std::vector<Finding> grown_old(const Catalog& catalog, Instant now);

}  // namespace postern::catalog
