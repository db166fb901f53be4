#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"

namespace postern::catalog {

enum class Severity { error, warning };

/// What is wrong with a catalog as a whole. `where` is the path of the thing, e.g.
/// "processes.operate-workload", so that the reader of the file can add its line and column.
struct Finding {
  Severity severity = Severity::error;
  std::string where;
  std::string what;  ///< one sentence: what is wrong, then what to do
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// Judges a catalog that was read without faults. An error means that it must not be put in force; a warning,
/// that somebody should look. Errors: a name that nothing defines; nobody who may declare, request or
/// approve; a tier whose only members are those who may request so that a request could end up with nobody to
/// approve it; a tier that needs more people than it has; a confirmation that needs more people than there
/// are; an owners' quorum that cannot be met; a chain of managers that comes back to where it began; an
/// iam-user process whose requesters have no IAM user; an IAM user not named like the person, or whose device
/// is in another account than the emergency account; a process that covers no account; a session longer than
/// role chaining allows (one hour); no STS Region; a dependency that needs itself. Warnings: a person without
/// a key (catalog_file, which can read keys, warns of unreadable ones); a requester of an iam-user process
/// without an IAM user; a tier of a single person; min_people that fewer people can get by.
std::vector<Finding> lint(const Catalog& catalog);

}  // namespace postern::catalog
