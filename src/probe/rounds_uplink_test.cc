// Is it they who are down, or is it we?

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "probe/rounds.h"
#include "probe/rounds_for_test.h"

namespace postern::probe {
namespace {

using namespace at_night;  // NOLINT(google-build-using-namespace): its probes and its words
using ::testing::ElementsAre, ::testing::IsEmpty, ::testing::UnorderedElementsAre;

TEST(Rounds, TakeOneControlProbeThatFailsForThatProbesOwnFault) {
  Night night({probe_of(okta), control_of(internet), control_of(other_way_out)});
  night.pass(5min);
  static_cast<void>(night.told());
  night.world = [](const ProbeId& each) { return each == other_way_out ? good() : bad(); };
  night.pass(5min);
  EXPECT_THAT(night.told(), UnorderedElementsAre("okta down", "internet down"));
}

TEST(Rounds, KnowNothingWhileAllControlProbesAreDownAndCountAnewAfterwards) {
  Night night({probe_of(okta), control_of(internet), control_of(other_way_out)});
  night.pass(5min);
  static_cast<void>(night.told());
  night.world = [](const ProbeId&) { return bad(); };
  night.pass(10min);
  EXPECT_THAT(night.told(), UnorderedElementsAre("internet down", "other-way-out down", "okta unknown"))
      << "and never down, however long";
  night.world = [](const ProbeId& each) { return each == okta ? bad() : good(); };
  night.pass_looks(internet, 2);
  night.pass_looks(other_way_out, 2);
  const std::size_t looks_before = night.ended[okta];
  static_cast<void>(night.told());
  while (night.told().empty()) night.pass_looks(okta, 1);
  EXPECT_GE(night.ended[okta] - looks_before, 2U) << "what failed before the uplink came back counts no more";
  EXPECT_LE(night.ended[okta] - looks_before, 3U);
}

TEST(Rounds, KnowNothingWhileNoNameResolvesHoweverWellAddressesAnswer) {
  catalog::Probe names = control_of(named("names"));
  names.check = catalog::DnsProbe{.name = "example.net"};
  Night night({probe_of(okta), control_of(internet), names});
  night.pass(5min);
  static_cast<void>(night.told());
  night.world = [](const ProbeId& each) { return each == internet ? good() : bad(); };
  night.pass(5min);
  EXPECT_THAT(night.told(), UnorderedElementsAre("names down", "okta unknown"));
}

TEST(Rounds, SuspectNothingWhenTheUplinkGoesWhateverTheOrderOfLooks) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    Night night({probe_of(okta), probe_of(keycloak), control_of(internet), control_of(other_way_out)},
                "node-" + std::to_string(seed));
    std::mt19937 random(seed);
    night.pass(5min + milliseconds(random() % 60000));
    static_cast<void>(night.told());
    for (const ProbeId& each : {okta, keycloak, internet, other_way_out})
      night.takes[each] = milliseconds(random() % 5000);
    night.world = [](const ProbeId&) { return bad(); };
    night.pass(5min);
    EXPECT_THAT(night.told(), UnorderedElementsAre("internet down", "other-way-out down", "okta unknown",
                                                   "keycloak unknown"))
        << "seed " << seed;
  }
}

/// Ends looks by hand: the order of looks under way is the matter here.
class UplinkTest : public ::testing::Test {
 protected:
  UplinkTest() {
    std::vector<catalog::Probe> probes = {probe_of(okta), control_of(internet)};
    for (catalog::Probe& each : probes) each.down_after = each.up_after = 1;
    rounds_.follow(catalog_of(probes), 0ms, start);
  }
  Look begin(const ProbeId& probe) {
    for (;; now_ += 10ms)
      while (const auto look = rounds_.begin(now_)) {
        if (look->probe == probe) return *look;
        rounds_.end(*look, good(), now_, start + now_);  // the other one is well
      }
  }
  void end(const Look& look, const Observation& seen) { rounds_.end(look, seen, now_, start + now_); }
  std::vector<Verdict> told_of(const ProbeId& probe) {
    std::vector<Verdict> verdicts;
    while (const auto next = rounds_.begin_telling()) {
      if (next->probe == probe) verdicts.push_back(std::get<Change>(next->what).verdict);
      rounds_.told(*next, true);
    }
    return verdicts;
  }
  Rounds rounds_{"node-1"};
  milliseconds now_{0};
};

TEST_F(UplinkTest, IsToldOfEveryOtherProbeAtOnceAndNotAtItsNextLook) {
  end(begin(okta), good());
  EXPECT_THAT(told_of(okta), ElementsAre(Verdict::up));
  end(begin(internet), bad());
  EXPECT_THAT(told_of(okta), ElementsAre(Verdict::unknown));
}

TEST_F(UplinkTest, WhatBeganBeforeItWasKnownToBeDownDoesNotCountAfterwards) {
  const Look look = begin(okta);
  end(begin(internet), bad());
  end(look, bad());
  EXPECT_THAT(told_of(okta), ElementsAre(Verdict::unknown));
}

TEST_F(UplinkTest, WhatBeganWhileItWasDownDoesNotCountWhenItIsBack) {
  end(begin(internet), bad());
  const Look control = begin(internet);
  static_cast<void>(told_of(okta));
  Look look = control;
  for (bool found = false; !found; now_ += 10ms)
    while (const auto next = rounds_.begin(now_)) {
      look = *next;
      found = true;
    }
  ASSERT_EQ(look.probe, okta);
  end(control, good());
  end(look, bad());
  EXPECT_THAT(told_of(okta), IsEmpty());
  end(begin(okta), bad());
  EXPECT_THAT(told_of(okta), ElementsAre(Verdict::down)) << "the next one does";
}

TEST(Rounds, DoNotLetOneFailureOfASeldomControlProbeHideAnOutage) {
  catalog::Probe seldom = control_of(internet);
  seldom.every = 1h;
  Night night({probe_of(okta), seldom});
  night.pass(90min);
  static_cast<void>(night.told());
  night.world = [](const ProbeId& each) { return each == internet ? bad() : good(); };
  night.pass_looks(internet, 1);
  night.world = [](const ProbeId&) { return bad(); };
  night.pass(1min);
  EXPECT_THAT(night.told(), IsEmpty()) << "our own uplink may be gone";
  night.pass(1min + 3 * 33s);
  EXPECT_THAT(night.told(), ElementsAre("okta down"));
}

TEST(Rounds, BelieveTheirEyesWhenThereIsNoControlProbe) {
  Night night({probe_of(okta), probe_of(keycloak)});
  night.world = [](const ProbeId&) { return bad(); };
  night.pass(2min);
  EXPECT_THAT(night.told(), UnorderedElementsAre("okta down", "keycloak down"));
}

}  // namespace
}  // namespace postern::probe
