#pragma once

#include <optional>
#include <vector>

#include "lockout/decision_diagram.h"
#include "lockout/reduced_tree.h"

/// Modules of a reduced tree, each solved by itself. Pure; used by this folder alone.
namespace postern::lockout {

/// A diagram taken out of its table.
struct CompactDiagram {
  struct Node {
    NodeId variable;  ///< an event, or a module below
    std::uint32_t high;
    std::uint32_t low;
  };
  std::vector<Node> nodes;  ///< 0 and 1 are the terminals; each other one stands after those it points to
  std::uint32_t root = 0;
};

struct SolvedModule {
  NodeId id = 0;
  CompactDiagram function;  ///< when the module's event happens (BDD)
  CompactDiagram sets;      ///< its minimal cut sets over events and modules below (ZDD)
};

/// Every module that the top depends on, those below first, the top's last; the top must be a gate. Tries
/// several orders of the variables, each with a growing share of the budget. Nullopt when none fits.
std::optional<std::vector<SolvedModule>> solve(const ReducedTree& tree, const Budget& budget);

/// The minimal cut sets of at most `size_max` events, over the events themselves, without modules or BDD.
/// Nullopt when the budget does not suffice.
std::optional<CompactDiagram> solve_up_to(const ReducedTree& tree, unsigned size_max, const Budget& budget);

}  // namespace postern::lockout
