#include <gmock/gmock.h>

#include "emergency/testing.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Override& override_in(const World& world, OverrideId which = o1) {
  return *world.situation.override_of(which);
}
catalog::Override& rule_in(catalog::Catalog& catalog) {
  return *catalog.processes.at(operate_workload).override_rule;
}
/// The owners have changed the rule for overrides.
World where(const std::function<void(catalog::Override&)>& change, World world = at_peace()) {
  return after_change(std::move(world), [&](catalog::Catalog& c) { change(rule_in(c)); });
}
World with_co_signers(int count, World world = at_peace()) {
  return where([&](catalog::Override& rule) { rule.co_signers = count; }, std::move(world));
}
World with_window(seconds window, World world = at_peace()) {
  return where([&](catalog::Override& rule) { rule.co_signers = 0, rule.objection_window = window; },
               std::move(world));
}
/// Aiko has overridden the confirmation alone: E-1 is open.
World gone_ahead() { return after(with_co_signers(0), override_confirmation(aiko)); }

// --- Who may
// -------------------------------------------------------------------------------------------------------

TEST(Override, IsForThoseWhomTheProcessNames) {
  EXPECT_EQ(refusal(at_peace(), override_confirmation(aiko)), "allowed");
  EXPECT_EQ(refusal(at_peace(), override_confirmation(fumi)),
            "forbidden: fumi may not override operate-workload: that is for emergency-admins, "
            "security-leads.");
}

TEST(Override, IsForNobodyWhenTheListIsEmpty) {
  const World world = where([](catalog::Override& rule) { rule.by.clear(); });
  EXPECT_THAT(refusal(world, override_confirmation(aiko)), HasSubstr("Nobody may override here"));
  const World without_rule = after_change(
      at_peace(), [](catalog::Catalog& c) { c.processes.at(operate_workload).override_rule.reset(); });
  EXPECT_THAT(refusal(without_rule, override_confirmation(aiko)), HasSubstr("Nobody may override here"));
}

TEST(Override, OfAConfirmationIsRefusedWhenItIsConfirmedOrDeclared) {
  EXPECT_THAT(refusal(confirmed(), override_confirmation(dana)), HasSubstr("needs no override"));
  EXPECT_THAT(refusal(declared(), override_confirmation(aiko)), HasSubstr("E-1 is open"));
}

TEST(Override, MustBeSignedAsItStands) {
  const World world = at_peace();
  const Ask good = override_confirmation(aiko);
  const auto with = [&](const std::function<void(MakeOverride&)>& change) {
    Ask ask = good;
    change(std::get<MakeOverride>(ask.command));
    return refusal(world, ask);
  };
  EXPECT_THAT(with([](MakeOverride& c) { std::get<OverriddenDeclaration>(c.what).incident = "INC-8"; }),
              HasSubstr("not this override as it stands"));
  EXPECT_THAT(with([](MakeOverride& c) { c.reason = commitment_to("another reason"); }),
              HasSubstr("not this override as it stands"));
  EXPECT_THAT(
      with([](MakeOverride& c) { c.signature = TestKey("ben").sign(override_namespace, c.statement); }),
      HasSubstr("which is not one of aiko's"));
  EXPECT_THAT(
      with([](MakeOverride& c) { c.signature = TestKey("aiko").sign(override_namespace, "another"); }),
      Not(HasSubstr("allowed")));
  EXPECT_THAT(
      with([](MakeOverride& c) { c.signature = TestKey("aiko").sign(approval_namespace, c.statement); }),
      Not(HasSubstr("allowed")));
  Ask by_another = good;
  by_another.by = {ben};
  EXPECT_THAT(refusal(world, by_another), HasSubstr("not this override as it stands"));
}

TEST(Override, TakesASignatureOnlyOnce) {
  World world = after(with_co_signers(0), override_confirmation(aiko));
  world = after(world, by(chie, ReviewOverride{o1, true, commitment_to("fine")}));
  world = after(world, by(dana, CloseEmergency{e1}));
  EXPECT_THAT(refusal(world, override_confirmation(aiko)), HasSubstr("was used for O-1 already"));
  EXPECT_EQ(refusal(world, override_confirmation(aiko, "Another reason.")), "allowed");
}

TEST(Override, IsUnderWayOnceForTheSameThing) {
  const World world = after(at_peace(), override_confirmation(aiko));
  const Ask another = override_confirmation(ben, "It fails for Ben, too.");
  EXPECT_THAT(refusal(world, another), HasSubstr("O-1 overrides the same"));
  const World withdrawn = after(world, by(aiko, WithdrawOverride{o1}));
  EXPECT_EQ(refusal(withdrawn, another), "allowed");
}

// --- What it leads to
// --------------------------------------------------------------------------------------------------

TEST(Override, DeclaresAtOnceWhenNobodyElseMustSign) {
  const World world = gone_ahead();
  const Emergency& emergency = *world.situation.emergency(e1);
  EXPECT_EQ(emergency.by_override, o1);
  EXPECT_EQ(emergency.declared_by, aiko);
  EXPECT_EQ(emergency.incident, "INC-7");
  EXPECT_EQ(emergency.until, world.now + 12h);
  EXPECT_EQ(override_in(world).stage(), OverrideStage::opened);
  EXPECT_EQ(override_in(world).emergency, e1);
}

TEST(Override, KeepsWhatProbesAndPeopleSaid) {
  World world = with_co_signers(0, after(at_peace(), by_postern(seen(okta, Verdict::down, start))));
  world = after(world, by(chie, attest()));
  world = after(world, override_confirmation(aiko));
  const Emergency& emergency = *world.situation.emergency(e1);
  ASSERT_EQ(emergency.probes.size(), 1U);
  EXPECT_EQ(emergency.probes.front().probe, okta);
  ASSERT_EQ(emergency.attestations.size(), 1U);
  EXPECT_EQ(emergency.attestations.front().person, chie);
}

TEST(Override, SkipsEverybodyWhomTheConfirmationAsks) {
  EXPECT_THAT(override_in(gone_ahead()).skipped, ElementsAre(chie, dana, emil));
  const World by_dana = after(with_co_signers(0), override_confirmation(dana));
  EXPECT_THAT(override_in(by_dana).skipped, ElementsAre(chie, emil));
}

TEST(Override, WaitsForItsCoSigner) {
  World world = after(at_peace(), override_confirmation(aiko));
  EXPECT_EQ(override_in(world).stage(), OverrideStage::awaiting_co_signers);
  EXPECT_THAT(world.situation.open_emergencies, IsEmpty());
  EXPECT_THAT(refusal(world, cosign(world, aiko)), HasSubstr("Nobody co-signs their own override"));
  EXPECT_THAT(refusal(world, cosign(world, fumi)), HasSubstr("fumi may not override"));
  world = after(world, cosign(world, ben));
  EXPECT_THAT(world.situation.open_emergencies, ElementsAre(e1));
  EXPECT_EQ(world.situation.emergency(e1)->declared_by, aiko);
}

TEST(Override, CountsEachCoSignerOnce) {
  World world = after(with_co_signers(2), override_confirmation(aiko));
  world = after(world, cosign(world, ben));
  EXPECT_THAT(refusal(world, cosign(world, ben)), HasSubstr("ben has signed O-1 already"));
  EXPECT_THAT(world.situation.open_emergencies, IsEmpty());
  world = after(world, cosign(world, dana));
  EXPECT_THAT(world.situation.open_emergencies, ElementsAre(e1));
  EXPECT_THAT(refusal(world, cosign(world, emil)), HasSubstr("has opened already"));
}

TEST(Override, TakesNoSignatureOfAnotherOverrideOrPerson) {
  World world = after(at_peace(), override_confirmation(aiko));
  Ask forged = cosign(world, dana);
  forged.by = {ben};
  EXPECT_THAT(refusal(world, forged), HasSubstr("What was signed is not this override"));
  World other = after(at_peace(), override_confirmation(aiko, "Another reason."));
  EXPECT_THAT(refusal(world, cosign(other, ben)), HasSubstr("What was signed is not this override"));
}

TEST(Override, LapsesWhenNoCoSignerComesInTime) {
  World world = after(at_peace(), override_confirmation(aiko));
  world = later(world, co_sign_within);
  EXPECT_THAT(refusal(world, cosign(world, ben)), HasSubstr("ran out"));
  world = settled(world);
  EXPECT_EQ(override_in(world).end, OverrideEnd::lapsed);
  EXPECT_THAT(world.situation.unreviewed, IsEmpty());
}

TEST(Override, NeedsMoreCoSignersThanThereAreNowhere) {
  EXPECT_THAT(refusal(with_co_signers(4), override_confirmation(aiko)),
              HasSubstr("4 other(s) must sign this with you, and only 3 may"));
}

TEST(Override, LapsesWhenTheEmergencyWasDeclaredMeanwhile) {
  World world = after(suspected(), override_confirmation(aiko));
  world = after(world, by(chie, attest()));
  world = after(world, by(dana, declare()));
  world = after(world, cosign(world, ben));
  EXPECT_EQ(override_in(world).end, OverrideEnd::lapsed);
  EXPECT_EQ(world.situation.emergencies.size(), 1U);
}

// --- Objections
// ----------------------------------------------------------------------------------------------------------

TEST(ObjectionWindow, OpensByItselfWhenNobodyObjects) {
  World world = after(with_window(10min), override_confirmation(aiko));
  EXPECT_EQ(override_in(world).stage(), OverrideStage::open_to_objection);
  world = settled(later(world, 10min - 1s));
  EXPECT_THAT(world.situation.open_emergencies, IsEmpty());
  world = settled(later(world, 1s));
  EXPECT_THAT(world.situation.open_emergencies, ElementsAre(e1));
  EXPECT_EQ(world.situation.emergency(e1)->until, world.now + 12h);
}

TEST(ObjectionWindow, BeginsWhenAllHaveSigned) {
  World world = where([](catalog::Override& rule) { rule.co_signers = 1, rule.objection_window = 10min; });
  world = later(after(world, override_confirmation(aiko)), 20min);
  world = after(world, cosign(world, ben));
  EXPECT_EQ(override_in(world).opens_at, world.now + 10min);
  EXPECT_THAT(settled(later(world, 9min)).situation.open_emergencies, IsEmpty());
  EXPECT_THAT(settled(later(world, 10min)).situation.open_emergencies, ElementsAre(e1));
}

TEST(ObjectionWindow, EndsWithTheFirstObjection) {
  World world = after(with_window(10min), override_confirmation(aiko));
  world = after(world, by(chie, ObjectToOverride{o1, commitment_to("I can sign in.")}));
  EXPECT_EQ(override_in(world).end, OverrideEnd::objected);
  EXPECT_THAT(settled(later(world, 1h)).situation.open_emergencies, IsEmpty());
  EXPECT_THAT(world.situation.unreviewed, IsEmpty());
}

TEST(ObjectionWindow, OpensSeveralOverridesOneAfterTheOther) {
  const ModeId other_mode = id<ModeId>("other-mode");
  World world = after_change(with_window(10min), [&](catalog::Catalog& c) {
    catalog::FailureMode mode = c.modes.at(idp_unavailable);
    mode.id = other_mode;
    c.modes.emplace(other_mode, mode);
  });
  world = after(world, override_confirmation(aiko));
  world = after(world, overriding(ben, OverriddenDeclaration{other_mode, ""}, "The other fails, too."));
  world = settled(later(world, 10min));
  ASSERT_FALSE(owed(world.situation, world.now).empty());
  world = settled(world);
  EXPECT_EQ(world.situation.open_emergencies.size(), 2U);
  EXPECT_THAT(owed(world.situation, world.now), IsEmpty());
}

TEST(Objection, IsForThoseWhoWereSkipped) {
  const World world = gone_ahead();
  EXPECT_THAT(refusal(world, by(ben, ObjectToOverride{o1, commitment_to("no")})),
              HasSubstr("Only those who were skipped"));
  EXPECT_THAT(refusal(world, by(aiko, ObjectToOverride{o1, commitment_to("no")})),
              HasSubstr("Only those who were skipped"));
}

TEST(Objection, ClosesTheEmergencyThatWasDeclaredWithoutConfirmation) {
  World world = after(gone_ahead(), by(aiko, ask_for_prod_web()));
  world = after(world, approve(world, ben));
  world = after(later(world, 5min), by(chie, ObjectToOverride{o1, commitment_to("I can sign in.")}));
  EXPECT_EQ(world.situation.emergency(e1)->end, EmergencyEnd::objected);
  EXPECT_EQ(world.grant().end, GrantEnd::emergency_closed);
  EXPECT_THAT(refusal(world, by(dana, ObjectToOverride{o1, commitment_to("me too")})),
              HasSubstr("Say it in the review"));
}

TEST(Objection, ClosesTheGrantThatNobodyApproved) {
  World world = with_co_signers(0, unanswered());
  world = after(world, override_approval(world, aiko));
  ASSERT_TRUE(override_in(world).grant);
  world = after(later(world, 1min), by(fumi, ObjectToOverride{o1, commitment_to("I was awake.")}));
  EXPECT_EQ(world.grant().end, GrantEnd::objected);
  EXPECT_THAT(world.situation.open_emergencies, ElementsAre(e1));  // that one was confirmed
  EXPECT_THAT(refusal(world, by(aiko, OpenSession{g1})), Not(HasSubstr("allowed")));
}

// --- Approvals
// -----------------------------------------------------------------------------------------------------------

TEST(OverriddenApproval, OpensAGrantForWhatNobodyAnswered) {
  World world = unanswered();
  world = after(world, override_approval(world, aiko));
  EXPECT_THAT(world.situation.open_grants, IsEmpty());  // Ben has not signed yet
  world = after(world, cosign(world, ben));
  EXPECT_EQ(world.request().stage, Stage::granted);
  EXPECT_EQ(world.request().by_override, o1);
  EXPECT_EQ(world.grant().person, aiko);
  EXPECT_EQ(world.grant().until, world.now + 1h);
  EXPECT_EQ(override_in(world).grant, g1);
  EXPECT_THAT(override_in(world).skipped, ElementsAre(ben, dana, emil, fumi));
  EXPECT_EQ(refusal(world, by(aiko, OpenSession{g1})), "allowed");
}

TEST(OverriddenApproval, IsForTheRequesterAlone) {
  const World world = unanswered();
  EXPECT_THAT(refusal(world, override_approval(world, ben)), HasSubstr("Only the requester"));
}

TEST(OverriddenApproval, IsRefusedWhileApproversAreAskedOrWhenTheyHaveDenied) {
  const World asked = requested();
  EXPECT_THAT(refusal(asked, override_approval(asked, aiko)), HasSubstr("Approvers are still asked"));
  const World denied = after(asked, deny(asked, ben));
  EXPECT_THAT(refusal(denied, override_approval(denied, aiko)), HasSubstr("did not end that way"));
  const World withdrawn = after(asked, by(aiko, WithdrawRequest{r1}));
  EXPECT_THAT(refusal(withdrawn, override_approval(withdrawn, aiko)), HasSubstr("did not end that way"));
}

TEST(OverriddenApproval, IsRefusedWhereSilenceMeansNo) {
  const World world = after_change(unanswered(), [](catalog::Catalog& c) {
    c.processes.at(operate_workload).when_nobody_answers = catalog::WhenNobodyAnswers::deny;
  });
  EXPECT_THAT(refusal(world, override_approval(world, aiko)), HasSubstr("operate-workload is denied"));
}

TEST(OverriddenApproval, IsRefusedWhenItIsTooLateOrTheEmergencyIsOver) {
  const World late = later(unanswered(), override_within);
  EXPECT_THAT(refusal(late, override_approval(late, aiko)), HasSubstr("ended more than"));
  const World closed = after(unanswered(), by(dana, CloseEmergency{e1}));
  EXPECT_THAT(refusal(closed, override_approval(closed, aiko)), HasSubstr("is closed"));
}

TEST(OverriddenApproval, IsRefusedToOneWhoMayNotRequestAnyMore) {
  const World world =
      after_change(unanswered(), [](catalog::Catalog& c) { remove_from(c, emergency_admins, aiko); });
  EXPECT_THAT(refusal(world, override_approval(world, aiko)), HasSubstr("aiko may not request access"));
}

TEST(OverriddenApproval, EndsWithItsEmergency) {
  World world = unanswered();
  world = after(world, override_approval(world, aiko));
  world = after(world, by(dana, CloseEmergency{e1}));
  EXPECT_EQ(override_in(world).end, OverrideEnd::lapsed);
  EXPECT_THAT(refusal(world, cosign(world, ben)), HasSubstr("has ended"));
}

// --- Afterwards
// ----------------------------------------------------------------------------------------------------------

TEST(Review, IsOwedOnceItHasOpened) {
  EXPECT_THAT(gone_ahead().situation.unreviewed, ElementsAre(o1));
  const World waiting = after(at_peace(), override_confirmation(aiko));
  EXPECT_THAT(waiting.situation.unreviewed, IsEmpty());
  EXPECT_THAT(refusal(waiting, by(chie, ReviewOverride{o1, true, commitment_to("fine")})),
              HasSubstr("no review is owed"));
}

TEST(Review, IsBySomebodyWhomItSkippedAndWhoDidNotSignIt) {
  World world = after(at_peace(), override_confirmation(aiko));
  world = after(world, cosign(world, dana));  // Dana was skipped, and signed all the same
  const auto review = [](const PersonId& person) {
    return by(person, ReviewOverride{o1, false, commitment_to("rash")});
  };
  EXPECT_THAT(refusal(world, review(aiko)), HasSubstr("does not review it"));
  EXPECT_THAT(refusal(world, review(ben)), HasSubstr("somebody whom it skipped"));
  EXPECT_THAT(refusal(world, review(dana)), HasSubstr("does not review it"));
  world = after(world, review(chie));
  EXPECT_FALSE(override_in(world).review->justified);
  EXPECT_THAT(world.situation.unreviewed, IsEmpty());
  EXPECT_THAT(refusal(world, review(emil)), HasSubstr("was reviewed by chie"));
}

TEST(Review, IsOwedBeforeTheSamePersonOverridesAloneAgain) {
  World world = after(gone_ahead(), by(dana, CloseEmergency{e1}));
  World again = after(world, override_confirmation(aiko, "It fails again."));
  EXPECT_EQ(override_in(again, OverrideId(2)).stage(), OverrideStage::awaiting_co_signers);
  EXPECT_EQ(override_in(again, OverrideId(2)).terms.co_signers, 1);
  World by_another = after(world, override_confirmation(ben, "It fails again."));
  EXPECT_EQ(override_in(by_another, OverrideId(2)).stage(), OverrideStage::opened);
  world = after(world, by(chie, ReviewOverride{o1, true, commitment_to("fine")}));
  again = after(world, override_confirmation(aiko, "It fails again."));
  EXPECT_EQ(override_in(again, OverrideId(2)).stage(), OverrideStage::opened);
}

TEST(Override, IsNotMadeAloneBesideAnother) {
  const ModeId other_mode = id<ModeId>("other-mode");
  World world = after_change(with_window(10min), [&](catalog::Catalog& c) {
    catalog::FailureMode mode = c.modes.at(idp_unavailable);
    mode.id = other_mode;
    c.modes.emplace(other_mode, mode);
  });
  world = after(world, override_confirmation(aiko));
  world = after(world, overriding(aiko, OverriddenDeclaration{other_mode, ""}, "And the other one."));
  EXPECT_EQ(override_in(world, OverrideId(2)).terms.co_signers, 1);
}

TEST(Override, IsNotMadeAloneSoonAfterAnObjectionOrABadReview) {
  World objected = after(with_window(10min), override_confirmation(aiko));
  objected = after(objected, by(chie, ObjectToOverride{o1, commitment_to("I can sign in.")}));
  const Ask again = override_confirmation(aiko, "It fails again.");
  EXPECT_EQ(override_in(after(objected, again), OverrideId(2)).terms.co_signers, 1);
  EXPECT_EQ(override_in(after(later(objected, bound_for), again), OverrideId(2)).terms.co_signers, 0);
  World wrong = after(gone_ahead(), by(chie, ReviewOverride{o1, false, commitment_to("rash")}));
  wrong = after(wrong, by(dana, CloseEmergency{e1}));
  EXPECT_EQ(override_in(after(wrong, again), OverrideId(2)).terms.co_signers, 1);
}

TEST(Override, IsOpenToWhoMayNotDeclareWhatIsConfirmed) {
  EXPECT_EQ(refusal(confirmed(), override_confirmation(aiko)), "allowed") << "Aiko may not declare";
  EXPECT_THAT(refusal(confirmed(), override_confirmation(dana)), HasSubstr("needs no override"));
  const World without_number = after_change(confirmed(), [](catalog::Catalog& c) {
    c.incidents =
        catalog::Incidents{.provider = {.kind = "http"}, .required = catalog::IncidentRequired::always};
  });
  EXPECT_EQ(refusal(without_number, overriding(dana, OverriddenDeclaration{idp_unavailable, ""})), "allowed");
}

TEST(Override, IsOverWhenItsModeWasDeclaredAndClosedMeanwhile) {
  World world =
      where([](catalog::Override& rule) { rule.co_signers = 0, rule.objection_window = 30min; }, suspected());
  world = after(world, override_confirmation(aiko));
  world = after(after(world, by(chie, attest())), by(dana, declare()));
  world =
      after(world, by(dana, CloseEmergency{e1, EmergencyEnd::false_alarm, commitment_to("Our firewall.")}));
  EXPECT_EQ(override_in(world).end, OverrideEnd::lapsed);
  EXPECT_THAT(settled(later(world, 1h)).situation.open_emergencies, IsEmpty());
}

TEST(Override, LetsItsMakerEndWhatItDeclared) {
  EXPECT_EQ(refusal(gone_ahead(), by(aiko, CloseEmergency{e1})), "allowed");
  EXPECT_THAT(refusal(gone_ahead(), by(ben, CloseEmergency{e1})), HasSubstr("ben may not close"));
}

TEST(Override, OfAnApprovalEndsWhenItsMakerMayNotRequestAnyMore) {
  World world = unanswered();
  world = after(world, override_approval(world, aiko));
  world = after_change(
      world, [](catalog::Catalog& c) { c.processes.at(operate_workload).who_may_request = {executives}; });
  EXPECT_EQ(override_in(world).end, OverrideEnd::standing_lost);
}

TEST(Review, IsForAnOwnerWhenNobodyIsLeftWhomItSkipped) {
  World world = with_co_signers(0, unanswered());
  world = after(world, override_approval(world, aiko));
  const Ask review = by(chie, ReviewOverride{o1, true, commitment_to("fine")});
  EXPECT_THAT(refusal(world, review), HasSubstr("somebody whom it skipped"));
  world.in_force = [&] {
    catalog::Catalog left = *world.in_force;
    for (const PersonId& each : {ben, dana, emil, fumi}) left.people.erase(each);
    return std::make_shared<const catalog::Catalog>(std::move(left));
  }();
  EXPECT_EQ(refusal(world, review), "allowed") << "Chie is an owner";
}

TEST(Override, IsWithdrawnByItsMakerBeforeItOpens) {
  const World waiting = after(at_peace(), override_confirmation(aiko));
  EXPECT_THAT(refusal(waiting, by(ben, WithdrawOverride{o1})), HasSubstr("Only its maker"));
  const World world = after(waiting, by(aiko, WithdrawOverride{o1}));
  EXPECT_EQ(override_in(world).end, OverrideEnd::withdrawn);
  EXPECT_THAT(refusal(world, cosign(world, ben)), HasSubstr("has ended"));
  EXPECT_THAT(refusal(gone_ahead(), by(aiko, WithdrawOverride{o1})), HasSubstr("postern close E-1"));
}

TEST(Override, EndsWhenItsMakerLosesTheRight) {
  World world = after(at_peace(), override_confirmation(aiko));
  world = after_change(world, [](catalog::Catalog& c) { remove_from(c, emergency_admins, aiko); });
  EXPECT_EQ(override_in(world).end, OverrideEnd::standing_lost);
}

}  // namespace
}  // namespace postern::emergency
