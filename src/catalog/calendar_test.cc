#include "catalog/calendar.h"

#include <gtest/gtest.h>

namespace postern::catalog {
namespace {

/// Office hours in a zone that is one hour ahead, and two in summer (as Europe/Berlin in 2026).
Calendar office() {
  return {.timezone = "Europe/Berlin",
          .weekdays = {true, true, true, true, true, false, false},
          .opens = std::chrono::hours(9),
          .closes = std::chrono::hours(18),
          .holidays = {"2026-12-31"},
          .offsets = {{parse_rfc3339("2025-10-26T01:00:00Z").value(), seconds(3600)},
                      {parse_rfc3339("2026-03-29T01:00:00Z").value(), seconds(7200)},
                      {parse_rfc3339("2026-10-25T01:00:00Z").value(), seconds(3600)}}};
}
bool is_open_at(const char* at) { return is_open(office(), parse_rfc3339(at).value()); }

TEST(Calendar, OpensAndClosesByLocalTime) {
  EXPECT_FALSE(is_open_at("2026-11-26T07:59:59.999Z"));
  EXPECT_TRUE(is_open_at("2026-11-26T08:00:00Z"));
  EXPECT_TRUE(is_open_at("2026-11-26T16:59:59.999Z"));
  EXPECT_FALSE(is_open_at("2026-11-26T17:00:00Z"));
}

TEST(Calendar, FollowsTheChangeOfTheClocks) {
  EXPECT_FALSE(is_open_at("2026-03-27T07:30:00Z"));  // Friday before: 08:30
  EXPECT_TRUE(is_open_at("2026-03-30T07:30:00Z"));   // Monday after: 09:30
  EXPECT_TRUE(is_open_at("2026-10-23T07:00:00Z"));
  EXPECT_FALSE(is_open_at("2026-10-26T07:00:00Z"));
}

TEST(Calendar, IsClosedOnWeekendsAndHolidays) {
  EXPECT_FALSE(is_open_at("2026-11-28T10:00:00Z"));
  EXPECT_FALSE(is_open_at("2026-11-29T10:00:00Z"));
  EXPECT_FALSE(is_open_at("2026-12-31T10:00:00Z"));
  EXPECT_TRUE(is_open_at("2026-12-30T10:00:00Z"));
}

TEST(Calendar, JudgesTheWeekdayWhereThePeopleAre) {
  Calendar tokyo = office();
  tokyo.offsets = {{Instant{}, seconds(9 * 3600)}};
  // Sunday 23:30 UTC is Monday 08:30 in Tokyo; half an hour later they are at work.
  EXPECT_FALSE(is_open(tokyo, parse_rfc3339("2026-11-29T23:30:00Z").value()));
  EXPECT_TRUE(is_open(tokyo, parse_rfc3339("2026-11-30T00:30:00Z").value()));
  EXPECT_FALSE(is_open(tokyo, parse_rfc3339("2026-12-30T15:00:00Z").value()));  // the holiday's midnight
}

Window window(const char* from, const char* to) {
  return {parse_rfc3339(from).value(), parse_rfc3339(to).value()};
}

TEST(OpenWindows, AreTheHoursWithinTheWhole) {
  EXPECT_EQ(open_windows(office(), window("2026-11-26T00:00:00Z", "2026-11-28T00:00:00Z")),
            (std::vector<Window>{window("2026-11-26T08:00:00Z", "2026-11-26T17:00:00Z"),
                                 window("2026-11-27T08:00:00Z", "2026-11-27T17:00:00Z")}));
  EXPECT_EQ(open_windows(office(), window("2026-11-26T12:00:30Z", "2026-11-26T12:00:45Z")),
            (std::vector<Window>{window("2026-11-26T12:00:30Z", "2026-11-26T12:00:45Z")}))
      << "not wider than what was asked";
  EXPECT_TRUE(open_windows(office(), window("2026-11-27T17:00:00Z", "2026-11-30T08:00:00Z")).empty())
      << "a weekend, to the minute";
  EXPECT_TRUE(open_windows(office(), window("2026-11-26T12:00:00Z", "2026-11-26T12:00:00Z")).empty());
}

TEST(OpenWindows, KeepLocalTimeWhenTheClocksChange) {
  EXPECT_EQ(open_windows(office(), window("2026-03-27T00:00:00Z", "2026-03-31T00:00:00Z")),
            (std::vector<Window>{window("2026-03-27T08:00:00Z", "2026-03-27T17:00:00Z"),
                                 window("2026-03-30T07:00:00Z", "2026-03-30T16:00:00Z")}));
  EXPECT_EQ(open_windows(office(), window("2026-10-23T00:00:00Z", "2026-10-27T00:00:00Z")),
            (std::vector<Window>{window("2026-10-23T07:00:00Z", "2026-10-23T16:00:00Z"),
                                 window("2026-10-26T08:00:00Z", "2026-10-26T17:00:00Z")}));
}

TEST(OpenWindows, BreakOrOverlapWhereHoursHoldTheChange) {
  Calendar night = office();
  night.weekdays = {true, true, true, true, true, true, true};
  night.opens = std::chrono::hours(2);
  night.closes = std::chrono::hours(3);
  // In spring 02:00 to 03:00 does not exist that day; in autumn it comes twice.
  EXPECT_TRUE(open_windows(night, window("2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z")).empty());
  EXPECT_EQ(open_windows(night, window("2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z")),
            (std::vector<Window>{window("2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z")}));
}

TEST(OpenWindows, LeaveHolidaysOut) {
  EXPECT_EQ(open_windows(office(), window("2026-12-30T00:00:00Z", "2027-01-02T00:00:00Z")),
            (std::vector<Window>{window("2026-12-30T08:00:00Z", "2026-12-30T17:00:00Z"),
                                 window("2027-01-01T08:00:00Z", "2027-01-01T17:00:00Z")}));
}

TEST(OpenWindows, AreOneWhereDaysFollowWithoutABreak) {
  Calendar always = office();
  always.weekdays = {true, true, true, true, true, true, true};
  always.opens = std::chrono::hours(0);
  always.closes = std::chrono::hours(24);
  const Window week = window("2026-11-23T11:30:00Z", "2026-11-30T11:30:00Z");
  EXPECT_EQ(open_windows(always, week), std::vector<Window>{week});
}

TEST(Calendar, HoldsTheFirstOffsetForEarlierTimes) { EXPECT_TRUE(is_open_at("2001-11-26T08:30:00Z")); }

}  // namespace
}  // namespace postern::catalog
