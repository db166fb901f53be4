#include "run.h"

#include "people.h"

namespace postern::simulation {
namespace {

constexpr std::uint64_t steps_a_run = 400;

/// Time passes; nodes die and come back; clocks are stepped.
void nature(World& world) {
  world.true_time +=
      milliseconds(static_cast<std::int64_t>(world.dice.number(world.dice.one_in(6) ? 300'000 : 15'000)));
  for (Node& node : world.nodes) {
    if (node.writer == nullptr) {
      if (world.dice.one_in(4)) world.revive(node);
      continue;
    }
    if (world.dice.one_in(60))
      World::kill(node);
    else if (world.dice.one_in(80))
      node.wall_offset = milliseconds(static_cast<std::int64_t>(world.dice.number(172'800'000)) - 86'400'000);
    else if (world.dice.one_in(25))
      node.wall_offset = milliseconds(0);
    else if (world.dice.one_in(4))
      world.settle(node);
  }
}

/// After the faults: a quiet day in which everything that is owed comes due.
void quiet_day(World& world) {
  world.heal();
  for (int hour = 0; hour < 24; ++hour) {
    world.true_time += std::chrono::hours(1);
    for (int i = 0; i < 3; ++i)
      for (Node& node : world.nodes) world.settle(node);
  }
}

}  // namespace

Run run(std::uint64_t seed) {
  World world(seed);
  Invariants invariants(world);
  People people(world, invariants);
  Run result;
  for (; result.steps < steps_a_run; ++result.steps) {
    nature(world);
    if (auto broken = people.act())
      result.broken = *broken;
    else if (auto after = invariants.check())
      result.broken = *after;
    if (!result.broken.empty()) return result;
  }
  quiet_day(world);
  if (auto broken = invariants.check_healed()) result.broken = *broken;
  result.entries = world.durable().head().value();
  return result;
}

}  // namespace postern::simulation
