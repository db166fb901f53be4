#include "lockout/nobody_gets_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog_for_test.h"
#include "lockout/cut_sets.h"

namespace postern::lockout {
namespace {

using catalog::Catalog;
using catalog::Mechanism;
using catalog::Needs;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

/// The cut sets of the first case, by the events' ids.
std::set<std::set<std::string>> cuts(const Catalog& catalog, const std::set<std::string>& down = {}) {
  const Case first = cases(catalog, down).value().front();
  const CutSets sets = cut_sets(first.tree);
  std::set<std::set<std::string>> out;
  for (const auto& [size, count] : sets.by_size())
    sets.each(size, [&](const std::vector<std::uint32_t>& set) {
      std::set<std::string> ids;
      for (const std::uint32_t each : set) ids.insert(first.tree.events()[each].id);
      out.insert(ids);
      return true;
    });
  return out;
}

using Set = std::set<std::string>;

TEST(NobodyGetsIn, NamesRolesAccountAndRegionAsSinglePoints) {
  const auto found = cuts(catalog::sound_catalog());
  EXPECT_THAT(found, AllOf(Contains(Set{"account.emergency"}), Contains(Set{"role.emergency.Emergency"}),
                           Contains(Set{"role.target.Emergency"}), Contains(Set{"sts.eu-west-1"})));
  EXPECT_THAT(found, Not(Contains(Set{"postern"})));  // named IAM users work from paper
}

TEST(NobodyGetsIn, NeedsBothRequestersOrBothApproversToFail) {
  const auto found = cuts(catalog::sound_catalog());
  EXPECT_THAT(found, Contains(Set{"person.aiko", "person.ben"}));
  EXPECT_THAT(found, Contains(Set{"iam-user.aiko", "key.ben"}));
  EXPECT_THAT(found, Contains(Set{"person.dana", "key.emil"}));
  EXPECT_THAT(found, Not(Contains(Set{"person.dana"})));
}

TEST(NobodyGetsIn, CountsNobodyAsTheirOwnApprover) {
  Catalog c = catalog::sound_catalog();
  c.groups.at(catalog::group_id("leads")) = {catalog::person_id("aiko"), catalog::person_id("ben")};
  const auto found = cuts(c);
  // Either of the two is needed to approve the other: one who is away leaves nobody in.
  EXPECT_THAT(found, AllOf(Contains(Set{"person.aiko"}), Contains(Set{"person.ben"})));
  EXPECT_THAT(found, Not(Contains(Set{"iam-user.aiko"})));  // who still can approve for the other
}

TEST(NobodyGetsIn, CountsApproversAsTheTierDoes) {
  Catalog c = catalog::sound_catalog();
  catalog::operate(c).tiers.front().count = 2;
  EXPECT_THAT(cuts(c), AllOf(Contains(Set{"person.dana"}), Contains(Set{"key.emil"})));
  catalog::operate(c).tiers.push_back({.from = {catalog::group_id("identity")}, .count = 1});
  EXPECT_THAT(cuts(c), Not(Contains(Set{"person.dana"})));  // the next tier is left
  EXPECT_THAT(cuts(c), Contains(Set{"person.emil", "person.chie"}));
}

TEST(NobodyGetsIn, CountsPeopleWhoAreNamedAndTheRequestersManagers) {
  Catalog c = catalog::sound_catalog();
  catalog::operate(c).tiers = {{.people = {catalog::person_id("chie")}}};
  EXPECT_THAT(cuts(c), AllOf(Contains(Set{"person.chie"}), Not(Contains(Set{"person.dana", "person.emil"}))));
  catalog::operate(c).tiers = {{.managers = 1}};
  catalog::person_in(c, "aiko").manager = catalog::person_id("dana");
  catalog::person_in(c, "ben").manager = catalog::person_id("emil");
  EXPECT_THAT(cuts(c), AllOf(Contains(Set{"person.dana", "person.emil"}),
                             Contains(Set{"person.aiko", "key.emil"}), Not(Contains(Set{"person.dana"}))));
  catalog::person_in(c, "ben").manager.reset();
  EXPECT_THAT(cuts(c), Contains(Set{"person.dana"})) << "nobody approves for ben";
}

TEST(NobodyGetsIn, NeedsPeopleForEveryCircleOfATier) {
  Catalog c = catalog::sound_catalog();
  catalog::operate(c).tiers.front().besides = {{.from = {catalog::group_id("identity")}}};
  // dana or emil, and chie or emil: whoever of the three is away, the other two are enough.
  EXPECT_THAT(cuts(c),
              AllOf(Contains(Set{"person.dana", "person.emil"}), Contains(Set{"person.chie", "key.emil"}),
                    Contains(Set{"person.chie", "person.dana"}), Not(Contains(Set{"person.emil"}))))
      << "emil counts once";
  catalog::operate(c).tiers.front().besides = {{.people = {catalog::person_id("emil")}}};
  EXPECT_THAT(cuts(c), AllOf(Contains(Set{"person.emil"}), Contains(Set{"person.dana"})));
}

TEST(NobodyGetsIn, TakesRegionsTogether) {
  Catalog c = catalog::sound_catalog();
  c.organization.sts_regions = {"eu-west-1", "us-west-2"};
  c.dependencies["sts-us-west-2"] = {};
  EXPECT_THAT(cuts(c), AllOf(Contains(Set{"sts.eu-west-1", "dependency.sts-us-west-2"}),
                             Not(Contains(Set{"sts.eu-west-1"}))));
}

TEST(NobodyGetsIn, FollowsWhatAWayNeeds) {
  Catalog c = catalog::sound_catalog();
  c.dependencies["disk"] = {};
  c.dependencies["a"] = {.title = "", .needs = Needs{.dependency = "disk"}};
  c.dependencies["b"] = {.title = "", .needs = Needs{.dependency = "disk"}};
  c.dependencies["c"] = {};
  Needs two_of_three{.at_least = 2};
  for (const char* each : {"a", "b", "c"}) two_of_three.of.push_back({.dependency = each});
  catalog::operate(c).access.needs = two_of_three;
  const auto found = cuts(c);
  EXPECT_THAT(found, AllOf(Contains(Set{"dependency.disk"}), Contains(Set{"dependency.a", "dependency.c"}),
                           Not(Contains(Set{"dependency.a"}))));
  EXPECT_THAT(cuts(c, {"a"}), AllOf(Contains(Set{"dependency.c"}), Contains(Set{"dependency.b"})));
  EXPECT_THAT(cuts(c, {"disk"}), ElementsAre(IsEmpty()));
}

TEST(NobodyGetsIn, StandsOnPosternWhereItHoldsTheMeans) {
  Catalog c = catalog::sound_catalog();
  c.dependencies["host"] = {};
  c.postern_needs = Needs{.dependency = "host"};
  catalog::operate(c).access.mechanism = Mechanism::standby_saml;
  EXPECT_THAT(cuts(c), AllOf(Contains(Set{"postern"}), Contains(Set{"dependency.host"}),
                             Not(Contains(Set{"iam-user.aiko", "iam-user.ben"}))));
}

TEST(NobodyGetsIn, LosesAWayWithWhatTheModeTakesAway) {
  Catalog c = catalog::sound_catalog();
  c.dependencies["idp"] = {};
  catalog::operate(c).access.needs = Needs{.dependency = "idp"};
  EXPECT_THAT(cuts(c), ElementsAre(IsEmpty()));
}

TEST(NobodyGetsIn, BlocksAPersonWithoutAnIamUser) {
  Catalog c = catalog::sound_catalog();
  catalog::person_in(c, "ben").iam_user.reset();
  EXPECT_THAT(cuts(c), Contains(Set{"iam-user.aiko"}));
}

TEST(NobodyGetsIn, BuildsOneTreeForAccountsThatAreAlike) {
  Catalog c = catalog::sound_catalog();
  for (int i = 0; i < 50; ++i)
    c.accounts.push_back({.id = AccountId::parse(std::to_string(300000000000 + i)).value(),
                          .name = "more",
                          .tags = {"production"}});
  c.accounts.push_back({.id = AccountId::parse("400000000000").value(), .name = "not covered", .tags = {}});
  const std::vector<Case> found = cases(c).value();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found.front().accounts, SizeIs(51));
  EXPECT_THAT(found.front().ways, SizeIs(1));
}

TEST(NobodyGetsIn, TellsAnAccountThatNoWayLeadsToInAMode) {
  Catalog c = catalog::sound_catalog();
  catalog::Process other = catalog::operate(c);
  other.id = catalog::process_id("other");
  c.processes.emplace(other.id, other);
  catalog::idp_down(c).process = other.id;
  c.processes.at(other.id).access.target_tags = {};
  c.processes.at(other.id).access.target_accounts = {};
  const std::vector<Case> found = cases(c).value();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found.front().ways, IsEmpty());
  EXPECT_EQ(cut_sets(found.front().tree).by_size().count(0), 1U);
}

TEST(NobodyGetsIn, RefusesCirclesAndUnknownNames) {
  Catalog c = catalog::sound_catalog();
  EXPECT_THAT(cases(c, {"nothing"}).error().message, HasSubstr("nothing"));
  c.dependencies["a"] = {.title = "", .needs = Needs{.dependency = "b"}};
  c.dependencies["b"] = {.title = "", .needs = Needs{.dependency = "a"}};
  catalog::operate(c).access.needs = Needs{.dependency = "a"};
  EXPECT_EQ(cases(c).error().code, ErrorCode::invalid);
}

TEST(NobodyGetsIn, KnowsARemedyForEveryEvent) {
  Catalog c = catalog::sound_catalog();
  c.dependencies["host"] = {};
  c.postern_needs = Needs{.dependency = "host"};
  catalog::operate(c).access.mechanism = Mechanism::standby_saml;
  std::set<std::string> remedies;
  const std::vector<Case> found = cases(c).value();
  for (const Event& each : found.front().tree.events()) remedies.insert(remedy(each.id));
  EXPECT_THAT(remedies, SizeIs(7));
}

}  // namespace
}  // namespace postern::lockout
