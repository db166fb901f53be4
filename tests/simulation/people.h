#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "invariants.h"
#include "world.h"

namespace postern::simulation {

/// Everybody who talks to Postern: on-call people, honest and not, probes, and the network between them,
/// which delays, repeats and loses.
class People {
 public:
  People(World& world, Invariants& invariants) : world_(world), invariants_(invariants) {}

  /// Somebody does something, somewhere. A broken invariant in words, or nothing.
  std::optional<std::string> act();
  [[nodiscard]] std::uint64_t commands_sent() const { return next_key_; }

 private:
  using Broken = std::optional<std::string>;
  emergency::Ask invent(const emergency::Situation& situation);
  emergency::Command invent_answer(const emergency::Situation& situation, const PersonId& by);
  emergency::Command invent_absence(const PersonId& by);
  void vary(emergency::SubmitRequest& request, const emergency::Situation& situation, const PersonId& by);
  emergency::Command invent_override(const emergency::Situation& situation, const PersonId& by);
  emergency::Command invent_work(const emergency::Situation& situation, const PersonId& by);
  Broken send(const emergency::Ask& ask);
  Broken take_answer(const emergency::Ask& ask, const Result<broker::Receipt>& answer);
  Node* some_node();
  template <class Map>
  typename Map::key_type some_id(const Map& map);

  World& world_;
  Invariants& invariants_;
  std::uint64_t next_key_ = 0;
  std::deque<emergency::Ask> in_flight_;  ///< sent before, may arrive (again)
};

}  // namespace postern::simulation
