// Who is asked, who may answer, and what an answer gives.
#include <gmock/gmock.h>

#include "emergency/asking.h"
#include "emergency/testing.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

catalog::Process& process_of(catalog::Catalog& c) { return c.processes.at(operate_workload); }

/// The emergency is open, and the process has these tiers.
World declared_with_tiers(
    const std::vector<catalog::Tier>& tiers,
    const std::function<void(catalog::Catalog&)>& change = [](catalog::Catalog&) {}) {
  return after_change(declared(), [&](catalog::Catalog& c) {
    process_of(c).tiers = tiers;
    change(c);
  });
}
World requested_with_tiers(
    const std::vector<catalog::Tier>& tiers,
    const std::function<void(catalog::Catalog&)>& change = [](catalog::Catalog&) {}) {
  return after(declared_with_tiers(tiers, change), by(aiko, ask_for_prod_web()));
}
World approved(const World& world, const PersonId& person, RequestId which = r1) {
  return after(world, approve(world, person, which));
}
/// Marked by themselves, from now on.
World away(const World& world, const PersonId& person, seconds time = 24h) {
  return after(world, absent(person, person, world.now, world.now + time));
}
/// Open every day from 09:00 to 18:00 UTC; the tests begin at 03:04.
void add_office(catalog::Catalog& c) {
  c.calendars.emplace("office", catalog::Calendar{.timezone = "UTC",
                                                  .weekdays = {true, true, true, true, true, true, true},
                                                  .opens = 9h,
                                                  .closes = 18h,
                                                  .offsets = {{}}});
}

// --- Circles
// ---------------------------------------------------------------------------------------------------------

TEST(Circles, EachNeedTheirOwnApproval) {
  const World world = requested_with_tiers({{.from = {security_leads}, .besides = {{.from = {executives}}}}});
  const World half = approved(world, dana);
  EXPECT_EQ(half.request().stage, Stage::awaiting_approval);
  const World still_half = approved(half, emil);  // of the same circle
  EXPECT_EQ(still_half.request().stage, Stage::awaiting_approval);
  EXPECT_EQ(approved(still_half, fumi).request().stage, Stage::granted);
}

TEST(Circles, CountNobodyTwiceWhoStandsInTwoOfThem) {
  const auto everywhere = [](catalog::Catalog& c) { c.groups.at(executives) = {fumi, dana}; };
  const World world =
      requested_with_tiers({{.from = {security_leads}, .besides = {{.from = {executives}}}}}, everywhere);
  const World half = approved(world, dana);
  EXPECT_EQ(half.request().stage, Stage::awaiting_approval);
  EXPECT_THAT(refusal(half, approve(half, dana)), StartsWith("conflict: dana has answered"));
  EXPECT_EQ(approved(half, emil).request().stage, Stage::granted);  // emil leads, dana is the executive
}

TEST(Circles, AskPeopleByNameAndTheRequestersManagersUpTheChain) {
  const auto chain = [](catalog::Catalog& c) {
    c.people.at(aiko).manager = ben;
    c.people.at(ben).manager = chie;
    c.people.at(chie).manager = aiko;  // a circle ends the chain
  };
  const World world = requested_with_tiers({{.people = {emil, aiko}, .managers = 5}}, chain);
  EXPECT_THAT(world.request().tiers[0].circles[0].eligible, ElementsAre(ben, chie, emil));
  EXPECT_EQ(approved(world, chie).request().stage, Stage::granted);
  EXPECT_THAT(refusal(world, approve(world, dana)),
              StartsWith("forbidden: dana is not among those asked now"));
  const World changed = after_change(world, [](catalog::Catalog& c) { c.people.at(ben).manager = fumi; });
  EXPECT_THAT(refusal(changed, approve(changed, chie)), StartsWith("forbidden: chie is not among"));
  EXPECT_THAT(refusal(changed, approve(changed, fumi)),
              StartsWith("forbidden: fumi is not among"));  // not frozen
}

TEST(Circles, SkipATierWhoseCirclesOnePersonWouldHaveToMeetAlone) {
  const World world = requested_with_tiers(
      {{.within = 5min, .people = {dana}, .besides = {{.people = {dana}}}}, {.from = {executives}}});
  EXPECT_THAT(world.request().skipped, ElementsAre(Pair(1, SkipCause::nobody_to_ask)));
  EXPECT_EQ(world.request().tier, 2);
}

// --- Absence
// ---------------------------------------------------------------------------------------------------------

TEST(Absence, LetsTheDeputyAnswerAndOnlyThen) {
  const auto deputy = [](catalog::Catalog& c) { c.people.at(dana).deputy = chie; };
  const World world = requested_with_tiers({{.people = {dana}}}, deputy);
  EXPECT_THAT(refusal(world, approve(world, chie)),
              StartsWith("conflict: chie answers for dana, who is not away."));
  const World gone = away(world, dana);
  EXPECT_THAT(everybody_asked(gone.request().asked_tier(), {gone.situation, aiko, gone.now}),
              ElementsAre(chie));
  const World granted = approved(gone, chie);
  EXPECT_EQ(granted.request().stage, Stage::granted);
  EXPECT_THAT(granted.request().answers.front().stands_in_for, ElementsAre(dana));
  EXPECT_EQ(approved(gone, dana).request().stage, Stage::granted);  // who signs is not away
}

TEST(Absence, GoesOnToTheDeputysDeputyAndNeverToTheRequester) {
  const auto chain = [](catalog::Catalog& c) {
    c.people.at(dana).deputy = aiko;
    c.people.at(aiko).deputy = chie;
    c.people.at(chie).deputy = dana;
  };
  const World gone = away(requested_with_tiers({{.people = {dana}}}, chain), dana);
  EXPECT_THAT(everybody_asked(gone.request().asked_tier(), {gone.situation, aiko, gone.now}),
              ElementsAre(chie));
}

TEST(Absence, OfEverybodySkipsTheTierAtOnceAlsoWhileItIsAsked) {
  const std::vector<catalog::Tier> tiers = {{.within = 1h, .people = {dana}},
                                            {.from = {executives}, .within = 5min}};
  const World before = after(away(declared_with_tiers(tiers), dana), by(aiko, ask_for_prod_web()));
  EXPECT_EQ(before.request().tier, 2);
  World world = requested_with_tiers(tiers);
  EXPECT_EQ(world.request().tier, 1);
  const Instant begins = world.now + 10min;
  world = after(world, absent(dana, dana, begins, begins + 24h));
  EXPECT_THAT(owed(world.situation, begins - 1ms), IsEmpty());
  EXPECT_EQ(next_due(world.situation), begins);
  world = settled(later(world, 10min));
  EXPECT_EQ(world.request().tier, 2);
  EXPECT_THAT(world.request().skipped, ElementsAre(Pair(1, SkipCause::nobody_to_ask)));
}

TEST(Absence, KeepsWhatSomebodySignedBeforeTheyWent) {
  const World two = requested_with_tiers({{.count = 2, .within = 1h, .people = {dana, emil}}});
  const World gone = away(approved(two, dana), dana);
  EXPECT_THAT(owed(gone.situation, gone.now), IsEmpty());
  EXPECT_EQ(approved(gone, emil).request().stage, Stage::granted);
}

TEST(Absence, IsSignedByThePersonOrTheirManager) {
  const World world = after_change(at_peace(), [](catalog::Catalog& c) { c.people.at(dana).manager = fumi; });
  const auto mark = [&](const PersonId& signer) { return absent(signer, dana, world.now, world.now + 1h); };
  EXPECT_EQ(refusal(world, mark(dana)), "allowed");
  EXPECT_EQ(refusal(world, mark(fumi)), "allowed");
  EXPECT_THAT(refusal(world, mark(emil)),
              StartsWith("forbidden: Absence is said by the person or their manager."));
  Ask other = mark(dana);
  std::get<MarkAbsent>(other.command).to += 1h;  // signed for less
  EXPECT_THAT(refusal(world, other), StartsWith("forbidden: What was signed is not this absence."));
  Ask forged = mark(dana);
  std::get<MarkAbsent>(forged.command).signature = std::get<MarkAbsent>(mark(fumi).command).signature;
  EXPECT_THAT(refusal(world, forged), StartsWith("forbidden: "));
}

TEST(Absence, HasAnEndAndABound) {
  const World world = at_peace();
  const auto mark = [&](Instant from, Instant to) { return refusal(world, absent(dana, dana, from, to)); };
  EXPECT_THAT(mark(world.now, world.now), StartsWith("invalid: "));
  EXPECT_THAT(mark(world.now - 2h, world.now - 1h), StartsWith("invalid: "));
  EXPECT_THAT(mark(world.now, world.now + absence_max + 1s), StartsWith("invalid: "));
  const World gone = away(world, dana, 1h);
  EXPECT_TRUE(is_absent({gone.situation, aiko, world.now + 1h - 1ms}, dana));
  EXPECT_FALSE(is_absent({gone.situation, aiko, world.now + 1h}, dana));
  EXPECT_FALSE(is_absent({after(gone, by(dana, EndAbsence{dana})).situation, aiko, world.now}, dana));
  EXPECT_THAT(refusal(world, by(dana, EndAbsence{dana})), StartsWith("conflict: "));
}

// --- Hours
// -----------------------------------------------------------------------------------------------------------

TEST(Hours, SkipATierOutsideOfThemAndAskItWithin) {
  const std::vector<catalog::Tier> tiers = {{.from = {security_leads}, .within = 1h, .calendar = "office"},
                                            {.from = {executives}, .within = 8h}};
  const World at_night = requested_with_tiers(tiers, add_office);
  EXPECT_THAT(at_night.request().skipped, ElementsAre(Pair(1, SkipCause::out_of_hours)));
  EXPECT_EQ(at_night.request().tier, 2);
  World by_day = later(declared_with_tiers(tiers, add_office), 7h);
  by_day = after(by_day, by(aiko, ask_for_prod_web()));
  EXPECT_EQ(by_day.request().tier, 1);
}

TEST(Hours, AreThoseOfTheTimeWhenTheTierIsReachedAsFrozenAtTheRequest) {
  // Reached at 09:03, when the office has opened.
  World world = requested_with_tiers(
      {{.from = {executives}, .within = 6h}, {.from = {security_leads}, .within = 1h, .calendar = "office"}},
      add_office);
  world = after_change(world, [](catalog::Catalog& c) { c.calendars.at("office").weekdays = {}; });
  world = settled(later(world, 6h));
  EXPECT_EQ(world.request().tier, 2);
}

TEST(Hours, ThatLeaveNobodyEndARequestUnanswered) {
  const World world = requested_with_tiers({{.from = {security_leads}, .calendar = "office"}}, add_office);
  EXPECT_EQ(world.request().stage, Stage::expired);
  EXPECT_EQ(world.request().unanswered_at, world.now);
  const World overridden = after(world, override_approval(world, aiko));  // as the catalog has it
  EXPECT_EQ(overridden.situation.overrides.size(), 1U);
  const World denying =
      requested_with_tiers({{.from = {security_leads}, .calendar = "office"}}, [](catalog::Catalog& c) {
        add_office(c);
        process_of(c).when_nobody_answers = catalog::WhenNobodyAnswers::deny;
      });
  EXPECT_THAT(refusal(denying, override_approval(denying, aiko)), StartsWith("forbidden: "));
}

// --- Conditions
// ------------------------------------------------------------------------------------------------------

World with_smaller_roles() {
  return requested_with_tiers({{.from = {security_leads}, .count = 2}}, [](catalog::Catalog& c) {
    process_of(c).access.smaller_roles = {"EmergencyAccess_Support", "EmergencyAccess_ReadOnly"};
  });
}

TEST(Conditions, GiveTheLeastThatAnyApproverNamed) {
  World world = with_smaller_roles();
  world =
      after(world, approve_with(world, dana, {.duration = 45min, .target_role = "EmergencyAccess_ReadOnly"}));
  world =
      after(world, approve_with(world, emil, {.duration = 30min, .target_role = "EmergencyAccess_Support"}));
  EXPECT_EQ(world.grant().until, world.now + 30min);
  EXPECT_EQ(world.grant().target_role, "EmergencyAccess_ReadOnly");
}

TEST(Conditions, AreLessThanWhatWasAskedFor) {
  const World world = with_smaller_roles();
  const auto with = [&](const Conditions& conditions) {
    return refusal(world, approve_with(world, dana, conditions));
  };
  EXPECT_THAT(with({.duration = 1h}), StartsWith("invalid: A shorter time is 30m or more"));
  EXPECT_THAT(with({.duration = 2h}), StartsWith("invalid: A shorter time"));
  EXPECT_THAT(with({.duration = 10min}), StartsWith("invalid: A shorter time"));
  EXPECT_THAT(with({.target_role = "Administrator"}),
              StartsWith("invalid: Administrator is no smaller role"));
  EXPECT_EQ(with({.duration = 30min}), "allowed");
}

TEST(Conditions, AreWhatTheApproverSigned) {
  const World world = with_smaller_roles();
  AnswerRequest wider = signed_answer(world, dana, Decision::approve, r1, {.duration = 30min});
  wider.conditions = {};
  EXPECT_THAT(refusal(world, by(dana, wider)), StartsWith("forbidden: What was signed is not this request"));
  AnswerRequest narrower = signed_answer(world, dana, Decision::approve);
  narrower.conditions = {.duration = 30min};
  EXPECT_THAT(refusal(world, by(dana, narrower)), StartsWith("forbidden: "));
  AnswerRequest denial = signed_answer(world, dana, Decision::deny, r1, {.duration = 30min});
  EXPECT_THAT(refusal(world, by(dana, denial)), StartsWith("invalid: A denial has no conditions"));
}

TEST(Denial, SaysWhy) {
  const World world = requested();
  AnswerRequest silent = signed_answer(world, ben, Decision::deny);
  silent.reason.reset();
  EXPECT_THAT(refusal(world, by(ben, silent)), StartsWith("invalid: Say why"));
  EXPECT_TRUE(after(world, deny(world, ben)).request().answers.front().reason);
}

// --- Signed elsewhere
// ------------------------------------------------------------------------------------------------

TEST(OfflineAnswer, IsBroughtByAnybodyAndCountsAsItsSigners) {
  const World world = requested();
  AnswerRequest command = signed_answer(world, ben, Decision::approve);
  command.signer = ben;
  const World brought = after(world, by(aiko, command));  // even by whoever asked
  EXPECT_EQ(brought.request().stage, Stage::granted);
  EXPECT_EQ(brought.request().answers.front().person, ben);
  AnswerRequest own = signed_answer(world, aiko, Decision::approve);
  own.signer = aiko;
  EXPECT_THAT(refusal(world, by(ben, own)), StartsWith("forbidden: Nobody answers their own request."));
  AnswerRequest strangers = signed_answer(world, dana, Decision::approve);
  strangers.signer = ben;
  EXPECT_THAT(refusal(world, by(dana, strangers)), StartsWith("forbidden: What was signed"));
}

// --- Start, extension, limits, form
// ----------------------------------------------------------------------------------

SubmitRequest asking(const std::function<void(SubmitRequest&)>& change) {
  SubmitRequest out = ask_for_prod_web();
  change(out);
  return out;
}

TEST(Start, LetsNobodyInBefore) {
  World world = declared();
  const Instant begins = world.now + 2h;
  world = after(world, by(aiko, asking([&](SubmitRequest& r) { r.starts_at = begins; })));
  world = approved(world, ben);
  EXPECT_EQ(world.grant().from, begins);
  EXPECT_EQ(world.grant().until, begins + 1h);
  EXPECT_THAT(refusal(world, by(aiko, OpenSession{g1})), StartsWith("conflict: Grant G-1 begins at"));
  EXPECT_EQ(refusal(later(world, 2h), by(aiko, OpenSession{g1})), "allowed");
}

TEST(Start, LiesWithinADayAndTheEmergency) {
  const World world = declared();
  const auto at = [&](Instant begins) {
    return refusal(world, by(aiko, asking([&](SubmitRequest& r) { r.starts_at = begins; })));
  };
  EXPECT_THAT(at(world.now), StartsWith("invalid: Access starts between now"));
  EXPECT_THAT(at(world.now + starts_within_max + 1s), StartsWith("invalid: Access starts between now"));
  EXPECT_THAT(at(world.now + 13h), StartsWith("invalid: Access would start after the emergency ends"));
}

World extended(const World& world) {
  const World asked = after(world, by(aiko, asking([](SubmitRequest& r) { r.extends = g1; })));
  return approved(asked, ben, RequestId(2));
}

TEST(Extension, GoesOnWhereTheGrantEnds) {
  const World before = later(granted(), 30min);
  const World world = extended(before);
  EXPECT_EQ(world.grant().until, before.grant().until + 1h);
  EXPECT_EQ(world.situation.grants.size(), 1U);
  EXPECT_EQ(world.request(RequestId(2)).grant, g1);
  EXPECT_EQ(refusal(later(world, 45min), by(aiko, OpenSession{g1})), "allowed");
}

TEST(Extension, ThatComesTooLateOpensAnotherGrantWhichGivesNoMore) {
  World world = with_smaller_roles();
  for (const PersonId& each : {dana, emil})
    world = after(world, approve_with(world, each, {.target_role = "EmergencyAccess_ReadOnly"}));
  world = after(world, by(aiko, asking([](SubmitRequest& r) { r.extends = g1; })));
  EXPECT_EQ(world.request(RequestId(2)).terms.target_role, "EmergencyAccess_ReadOnly");
  world.situation.requests.at(RequestId(2)).answer_by = world.now + 3h;  // its tier takes its time
  world = later(world, 1h);
  for (const PersonId& each : {dana, emil}) world = approved(world, each, RequestId(2));
  EXPECT_EQ(world.grant(GrantId(2)).until, world.now + 1h);
  EXPECT_EQ(world.grant(GrantId(2)).target_role, "") << "what the request says, which is the smaller one";
}

TEST(Extension, IsOfAGrantOfOnesOwn) {
  const auto of = [](const World& world, const PersonId& who) {
    return refusal(world, by(who, asking([](SubmitRequest& r) { r.extends = g1; })));
  };
  EXPECT_THAT(of(granted(), ben), StartsWith("conflict: G-1 is for another person"));
  EXPECT_THAT(of(after(granted(), by(aiko, CloseGrant{g1})), aiko), StartsWith("conflict: G-1 is closed."));
  EXPECT_THAT(of(declared(), aiko), StartsWith("not_found: "));
}

TEST(Limits, HoldWhenAskingAndWhenTheGrantOpens) {
  const auto one_each = [](catalog::Catalog& c) { process_of(c).limits = {.grants_per_account = 1}; };
  World world = declared_with_tiers({{.from = {security_leads}}}, one_each);
  world = after(after(world, by(aiko, ask_for_prod_web())), by(ben, ask_for_prod_web()));
  world = approved(world, dana, r1);
  EXPECT_THAT(refusal(world, approve(world, dana, RequestId(2))),
              StartsWith("exhausted: 1 for account 200000000001 of operate-workload grant is open"));
  EXPECT_THAT(refusal(world, by(aiko, ask_for_prod_web())), StartsWith("exhausted: "));
  EXPECT_EQ(refusal(world, by(aiko, asking([](SubmitRequest& r) { r.extends = g1; }))), "allowed");
  const World closed = after(world, by(aiko, CloseGrant{g1}));
  EXPECT_EQ(approved(closed, dana, RequestId(2)).request(RequestId(2)).stage, Stage::granted);
}

TEST(Form, IsFilledInAsTheProcessWantsIt) {
  const World world = declared_with_tiers({{.from = {security_leads}}}, [](catalog::Catalog& c) {
    using Kind = catalog::FormField::Kind;
    process_of(c).form = {{.id = "ticket",
                           .label = "Change",
                           .kind = Kind::ticket,
                           .is_required = true,
                           .pattern = "CHG[0-9]+"},
                          {.id = "impact", .label = "Impact"}};
  });
  const auto with = [&](const catalog::FormValues& fields) {
    return refusal(world, by(aiko, asking([&](SubmitRequest& r) { r.fields = fields; })));
  };
  EXPECT_THAT(with({}), HasSubstr("must be filled in"));
  EXPECT_THAT(with({{"ticket", "CHG1; drop"}}), HasSubstr("must match"));
  EXPECT_THAT(with({{"ticket", "CHG1"}, {"other", "x"}}), HasSubstr("has no field"));
  const World asked = after(world, by(aiko, asking([](SubmitRequest& r) {
                                        r.fields = {{"ticket", "CHG1"}, {"impact", "Nobody can pay."}};
                                      })));
  EXPECT_THAT(asked.request().terms.fields, ElementsAre(Pair("ticket", "CHG1")));  // free text is no entry's
}

TEST(Extension, KeepsItsRoleWhateverAnApproverWouldGiveInstead) {
  World world = with_smaller_roles();
  for (const PersonId& each : {dana, emil}) world = approved(world, each);
  world = after(world, by(aiko, asking([](SubmitRequest& r) { r.extends = g1; })));
  EXPECT_THAT(
      refusal(world, approve_with(world, dana, {.target_role = "EmergencyAccess_ReadOnly"}, RequestId(2))),
      StartsWith("invalid: G-1 goes on with its role."));
  EXPECT_EQ(refusal(world, approve_with(world, dana, {.duration = 30min}, RequestId(2))), "allowed");
}

TEST(Extension, DoesNotBringBackWhatSomebodyHasEnded) {
  World world = later(granted(), 30min);
  world = after(world, by(aiko, asking([](SubmitRequest& r) { r.extends = g1; })));
  world = after(world, by(dana, CloseGrant{g1}));
  EXPECT_THAT(refusal(world, approve(world, ben, RequestId(2))),
              StartsWith("conflict: G-1 was ended meanwhile"));
}

TEST(Extension, ByOverrideEndsWithAnObjection) {
  World world = after(granted(), by(aiko, asking([](SubmitRequest& r) { r.extends = g1; })));
  for (int tier = 1; tier <= 3; ++tier) world = settled(later(std::move(world), 5min));
  world = after(world, override_approval(world, aiko, "It must go on.", RequestId(2)));
  world = after(world, cosign(world, ben));
  ASSERT_EQ(world.situation.override_of(o1)->grant, g1);
  world = after(world, by(emil, ObjectToOverride{o1, commitment_to("No.")}));
  EXPECT_EQ(world.grant().end, GrantEnd::objected);
}

TEST(Limits, HoldForAnOverrideToo) {
  World world = declared_with_tiers({{.within = 5min, .people = {fumi}}}, [](catalog::Catalog& c) {
    process_of(c).limits = {.grants_per_person = 1};
    c.accounts.push_back(
        {.id = AccountId::parse("200000000009").value(), .name = "more", .tags = {"production"}});
  });
  world = after(world, by(aiko, ask_for_prod_web()));
  world =
      after(world,
            by(aiko, asking([](SubmitRequest& r) { r.account = AccountId::parse("200000000009").value(); })));
  world = approved(world, fumi);
  world = settled(later(world, 5min));
  EXPECT_THAT(refusal(world, override_approval(world, aiko, "Nobody answers.", RequestId(2))),
              StartsWith("exhausted: "));
}

TEST(Approval, OfSomebodyWhoHasLeftSinceDoesNotCount) {
  World world = requested_with_tiers({{.from = {security_leads, executives}, .count = 2, .within = 1h}});
  world = approved(world, dana);
  world = after_change(world, [](catalog::Catalog& c) { remove_from(c, security_leads, dana); });
  world = approved(world, emil);
  EXPECT_EQ(world.request().stage, Stage::awaiting_approval);
  EXPECT_EQ(approved(world, fumi).request().stage, Stage::granted);
}

TEST(Absence, SaidByWhoeverAsksTakesNobodyOutOfTheirWay) {
  const auto aiko_manages = [](catalog::Catalog& c) {
    for (auto& [id, person] : c.people) person.manager = aiko;
    c.people.at(aiko).manager.reset();
  };
  World world = declared_with_tiers({{.people = {dana}}}, aiko_manages);
  world = after(world, absent(aiko, dana, world.now, world.now + 24h));
  const World aikos = after(world, by(aiko, ask_for_prod_web()));
  EXPECT_EQ(aikos.request().stage, Stage::awaiting_approval);
  EXPECT_EQ(approved(aikos, dana).request().stage, Stage::granted);
  const World bens = after(world, by(ben, ask_for_prod_web()));
  EXPECT_EQ(bens.request().stage, Stage::expired) << "for others it holds";
}

TEST(Absence, EmpowersNobodyWhoSaidItThemselves) {
  World world = requested_with_tiers({{.within = 1h, .people = {dana}}}, [](catalog::Catalog& c) {
    c.people.at(dana).manager = fumi;
    c.people.at(dana).deputy = fumi;
    c.people.at(fumi).deputy = chie;
  });
  world = after(world, absent(fumi, dana, world.now, world.now + 24h));
  EXPECT_THAT(refusal(world, approve(world, fumi)), StartsWith("conflict: "));
  EXPECT_EQ(approved(world, chie).request().stage, Stage::granted);  // the next deputy
}

TEST(Absence, ThatIsOverMakesNoSeatForTwo) {
  World world = requested_with_tiers({{.count = 2, .within = 1h, .people = {dana, emil}}},
                                     [](catalog::Catalog& c) { c.people.at(dana).deputy = chie; });
  world = approved(away(world, dana), chie);
  world = after(world, by(dana, EndAbsence{dana}));
  world = approved(world, dana);
  EXPECT_EQ(world.request().stage, Stage::awaiting_approval);
  EXPECT_EQ(approved(world, emil).request().stage, Stage::granted);
}

TEST(Absence, ThatBeginsNowMovesTheRequestOnNow) {
  World world = away(requested_with_tiers({{.within = 1h, .people = {dana}}, {.from = {executives}}}), dana);
  ASSERT_TRUE(next_due(world.situation));
  EXPECT_LE(*next_due(world.situation), world.now);
  EXPECT_EQ(settled(world).request().tier, 2);
}

TEST(Absence, CountsOnlyWhileItIsNotOver) {
  World world = at_peace();
  for (std::size_t i = 0; i < absences_per_person_max; ++i) {
    const Instant from = world.now + std::chrono::minutes(i);
    world = after(world, absent(dana, dana, from, from + 30s));
  }
  EXPECT_THAT(refusal(world, absent(dana, dana, world.now, world.now + 1h)), StartsWith("exhausted: "));
  const World afterwards = later(world, 24h);
  EXPECT_EQ(refusal(afterwards, absent(dana, dana, afterwards.now, afterwards.now + 1h)), "allowed");
}

TEST(Hours, StillKnowTheirTimeWhenTheRequestIsMovedOnLate) {
  const auto always = [](catalog::Catalog& c) {
    add_office(c);
    c.calendars.at("office").opens = 0h;
    c.calendars.at("office").closes = 24h;
  };
  World world = requested_with_tiers({{.from = {security_leads}, .within = 5min},
                                      {.from = {executives}, .within = 5min, .calendar = "office"}},
                                     always);
  world = settled(later(world, 3h));  // nobody looked for hours
  EXPECT_EQ(world.request().tier, 2);
  EXPECT_THAT(world.request().skipped, IsEmpty());
}

TEST(Emergency, WhoseTimeIsUpGivesNothingMore) {
  World world = unanswered();
  world.situation.emergencies.at(e1).until = world.now - 1s;  // and nobody has settled it
  EXPECT_THAT(refusal(world, override_approval(world, aiko)), StartsWith("conflict: "));
  World inside = granted();
  inside.situation.emergencies.at(e1).until = inside.now - 1s;
  EXPECT_THAT(refusal(inside, by(aiko, OpenSession{g1})), StartsWith("conflict: E-1 has expired"));
}

// --- Services
// --------------------------------------------------------------------------------------------------------

Ask by_desk(const Command& command, const std::string& key = "k") {
  return {.by = {{}, ServiceId::parse("desk").value()},
          .key = key,
          .fingerprint = sha256(key),
          .command = command};
}
World with_desk() {
  return after_change(declared(), [](catalog::Catalog& c) {
    c.services.emplace("desk", catalog::Service{.token = sha256("token"),
                                                .processes = {operate_workload},
                                                .may_ask_for = {security_leads, emergency_admins}});
  });
}
Command asked_for(const PersonId& person) {
  return asking([&](SubmitRequest& r) { r.on_behalf_of = person; });
}

TEST(Service, AsksForOthersAndNothingElse) {
  const World world = with_desk();
  EXPECT_EQ(refusal(world, by_desk(asked_for(aiko))), "allowed");
  EXPECT_THAT(refusal(world, by_desk(asked_for(fumi))),
              StartsWith("forbidden: This service may not ask for fumi."));
  EXPECT_THAT(refusal(world, by_desk(asked_for(dana))), StartsWith("forbidden: dana may not request"));
  EXPECT_THAT(refusal(world, by_desk(ask_for_prod_web())), StartsWith("invalid: A service says for whom"));
  EXPECT_THAT(refusal(world, by(ben, asked_for(aiko))), StartsWith("invalid: People ask for themselves"));
  World asked = after(world, by_desk(asked_for(aiko)));
  EXPECT_EQ(asked.request().terms.asked_by, ServiceId::parse("desk").value());
  EXPECT_EQ(asked.story.back().by.text(), "service:desk");
  EXPECT_THAT(refusal(asked, by_desk(approve(asked, ben).command, "a")),
              StartsWith("forbidden: A service may ask, and never"));
  EXPECT_THAT(refusal(asked, by_desk(declare(), "b")), StartsWith("forbidden: "));
  EXPECT_EQ(approved(asked, ben).grant().person, aiko);
  const World without = after_change(asked, [](catalog::Catalog& c) { c.services.clear(); });
  EXPECT_THAT(refusal(without, by_desk(asked_for(ben), "c")), StartsWith("forbidden: "));
}

TEST(Service, WithdrawsWhatItAskedForAndIsAnsweredOnce) {
  const World world = after(after(with_desk(), by_desk(asked_for(aiko))), by(ben, ask_for_prod_web()));
  EXPECT_EQ(refusal(world, by_desk(WithdrawRequest{r1}, "w")), "allowed");
  EXPECT_THAT(refusal(world, by_desk(WithdrawRequest{RequestId(2)}, "w")), StartsWith("forbidden: "));
  World again = world;
  const Outcome repeated = again.hear(by_desk(asked_for(aiko)));
  ASSERT_TRUE(repeated.repeat);
  EXPECT_EQ(repeated.repeat->resource, "R-1");
}

}  // namespace
}  // namespace postern::emergency
