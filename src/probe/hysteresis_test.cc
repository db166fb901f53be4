#include "probe/hysteresis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "emergency/describe.h"

namespace postern::probe {
namespace {

using namespace std::chrono_literals;

const Instant start = parse_rfc3339("2026-11-23T03:00:00Z").value();

/// '?' is no sight: it says that our own uplink is down.
Sight sight_of(char sign) {
  switch (sign) {
    case '+':
      return Sight::good;
    case '~':
      return Sight::slow;
    case '-':
      return Sight::bad;
    default:
      return Sight::blind;
  }
}

std::optional<Change> feed(Hysteresis& hysteresis, char sign, Instant at) {
  return sign == '?' ? hysteresis.observe_uplink_down(at) : hysteresis.observe(sight_of(sign), at);
}

/// Feeds one observation per second ('+' good, '~' slow, '-' bad, 'o' blind, '?' uplink down) and writes what
/// changed, when it was noticed and since when it holds: "2:down@0" is noticed at second 2 and has been so
/// since second 0.
std::string changes(Thresholds thresholds, std::string_view observations) {
  Hysteresis hysteresis(thresholds);
  std::string text;
  for (std::size_t second = 0; second < observations.size(); ++second) {
    const std::optional<Change> change = feed(hysteresis, observations[second], start + seconds(second));
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
  EXPECT_EQ(changes({.down_after = 1, .up_after = 1}, "+~+-~o"),
            "0:up@0 1:degraded@1 2:up@2 3:down@3 4:degraded@4 5:unknown@5");
}

TEST(Hysteresis, CallsItDegradedWhenItWorksSlowlyForAWhile) {
  for (const Row& row : {
           Row{"~~", "1:up@0"}, Row{"~~~", "1:up@0 2:degraded@0"}, Row{"++~~+~~", "1:up@0"},
           Row{"++~~~+~++", "1:up@0 4:degraded@2 8:up@7"}, Row{"++~~~---", "1:up@0 4:degraded@2 7:down@5"},
           Row{"++~~~--++", "1:up@0 4:degraded@2 8:up@7"},
           Row{"---~+", "2:down@0 4:up@3"},  // to work at all, slow counts like good
           Row{"--~---", "5:down@3"},        // and it ends a run of failures
       })
    EXPECT_EQ(changes({.down_after = 3, .up_after = 2}, row.observations), row.expected) << row.observations;
}

TEST(Hysteresis, LeavesDownOnlyByTheFullRunEvenWhenItIsSlow) {
  EXPECT_EQ(changes({.down_after = 2, .up_after = 4}, "--~~~"), "1:down@0");
  EXPECT_EQ(changes({.down_after = 2, .up_after = 4}, "--~~~~"), "1:down@0 5:degraded@2");
  EXPECT_EQ(changes({.down_after = 2, .up_after = 4}, "--~~~+"), "1:down@0 5:up@2");
}

TEST(Hysteresis, TakesABlindLookAsProofOfNothing) {
  for (const Row& row : {
           Row{"oo", ""},
           Row{"++oo", "1:up@0"},
           Row{"++ooo", "1:up@0 4:unknown@2"},
           Row{"++oo+ooo", "1:up@0 7:unknown@5"},
           Row{"--o--o---", "8:down@6"},         // breaks the run of failures
           Row{"---+o+o++", "2:down@0 8:up@7"},  // and the run of successes
           Row{"++~~o~~~", "1:up@0 7:degraded@5"},
       })
    EXPECT_EQ(changes({.down_after = 3, .up_after = 2}, row.observations), row.expected) << row.observations;
}

TEST(Hysteresis, KnowsNothingWhileOurOwnUplinkIsDown) {
  for (const Row& row : {
           Row{"??", ""},
           Row{"++?", "1:up@0 2:unknown@2"},
           Row{"---??", "2:down@0 3:unknown@3"},
           Row{"~~~?", "1:up@0 2:degraded@0 3:unknown@3"},
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

// --- Whatever is observed, from seeds
// -------------------------------------------------------------------------------------------

constexpr unsigned seeds = 300;
constexpr std::size_t rounds = 400;

/// A history out of these signs, in short runs, so that every threshold is often just met and just missed.
std::string history(std::mt19937& random, std::string_view signs) {
  std::string out;
  while (out.size() < rounds) out.append(1 + random() % 5, signs[random() % signs.size()]);
  return out;
}

Thresholds some_thresholds(std::mt19937& random) {
  return {.down_after = 1 + static_cast<int>(random() % 5), .up_after = 1 + static_cast<int>(random() % 5)};
}

/// How many observations at the end of `seen` are one of `signs`.
int run_at_end(std::string_view seen, std::string_view signs) {
  const std::size_t other = seen.find_last_not_of(signs);
  return static_cast<int>(other == std::string_view::npos ? seen.size() : seen.size() - 1 - other);
}

/// What must be so after the observations `seen`, in the words of the header.
void hold_to_the_promise(Thresholds thresholds, std::string_view seen, Verdict before,
                         const std::optional<Change>& change, Verdict now) {
  const int bad = run_at_end(seen, "-");
  const int slow = run_at_end(seen, "~");
  const int not_bad = run_at_end(seen, "+~");
  const auto began = [&](int length) {
    return start + seconds(seen.size() - static_cast<std::size_t>(length));
  };
  if (bad >= thresholds.down_after) {
    EXPECT_EQ(now, Verdict::down) << "a round late";
  }
  if (not_bad >= thresholds.up_after) {
    EXPECT_TRUE(now == Verdict::up || now == Verdict::degraded) << "a round late";
  }
  if (slow >= std::max(thresholds.down_after, thresholds.up_after)) {
    EXPECT_EQ(now, Verdict::degraded);
  }
  if (run_at_end(seen, "o") >= thresholds.down_after || seen.back() == '?') {
    EXPECT_EQ(now, Verdict::unknown);
  }
  ASSERT_EQ(change.has_value(), now != before);
  if (change && now == Verdict::down) {
    EXPECT_EQ(bad, thresholds.down_after) << "exactly at the threshold";
    EXPECT_EQ(change->since, began(bad));
  }
  if (change && (before == Verdict::down || before == Verdict::unknown) && now != Verdict::unknown &&
      now != Verdict::down) {
    EXPECT_EQ(not_bad, thresholds.up_after);
  }
}

TEST(Hysteresis, ChangesAtExactlyTheThresholdWhateverIsObserved) {
  for (unsigned seed = 0; seed < seeds && !HasFailure(); ++seed) {
    std::mt19937 random(seed);
    const Thresholds thresholds = some_thresholds(random);
    const std::string observations = history(random, "+~-o?");
    Hysteresis hysteresis(thresholds);
    for (std::size_t i = 0; i < observations.size() && !HasFailure(); ++i) {
      const Verdict before = hysteresis.verdict();
      const auto change = feed(hysteresis, observations[i], start + seconds(i));
      SCOPED_TRACE("seed " + std::to_string(seed) + ": " + observations.substr(0, i + 1));
      hold_to_the_promise(thresholds, std::string_view(observations).substr(0, i + 1), before, change,
                          hysteresis.verdict());
    }
  }
}

TEST(Hysteresis, IsNeverDownWithoutBadOnes) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    std::mt19937 random(seed);
    Hysteresis hysteresis(some_thresholds(random));
    for (const char sign : history(random, "+~o?")) {
      static_cast<void>(feed(hysteresis, sign, start));
      ASSERT_NE(hysteresis.verdict(), Verdict::down) << "seed " << seed;
    }
  }
}

TEST(Hysteresis, IsNeverDownWhenGoodAndBadTakeTurns) {
  Hysteresis hysteresis({});
  for (std::size_t i = 0; i < 10000; ++i) {
    static_cast<void>(feed(hysteresis, i % 2 == 0 ? '-' : '+', start + seconds(i)));
    ASSERT_EQ(hysteresis.verdict(), Verdict::unknown);
  }
}

TEST(Hysteresis, EndsInTheVerdictOfALongRunWhateverWasBefore) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    std::mt19937 random(seed);
    const Thresholds thresholds = some_thresholds(random);
    Hysteresis before(thresholds);
    for (const char sign : history(random, "+~-o?")) static_cast<void>(feed(before, sign, start));
    const int enough = std::max(thresholds.down_after, thresholds.up_after);
    for (const auto& [sign, verdict] : {std::pair('+', Verdict::up), std::pair('~', Verdict::degraded),
                                        std::pair('-', Verdict::down), std::pair('o', Verdict::unknown)}) {
      Hysteresis hysteresis = before;
      for (int i = 0; i < enough; ++i) static_cast<void>(feed(hysteresis, sign, start));
      ASSERT_EQ(hysteresis.verdict(), verdict) << "seed " << seed << " " << sign;
    }
  }
}

}  // namespace
}  // namespace postern::probe
