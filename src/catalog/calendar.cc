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

std::vector<Window> open_windows(const Calendar& calendar, const Window& whole) {
  std::vector<Window> out;
  // Hours, holidays and changes of the clock all begin with a minute, so that nothing happens between two.
  for (Instant at = whole.from; at < whole.to;) {
    const Instant next =
        std::min(whole.to, Instant(std::chrono::floor<std::chrono::minutes>(at)) + std::chrono::minutes(1));
    if (is_open(calendar, at)) {
      if (!out.empty() && out.back().to == at)
        out.back().to = next;
      else
        out.push_back({at, next});
    }
    at = next;
  }
  return out;
}

}  // namespace postern::catalog
