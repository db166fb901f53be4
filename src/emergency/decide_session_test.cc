// Sessions under a grant, and the grant's end.
#include <gmock/gmock.h>

#include "emergency/testing.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
using testing::HasSubstr;
using testing::StartsWith;

std::string refusal_to_open(const World& world) { return refusal(world, by(aiko, OpenSession{g1})); }
std::string refusal_of_report(const std::function<void(SessionIssued&)>& change) {
  ReportSession report = report_issued();
  change(std::get<SessionIssued>(report.outcome));
  return refusal(in_session(), by(aiko, report));
}

TEST(Session, IsNamedAfterItsGrantAndItsPerson) {
  const World world = in_session();
  const Session& session = world.session();
  EXPECT_EQ(session.role_session_name, "G-1.S-1");
  EXPECT_EQ(session.source_identity, "aiko");
  EXPECT_EQ(session.duration, 1h);
  EXPECT_EQ(session.report_by, world.now + 5min);
  EXPECT_EQ(session.state, SessionState::intended);
}

TEST(Session, NeedsAnOpenGrant) {
  EXPECT_THAT(refusal_to_open(requested()), StartsWith("not_found: There is no grant G-1."));
  EXPECT_THAT(refusal_to_open(after(granted(), by(aiko, CloseGrant{g1}))),
              StartsWith("conflict: Grant G-1 is closed."));
  EXPECT_THAT(refusal_to_open(after(granted(), by(dana, CloseEmergency{e1}))),
              StartsWith("conflict: Grant G-1 is closed."));
}

TEST(Session, IsRefusedAfterTheGrantsTimeEvenIfNobodyLooked) {
  EXPECT_THAT(refusal_to_open(later(granted(), 1h)), StartsWith("conflict: Grant G-1 is closed."));
  EXPECT_THAT(refusal_to_open(settled(later(granted(), 1h))), StartsWith("conflict: Grant G-1 is closed."));
}

TEST(Session, IsRefusedWhenLessThanAQuarterOfAnHourIsLeft) {
  EXPECT_EQ(refusal_to_open(later(granted(), 45min)), "allowed");
  EXPECT_THAT(refusal_to_open(later(granted(), 45min + 1s)),
              StartsWith("exhausted: Grant G-1 ends in less than 15m"));
}

TEST(Session, EndsWithItsGrantOrEarlier) {
  const World world = after(later(granted(), 40min), by(aiko, OpenSession{g1}));
  EXPECT_EQ(world.session().duration, 20min);
  const World short_sessions = after_change(
      declared(), [](catalog::Catalog& c) { c.processes.at(operate_workload).access.session_max = 30min; });
  World other = after(short_sessions, by(aiko, ask_for_prod_web()));
  other = after(after(other, approve(other, ben)), by(aiko, OpenSession{g1}));
  EXPECT_EQ(other.session().duration, 30min);
}

TEST(Session, IsForTheHolderAlone) {
  for (const PersonId& person : {ben, dana})
    EXPECT_THAT(refusal(granted(), by(person, OpenSession{g1})),
                StartsWith("forbidden: A grant is for the person who asked for it alone."));
  EXPECT_THAT(refusal(granted(), by_postern(OpenSession{g1})), StartsWith("forbidden: Postern itself"));
}

TEST(Session, IsRefusedAfterThePersonLostStanding) {
  // Losing it ends the grant as well; the rule holds by itself too.
  World world = granted();
  catalog::Catalog changed = *world.in_force;
  remove_from(changed, emergency_admins, aiko);
  world.in_force = std::make_shared<const catalog::Catalog>(changed);
  EXPECT_THAT(refusal_to_open(world),
              StartsWith("forbidden: aiko may not request access by operate-workload"));
}

TEST(Session, IsRefusedWhenTheCatalogNoLongerLeadsThere) {
  const auto refusal_under = [](const std::function<void(catalog::Catalog&)>& change) {
    return refusal_to_open(after_change(granted(), change));
  };
  const auto is_refused =
      StartsWith("conflict: The catalog has changed: operate-workload does not let aiko into");
  EXPECT_THAT(refusal_under([](catalog::Catalog& c) { c.accounts[0].tags.clear(); }), is_refused);
  EXPECT_THAT(refusal_under([](catalog::Catalog& c) { c.accounts.erase(c.accounts.begin()); }), is_refused);
  EXPECT_THAT(refusal_under([](catalog::Catalog& c) { c.people.at(aiko).iam_user.reset(); }), is_refused);
  EXPECT_EQ(refusal_under([](catalog::Catalog& c) { c.min_people = 3; }), "allowed");
}

TEST(Session, IsRefusedAfterAHundredUnderOneGrant) {
  World world = granted();
  for (std::size_t i = 0; i < sessions_per_grant_max; ++i)
    world = after(std::move(world), by(aiko, OpenSession{g1}));
  EXPECT_THAT(refusal_to_open(world), StartsWith("exhausted: Grant G-1 has had 100 sessions and 0 attempts"));
}

TEST(Session, IsNotUsedUpByAttemptsThatFailedUntilTheyAreFarTooMany) {
  World world = granted();
  for (std::size_t i = 1; i <= failed_sessions_per_grant_max; ++i) {
    world = after(std::move(world), by(aiko, OpenSession{g1}));
    const SessionId session(i);
    world =
        after(std::move(world), by(aiko, ReportSession{session, SessionFailed{session, "RegionDisabled"}}));
    if (i == sessions_per_grant_max + 1) {
      EXPECT_EQ(refusal_to_open(world), "allowed");
    }
  }
  EXPECT_THAT(refusal_to_open(world),
              StartsWith("exhausted: Grant G-1 has had 0 sessions and 2000 attempts"));
}

TEST(Session, KeepsWhatWasReported) {
  const World issued = after(in_session(), by(aiko, report_issued()));
  EXPECT_EQ(issued.session().state, SessionState::issued);
  EXPECT_EQ(issued.session().issued->access_key_id, "ASIAEXAMPLE000000002");
  const World failed = after(in_session(), by(aiko, report_failed()));
  EXPECT_EQ(failed.session().state, SessionState::failed);
  EXPECT_EQ(failed.session().failure, "AccessDenied: MFA code was not accepted");
}

TEST(Session, TakesALateReportBecauseTheTruthIsWanted) {
  const World unknown = settled(later(in_session(), 5min));
  EXPECT_EQ(unknown.session().state, SessionState::outcome_unknown);
  EXPECT_EQ(after(unknown, by(aiko, report_issued())).session().state, SessionState::issued);
  EXPECT_EQ(after(unknown, by(aiko, report_failed())).session().state, SessionState::failed);
  const World over = after(after(in_session(), by(aiko, CloseGrant{g1})), by(dana, CloseEmergency{e1}));
  EXPECT_EQ(after(over, by(aiko, report_issued())).session().state, SessionState::issued);
}

TEST(Session, RefusesASecondReport) {
  for (const ReportSession& first : {report_issued(), report_failed()}) {
    const World world = after(in_session(), by(aiko, first));
    for (const ReportSession& second : {report_issued(), report_failed()})
      EXPECT_THAT(refusal(world, by(aiko, second)),
                  StartsWith("conflict: Session S-1 was reported already."));
  }
}

TEST(Session, IsReportedByItsPersonAlone) {
  for (const PersonId& person : {ben, dana})
    EXPECT_THAT(refusal(in_session(), by(person, report_issued())), StartsWith("forbidden: Only the holder"));
  EXPECT_THAT(refusal(granted(), by(aiko, report_issued())),
              StartsWith("not_found: There is no session S-1."));
}

TEST(Session, RefusesAMalformedReport) {
  const auto is_refused = StartsWith("invalid: The report of session S-1 is malformed.");
  EXPECT_EQ(refusal_of_report([](SessionIssued&) {}), "allowed");
  for (const char* key :
       {"", "ASIA", "asiaexample000000002", "ASIAEXAMPLE00000000\n", "ASIAEXAMPLE 00000000"}) {
    EXPECT_THAT(refusal_of_report([&](SessionIssued& s) { s.access_key_id = key; }), is_refused) << key;
    EXPECT_THAT(refusal_of_report([&](SessionIssued& s) { s.hop_one_access_key_id = key; }), is_refused)
        << key;
  }
  EXPECT_THAT(refusal_of_report([](SessionIssued& s) { s.access_key_id = std::string(129, 'A'); }),
              is_refused);
  EXPECT_THAT(refusal_of_report([](SessionIssued& s) { s.assumed_role_arn = std::string(2049, 'a'); }),
              is_refused);
  EXPECT_THAT(refusal_of_report([](SessionIssued& s) { s.assumed_role_arn = "arn\x1b[2J"; }), is_refused);
  EXPECT_THAT(refusal_of_report([](SessionIssued& s) { s.region = "eu west"; }), is_refused);
}

TEST(Session, IsTheOneThatWasAskedAboutWhateverTheReportSays) {
  ReportSession report = report_failed();
  std::get<SessionFailed>(report.outcome).session = SessionId(77);
  EXPECT_EQ(after(in_session(), by(aiko, report)).session().state, SessionState::failed);
  report = report_issued();
  std::get<SessionIssued>(report.outcome).session = SessionId(77);
  EXPECT_EQ(after(in_session(), by(aiko, report)).session().issued->session, s1);
}

TEST(Session, KeepsAFailureInAtMost500HarmlessBytes) {
  const World world =
      after(in_session(), by(aiko, ReportSession{s1, SessionFailed{s1, std::string(600, '\x1b')}}));
  EXPECT_LE(world.session().failure.size(), 500U);
  EXPECT_TRUE(is_printable_text(world.session().failure));
}

TEST(Grant, IsClosedByWhoHoldsApprovesOrDeclares) {
  for (const PersonId& person : {aiko, ben, dana, emil, fumi, chie})
    EXPECT_EQ(after(granted(), by(person, CloseGrant{g1})).grant().end, GrantEnd::closed) << person.text();
  World world = after_change(granted(), [](catalog::Catalog& c) {
    c.people.emplace(id<PersonId>("gen"), example_person(id<PersonId>("gen"), false));
  });
  EXPECT_THAT(refusal(world, by(id<PersonId>("gen"), CloseGrant{g1})),
              StartsWith("forbidden: A grant is closed by"));
}

TEST(Grant, IsClosedOnce) {
  const World closed = after(granted(), by(aiko, CloseGrant{g1}));
  EXPECT_THAT(refusal(closed, by(ben, CloseGrant{g1})), StartsWith("conflict: Grant G-1 is closed already."));
  EXPECT_THAT(refusal(requested(), by(ben, CloseGrant{g1})), StartsWith("not_found:"));
}

}  // namespace
}  // namespace postern::emergency
