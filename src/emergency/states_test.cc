// docs/states.md, held cell by cell against decide() and apply().
#include <gmock/gmock.h>

#include "emergency/describe.h"
#include "emergency/table_for_test.h"
#include "emergency/testing.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
using testing::UnorderedElementsAreArray;

/// The world when the event comes (time may have passed), and the event.
using Coming = std::pair<World, Ask>;
using Event = std::function<Coming(World)>;

struct Machine {
  std::string heading;
  std::map<std::string, World> states;
  std::map<std::string, Event> events;
  std::function<std::string(const World&)> state_of;
};

/// That ask, after some time in which nobody looked what was owed.
Event asking(const PersonId& person, const Command& command, seconds wait = 0s) {
  return [=](World world) { return Coming(later(std::move(world), wait), by(person, command)); };
}
Event settling(seconds wait) {
  return [=](World world) { return Coming(later(std::move(world), wait), by_postern(Settle{})); };
}
Event settling_in_doubt(seconds wait) {
  return [=](World world) {
    return Coming(after(later(std::move(world), wait), by_postern(RecordClockJump{{wait, true}})),
                  by_postern(Settle{}));
  };
}
Event closing_the_emergency() { return asking(dana, CloseEmergency{e1}); }

template <class Values>
std::vector<std::string> names_in(const Values& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  return names;
}

void check(const Machine& machine) {
  const Table table = table_under(machine.heading, project_file("docs/states.md"));
  EXPECT_THAT(table.columns, UnorderedElementsAreArray(names_in(machine.events)));
  std::vector<std::string> rows;
  for (const auto& row : table.rows) rows.push_back(row.front());
  ASSERT_THAT(rows, UnorderedElementsAreArray(names_in(machine.states)));
  for (const auto& row : table.rows) {
    const World& world = machine.states.at(row.front());
    ASSERT_EQ(machine.state_of(world), row.front());
    ASSERT_EQ(row.size(), table.columns.size() + 1) << row.front();
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const auto event = machine.events.find(table.columns[i]);
      if (event == machine.events.end()) continue;
      auto [then, ask] = event->second(world);
      const bool refused = then.hear(ask).refusal.has_value();
      const std::string next = machine.state_of(then);
      EXPECT_EQ(row[i + 1], refused ? "refused" : next) << row.front() << ", " << table.columns[i];
      if (refused) {
        EXPECT_EQ(next, row.front()) << "a refusal changed it: " << table.columns[i];
      }
    }
  }
}

// --- Request
// ---------------------------------------------------------------------------------------------------------

std::string state_of_request(const World& world) {
  const Request& request = world.request();
  if (request.stage == Stage::awaiting_approval) return "awaiting tier " + std::to_string(request.tier);
  return std::string(name_of(request.stage));
}
/// Somebody of the tier that is asked now.
PersonId asked_now(const World& world) {
  const int tier = world.request().tier;
  return tier == 1 ? ben : tier == 2 ? dana : fumi;
}
Event answering(Decision decision, seconds wait = 0s) {
  return [=](World world) {
    const PersonId person = asked_now(world);
    const AnswerRequest answer = signed_answer(world, person, decision);
    return Coming(later(std::move(world), wait), by(person, answer));
  };
}

TEST(States, OfARequestAreAsDocumented) {
  const World tier_1 = requested();
  const World tier_2 = settled(later(tier_1, 5min));
  const World tier_3 = settled(later(tier_2, 5min));
  check({.heading = "## Request",
         .states = {{"awaiting tier 1", tier_1},
                    {"awaiting tier 2", tier_2},
                    {"awaiting tier 3", tier_3},
                    {"granted", granted()},
                    {"denied", after(tier_1, deny(tier_1, ben))},
                    {"expired", settled(later(tier_3, 5min))},
                    {"withdrawn", after(tier_1, by(aiko, WithdrawRequest{r1}))}},
         .events = {{"approve", answering(Decision::approve)},
                    {"approve when due", answering(Decision::approve, 5min)},
                    {"deny", answering(Decision::deny)},
                    {"withdraw", asking(aiko, WithdrawRequest{r1})},
                    {"settle before due", settling(299s)},
                    {"settle when due", settling(5min)},
                    {"settle when due, clock in doubt", settling_in_doubt(5min)},
                    {"close emergency", closing_the_emergency()}},
         .state_of = state_of_request});
}

// --- Grant
// -----------------------------------------------------------------------------------------------------------

Coming catalog_without_aiko(World world) {
  catalog::Catalog candidate = *world.in_force;
  remove_from(candidate, emergency_admins, aiko);
  const AdoptCatalog command = adoption(world, std::move(candidate), {dana, emil});
  return {std::move(world), by_postern(command)};
}

TEST(States, OfAGrantAreAsDocumented) {
  auto [open, without_aiko] = catalog_without_aiko(granted());
  check({.heading = "## Grant",
         .states = {{"open", open},
                    {"expired", settled(later(open, 1h))},
                    {"closed", after(open, by(aiko, CloseGrant{g1}))},
                    {"emergency_closed", after(open, by(dana, CloseEmergency{e1}))},
                    {"standing_lost", after(open, without_aiko)}},
         .events = {{"open session", asking(aiko, OpenSession{g1})},
                    {"open session, less than 15m left", asking(aiko, OpenSession{g1}, 46min)},
                    {"close grant", asking(aiko, CloseGrant{g1})},
                    {"settle before due", settling(1h - 1s)},
                    {"settle when due", settling(1h)},
                    {"settle when due, clock in doubt", settling_in_doubt(1h)},
                    {"close emergency", closing_the_emergency()},
                    {"catalog without the holder", catalog_without_aiko}},
         .state_of = [](const World& world) {
           const auto end = world.grant().end;
           return end ? std::string(name_of(*end)) : std::string("open");
         }});
}

// --- Session
// ---------------------------------------------------------------------------------------------------------

TEST(States, OfASessionAreAsDocumented) {
  const World intended = in_session();
  check({.heading = "## Session",
         .states = {{"intended", intended},
                    {"issued", after(intended, by(aiko, report_issued()))},
                    {"failed", after(intended, by(aiko, report_failed()))},
                    {"outcome_unknown", settled(later(intended, 5min))}},
         .events = {{"report issued", asking(aiko, report_issued())},
                    {"report failed", asking(aiko, report_failed())},
                    {"settle before due", settling(299s)},
                    {"settle when due", settling(5min)},
                    {"settle when due, clock in doubt", settling_in_doubt(5min)},
                    {"close grant", asking(ben, CloseGrant{g1})},
                    {"close emergency", closing_the_emergency()}},
         .state_of = [](const World& world) { return std::string(name_of(world.session().state)); }});
}

// --- Emergency and suspicion
// -----------------------------------------------------------------------------------------

TEST(States, OfAnEmergencyAreAsDocumented) {
  check({.heading = "## Emergency",
         .states = {{"none", confirmed()},
                    {"open", declared()},
                    {"closed", after(declared(), by(dana, CloseEmergency{e1}))}},
         .events = {{"declare, confirmed", asking(dana, declare())},
                    {"declare, not confirmed", asking(dana, declare(), attestation_valid_for)},
                    {"extend",
                     [](World world) {
                       return Coming(later(std::move(world), 1h), by(dana, ExtendEmergency{e1}));
                     }},
                    {"close emergency", closing_the_emergency()},
                    {"settle before due", settling(12h - 1s)},
                    {"settle when due", settling(12h)},
                    {"settle when due, clock in doubt", settling_in_doubt(12h)}},
         .state_of = [](const World& world) -> std::string {
           if (world.situation.emergencies.empty()) return "none";
           return world.situation.emergencies.rbegin()->second.closed_at ? "closed" : "open";
         }});
}

// --- Override
// --------------------------------------------------------------------------------------------------------

TEST(States, OfAnOverrideAreAsDocumented) {
  const World rule = after_change(at_peace(), [](catalog::Catalog& c) {
    c.processes.at(operate_workload).override_rule->objection_window = 10min;
  });
  const World awaiting = after(rule, override_confirmation(aiko));
  const World window = after(awaiting, cosign(awaiting, ben));
  const World opened = settled(later(window, 10min));
  const auto cosigning = [](seconds wait) -> Event {
    return [=](World world) {
      const Ask ask = cosign(world, ben);
      return Coming(later(std::move(world), wait), ask);
    };
  };
  check({.heading = "## Override",
         .states = {{"awaiting_co_signers", awaiting},
                    {"open_to_objection", window},
                    {"opened", opened},
                    {"ended", after(awaiting, by(aiko, WithdrawOverride{o1}))}},
         .events = {{"co-sign", cosigning(0s)},
                    {"co-sign when due", cosigning(30min)},
                    {"object", asking(chie, ObjectToOverride{o1, commitment_to("no")})},
                    {"withdraw", asking(aiko, WithdrawOverride{o1})},
                    {"review", asking(chie, ReviewOverride{o1, true, commitment_to("fine")})},
                    {"settle before due", settling(10min - 1s)},
                    {"settle when due", settling(30min)},
                    {"settle when due, clock in doubt", settling_in_doubt(30min)}},
         .state_of = [](const World& world) {
           return std::string(name_of(world.situation.override_of(o1)->stage()));
         }});
}

TEST(States, OfASuspicionAreAsDocumented) {
  const auto observing = [](const ProbeId& probe, Verdict verdict) -> Event {
    return [=](World world) {
      const Ask ask = by_postern(seen(probe, verdict, world.now));
      return Coming(std::move(world), ask);
    };
  };
  const World one_down = after(at_peace(), by_postern(seen(okta, Verdict::down, start)));
  check({.heading = "## Suspicion",
         .states = {{"none", one_down}, {"raised", suspected()}},
         .events = {{"the last probe goes down", observing(keycloak, Verdict::down)},
                    {"one probe comes up", observing(okta, Verdict::up)},
                    {"one probe becomes unknown", observing(okta, Verdict::unknown)},
                    {"attest", asking(chie, attest())},
                    {"settle", settling(24h)}},
         .state_of = [](const World& world) -> std::string {
           return world.situation.suspicions.contains(idp_unavailable) ? "raised" : "none";
         }});
}

}  // namespace
}  // namespace postern::emergency
