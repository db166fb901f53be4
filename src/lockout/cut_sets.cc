#include "lockout/cut_sets.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "lockout/solved_module.h"

namespace postern::lockout {
namespace {

/// Sizes below this are tried one by one when not everything can be had.
constexpr unsigned partial_size_max = 3;
constexpr std::size_t size_unknown = std::numeric_limits<std::size_t>::max() / 4;

Count sum(Count a, Count b) { return a > count_max - b ? count_max : a + b; }
Count product(Count a, Count b) {
  Count out = 0;
  return __builtin_mul_overflow(a, b, &out) ? count_max : out;
}

/// How many sets there are of each size, from size `least` on.
struct Sizes {
  std::size_t least = 0;
  std::vector<Count> counts = {};

  [[nodiscard]] Count of(std::size_t size) const {
    return size < least || size - least >= counts.size() ? 0 : counts[size - least];
  }
  [[nodiscard]] std::size_t most() const { return least + counts.size() - 1; }  ///< of a family not empty
};

Sizes operator+(const Sizes& a, const Sizes& b) {
  if (a.counts.empty()) return b;
  if (b.counts.empty()) return a;
  Sizes out{.least = std::min(a.least, b.least)};
  out.counts.resize(std::max(a.most(), b.most()) - out.least + 1);
  for (std::size_t i = 0; i < out.counts.size(); ++i)
    out.counts[i] = sum(a.of(out.least + i), b.of(out.least + i));
  return out;
}

Sizes operator*(const Sizes& a, const Sizes& b) {
  if (a.counts.empty() || b.counts.empty()) return {};
  Sizes out{.least = a.least + b.least};
  out.counts.resize(a.counts.size() + b.counts.size() - 1);
  for (std::size_t i = 0; i < a.counts.size(); ++i)
    for (std::size_t j = 0; j < b.counts.size(); ++j)
      out.counts[i + j] = sum(out.counts[i + j], product(a.counts[i], b.counts[j]));
  return out;
}

}  // namespace

struct CutSets::Solution {
  std::vector<SolvedModule> modules;                  ///< those below first
  std::vector<std::optional<std::size_t>> module_of;  ///< by NodeId
  std::vector<std::vector<Sizes>> sizes;              ///< by module, by node of its `sets`
  std::vector<std::optional<double>> probabilities;   ///< by event
  std::optional<std::size_t> known_up_to;
  std::optional<double> probability;
  std::uint32_t events = 0;
  bool always = false;

  [[nodiscard]] std::size_t module_at(NodeId id) const { return *module_of[id]; }
  [[nodiscard]] bool is_event(NodeId id) const { return id < events; }
  [[nodiscard]] const Sizes& sizes_of(std::size_t module) const {
    return sizes[module][modules[module].sets.root];
  }
  [[nodiscard]] Sizes weight(NodeId variable) const {
    return is_event(variable) ? Sizes{.least = 1, .counts = {1}} : sizes_of(module_at(variable));
  }
  void count_sizes();
  std::vector<double> chances() const;
};

namespace {

using Solution = CutSets::Solution;
using Node = CompactDiagram::Node;

/// Takes cut sets of one size out of the modules' families. Never walks into a branch without one.
class Taking {
 public:
  Taking(const Solution& solution, const std::function<bool(const std::vector<std::uint32_t>&)>& take)
      : solution_(solution), take_(take) {}

  void all_of(std::size_t size) {
    const std::size_t top = solution_.modules.size() - 1;
    const Sizes nothing_more{.least = 0, .counts = {1}};
    const Frame frame{
        .module = top, .at = solution_.modules[top].sets.root, .then = nullptr, .rest = &nothing_more};
    if (can_give(frame, size)) go(frame, size);
  }

 private:
  /// What is still to be taken: a set of the family at `at`, and then one of each of those that wait.
  struct Frame {
    std::size_t module;
    std::uint32_t at;
    const Frame* then;
    const Sizes* rest;  ///< the sizes that `then` and all after it can give
  };

  [[nodiscard]] bool can_give(const Frame& frame, std::size_t size) const {
    const Sizes& here = solution_.sizes[frame.module][frame.at];
    for (std::size_t i = 0; i < here.counts.size() && here.least + i <= size; ++i)
      if (here.counts[i] > 0 && frame.rest->of(size - here.least - i) > 0) return true;
    return false;
  }

  /// False when enough was taken.
  bool go(const Frame& frame, std::size_t left) {
    if (frame.at == 1) {
      if (frame.then != nullptr) return go(*frame.then, left);
      std::vector<std::uint32_t> set = taken_;
      std::sort(set.begin(), set.end());
      return take_(set);
    }
    const Node& node = solution_.modules[frame.module].sets.nodes[frame.at];
    Frame low = frame;
    low.at = node.low;
    if (can_give(low, left) && !go(low, left)) return false;
    Frame high = frame;
    high.at = node.high;
    if (solution_.is_event(node.variable)) {
      if (left == 0 || !can_give(high, left - 1)) return true;
      taken_.push_back(node.variable);
      const bool goes_on = go(high, left - 1);
      taken_.pop_back();
      return goes_on;
    }
    const std::size_t module = solution_.module_at(node.variable);
    const Sizes rest = solution_.sizes[frame.module][high.at] * *frame.rest;
    const Frame below{
        .module = module, .at = solution_.modules[module].sets.root, .then = &high, .rest = &rest};
    return !can_give(below, left) || go(below, left);
  }

  const Solution& solution_;
  const std::function<bool(const std::vector<std::uint32_t>&)>& take_;
  std::vector<std::uint32_t> taken_;
};

/// What the modules above make of what one of them says.
struct FromAbove {
  std::size_t smallest = size_unknown;  ///< fewest other events that complete a cut set
  Count cut_sets = 0;                   ///< ways to complete one
  double birnbaum = 0;
};

/// Walks from the top's module down, and collects for each event what it means.
class Weighing {
 public:
  explicit Weighing(const Solution& solution)
      : solution_(solution), above_(solution.modules.size()), events_(solution.events) {
    if (solution.probability) chances_ = solution.chances();
  }

  std::vector<Importance> all() {
    above_.back() = {.smallest = 0, .cut_sets = 1, .birnbaum = 1};
    for (std::size_t i = solution_.modules.size(); i-- > 0;) {
      weigh_sets(i);
      if (!chances_.empty()) weigh_function(i);
    }
    std::vector<Importance> out;
    for (std::uint32_t i = 0; i < events_.size(); ++i)
      if (events_[i].cut_sets > 0) out.push_back(importance_of(i));
    return out;
  }

 private:
  [[nodiscard]] FromAbove& what_is_said_of(NodeId variable) {
    return solution_.is_event(variable) ? events_[variable] : above_[solution_.module_at(variable)];
  }

  void weigh_sets(std::size_t module) {
    const CompactDiagram& sets = solution_.modules[module].sets;
    const std::vector<Sizes>& sizes = solution_.sizes[module];
    std::vector<Count> total(sets.nodes.size());
    for (std::size_t i = 1; i < total.size(); ++i)
      for (const Count each : sizes[i].counts) total[i] = sum(total[i], each);
    std::vector<Count> ways(sets.nodes.size());
    std::vector<std::size_t> fewest(sets.nodes.size(), size_unknown);
    ways[sets.root] = above_[module].cut_sets;
    fewest[sets.root] = above_[module].smallest;
    for (std::size_t i = sets.nodes.size(); i-- > 2;) {
      const Node& node = sets.nodes[i];
      const Sizes weight = solution_.weight(node.variable);
      Count taken = 0;
      for (const Count each : weight.counts) taken = sum(taken, each);
      FromAbove& said = what_is_said_of(node.variable);
      said.cut_sets = sum(said.cut_sets, product(ways[i], total[node.high]));
      said.smallest = std::min(said.smallest, fewest[i] + sizes[node.high].least);
      ways[node.high] = sum(ways[node.high], product(ways[i], taken));
      fewest[node.high] = std::min(fewest[node.high], fewest[i] + weight.least);
      if (node.low == 0) continue;
      ways[node.low] = sum(ways[node.low], ways[i]);
      fewest[node.low] = std::min(fewest[node.low], fewest[i]);
    }
  }

  void weigh_function(std::size_t module) {
    const CompactDiagram& function = solution_.modules[module].function;
    std::vector<double> chance(function.nodes.size());
    std::vector<double> reached(function.nodes.size());
    chance[1] = 1;
    for (std::size_t i = 2; i < chance.size(); ++i) {
      const Node& node = function.nodes[i];
      const double p = chances_[node.variable];
      chance[i] = p * chance[node.high] + (1 - p) * chance[node.low];
    }
    reached[function.root] = above_[module].birnbaum;
    for (std::size_t i = function.nodes.size(); i-- > 2;) {
      const Node& node = function.nodes[i];
      const double p = chances_[node.variable];
      what_is_said_of(node.variable).birnbaum += reached[i] * (chance[node.high] - chance[node.low]);
      reached[node.high] += reached[i] * p;
      reached[node.low] += reached[i] * (1 - p);
    }
  }

  [[nodiscard]] Importance importance_of(std::uint32_t event) const {
    const FromAbove& said = events_[event];
    Importance out{.event = event, .smallest = said.smallest + 1, .cut_sets = said.cut_sets};
    if (chances_.empty()) return out;
    out.birnbaum = said.birnbaum;
    if (*solution_.probability > 0)
      out.criticality = said.birnbaum * chances_[event] / *solution_.probability;
    return out;
  }

  const Solution& solution_;
  std::vector<FromAbove> above_;   ///< by module
  std::vector<FromAbove> events_;  ///< by event
  std::vector<double> chances_;    ///< by NodeId; empty without probabilities
};

}  // namespace

void CutSets::Solution::count_sizes() {
  for (const SolvedModule& module : modules) {
    std::vector<Sizes> here(module.sets.nodes.size());
    here[1] = {.least = 0, .counts = {1}};
    for (std::size_t i = 2; i < here.size(); ++i) {
      const Node& node = module.sets.nodes[i];
      here[i] = is_event(node.variable) ? here[node.high] : weight(node.variable) * here[node.high];
      if (is_event(node.variable)) ++here[i].least;
      if (node.low != 0) here[i] = here[i] + here[node.low];
    }
    sizes.push_back(std::move(here));
  }
}

/// The probability of every event, and of every module's own.
std::vector<double> CutSets::Solution::chances() const {
  std::vector<double> out(module_of.size());
  for (std::uint32_t i = 0; i < events; ++i) out[i] = probabilities[i].value_or(0);
  for (const SolvedModule& module : modules) {
    std::vector<double> chance(module.function.nodes.size());
    chance[1] = 1;
    for (std::size_t i = 2; i < chance.size(); ++i) {
      const Node& node = module.function.nodes[i];
      const double p = out[node.variable];
      chance[i] = p * chance[node.high] + (1 - p) * chance[node.low];
    }
    out[module.id] = chance[module.function.root];
  }
  return out;
}

std::optional<std::size_t> CutSets::known_up_to() const { return solution_->known_up_to; }

std::map<std::size_t, Count> CutSets::by_size() const {
  std::map<std::size_t, Count> out;
  if (solution_->always) out[0] = 1;
  if (solution_->modules.empty()) return out;
  const Sizes& sizes = solution_->sizes_of(solution_->modules.size() - 1);
  for (std::size_t i = 0; i < sizes.counts.size(); ++i)
    if (sizes.counts[i] > 0) out[sizes.least + i] = sizes.counts[i];
  return out;
}

Count CutSets::count() const {
  Count out = 0;
  for (const auto& [size, count] : by_size()) out = sum(out, count);
  return out;
}

std::optional<double> CutSets::probability() const { return solution_->probability; }

std::vector<Importance> CutSets::importance() const {
  if (solution_->modules.empty()) return {};
  std::vector<Importance> out = Weighing(*solution_).all();
  std::sort(out.begin(), out.end(), [](const Importance& a, const Importance& b) {
    if (a.smallest != b.smallest) return a.smallest < b.smallest;
    if (a.birnbaum != b.birnbaum) return a.birnbaum > b.birnbaum;
    if (a.cut_sets != b.cut_sets) return a.cut_sets > b.cut_sets;
    return a.event < b.event;
  });
  return out;
}

void CutSets::each(std::size_t size,
                   const std::function<bool(const std::vector<std::uint32_t>&)>& take) const {
  if (solution_->always && size == 0) take({});
  if (!solution_->modules.empty()) Taking(*solution_, take).all_of(size);
}

namespace {

/// As much as can be had in small steps: first what one event does, which is always little work.
std::pair<CompactDiagram, std::size_t> solve_in_part(const ReducedTree& tree, const Limits& limits) {
  const Budget without_limit;
  std::pair<CompactDiagram, std::size_t> best = {*solve_up_to(tree, 1, without_limit), 1};
  for (unsigned size = 2; size <= partial_size_max; ++size) {
    auto more = solve_up_to(tree, size, {.nodes = limits.nodes, .goes_on = limits.goes_on});
    if (!more) break;
    best = {*std::move(more), size};
  }
  return best;
}

}  // namespace

CutSets cut_sets(const FaultTree& tree, const Limits& limits) {
  const ReducedTree reduced = reduce(tree);
  auto solution = std::make_shared<Solution>();
  solution->events = reduced.events;
  solution->always = reduced.kind == ReducedTree::Top::always;
  for (const Event& each : tree.events()) solution->probabilities.push_back(each.probability);
  if (reduced.kind != ReducedTree::Top::node) {
    solution->probability = solution->always ? 1 : 0;
    return CutSets(std::move(solution));
  }
  const NodeId nodes = reduced.events + static_cast<NodeId>(reduced.gates.size());
  if (reduced.is_event(reduced.top)) {
    CompactDiagram alone{.nodes = {{0, 0, 0}, {0, 0, 0}, {reduced.top, 1, 0}}, .root = 2};
    solution->modules.push_back({.id = nodes, .function = alone, .sets = alone});
  } else if (auto solved = solve(reduced, {.nodes = limits.nodes, .goes_on = limits.goes_on})) {
    solution->modules = *std::move(solved);
  } else {
    auto [sets, size] = solve_in_part(reduced, limits);
    solution->modules.push_back({.id = nodes, .function = {}, .sets = std::move(sets)});
    solution->known_up_to = size;
  }
  solution->module_of.resize(nodes + std::size_t{1});
  for (std::size_t i = 0; i < solution->modules.size(); ++i) solution->module_of[solution->modules[i].id] = i;
  solution->count_sizes();
  if (!solution->known_up_to && tree.has_probabilities()) {
    solution->probability = solution->chances()[solution->modules.back().id];
  }
  return CutSets(std::move(solution));
}

}  // namespace postern::lockout
