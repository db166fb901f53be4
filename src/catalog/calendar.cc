#include "catalog/calendar.h"

#include <algorithm>

namespace postern::catalog {
namespace {

seconds offset_at(const Calendar& calendar, Instant at) {
  const auto after =
      std::upper_bound(calendar.offsets.begin(), calendar.offsets.end(), at,
                       [](Instant instant, const OffsetChange& change) { return instant < change.from; });
  return (after == calendar.offsets.begin() ? after : std::prev(after))->offset;
}

}  // namespace

bool is_open(const Calendar& calendar, Instant at) {
  // Local time, written as if it were UTC.
  const Instant local = at + offset_at(calendar, at);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto time = local - day;
  if (time < calendar.opens || time >= calendar.closes) return false;
  const std::chrono::weekday weekday(day);
  if (!calendar.weekdays[weekday.iso_encoding() - 1]) return false;
  return !calendar.holidays.contains(to_rfc3339(day).substr(0, 10));
}

}  // namespace postern::catalog
