#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"

namespace postern::catalog {

/// power: who gains or loses some; safety: what protects is weakened or strengthened; detail: the rest.
enum class Weight { power, safety, detail };

struct Change {
  Weight weight = Weight::detail;
  std::string
      where;  ///< path as in Finding, or of a file; several, with ", ", where a sentence tells of several
  std::string what;  ///< whole sentences, in English, with texts of both catalogs as they stand there
  bool tells_everybody =
      false;  ///< during an open emergency: keys, IAM users, groups, owners and their quorum
  friend bool operator==(const Change&, const Change&) = default;
};

/// What is otherwise in `after` than in `before`, for an owner to read before signing: the heaviest first,
/// and within a weight people, then what their groups may do, then the rest. Whatever differs, there is a
/// Change for it; none only for catalogs that say the same. What people may do is computed from both
/// catalogs, with deputies counted as approvers in place of those who named them.
std::vector<Change> difference(const Catalog& before, const Catalog& after);

}  // namespace postern::catalog
