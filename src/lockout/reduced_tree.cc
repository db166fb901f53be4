#include "lockout/reduced_tree.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>

namespace postern::lockout {
namespace {

constexpr NodeId never = ~NodeId{0};
constexpr NodeId always = never - 1;

enum class Kind : std::uint8_t { any, all, some };

Kind kind_of(const ReducedGate& gate) {
  if (gate.at_least == 1) return Kind::any;
  return gate.at_least == gate.of.size() ? Kind::all : Kind::some;
}

/// Collects gates, each said once and in its shortest form.
class Builder {
 public:
  explicit Builder(std::uint32_t events) { tree_.events = events; }

  /// The gate, or what it comes to.
  NodeId add(std::int64_t at_least, std::vector<NodeId> of) {
    at_least -= std::erase(of, always);
    std::erase(of, never);
    std::sort(of.begin(), of.end());
    if (at_least <= 0) return always;
    if (at_least > static_cast<std::int64_t>(of.size())) return never;
    const bool all = at_least == static_cast<std::int64_t>(of.size());
    if (at_least == 1 || all || of.front() == of.back()) {
      of.erase(std::unique(of.begin(), of.end()), of.end());
      if (of.size() == 1) return of.front();
      if (all) at_least = static_cast<std::int64_t>(of.size());
    }
    ReducedGate gate{.at_least = static_cast<std::uint32_t>(at_least), .of = std::move(of)};
    absorb(gate);
    if (gate.of.size() == 1) return gate.of.front();
    const auto next = static_cast<NodeId>(tree_.events + tree_.gates.size());
    const auto [known, is_new] = known_.try_emplace({gate.at_least, gate.of}, next);
    if (is_new) tree_.gates.push_back(std::move(gate));
    return known->second;
  }
  [[nodiscard]] const ReducedTree& tree() const { return tree_; }

  ReducedTree finish(NodeId top) {
    tree_.top = top;
    if (top == always) tree_.kind = ReducedTree::Top::always;
    if (top == never) tree_.kind = ReducedTree::Top::never;
    return std::move(tree_);
  }

 private:
  /// a or (a and b) is a; a and (a or b) is a.
  void absorb(ReducedGate& gate) const {
    const Kind kind = kind_of(gate);
    if (kind == Kind::some) return;
    const Kind opposite = kind == Kind::any ? Kind::all : Kind::any;
    const auto is_absorbed = [&](NodeId each) {
      if (tree_.is_event(each) || kind_of(tree_.gate(each)) != opposite) return false;
      const std::vector<NodeId>& below = tree_.gate(each).of;
      return std::any_of(below.begin(), below.end(), [&](NodeId deeper) {
        return std::binary_search(gate.of.begin(), gate.of.end(), deeper);
      });
    };
    // Judged against all of them first: what absorbs is never itself absorbed by what it absorbs.
    std::vector<NodeId> kept;
    for (const NodeId each : gate.of)
      if (!is_absorbed(each)) kept.push_back(each);
    if (kind == Kind::all) gate.at_least = static_cast<std::uint32_t>(kept.size());
    gate.of = std::move(kept);
  }

  ReducedTree tree_;
  std::map<std::pair<std::uint32_t, std::vector<NodeId>>, NodeId> known_;
};

/// How often each node is named by a gate that the top depends on; 0: not needed.
std::vector<std::uint32_t> uses_of(const ReducedTree& tree) {
  std::vector<std::uint32_t> uses(tree.events + tree.gates.size());
  uses[tree.top] = 1;
  for (std::size_t i = tree.gates.size(); i-- > 0;)
    if (uses[tree.events + i] > 0)
      for (const NodeId each : tree.gates[i].of) ++uses[each];
  return uses;
}

/// Gates of one kind below each other become one where nobody else needs the lower one.
ReducedTree joined(const ReducedTree& tree) {
  const std::vector<std::uint32_t> uses = uses_of(tree);
  Builder builder(tree.events);
  std::vector<NodeId> now(tree.events + tree.gates.size(), never);
  for (NodeId i = 0; i < tree.events; ++i) now[i] = i;
  for (std::size_t i = 0; i < tree.gates.size(); ++i) {
    const ReducedGate& gate = tree.gates[i];
    if (uses[tree.events + i] == 0) continue;
    const Kind kind = kind_of(gate);
    std::vector<NodeId> of;
    for (const NodeId each : gate.of) {
      const NodeId renewed = now[each];
      const bool joins = kind != Kind::some && !tree.is_event(each) && uses[each] == 1 && renewed < always &&
                         !tree.is_event(renewed) && kind_of(builder.tree().gate(renewed)) == kind;
      if (!joins) {
        of.push_back(renewed);
        continue;
      }
      const std::vector<NodeId>& below = builder.tree().gate(renewed).of;
      of.insert(of.end(), below.begin(), below.end());
    }
    const std::int64_t at_least =
        kind == Kind::all ? static_cast<std::int64_t>(of.size()) : std::int64_t{gate.at_least};
    now[tree.events + i] = builder.add(at_least, std::move(of));
  }
  return builder.finish(now[tree.top]);
}

/// What stands together under the same gates, all of one kind, becomes a gate of that kind, which is solved
/// once.
ReducedTree gathered(const ReducedTree& tree) {
  const std::size_t size = tree.events + tree.gates.size();
  const std::vector<std::uint32_t> uses = uses_of(tree);
  std::vector<std::vector<NodeId>> parents(size);
  for (std::size_t i = 0; i < tree.gates.size(); ++i)
    if (uses[tree.events + i] > 0)
      for (const NodeId each : tree.gates[i].of)
        parents[each].push_back(static_cast<NodeId>(tree.events + i));
  std::map<std::vector<NodeId>, std::vector<NodeId>> together;
  for (NodeId i = 0; i < size; ++i) {
    if (parents[i].empty()) continue;
    const Kind kind = kind_of(tree.gate(parents[i].front()));
    const bool alike = kind != Kind::some && std::all_of(parents[i].begin(), parents[i].end(), [&](NodeId p) {
                         return kind_of(tree.gate(p)) == kind;
                       });
    if (alike) together[parents[i]].push_back(i);
  }
  std::vector<std::vector<const std::vector<NodeId>*>> groups_at(size);  ///< by the first gate above them
  std::vector<bool> is_grouped(size);
  for (const auto& [above, members] : together) {
    if (members.size() < 2 || members.size() == tree.gate(above.front()).of.size()) continue;
    for (const NodeId each : members) is_grouped[each] = true;
    for (const NodeId each : above) groups_at[each].push_back(&members);
  }
  Builder builder(tree.events);
  std::vector<NodeId> now(size, never);
  for (NodeId i = 0; i < tree.events; ++i) now[i] = i;
  for (std::size_t i = 0; i < tree.gates.size(); ++i) {
    const auto id = static_cast<NodeId>(tree.events + i);
    if (uses[id] == 0) continue;
    const ReducedGate& gate = tree.gates[i];
    const Kind kind = kind_of(gate);
    std::vector<NodeId> of;
    for (const NodeId each : gate.of)
      if (!is_grouped[each]) of.push_back(now[each]);
    for (const std::vector<NodeId>* members : groups_at[id]) {
      std::vector<NodeId> renewed;
      for (const NodeId each : *members) renewed.push_back(now[each]);
      const auto all = static_cast<std::int64_t>(renewed.size());
      of.push_back(builder.add(kind == Kind::all ? all : 1, std::move(renewed)));
    }
    const auto all = static_cast<std::int64_t>(of.size());
    now[id] = builder.add(kind == Kind::all ? all : std::int64_t{gate.at_least}, std::move(of));
  }
  return builder.finish(now[tree.top]);
}

/// First and last time that a walk over the tree comes by a node.
struct Visits {
  std::uint32_t first = 0;
  std::uint32_t done = 0;  ///< when the walk left the gate for the first time
  std::uint32_t last = 0;
};

std::vector<Visits> walk(const ReducedTree& tree) {
  std::vector<Visits> visits(tree.events + tree.gates.size());
  std::uint32_t clock = 0;
  std::vector<std::pair<NodeId, std::size_t>> open = {{tree.top, 0}};
  visits[tree.top].first = ++clock;
  while (!open.empty()) {
    auto& [id, next] = open.back();
    const bool is_left = tree.is_event(id) || next == tree.gate(id).of.size();
    if (is_left) {
      visits[id].done = visits[id].last = ++clock;
      open.pop_back();
      continue;
    }
    const NodeId below = tree.gate(id).of[next++];
    if (visits[below].first == 0) {
      visits[below].first = ++clock;
      open.emplace_back(below, 0);
    } else {
      visits[below].last = ++clock;
    }
  }
  return visits;
}

void find_modules(ReducedTree& tree) {
  const std::vector<Visits> visits = walk(tree);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> span(visits.size());  ///< of all that is below
  for (NodeId id = 0; id < visits.size(); ++id) {
    span[id] = {visits[id].first, visits[id].last};
    if (tree.is_event(id)) continue;
    ReducedGate& gate = tree.gates[id - tree.events];
    std::uint32_t first = ~0U;
    std::uint32_t last = 0;
    for (const NodeId each : gate.of) {
      first = std::min(first, span[each].first);
      last = std::max(last, span[each].second);
    }
    gate.is_module = first > visits[id].first && last < visits[id].done;
    span[id] = {std::min(first, visits[id].first), std::max(last, visits[id].last)};
  }
}

}  // namespace

ReducedTree reduce(const FaultTree& tree) {
  Builder builder(static_cast<std::uint32_t>(tree.events().size()));
  std::vector<NodeId> now;  ///< the tree's gates
  const auto node_of = [&](Ref ref) { return ref.kind == Ref::Kind::event ? ref.index : now[ref.index]; };
  for (const Gate& gate : tree.gates()) {
    std::vector<NodeId> of;
    for (const Ref each : gate.of) of.push_back(node_of(each));
    now.push_back(builder.add(gate.at_least, std::move(of)));
  }
  ReducedTree reduced = builder.finish(node_of(tree.top()));
  for (std::size_t before = 0; reduced.kind == ReducedTree::Top::node && before != reduced.gates.size();) {
    before = reduced.gates.size();
    reduced = joined(reduced);
  }
  if (reduced.kind != ReducedTree::Top::node) return reduced;
  reduced = gathered(reduced);
  if (reduced.kind == ReducedTree::Top::node) find_modules(reduced);
  return reduced;
}

}  // namespace postern::lockout
