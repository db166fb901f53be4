#include "broker/timeline.h"

#include <algorithm>

namespace postern::broker {

Timeline::Timeline(Instant last_at, Instant wall, milliseconds steady)
    : base_wall_(wall + tolerance < last_at ? last_at : wall), base_steady_(steady), last_(last_at) {}

Timeline::Reading Timeline::read(Instant wall, milliseconds steady) {
  const Instant expected = base_wall_ + (steady - base_steady_);
  const milliseconds by = wall - expected;
  const bool in_doubt = by > tolerance || by < -tolerance;
  if (!in_doubt) {  // follow the wall clock, so that the slow corrections of NTP never add up to a jump
    base_wall_ = wall;
    base_steady_ = steady;
  }
  last_ = std::max(last_, in_doubt ? expected : wall);
  return {last_, in_doubt, by};
}

}  // namespace postern::broker
