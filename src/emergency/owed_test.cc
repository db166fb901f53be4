#include <gmock/gmock.h>

#include "emergency/testing.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Obligation::Kind;

std::vector<Obligation> owed_now(const World& world) { return owed(world.situation, world.now); }

/// Nothing is owed a moment before next_due(), and something is then.
void expect_due_exactly(const World& world, Instant due) {
  ASSERT_EQ(next_due(world.situation), due);
  EXPECT_THAT(owed(world.situation, due - 1ms), IsEmpty());
  EXPECT_FALSE(owed(world.situation, due).empty());
}

TEST(Owed, IsNothingWhileNobodyWaits) {
  for (const World& world : {World{}, at_peace(), suspected()}) {
    EXPECT_THAT(owed(world.situation, world.now + 24h * 365), IsEmpty());
    EXPECT_FALSE(next_due(world.situation));
  }
}

TEST(Owed, IsTheNextTierWhenTheTimeOfOneHasRunOut) {
  World world = requested();
  expect_due_exactly(world, world.now + 150s);
  EXPECT_THAT(owed(world.situation, world.now + 150s),
              ElementsAre(Obligation{Kind::remind_approvers, "R-1"}));
  world = later(settled(later(world, 150s)), 150s);
  EXPECT_EQ(world.request().reminded_tier, 1);
  EXPECT_EQ(next_due(world.situation), world.now);  // reminded once
  EXPECT_THAT(owed_now(world), ElementsAre(Obligation{Kind::escalate_request, "R-1"}));
  world = settled(later(world, 1min));
  EXPECT_EQ(world.request().tier, 2);
  EXPECT_EQ(world.request().answer_by, world.now + 5min);  // they get their whole time
  EXPECT_THAT(owed_now(world), IsEmpty());
}

TEST(Owed, IsTheEndOfARequestThatNoTierAnswered) {
  World world = requested();
  for (int tier = 1; tier < 3; ++tier) world = settled(later(world, 5min));
  EXPECT_EQ(world.request().tier, 3);
  world = later(world, 5min);
  EXPECT_THAT(owed_now(world), ElementsAre(Obligation{Kind::expire_request, "R-1"}));
  world = settled(world);
  EXPECT_EQ(world.request().stage, Stage::expired);
  EXPECT_EQ(next_due(world.situation), world.situation.emergency(e1)->until);
}

TEST(Owed, LetsTheNextTierAnswerAndNotTheOneBefore) {
  const World world = settled(later(requested(), 5min));
  EXPECT_NE(refusal(world, approve(world, ben)), "allowed");
  EXPECT_EQ(refusal(world, approve(world, dana)), "allowed");
}

TEST(Owed, IsTheEndOfAGrant) {
  World world = granted();
  expect_due_exactly(world, world.now + 1h);
  world = later(world, 1h);
  EXPECT_THAT(owed_now(world), ElementsAre(Obligation{Kind::close_grant, "G-1"}));
  EXPECT_EQ(settled(world).grant().end, GrantEnd::expired);
}

TEST(Owed, IsTheMarkOnASessionThatNobodyReported) {
  const World world = in_session();
  expect_due_exactly(world, world.now + 5min);
  EXPECT_THAT(owed_now(later(world, 5min)), ElementsAre(Obligation{Kind::mark_session_unknown, "S-1"}));
  EXPECT_EQ(settled(later(world, 5min)).session().state, SessionState::outcome_unknown);
  for (const ReportSession& report : {report_issued(), report_failed()})
    EXPECT_THAT(owed_now(later(after(world, by(aiko, report)), 5min)), IsEmpty());
}

TEST(Owed, IsNothingForWhatEndedBefore) {
  const World open = requested();
  for (const World& world : {after(open, deny(open, ben)), after(open, by(aiko, WithdrawRequest{r1})),
                             after(granted(), by(aiko, CloseGrant{g1}))})
    EXPECT_EQ(next_due(world.situation), world.situation.emergency(e1)->until);
  EXPECT_FALSE(next_due(after(open, by(dana, CloseEmergency{e1})).situation));
}

TEST(Owed, IsTheEndOfAnEmergencyThatNobodyExtends) {
  World world = declared();
  expect_due_exactly(world, world.now + 12h);
  world = after(later(granted(), 11h + 30min), by(ben, ask_for_prod_web()));
  world = later(world, 30min);  // a request waits, and G-1's hour is long over
  EXPECT_THAT(owed_now(world), ElementsAre(Obligation{Kind::expire_emergency, "E-1"}));
  world = settled(world);
  EXPECT_EQ(world.situation.emergency(e1)->end, EmergencyEnd::expired);
  EXPECT_EQ(world.request(RequestId(2)).stage, Stage::expired);
  EXPECT_EQ(world.grant().end, GrantEnd::emergency_closed);
  EXPECT_THAT(owed_now(world), IsEmpty());
  EXPECT_FALSE(next_due(world.situation));
}

TEST(Owed, IsNothingWhileAnExtensionLasts) {
  World world = after(later(declared(), 11h), by(dana, ExtendEmergency{e1}));
  EXPECT_EQ(world.situation.emergency(e1)->until, world.now + 12h);
  EXPECT_THAT(owed_now(later(world, 2h)), IsEmpty());
}

TEST(Owed, IsToForgetWhatPeopleSaidOfAProbe) {
  const ProbeId phone = id<ProbeId>("phone");
  World world = after_change(at_peace(), [&](catalog::Catalog& c) {
    c.probes.emplace(phone, catalog::Probe{.id = phone,
                                           .dependency = "corporate-idp",
                                           .check = catalog::ManualProbe{identity_admins, 30min}});
    c.modes.at(idp_unavailable).confirm = {catalog::ProbeDown{phone, 5min}};
  });
  world = after(world, by(chie, ReportProbe{phone, Verdict::down, "Nobody picks up."}));
  EXPECT_TRUE(world.situation.suspicions.contains(idp_unavailable));
  expect_due_exactly(world, world.now + 30min);
  world = later(world, 30min);
  EXPECT_THAT(owed_now(world), ElementsAre(Obligation{Kind::forget_report, "phone"}));
  world = settled(world);
  EXPECT_EQ(world.situation.probes.at(phone).verdict(), Verdict::unknown);
  EXPECT_THAT(world.situation.suspicions, IsEmpty());  // and with it what was suspected
  EXPECT_FALSE(next_due(world.situation));
}

TEST(Owed, NamesAllThatIsDueAtOnce) {
  World world = after(in_session(), by(ben, ask_for_prod_web()));
  world = later(world, 1h);
  EXPECT_THAT(owed_now(world),
              ElementsAre(Obligation{Kind::escalate_request, "R-2"}, Obligation{Kind::close_grant, "G-1"},
                          Obligation{Kind::mark_session_unknown, "S-1"}));
  EXPECT_EQ(next_due(world.situation), world.request(RequestId(2)).submitted_at + 150s);
  EXPECT_THAT(owed_now(settled(world)), IsEmpty());
}

TEST(Owed, IsNothingWhileTheClockIsInDoubt) {
  const World trusted = later(in_session(), 2h);
  ASSERT_FALSE(owed_now(trusted).empty());
  const World doubted = after(trusted, by_postern(RecordClockJump{{2h, true}}));
  EXPECT_THAT(owed_now(doubted), IsEmpty());
  EXPECT_FALSE(next_due(doubted.situation));
  EXPECT_EQ(settled(doubted).story.size(), doubted.story.size());
  const World again = after(doubted, by_postern(RecordClockJump{{0ms, false}}));
  EXPECT_EQ(owed_now(again), owed_now(trusted));
}

TEST(Clock, IsRecordedOnlyWhenTheTrustInItChanges) {
  const World doubted = after(at_peace(), by_postern(RecordClockJump{{2h, true}}));
  EXPECT_TRUE(doubted.situation.clock_in_doubt);
  EXPECT_EQ(after(doubted, by_postern(RecordClockJump{{3h, true}})).story.size(), doubted.story.size());
  EXPECT_EQ(after(at_peace(), by_postern(RecordClockJump{{0ms, false}})).story.size(),
            at_peace().story.size());
}

TEST(Settling, IsPosternsOwn) {
  for (const Command& command : {Command(Settle{}), Command(RecordClockJump{{2h, true}}),
                                 Command(RecordNoise{{"192.0.2.7", "login", 3, start}})}) {
    EXPECT_EQ(refusal(at_peace(), by(dana, command)), "forbidden: Only Postern itself does this.");
    EXPECT_EQ(refusal(at_peace(), by_postern(command)), "allowed");
  }
}

}  // namespace
}  // namespace postern::emergency
