#include "emergency/codec.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "emergency/table_for_test.h"
#include "emergency/testing.h"

// Entries that were written once are read for ever: tests/vectors/emergency/golden.jsonl.
namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string golden_file = "tests/vectors/emergency/golden.jsonl";
/// What versions before wrote, some of it in versions of an entry's type that are only read any more.
const std::string first_file = "tests/vectors/emergency/golden-1.jsonl";
const std::string second_file = "tests/vectors/emergency/golden-2.jsonl";

std::string digest_file_of(const std::string& file) {
  return file.substr(0, file.size() - std::string_view("jsonl").size()) + "digest";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}
std::vector<ledger::Entry> golden_entries(const std::string& file = golden_file) {
  std::vector<ledger::Entry> entries;
  for (const std::string& line : lines_of(project_file(file)))
    entries.push_back(ledger::decode(line).value());
  ENSURE(!entries.empty());
  return entries;
}

// --- The story that the golden entries tell
// --------------------------------------------------------------------------

World until_aiko_is_in(World world) {
  world = after(std::move(world), by_postern(RecordNoise{{"192.0.2.7", "login", 3, start - 1min}}));
  world = after(std::move(world), by(chie, RecordLogin{"SHA256:golden", start + 8h}));
  for (const ProbeId& probe : {okta, keycloak}) {
    ObserveProbe down = seen(probe, Verdict::down, start - 90s);
    down.detail = "503 Service Unavailable";
    world = after(later(std::move(world), 1min), by_postern(down));
  }
  world = after(later(std::move(world), 5min), by(chie, attest()));
  world.hear(by(aiko, declare()));  // refused
  world = after(std::move(world), by(dana, declare()));
  world = after(std::move(world), by(aiko, ask_for_prod_web()));
  world = settled(later(std::move(world), 5min));
  const Ask approval = approve(world, dana);
  return after(std::move(world), approval);
}

World until_all_sessions_have_ended(World world) {
  world = after(std::move(world), by(aiko, OpenSession{g1}));
  world = after(later(std::move(world), 2s), by(aiko, report_issued(s1)));
  world = after(std::move(world), by(aiko, OpenSession{g1}));
  world = after(later(std::move(world), 2s), by(aiko, report_failed(SessionId(2))));
  world = after(std::move(world), by(aiko, OpenSession{g1}));
  world = settled(later(std::move(world), 5min));
  world = after(std::move(world), by_postern(RecordClockJump{{-7200500ms, true}}));
  return after(std::move(world), by_postern(RecordClockJump{{0ms, false}}));
}

World until_all_is_well_again(World world) {
  world = after(std::move(world), by(ben, ask_for_prod_web()));
  const Ask denial = deny(world, aiko, RequestId(2));
  world = after(std::move(world), denial);
  world = after(std::move(world), by(ben, ask_for_prod_web()));
  world = after(std::move(world), by(ben, WithdrawRequest{RequestId(3)}));
  world = after(std::move(world), by(ben, ask_for_prod_web()));
  for (int tier = 1; tier <= 3; ++tier) world = settled(later(std::move(world), 5min));
  world = after_change(std::move(world), [](catalog::Catalog& c) { c.min_people = 3; });
  world = after(std::move(world), by_postern(seen(okta, Verdict::up, world.now - 60s)));
  world = after(std::move(world), by(ben, ask_for_prod_web()));
  return after(std::move(world), by(emil, CloseEmergency{e1}));
}

/// What came with proposals, checks of oneself and upkeep.
World until_a_key_changed_in_the_second_emergency(World world) {
  const catalog::Upkeep upkeep{.statement = "The root user's mailbox is answered.",
                               .by = GroupId::parse("security-leads").value()};
  world =
      after_change(std::move(world), [&](catalog::Catalog& c) { c.upkeep.emplace("root-mailbox", upkeep); });
  world = after(std::move(world), by(dana, ConfirmUpkeep{"root-mailbox", upkeep.statement}));
  world =
      after(std::move(world), by(aiko, RecordSelfCheck{{{"hop one", true, ""}, {"mfa", false, "too old"}}}));
  world = after(std::move(world), by_postern(seen(okta, Verdict::down, world.now - 60s)));
  world = after(later(std::move(world), 5min), by(chie, attest()));
  world = after(std::move(world), by(dana, declare()));
  catalog::Catalog candidate = *world.in_force;
  candidate.people.at(aiko).ssh_keys = {TestKey("aiko-2").line()};
  const Digest digest = sha256("proposed catalog");
  world = after(std::move(world), by(dana, ProposeCatalog{digest}));
  for (const PersonId& owner : {dana, emil}) {
    const SignCatalog command = signing(world, digest, candidate, owner);
    world = after(std::move(world), by(owner, command));
  }
  return world;
}

/// What came with warnings, extensions, reports by hand and overrides.
World until_all_was_overridden(World world) {
  const ProbeId phone = id<ProbeId>("phone");
  world = after_change(std::move(world), [&](catalog::Catalog& c) {
    c.people.at(aiko).ssh_keys = {TestKey("aiko").line()};
    c.probes.emplace(phone, catalog::Probe{.id = phone,
                                           .dependency = "corporate-idp",
                                           .check = catalog::ManualProbe{identity_admins, 1h}});
    c.processes.at(operate_workload).return_to_normal = {{catalog::ProbeUp{okta, 10min}}};
  });
  world = after(std::move(world),
                by_postern(WarnOfProbe{okta,
                                       {{WarningKind::expires, "A certificate ends in 7 days."},
                                        {WarningKind::changed, "There is another certificate."}}}));
  world = after(std::move(world), by(chie, ReportProbe{phone, Verdict::degraded, "It takes a minute."}));
  world = after(later(std::move(world), 10min), by(dana, ExtendEmergency{EmergencyId(2)}));
  world = after(std::move(world), by(dana, CloseEmergency{EmergencyId(2), EmergencyEnd::false_alarm,
                                                          commitment_to("It was our own firewall.")}));
  world = after(later(std::move(world), attestation_valid_for),
                by_postern(seen(keycloak, Verdict::up, world.now)));
  world = after(std::move(world), by(chie, attest()));  // which alone confirms nothing
  world = after(std::move(world), override_confirmation(aiko));
  const Ask ben_signs = cosign(world, ben);
  world = after(later(std::move(world), 1min), ben_signs);
  SubmitRequest asked = ask_for_prod_web();
  asked.emergency = EmergencyId(3);
  world = after(std::move(world), by(aiko, asked));
  const RequestId request = world.situation.requests.rbegin()->first;
  for (int tier = 1; tier <= 3; ++tier) world = settled(later(std::move(world), 5min));
  const Ask going_ahead = override_approval(world, aiko, "Nobody answers.", request);
  world = after(std::move(world), going_ahead);
  const Ask dana_signs = cosign(world, dana, OverrideId(2));
  world = after(std::move(world), dana_signs);
  const Ask objection = by(fumi, ObjectToOverride{OverrideId(2), commitment_to("I was awake.")});
  world = after(later(std::move(world), 1min), objection);
  const Ask review = by(chie, ReviewOverride{o1, true, commitment_to("It was right.")});
  world = after(std::move(world), review);
  world = after(std::move(world), by(emil, CloseEmergency{EmergencyId(3), EmergencyEnd::over,
                                                          commitment_to("We moved to another IdP.")}));
  world = after(std::move(world), override_confirmation(ben, "It fails again."));
  return after(std::move(world), by(ben, WithdrawOverride{OverrideId(3)}));
}

/// What came with notices, absences, circles, conditions, extensions and the ticket system.
void company_that_tells(catalog::Catalog& c) {
  using catalog::Moment;
  c.channels = {{"mail", {.provider = {.kind = "smtp", .settings = {{"url", "smtps://mail.example.net"}}}}},
                {"room", {.provider = {.kind = "slack", .settings = {}}}}};
  c.incidents = catalog::Incidents{.provider = {.kind = "http"}, .link_within = 1h, .creates = true};
  c.calendars.emplace("office", catalog::Calendar{.timezone = "UTC",
                                                  .weekdays = {true, true, true, true, true, true, true},
                                                  .opens = 0min,
                                                  .closes = 1440min,
                                                  .offsets = {{}}});
  for (auto& [id, person] : c.people) person.manager = fumi;
  c.people.at(fumi).manager.reset();
  c.people.at(dana).deputy = chie;
  catalog::Process& process = c.processes.at(operate_workload);
  process.access.smaller_roles = {"EmergencyAccess_ReadOnly"};
  process.form = {{.id = "severity",
                   .label = "Severity",
                   .kind = catalog::FormField::Kind::choice,
                   .choices = {"1", "2"}}};
  process.tiers = {{.from = {security_leads},
                    .count = 1,
                    .within = 10min,
                    .calendar = "office",
                    .people = {chie},
                    .managers = 1,
                    .besides = {{.people = {ben}}}},
                   {.from = {emergency_admins}, .within = 10min}};
  process.communication =
      catalog::Communication{.on = {{Moment::declared, {.to = {}, .channels = {"room"}}},
                                    {Moment::escalation, {.to = {executives}, .channels = {"room", "mail"}}}},
                             .status_page = "room"};
  c.services.emplace("desk", catalog::Service{.token = sha256("token"),
                                              .processes = {operate_workload},
                                              .may_ask_for = {emergency_admins},
                                              .channel = "room"});
}

/// The newest request, its grant, and the newest notice that is on its way.
RequestId newest_request(const World& world) { return world.situation.requests.rbegin()->first; }
GrantId newest_grant(const World& world) { return world.situation.grants.rbegin()->first; }

World until_everybody_was_told(World world) {
  world = after_change(std::move(world), company_that_tells);
  world = after(std::move(world), by(fumi, TestNotice{"mail"}));
  for (const ProbeId& probe : {okta, keycloak})
    world = after(later(std::move(world), 1min), by_postern(seen(probe, Verdict::up, world.now)));
  for (const ProbeId& probe : {okta, keycloak})
    world = after(later(std::move(world), 1min), by_postern(seen(probe, Verdict::down, world.now)));
  world = after(later(std::move(world), 10min), by(chie, attest()));
  world = after(std::move(world), by(dana, Declare{idp_unavailable, "", IncidentAnswer::unreachable}));
  const EmergencyId emergency = world.situation.emergencies.rbegin()->first;
  world = settled(later(std::move(world), 1h));  // no incident yet
  world = after(std::move(world), by_postern(RecordIncident{emergency, "INC-8", IncidentEvent::created}));
  world = after(std::move(world), by(dana, NoteTimeline{emergency, commitment_to("We called the bank.")}));
  world = after(std::move(world), by(dana, PublishText{emergency, NoticeKind::customers}));
  const Ask dana_goes = absent(dana, dana, world.now, world.now + 24h);
  world = after(std::move(world), dana_goes);
  // A service asks for Aiko, and Chie answers for Dana, with conditions.
  SubmitRequest asked = ask_for_prod_web();
  asked.emergency = emergency;
  asked.fields = {{"severity", "1"}};
  asked.starts_at = world.now + 20min;
  asked.on_behalf_of = aiko;
  const Actor desk{{}, ServiceId::parse("desk").value()};
  world = after(std::move(world),
                {.by = desk, .key = "desk-1", .fingerprint = sha256("desk-1"), .command = asked});
  world = settled(later(std::move(world), 5min));  // reminds
  const Ask chie_answers = approve_with(
      world, chie, {.duration = 30min, .target_role = "EmergencyAccess_ReadOnly"}, newest_request(world));
  world = after(std::move(world), chie_answers);
  const Ask ben_answers = approve(world, ben, newest_request(world));
  world = after(std::move(world), ben_answers);
  world = after(std::move(world), by(dana, EndAbsence{dana}));
  // What was on its way arrives, or does not.
  const NoticeId first = world.situation.notices.begin()->first;
  const NoticeId last = world.situation.notices.rbegin()->first;
  world = after(std::move(world),
                by_postern(RecordDelivery{NoticeFailed{{first}, "mail", fumi, 3, "it said 503"}}));
  world = after(std::move(world), by_postern(RecordDelivery{NoticeDelivered{{last}, "mail", aiko, 1}}));
  // It goes on, without a gap.
  SubmitRequest more = asked;
  more.on_behalf_of.reset();
  more.starts_at.reset();
  more.extends = newest_grant(world);
  world = after(later(std::move(world), 10min), by(aiko, more));
  for (const PersonId& each : {emil, ben}) {
    const Ask answer = approve(world, each, newest_request(world));
    world = after(std::move(world), answer);
  }
  // Chie denies in Dana's place.
  SubmitRequest again = asked;
  again.on_behalf_of.reset();
  again.starts_at.reset();
  world = after(std::move(world), by(aiko, again));
  const Ask dana_goes_again = absent(dana, dana, world.now, world.now + 1h);
  world = after(std::move(world), dana_goes_again);
  const Ask denial = deny(world, chie, newest_request(world));
  world = after(std::move(world), denial);
  // Ben asks, and nobody else is left in the first tier's other circle.
  SubmitRequest bens = asked;
  bens.on_behalf_of.reset();
  bens.starts_at.reset();
  world = after(std::move(world), by(ben, bens));
  return after(std::move(world),
               by(emil, CloseEmergency{emergency, EmergencyEnd::over, commitment_to("Well.")}));
}

/// The story as entries, one a line.
std::string golden_story() {
  const World world =
      until_everybody_was_told(until_all_was_overridden(until_a_key_changed_in_the_second_emergency(
          until_all_is_well_again(until_all_sessions_have_ended(until_aiko_is_in(at_peace()))))));
  std::string text;
  for (std::size_t i = 0; i < world.story.size(); ++i) {
    const bool has_reason = std::holds_alternative<RequestSubmitted>(world.story[i].fact);
    const ledger::Entry entry =
        to_entry(world.story[i], "golden-" + std::to_string(i + 1), "node-1",
                 has_reason ? std::optional(ledger::commitment(example_reason())) : std::nullopt);
    text += ledger::encode(entry).value() + "\n";
  }
  return text;
}

Digest digest_of_golden(const std::string& file = golden_file) {
  Situation situation;
  for (const ledger::Entry& entry : golden_entries(file))
    situation = apply(std::move(situation), to_record(entry).value());
  return digest_of(situation);
}

/// Adds what the story has at its end and the file has not; refuses to change a line that is there.
TEST(Golden, GrowsOnlyWhenAskedTo) {
  if (std::getenv("POSTERN_REGENERATE_GOLDEN") == nullptr) return;  // NOLINT(concurrency-mt-unsafe)
  const std::string story = golden_story();
  ASSERT_THAT(story, StartsWith(project_file(golden_file))) << "released lines are never changed";
  const std::string root = std::string(POSTERN_SOURCE_DIR) + "/";
  std::ofstream(root + golden_file, std::ios::binary) << story;
  for (const std::string& file : {golden_file, second_file, first_file})
    std::ofstream(root + digest_file_of(file), std::ios::binary) << digest_of_golden(file).hex() << "\n";
}

TEST(Golden, EntriesAreReadAndWrittenAgainByteForByte) {
  std::set<std::string> only_read;
  for (const std::string& file : {golden_file, second_file, first_file})
    for (const std::string& line : lines_of(project_file(file))) {
      const ledger::Entry entry = ledger::decode(line).value();
      const auto record = to_record(entry);
      ASSERT_TRUE(record) << record.error().message;
      const ledger::Entry again = to_entry(*record, entry.id, entry.node, entry.private_digest);
      if (again.v == entry.v)
        EXPECT_EQ(ledger::encode(again).value(), line);
      else
        only_read.insert(entry.type + " " + std::to_string(entry.v));
    }
  EXPECT_THAT(only_read, ElementsAre("emergency.closed 1", "emergency.declared 1", "emergency.declared 2",
                                     "grant.closed 1", "grant.opened 1", "probe.changed 1",
                                     "request.approved 1", "request.denied 1", "request.submitted 1"));
}

TEST(Golden, EntriesCoverEveryTypeOfFact) {
  std::set<std::size_t> alternatives;
  std::set<std::string> types;
  for (const ledger::Entry& entry : golden_entries()) {
    alternatives.insert(to_record(entry).value().fact.index());
    types.insert(entry.type);
  }
  EXPECT_EQ(alternatives.size(), std::variant_size_v<Fact>);
  EXPECT_EQ(types.size(), std::variant_size_v<Fact>);
}

TEST(Golden, EntriesLeadToTheSameStateAsEver) {
  for (const std::string& file : {golden_file, second_file, first_file})
    EXPECT_EQ(digest_of_golden(file).hex() + "\n", project_file(digest_file_of(file))) << file;
}

TEST(Golden, EntriesHoldWhatIsOptionalAndBothSidesOfWhatIsNot) {
  const std::string text = project_file(golden_file);
  for (const char* value : {R"("verdict":"down")", R"("verdict":"up")", R"("cause":"unanswered")",
                            R"("cause":"emergency_closed")", R"("code":"forbidden")", R"("in_doubt":true)",
                            R"("in_doubt":false)", R"("passed":false)", R"("replaces":)", R"("private":)"})
    EXPECT_THAT(text, HasSubstr(value));
}

// --- What is refused
// -------------------------------------------------------------------------------------------------

ErrorCode refusal_code(const ledger::Entry& entry) {
  const auto record = to_record(entry);
  return record ? ErrorCode::internal : record.error().code;
}

TEST(Codec, StopsAtATypeOrVersionThatItDoesNotKnow) {
  for (ledger::Entry entry : golden_entries()) {
    ledger::Entry newer = entry;
    newer.v = 9;
    EXPECT_EQ(refusal_code(newer), ErrorCode::conflict) << entry.type;
    entry.type += "x";
    EXPECT_EQ(refusal_code(entry), ErrorCode::conflict) << entry.type;
  }
  ledger::Entry entry = golden_entries().front();
  entry.type = "review.closed";
  EXPECT_THAT(to_record(entry).error().message, AllOf(HasSubstr("is of type review.closed version 1"),
                                                      HasSubstr("It will not write to this ledger.")));
}

TEST(Codec, RefusesAMemberThatIsMissingUnknownOrOfAnotherKind) {
  const std::set<std::pair<std::string, std::string>> may_be_left_out = {
      {"catalog.adopted", "replaces"},    {"catalog.proposed", "replaces"}, {"probe.changed", "until"},
      {"emergency.declared", "override"}, {"emergency.declared", "until"},  {"emergency.closed", "reason"},
      {"emergency.declared", "link_by"},  {"grant.opened", "from"},         {"request.denied", "reason"},
      {"notice.delivered", "person"},     {"notice.failed", "person"}};
  for (const ledger::Entry& entry : golden_entries()) {
    for (const auto& [name, value] : *entry.data.as_object()) {
      ledger::Entry without = entry;
      without.data.as_object()->erase(name);
      if (!may_be_left_out.contains({entry.type, name})) {
        EXPECT_EQ(refusal_code(without), ErrorCode::damaged) << entry.type << " " << name;
      }
      ledger::Entry other = entry;
      other.data.as_object()->at(name) = nullptr;
      EXPECT_EQ(refusal_code(other), ErrorCode::damaged) << entry.type << " " << name;
    }
    ledger::Entry more = entry;
    more.data.as_object()->emplace("zzz", 1);
    EXPECT_EQ(refusal_code(more), ErrorCode::damaged) << entry.type;
  }
}

/// The first golden entry of that type with one value in it replaced.
ledger::Entry golden_with(const std::string& type, std::string_view part, std::string_view replacement) {
  for (const std::string& line : lines_of(project_file(golden_file))) {
    if (ledger::decode(line).value().type != type) continue;
    std::string text = line;
    const std::size_t at = text.find(part);
    EXPECT_NE(at, std::string::npos) << type << " " << part;
    if (at == std::string::npos) break;
    return ledger::decode(text.replace(at, part.size(), replacement)).value();
  }
  ADD_FAILURE() << type << " " << part;
  return golden_entries().front();
}

TEST(Codec, RefusesValuesThatAreNoneOfTheirKind) {
  struct Case {
    const char* type;
    const char* part;
    const char* replacement;
  };
  for (const Case& each :
       {Case{"probe.changed", "\"down\"", "\"sideways\""},
        Case{"override.made", "\"co_signers\":1", "\"co_signers\":-1"},
        Case{"override.made", "\"override\":\"O-1\",\"probes\"", "\"override\":\"O-2\",\"probes\""},
        Case{"override.ended", "withdrawn", "forgotten"},
        Case{"emergency.closed", "\"over\"", "\"done\""},
        Case{"probe.warned", "\"expires\"", "\"rots\""},
        Case{"probe.changed", "2026-11-23T02:58", "2026-11-23 02h58"},
        Case{"suspicion.raised", "\"keycloak\"", "7"},
        Case{"suspicion.raised", "\"keycloak\"", "\"key cloak\""},
        Case{"emergency.declared", "\"E-1\"", "\"R-1\""},
        Case{"request.submitted", "\"1h\"", "\"one hour\""},
        Case{"request.submitted", "\"count\":1", "\"count\":0"},
        Case{"request.submitted", "\"count\":1", "\"count\":1,\"cow\":1"},
        Case{"request.submitted", "200000000001", "prod-web"},
        Case{"request.escalated", "\"tier\":2", "\"tier\":0"},
        Case{"request.expired", "unanswered", "forgotten"},
        Case{"grant.closed", "emergency_closed", "lost"},
        Case{"catalog.adopted", "\"person\":\"dana\"", "\"person\":\"dana\",\"role\":\"owner\""},
        Case{"emergency.declared", "\"statement\":\"I", "\"so\":1,\"statement\":\"I"},
        Case{"request.checked", "\"passed\":true", "\"passed\":1"},
        Case{"clock.jumped", "-7200500", "\"soon\""},
        Case{"login.opened", "person:chie", "chie"},
        Case{"login.opened", "person:chie", "person:"}})
    EXPECT_EQ(refusal_code(golden_with(each.type, each.part, each.replacement)), ErrorCode::damaged)
        << each.type << " " << each.replacement;
}

TEST(Codec, RefusesADeclarationOrProposalByNobody) {
  EXPECT_EQ(refusal_code(golden_with("catalog.proposed", "\"person:dana\"", "\"system\"")),
            ErrorCode::damaged);
  for (ledger::Entry entry : golden_entries(first_file)) {
    if (entry.type != "emergency.declared") continue;
    entry.by = "system";
    EXPECT_EQ(refusal_code(entry), ErrorCode::damaged);
  }
}

TEST(Codec, TakesWhoDeclaredFromTheEnvelopeOfAnOldEntry) {
  for (const ledger::Entry& entry : golden_entries(first_file))
    if (entry.type == "emergency.declared") {
      const auto declared = std::get<EmergencyDeclared>(to_record(entry).value().fact);
      EXPECT_EQ(declared.declared_by, dana);
      EXPECT_FALSE(declared.until || declared.by_override);
    }
}

TEST(Codec, RefusesARequestThatNamesTwoNumbersOrNoTier) {
  ledger::Entry entry = golden_with("request.submitted", "node-1", "node-1");
  entry.data.as_object()->at("request") = "R-2";
  EXPECT_THAT(to_record(entry).error().message, HasSubstr("\"request\" and \"terms.request\" differ."));
  entry.data.as_object()->at("request") = "R-1";
  entry.data.as_object()->at("tiers") = json::Array{};
  EXPECT_EQ(refusal_code(entry), ErrorCode::damaged);
}

// --- What can be written can be read
// ---------------------------------------------------------------------------------

TEST(Codec, ReadsWhateverFitsIntoAnEntry) {
  const std::string long_text(60'000, 'x');
  for (const Fact& fact : {Fact(CommandRefused{"emergency.declare", "", ErrorCode::conflict, long_text}),
                           Fact(AttestationMade{idp_unavailable, chie, long_text}),
                           Fact(RequestChecked{r1, {{"check", false, long_text}}})}) {
    const Record record{start, {dana}, "command:dana/k#0", fact};
    EXPECT_EQ(through_the_ledger(record), record);
  }
  RequestSubmitted crowd =
      std::get<RequestSubmitted>(requested().story.at(requested().story.size() - 2).fact);
  for (int i = 0; i < 6000; ++i)
    crowd.tiers[0].circles[0].eligible.push_back(id<PersonId>("p" + std::to_string(i)));
  const Record record{start, {aiko}, "command:aiko/k#0", crowd};
  EXPECT_EQ(through_the_ledger(record), record);
}

TEST(Codec, NamesTheBlobOfACatalogAndNoOther) {
  const CatalogAdopted adopted{sha256("catalog"), {}, {}};
  EXPECT_THAT(blobs_named_by(adopted), ElementsAre(sha256("catalog")));
  EXPECT_THAT(blobs_named_by(EmergencyClosed{e1}), IsEmpty());
}

TEST(Fact, NamesTheThingThatItIsAbout) {
  EXPECT_EQ(resource_of(GrantOpened{g1, r1, start}), "G-1");
  EXPECT_EQ(resource_of(SessionFailed{s1, ""}), "S-1");
  EXPECT_EQ(resource_of(RequestWithdrawn{r1}), "R-1");
  EXPECT_EQ(resource_of(EmergencyClosed{e1}), "E-1");
  EXPECT_EQ(resource_of(CommandRefused{"x", "R-7", ErrorCode::conflict, ""}), "R-7");
  EXPECT_EQ(resource_of(ClockJumped{}), "");
}

// --- The document
// ----------------------------------------------------------------------------------------------------

/// "terms.account", "tiers[].eligible[]", …: the path of every value inside `value`.
void collect_paths(const json::Value& value, const std::string& path, std::set<std::string>& out) {
  if (const auto* object = value.as_object()) {
    for (const auto& [name, member] : *object)
      collect_paths(member, path.empty() ? name : path + "." + name, out);
  } else if (const auto* array = value.as_array()) {
    for (const json::Value& item : *array) collect_paths(item, path + "[]", out);
  } else {
    out.insert(path);
  }
}

TEST(FormatsDocument, ListsEveryMemberOfEveryEntryAndNoOther) {
  std::map<std::string, std::set<std::string>> written;
  for (const ledger::Entry& entry : golden_entries()) collect_paths(entry.data, "", written[entry.type]);
  std::map<std::string, std::set<std::string>> documented;
  const Table table = table_under("## Data of each type", project_file("docs/formats.md"));
  for (const auto& row : table.rows) documented[row.at(0)].insert(row.at(1));
  EXPECT_EQ(documented, written);
}

TEST(FormatsDocument, ShowsStatementsAsTheyAre) {
  const std::string overridden = project_file("docs/formats.md");
  const auto made = to_record(golden_with("override.made", "node-1", "node-1")).value();
  EXPECT_THAT(overridden, HasSubstr("\n" + std::get<OverrideMade>(made.fact).signature.statement + "\n"));
  const auto cosigned = to_record(golden_with("override.cosigned", "node-1", "node-1")).value();
  EXPECT_THAT(overridden,
              HasSubstr("\n" + std::get<OverrideCosigned>(cosigned.fact).signature.statement + "\n"));
  const std::string document = project_file("docs/formats.md");
  const auto approved = to_record(golden_with("request.approved", "node-1", "node-1")).value();
  EXPECT_THAT(document, HasSubstr("\n" + std::get<RequestApproved>(approved.fact).statement + "\n"));
  const auto absent = to_record(golden_with("absence.marked", "node-1", "node-1")).value();
  EXPECT_THAT(document, HasSubstr("\n" + std::get<AbsenceMarked>(absent.fact).signature.statement + "\n"));
  const auto first = to_record(golden_with("catalog.adopted", "node-1", "node-1")).value();
  EXPECT_THAT(document,
              HasSubstr("\n" + catalog_statement(std::get<CatalogAdopted>(first.fact).catalog, {}) + "\n"));
  EXPECT_THAT(document,
              HasSubstr("\n" + login_statement(ledger_origin, aiko, sha256("nonce").hex(), start) + "\n"));
}

}  // namespace
}  // namespace postern::emergency
