#include <gmock/gmock.h>

#include <regex>

#include "catalog_file/catalog_for_test.h"
#include "catalog_file/yaml_reader.h"

namespace postern::catalog_file {
namespace {

using catalog::Severity;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

template <class T>
T id(const char* text) {
  return T::parse(text).value();
}

Sources example() {
  Sources out{{{"catalog.yaml", file_text(vector_path("example.yaml"))}}};
  for (const char* name : {"idp-unavailable", "standby", "federation-broken", "identity-center-disrupted"})
    out.files.emplace(std::string("playbooks/") + name + ".md", "# Steps\n");
  return out;
}

TEST(Read, AcceptsTheWholeExample) {
  const Reading reading = read(example());
  ASSERT_TRUE(reading.catalog);
  EXPECT_EQ(reading.catalog->people.size(), 6U);
  EXPECT_EQ(reading.catalog->modes.size(), 3U);
  EXPECT_EQ(reading.catalog->processes.size(), 4U);
  EXPECT_EQ(reading.catalog->probes.size(), 6U);
}

TEST(Read, WarnsOfWhatTheExampleLeavesOpen) {
  const std::vector<std::string> faults = faults_of(example());
  EXPECT_THAT(faults, Each(HasSubstr(": warning: ")));
  EXPECT_THAT(faults, Contains(StartsWith("catalog.yaml:23:21: warning: This key of aiko cannot be read")));
  EXPECT_THAT(faults, Contains(StartsWith("catalog.yaml:97:7: warning: This tier hangs on fumi alone")));
  EXPECT_THAT(faults, Contains(HasSubstr("chie, emil")));
}

TEST(Read, NoErrorIsLostBehindWarnings) {
  std::string accounts;
  for (int i = 0; i < 600; ++i)
    accounts +=
        "  - { id: \"" + std::to_string(300000000000 + i) + "\", name: a" + std::to_string(i) + " }\n";
  const std::string text =
      with(with(demo_catalog(), "accounts:\n", "accounts:\n" + accounts), "quorum: 2", "quorum: 9");
  const Reading reading = read(demo(text));
  EXPECT_FALSE(reading.catalog);
  EXPECT_GT(reading.left_out, 90U);
  EXPECT_THAT(all_faults_of(demo(text)), Contains(HasSubstr("[PC210]")));
}

TEST(Read, WhatIsInForceIsReadWhereItWouldNoLongerBeAccepted) {
  const std::string text =
      with(demo_catalog(), "groups:",
           "calendars: { office: { timezone: Asia/Atlantis, weekdays: [mon], hours: \"09:00-18:00\" } }\n"
           "channels: { mail: { pigeon: { loft: 3 } } }\ngroups:");
  EXPECT_FALSE(read(demo(text)).catalog);
  const Reading reading = read_in_force(demo(text));
  ASSERT_TRUE(reading.catalog);
  EXPECT_THAT(reading.faults, IsEmpty());
  EXPECT_EQ(reading.catalog->people.size(), 5U);
  EXPECT_FALSE(is_open(reading.catalog->calendars.at("office"), Instant{}));
  EXPECT_FALSE(read_in_force(demo("people: [")).catalog);
}

TEST(Read, AFaultIsOneLineWhateverNamesStandInIt) {
  for (const std::string& each :
       all_faults_of(demo(with(demo_catalog(), "groups:", "\"a\\nb: error: forged\": 1\ngroups:"))))
    EXPECT_THAT(each, testing::Not(HasSubstr("\n")));
}

TEST(Read, IsTheExampleOfTheDesign) {
  std::ifstream design(POSTERN_SOURCE_DIR "/../shared/design/catalog-example.yaml");
  if (!design) GTEST_SKIP() << "../shared is not on this machine";
  EXPECT_EQ(file_text(POSTERN_SOURCE_DIR "/../shared/design/catalog-example.yaml"),
            file_text(vector_path("example.yaml")));
}

TEST(Read, AcceptsTheDemonstrationAndSaysWhatItLeavesOut) {
  const Reading reading = read(demo());
  EXPECT_THAT(all_faults_of(demo()), ElementsAre(HasSubstr("PC507"), HasSubstr("PC105"), HasSubstr("PC408")));
  ASSERT_TRUE(reading.catalog);
}

TEST(Read, FillsTheTypes) {
  const catalog::Catalog catalog = read(demo()).catalog.value();
  EXPECT_EQ(catalog.owners.quorum, 2);
  EXPECT_EQ(catalog.organization.emergency_account.text(), "100000000009");
  EXPECT_THAT(catalog.organization.sts_regions, ElementsAre("eu-west-1", "us-west-2", "ap-northeast-1"));
  const catalog::Person& aiko = *catalog.person(id<PersonId>("aiko"));
  EXPECT_EQ(aiko.manager, id<PersonId>("dana"));
  EXPECT_EQ(aiko.iam_user.value().mfa_serial, "arn:aws:iam::100000000009:mfa/aiko");
  EXPECT_THAT(aiko.ssh_keys, ElementsAre(key_of_aiko));
  const catalog::Probe& probe = catalog.probes.at(id<ProbeId>("primary-idp"));
  EXPECT_EQ(std::get<catalog::SamlMetadataProbe>(probe.check).url, "http://127.0.0.1:4001/metadata");
  EXPECT_EQ(probe.dependency, "corporate-idp");
  EXPECT_EQ(probe.every, seconds(2));
  const catalog::Probe& uplink = catalog.probes.at(id<ProbeId>("uplink"));
  EXPECT_TRUE(uplink.control);
  EXPECT_EQ(std::get<catalog::TcpProbe>(uplink.check).port, 4000);
  EXPECT_EQ(uplink.down_after, 3) << "what is left out";
  const catalog::FailureMode& mode = *catalog.mode(id<ModeId>("idp-unavailable"));
  EXPECT_THAT(mode.takes_away, ElementsAre("corporate-idp", "standby-idp"));
  EXPECT_EQ(std::get<catalog::AtLeast>(mode.confirm.is).k, 3);
  const catalog::Process& process = *catalog.process(id<ProcessId>("operate-workload"));
  EXPECT_EQ(process.access.mechanism, catalog::Mechanism::iam_user);
  EXPECT_EQ(process.access.grant_max, seconds(14400));
  EXPECT_EQ(process.tiers.at(0).within, seconds(300));
  EXPECT_EQ(process.when_nobody_answers, catalog::WhenNobodyAnswers::deny);
  EXPECT_EQ(process.declared_to_access, seconds(900));
  EXPECT_EQ(process.drill_every, std::chrono::days(90));
  EXPECT_THAT(catalog.playbooks.at("playbooks/idp-unavailable.md"), HasSubstr("# Without Postern"));
  EXPECT_TRUE(catalog.playbooks.contains("playbooks/idp-unavailable.ja.md"));
}

TEST(Read, ReadsWhatTheExampleSaysOfTiersAndConditions) {
  const catalog::Catalog catalog = read(example()).catalog.value();
  const catalog::Process& standby = *catalog.process(id<ProcessId>("operate-workload-standby"));
  ASSERT_EQ(standby.tiers.size(), 3U) << "through the alias";
  EXPECT_EQ(standby.tiers[0].calendar, "office");
  EXPECT_EQ(standby.when_nobody_answers, catalog::WhenNobodyAnswers::override);
  EXPECT_EQ(standby.access.mechanism, catalog::Mechanism::standby_saml);
  const auto& any = std::get<catalog::AtLeast>(catalog.mode(id<ModeId>("idp-unavailable"))->confirm.is);
  EXPECT_EQ(any.k, 1);
  EXPECT_EQ(std::get<catalog::Attested>(any.of.at(1).is).count, 2);
  EXPECT_EQ(
      std::get<catalog::ProbeDown>(std::get<catalog::AtLeast>(any.of.at(0).is).of.at(0).is).for_at_least,
      seconds(300));
  EXPECT_TRUE(std::holds_alternative<catalog::StsProbe>(catalog.probes.at(id<ProbeId>("sts")).check));
}

TEST(Read, ReadsWhatThingsStandOn) {
  const catalog::Catalog read_catalog = *read(example()).catalog;
  EXPECT_EQ(read_catalog.dependencies.at("corporate-idp").title, "Okta");
  EXPECT_EQ(read_catalog.dependencies.at("corporate-idp").needs,
            (catalog::Needs{.dependency = "", .at_least = 1, .of = {{"corporate-dns"}}}));
  EXPECT_EQ(read_catalog.dependencies.at("aws-sts").needs->at_least, 1);
  EXPECT_EQ(read_catalog.dependencies.at("aws-sts").needs->of.size(), 3U);
  EXPECT_EQ(read_catalog.dependencies.at("identity-center").needs->at_least, 2);
  EXPECT_EQ(
      read_catalog.postern_needs,
      (catalog::Needs{.dependency = "", .at_least = 1, .of = {{"aws-us-west-2-host"}, {"colocation"}}}));
}

TEST(Read, MakesTheIdentityCenterAccountOneThatAProcessCanCover) {
  const catalog::Catalog catalog = read(example()).catalog.value();
  const catalog::Account* center = catalog.account(id<AccountId>("100000000002"));
  ASSERT_NE(center, nullptr);
  EXPECT_TRUE(catalog::covers(*catalog.process(id<ProcessId>("repair-federation")), *center));
}

TEST(Read, ShowsAllFaultsAtOnceInTheOrderOfTheFile) {
  std::string text = demo_catalog();
  text = with(text, "drill_every: 90d", "drill_every: often");
  text = with(text, "min_people: 2", "min_people: two");
  text = with(text, "[chie, emil]", "[chi, emil]");
  const std::vector<std::string> faults = faults_of(demo(text));
  EXPECT_THAT(faults, ElementsAre(StartsWith(place_in(text, "two") +
                                             ": error: \"min_people\" must be a whole number"),
                                  StartsWith(place_in(text, "chi, emil") +
                                             ": error: There is no person \"chi\". Did you mean \"chie\"?"),
                                  StartsWith(place_in(text, "often") + ": error: A duration is")));
  EXPECT_FALSE(read(demo(text)).catalog);
}

TEST(Read, SaysOnceWhatAnAliasRepeats) {
  Sources sources = example();
  std::string& text = sources.files["catalog.yaml"];
  text = with(text, "from: [executives]", "from: [executive]");
  std::vector<Fault> errors;
  for (const Fault& each : read(sources).faults)
    if (each.severity() == Severity::error) errors.push_back(each);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].what, "There is no group \"executive\". Did you mean \"executives\"?");
}

TEST(Read, GivesWhatLintFindsItsPlace) {
  const std::string text = with(demo_catalog(), "session_max: 1h", "session_max: 2h");
  EXPECT_THAT(faults_of(demo(text)), ElementsAre(StartsWith(place_in(text, "session_max") +
                                                            ": error: A session of 2h cannot be had")));
  const std::string renamed = with(demo_catalog(), "iam_user: { name: aiko", "iam_user: { name: aiko.tanaka");
  EXPECT_THAT(faults_of(demo(renamed)),
              ElementsAre(StartsWith(place_in(renamed, "name: aiko.tanaka") +
                                     ": error: The IAM user of aiko must be named")));
}

TEST(Read, StopsCountingFaultsSomewhere) {
  std::string text = demo_catalog() + "channels:\n";
  for (int i = 0; i < 2000; ++i) text += "  c" + std::to_string(i) + ": {}\n";
  EXPECT_EQ(read(demo(text)).faults.size(), faults_max);
}

TEST(Read, WantsACatalog) {
  EXPECT_THAT(faults_of({}), ElementsAre("catalog.yaml: error: There is no catalog.yaml. [PC001]"));
  EXPECT_THAT(faults_of({{{"catalog.yaml", "- a\n"}}}),
              Contains(HasSubstr("The file must be a mapping, and here is a list")));
  Sources many = demo();
  for (std::size_t i = 0; i < files_max; ++i) many.files.emplace("p" + std::to_string(i) + ".md", "x");
  EXPECT_THAT(faults_of(many), ElementsAre(HasSubstr("more than 200 files")));
}

TEST(Read, JudgesThePlaybooks) {
  Sources sources = demo();
  sources.files["playbooks/idp-unavailable.md"] = "one\ntwo \x1b[31m\n";
  sources.files["playbooks/idp-unavailable.ja.md"] = " \n";
  EXPECT_THAT(faults_of(sources),
              ElementsAre("playbooks/idp-unavailable.ja.md: error: This playbook is empty. Write it. [PC008]",
                          StartsWith("playbooks/idp-unavailable.md:2:5: error: Here is a byte")));
  sources = demo();
  sources.files["playbooks/idp-unavailable.md"] = std::string(playbook_bytes_max + 1, 'x');
  EXPECT_THAT(faults_of(sources), ElementsAre(HasSubstr("more than 65536 bytes")));
}

TEST(Read, WarnsOfAFileThatNothingNames) {
  Sources sources = demo();
  sources.files["playbooks/stray.md"] = "x";
  EXPECT_THAT(faults_of(sources),
              ElementsAre("playbooks/stray.md: warning: No process names this file. Remove it. [PC010]"));
}

TEST(Read, TheDemonstrationsPlaybooksUseKnownPlaceholdersOnly) {
  const std::set<std::string> known = {
      "emergency.id", "emergency.mode",   "process.title", "request.id",           "grant.id",
      "person.id",    "account.id",       "account.name",  "emergency_account.id", "emergency_role",
      "target_role",  "grant.expires_at", "sts_regions"};
  const std::regex place("\\{\\{([^}]*)\\}\\}");
  for (const auto& [path, text] : demo().files) {
    for (std::sregex_iterator each(text.begin(), text.end(), place), end; each != end; ++each)
      EXPECT_TRUE(known.contains((*each)[1].str())) << path << ": " << each->str();
  }
}

}  // namespace
}  // namespace postern::catalog_file
