#include "lockout/fault_tree.h"

#include <algorithm>
#include <utility>

namespace postern::lockout {
namespace {

tl::unexpected<Error> too_large() {
  return fail(ErrorCode::invalid, "The fault tree has more than " + std::to_string(nodes_in_tree_max) +
                                      " events and gates, or is nested deeper than " +
                                      std::to_string(depth_max) + ". Split it.");
}

}  // namespace

Result<Ref> FaultTree::add(Event event) {
  if (is_full()) return too_large();
  if (event.probability && !(*event.probability >= 0 && *event.probability <= 1))
    return fail(ErrorCode::invalid, "The probability of " + event.id + " is not between 0 and 1.");
  events_.push_back(std::move(event));
  return Ref{Ref::Kind::event, static_cast<std::uint32_t>(events_.size() - 1)};
}

Result<Ref> FaultTree::add(Gate gate) {
  if (is_full()) return too_large();
  std::uint32_t depth = 1;
  for (const Ref each : gate.of) {
    const bool is_event = each.kind == Ref::Kind::event;
    if (each.index >= (is_event ? events_.size() : gates_.size()))
      return fail(ErrorCode::invalid, "Gate " + gate.id + " names what is not in the tree.");
    if (!is_event) depth = std::max(depth, depths_[each.index] + 1);
  }
  if (depth > depth_max) return too_large();
  gates_.push_back(std::move(gate));
  depths_.push_back(depth);
  return Ref{Ref::Kind::gate, static_cast<std::uint32_t>(gates_.size() - 1)};
}

bool FaultTree::is_certain(Ref ref) const {
  if (ref.kind == Ref::Kind::event) return false;
  std::vector<bool> certain;  // of the gates up to there; each names only earlier ones
  for (std::uint32_t i = 0; i <= ref.index; ++i) {
    const auto met = std::count_if(gates_[i].of.begin(), gates_[i].of.end(), [&](Ref each) {
      return each.kind == Ref::Kind::gate && certain[each.index];
    });
    certain.push_back(met >= gates_[i].at_least);
  }
  return certain.back();
}

bool FaultTree::has_probabilities() const {
  std::vector<bool> needed(gates_.size());
  const auto has = [&](Ref ref) {
    if (ref.kind == Ref::Kind::event) return events_[ref.index].probability.has_value();
    needed[ref.index] = true;
    return true;
  };
  if (!has(top_)) return false;
  for (std::size_t i = gates_.size(); i-- > 0;)
    if (needed[i] && !std::all_of(gates_[i].of.begin(), gates_[i].of.end(), has)) return false;
  return true;
}

}  // namespace postern::lockout
