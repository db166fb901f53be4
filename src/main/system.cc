#include "main/system.h"

#include <ctime>

namespace postern {

Instant SystemClock::wall() const {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

milliseconds SystemClock::steady() const {
  timespec now{};
  ENSURE(::clock_gettime(CLOCK_BOOTTIME, &now) == 0);
  return milliseconds(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

}  // namespace postern
