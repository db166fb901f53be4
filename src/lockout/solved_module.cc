#include "lockout/solved_module.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace postern::lockout {
namespace {

/// How a gate's inputs are walked over when variables are put into order. None is best for every tree.
enum class Order : std::uint8_t { small_first, as_written, large_first, shared_first };
constexpr std::array orders = {Order::small_first, Order::as_written, Order::large_first,
                               Order::shared_first};
constexpr std::size_t nodes_first = 100'000;
constexpr std::size_t nodes_factor = 32;

/// Whether the walk stops there: an event, or a module that is solved by itself.
bool is_variable(const ReducedTree& tree, NodeId root, NodeId id) {
  return tree.is_event(id) || (id != root && tree.gate(id).is_module);
}

/// The gates of one module, each after what it names; and what it names.
struct Body {
  NodeId root;
  std::vector<NodeId> gates;
  std::vector<NodeId> variables;  ///< as met first
};

Body body_of(const ReducedTree& tree, NodeId root) {
  Body body{.root = root, .gates = {}, .variables = {}};
  std::unordered_map<NodeId, bool> met;
  std::vector<NodeId> open = {root};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (!met.try_emplace(id, true).second) continue;
    if (is_variable(tree, root, id)) {
      body.variables.push_back(id);
      continue;
    }
    body.gates.push_back(id);
    for (const NodeId each : tree.gate(id).of) open.push_back(each);
  }
  std::sort(body.gates.begin(), body.gates.end());
  return body;
}

/// What the orders go by.
struct Weights {
  std::unordered_map<NodeId, double> leaves;  ///< below it, counted at each place
  std::unordered_map<NodeId, int> uses;       ///< gates of the body that name it
};

Weights weights_of(const ReducedTree& tree, const Body& body) {
  Weights out;
  for (const NodeId each : body.variables) out.leaves[each] = 1;
  for (const NodeId gate : body.gates) {
    double sum = 0;
    for (const NodeId each : tree.gate(gate).of) {
      sum += out.leaves[each];
      ++out.uses[each];
    }
    out.leaves[gate] = sum;
  }
  return out;
}

/// The variables in the order in which a walk from the top meets them.
std::vector<NodeId> ordered(const ReducedTree& tree, const Body& body, Weights& weights, Order order) {
  std::vector<NodeId> out;
  std::unordered_map<NodeId, bool> met;
  std::vector<NodeId> open = {body.root};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (!met.try_emplace(id, true).second) continue;
    if (is_variable(tree, body.root, id)) {
      out.push_back(id);
      continue;
    }
    std::vector<NodeId> of = tree.gate(id).of;
    const auto by = [&](const auto& key) {
      std::vector<std::pair<double, std::size_t>> places;  // equal ones stay as written
      for (std::size_t i = 0; i < of.size(); ++i) places.emplace_back(key(of[i]), i);
      std::sort(places.begin(), places.end());
      const std::vector<NodeId> written = of;
      for (std::size_t i = 0; i < of.size(); ++i) of[i] = written[places[i].second];
    };
    if (order == Order::small_first) by([&](NodeId each) { return weights.leaves[each]; });
    if (order == Order::large_first) by([&](NodeId each) { return -weights.leaves[each]; });
    if (order == Order::shared_first)
      by([&](NodeId each) { return -static_cast<double>(weights.uses[each]); });
    open.insert(open.end(), of.rbegin(), of.rend());
  }
  return out;
}

CompactDiagram taken_out(const DecisionDiagrams& diagrams, Diagram root,
                         const std::vector<NodeId>& by_level) {
  std::vector<Diagram> below = diagrams.nodes_below(root);
  std::reverse(below.begin(), below.end());
  std::unordered_map<Diagram, std::uint32_t> place = {{0, 0}, {1, 1}};
  CompactDiagram out;
  out.nodes.assign(2, {0, 0, 0});
  out.nodes.reserve(below.size() + 2);
  place.reserve(below.size() + 2);
  for (const Diagram each : below) {
    const DecisionDiagrams::Node& node = diagrams.node(each);
    place[each] = static_cast<std::uint32_t>(out.nodes.size());
    out.nodes.push_back({by_level[node.level], place[node.high], place[node.low]});
  }
  out.root = place[root];
  return out;
}

/// Joins neighbours, and what comes of that again: adding one after the other to a growing whole would make
/// most of it anew each time.
template <class Join>
Diagram joined(std::vector<Diagram> of, Join join) {
  while (of.size() > 1) {
    for (std::size_t i = 0; i < of.size(); i += 2)
      of[i / 2] = i + 1 < of.size() ? join(of[i + 1], of[i]) : of[i];
    of.resize((of.size() + 1) / 2);
  }
  return of.front();
}

Diagram function_of(const ReducedGate& gate, std::vector<Diagram> of, DecisionDiagrams& diagrams) {
  // Deepest first, so that neighbours speak of the same variables.
  std::sort(of.begin(), of.end(), [&](Diagram a, Diagram b) {
    return std::pair(diagrams.node(a).level, a) > std::pair(diagrams.node(b).level, b);
  });
  const std::size_t k = gate.at_least;
  if (k == 1) return joined(std::move(of), [&](Diagram a, Diagram b) { return diagrams.either(a, b); });
  if (k == of.size()) return joined(std::move(of), [&](Diagram a, Diagram b) { return diagrams.both(a, b); });
  // at_least[j]: j of those seen so far. It grows when j falls, so a choice is an or.
  std::vector<Diagram> at_least(k + 1, 0);
  at_least[0] = 1;
  for (const Diagram each : of)
    for (std::size_t j = k; j > 0; --j)
      at_least[j] = diagrams.either(diagrams.both(each, at_least[j - 1]), at_least[j]);
  return at_least[k];
}

std::optional<SolvedModule> attempt(const ReducedTree& tree, const Body& body,
                                    const std::vector<NodeId>& by_level, const Budget& budget) {
  DecisionDiagrams diagrams(budget);
  std::unordered_map<NodeId, Diagram> done;
  for (Level level = 0; level < by_level.size(); ++level) done[by_level[level]] = diagrams.variable(level);
  for (const NodeId id : body.gates) {
    std::vector<Diagram> of;
    for (const NodeId each : tree.gate(id).of) of.push_back(done[each]);
    done[id] = function_of(tree.gate(id), std::move(of), diagrams);
    if (diagrams.is_exhausted()) return std::nullopt;
  }
  const Diagram function = done[body.root];
  const Diagram sets = diagrams.minimal_sets(function);
  if (diagrams.is_exhausted()) return std::nullopt;
  return SolvedModule{.id = body.root,
                      .function = taken_out(diagrams, function, by_level),
                      .sets = taken_out(diagrams, sets, by_level)};
}

std::optional<SolvedModule> solve_module(const ReducedTree& tree, NodeId root, const Budget& budget) {
  const Body body = body_of(tree, root);
  Weights weights = weights_of(tree, body);
  for (std::size_t nodes = nodes_first;; nodes *= nodes_factor) {
    Budget part = budget;
    part.nodes = std::min(nodes, budget.nodes);
    for (const Order order : orders) {
      if (auto solved = attempt(tree, body, ordered(tree, body, weights, order), part)) return solved;
      if (budget.goes_on && !budget.goes_on()) return std::nullopt;
    }
    if (nodes >= budget.nodes) return std::nullopt;
  }
}

}  // namespace

std::optional<std::vector<SolvedModule>> solve(const ReducedTree& tree, const Budget& budget) {
  std::vector<bool> needed(tree.gates.size());
  needed[tree.top - tree.events] = true;
  for (std::size_t i = tree.gates.size(); i-- > 0;)
    if (needed[i])
      for (const NodeId each : tree.gates[i].of)
        if (!tree.is_event(each)) needed[each - tree.events] = true;
  std::vector<SolvedModule> out;
  for (std::size_t i = 0; i < tree.gates.size(); ++i) {
    if (!needed[i] || !tree.gates[i].is_module) continue;
    auto solved = solve_module(tree, static_cast<NodeId>(tree.events + i), budget);
    if (!solved) return std::nullopt;
    out.push_back(*std::move(solved));
  }
  return out;
}

std::optional<CompactDiagram> solve_up_to(const ReducedTree& tree, unsigned size_max, const Budget& budget) {
  DecisionDiagrams diagrams(budget);
  std::vector<NodeId> by_level(tree.events);
  std::iota(by_level.begin(), by_level.end(), 0U);
  std::vector<bool> needed(tree.events + tree.gates.size());
  needed[tree.top] = true;
  for (std::size_t i = tree.gates.size(); i-- > 0;)
    if (needed[tree.events + i])
      for (const NodeId each : tree.gates[i].of) needed[each] = true;
  std::vector<Diagram> done(needed.size());
  for (NodeId id = 0; id < done.size(); ++id) {
    if (!needed[id]) continue;
    if (tree.is_event(id)) {
      done[id] = size_max > 0 ? diagrams.one_set(id) : 0;
      continue;
    }
    const ReducedGate& gate = tree.gate(id);
    std::vector<Diagram> at_least(gate.at_least + std::size_t{1}, 0);
    at_least[0] = 1;
    for (const NodeId each : gate.of)
      for (std::size_t j = gate.at_least; j > 0; --j)
        at_least[j] = diagrams.united(diagrams.combined(done[each], at_least[j - 1], size_max), at_least[j]);
    done[id] = at_least[gate.at_least];
    if (diagrams.is_exhausted()) return std::nullopt;
  }
  return taken_out(diagrams, done[tree.top], by_level);
}

}  // namespace postern::lockout
