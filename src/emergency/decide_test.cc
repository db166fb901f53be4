// answer(): refusals become facts, and a repeated ask gets its first answer.
#include "emergency/decide.h"

#include <gmock/gmock.h>

#include "emergency/testing.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

Ask with_key(Ask ask, std::string key) {
  ask.fingerprint = sha256(name_of(ask.command) + resource_of(ask.command));
  ask.key = std::move(key);
  return ask;
}

TEST(Refusal, OfAPersonIsRecordedWithItsReason) {
  World world = requested();
  const Outcome outcome = world.hear(approve(world, dana));
  ASSERT_THAT(outcome.facts, SizeIs(1));
  const auto& refused = std::get<CommandRefused>(outcome.facts[0]);
  EXPECT_EQ(refused.command, "request.approve");
  EXPECT_EQ(refused.resource, "R-1");
  EXPECT_EQ(refused.code, ErrorCode::forbidden);
  EXPECT_EQ(refused.reason, outcome.refusal->message);
  EXPECT_EQ(world.story.back().by.person, dana);
  EXPECT_EQ(world.request().stage, Stage::awaiting_approval);
}

TEST(Refusal, OfPosternItselfIsNotRecorded) {
  World world = at_peace();
  const Outcome outcome = world.hear(by_postern(seen(id<ProbeId>("no-probe"), Verdict::down, start)));
  EXPECT_TRUE(outcome.refusal);
  EXPECT_THAT(outcome.facts, IsEmpty());
}

TEST(Repeat, GetsTheFirstAnswerAgainAndChangesNothing) {
  const Ask ask = with_key(by(aiko, ask_for_prod_web()), "my-key");
  World world = after(declared(), ask);
  const std::size_t before = world.story.size();
  const Outcome again = later(world, 1h).hear(ask);
  EXPECT_THAT(again.facts, IsEmpty());
  EXPECT_FALSE(again.refusal);
  ASSERT_TRUE(again.repeat);
  EXPECT_EQ(again.repeat->resource, "R-1");
  EXPECT_EQ(again.repeat->first_entry, before - 2);
  EXPECT_EQ(again.repeat->entries, 2U);  // request.submitted and request.checked
}

TEST(Repeat, OfARefusalIsRefusedAgainEvenIfItWouldBeAllowedNow) {
  const Ask ask = with_key(by(dana, declare()), "my-key");
  World world = suspected();
  const Outcome first = world.hear(ask);
  world = after(world, by(chie, attest()));
  const Outcome again = world.hear(ask);
  EXPECT_EQ(again.refusal, first.refusal);
  EXPECT_THAT(again.facts, IsEmpty());
  EXPECT_EQ(refusal(world, with_key(by(dana, declare()), "another-key")), "allowed");
}

TEST(Repeat, WithAnotherCommandIsAConflict) {
  const World world = after(declared(), with_key(by(aiko, ask_for_prod_web()), "my-key"));
  EXPECT_THAT(refusal(world, with_key(by(aiko, WithdrawRequest{r1}), "my-key")),
              StartsWith("conflict: This idempotency key was used for another command."));
  EXPECT_EQ(refusal(world, with_key(by(aiko, WithdrawRequest{r1}), "another-key")), "allowed");
}

TEST(Repeat, StillGetsTheFirstAnswerAfterSuchAConflict) {
  const Ask ask = with_key(by(aiko, ask_for_prod_web()), "my-key");
  World world = after(declared(), ask);
  world.hear(with_key(by(aiko, WithdrawRequest{r1}), "my-key"));
  const Outcome again = world.hear(ask);
  EXPECT_FALSE(again.refusal);
  ASSERT_TRUE(again.repeat);
  EXPECT_EQ(again.repeat->entries, 2U);
}

TEST(Repeat, IsKnownWithinOnePersonOnly) {
  const World world = after(declared(), with_key(by(aiko, ask_for_prod_web()), "my-key"));
  EXPECT_EQ(refusal(world, with_key(by(ben, ask_for_prod_web()), "my-key")), "allowed");
}

TEST(Repeat, IsForgottenAfterADay) {
  World world = after(declared(), with_key(by(aiko, ask_for_prod_web()), "my-key"));
  world = after(later(after(later(world, 13h - 2h), by(dana, ExtendEmergency{e1})), 13h - 2h),
                by(dana, ExtendEmergency{e1}));
  world = after(later(world, 2h), with_key(by(ben, ask_for_prod_web()), "his-key"));
  EXPECT_TRUE(world.situation.answers.contains("aiko/my-key"));
  world.now += 1ms;
  world = after(world, by(dana, CloseEmergency{e1}));
  EXPECT_FALSE(world.situation.answers.contains("aiko/my-key"));
  EXPECT_TRUE(world.situation.answers.contains("ben/his-key"));
}

TEST(Login, IsRecordedForEverybodyInTheCatalog) {
  const RecordLogin login{"SHA256:abc", start + 1h};
  const World world = after(at_peace(), by(fumi, login));
  EXPECT_EQ(std::get<LoginOpened>(world.story.back().fact), (LoginOpened{fumi, "SHA256:abc", start + 1h}));
  EXPECT_THAT(refusal(at_peace(), by(id<PersonId>("mallory"), login)),
              StartsWith("forbidden: mallory is not in"));
  EXPECT_THAT(refusal(World{}, by(fumi, login)), StartsWith("forbidden: No catalog is in force yet"));
}

TEST(Situation, IsTheSameForTheSameRecords) {
  const World world = in_session();
  Situation again;
  for (const Record& record : world.story) again = apply(std::move(again), record);
  EXPECT_EQ(digest_of(again), digest_of(world.situation));
  EXPECT_NE(digest_of(again), digest_of(granted().situation));
  EXPECT_EQ(again.entries, world.story.size());
  EXPECT_EQ(again.last_at, world.now);
}

TEST(Situation, KnowsWhatAFactSpeaksOf) {
  const World world = in_session();
  Situation folded;
  for (const Record& record : world.story) {
    EXPECT_EQ(broken_reference(folded, record.fact), std::nullopt);
    folded = apply(std::move(folded), record);
  }
  SignedAnswer answer{RequestId(9), 1, ben, "", "", ""};
  RequestSubmitted submitted = std::get<RequestSubmitted>(world.story.at(world.story.size() - 5).fact);
  submitted.terms.emergency = EmergencyId(9);
  for (const Fact& fact :
       {Fact(EmergencyClosed{EmergencyId(9)}), Fact(submitted), Fact(RequestChecked{RequestId(9), {}}),
        Fact(RequestEscalated{RequestId(9), 2, start}), Fact(RequestEscalated{r1, 9, start}),
        Fact(RequestEscalated{r1, 0, start}), Fact(RequestApproved{answer}), Fact(RequestDenied{answer}),
        Fact(RequestWithdrawn{RequestId(9)}), Fact(RequestExpired{RequestId(9)}),
        Fact(GrantOpened{g1, RequestId(9), start}), Fact(GrantClosed{GrantId(9)}),
        Fact(SessionIntended{s1, GrantId(9), "", "", 1h, start}), Fact(SessionFailed{SessionId(9), ""}),
        Fact(SessionIssued{SessionId(9), "", "", "", "", start}), Fact(SessionOutcomeUnknown{SessionId(9)})})
    EXPECT_TRUE(broken_reference(world.situation, fact)) << type_of(fact);
}

}  // namespace
}  // namespace postern::emergency
