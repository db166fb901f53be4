#include "probe/hysteresis.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "emergency/describe.h"

namespace postern::probe {
namespace {

using namespace std::chrono_literals;

const Instant start = parse_rfc3339("2026-11-23T03:00:00Z").value();

/// Feeds one observation per second ('+' success, '-' failure, '?' uplink down) and writes what changed, when
/// it was noticed and since when it holds: "2:down@0" is noticed at second 2 and has been so since second 0.
std::string changes(Thresholds thresholds, std::string_view observations) {
  Hysteresis hysteresis(thresholds);
  std::string text;
  for (std::size_t second = 0; second < observations.size(); ++second) {
    const Instant at = start + seconds(second);
    const char sign = observations[second];
    const std::optional<Change> change =
        sign == '?' ? hysteresis.observe_unknown(at) : hysteresis.observe(sign == '+', at);
    if (!change) continue;
    EXPECT_EQ(change->verdict, hysteresis.verdict());
    const auto since = std::chrono::duration_cast<seconds>(change->since - start).count();
    text += (text.empty() ? "" : " ") + std::to_string(second) + ":" +
            std::string(emergency::name_of(change->verdict)) + "@" + std::to_string(since);
  }
  return text;
}

struct Row {
  const char* observations;
  const char* expected;
};

TEST(Hysteresis, TurnsOnlyAfterAFullRun) {
  for (const Row& row : {
           Row{"", ""},
           Row{"+", ""},
           Row{"++", "1:up@0"},
           Row{"--", ""},
           Row{"---", "2:down@0"},
           Row{"++++++", "1:up@0"},
           Row{"------", "2:down@0"},
           Row{"++---", "1:up@0 4:down@2"},
           Row{"---++", "2:down@0 4:up@3"},
       })
    EXPECT_EQ(changes({.down_after = 3, .up_after = 2}, row.observations), row.expected) << row.observations;
}

TEST(Hysteresis, KeepsItsVerdictWhileObservationsFlap) {
  for (const Row& row : {
           Row{"+-+-+-+-", ""},
           Row{"++-+--+--+", "1:up@0"},
           Row{"---+-+-+-", "2:down@0"},
           Row{"++--+---", "1:up@0 7:down@5"},
           Row{"---+-++", "2:down@0 6:up@5"},
       })
    EXPECT_EQ(changes({.down_after = 3, .up_after = 2}, row.observations), row.expected) << row.observations;
}

TEST(Hysteresis, FollowsEveryObservationWhenTheThresholdsAreOne) {
  EXPECT_EQ(changes({.down_after = 1, .up_after = 1}, "+-++--"), "0:up@0 1:down@1 2:up@2 4:down@4");
  EXPECT_EQ(changes({.down_after = 1, .up_after = 3}, "-++-+++"), "0:down@0 6:up@4");
}

TEST(Hysteresis, KnowsNothingWhileOurOwnUplinkIsDown) {
  for (const Row& row : {
           Row{"??", ""},
           Row{"++?", "1:up@0 2:unknown@2"},
           Row{"---??", "2:down@0 3:unknown@3"},
           Row{"--?-", ""},  // the run starts again
           Row{"--?--?---", "8:down@6"},
           Row{"++?++", "1:up@0 2:unknown@2 4:up@3"},  // and so does the proof of health
           Row{"---?---", "2:down@0 3:unknown@3 6:down@4"},
           Row{"++--?-+?+-?", "1:up@0 4:unknown@4"},
       })
    EXPECT_EQ(changes({.down_after = 3, .up_after = 2}, row.observations), row.expected) << row.observations;
}

TEST(Hysteresis, StartsUnknown) { EXPECT_EQ(Hysteresis({}).verdict(), Verdict::unknown); }

TEST(HysteresisDeathTest, NeedsThresholdsOfAtLeastOne) {
  EXPECT_DEATH(Hysteresis({.down_after = 0, .up_after = 1}), "");
  EXPECT_DEATH(Hysteresis({.down_after = 1, .up_after = 0}), "");
}

}  // namespace
}  // namespace postern::probe
