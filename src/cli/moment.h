#pragma once

#include <string_view>

#include "base/instant.h"

/// How people write a point in time on the command line.
namespace postern::cli {

/// RFC 3339, "now", "in 2h", or a day of UTC ("2026-12-01"), which is its beginning, or its end.
enum class OfDay { beginning, end };
Result<Instant> moment_of(std::string_view text, Instant now, OfDay day = OfDay::beginning);

}  // namespace postern::cli
