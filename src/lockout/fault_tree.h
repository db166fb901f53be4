#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

/// Fault trees: which combinations of failures bring about one event that nobody wants (NUREG-0492, "Fault
/// Tree Handbook"). Only "at least k of these": nothing is negated, so a further failure never helps. Pure.
namespace postern::lockout {

/// An event or a gate of one tree, by its place in it.
struct Ref {
  enum class Kind : std::uint8_t { event, gate };
  Kind kind = Kind::event;
  std::uint32_t index = 0;
  friend auto operator<=>(const Ref&, const Ref&) = default;
};

/// Something that happens or not, independently of all other events.
struct Event {
  std::string id;                          ///< unique in the tree
  std::string title = {};                  ///< in words, for people
  std::optional<double> probability = {};  ///< 0…1
};

/// Happens when at least `at_least` of `of` do; what stands twice counts twice. 0 of anything happens always,
/// more than there are never.
struct Gate {
  std::string id;
  std::string title = {};
  int at_least = 1;
  std::vector<Ref> of;
};

inline constexpr std::size_t nodes_in_tree_max = 1'000'000;
inline constexpr std::size_t depth_max = 2'000;

/// A value. Without circles by construction: a gate names only what was added before it.
class FaultTree {
 public:
  /// `invalid` for a probability outside 0…1, and when the tree is full.
  Result<Ref> add(Event event);
  /// `invalid` when it names what is not there, is too deep, or the tree is full.
  Result<Ref> add(Gate gate);
  /// What nobody wants. Must be of this tree.
  void set_top(Ref top) { top_ = top; }

  [[nodiscard]] Ref top() const { return top_; }
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] const std::vector<Gate>& gates() const { return gates_; }  ///< each after what it names
  [[nodiscard]] const Event& event(Ref ref) const { return events_[ref.index]; }
  [[nodiscard]] const Gate& gate(Ref ref) const { return gates_[ref.index]; }
  /// True when `ref` happens even if no event does.
  [[nodiscard]] bool is_certain(Ref ref) const;
  [[nodiscard]] bool has_probabilities() const;  ///< every event that the top depends on has one

 private:
  [[nodiscard]] bool is_full() const { return events_.size() + gates_.size() >= nodes_in_tree_max; }

  std::vector<Event> events_;
  std::vector<Gate> gates_;
  std::vector<std::uint32_t> depths_;  ///< of the gates
  Ref top_ = {};
};

}  // namespace postern::lockout
