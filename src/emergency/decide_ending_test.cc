// How long an emergency lasts, how it ends, and what probes and people say meanwhile.
#include <gmock/gmock.h>

#include "emergency/testing.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

// --- Lasting, extending, ending
// -------------------------------------------------------------------------------------------

TEST(Emergency, LastsAsLongAsItsModeSays) {
  World world = after_change(at_peace(), [](catalog::Catalog& c) {
    c.modes.at(idp_unavailable).lasts = 2h;
    c.modes.at(idp_unavailable).confirm = {
        catalog::Attested{identity_admins, 1, std::string(sign_in_failed)}};
  });
  world = after(after(world, by(chie, attest())), by(dana, declare()));
  EXPECT_EQ(world.situation.emergency(e1)->until, world.now + 2h);
  EXPECT_THAT(refusal(later(world, 1h), by(dana, ExtendEmergency{e1, 3h})),
              HasSubstr("by 1m to 2h from now"));
  EXPECT_THAT(refusal(world, by(dana, ExtendEmergency{e1, 1h})), HasSubstr("lasts until"));
  EXPECT_THAT(refusal(world, by(aiko, ExtendEmergency{e1})), StartsWith("forbidden: aiko may not extend"));
  world = after(later(world, 1h), by(emil, ExtendEmergency{e1, 90min}));
  EXPECT_EQ(world.situation.emergency(e1)->until, world.now + 90min);
  world = settled(later(world, 90min));
  EXPECT_EQ(world.situation.emergency(e1)->end, EmergencyEnd::expired);
  EXPECT_THAT(refusal(world, by(dana, ExtendEmergency{e1})), StartsWith("conflict: E-1 is closed already"));
}

TEST(Emergency, IsOverWhenItsTimeIsUpWhetherOrNotATimerRan) {
  const World world = requested();
  const World late = later(world, 12h);
  EXPECT_THAT(refusal(late, by(ben, ask_for_prod_web())), HasSubstr("has expired"));
  EXPECT_THAT(refusal(late, by(dana, ExtendEmergency{e1})), HasSubstr("has expired"));
}

TEST(Emergency, WhoseModeHasLeftTheCatalogIsClosedByAnOwner) {
  const World world = after_change(declared(), [](catalog::Catalog& c) { c.modes.clear(); });
  EXPECT_THAT(refusal(world, by(fumi, CloseEmergency{e1})), HasSubstr("An owner may close"));
  EXPECT_EQ(refusal(world, by(chie, CloseEmergency{e1})), "allowed");
}

TEST(Emergency, IsDeclaredHoweverMuchHostileAnswersPutIntoDetails) {
  World world = after_change(confirmed(), [](catalog::Catalog& c) {
    catalog::AtLeast all{1, {c.modes.at(idp_unavailable).confirm}};
    for (int i = 0; i < 100; ++i) {
      const ProbeId probe = id<ProbeId>("p" + std::to_string(i));
      c.probes.emplace(probe, catalog::Probe{.id = probe, .dependency = "x", .check = catalog::StsProbe{}});
      all.of.push_back({catalog::ProbeDown{probe}});
    }
    c.modes.at(idp_unavailable).confirm = {all};
  });
  for (int i = 0; i < 100; ++i) {
    ObserveProbe hostile = seen(id<ProbeId>("p" + std::to_string(i)), Verdict::down, start);
    hostile.detail = std::string(500, '"');
    world = after(world, by_postern(hostile));
  }
  world = after(world, by(dana, declare()));
  EXPECT_GT(world.situation.emergency(e1)->probes.size(), 40U);
}

TEST(ObserveProbe, IsNotTakenFromANodeThatCallsItselfPeople) {
  ObserveProbe observed = seen(okta, Verdict::down, start);
  observed.node = "people";
  World world = at_peace();
  EXPECT_TRUE(world.hear(by_postern(observed)).refusal);
}

const std::string signed_in = "I signed in to AWS the normal way.";
/// E-1 is open, and it is over when okta is up for ten minutes and Chie's group has signed in.
World with_return_to_normal() {
  return after_change(declared(), [](catalog::Catalog& c) {
    c.processes.at(operate_workload).return_to_normal = {{catalog::ProbeUp{okta, 10min}},
                                                         {catalog::Attested{identity_admins, 1, signed_in}}};
  });
}

TEST(Ending, NeedsNormalAccessToBeProven) {
  World world = with_return_to_normal();
  EXPECT_THAT(refusal(world, by(dana, CloseEmergency{e1})),
              AllOf(StartsWith("conflict: Normal access is not proven to work again. Missing:"),
                    HasSubstr("\n- probe okta is up for at least 10m"), HasSubstr("\n- 1 of identity-admins"),
                    HasSubstr("postern attest E-1"), HasSubstr("postern close E-1 --reason")));
  world = after(world, by_postern(seen(okta, Verdict::up, world.now)));
  world = after(later(world, 10min), by(chie, Attest{idp_unavailable, signed_in}));
  world = after(world, by(dana, CloseEmergency{e1}));
  EXPECT_EQ(world.situation.emergency(e1)->end, EmergencyEnd::over);
  EXPECT_THAT(world.situation.emergency(e1)->missing, IsEmpty());
}

TEST(Ending, WithoutProofIsRecordedWithWhatWasMissing) {
  World world = with_return_to_normal();
  world = after(world,
                by(dana, CloseEmergency{e1, EmergencyEnd::over, commitment_to("We moved to another IdP.")}));
  EXPECT_THAT(world.situation.emergency(e1)->missing, SizeIs(2));
  EXPECT_TRUE(std::get<EmergencyClosed>(world.story.back().fact).reason);
}

TEST(Ending, CountsOnlyWhatWasSaidSinceTheDeclaration) {
  World world = after_change(suspected(), [](catalog::Catalog& c) {
    c.processes.at(operate_workload).return_to_normal = {{catalog::Attested{identity_admins, 1, signed_in}}};
  });
  EXPECT_THAT(refusal(world, by(chie, Attest{idp_unavailable, signed_in})), HasSubstr("It asks:"));
  world = after(after(world, by(chie, attest())), by(dana, declare()));
  world = after(world, by(chie, Attest{idp_unavailable, signed_in}));
  EXPECT_EQ(refusal(world, by(dana, CloseEmergency{e1})), "allowed");
  // A new emergency begins with nothing said.
  world = after(later(after(world, by(dana, CloseEmergency{e1})), 1s), by(dana, declare()));
  EXPECT_THAT(refusal(later(world, 1s), by(dana, CloseEmergency{EmergencyId(2)})), StartsWith("conflict:"));
}

TEST(Ending, IsStatedByAGroupThatOnlyTheReturnAsks) {
  World world = after_change(declared(), [](catalog::Catalog& c) {
    c.processes.at(operate_workload).return_to_normal = {{catalog::Attested{emergency_admins, 1, signed_in}}};
  });
  EXPECT_EQ(refusal(world, by(aiko, Attest{idp_unavailable, signed_in})), "allowed");
  world = after(world, by(dana, CloseEmergency{e1, EmergencyEnd::over, commitment_to("so")}));
  EXPECT_THAT(refusal(world, by(aiko, Attest{idp_unavailable, signed_in})),
              StartsWith("conflict: Nothing can be stated before an emergency"));
}

TEST(Ending, AsAFalseAlarmNeedsAReasonAndNoProof) {
  const World world = with_return_to_normal();
  EXPECT_THAT(refusal(world, by(dana, CloseEmergency{e1, EmergencyEnd::false_alarm})),
              StartsWith("invalid: Say why it was a false alarm"));
  const World closed =
      after(world, by(dana, CloseEmergency{e1, EmergencyEnd::false_alarm, commitment_to("Our firewall.")}));
  EXPECT_EQ(closed.situation.emergency(e1)->end, EmergencyEnd::false_alarm);
  for (const EmergencyEnd how : {EmergencyEnd::expired, EmergencyEnd::objected})
    EXPECT_THAT(refusal(world, by(dana, CloseEmergency{e1, how, commitment_to("x")})),
                StartsWith("invalid:"));
}

// --- Incident numbers
// -------------------------------------------------------------------------------------------------

TEST(Emergency, NeedsAnIncidentWhereTheCatalogAlwaysAsksForOne) {
  const auto where_required = [](catalog::IncidentRequired required) {
    return after_change(confirmed(), [=](catalog::Catalog& c) {
      c.incidents = catalog::Incidents{.provider = {.kind = "http"}, .required = required};
    });
  };
  const Ask without = by(dana, Declare{idp_unavailable, ""});
  EXPECT_THAT(refusal(where_required(catalog::IncidentRequired::always), without),
              StartsWith("invalid: The catalog asks for an incident number"));
  EXPECT_EQ(refusal(where_required(catalog::IncidentRequired::always), by(dana, declare())), "allowed");
  EXPECT_EQ(refusal(where_required(catalog::IncidentRequired::when_reachable), without), "allowed");
  EXPECT_EQ(refusal(where_required(catalog::IncidentRequired::never), without), "allowed");
}

// --- What probes warn of, and what people say of them
// -------------------------------------------------------------------------------------------------

TEST(Warnings, AreRecordedWhenTheyDiffer) {
  const auto warn = [](std::vector<ProbeWarning> warnings) {
    return by_postern(WarnOfProbe{okta, std::move(warnings)});
  };
  const ProbeWarning soon{WarningKind::expires, "A certificate ends in less than 7 days."};
  World world = after(at_peace(), warn({}));
  EXPECT_EQ(world.story.size(), at_peace().story.size());
  world = after(world, warn({soon}));
  EXPECT_THAT(world.situation.probes.at(okta).warnings, ElementsAre(soon));
  const std::size_t told = world.story.size();
  world = after(world, warn({soon}));
  EXPECT_EQ(world.story.size(), told);
  world = after(world, warn({}));
  EXPECT_THAT(world.situation.probes.at(okta).warnings, IsEmpty());
  EXPECT_THAT(world.situation.suspicions, IsEmpty());
}

TEST(Warnings, AreShortAndFewAndOfPosternsOwn) {
  std::vector<ProbeWarning> many(30, {WarningKind::changed, std::string(700, 'x') + "\x1b[31m"});
  const World world = after(at_peace(), by_postern(WarnOfProbe{okta, many}));
  const auto& kept = world.situation.probes.at(okta).warnings;
  EXPECT_THAT(kept, SizeIs(20));
  EXPECT_EQ(kept.front().text.size(), 500U);
  EXPECT_THAT(refusal(at_peace(), by(dana, WarnOfProbe{okta, {}})), StartsWith("forbidden:"));
  EXPECT_THAT(refusal(at_peace(), by_postern(WarnOfProbe{id<ProbeId>("nothing"), {}})),
              StartsWith("not_found:"));
}

World with_a_phone_probe() {
  return after_change(at_peace(), [](catalog::Catalog& c) {
    const ProbeId phone = id<ProbeId>("phone");
    c.probes.emplace(phone, catalog::Probe{.id = phone,
                                           .dependency = "corporate-idp",
                                           .check = catalog::ManualProbe{identity_admins, 30min}});
    c.modes.at(idp_unavailable).seen_by = 2;
    c.modes.at(idp_unavailable).confirm = {catalog::ProbeDown{phone, 5min}};
  });
}

TEST(Report, OfAProbeCountsAsSeenByAllNodes) {
  const ProbeId phone = id<ProbeId>("phone");
  const World world =
      after(with_a_phone_probe(), by(chie, ReportProbe{phone, Verdict::down, "Nobody picks up."}));
  EXPECT_EQ(world.situation.probes.at(phone).nodes.at("people").detail, "chie: Nobody picks up.");
  EXPECT_TRUE(world.situation.suspicions.contains(idp_unavailable));
  EXPECT_EQ(refusal(later(world, 5min), by(dana, declare())), "allowed");
  EXPECT_THAT(refusal(settled(later(world, 30min)), by(dana, declare())), StartsWith("conflict:"));
}

TEST(Report, IsTakenBackByUnknown) {
  const ProbeId phone = id<ProbeId>("phone");
  World world = after(with_a_phone_probe(), by(chie, ReportProbe{phone, Verdict::down, "Nobody picks up."}));
  world = after(world, by(emil, ReportProbe{phone, Verdict::unknown, "I had the wrong number."}));
  EXPECT_EQ(world.situation.probes.at(phone).verdict(), Verdict::unknown);
  EXPECT_THAT(world.situation.suspicions, IsEmpty());
  EXPECT_FALSE(next_due(world.situation));
}

TEST(Report, IsForTheGroupThatTheProbeNamesAndForManualProbesAlone) {
  const ProbeId phone = id<ProbeId>("phone");
  const World world = with_a_phone_probe();
  EXPECT_THAT(refusal(world, by(aiko, ReportProbe{phone, Verdict::down, "so"})),
              StartsWith("forbidden: aiko may not"));
  EXPECT_THAT(refusal(world, by(chie, ReportProbe{okta, Verdict::down, "so"})),
              HasSubstr("not one that people speak for"));
  EXPECT_THAT(refusal(world, by(chie, ReportProbe{phone, Verdict::down, ""})), StartsWith("invalid:"));
  EXPECT_THAT(refusal(world, by(chie, ReportProbe{phone, Verdict::down, "two\nlines"})),
              StartsWith("invalid:"));
  EXPECT_THAT(refusal(world, by(chie, ReportProbe{phone, Verdict::down, std::string(301, 'x')})),
              StartsWith("invalid:"));
}

}  // namespace
}  // namespace postern::emergency
