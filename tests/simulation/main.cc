// simulation FIRST_SEED RUNS: prints how fast it went, or the first broken invariant and how to see it again.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "run.h"

int main(int argc, char** argv) {
  const std::uint64_t first = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  const std::uint64_t runs = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1000;
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::uint64_t steps = 0;
  std::uint64_t entries = 0;
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    const postern::simulation::Run result = postern::simulation::run(seed);
    steps += result.steps;
    entries += result.entries;
    if (!result.broken.empty()) {
      std::printf("BROKEN in seed %llu, step %llu: %s\n", static_cast<unsigned long long>(seed),
                  static_cast<unsigned long long>(result.steps), result.broken.c_str());
      std::printf("found after %llu runs, %llu steps, %.2f s; replay: ./dev simulate %llu 1\n",
                  static_cast<unsigned long long>(seed - first + 1), static_cast<unsigned long long>(steps),
                  elapsed(), static_cast<unsigned long long>(seed));
      return 1;
    }
  }
  std::printf("%llu runs, %llu steps, %llu entries, all invariants held; %.0f steps/s\n",
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(steps),
              static_cast<unsigned long long>(entries), static_cast<double>(steps) / elapsed());
  return 0;
}
