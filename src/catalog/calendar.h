#pragma once

#include <array>
#include <set>
#include <string>
#include <vector>

#include "base/instant.h"

namespace postern::catalog {

/// From this instant on, a zone's local time is UTC plus `offset`.
struct OffsetChange {
  Instant from;
  seconds offset{0};
  friend bool operator==(const OffsetChange&, const OffsetChange&) = default;
};

/// When people are at work. The time zone comes with the changes of its offset that the reader looked up
/// (catalog_file, from the machine's tzdata), so that nothing here reads a file or a clock.
struct Calendar {
  std::string timezone;                 ///< as in the IANA database: "Asia/Tokyo"
  std::array<bool, 7> weekdays = {};    ///< Monday first
  std::chrono::minutes opens{0};        ///< after local midnight
  std::chrono::minutes closes{0};       ///< up to 24:00; the minute itself is out of hours
  std::set<std::string> holidays = {};  ///< local days, "2026-12-31"
  std::vector<OffsetChange> offsets =
      {};  ///< ascending, at least one; the first holds for earlier times, too
  friend bool operator==(const Calendar&, const Calendar&) = default;
};

/// True when `at` is within working hours. `calendar.offsets` must not be empty.
bool is_open(const Calendar& calendar, Instant at);

/// From `from` on, up to but without `to`.
struct Window {
  Instant from;
  Instant to;
  friend bool operator==(const Window&, const Window&) = default;
};
/// The working hours within `whole`, ascending, to the minute. `whole` is at most a week.
std::vector<Window> open_windows(const Calendar& calendar, const Window& whole);

}  // namespace postern::catalog
