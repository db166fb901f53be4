#include <gmock/gmock.h>

#include "catalog_file/catalog_for_test.h"

/// Whom people are told by, what they fill in, who approves beside groups, and which systems may ask.
namespace postern::catalog_file {
namespace {

using namespace catalog;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string drilled = "drill_every: 90d";
const std::string digest(64, 'a');
const std::string channels = "channels:\n  hook: { webhook: { url: \"https://hook.example.net/\" } }\n";

/// The demonstration with another member of its process, or more of its sections.
std::string with_member(const std::string& member) {
  return with(demo_catalog(), drilled, drilled + "\n    " + member);
}
std::string with_section(const std::string& section) { return demo_catalog() + "\n" + section + "\n"; }
std::string with_tier(const std::string& tier) {
  return with(demo_catalog(), "{ from: [security-leads], count: 1, within: 5m }", tier);
}

Catalog catalog_of(const std::string& text) {
  Reading reading = read(demo(text));
  if (!reading.catalog) ADD_FAILURE() << testing::PrintToString(faults_of(demo(text)));
  return reading.catalog ? *std::move(reading.catalog) : read(demo()).catalog.value();
}
Process process_of(const std::string& text) { return catalog_of(text).processes.begin()->second; }
auto fault(const std::string& says) { return Contains(AllOf(HasSubstr("error: "), HasSubstr(says))); }
std::vector<std::string> faults_in(const std::string& text) { return faults_of(demo(text)); }

PersonId person(const char* id) { return PersonId::parse(id).value(); }
GroupId group(const char* id) { return GroupId::parse(id).value(); }

TEST(ReadTelling, LanguagesOfPeopleAndOfPlaces) {
  const Catalog english = catalog_of(demo_catalog());
  EXPECT_EQ(english.organization.language, Language::english);
  EXPECT_EQ(english.people.at(person("aiko")).language, Language::english);
  const Catalog japanese =
      catalog_of(with(with(demo_catalog(), "deputy: ben", "deputy: ben\n    language: ja"),
                      "name: Example Corp", "name: Example Corp\n  language: ja"));
  EXPECT_EQ(japanese.organization.language, Language::japanese);
  EXPECT_EQ(japanese.people.at(person("aiko")).language, Language::japanese);
  EXPECT_THAT(faults_with("deputy: ben", "deputy: ben\n    language: fr"),
              fault("\"language\" cannot be \"fr\""));
}

TEST(ReadTelling, ATierAsksGroupsPeopleAndManagers) {
  const Tier tier =
      process_of(with_tier("{ from: [security-leads], people: [chie], managers: 2, count: 1, within: "
                           "10m, remind_after: 3m, and: [{ managers: 1 }, { people: [emil], from: "
                           "[identity-admins], count: 1 }] }"))
          .tiers.front();
  EXPECT_THAT(tier.from, ElementsAre(group("security-leads")));
  EXPECT_THAT(tier.people, ElementsAre(person("chie")));
  EXPECT_EQ(tier.managers, 2);
  EXPECT_EQ(tier.count, 1);
  EXPECT_EQ(tier.remind_after, seconds(180));
  ASSERT_THAT(tier.besides, SizeIs(2));
  EXPECT_EQ(tier.besides[0].managers, 1);
  EXPECT_EQ(tier.besides[0].count, 1);
  EXPECT_THAT(tier.besides[1].people, ElementsAre(person("emil")));
  EXPECT_THAT(tier.besides[1].from, ElementsAre(group("identity-admins")));
}

TEST(ReadTelling, ATierAsksSomebody) {
  EXPECT_THAT(faults_in(with_tier("{ within: 5m }")), fault("Say who is asked"));
  EXPECT_THAT(faults_in(with_tier("{ from: [security-leads], within: 5m, and: [{ count: 2 }] }")),
              fault("Say who is asked"));
  EXPECT_THAT(faults_in(with_tier("{ from: [security-leads], within: 5m, and: [] }")), fault("empty list"));
  EXPECT_THAT(faults_in(with_tier("{ people: [gina], within: 5m }")), fault("There is no person \"gina\""));
  EXPECT_THAT(faults_in(with_tier("{ people: [dana, dana], within: 5m }")), fault("stands twice"));
  EXPECT_THAT(faults_in(with_tier("{ managers: 11, within: 5m }")), fault("from 1 to 10"));
  EXPECT_THAT(faults_in(with_tier("{ managers: 0, within: 5m }")), fault("from 1 to 10"));
  EXPECT_THAT(faults_in(with_tier("{ managers: 1, within: 5m, and: [{ managers: 1, within: 5m }] }")),
              fault("\"within\" means nothing here"));
  EXPECT_THAT(faults_in(with_tier("{ people: [dana, emil], within: 5m, remind_after: 0s }")),
              fault("\"remind_after\" must be at least"));
}

TEST(ReadTelling, ATierHasAtMostTenOthersBeside) {
  const auto beside = [](int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += std::string(i == 0 ? "" : ", ") + "{ managers: 1 }";
    return faults_in(with_tier("{ from: [security-leads], within: 5m, and: [" + all + "] }"));
  };
  EXPECT_THAT(beside(10), Not(fault("at most 10 circles")));
  EXPECT_THAT(beside(11), fault("at most 10 circles"));
}

TEST(ReadTelling, SmallerRoles) {
  const auto with_roles = [](const std::string& roles) {
    return with(demo_catalog(), "grant_max: 4h", "grant_max: 4h\n      smaller_roles: " + roles);
  };
  EXPECT_THAT(process_of(with_roles("[EmergencyAccess_Read, Look]")).access.smaller_roles,
              ElementsAre("EmergencyAccess_Read", "Look"));
  EXPECT_THAT(faults_in(with_roles("[a b]")), fault("the name of an IAM role"));
  EXPECT_THAT(faults_in(with_roles("[]")), fault("empty list"));
}

TEST(ReadTelling, AFormWithEveryKindOfField) {
  const std::vector<FormField> form =
      process_of(with_member("form:\n"
                             "      - { id: ticket, label: Change, kind: ticket, required: true, pattern: "
                             "\"CHG[0-9]{7}\", length_max: 10 }\n"
                             "      - { id: area, label: Area, kind: choice, choices: [database, network] }\n"
                             "      - { id: time, label: Time, kind: duration, longest: 2h }\n"
                             "      - { id: more, label: More, kind: text }\n"
                             "      - { id: other, label: Other, kind: account }\n"
                             "      - { id: role, label: Role, kind: role }"))
          .form;
  ASSERT_THAT(form, SizeIs(6));
  EXPECT_EQ(form[0].id, "ticket");
  EXPECT_EQ(form[0].label, "Change");
  EXPECT_EQ(form[0].kind, FormField::Kind::ticket);
  EXPECT_TRUE(form[0].is_required);
  EXPECT_EQ(form[0].pattern, "CHG[0-9]{7}");
  EXPECT_EQ(form[0].length_max, 10U);
  EXPECT_THAT(form[1].choices, ElementsAre("database", "network"));
  EXPECT_EQ(form[2].longest, seconds(7200));
  EXPECT_EQ(form[3].kind, FormField::Kind::text);
  EXPECT_FALSE(form[3].is_required);
  EXPECT_EQ(form[3].length_max, 500U);
  EXPECT_EQ(form[4].kind, FormField::Kind::account);
  EXPECT_EQ(form[5].kind, FormField::Kind::role);
}

TEST(ReadTelling, AFieldOfAFormKeepsTheRulesOfItsKind) {
  const auto field = [](const std::string& rest) {
    return faults_in(with_member("form: [{ id: x, label: X, " + rest + " }]"));
  };
  EXPECT_THAT(field("kind: text"), IsEmpty());
  EXPECT_THAT(field("kind: date"), fault("\"kind\" cannot be \"date\""));
  EXPECT_THAT(field("kind: choice"), fault("A choice needs `choices`"));
  EXPECT_THAT(field("kind: text, choices: [a]"), fault("nothing else has them"));
  EXPECT_THAT(field("kind: role, pattern: a"), fault("kinds text and ticket only"));
  EXPECT_THAT(field("kind: text, longest: 1h"), fault("kind duration only"));
  EXPECT_THAT(field("kind: text, pattern: \"(\""), fault("no regular expression that RE2 reads"));
  EXPECT_THAT(field("kind: text, pattern: \"(?=a)\""), fault("no regular expression that RE2 reads"));
  EXPECT_THAT(field("kind: text, pattern: \"((a{100}){100}){100}\""), fault("no regular expression"));
  EXPECT_THAT(field("kind: text, length_max: 2001"), fault("from 1 to 2000"));
  EXPECT_THAT(field("kind: text, regex: a"), fault("\"regex\" means nothing here"));
  EXPECT_THAT(
      faults_in(with_member("form: [{ id: x, label: X, kind: text }, { id: x, label: Y, kind: text }]")),
      fault("two fields \"x\""));
  EXPECT_THAT(faults_in(with_member("form: [{ id: a b, label: X, kind: text }]")), fault("\"id\" must be"));
}

TEST(ReadTelling, AFormHasLimits) {
  const auto fields = [](int count) {
    std::string all;
    for (int i = 0; i < count; ++i)
      all += (i == 0 ? "{ id: f" : ", { id: f") + std::to_string(i) + ", label: X, kind: text }";
    return faults_in(with_member("form: [" + all + "]"));
  };
  EXPECT_THAT(fields(20), IsEmpty());
  EXPECT_THAT(fields(21), ElementsAre(HasSubstr("at most 20 fields")));
  const auto choices = [](int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += (i == 0 ? "c" : ", c") + std::to_string(i);
    return faults_in(with_member("form: [{ id: x, label: X, kind: choice, choices: [" + all + "] }]"));
  };
  EXPECT_THAT(choices(50), IsEmpty());
  EXPECT_THAT(choices(51), ElementsAre(HasSubstr("at most 50 choices")));
}

TEST(ReadTelling, LimitsOfGrants) {
  const Limits limits = process_of(with_member("limits: { grants_per_person: 1, grants: 10 }")).limits;
  EXPECT_EQ(limits.grants_per_person, 1);
  EXPECT_EQ(limits.grants_per_account, std::nullopt);
  EXPECT_EQ(limits.grants, 10);
  EXPECT_THAT(faults_in(with_member("limits: { grants: 0 }")), fault("from 1 to 1000"));
  EXPECT_THAT(faults_in(with_member("limits: { grant: 1 }")), fault("Did you mean \"grants\"?"));
}

TEST(ReadTelling, ACommunicationPlanForEachMoment) {
  std::string plan = "communication:\n";
  for (const char* each :
       {"on_suspicion", "on_declared", "on_escalation", "on_grant", "on_override", "on_finding", "on_close"})
    plan += "      " + std::string(each) + ": { to: [security-leads], channels: [hook] }\n";
  plan +=
      "      customers: { template: disturbance }\n      partners: { template: other }\n      status_page: "
      "hook\n";
  const Process process = process_of(with_member(plan) + channels);
  ASSERT_TRUE(process.communication);
  ASSERT_THAT(process.communication->on, SizeIs(7));
  for (const auto& [moment, telling] : process.communication->on) {
    EXPECT_THAT(telling.to, ElementsAre(group("security-leads")));
    EXPECT_THAT(telling.channels, ElementsAre("hook"));
  }
  EXPECT_EQ(process.communication->customer_template, "disturbance");
  EXPECT_EQ(process.communication->partner_template, "other");
  EXPECT_EQ(process.communication->status_page, "hook");
}

TEST(ReadTelling, APlanMayTellAPlaceAndNobody) {
  const auto plan = [](const std::string& telling) {
    return with_member("communication: { on_close: " + telling + " }") + "\n" + channels;
  };
  for (const char* each : {"{ to: [], channels: [hook] }", "{ channels: [hook] }"})
    EXPECT_THAT(process_of(plan(each)).communication->on.at(Moment::close).to, IsEmpty()) << each;
  EXPECT_THAT(faults_in(plan("{ to: [security-leads] }")), fault("\"channels\" is missing"));
  EXPECT_THAT(faults_in(plan("{ channels: [] }")), fault("empty list"));
  EXPECT_THAT(faults_in(plan("{ channels: [mail] }")), fault("There is no channel \"mail\""));
  EXPECT_THAT(faults_in(plan("{ to: [nobody], channels: [hook] }")), fault("There is no group \"nobody\""));
  EXPECT_THAT(faults_in(with_member("communication: { on_closed: {} }")),
              fault("Did you mean \"on_close\"?"));
  EXPECT_THAT(faults_in(with_member("communication: { customers: { text: x } }")),
              fault("\"template\" is missing"));
}

TEST(ReadTelling, TextsInTwoLanguages) {
  const Catalog catalog =
      catalog_of(with_section("templates:\n"
                              "  disturbance:\n"
                              "    en: { title: A disturbance, body: \"Two\\nlines\" }\n"
                              "    ja: { title: 障害, body: 調査中です。 }\n"
                              "  request.waiting: { ja: { title: 承認, body: 依頼 } }"));
  ASSERT_THAT(catalog.templates, SizeIs(2));
  const Template& text = catalog.templates.at("disturbance");
  ASSERT_TRUE(text.english && text.japanese);
  EXPECT_EQ(text.english->title, "A disturbance");
  EXPECT_EQ(text.english->body, "Two\nlines");
  EXPECT_EQ(text.japanese->title, "障害");
  EXPECT_EQ(text.japanese->body, "調査中です。");
  EXPECT_FALSE(catalog.templates.at("request.waiting").english);
}

TEST(ReadTelling, ATextHasLimits) {
  const auto text = [](const std::string& languages) {
    return faults_in(with_section("templates: { x: { " + languages + " } }"));
  };
  EXPECT_THAT(text(""), fault("in English (`en`), Japanese (`ja`) or both"));
  EXPECT_THAT(text("fr: { title: T, body: B }"), fault("\"fr\" means nothing here"));
  EXPECT_THAT(text("en: { title: T }"), fault("\"body\" is missing"));
  EXPECT_THAT(text("en: { title: \"T\\nU\", body: B }"), fault("\"title\" must be one line"));
  EXPECT_THAT(text("en: { title: " + std::string(200, 'x') + ", body: " + std::string(4000, 'x') + " }"),
              IsEmpty());
  EXPECT_THAT(text("en: { title: " + std::string(201, 'x') + ", body: B }"), fault("longer than 200 bytes"));
  EXPECT_THAT(text("en: { title: T, body: " + std::string(4001, 'x') + " }"),
              fault("longer than 4000 bytes"));
  EXPECT_THAT(text("en: { title: \"\\u202eT\", body: B }"), fault("bidirectional"));
  EXPECT_THAT(faults_in(with_section("templates: { a b: { en: { title: T, body: B } } }")),
              fault("must be 1 to 64"));
  std::string many = "templates:\n";
  for (int i = 0; i < 101; ++i) many += "  t" + std::to_string(i) + ": { en: { title: T, body: B } }\n";
  EXPECT_THAT(faults_in(with_section(many)), ElementsAre(HasSubstr("at most 100 texts")));
}

TEST(ReadTelling, ACompanySystemThatMayAsk) {
  const Catalog catalog = catalog_of(with_section(
      "services:\n  desk: { title: Service desk, token_sha256: " + digest +
      ", processes: [operate-workload], may_ask_for: [emergency-admins], channel: hook }\n" + channels));
  const Service& desk = catalog.services.at("desk");
  EXPECT_EQ(desk.title, "Service desk");
  EXPECT_EQ(desk.token.hex(), digest);
  EXPECT_THAT(desk.processes, ElementsAre(ProcessId::parse("operate-workload").value()));
  EXPECT_THAT(desk.may_ask_for, ElementsAre(group("emergency-admins")));
  EXPECT_EQ(desk.channel, "hook");
}

TEST(ReadTelling, ACompanySystemIsRefusedByWhatIsWrongWithIt) {
  const auto service = [](const std::string& token, const std::string& rest) {
    return faults_in(with_section("services: { desk: { token_sha256: " + token + ", " + rest + " } }"));
  };
  const std::string sound = "processes: [operate-workload], may_ask_for: [emergency-admins]";
  EXPECT_THAT(service(digest, sound), IsEmpty());
  EXPECT_THAT(service("postern-service-abc", sound), fault("SHA-256 of the token"));
  EXPECT_THAT(service(std::string(64, 'A'), sound), fault("SHA-256 of the token"));
  EXPECT_THAT(service(digest, "processes: [operate-workload]"), fault("\"may_ask_for\" is missing"));
  EXPECT_THAT(service(digest, "processes: [], may_ask_for: [emergency-admins]"), fault("empty list"));
  EXPECT_THAT(service(digest, "processes: [x], may_ask_for: [emergency-admins]"),
              fault("There is no process \"x\""));
  EXPECT_THAT(service(digest, sound + ", channel: x"), fault("There is no channel \"x\""));
  std::string many = "services:\n";
  for (int i = 0; i < 21; ++i)
    many += "  s" + std::to_string(i) + ": { token_sha256: " + digest + ", " + sound + " }\n";
  EXPECT_THAT(faults_in(with_section(many)), ElementsAre(HasSubstr("at most 20 services")));
}

std::vector<std::string> faults_of_tickets(const std::string& incidents) {
  return faults_in(with_section("incidents: " + incidents));
}
using Settings = std::map<std::string, std::variant<std::string, SecretReference>>;

TEST(ReadTelling, ATicketSystemByJsonPointers) {
  const Catalog catalog = catalog_of(with_section(
      "incidents:\n  creates: true\n  closes: true\n  provider:\n    http:\n      url: "
      "\"https://t.example/{id}\"\n"
      "      open_when: { pointer: /state, equals: open }\n      title: { pointer: /title }\n"
      "      link: { pointer: /link }\n      create: { url: \"https://t.example/\", number: /number }\n"
      "      note: { url: \"https://t.example/{id}/notes\" }\n      close: { url: "
      "\"https://t.example/{id}/close\" }"));
  ASSERT_TRUE(catalog.incidents);
  EXPECT_TRUE(catalog.incidents->creates);
  EXPECT_TRUE(catalog.incidents->closes);
  EXPECT_EQ(catalog.incidents->provider.settings, (Settings{{"url", "https://t.example/{id}"},
                                                            {"open_when.pointer", "/state"},
                                                            {"open_when.equals", "open"},
                                                            {"title.pointer", "/title"},
                                                            {"link.pointer", "/link"},
                                                            {"create.url", "https://t.example/"},
                                                            {"create.number", "/number"},
                                                            {"note.url", "https://t.example/{id}/notes"},
                                                            {"close.url", "https://t.example/{id}/close"}}));
}

TEST(ReadTelling, TicketSystemsKeepTheirForm) {
  const auto http = [](const std::string& more) {
    return faults_of_tickets(
        "{ provider: { http: { url: \"https://t.example/{id}\", open_when: { pointer: /s, equals: "
        "open }" +
        more + " } } }");
  };
  EXPECT_THAT(http(""), IsEmpty());
  EXPECT_THAT(http(", create: { url: \"https://t.example/\" }"), fault("\"number\" is missing"));
  EXPECT_THAT(http(", title: { pointer: title }"), fault("a JSON pointer"));
  EXPECT_THAT(http(", note: { url: \"ftp://t.example/\" }"), fault("an http:// or https:// address"));
  EXPECT_THAT(http(", notes: { url: \"https://t.example/\" }"), fault("means nothing here"));
  EXPECT_THAT(faults_of_tickets(
                  "{ provider: { pagerduty: { api_key: { env: K }, service: P1, from: a@example.net } } }"),
              IsEmpty());
  EXPECT_THAT(faults_of_tickets("{ provider: { pagerduty: { api_key: { env: K }, from: nobody } } }"),
              fault("an e-mail address"));
  EXPECT_THAT(faults_of_tickets(
                  "{ provider: { servicenow: { url: \"https://a.example\", token: { env: K }, close_code: "
                  "Solved } } }"),
              IsEmpty());
  EXPECT_THAT(
      faults_of_tickets("{ provider: { jira: { url: \"https://a.example\", token: { env: K }, project: OPS, "
                        "issue_type: Incident } }, creates: maybe }"),
      fault("\"creates\" must be true or false"));
}

}  // namespace
}  // namespace postern::catalog_file
