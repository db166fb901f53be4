#pragma once

#include <cstdint>
#include <vector>

#include "lockout/fault_tree.h"

/// A fault tree made small without changing what it says, and cut into modules. Pure; used by this folder
/// alone.
namespace postern::lockout {

/// Nodes are numbered: first the tree's events by their own numbers, then gates, each after what it names.
using NodeId = std::uint32_t;

struct ReducedGate {
  std::uint32_t at_least = 1;
  std::vector<NodeId> of = {};
  bool is_module = false;  ///< nothing below it is used from elsewhere, so it can be solved by itself
};

struct ReducedTree {
  std::uint32_t events = 0;
  std::vector<ReducedGate> gates = {};
  enum class Top : std::uint8_t { node, always, never };
  Top kind = Top::node;
  NodeId top = 0;

  [[nodiscard]] bool is_event(NodeId id) const { return id < events; }
  [[nodiscard]] const ReducedGate& gate(NodeId id) const { return gates[id - events]; }
};

/// Drops constants, gates of one, gates that say the same twice, and what a neighbour absorbs; joins gates of
/// one kind; gathers what always stands together under gates of one kind; finds the modules in linear time
/// (Dutuit and Rauzy, IEEE Transactions on Reliability 45(3), 1996).
ReducedTree reduce(const FaultTree& tree);

}  // namespace postern::lockout
