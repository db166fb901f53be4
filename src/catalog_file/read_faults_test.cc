#include <gmock/gmock.h>

#include "catalog_file/catalog_for_test.h"

namespace postern::catalog_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(ReadFaults, UnknownKeysNameTheNearest) {
  expect_each({
      {"min_people: 2", "min_peeple: 2", "min_peeple",
       "\"min_peeple\" means nothing here. Did you mean \"min_people\"?"},
      {"quorum: 2 }", "quorum: 2, qorum: 2 }", "qorum", "Did you mean \"quorum\"?"},
      {"name: Example Corp", "name: Example Corp\n  sts_region: x",
       "sts_region:", "Did you mean \"sts_regions\"?"},
      {"tags: [production] }\n\npeople", "tags: [production], tag: x }\n\npeople", "tag: x",
       "Did you mean \"tags\"?"},
      {"deputy: ben", "deputy: ben\n    phon: x", "phon:", "Did you mean \"phone\"?"},
      {"keys: [{ ssh:", "keys: [{ sssh: x, ssh:", "sssh", "Did you mean \"ssh\"?"},
      {"iam_user: { name: ben", "iam_user: { nam: x, name: ben", "nam: x", "Did you mean \"name\"?"},
      {"corporate-dns: {}", "corporate-dns: { need: x }", "need: x", "Did you mean \"needs\"?"},
      {"needs: { all: [corporate-dns] }", "needs: { all: [corporate-dns], al: x }", "al: x",
       "Did you mean \"all\"?"},
      {"down_after: 3", "down_aftr: 3", "down_aftr", "Did you mean \"down_after\"?"},
      {"{ url:", "{ uri: x, url:", "uri: x", "Did you mean \"url\"?"},
      {"leads_to: Nobody", "lead_to: x\n    leads_to: Nobody", "lead_to", "Did you mean \"leads_to\"?"},
      {"{ probe: primary-idp }", "{ probe: primary-idp, fro: 5m }", "fro: 5m", "Did you mean \"for\"?"},
      {"- probe_down: { probe: standby-idp }", "- probe_down: { probe: standby-idp }\n          probe_don: x",
       "probe_don: x", "Did you mean \"probe_down\"?"},
      {"count: 1, statement: I tried", "cout: 1, statement: I tried", "cout", "Did you mean \"count\"?"},
      {"drill_every", "dril_every", "dril_every", "Did you mean \"drill_every\"?"},
      {"session_max: 1h", "sesion_max: 1h", "sesion_max", "Did you mean \"session_max\"?"},
      {"targets: { tags: [production]", "targets: { tags: [production], acounts: []", "acounts",
       "Did you mean \"accounts\"?"},
      {"count: 1, within", "cuont: 1, within", "cuont", "Did you mean \"count\"?"},
      {"when_nobody_answers: deny", "when_nobody_answer: deny", "when_nobody_answer",
       "Did you mean \"when_nobody_answers\"?"},
      {"{ declared_to_access: 15m }", "{ declared_to_acces: 15m }",
       "declared_to_acces:", "Did you mean \"declared_to_access\"?"},
      {"attest: true }", "attest: true, prob: x }", "prob: x", "Did you mean \"probe\"?"},
  });
}

TEST(ReadFaults, UndefinedNamesNameTheNearest) {
  expect_each({
      {"[dana, emil, chie]", "[dana, emil, chia]", "chia",
       "There is no person \"chia\". Did you mean \"chie\"?"},
      {"manager: dana", "manager: dnaa", "dnaa", "There is no person \"dnaa\". Did you mean \"dana\"?"},
      {"deputy: ben", "deputy: bn", "bn", "There is no person \"bn\". Did you mean \"ben\"?"},
      {"security-leads: [dana, emil]", "security-leads: [dana, emile]", "emile",
       "There is no person \"emile\". Did you mean \"emil\"?"},
      {"{ all: [corporate-dns] }", "{ all: [corporate-dsn] }", "corporate-dsn",
       "There is no dependency \"corporate-dsn\". Did you mean \"corporate-dns\"?"},
      {"{ dependency: corporate-idp", "{ dependency: corporate-ipd", "corporate-ipd",
       "There is no dependency \"corporate-ipd\". Did you mean \"corporate-idp\"?"},
      {"takes_away: [corporate-idp", "takes_away: [corprate-idp", "corprate-idp",
       "There is no dependency \"corprate-idp\""},
      {"{ probe: primary-idp }", "{ probe: primary-ipd }", "primary-ipd",
       "There is no probe \"primary-ipd\". Did you mean \"primary-idp\"?"},
      {"by: identity-admins", "by: identity-admin", "identity-admin,",
       "There is no group \"identity-admin\". Did you mean \"identity-admins\"?"},
      {"declared_by: [security-leads", "declared_by: [security-lead", "security-lead,",
       "There is no group \"security-lead\""},
      {"process: operate-workload", "process: operate-workloads", "operate-workloads",
       "There is no process \"operate-workloads\""},
      {"who_may_request: [emergency-admins]", "who_may_request: [emergency-admin]", "emergency-admin]",
       "There is no group"},
      {"tags: [production] }\n      target", "tags: [producton] }\n      target", "producton",
       "There is no account tag \"producton\". Did you mean \"production\"?"},
      {"targets: { tags: [production] }", "targets: { accounts: [\"200000000002\"] }", "\"200000000002\"",
       "There is no account \"200000000002\". Did you mean \"200000000001\"?"},
      {"{ from: [security-leads]", "{ from: [security-laeds]", "security-laeds",
       "There is no group \"security-laeds\""},
      {"within: 5m }", "within: 5m, when: office }", "office", "There is no calendar \"office\"."},
      {"attest: true }", "probe: uplnk }", "uplnk", "There is no probe \"uplnk\". Did you mean \"uplink\"?"},
      {"drill_every: 90d", "alternatives: [operate-wrkload]", "operate-wrkload", "There is no process"},
      {"drill_every: 90d", "override: { by: [emergency-adm] }", "emergency-adm]", "There is no group"},
      {"drill_every: 90d", "communication: { on_declared: { to: [security-leads], channels: [mail] } }",
       "mail] }", "There is no channel \"mail\"."},
      {"{ probe: primary-idp }\n      - attested: { by: identity-admins, count: 1, statement: I signed",
       "{ probe: primry-idp }\n      - attested: { by: identity-admins, count: 1, statement: I signed",
       "primry-idp", "There is no probe"},
  });
}

TEST(ReadFaults, WrongTypesAndForms) {
  expect_each({
      {"version: 1", "version: 2", "2", "\"version\" must be a whole number from 1 to 1"},
      {"quorum: 2", "quorum: \"2\"", "\"2\"", "must be a whole number from 1 to 100, without quotes"},
      {"quorum: 2", "quorum: 02", "02", "must be a whole number"},
      {"quorum: 2", "quorum: 0x2", "0x2", "must be a whole number"},
      {"\"100000000009\"\n", "\"10000000009\"\n", "\"10000000009\"", "digits"},
      {"id: \"200000000001\"", "id: 20000000001", "20000000001", "digits"},
      {"[eu-west-1,", "[eu-west,", "eu-west", "must be an AWS Region"},
      {"email: aiko@example.net", "email: aiko", "aiko\n    manager", "must be an e-mail address"},
      {"- { id: emil", "- { id: e, name: E, email: e@example.net }\n  - { id: emil", "e, name: E",
       "at least 2 characters"},
      {"arn:aws:iam::100000000009:mfa/aiko", "arn:aws:iam::100000000009:u2f/user/aiko/x",
       "\"arn:aws:iam::100000000009:u2f", "STS takes no security keys"},
      {"control: true", "control: yes", "yes", "must be true or false, without quotes"},
      {"control: true", "control: \"true\"", "\"true\"", "must be true or false, without quotes"},
      {"\"127.0.0.1:4000\"", "\"127.0.0.1\"", "\"127.0.0.1\"", "\"tcp\" must be host:port"},
      {"http://127.0.0.1:4001", "http://me:secret@127.0.0.1:4001", "\"http://me", "without a password"},
      {"every: 2s, timeout: 1s, down_after", "every: 2, timeout: 1s, down_after", "2, timeout",
       "A duration is a whole number and a unit"},
      {"every: 2s, timeout: 1s }", "every: 2s, timeout: 3s }", "uplink: {", "The timeout (3s) is longer"},
      {"down_after: 3", "down_after: 0", "0, up_after", "must be a whole number from 1 to 100"},
      {"mechanism: iam-user", "mechanism: iam_user", "iam_user\n",
       "\"mechanism\" cannot be \"iam_user\". Did you mean \"iam-user\"?"},
      {"emergency_role: EmergencyAccess_Ops", "emergency_role: role/Ops", "role/Ops",
       "must be the name of an IAM role"},
      {"session_max: 1h", "session_max: 10m", "10m", "must be at least 15m"},
      {"when_nobody_answers: deny", "when_nobody_answers: allow", "allow",
       "cannot be \"allow\". Known are: deny, override."},
      {"playbook: playbooks/idp-unavailable.md", "playbook: ../idp-unavailable.md", "../idp",
       "must be a path to a .md file"},
      {"groups:\n  emergency-admins: [aiko, ben]", "groups:\n  emergency-admins: [aiko, ben]\n  on call: []",
       "on call", "Group ids have"},
      {"title: Operate", "title: [Operate]\n    # ", "[Operate]",
       "\"title\" must be text, and here is a list"},
      {"title: Operate", "title:\n    # ", "title:\n    #", "\"title\" must be text, and here is nothing"},
      {"title: Operate", "title: \"\\x1b[2J\"\n    # ", "\"\\x1b",
       "has a control or bidirectional character"},
      {"title: Operate", "title: \"two\\nlines\"\n    # ", "\"two", "must be one line"},
      {"who_may_request: [emergency-admins]", "who_may_request: []", "[]", "is an empty list"},
      {"who_may_request: [emergency-admins]", "who_may_request: emergency-admins",
       "emergency-admins\n    access", "must be a list, and here is a single value"},
  });
}

TEST(ReadFaults, MissingMembers) {
  expect_each({
      {"version: 1\n", "", "owners", "\"version\" is missing here"},
      {"    email: aiko@example.net\n", "", "id: aiko", "\"email\" is missing here"},
      {", quorum: 2", "", "{ people", "\"quorum\" is missing here"},
      {"dependency: standby-idp, ", "", "{ saml_metadata: { url: \"http://127.0.0.1:4002",
       "\"dependency\" is missing here"},
      {"probe_down: { probe: primary-idp }", "probe_down: { for: 5m }", "{ for: 5m }",
       "\"probe\" is missing here"},
      {"    playbook: playbooks/idp-unavailable.md\n", "", "title: Operate", "\"playbook\" is missing here"},
  });
}

TEST(ReadFaults, ThingsThatExcludeEachOther) {
  expect_each({
      {"- probe_down: { probe: primary-idp }",
       "- { probe_down: { probe: primary-idp }, probe_up: { probe: primary-idp } }",
       "{ probe_down: { probe: primary-idp }, probe_up", "Only one of these keys can stand here"},
      {"- probe_down: { probe: primary-idp }", "- {}", "{}\n        - probe",
       "One of these keys is needed here: all, any, k_of"},
      {"- probe_down: { probe: primary-idp }",
       "- k_of: { k: 2, of: [{ probe_down: { probe: primary-idp } }] }", "2, of",
       "\"k\" must be a whole number from 1 to 1"},
      {"{ control: true, tcp", "{ control: true, dependency: corporate-idp, tcp", "corporate-idp, tcp",
       "A control probe watches our own uplink"},
      {"{ control: true, tcp", "{ control: true, http: { url: \"http://127.0.0.1/\" }, tcp", "{ control",
       "Only one of these keys can stand here"},
      {", attest: true", "", "{ text: The reason", "checked either by a probe"},
      {"grant_max: 4h", "idp_group: x\n      grant_max: 4h", "x\n      grant_max",
       "goes with the mechanism idp-direct-saml only"},
  });
}

TEST(ReadFaults, ThingsThatStandTwice) {
  expect_each({
      {"min_people: 2", "min_people: 2\nmin_people: 3", "min_people: 3",
       "The key \"min_people\" stands twice here"},
      {"people: [dana, emil, chie]", "people: [dana, dana, chie]", "dana, chie",
       "\"dana\" stands twice in this list"},
      {"emergency-admins: [aiko, ben]", "emergency-admins: [aiko, aiko, ben]", "aiko, ben",
       "\"aiko\" stands twice in this list"},
      {"- { id: emil", "- { id: dana, name: D, email: d@example.net }\n  - { id: emil",
       "{ id: dana, name: D,", "two people with the id \"dana\""},
      {"tags: [production] }\n\npeople",
       "tags: [production] }\n  - { id: \"200000000001\", name: other }\n\npeople",
       "\"200000000001\", name: other", "two accounts with the id"},
      {"tags: [production] }\n\npeople",
       "tags: [production] }\n  - { id: \"200000000002\", name: prod-web }\n\npeople", "prod-web }",
       "two accounts of this name"},
  });
}

TEST(ReadFaults, SectionsForTheNight) {
  expect_each({
      {"groups:",
       "calendars: { office: { timezone: Asia/Tokyo, weekdays: [mon, tuesday], hours: \"09:00-18:00\" } "
       "}\ngroups:",
       "tuesday", "cannot be \"tuesday\""},
      {"groups:",
       "calendars: { office: { timezone: Asia/Tokyo, weekdays: [mon], hours: \"9-18\" } }\ngroups:",
       "\"9-18\"", "must be a span within one day"},
      {"groups:",
       "calendars: { office: { timezone: Asia/Tokyo, weekdays: [mon], hours: \"09:00-18:00\", holidays: "
       "[2026-02-30] } }\ngroups:",
       "2026-02-30", "must be a day"},
      {"groups:", "federation: { identity_centre: {} }\ngroups:", "identity_centre",
       "Did you mean \"identity_center\"?"},
      {"groups:", "federation: { identity_center: { account: \"1\", region: us-east-1 } }\ngroups:",
       "\"1\", region", "digits"},
      {"groups:", "federation: { iam_saml: [{ account: \"300000000001\" }] }\ngroups:", "{ account: \"3",
       "\"provider\" is missing"},
      {"groups:",
       "channels: { mail: { alertmanager: { url: \"http://192.0.2.1\" }, needs: { all: [independent-mail] } "
       "} "
       "}\ngroups:",
       "independent-mail", "There is no dependency"},
      {"groups:", "channels: { mail: {} }\ngroups:", "{} }", "Exactly one provider stands here"},
      {"groups:", "channels: { mail: { smpt: {} } }\ngroups:", "smpt", "Did you mean \"smtp\"?"},
      {"groups:", "channels: { mail: { smtp: { url: \"smtp://a:b@x\", from: a@b.c } } }\ngroups:",
       "\"smtp://a:b@x\"", "no password"},
      {"groups:", "channels: { p: { pagerduty: { routing_key: R0UTINGKEY } } }\ngroups:", "R0UTINGKEY",
       "A secret never stands in the catalog"},
      {"groups:", "channels: { p: { pagerduty: { routing_key: { env: \"1X\" } } } }\ngroups:", "\"1X\"",
       "must be a variable's name"},
      {"groups:", "channels: { p: { pagerduty: { routing_key: { file: ../x } } } }\ngroups:", "../x",
       "must be an absolute path"},
      {"groups:", "channels: { p: { sns: { topic: \"arn:aws:sqs:eu-west-1:100000000009:x\" } } }\ngroups:",
       "\"arn:aws:sqs", "must be an SNS topic's ARN"},
      {"groups:",
       "incidents: { provider: { servicenow: { url: \"https://x.example\" } }, requird: never }\ngroups:",
       "requird", "Did you mean \"required\"?"},
      {"groups:",
       "incidents: { provider: { http: { url: \"https://x.example\", open_when: { pointer: status, equals: "
       "open } } } }\ngroups:",
       "status", "must be a JSON pointer"},
      {"groups:", "playbook_store: { titel: x, title: x }\ngroups:", "titel", "Did you mean \"title\"?"},
      {"groups:", "upkeep: { mail: { by: nobody, every: 90d, statement: x } }\ngroups:", "nobody",
       "There is no group"},
      {"groups:", "upkeep: { mail: { by: security-leads, every: 90m, statement: x } }\ngroups:", "90m",
       "at least 1d"},
      {"groups:", "emergency_administrators_max: 0\ngroups:", "0\ngroups", "from 1 to 1000"},
      {"drill_every: 90d", "last_drill: 2026-02-30", "2026-02-30", "must be a day that exists"},
      {"drill_every: 90d", "by_hand: yes", "yes", "must be true or false"},
      {"    deputy: ben\n", "    reached_by: [pager]\n", "pager]", "There is no channel"},
      {"groups:",
       "calendars: { office: { timezone: Asia/Tokio, weekdays: [mon], hours: \"09:00-18:00\" } }\ngroups:",
       "Asia/Tokio", "There is no time zone \"Asia/Tokio\". Did you mean \"Asia/Tokyo\"?"},
      {"groups:", "postern: { nodes: [{ adress: \"192.0.2.1:443\", address: \"192.0.2.1:443\" }] }\ngroups:",
       "adress:", "Did you mean \"address\"?"},
      {"groups:", "postern: { nodes: [{ address: \"192.0.2.1\" }] }\ngroups:", "\"192.0.2.1\"",
       "must be host:port"},
      {"datacentre: {}", "datacentre: { needs: { k_of: { k: 3, of: [corporate-dns, standby-idp] } } }",
       "3, of", "from 1 to 2"},
      {"uplink: {",
       "certificate: { dependency: standby-idp, saml_certificate: { of: primary-idp, trusted_copy: "
       "/etc/x.xml } }\n  uplink: {",
       "/etc/x.xml", "must be a path to a .xml file beside"},
      {"uplink: {", "sts: { dependency: standby-idp, sts: { regions: most } }\n  uplink: {", "most",
       "cannot be \"most\". Known are: all."},
      {"drill_every: 90d", "override: { by: [emergency-admins], cosigners: 1 }", "cosigners",
       "Did you mean \"co_signers\"?"},
      {"drill_every: 90d", "communication: { customers: { templat: x, template: y } }",
       "templat:", "Did you mean \"template\"?"},
  });
}

TEST(ReadFaults, TwoPeopleMayNotHaveOneKey) {
  const std::string text = with(demo_catalog(), key_of_emil, key_of_dana);
  EXPECT_THAT(faults_of(demo(text)), ElementsAre(HasSubstr("This is also the key of dana")));
}

TEST(ReadFaults, AKeyStandsOnce) {
  const std::string twice =
      "\"" + std::string(key_of_emil) + "\" }, { ssh: \"" + std::string(key_of_emil) + " again\"";
  EXPECT_THAT(faults_with("\"" + std::string(key_of_emil) + "\"", twice),
              ElementsAre(HasSubstr("This key of emil stands twice")));
}

TEST(ReadFaults, AnUnreadableKeyIsAWarning) {
  const std::string text = with(demo_catalog(), key_of_emil, "ssh-ed25519 AAAA");
  EXPECT_THAT(faults_of(demo(text)), ElementsAre(StartsWith(place_in(text, "\"ssh-ed25519 AAAA\"") +
                                                            ": warning: This key of emil cannot be read")));
  EXPECT_TRUE(read(demo(text)).catalog);
}

TEST(ReadFaults, AManagerCircleIsAnErrorAtTheManager) {
  const std::string text =
      with(demo_catalog(), "email: dana@example.net", "email: dana@example.net, manager: aiko");
  EXPECT_THAT(faults_of(demo(text)), ElementsAre(HasSubstr("The managers of aiko go round"),
                                                 HasSubstr("The managers of dana go round")));
}

TEST(ReadFaults, AnAccountIdMayStandWithoutQuotes) {
  EXPECT_THAT(faults_with("id: \"200000000001\"", "id: 200000000001"), IsEmpty());
  const std::string text = with(demo_catalog(), "id: \"200000000001\"", "id: 000000000001");
  EXPECT_EQ(read(demo(text)).catalog.value().accounts.at(0).id.text(), "000000000001");
}

TEST(ReadFaults, TiersHaveALimit) {
  const std::string tier = "- { from: [security-leads], count: 1, within: 30s }\n        ";
  std::string tiers;
  for (int i = 0; i < 19; ++i) tiers += tier;
  EXPECT_THAT(faults_with("- { from: [security-leads]", tiers + "- { from: [security-leads]"), IsEmpty());
  EXPECT_THAT(faults_with("- { from: [security-leads]", tiers + tier + "- { from: [security-leads]"),
              ElementsAre(HasSubstr("at most 20 tiers")));
}

TEST(ReadFaults, ASecretIsNeverRepeated) {
  const auto faults =
      faults_with("groups:", "channels: { p: { pagerduty: { routing_key: R0UTINGKEY } } }\ngroups:");
  EXPECT_THAT(faults, Each(Not(HasSubstr("R0UTINGKEY"))));
  // Nor where it stands for a key, as it does when "env:" was forgotten.
  for (const char* provider : {"{ routing_key: { R0UTINGKEY } }", "{ R0UTINGKEY: 1 }"})
    EXPECT_THAT(
        faults_with("groups:", std::string("channels: { p: { pagerduty: ") + provider + " } }\ngroups:"),
        testing::AllOf(Not(testing::IsEmpty()), Each(Not(HasSubstr("R0UTINGKEY")))));
}

TEST(ReadFaults, EachHasTheCodeOfItsRule) {
  const auto code_with = [](std::string_view from, std::string_view to) {
    const std::vector<std::string> faults = faults_with(from, to);
    return faults.size() == 1 ? faults[0].substr(faults[0].size() - 7) : testing::PrintToString(faults);
  };
  EXPECT_EQ(code_with("version: 1", "version: [1"), "[PC001]");
  EXPECT_EQ(code_with("min_people: 2", "min_poeple: 2"), "[PC002]");
  EXPECT_EQ(
      code_with("    use_when: A change in a production account cannot wait for the IdP to come back.\n", ""),
      "[PC003]");
  EXPECT_EQ(code_with("min_people: 2", "min_people: two"), "[PC004]");
  EXPECT_EQ(code_with("security-leads: [dana, emil]", "security-leads: [dana, emul]"), "[PC005]");
  EXPECT_EQ(code_with("min_people: 2", "min_people: 2\nmin_people: 2"), "[PC006]");
}

}  // namespace
}  // namespace postern::catalog_file
