#include "starter/starter.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "catalog_file/catalog_file.h"
#include "playbook/playbook.h"

namespace postern::starter {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Answers answers() {
  Answers out{.organization = "Example Corp",
              .emergency_account = "100000000009",
              .management_account = "100000000001",
              .log_archive_account = "100000000003",
              .identity_center_account = "100000000002",
              .identity_center_region = "us-east-1",
              .access_portal = "https://example.awsapps.com/start",
              .idp_metadata_url = "https://idp.example.net/metadata",
              .standby_idp_metadata_url = "https://standby.example.org/metadata",
              .sts_regions = {"eu-west-1", "us-west-2", "us-east-1"},
              .timezone = "Asia/Tokyo",
              .accounts = {{"200000000001", "prod-web"}, {"200000000002", "prod-data"}},
              .people = {},
              .groups = {.emergency_admins = {"aiko", "ben"},
                         .identity_admins = {"chie", "emil"},
                         .security_leads = {"dana", "gina"},
                         .executives = {"fumi", "hiro"}}};
  for (const char* each : {"aiko", "ben", "chie", "emil", "dana", "gina", "fumi", "hiro"})
    out.people.push_back({each, each, std::string(each) + "@example.net"});
  return out;
}

/// What read() says of the starter catalog, "PC301 people.…".
std::vector<std::string> faults_of(const Answers& answers) {
  const auto reading = catalog_file::read({files(answers).value()});
  std::vector<std::string> out;
  for (const auto& each : reading.faults) out.push_back(catalog_file::to_text(each));
  return out;
}

TEST(Starter, IsWarnedOfNothingButWhatOnlyTheCompanyCanAdd) {
  for (const std::string& each : faults_of(answers()))
    EXPECT_TRUE(each.find("[PC301]") != std::string::npos || each.find("[PC212]") != std::string::npos ||
                each.find("[PC605]") != std::string::npos)
        << each;
}

TEST(Starter, HasEveryFailureModeThatItPromises) {
  const auto reading = catalog_file::read({files(answers()).value()});
  ASSERT_TRUE(reading.catalog);
  std::vector<std::string> modes;
  for (const auto& [id, mode] : reading.catalog->modes) modes.push_back(id.text());
  EXPECT_THAT(modes, ElementsAre("federation-broken", "identity-center-disrupted", "idp-compromised",
                                 "idp-unavailable", "postern-down"));
  EXPECT_EQ(reading.catalog->processes.size(), 5U);
  for (const auto& [id, process] : reading.catalog->processes) {
    EXPECT_TRUE(reading.catalog->playbooks.contains("playbooks/" + id.text() + ".md"));
    EXPECT_TRUE(reading.catalog->playbooks.contains("playbooks/" + id.text() + ".ja.md"));
  }
}

TEST(Starter, TestsItsUplinkAtTwoPlaces) {
  const auto reading = catalog_file::read({files(answers()).value()});
  ASSERT_TRUE(reading.catalog);
  const auto controls = std::count_if(reading.catalog->probes.begin(), reading.catalog->probes.end(),
                                      [](const auto& each) { return each.second.control; });
  EXPECT_EQ(controls, 4);
}

TEST(Starter, ItsExamplesOfProbesHoldWhenTheirCommentSignsAreTakenAway) {
  auto all = files(answers()).value();
  std::string& text = all.at("catalog.yaml");
  std::size_t at = text.find("  # sign-in:");
  ASSERT_NE(at, std::string::npos);
  while (text.compare(at, 4, "  # ") == 0) {
    text.erase(at + 2, 2);
    at = text.find('\n', at) + 1;
  }
  const auto reading = catalog_file::read({all});
  ASSERT_TRUE(reading.catalog) << catalog_file::to_text(reading.faults.at(0));
  std::vector<std::string> probes;
  for (const auto& [id, probe] : reading.catalog->probes) probes.push_back(id.text());
  EXPECT_THAT(probes, testing::IsSupersetOf({"sign-in", "group", "help-desk", "backlog"}));
}

TEST(Starter, ItsPlaybooksUseKnownPlaceholdersAndTellHowToGoOnWithoutPostern) {
  const auto all = files(answers()).value();
  for (const auto& [path, text] : all) {
    if (!path.ends_with(".md")) continue;
    EXPECT_THAT(playbook::faults_in(text), IsEmpty()) << path;
    EXPECT_THAT(text, HasSubstr("\n---\n")) << path;
    EXPECT_THAT(text, testing::AnyOf(HasSubstr("\n# Without Postern"), HasSubstr("\n# Postern なしで")))
        << path;
  }
}

TEST(Starter, IsSoundWithoutAStandbyIdp) {
  Answers alone = answers();
  alone.standby_idp_metadata_url = "";
  const std::string catalog = files(alone).value().at("catalog.yaml");
  EXPECT_THAT(catalog, testing::Not(HasSubstr("standby-idp")));
  EXPECT_THAT(catalog, HasSubstr("I tried to sign in at the IdP myself"));
  EXPECT_TRUE(catalog_file::read({files(alone).value()}).catalog);
}

TEST(Starter, TheRegionOfIdentityCenterFallsWithIt) {
  const std::string catalog = files(answers()).value().at("catalog.yaml");
  EXPECT_THAT(catalog, HasSubstr("\n  sts-us-east-1: { needs: identity-center-region }\n"));
  EXPECT_THAT(catalog, HasSubstr("\n  sts-eu-west-1: {}\n"));
  EXPECT_THAT(catalog, HasSubstr("of: [sts-eu-west-1, sts-us-west-2, sts-us-east-1]"));
}

TEST(Starter, LetsNoAnswerBecomeYaml) {
  const auto refused = [](const std::function<void(Answers&)>& change) {
    Answers changed = answers();
    change(changed);
    return !files(changed).has_value();
  };
  EXPECT_TRUE(refused([](Answers& a) { a.organization = "x\"\nowners: {}"; }));
  EXPECT_TRUE(refused([](Answers& a) { a.organization = "x\\"; }));
  EXPECT_TRUE(refused([](Answers& a) { a.timezone = "Asia/Tokyo, weekdays"; }));
  EXPECT_TRUE(refused([](Answers& a) { a.sts_regions = {"eu-west-1]"}; }));
  EXPECT_TRUE(refused([](Answers& a) { a.sts_regions = {}; }));
  EXPECT_TRUE(refused([](Answers& a) { a.accounts = {}; }));
  EXPECT_TRUE(refused([](Answers& a) { a.accounts[0].name = "a\"b"; }));
  EXPECT_TRUE(refused([](Answers& a) { a.accounts[0].id = "12"; }));
  EXPECT_TRUE(refused([](Answers& a) { a.emergency_account = "12"; }));
  EXPECT_TRUE(refused([](Answers& a) { a.people[0].ssh_key = "ssh-ed25519 \"x"; }));
  EXPECT_TRUE(refused([](Answers& a) { a.people[0].email = "a@b\n"; }));
}

TEST(Starter, ReadsAPersonInOneLine) {
  const Person aiko = Person::parse("aiko Aiko Tanaka <aiko@example.net>").value();
  EXPECT_EQ(aiko.id, "aiko");
  EXPECT_EQ(aiko.name, "Aiko Tanaka");
  EXPECT_EQ(aiko.email, "aiko@example.net");
  for (const char* each : {"", "aiko", "aiko <a@b>x", "aiko<a@b>", "ai ko", "../x Name <a@b>"})
    EXPECT_FALSE(Person::parse(each)) << each;
}

}  // namespace
}  // namespace postern::starter
