#include "cli/moment.h"

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

const Instant now = parse_rfc3339("2026-11-26T19:00:00Z").value();

std::string read(std::string_view text, OfDay day = OfDay::beginning) {
  const auto moment = moment_of(text, now, day);
  return moment ? to_rfc3339(*moment) : std::string(name_of(moment.error().code));
}

TEST(Moment, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(read("now"), "2026-11-26T19:00:00.000Z");
  EXPECT_EQ(read("in 2h"), "2026-11-26T21:00:00.000Z");
  EXPECT_EQ(read("2026-12-01T02:00:00+09:00"), "2026-11-30T17:00:00.000Z");
}

TEST(Moment, OfADayIsItsBeginningOrItsEnd) {
  EXPECT_EQ(read("2026-12-31"), "2026-12-31T00:00:00.000Z");
  EXPECT_EQ(read("2026-12-31", OfDay::end), "2027-01-01T00:00:00.000Z");
  EXPECT_EQ(read("2026-12-31T08:00:00Z", OfDay::end), "2026-12-31T08:00:00.000Z");
}

TEST(Moment, IsNothingElse) {
  for (const char* text : {"", "tomorrow", "in ", "in -2h", "2026-13-01", "2026-02-30", "in 11y"})
    EXPECT_EQ(read(text), "invalid") << text;
}

}  // namespace
}  // namespace postern::cli
