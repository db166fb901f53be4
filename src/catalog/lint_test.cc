#include "catalog/lint.h"

#include <gmock/gmock.h>

#include <functional>

#include "catalog/catalog_for_test.h"

namespace postern::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// "error people.aiko: …" for all that is found after `change`.
std::vector<std::string> found_after(const std::function<void(Catalog&)>& change) {
  Catalog catalog = sound_catalog();
  change(catalog);
  std::vector<std::string> out;
  for (const Finding& each : lint(catalog))
    out.push_back((each.severity == Severity::error ? "error " : "warning ") + each.where + ": " + each.what);
  return out;
}
auto error(const std::string& where, const std::string& what) {
  return testing::AllOf(testing::StartsWith("error " + where + ": "), HasSubstr(what));
}
auto warning(const std::string& where, const std::string& what) {
  return testing::AllOf(testing::StartsWith("warning " + where + ": "), HasSubstr(what));
}

TEST(Lint, FindsNothingInASoundCatalog) { EXPECT_THAT(lint(sound_catalog()), IsEmpty()); }

TEST(Lint, AnOwnersQuorumMustBeReachable) {
  EXPECT_THAT(found_after([](Catalog& c) { c.owners.quorum = 3; }),
              ElementsAre(error("owners.quorum", "A quorum of 3 cannot be met by 2 owners")));
  EXPECT_THAT(found_after([](Catalog& c) { c.owners.people = {person_id("dana"), person_id("dana")}; }),
              ElementsAre(error("owners.quorum", "by 1 owners")));
  EXPECT_THAT(found_after([](Catalog& c) { c.owners.quorum = 0; }),
              ElementsAre(error("owners.quorum", "A quorum of 0")));
}

TEST(Lint, SomebodyMustBeAbleToDeclareRequestAndApprove) {
  EXPECT_THAT(found_after([](Catalog& c) { idp_down(c).declared_by = {}; }),
              ElementsAre(error("failure_modes.idp-down.declared_by", "Nobody may declare")));
  EXPECT_THAT(found_after([](Catalog& c) { c.groups[group_id("admins")] = {}; }),
              ElementsAre(error("processes.operate.who_may_request", "Nobody may request")));
  EXPECT_THAT(found_after([](Catalog& c) { operate(c).tiers = {}; }),
              ElementsAre(error("processes.operate.approval", "there is no tier")));
}

TEST(Lint, ATierMustHaveThePeopleThatItNeeds) {
  EXPECT_THAT(
      found_after([](Catalog& c) { operate(c).tiers[0].count = 3; }),
      ElementsAre(error("processes.operate.approval.tiers[0]", "needs 3 people and its groups have 2")));
  EXPECT_THAT(found_after([](Catalog& c) { operate(c).tiers[0].count = 0; }),
              ElementsAre(error("processes.operate.approval.tiers[0]", "at least one approval")));
}

TEST(Lint, ATierMustBeEnoughForEveryRequesterWithoutThemselves) {
  EXPECT_THAT(
      found_after([](Catalog& c) { operate(c).tiers.push_back({.from = {group_id("admins")}, .count = 1}); }),
      IsEmpty());
  EXPECT_THAT(
      found_after([](Catalog& c) { operate(c).tiers.push_back({.from = {group_id("admins")}, .count = 2}); }),
      ElementsAre(error("processes.operate.approval.tiers[1]", "When aiko asks, 1 of the 2 people")));
  EXPECT_THAT(found_after([](Catalog& c) {
                c.groups[group_id("one")] = {person_id("aiko")};
                operate(c).tiers[0].from = {group_id("one")};
              }),
              ElementsAre(error("processes.operate.approval.tiers[0]", "When aiko asks, 0 of the 1 people")));
}

TEST(Lint, WarnsOfATierOfASinglePerson) {
  EXPECT_THAT(found_after([](Catalog& c) {
                c.groups[group_id("one")] = {person_id("dana")};
                operate(c).tiers.push_back({.from = {group_id("one")}});
              }),
              ElementsAre(warning("processes.operate.approval.tiers[1]", "hangs on dana alone")));
}

TEST(Lint, AConfirmationMustBePossible) {
  EXPECT_THAT(found_after([](Catalog& c) { idp_down(c).confirm = attested("identity", 3); }),
              ElementsAre(error("failure_modes.idp-down.confirm", "can never be confirmed")));
  EXPECT_THAT(found_after([](Catalog& c) {
                idp_down(c).confirm = any_of({attested("identity", 3), attested("identity", 2)});
              }),
              IsEmpty());
}

TEST(Lint, RequestersOfAnIamUserProcessNeedIamUsers) {
  const auto without = [](const std::vector<const char*>& people) {
    return found_after([&](Catalog& c) {
      for (const char* each : people) person_in(c, each).iam_user.reset();
    });
  };
  EXPECT_THAT(without({"aiko", "ben"}), ElementsAre(error("processes.operate.who_may_request",
                                                          "Nobody who may request this has an IAM user")));
  EXPECT_THAT(without({"ben"}),
              ElementsAre(warning("processes.operate.who_may_request", "would not get in: ben.")));
  EXPECT_THAT(found_after([](Catalog& c) {
                person_in(c, "aiko").iam_user.reset();
                person_in(c, "ben").iam_user.reset();
                operate(c).access.mechanism = Mechanism::standby_saml;
              }),
              IsEmpty());
}

TEST(Lint, AnIamUserIsNamedLikeThePersonAndLivesInTheEmergencyAccount) {
  EXPECT_THAT(found_after([](Catalog& c) { person_in(c, "aiko").iam_user->name = "a.tanaka"; }),
              ElementsAre(error("people.aiko.iam_user.name", "must be named \"aiko\" too")));
  EXPECT_THAT(
      found_after([](Catalog& c) {
        person_in(c, "aiko").iam_user->mfa_serial = "arn:aws:iam::200000000001:mfa/aiko";
      }),
      ElementsAre(error("people.aiko.iam_user.mfa_serial", "not in the emergency account 100000000009")));
}

TEST(Lint, AProcessMustCoverAnAccount) {
  EXPECT_THAT(found_after([](Catalog& c) { operate(c).access.target_tags = {"test"}; }),
              ElementsAre(error("processes.operate.access.targets", "covers no account")));
}

TEST(Lint, AChainedSessionLastsOneHourAtMost) {
  for (const Mechanism each : {Mechanism::iam_user, Mechanism::standby_saml, Mechanism::idp_direct_saml})
    EXPECT_THAT(found_after([&](Catalog& c) {
                  operate(c).access.mechanism = each;
                  operate(c).access.session_max = seconds(3601);
                }),
                ElementsAre(error("processes.operate.access.session_max",
                                  "AWS ends chained role sessions after one hour")));
  EXPECT_THAT(found_after([](Catalog& c) {
                operate(c).access.mechanism = Mechanism::root_vault;
                operate(c).access.session_max = seconds(7200);
              }),
              IsEmpty());
}

TEST(Lint, ManagersMustNotGoRoundInACircle) {
  EXPECT_THAT(found_after([](Catalog& c) {
                person_in(c, "aiko").manager = person_id("ben");
                person_in(c, "ben").manager = person_id("chie");
                person_in(c, "chie").manager = person_id("ben");
              }),
              ElementsAre(error("people.ben.manager", "go round in a circle"),
                          error("people.chie.manager", "go round")))
      << "aiko is under the circle, not in it";
  EXPECT_THAT(found_after([](Catalog& c) { person_in(c, "dana").manager = person_id("dana"); }),
              ElementsAre(error("people.dana.manager", "circle")));
  EXPECT_THAT(found_after([](Catalog& c) {
                for (const char* each : {"aiko", "ben", "chie"})
                  person_in(c, each).manager = person_id("dana");
              }),
              IsEmpty());
}

TEST(Lint, NobodyIsTheirOwnDeputy) {
  EXPECT_THAT(found_after([](Catalog& c) { person_in(c, "aiko").deputy = person_id("aiko"); }),
              ElementsAre(error("people.aiko.deputy", "own deputy")));
}

TEST(Lint, AKeyIsNeededToSign) {
  EXPECT_THAT(found_after([](Catalog& c) { person_in(c, "dana").ssh_keys = {}; }),
              ElementsAre(warning("owners.people", "Owner dana has no key"),
                          warning("people.dana", "dana has no key")));
}

TEST(Lint, ThereMustBeARegionAndAMode) {
  EXPECT_THAT(found_after([](Catalog& c) { c.organization.sts_regions = {}; }),
              ElementsAre(error("organization.sts_regions", "No STS Region")));
  EXPECT_THAT(found_after([](Catalog& c) { c.modes.clear(); }),
              ElementsAre(error("failure_modes", "No failure mode")));
}

TEST(Lint, FindsEveryNameThatNothingDefines) {
  const auto first_of = [](const std::function<void(Catalog&)>& change) {
    const std::vector<std::string> found = found_after(change);
    return found.empty() ? "nothing" : found.front().substr(0, found.front().find(". "));
  };
  const PersonId gina = person_id("gina");
  EXPECT_EQ(first_of([&](Catalog& c) { c.owners.people.push_back(gina); }),
            "error owners.people: There is no person \"gina\"");
  EXPECT_EQ(first_of([&](Catalog& c) { person_in(c, "aiko").manager = gina; }),
            "error people.aiko.manager: There is no person \"gina\"");
  EXPECT_EQ(first_of([&](Catalog& c) { person_in(c, "aiko").deputy = gina; }),
            "error people.aiko.deputy: There is no person \"gina\"");
  EXPECT_EQ(first_of([&](Catalog& c) { c.groups[group_id("leads")].push_back(gina); }),
            "error groups.leads: There is no person \"gina\"");
  EXPECT_EQ(first_of([](Catalog& c) { idp_down(c).confirm = any_of({down("x"), attested("identity", 1)}); }),
            "error failure_modes.idp-down.confirm: There is no probe \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { idp_down(c).confirm = any_of({down("idp"), attested("x", 1)}); }),
            "error failure_modes.idp-down.confirm: There is no group \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { idp_down(c).declared_by.push_back(group_id("x")); }),
            "error failure_modes.idp-down.declared_by: There is no group \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { idp_down(c).process = process_id("x"); }),
            "error failure_modes.idp-down.process: There is no process \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { operate(c).alternatives = {process_id("x")}; }),
            "error processes.operate.alternatives: There is no process \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { operate(c).assumptions = {{.text = "t", .probe = probe_id("x")}}; }),
            "error processes.operate.assumptions: There is no probe \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { operate(c).who_may_request.push_back(group_id("x")); }),
            "error processes.operate.who_may_request: There is no group \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { operate(c).tiers[0].from.push_back(group_id("x")); }),
            "error processes.operate.approval.tiers[0]: There is no group \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { operate(c).access.target_accounts = {account_id("300000000001")}; }),
            "error processes.operate.access.targets: There is no account \"300000000001\"");
}

TEST(Lint, ADependencyMayNotNeedItself) {
  const auto needing = [](const char* name) {
    return Dependency{.title = "", .needs = Needs{.dependency = name}};
  };
  EXPECT_THAT(found_after([&](Catalog& c) {
                c.dependencies["a"] = needing("b");
                c.dependencies["b"] = {.title = "", .needs = Needs{.at_least = 1, .of = {{"c"}, {"a"}}}};
                c.dependencies["c"] = {};
                c.dependencies["above"] = needing("a");
              }),
              ElementsAre(error("dependencies.a.needs", "needs itself"),
                          error("dependencies.b.needs", "needs itself")));
  EXPECT_THAT(found_after([&](Catalog& c) { c.dependencies["a"] = needing("a"); }),
              ElementsAre(error("dependencies.a.needs", "needs itself")));
}

TEST(Lint, WarnsWhenFewerPeopleThanMinPeopleCanGetBy) {
  EXPECT_THAT(found_after([](Catalog& c) { c.min_people = 3; }),
              ElementsAre(warning(
                  "min_people",
                  "Fewer than 3 people can attest, declare, request and approve together: aiko, emil")));
  EXPECT_THAT(found_after([](Catalog& c) { c.min_people = 0; }),
              ElementsAre(error("min_people", "at least 1")));
}

}  // namespace
}  // namespace postern::catalog
