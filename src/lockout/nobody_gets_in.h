#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "lockout/fault_tree.h"

/// The fault trees of "nobody gets in", from a catalog. Pure.
///
/// A process is a way in. It is blocked when none of its requesters can both ask and get an approval from
/// somebody else, when a role or the emergency account is gone, when no configured STS Region answers, when
/// what its access needs is down, or, for mechanisms where the server holds the means, when Postern is down;
/// a process with named IAM users also works from paper. Override is not counted: it is the answer to
/// approvers who do not answer, not a way that stands by itself.
namespace postern::lockout {

/// One process that should lead into an account in one failure mode.
struct Way {
  ProcessId process;
  Ref blocked;  ///< in the case's tree
};

/// The same for every account listed: identical trees are built once.
struct Case {
  ModeId mode;
  std::vector<AccountId> accounts;  ///< in the catalog's order
  std::vector<Way> ways;
  FaultTree tree;  ///< its top: all ways are blocked. Roles "in the account" stand for each account's own
};

/// Every mode with every account that any process of the catalog covers. What the mode takes away is down,
/// and so is everything in `down` (names of dependencies). An account that no way leads to in a mode has no
/// ways, and its top happens always. `invalid` for a name in `down` that is no dependency, for dependencies
/// in a circle, and for what is too large.
Result<std::vector<Case>> cases(const catalog::Catalog& catalog, const std::set<std::string>& down = {});

/// What would take this event's weight away, in a sentence; by the id that `cases` gave it.
std::string remedy(std::string_view event_id);

}  // namespace postern::lockout
