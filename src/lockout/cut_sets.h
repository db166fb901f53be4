#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "lockout/fault_tree.h"

/// Minimal cut sets: the smallest combinations of events that bring the top about (NUREG-0492, chapter VII).
/// Exact, or saying how far they are. Pure.
namespace postern::lockout {

struct Limits {
  std::size_t nodes = 40'000'000;  ///< of decision diagrams, some 30 bytes each
  /// Asked every few thousand nodes; false: stop trying. Empty: never.
  std::function<bool()> goes_on = {};
};

/// How many; `max` stands for that many or more.
using Count = std::uint64_t;
inline constexpr Count count_max = ~Count{0};

/// What one event means for the top.
struct Importance {
  std::uint32_t event = 0;   ///< index in the tree
  std::size_t smallest = 0;  ///< events in the smallest cut set that it is in
  Count cut_sets = 0;        ///< that it is in
  /// How much likelier the top is when the event has happened than when it has not (Birnbaum 1969); nullopt
  /// without probabilities.
  std::optional<double> birnbaum = {};
  /// The chance that it has happened and is critical, given that the top has happened (criticality
  /// importance).
  std::optional<double> criticality = {};
};

/// The minimal cut sets of one tree. A value that is cheap to copy; the tree need not outlive it.
class CutSets {
 public:
  struct Solution;
  explicit CutSets(std::shared_ptr<const Solution> solution) : solution_(std::move(solution)) {}

  /// Nullopt: all of them are known. Otherwise those of at most so many events are, and nothing is known of
  /// larger ones: the limits did not suffice.
  [[nodiscard]] std::optional<std::size_t> known_up_to() const;
  /// How many there are of each size, by size; of the known ones. Size 0: the top happens without any event.
  [[nodiscard]] std::map<std::size_t, Count> by_size() const;
  [[nodiscard]] Count count() const;
  /// Of the top, exactly. Nullopt when an event has none, or when not all is known.
  [[nodiscard]] std::optional<double> probability() const;
  /// Of every event that is in a cut set, the most important first: by the smallest cut set, then by
  /// Birnbaum's measure, then by number of cut sets, then as the tree has them. Counts of larger cut sets are
  /// missing when not all is known.
  [[nodiscard]] std::vector<Importance> importance() const;
  /// Calls `take` with the known cut sets of exactly `size` events (indices in the tree, rising), until it
  /// returns false. The work is linear in what is taken.
  void each(std::size_t size, const std::function<bool(const std::vector<std::uint32_t>&)>& take) const;

 private:
  std::shared_ptr<const Solution> solution_;
};

/// Never fails: what the limits leave open, `known_up_to` says. Cut sets of one event are always found.
CutSets cut_sets(const FaultTree& tree, const Limits& limits = {});

}  // namespace postern::lockout
