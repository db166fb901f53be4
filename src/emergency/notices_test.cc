// Who is told of what, and what becomes of it.
#include <gmock/gmock.h>

#include "emergency/codec.h"
#include "emergency/describe.h"
#include "emergency/testing.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

/// Mail for everybody; a chat room, a pager and a webhook beside it.
void add_channels(catalog::Catalog& c) {
  const auto channel = [&](const std::string& name, const std::string& kind) {
    c.channels.emplace(name, catalog::Channel{.provider = {.kind = kind}});
  };
  channel("mail", "smtp");
  channel("page", "pagerduty");
  channel("room", "slack");
  channel("hook", "webhook");
  for (auto& [id, person] : c.people) person.reached_by = {"mail"};
}
World declared_with(const std::function<void(catalog::Catalog&)>& change) {
  return after_change(declared(), [&](catalog::Catalog& c) {
    add_channels(c);
    change(c);
  });
}
const auto nothing_more = [](catalog::Catalog&) {};
catalog::Process& process_of(catalog::Catalog& c) { return c.processes.at(operate_workload); }

/// "request.waiting to ben", for each notice that these facts make.
std::vector<std::string> told(const std::vector<Record>& story, std::size_t from) {
  std::vector<std::string> out;
  for (std::size_t i = from; i < story.size(); ++i)
    if (const auto* due = std::get_if<NoticeDue>(&story[i].fact))
      for (const NoticeRoute& route : due->routes) {
        std::string line(name_of(due->kind));
        line += " to " + (route.person ? route.person->text() : "all") + " by";
        for (const std::string& each : route.channels) line += " " + each;
        out.push_back(line);
      }
  return out;
}
std::vector<std::string> told_by(const World& before, const Ask& ask) {
  return told(after(before, ask).story, before.story.size());
}

TEST(Notices, AskEverybodyOfTheTierAndNobodyElse) {
  const World world = declared_with(nothing_more);
  EXPECT_THAT(told_by(world, by(aiko, ask_for_prod_web())), ElementsAre("request.waiting to ben by mail"));
}

TEST(Notices, GoToTheDeputyOfWhoeverIsAway) {
  World world = declared_with([](catalog::Catalog& c) { c.people.at(ben).deputy = emil; });
  world = after(world, absent(ben, ben, world.now, world.now + 1h));
  EXPECT_THAT(told_by(world, by(aiko, ask_for_prod_web())), ElementsAre("request.waiting to emil by mail"));
}

TEST(Notices, AskTheNextTierAndTellThePlanWhenNobodyAnswers) {
  World world = declared_with([](catalog::Catalog& c) {
    process_of(c).communication = catalog::Communication{
        .on = {{catalog::Moment::escalation, {.to = {executives}, .channels = {"page", "mail"}}}}};
  });
  world = later(after(world, by(aiko, ask_for_prod_web())), 5min);
  EXPECT_THAT(told_by(world, by_postern(Settle{})),
              ElementsAre("request.waiting to dana by mail", "request.waiting to emil by mail",
                          "request.escalated to fumi by page mail"));
  const World settled_world = settled(world);
  EXPECT_THAT(settled_world.situation.notices, SizeIs(2));  // the first tier's is dropped
}

TEST(Notices, RemindThoseWhoHaveNotAnswered) {
  World world = declared_with([](catalog::Catalog& c) {
    process_of(c).tiers = {{.from = {security_leads}, .count = 2, .within = 10min}};
  });
  world = after(world, by(aiko, ask_for_prod_web()));
  world = after(world, approve(world, dana));
  world = later(world, 5min);
  EXPECT_THAT(told_by(world, by_postern(Settle{})), ElementsAre("request.reminder to emil by mail"));
  EXPECT_THAT(told_by(settled(world), by_postern(Settle{})), IsEmpty());
}

TEST(Notices, TellTheOthersWhenOneHasAnswered) {
  World world = declared_with(
      [](catalog::Catalog& c) { process_of(c).tiers = {{.from = {security_leads}, .within = 10min}}; });
  world = after(world, by(aiko, ask_for_prod_web()));
  EXPECT_THAT(told_by(world, approve(world, dana)),
              ElementsAre("request.answered to emil by mail", "grant.opened to aiko by mail"));
  EXPECT_THAT(told_by(world, deny(world, dana)),
              ElementsAre("request.answered to emil by mail", "request.ended to aiko by mail"));
  const World granted = after(world, approve(world, dana));
  for (const auto& [id, notice] : granted.situation.notices)
    EXPECT_NE(notice.kind, NoticeKind::request_waiting);
}

TEST(Notices, TakeAChannelThatStandsOnWhatIsDownLast) {
  const auto mail_needs_the_idp = [](catalog::Catalog& c) {
    c.dependencies.emplace("corporate-idp", catalog::Dependency{});
    c.channels.at("mail").needs = catalog::Needs{.dependency = "corporate-idp"};
    c.people.at(ben).reached_by = {"mail", "page"};
  };
  EXPECT_THAT(told_by(declared_with(mail_needs_the_idp), by(aiko, ask_for_prod_web())),
              ElementsAre("request.waiting to ben by page mail"));
}

TEST(Notices, LeaveOutAChannelThatCannotReachThePerson) {
  const World world = declared_with([](catalog::Catalog& c) {
    c.channels.emplace("text", catalog::Channel{.provider = {.kind = "sms"}});
    c.people.at(ben).reached_by = {"text", "mail"};
  });
  EXPECT_THAT(told_by(world, by(aiko, ask_for_prod_web())), ElementsAre("request.waiting to ben by mail"));
}

TEST(Notices, FollowThePlanFromSuspicionToTheEnd) {
  using catalog::Moment;
  World world = after_change(at_peace(), [](catalog::Catalog& c) {
    add_channels(c);
    process_of(c).communication =
        catalog::Communication{.on = {{Moment::suspicion, {.channels = {"room"}}},
                                      {Moment::declared, {.to = {executives}, .channels = {"mail"}}},
                                      {Moment::override, {.channels = {"room"}}},
                                      {Moment::close, {.channels = {"page"}}}}};
  });
  world = after(world, by_postern(seen(okta, Verdict::down, world.now)));
  const Ask second = by_postern(seen(keycloak, Verdict::down, world.now));
  EXPECT_THAT(told_by(world, second), ElementsAre("suspicion.raised to all by room"));
  world = after(world, second);
  const World recovered = after(world, by_postern(seen(okta, Verdict::up, world.now)));
  EXPECT_THAT(recovered.situation.notices, SizeIs(1)) << "who has not heard of it need not hear of it";
  world = after(later(world, 6min), by(chie, attest()));
  EXPECT_THAT(told_by(world, by(dana, declare())), ElementsAre("emergency.declared to fumi by mail"));
  EXPECT_THAT(told_by(world, override_confirmation(aiko)),
              UnorderedElementsAre("override.made to ben by mail", "override.made to chie by mail",
                                   "override.made to dana by mail", "override.made to emil by mail",
                                   "override.made to all by room"));
  world = after(world, by(dana, declare()));
  EXPECT_THAT(told_by(world, by(dana, CloseEmergency{e1})), ElementsAre("emergency.closed to all by page"));
}

TEST(Notices, GoIntoTheTicketSystemsTimelineWhereThereIsOne) {
  const World world = after_change(confirmed(), [](catalog::Catalog& c) {
    c.incidents = catalog::Incidents{.provider = {.kind = "jira"}, .link_within = 30min};
  });
  EXPECT_THAT(told_by(world, by(dana, declare())), ElementsAre("emergency.declared to all by @incident"));
}

TEST(Notices, TellTheServiceThatAskedOfEachStage) {
  World world = declared_with([](catalog::Catalog& c) {
    c.services.emplace("desk", catalog::Service{.token = sha256("token"),
                                                .processes = {operate_workload},
                                                .may_ask_for = {emergency_admins},
                                                .channel = "hook"});
  });
  SubmitRequest request = ask_for_prod_web();
  request.on_behalf_of = aiko;
  const Actor desk{{}, ServiceId::parse("desk").value()};
  const Ask asked{.by = desk, .key = "k", .fingerprint = {}, .command = request};
  EXPECT_THAT(told_by(world, asked), Contains("request.waiting to all by hook"));
  world = after(world, asked);
  EXPECT_THAT(told_by(world, deny(world, ben)), Contains("request.ended to all by hook"));
  EXPECT_THAT(told_by(world, approve(world, ben)), Contains("grant.opened to all by hook"));
}

TEST(Notices, AreNotMadeWithoutAChannel) { EXPECT_THAT(told(granted().story, 0), IsEmpty()); }

TEST(Notices, TellAPersonWhoIsSaidToBeAwayAndTheirDeputyWhoIsAskedNow) {
  World world = declared_with([](catalog::Catalog& c) {
    c.people.at(ben).manager = fumi;
    c.people.at(ben).deputy = emil;
  });
  world = after(world, by(aiko, ask_for_prod_web()));
  EXPECT_THAT(told_by(world, absent(fumi, ben, world.now, world.now + 1h)),
              ElementsAre("absence.marked to ben by mail", "request.waiting to emil by mail"));
  EXPECT_THAT(told_by(world, absent(ben, ben, world.now, world.now + 1h)),
              ElementsAre("request.waiting to emil by mail"));
}

TEST(Notices, FitIntoTheirEntriesHoweverManyMustBeTold) {
  World world = after_change(at_peace(), [](catalog::Catalog& c) {
    add_channels(c);
    std::vector<std::string> names;
    for (int i = 0; i < 8; ++i) {
      names.push_back("a-channel-with-a-name-of-forty-letters-" + std::to_string(i));
      c.channels.emplace(names.back(), catalog::Channel{.provider = {.kind = "slack"}});
    }
    for (int i = 0; i < 300; ++i) {
      const PersonId who = PersonId::parse("somebody-" + std::to_string(i)).value();
      c.people.emplace(who, example_person(who, false));
      c.groups.at(executives).push_back(who);
    }
    process_of(c).communication =
        catalog::Communication{.on = {{catalog::Moment::declared, {.to = {executives}, .channels = names}}}};
  });
  world = after(after(world, by(chie, attest())), by(emil, attest()));
  world = after(world, by(dana, declare()));  // each entry goes through the ledger's encoding here
  std::size_t routes = 0;
  for (const auto& [id, notice] : world.situation.notices) routes += notice.routes.size();
  EXPECT_EQ(routes, 301U);
}

TEST(Incident, OfAnEmergencyByOverrideIsDueAsWell) {
  World world = after_change(at_peace(), [](catalog::Catalog& c) {
    c.incidents = catalog::Incidents{.provider = {.kind = "jira"}, .link_within = 30min};
  });
  world = after(world, override_confirmation(aiko));
  world = after(world, cosign(world, ben));
  EXPECT_EQ(world.situation.emergency(e1)->link_by, world.now + 30min);
}

// --- What becomes of them
// ------------------------------------------------------------------------------------------------

/// One notice to Dana, by page and then by mail.
World with_a_test() {
  const World world = after_change(at_peace(), [](catalog::Catalog& c) {
    add_channels(c);
    c.people.at(dana).reached_by = {"page", "mail"};
    process_of(c).tiers = {{.people = {dana}}};
  });
  return after(after(after(later(world, 1min), by(chie, attest())), by(emil, attest())), by(dana, declare()));
}
World with_an_ask() { return after(with_a_test(), by(aiko, ask_for_prod_web())); }
const NoticeId n1{1};
Ask delivered(const std::string& channel, const std::optional<PersonId>& person = dana) {
  return by_postern(RecordDelivery{NoticeDelivered{{n1}, channel, person, 1}});
}
Ask failed(const std::string& channel, const std::string& reason = "it said 503") {
  return by_postern(RecordDelivery{NoticeFailed{{n1}, channel, dana, 4, reason}});
}

TEST(Delivery, EndsANotice) {
  EXPECT_THAT(with_an_ask().situation.notices, SizeIs(1));
  EXPECT_THAT(after(with_an_ask(), delivered("page")).situation.notices, IsEmpty());
  const World repeated = after(after(with_an_ask(), delivered("page")), delivered("page"));
  EXPECT_EQ(repeated.story.size(), after(with_an_ask(), delivered("page")).story.size()) << "said once";
  EXPECT_THAT(after(with_an_ask(), delivered("mail")).situation.notices, SizeIs(1))
      << "that is not tried yet";
  EXPECT_THAT(after(with_an_ask(), delivered("page", {})).situation.notices, IsEmpty())
      << "a place serves all";
}

TEST(Delivery, GoesOnWithTheNextChannelAndEndsAsADeadLetter) {
  World world = after(with_an_ask(), failed("page"));
  EXPECT_THAT(world.situation.notices.at(n1).routes.front().channels, ElementsAre("mail"));
  EXPECT_THAT(world.situation.dead_letters, IsEmpty());
  world = after(world, failed("mail", "550 no such\r\nmailbox"));
  EXPECT_THAT(world.situation.notices, IsEmpty());
  ASSERT_THAT(world.situation.dead_letters, SizeIs(1));
  EXPECT_EQ(world.situation.dead_letters.front().person, dana);
  EXPECT_THAT(world.situation.dead_letters.front().reason, Not(testing::HasSubstr("\n")));
}

TEST(Delivery, IsRecordedByPosternAlone) {
  EXPECT_THAT(refusal(with_an_ask(), by(dana, RecordDelivery{NoticeDelivered{{n1}, "page", dana, 1}})),
              StartsWith("forbidden: "));
}

TEST(TestNotice, GoesToWhoeverAsksByEachChannelOfTheirs) {
  EXPECT_THAT(told_by(with_a_test(), by(dana, TestNotice{})),
              ElementsAre("notice.test to dana by page", "notice.test to dana by mail"));
  EXPECT_THAT(told_by(with_a_test(), by(dana, TestNotice{"mail"})),
              ElementsAre("notice.test to dana by mail"));
  EXPECT_THAT(refusal(with_a_test(), by(dana, TestNotice{"room"})), StartsWith("not_found: "));
  EXPECT_THAT(refusal(at_peace(), by(dana, TestNotice{})), StartsWith("not_found: No channel"));
}

// --- The ticket system
// -----------------------------------------------------------------------------------------------------

World confirmed_with_tickets(catalog::IncidentRequired required, bool creates = false) {
  return after_change(confirmed(), [&](catalog::Catalog& c) {
    c.incidents = catalog::Incidents{
        .provider = {.kind = "jira"}, .required = required, .link_within = 30min, .creates = creates};
  });
}
Ask declaring(const std::string& incident, IncidentAnswer answer) {
  return by(dana, Declare{idp_unavailable, incident, answer});
}

TEST(Incident, ThatTheTicketSystemDoesNotKnowIsNoneToDeclareWith) {
  const World world = confirmed_with_tickets(catalog::IncidentRequired::when_reachable);
  EXPECT_THAT(refusal(world, declaring("INC-1", IncidentAnswer::not_open)),
              StartsWith("conflict: The ticket system does not know INC-1"));
  const World known = after(world, declaring("INC-1", IncidentAnswer::open));
  EXPECT_TRUE(known.situation.emergency(e1)->has_known_incident());
  EXPECT_FALSE(next_due(known.situation) == known.now + 30min);
}

TEST(Incident, IsAskedForOnlyWhileTheTicketSystemAnswers) {
  using catalog::IncidentRequired;
  const World world = confirmed_with_tickets(IncidentRequired::when_reachable);
  EXPECT_THAT(refusal(world, declaring("", IncidentAnswer::reachable)),
              StartsWith("invalid: The ticket system answers"));
  EXPECT_EQ(refusal(world, declaring("", IncidentAnswer::unreachable)), "allowed");
  EXPECT_EQ(refusal(world, declaring("INC-1", IncidentAnswer::unreachable)), "allowed");
  const World creating = confirmed_with_tickets(IncidentRequired::when_reachable, true);
  EXPECT_EQ(refusal(creating, declaring("", IncidentAnswer::reachable)), "allowed");
}

TEST(Incident, IsLinkedLaterOrOverdue) {
  World world = after(confirmed_with_tickets(catalog::IncidentRequired::never),
                      declaring("", IncidentAnswer::unreachable));
  EXPECT_EQ(next_due(world.situation), world.now + 30min);
  const World overdue = settled(later(world, 30min));
  EXPECT_TRUE(overdue.situation.emergency(e1)->is_link_overdue);
  EXPECT_TRUE(owed(overdue.situation, overdue.now + 24h * 365).empty() ||
              !overdue.situation.open_emergencies.empty());
  world = after(world, by(dana, LinkIncident{e1, "OPS-7"}));
  EXPECT_FALSE(world.situation.emergency(e1)->has_known_incident()) << "nobody has looked yet";
  world = after(world, by_postern(RecordIncident{e1, "OPS-7", IncidentEvent::verified}));
  EXPECT_TRUE(world.situation.emergency(e1)->has_known_incident());
  EXPECT_THAT(owed(world.situation, world.now + 30min), IsEmpty());
}

TEST(Incident, ThatAPersonNamedIsNotWrittenOver) {
  World world = after(confirmed_with_tickets(catalog::IncidentRequired::never, true),
                      declaring("INC-1", IncidentAnswer::unreachable));
  world = after(world, by_postern(RecordIncident{e1, "INC-2", IncidentEvent::created}));
  EXPECT_EQ(world.situation.emergency(e1)->incident, "INC-1");
  world = after(world, by_postern(RecordIncident{e1, "INC-1", IncidentEvent::missing}));
  EXPECT_EQ(world.situation.emergency(e1)->incident_event, IncidentEvent::missing);
  EXPECT_THAT(refusal(world, by(aiko, LinkIncident{e1, "INC-3"})), StartsWith("forbidden: "));
  EXPECT_THAT(refusal(world, by(dana, LinkIncident{e1, ""})), StartsWith("invalid: "));
}

// --- The timeline
// ----------------------------------------------------------------------------------------------------------

TEST(Timeline, HoldsEveryEntryOfTheEmergencyInItsOrder) {
  World world = in_session();
  world = after(world, by(aiko, NoteTimeline{e1, commitment_to("We restarted the gateway.")}));
  std::vector<std::string> types;
  for (const TimelineItem& each : world.situation.emergency(e1)->timeline) {
    types.push_back(each.type);
    EXPECT_EQ(each.at, world.story.at(each.entry).at);
    EXPECT_EQ(each.type, type_of(world.story.at(each.entry).fact));
  }
  EXPECT_THAT(types, ElementsAre("emergency.declared", "request.submitted", "request.checked",
                                 "request.approved", "grant.opened", "session.intended", "emergency.noted"));
  EXPECT_THAT(refusal(world, by(fumi, NoteTimeline{e1, commitment_to("x")})), StartsWith("forbidden: "));
}

TEST(Text, IsPublishedByThoseWhoDeclareWhereThereIsAStatusPage) {
  const World world = declared_with([](catalog::Catalog& c) {
    process_of(c).communication = catalog::Communication{.status_page = "hook"};
  });
  EXPECT_THAT(told_by(world, by(dana, PublishText{e1, NoticeKind::customers})),
              ElementsAre("customers to all by hook"));
  EXPECT_THAT(refusal(world, by(aiko, PublishText{e1, NoticeKind::customers})), StartsWith("forbidden: "));
  EXPECT_THAT(refusal(world, by(dana, PublishText{e1, NoticeKind::grant_opened})), StartsWith("invalid: "));
  EXPECT_THAT(refusal(declared(), by(dana, PublishText{e1, NoticeKind::partners})), StartsWith("conflict: "));
}

}  // namespace
}  // namespace postern::emergency
