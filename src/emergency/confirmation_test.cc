#include "emergency/confirmation.h"

#include <gmock/gmock.h>

#include "emergency/testing.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
using catalog::AtLeast;
using catalog::Attested;
using catalog::Condition;
using catalog::ProbeDown;
using catalog::ProbeUp;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

ConditionStatus status_of(const World& world, const Condition& condition) {
  return evaluate(condition, *world.in_force, world.situation, idp_unavailable, world.now);
}
bool is_met(const World& world, const Condition& condition) { return status_of(world, condition).met; }
bool is_confirmed(const World& world) {
  return is_met(world, world.in_force->mode(idp_unavailable)->confirm);
}
World with_probe(World world, const ProbeId& probe, Verdict verdict) {
  return after(world, by_postern(seen(probe, verdict, world.now)));
}

TEST(Confirmation, NeedsAProbeToBeDownForTheWholeTime) {
  const World world = with_probe(at_peace(), okta, Verdict::down);
  const Condition rule{ProbeDown{okta, 5min}};
  EXPECT_FALSE(is_met(world, rule));
  EXPECT_FALSE(is_met(later(world, 299s), rule));
  EXPECT_TRUE(is_met(later(world, 300s), rule));
}

TEST(Confirmation, StartsCountingAgainWhenTheProbeWasUpInBetween) {
  World world = later(with_probe(at_peace(), okta, Verdict::down), 4min);
  world = later(with_probe(world, okta, Verdict::up), 1min);
  world = later(with_probe(world, okta, Verdict::down), 4min);
  EXPECT_FALSE(is_met(world, {ProbeDown{okta, 5min}}));
  EXPECT_TRUE(is_met(later(world, 1min), {ProbeDown{okta, 5min}}));
}

TEST(Confirmation, TakesAnUnknownProbeForNeitherUpNorDown) {
  EXPECT_FALSE(is_met(at_peace(), {ProbeDown{okta}}));
  EXPECT_FALSE(is_met(at_peace(), {ProbeUp{okta}}));
  EXPECT_EQ(status_of(at_peace(), {ProbeUp{okta}}).note, "nothing is known of it yet");
  World world = with_probe(at_peace(), okta, Verdict::down);
  EXPECT_TRUE(is_met(world, {ProbeDown{okta}}));
  world = with_probe(world, okta, Verdict::unknown);
  EXPECT_FALSE(is_met(world, {ProbeDown{okta}}));
  EXPECT_FALSE(is_met(world, {ProbeUp{okta}}));
}

TEST(Confirmation, CountsEachPersonOnce) {
  World world = after(at_peace(), by(chie, attest()));
  world = after(world, by(chie, attest()));
  EXPECT_EQ(world.situation.attestations.size(), 1U);
  const Condition two{Attested{identity_admins, 2, std::string(sign_in_failed)}};
  EXPECT_FALSE(is_met(world, two));
  world = after(world, by(emil, attest()));
  EXPECT_TRUE(is_met(world, two));
}

TEST(Confirmation, CountsAnAttestationForOneHour) {
  World world = after(suspected(), by(chie, attest()));
  EXPECT_TRUE(is_confirmed(later(world, 1h - 1s)));
  EXPECT_FALSE(is_confirmed(later(world, 1h)));
  world = after(later(world, 1h), by(chie, attest()));
  EXPECT_TRUE(is_confirmed(world));
}

TEST(Confirmation, ForgetsAttestationsThatCannotCountAnyMore) {
  World world = later(after(at_peace(), by(chie, attest())), 1h + 1s);
  world = after(world, by(emil, attest()));
  ASSERT_EQ(world.situation.attestations.size(), 1U);
  EXPECT_EQ(world.situation.attestations[0].person, emil);
}

TEST(Confirmation, DoesNotCountWhoLeftTheGroupSince) {
  EXPECT_TRUE(is_confirmed(confirmed()));
  const World world =
      after_change(confirmed(), [](catalog::Catalog& c) { remove_from(c, identity_admins, chie); });
  EXPECT_FALSE(is_confirmed(world));
}

TEST(Confirmation, DoesNotCountAnotherStatementOrAnotherMode) {
  const World world = confirmed();
  EXPECT_FALSE(is_met(world, {Attested{identity_admins, 1, "I heard that it is down."}}));
  const ConditionStatus elsewhere =
      evaluate({Attested{identity_admins, 1, std::string(sign_in_failed)}}, *world.in_force, world.situation,
               id<ModeId>("another-mode"), world.now);
  EXPECT_FALSE(elsewhere.met);
}

TEST(Confirmation, CountsHowManyPartsHold) {
  const World world = with_probe(with_probe(at_peace(), okta, Verdict::down), keycloak, Verdict::up);
  const Condition down{ProbeDown{okta}};
  const Condition not_down{ProbeDown{keycloak}};
  EXPECT_TRUE(is_met(world, {AtLeast{1, {down, not_down}}}));
  EXPECT_FALSE(is_met(world, {AtLeast{2, {down, not_down}}}));
  EXPECT_TRUE(is_met(world, {AtLeast{2, {down, not_down, down}}}));
}

TEST(Confirmation, IsShownWithTheShapeOfTheRule) {
  const World world = suspected();
  const ConditionStatus status = status_of(world, world.in_force->mode(idp_unavailable)->confirm);
  EXPECT_EQ(status.text, "any of");
  EXPECT_EQ(status.note, "0 of 2 met");
  ASSERT_EQ(status.parts.size(), 2U);
  EXPECT_EQ(status.parts[0].text, "all of");
  EXPECT_EQ(status.parts[0].note, "2 of 3 met");
  ASSERT_EQ(status.parts[0].parts.size(), 3U);
  EXPECT_EQ(status.parts[0].parts[0].text, "probe okta is down for at least 5m");
  EXPECT_EQ(status.parts[0].parts[0].note, "down since 2026-11-23T03:00:00.000Z");
  EXPECT_EQ(status_of(world, {AtLeast{2, {{ProbeUp{okta}}, {ProbeUp{sts}}, {ProbeUp{keycloak}}}}}).text,
            "2 of");
}

TEST(Confirmation, SaysWhatIsMissingAndNothingElse) {
  const std::string quoted = "\"" + std::string(sign_in_failed) + "\"";
  const World world = suspected();
  const Condition& rule = world.in_force->mode(idp_unavailable)->confirm;
  EXPECT_THAT(missing(status_of(world, rule)),
              ElementsAre("1 of identity-admins attest: " + quoted + " (nobody has yet)",
                          "2 of identity-admins attest: " + quoted + " (nobody has yet)"));
  EXPECT_THAT(missing(status_of(confirmed(), rule)), IsEmpty());
}

TEST(Confirmation, AsksEachPersonForTheStatementsOfTheirGroups) {
  const World world = at_peace();
  const Condition rule{AtLeast{
      2,
      {{Attested{identity_admins, 1, "One."}},
       {AtLeast{1, {{Attested{identity_admins, 2, "One."}}, {Attested{security_leads, 1, "Two."}}}}}}}};
  EXPECT_THAT(statements_for(rule, *world.in_force, chie), ElementsAre("One."));
  EXPECT_THAT(statements_for(rule, *world.in_force, emil), ElementsAre("One.", "Two."));
  EXPECT_THAT(statements_for(rule, *world.in_force, aiko), IsEmpty());
}

TEST(Suspicion, IsRaisedAtOnceWhenTheProbesAgreeAndDoesNotWaitForPeople) {
  World world = with_probe(at_peace(), okta, Verdict::down);
  EXPECT_THAT(world.situation.suspicions, IsEmpty());
  world = with_probe(world, keycloak, Verdict::down);
  ASSERT_TRUE(world.situation.suspicions.contains(idp_unavailable));
  const auto& raised = std::get<SuspicionRaised>(world.story.back().fact);
  EXPECT_THAT(raised.because, ElementsAre(keycloak, okta));
}

TEST(Suspicion, IsClearedWhenAProbeContradicts) {
  World world = with_probe(suspected(), keycloak, Verdict::up);
  EXPECT_THAT(world.situation.suspicions, IsEmpty());
  world = with_probe(world, keycloak, Verdict::down);
  EXPECT_FALSE(world.situation.suspicions.empty());
  world = with_probe(world, okta, Verdict::unknown);
  EXPECT_THAT(world.situation.suspicions, IsEmpty());
}

TEST(Suspicion, IsNotRaisedByPeopleAlone) {
  World world = after(at_peace(), by(chie, attest()));
  world = after(world, by(emil, attest()));
  EXPECT_TRUE(is_confirmed(world));
  EXPECT_FALSE(is_suspected(*world.in_force->mode(idp_unavailable), world.situation));
}

TEST(Suspicion, NeedsTheProbeThatShouldBeUpToBeUp) {
  catalog::FailureMode mode = example_mode();
  mode.confirm = {AtLeast{2, {{ProbeDown{okta}}, {ProbeUp{sts}}}}};
  World world = with_probe(at_peace(), okta, Verdict::down);
  EXPECT_FALSE(is_suspected(mode, world.situation));
  world = with_probe(world, sts, Verdict::up);
  EXPECT_TRUE(is_suspected(mode, world.situation));
}

TEST(Suspicion, CountsASlowProbeAsUpAndNeverAsDown) {
  catalog::FailureMode mode = example_mode();
  mode.confirm = {AtLeast{2, {{ProbeDown{okta}}, {ProbeUp{sts}}}}};
  World world = with_probe(at_peace(), okta, Verdict::down);
  world = with_probe(world, sts, Verdict::degraded);
  EXPECT_TRUE(is_suspected(mode, world.situation));
  world = with_probe(world, okta, Verdict::degraded);
  EXPECT_FALSE(is_suspected(mode, world.situation));
}

TEST(Confirmation, CountsNothingThatWasSaidBeforeTheLastEmergencyEnded) {
  World world = after(later(declared(), 1min), by(dana, CloseEmergency{e1}));
  world = later(world, 1min);
  EXPECT_THAT(refusal(world, by(dana, declare())), StartsWith("conflict: This is not confirmed"));
  world = after(world, by(chie, attest()));
  world = after(world, by(dana, declare()));
  EXPECT_EQ(world.situation.emergency(EmergencyId(2))->attestations.size(), 1U);
  EXPECT_EQ(world.situation.emergency(EmergencyId(2))->attestations[0].at, world.now);
}

// --- Several nodes
// -----------------------------------------------------------------------------------------------

World with_probe_at(World world, const std::string& node, const ProbeId& probe, Verdict verdict) {
  ObserveProbe observed = seen(probe, verdict, world.now);
  observed.node = node;
  return after(std::move(world), by_postern(observed));
}
World where_two_must_see_it() {
  return after_change(at_peace(), [](catalog::Catalog& c) {
    c.modes.at(idp_unavailable).seen_by = 2;
    c.modes.at(idp_unavailable).confirm = {ProbeDown{okta, 5min}};
  });
}
ConditionStatus confirmation_of(const World& world) {
  return evaluate(world.in_force->mode(idp_unavailable)->confirm, *world.in_force, world.situation,
                  idp_unavailable, world.now);
}

TEST(SeveralNodes, MustSeeItAtOnceWhereTheModeAsksForIt) {
  World world = with_probe_at(where_two_must_see_it(), "tokyo", okta, Verdict::down);
  EXPECT_THAT(world.situation.suspicions, IsEmpty());
  world = with_probe_at(later(world, 3min), "osaka", okta, Verdict::down);
  EXPECT_FALSE(world.situation.suspicions.empty());
  world = later(world, 4min);  // seven minutes at one, four at both
  EXPECT_FALSE(confirmation_of(world).met);
  world = later(world, 1min);
  EXPECT_TRUE(confirmation_of(world).met);
  EXPECT_THAT(confirmation_of(world).note,
              AllOf(HasSubstr("osaka: down since"), HasSubstr("tokyo: down since")));
  world = with_probe_at(world, "tokyo", okta, Verdict::up);
  EXPECT_FALSE(confirmation_of(world).met);
  EXPECT_THAT(world.situation.suspicions, IsEmpty());
}

TEST(SeveralNodes, AreNotCountedTwiceForOne) {
  World world = with_probe_at(where_two_must_see_it(), "tokyo", okta, Verdict::down);
  world = with_probe_at(world, "tokyo", okta, Verdict::up);
  world = with_probe_at(world, "tokyo", okta, Verdict::down);
  EXPECT_FALSE(confirmation_of(later(world, 1h)).met);
}

TEST(SeveralNodes, DisagreeAndPeopleSeeTheWorst) {
  World world = with_probe_at(at_peace(), "tokyo", okta, Verdict::up);
  world = with_probe_at(world, "osaka", okta, Verdict::degraded);
  EXPECT_EQ(world.situation.probes.at(okta).verdict(), Verdict::degraded);
  world = with_probe_at(world, "osaka", okta, Verdict::down);
  EXPECT_EQ(world.situation.probes.at(okta).verdict(), Verdict::down);
  world = with_probe_at(world, "osaka", okta, Verdict::unknown);
  EXPECT_EQ(world.situation.probes.at(okta).verdict(), Verdict::up);
}

TEST(AProbe, WorksOnWithoutABreakWhenItBecomesSlow) {
  catalog::FailureMode mode = example_mode();
  World world = after_change(
      at_peace(), [](catalog::Catalog& c) { c.modes.at(idp_unavailable).confirm = {ProbeUp{okta, 10min}}; });
  world = later(with_probe(world, okta, Verdict::up), 8min);
  world = later(with_probe(world, okta, Verdict::degraded), 2min);
  EXPECT_TRUE(confirmation_of(world).met);
  world = later(with_probe(with_probe(world, okta, Verdict::down), okta, Verdict::up), 9min);
  EXPECT_FALSE(confirmation_of(world).met);
}

TEST(Suspicion, FollowsTheCatalogThatComesInForce) {
  const ModeId okta_down = id<ModeId>("okta-down");
  const auto with_another_mode = [&](catalog::Catalog& c) {
    catalog::FailureMode mode = c.modes.at(idp_unavailable);
    mode.id = okta_down;
    mode.confirm = {ProbeDown{okta, 5min}};
    c.modes.emplace(okta_down, mode);
  };
  World world = after_change(suspected(), with_another_mode);
  EXPECT_TRUE(world.situation.suspicions.contains(okta_down));
  world = after_change(world, [&](catalog::Catalog& c) { c.modes.erase(okta_down); });
  EXPECT_FALSE(world.situation.suspicions.contains(okta_down));
  EXPECT_TRUE(world.situation.suspicions.contains(idp_unavailable));
}

}  // namespace
}  // namespace postern::emergency
