#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

/// Shared decision diagrams over numbered variables, in two readings of one table of nodes (Bryant 1986;
/// Minato 1993; Rauzy 1993): functions that never fall when a variable rises (BDD), and families of sets of
/// variables (ZDD). Pure; used by this folder alone.
namespace postern::lockout {

/// A diagram in its table. 0: never, or no set at all. 1: always, or only the empty set.
using Diagram = std::uint32_t;
using Level = std::uint32_t;  ///< a variable's place in the order; smaller is nearer the root

struct Budget {
  std::size_t nodes = 40'000'000;      ///< some 30 bytes each
  std::function<bool()> goes_on = {};  ///< asked now and then; false: give up. Empty: never give up
};

/// Nodes are made, never changed or freed. When the budget is used up, `is_exhausted` turns true for good and
/// every result from then on is meaningless.
class DecisionDiagrams {
 public:
  explicit DecisionDiagrams(const Budget& budget);

  struct Node {
    Level level;
    Diagram high;
    Diagram low;
  };
  [[nodiscard]] const Node& node(Diagram d) const { return nodes_[d]; }
  [[nodiscard]] bool is_exhausted() const { return exhausted_; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

  // As functions.
  Diagram variable(Level level) { return make(level, 1, 0); }
  Diagram both(Diagram a, Diagram b);
  Diagram either(Diagram a, Diagram b);
  /// The minimal sets of variables that make `f` true, as a family.
  Diagram minimal_sets(Diagram f);

  // As families of sets, none of which includes another.
  Diagram one_set(Level level) { return make_set(level, 1, 0); }
  /// The sets of both, without those that include another.
  Diagram united(Diagram a, Diagram b);
  /// The unions of a set of each, of at most `size_max` members, without those that include another.
  Diagram combined(Diagram a, Diagram b, unsigned size_max);
  /// The sets of `a` that include no set of `b`.
  Diagram without(Diagram a, Diagram b);

  /// Every node below `d`, `d` itself first and terminals left out: each before those that it points to.
  [[nodiscard]] std::vector<Diagram> nodes_below(Diagram d) const;

 private:
  enum class Operation : std::uint32_t { both = 1, either, minimal, united, without, combined };
  struct Question {
    Diagram a = 0;
    Diagram b = 0;
    std::uint32_t operation = 0;  ///< 0: none
    friend bool operator==(const Question&, const Question&) = default;
  };
  struct CacheLine {
    Question question = {};
    Diagram result = 0;
  };

  Diagram make(Level level, Diagram high, Diagram low);
  Diagram make_set(Level level, Diagram high, Diagram low) {
    return high == 0 ? low : find_or_add(level, high, low);
  }
  Diagram find_or_add(Level level, Diagram high, Diagram low);
  void grow();
  void grow_cache();
  static Question ask(Operation operation, Diagram a, Diagram b, unsigned extra = 0) {
    return {a, b, static_cast<std::uint32_t>(operation) | extra << 3U};
  }
  [[nodiscard]] std::optional<Diagram> known(const Question& question) const;
  Diagram remember(const Question& question, Diagram result);
  [[nodiscard]] std::size_t place_of(const Question& question) const;

  Budget budget_;
  bool exhausted_ = false;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> table_;  ///< open addressing; 0 is free
  std::vector<CacheLine> cache_;
  std::size_t remembered_ = 0;  ///< since the cache last grew
};

}  // namespace postern::lockout
