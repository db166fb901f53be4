#pragma once

#include <optional>
#include <vector>

#include "catalog/catalog.h"

/// How few people can open an emergency and get in. Pure.
namespace postern::catalog {

/// People who together can attest, declare, request and approve.
struct SmallGroup {
  std::vector<PersonId> people;
  ModeId mode;
  ProcessId process;
};

struct SmallGroupSearch {
  std::optional<SmallGroup> found;
  bool complete = true;  ///< false when the catalog is so large that the search was given up
};

/// Looks for a group smaller than `min_people` that needs nobody else. Probes count as saying whatever it
/// takes, since machines are not people. Going ahead by override is another matter: it is loud, named and
/// reviewed.
SmallGroupSearch group_below(const Catalog& catalog, int min_people);

/// True when the confirmation could hold if every member of every group attested and every probe agreed.
bool can_be_confirmed(const Catalog& catalog, const Condition& condition);

}  // namespace postern::catalog
