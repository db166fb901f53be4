// A simulated day of a network that loses answers at random, with the two IdPs of the design's example
// (catalog-example.yaml, FM1): the failure mode is suspected when both are down at once. Rounds and failures
// come from seeds, so that the figures are the same in every run. Failures are independent of each other
// here: what makes both IdPs fail together is our own uplink, and that has its control probes
// (rounds_test.cc).

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>

#include "probe/hysteresis.h"

namespace postern::probe {
namespace {

using namespace std::chrono_literals;

constexpr unsigned days = 200;
constexpr milliseconds every = 30s;
constexpr std::chrono::minutes confirmed_after{5};  // what the example asks of both before a person is asked

/// What one day, or several, brought.
struct Seen {
  int downs = 0;            ///< times that a single probe went down
  int suspicions = 0;       ///< times that both were down at once
  milliseconds longest{0};  ///< that both were down
  int degraded = 0;
};

struct Noise {
  double failures = 0;
  double slow = 0;
};

struct Idp {
  Hysteresis hysteresis;
  Instant due;
};

class Day {
 public:
  Day(Thresholds thresholds, Noise noise, unsigned seed) : noise_(noise), random_(seed) {
    for (Idp& idp : idps_) idp = {Hysteresis(thresholds), start_ + part(every)};
  }
  Seen pass() {
    for (;;) {
      Idp& next = *std::min_element(idps_.begin(), idps_.end(),
                                    [](const Idp& a, const Idp& b) { return a.due < b.due; });
      if (next.due >= start_ + 24h) break;
      look(next);
      next.due += every * 9 / 10 + part(every / 5);  // as the runner does
    }
    end_suspicion(start_ + 24h);
    return seen_;
  }

 private:
  void look(Idp& idp) {
    const double lot = std::uniform_real_distribution<>(0, 1)(random_);
    const Sight sight = lot < noise_.failures                 ? Sight::bad
                        : lot < noise_.failures + noise_.slow ? Sight::slow
                                                              : Sight::good;
    const auto change = idp.hysteresis.observe(sight, idp.due);
    if (!change) return;
    if (change->verdict == Verdict::down) ++seen_.downs;
    if (change->verdict == Verdict::degraded) ++seen_.degraded;
    const bool both_down = std::all_of(idps_.begin(), idps_.end(), [](const Idp& each) {
      return each.hysteresis.verdict() == Verdict::down;
    });
    if (both_down) {
      ++seen_.suspicions;
      suspected_since_ = idp.due;
    } else {
      end_suspicion(idp.due);
    }
  }
  void end_suspicion(Instant now) {
    if (suspected_since_) seen_.longest = std::max(seen_.longest, now - *suspected_since_);
    suspected_since_.reset();
  }
  milliseconds part(milliseconds whole) {
    return milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, whole.count())(random_));
  }

  const Instant start_ = parse_rfc3339("2026-11-23T03:00:00Z").value();
  Noise noise_;
  std::mt19937_64 random_;
  std::array<Idp, 2> idps_ = {Idp{Hysteresis({}), {}}, Idp{Hysteresis({}), {}}};
  Seen seen_;
  std::optional<Instant> suspected_since_;
};

Seen pass_days(Thresholds thresholds, Noise noise) {
  Seen all;
  for (unsigned seed = 1; seed <= days; ++seed) {
    const Seen day = Day(thresholds, noise, seed).pass();
    all.downs += day.downs;
    all.suspicions += day.suspicions;
    all.longest = std::max(all.longest, day.longest);
    all.degraded += day.degraded;
  }
  ::testing::Test::RecordProperty("downs", all.downs);
  ::testing::Test::RecordProperty("suspicions", all.suspicions);
  ::testing::Test::RecordProperty("longest_seconds", static_cast<int>(all.longest / 1s));
  ::testing::Test::RecordProperty("degraded", all.degraded);
  return all;
}

/// A single probe goes down in about one day of three: 0.05^3 * 0.95 of 2,880 rounds, twice a day.
TEST(Noise, OfFivePercentRaisesNoSuspicionInTwoHundredDays) {
  const Seen seen = pass_days({}, {.failures = 0.05});
  EXPECT_EQ(seen.suspicions, 0);
  EXPECT_NEAR(seen.downs, 2 * days * 2880 * 0.05 * 0.05 * 0.05 * 0.95, 36) << "three standard deviations";
}

TEST(Noise, WouldRaiseSuspicionsEveryDayIfOneFailureWereEnough) {
  EXPECT_GT(pass_days({.down_after = 1, .up_after = 1}, {.failures = 0.05}).suspicions,
            static_cast<int>(days));
}

/// The margin: with twice as much noise one suspicion in some 100 days, and none that lasts until it counts.
TEST(Noise, OfTenPercentRaisesFewSuspicionsAndConfirmsNone) {
  const Seen seen = pass_days({}, {.failures = 0.10});
  EXPECT_LE(seen.suspicions, static_cast<int>(days) / 50);
  EXPECT_LT(seen.longest, confirmed_after);
}

/// A network this bad is seen as what it is, and still nothing of it can become an emergency.
TEST(Noise, OfTwentyPercentIsSuspectedButNeverLongEnoughToCount) {
  const Seen seen = pass_days({}, {.failures = 0.20});
  EXPECT_GT(seen.suspicions, 0);
  EXPECT_LT(seen.longest, confirmed_after);
}

TEST(Noise, OfSlowAnswersAloneIsNeverDown) {
  const Seen seen = pass_days({}, {.failures = 0, .slow = 0.5});
  EXPECT_EQ(seen.downs, 0);
  EXPECT_GT(seen.degraded, 0);
}

}  // namespace
}  // namespace postern::probe
