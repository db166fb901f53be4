#include "cli/moment.h"

#include <string>

namespace postern::cli {

Result<Instant> moment_of(std::string_view text, Instant now, OfDay day) {
  constexpr std::string_view in = "in ";
  constexpr std::size_t day_size = 10;
  if (text == "now") return now;
  if (text.starts_with(in)) return now + TRY(parse_duration(text.substr(in.size())));
  const bool is_day = text.size() == day_size;
  const auto read = parse_rfc3339(is_day ? std::string(text) + "T00:00:00Z" : std::string(text));
  if (read) return is_day && day == OfDay::end ? *read + std::chrono::hours(24) : *read;
  return fail(
      ErrorCode::invalid,
      "Write a time as 2026-12-01T02:00:00Z, as a day of UTC (2026-12-01), as \"now\", or as \"in 2h\".");
}

}  // namespace postern::cli
