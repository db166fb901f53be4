#include "base/instant.h"

#include <array>
#include <cstdio>

namespace postern {
namespace {

using namespace std::chrono;

/// Reads `count` digits at `at`; -1 when there are not that many.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool has(std::string_view text, std::size_t at, std::string_view any_of) {
  return at < text.size() && any_of.find(text[at]) != std::string_view::npos;
}

tl::unexpected<Error> malformed_time() {
  return fail(ErrorCode::invalid, "A time looks like 2026-11-23T03:04:05Z (RFC 3339).");
}

/// Reads "Z" or "+09:00" at `at`, which must be the end of the text.
Result<minutes> parse_offset(std::string_view text, std::size_t at) {
  if (has(text, at, "Zz") && text.size() == at + 1) return minutes(0);
  const int hour = digits(text, at + 1, 2);
  const int minute = digits(text, at + 4, 2);
  if (text.size() != at + 6 || !has(text, at, "+-") || !has(text, at + 3, ":") || hour < 0 || hour > 23 ||
      minute < 0 || minute > 59)
    return malformed_time();
  const minutes offset = hours(hour) + minutes(minute);
  return text[at] == '-' ? -offset : offset;
}

}  // namespace

std::string to_rfc3339(Instant instant) {
  const auto day = floor<days>(instant);
  const year_month_day date(day);
  const hh_mm_ss time(instant - day);
  std::array<char, 64> buffer{};
  const int length = std::snprintf(
      buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  ENSURE(length == 24);
  return {buffer.data(), 24};
}

Result<Instant> parse_rfc3339(std::string_view text) {
  const int y = digits(text, 0, 4);
  const int mo = digits(text, 5, 2);
  const int d = digits(text, 8, 2);
  const int h = digits(text, 11, 2);
  const int mi = digits(text, 14, 2);
  const int s = digits(text, 17, 2);
  if (text.size() > 40 || y < 1970 || mo < 0 || d < 0 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 ||
      s > 60 || !has(text, 4, "-") || !has(text, 7, "-") || !has(text, 10, "Tt ") || !has(text, 13, ":") ||
      !has(text, 16, ":"))
    return malformed_time();
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (!date.ok())
    return fail(ErrorCode::invalid, "There is no such day: " + std::string(text.substr(0, 10)) + ".");

  std::size_t at = 19;
  milliseconds fraction(0);
  if (has(text, at, ".")) {
    int unit = 100;
    if (!has(text, at + 1, "0123456789")) return malformed_time();
    for (++at; has(text, at, "0123456789"); ++at, unit /= 10)
      fraction += milliseconds(unit * (text[at] - '0'));
  }
  const minutes offset = TRY(parse_offset(text, at));
  const Instant instant = sys_days(date) + hours(h) + minutes(mi) + seconds(s) + fraction - offset;
  // An offset or a leap second at the edge must not lead to a time that has no text of 24 characters.
  if (instant < Instant{} || instant >= Instant(sys_days(year(10000) / 1 / 1))) return malformed_time();
  return instant;
}

Result<seconds> parse_duration(std::string_view text) {
  const auto malformed = [&] {
    return fail(ErrorCode::invalid, "A duration is a whole number and a unit, such as 90s, 15m, 4h or 60d.");
  };
  if (text.size() < 2 || text.size() > 10) return malformed();
  const std::string_view number = text.substr(0, text.size() - 1);
  const int count = number.size() <= 9 ? digits(number, 0, number.size()) : -1;
  if (count < 0) return malformed();
  seconds unit(0);
  if (text.back() == 's') unit = seconds(1);
  if (text.back() == 'm') unit = minutes(1);
  if (text.back() == 'h') unit = hours(1);
  if (text.back() == 'd') unit = days(1);
  if (unit == seconds(0)) return malformed();
  const seconds total = unit * static_cast<std::int64_t>(count);
  if (total > days(3660)) return fail(ErrorCode::invalid, "A duration is at most ten years.");
  return total;
}

std::string to_text(seconds duration) {
  const auto count = duration.count();
  if (count != 0 && count % 86400 == 0) return std::to_string(count / 86400) + "d";
  if (count != 0 && count % 3600 == 0) return std::to_string(count / 3600) + "h";
  if (count != 0 && count % 60 == 0) return std::to_string(count / 60) + "m";
  return std::to_string(count) + "s";
}

}  // namespace postern
