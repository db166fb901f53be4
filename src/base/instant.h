#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace postern {

/// A point in time, UTC, to the millisecond. Inside the core it only ever arrives as a parameter.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// RFC 3339 with milliseconds and Z, always 24 characters: 2026-11-23T03:04:05.678Z. Years 1970 to 9999.
std::string to_rfc3339(Instant instant);
/// Reads RFC 3339 with any number of fraction digits (cut to milliseconds) and any offset.
Result<Instant> parse_rfc3339(std::string_view text);

/// "90s", "15m", "4h", "60d": a whole number and one unit. At most ten years.
Result<seconds> parse_duration(std::string_view text);
/// The shortest exact form that parse_duration reads back: 5400 s is "90m".
std::string to_text(seconds duration);

/// The only sources of "now". The shell reads them once per batch and passes an Instant inwards.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time; may jump.
  [[nodiscard]] virtual Instant wall() const = 0;
  /// Time since an unknown start; never jumps. Used to notice that the wall clock did.
  [[nodiscard]] virtual milliseconds steady() const = 0;
};

}  // namespace postern
