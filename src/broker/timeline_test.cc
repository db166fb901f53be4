#include "broker/timeline.h"

#include <gtest/gtest.h>

namespace postern::broker {
namespace {

using namespace std::chrono_literals;

const Instant noon = parse_rfc3339("2026-11-23T12:00:00Z").value();

TEST(Timeline, FollowsTheWallClockWhileItKeepsPace) {
  Timeline timeline(noon - 1h, noon, 0ms);
  EXPECT_EQ(timeline.read(noon + 1s, 1000ms).now, noon + 1s);
  EXPECT_FALSE(timeline.read(noon + 2s + 400ms, 2000ms).in_doubt);
}

TEST(Timeline, GoesOnByTheSteadyClockWhenTheWallClockJumpsEitherWay) {
  for (const milliseconds jump :
       {milliseconds(1h), milliseconds(-1h), milliseconds(24h), milliseconds(-5001ms)}) {
    Timeline timeline(noon, noon, 0ms);
    const auto reading = timeline.read(noon + 1s + jump, 1000ms);
    EXPECT_TRUE(reading.in_doubt) << jump.count();
    EXPECT_EQ(reading.now, noon + 1s);
    EXPECT_EQ(reading.by, jump);
    const auto back = timeline.read(noon + 10s, 10000ms);
    EXPECT_FALSE(back.in_doubt);
    EXPECT_EQ(back.now, noon + 10s);
  }
}

TEST(Timeline, NeverRunsBackwards) {
  Timeline timeline(noon, noon, 0ms);
  EXPECT_EQ(timeline.read(noon + 4s, 4000ms).now, noon + 4s);
  EXPECT_EQ(timeline.read(noon + 2s, 4100ms).now, noon + 4s);
}

TEST(Timeline, DoubtsAWallClockBehindTheLedgerFromTheStart) {
  Timeline timeline(noon, noon - 1h, 0ms);
  const auto reading = timeline.read(noon - 1h + 1s, 1000ms);
  EXPECT_TRUE(reading.in_doubt);
  EXPECT_EQ(reading.now, noon + 1s);
}

TEST(Timeline, SlowCorrectionsNeverAddUpToAJump) {
  Timeline timeline(noon, noon, 0ms);
  for (int second = 1; second <= 100; ++second)
    EXPECT_FALSE(timeline.read(noon + 1200ms * second, 1000ms * second).in_doubt) << second;
}

}  // namespace
}  // namespace postern::broker
