#include "probe/rounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "probe/rounds_for_test.h"

namespace postern::probe {
namespace {

using namespace at_night;  // NOLINT(google-build-using-namespace): its probes and its words
using emergency::WarningKind;
using ::testing::AllOf, ::testing::ElementsAre, ::testing::Ge, ::testing::IsEmpty, ::testing::Le;

// --- When
// -------------------------------------------------------------------------------------------------

std::vector<milliseconds> intervals(const std::vector<milliseconds>& times) {
  std::vector<milliseconds> out;
  for (std::size_t i = 1; i < times.size(); ++i) out.push_back(times[i] - times[i - 1]);
  return out;
}

TEST(Rounds, LookFirstWithinTwoSecondsAndAgainWithinTheInterval) {
  std::vector<catalog::Probe> many;
  for (int i = 0; i < 200; ++i) many.push_back(probe_of(named("p" + std::to_string(i))));
  Night night(many);
  const milliseconds began = night.now;
  night.pass(35s);
  std::set<milliseconds> seconds_looks;
  for (const auto& [probe, times] : night.began) {
    ASSERT_GE(times.size(), 2U) << probe.text();
    EXPECT_LE(times[0] - began, 2s);
    EXPECT_THAT(times[1] - times[0], AllOf(Ge(3s), Le(30s)));
    seconds_looks.insert((times[1] - began) / 3000);
  }
  EXPECT_EQ(night.began.size(), many.size());
  EXPECT_GE(seconds_looks.size(), 8U) << "looks that hang must not hang together: the second ones are spread";
}

TEST(Rounds, KeepTheIntervalWithinTenPercentAndNoTwoInStep) {
  Night one({probe_of(okta), probe_of(keycloak)}), other({probe_of(okta), probe_of(keycloak)}, "node-2");
  for (Night* night : {&one, &other}) night->pass(1h);
  for (const auto& times : {one.began[okta], one.began[keycloak], other.began[okta]}) {
    const std::vector<milliseconds> all = intervals(times);
    ASSERT_GE(all.size(), 100U);
    for (std::size_t i = 1; i < all.size(); ++i) EXPECT_THAT(all[i], AllOf(Ge(27s), Le(33s)));
    EXPECT_LT(*std::min_element(all.begin() + 1, all.end()), 28s);
    EXPECT_GT(*std::max_element(all.begin() + 1, all.end()), 32s);
  }
  EXPECT_NE(intervals(one.began[okta]), intervals(one.began[keycloak]));
  EXPECT_NE(intervals(one.began[okta]), intervals(other.began[okta]));
}

TEST(Rounds, NeverLookTwiceAtOnceAndLetALateOneMoveTheNext) {
  catalog::Probe slow = probe_of(okta);
  slow.every = 1s;
  Night night({slow});
  night.takes[okta] = 5s;
  night.pass(2min);
  for (const milliseconds each : intervals(night.began[okta])) EXPECT_GE(each, 5s);
  EXPECT_GE(night.ended[okta], 20U);
}

TEST(Rounds, DoNotLookAtWhatPeopleReport) {
  catalog::Probe manual = probe_of(okta);
  manual.check = catalog::ManualProbe{GroupId::parse("identity-admins").value()};
  Night night({manual, probe_of(keycloak)});
  night.pass(1min);
  EXPECT_EQ(night.ended[okta], 0U);
  EXPECT_GT(night.ended[keycloak], 0U);
}

TEST(Rounds, NeedAThreadForEachLookThatHangsAndTwoMore) {
  std::vector<catalog::Probe> probes;
  for (int i = 0; i < 13; ++i) probes.push_back(probe_of(named("p" + std::to_string(i))));  // 5 s every 30 s
  EXPECT_EQ(Night(probes).rounds.threads_needed(), 3U + 2U) << "13 / 6, and a part of a thread is a thread";
  catalog::Probe longer_than_its_interval = probe_of(okta);
  longer_than_its_interval.every = 1s;
  longer_than_its_interval.timeout = 60s;
  EXPECT_EQ(Night({longer_than_its_interval}).rounds.threads_needed(), 1U + 2U);
}

// --- From failure to verdict
// -----------------------------------------------------------------------------------------

TEST(Rounds, TellTheVerdictAfterExactlyAsManyLooksAsTheCatalogSays) {
  for (const int down_after : {1, 2, 3, 7}) {
    catalog::Probe probe = probe_of(okta);
    probe.down_after = down_after;
    probe.up_after = 2;
    Night night({probe, control_of(internet)});
    night.pass(5min);
    EXPECT_THAT(night.told(), ElementsAre("internet up", "okta up"));
    night.world = [](const ProbeId& each) { return each == okta ? bad() : good(); };
    night.pass_looks(okta, static_cast<std::size_t>(down_after - 1));
    EXPECT_THAT(night.told(), IsEmpty());
    night.pass_looks(okta, 1);
    EXPECT_THAT(night.told(), ElementsAre("okta down"));
    night.world = [](const ProbeId&) { return good(); };
    night.pass_looks(okta, 1);
    EXPECT_THAT(night.told(), IsEmpty());
    night.pass_looks(okta, 1);
    EXPECT_THAT(night.told(), ElementsAre("okta up"));
  }
}

TEST(Rounds, SayWhoLookedAndSinceWhenItHasBeenSo) {
  Night night({probe_of(okta)});
  night.pass(5min);
  night.world = [](const ProbeId&) { return bad(); };
  night.takes[okta] = 5s;
  night.pass_looks(okta, 2);
  const Instant first_bad = start + *(night.began[okta].end() - 2);
  night.rounds.end(night.next_look(), bad(), night.now + 5s, night.at());
  const auto telling = night.rounds.begin_telling();
  ASSERT_TRUE(telling);
  const auto& command = std::get<emergency::ObserveProbe>(telling->command);
  EXPECT_EQ(command.node, "node-1");
  EXPECT_EQ(command.verdict, Verdict::down);
  EXPECT_EQ(command.detail, "did not answer");
  EXPECT_THAT(command.since - first_bad, AllOf(Ge(0ms), Le(10ms))) << "when it began, not when it timed out";
}

TEST(Rounds, TellAgainAfterTheNextLookWhatTheLedgerDidNotTake) {
  Night night({probe_of(okta)});
  night.ledger_answers = false;
  night.pass_looks(okta, 2);
  night.ledger_answers = true;
  night.pass(1s);
  EXPECT_THAT(night.told(), IsEmpty()) << "not before the next look";
  night.pass_looks(okta, 1);
  EXPECT_THAT(night.told(), ElementsAre("okta up"));
  night.pass_looks(okta, 5);
  EXPECT_THAT(night.told(), IsEmpty()) << "and only once";
}

TEST(Rounds, LetTheLedgerHearOfOneProbeInOrder) {
  catalog::Probe probe = probe_of(okta);
  probe.down_after = probe.up_after = 1;
  Rounds rounds("node-1");
  rounds.follow(catalog_of({probe}), 0ms, start);
  milliseconds now{0};
  const auto look = [&](const Observation& seen) {
    now = rounds.next_due().value();
    rounds.end(rounds.begin(now).value(), seen, now, start + now);
  };
  look(good());
  const Telling first = rounds.begin_telling().value();
  look(bad());
  EXPECT_FALSE(rounds.begin_telling()) << "the ledger has not answered to the first one yet";
  rounds.told(first, true);
  EXPECT_EQ(std::get<Change>(rounds.begin_telling().value().what).verdict, Verdict::down);
}

TEST(Rounds, AdmitAfterAStartThatNothingIsKnownWhenEnoughLooksHaveNotSettledIt) {
  Night night({probe_of(okta)});
  bool flip = false;
  night.world = [&flip](const ProbeId&) { return (flip = !flip) ? bad() : good(); };
  night.pass_looks(okta, 4);
  EXPECT_THAT(night.told(), IsEmpty()) << "what the ledger says from before may still be so";
  night.pass_looks(okta, 1);
  EXPECT_THAT(night.told(), ElementsAre("okta unknown"));
}

// --- Warnings
// -------------------------------------------------------------------------------------------------

Observation warning(std::vector<std::string> texts) {
  Observation seen = good();
  seen.warnings.emplace();
  for (std::string& each : texts) seen.warnings->push_back({WarningKind::expires, std::move(each)});
  return seen;
}

class WarningsTest : public ::testing::Test {
 protected:
  WarningsTest() { night_.pass(5min), static_cast<void>(night_.told()); }
  std::vector<std::string> told_after(const Observation& seen, std::size_t looks = 1) {
    night_.world = [seen](const ProbeId&) { return seen; };
    night_.pass_looks(okta, looks);
    return night_.told();
  }
  Night night_{{probe_of(okta)}};
};

TEST_F(WarningsTest, AreToldOnceAndAgainWhenTheyChangeOrGo) {
  EXPECT_THAT(told_after(warning({"in-60-days"}), 5), ElementsAre("okta warns: in-60-days"));
  EXPECT_THAT(told_after(warning({"in-30-days"}), 5), ElementsAre("okta warns: in-30-days"));
  EXPECT_THAT(told_after(good(), 5), IsEmpty()) << "a look that could not tell takes nothing back";
  EXPECT_THAT(told_after(warning({}), 5), ElementsAre("okta warns:"));
}

TEST_F(WarningsTest, OfOneThatChangesAtEachLookDoNotFillTheLedger) {
  std::size_t told = 0;
  for (int i = 0; i < 110; ++i) told += told_after(warning({"another " + std::to_string(i)})).size();
  EXPECT_GE(told, 5U);
  EXPECT_LE(told, 12U) << "in less than an hour";
}

TEST_F(WarningsTest, InAnotherOrderAreTheSame) {
  EXPECT_THAT(told_after(warning({"b", "a"}), 2), testing::SizeIs(1));
  EXPECT_THAT(told_after(warning({"a", "b"}), 2), IsEmpty());
}

TEST_F(WarningsTest, AreToldAfterAStartEvenWhenThereAreNone) {
  EXPECT_THAT(told_after(warning({}), 5), ElementsAre("okta warns:"))
      << "the ledger may hold some from before";
}

TEST_F(WarningsTest, AreToldAgainWhenTheLedgerDidNotTakeThem) {
  night_.ledger_answers = false;
  EXPECT_THAT(told_after(warning({"in-60-days"}), 3), IsEmpty());
  night_.ledger_answers = true;
  EXPECT_THAT(told_after(warning({"in-60-days"}), 3), ElementsAre("okta warns: in-60-days"));
}

TEST_F(WarningsTest, AreLimitedInNumberAndSize) {
  // "é" has two bytes, of which the second would be the 501st.
  const Observation seen = warning(std::vector<std::string>(1000, std::string(499, 'x') + "\u00e9"));
  night_.rounds.end(night_.next_look(), seen, night_.now, night_.at());
  const auto command = std::get<emergency::WarnOfProbe>(night_.rounds.begin_telling().value().command);
  ASSERT_EQ(command.warnings.size(), 20U);
  for (const ProbeWarning& each : command.warnings) EXPECT_EQ(each.text, std::string(499, 'x'));
}

// --- Another catalog
// -------------------------------------------------------------------------------------------

TEST(Rounds, GoOnWithAProbeWhoseDefinitionAnotherCatalogKeeps) {
  Night night({probe_of(okta)}), undisturbed({probe_of(okta)});
  for (Night* each : {&night, &undisturbed}) {
    each->pass(5min);
    each->world = [](const ProbeId&) { return bad(); };
    each->pass_looks(okta, 2);
  }
  night.follow({probe_of(okta), probe_of(keycloak)});
  static_cast<void>(night.told());
  night.pass_looks(okta, 1);
  undisturbed.pass_looks(okta, 1);
  EXPECT_THAT(night.told(), ::testing::Contains("okta down"))
      << "two failures before and one after are three";
  const auto interval = intervals(night.began[okta]).back();
  EXPECT_THAT(interval, AllOf(Ge(27s), Le(33s))) << "and it is looked at when it was due anyway";
}

TEST(Rounds, BeginAnewWithAProbeThatAnotherCatalogRedefines) {
  Night night({probe_of(okta)});
  night.pass(5min);
  night.world = [](const ProbeId&) { return bad(); };
  night.pass_looks(okta, 2);
  static_cast<void>(night.told());
  catalog::Probe redefined = probe_of(okta);
  redefined.timeout = 6s;
  night.follow({redefined});
  night.pass_looks(okta, 2);
  EXPECT_THAT(night.told(), IsEmpty());
  night.pass_looks(okta, 1);
  EXPECT_THAT(night.told(), ElementsAre("okta down"));
}

TEST(Rounds, DropALookAtWhatAnotherCatalogHasRemovedOrRedefined) {
  catalog::Probe quick = probe_of(okta);
  quick.down_after = quick.up_after = 1;
  Night night({quick});
  night.takes[okta] = 10s;
  night.world = [](const ProbeId&) { return bad(); };
  night.pass(5s);
  ASSERT_EQ(night.began[okta].size(), 1U);
  quick.every = 29s;
  night.follow({quick});
  night.follow({probe_of(keycloak)});
  night.pass(1min);
  EXPECT_EQ(night.began[okta].size(), 1U);
  EXPECT_EQ(night.ended[okta], 1U);
  EXPECT_THAT(night.told(), ::testing::Not(::testing::Contains("okta down")));
}

}  // namespace
}  // namespace postern::probe
