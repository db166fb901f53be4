#pragma once

#include <cstdint>
#include <string>

namespace postern::simulation {

struct Run {
  std::uint64_t steps = 0;
  std::uint64_t entries = 0;
  std::string broken;  ///< the invariant in words; "" when all held
};

/// One whole run from one seed: some hours of emergencies, faults all the way, then healing.
Run run(std::uint64_t seed);

}  // namespace postern::simulation
