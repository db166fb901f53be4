#pragma once

#include "base/hash.h"
#include "base/instant.h"

/// The outside world, wired in here and nowhere else.
namespace postern {

/// The operating system's clocks. `steady` goes on while the machine sleeps, so that a wake-up is no jump.
class SystemClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override;
  [[nodiscard]] milliseconds steady() const override;
};

}  // namespace postern
