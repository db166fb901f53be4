#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/instant.h"

namespace postern::catalog {

struct Condition;

/// A probe has been down (or up) without a break for at least `for_at_least`.
struct ProbeDown {
  ProbeId probe;
  seconds for_at_least{0};
};
struct ProbeUp {
  ProbeId probe;
  seconds for_at_least{0};
};
/// `count` different members of a group have said `statement`.
struct Attested {
  GroupId by;
  int count = 1;
  std::string statement;
};
/// At least `k` of the conditions hold: `all` has k = of.size(), `any` has k = 1.
struct AtLeast {
  int k = 1;
  std::vector<Condition> of;
};

/// What must hold for a suspicion to count as an emergency (the seed's "confirmation"), as a tree.
struct Condition {
  std::variant<ProbeDown, ProbeUp, Attested, AtLeast> is;
};

}  // namespace postern::catalog
