// How many steps of the simulation one core makes in a second. A run under fixed seeds, three rounds, the
// best counts: these machines are shared.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>

#include "../tests/simulation/run.h"

int main() {
  double best = 0;
  std::uint64_t entries = 0;
  for (int round = 0; round < 3; ++round) {
    const auto start = std::chrono::steady_clock::now();
    std::uint64_t steps = 0;
    entries = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const postern::simulation::Run run = postern::simulation::run(seed);
      if (!run.broken.empty()) {
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), run.broken.c_str());
        return 1;
      }
      steps += run.steps;
      entries += run.entries;
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, static_cast<double>(steps) / seconds);
  }
  std::printf("simulation: %.0f steps/s on one core (20 seeds, %llu entries)\n", best,
              static_cast<unsigned long long>(entries));
  return 0;
}
