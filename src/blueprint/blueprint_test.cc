#include "blueprint/blueprint.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "blueprint/policy.h"
#include "catalog/catalog_for_test.h"

namespace postern::blueprint {
namespace {

using catalog::Catalog;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr const char* emergency_stack = "postern-emergency-account";

/// Follows names down into a value; nullptr when there is no way.
const json::Value* at(const json::Value& value, std::initializer_list<std::string_view> path) {
  const json::Value* here = &value;
  for (const std::string_view name : path)
    if ((here = here->find(name)) == nullptr) return nullptr;
  return here;
}
std::string text(const json::Value* value) {
  return value == nullptr ? "(nothing)" : json::canonical(*value);
}

std::string property(const Stack& stack, std::string_view resource, std::string_view name) {
  return text(at(stack.body, {"Resources", resource, "Properties", name}));
}
std::string trust(const Stack& stack, std::string_view role) {
  return property(stack, role, "AssumeRolePolicyDocument");
}

Catalog catalog_with_policies() {
  Catalog c = catalog::sound_catalog();
  catalog::operate(c).access.target_policies = {"arn:aws:iam::aws:policy/ReadOnlyAccess"};
  return c;
}

Blueprint drawn(const Catalog& c) { return draw(c).value(); }

TEST(Blueprint, PutsTheEmergencyAccountFirstAndEachTargetAccountBehindIt) {
  const Blueprint blueprint = drawn(catalog_with_policies());
  ASSERT_THAT(blueprint.stacks, ElementsAre(Field(&Stack::name, emergency_stack),
                                            Field(&Stack::name, "postern-target-account")));
  EXPECT_THAT(blueprint.stacks[0].accounts, ElementsAre(catalog::account_id("100000000009")));
  EXPECT_THAT(blueprint.stacks[1].accounts, ElementsAre(catalog::account_id("200000000001")));
}

TEST(EmergencyRole, LetsInNamedUsersOnlyWithMfaAndUnderTheirOwnName) {
  const std::string policy = trust(drawn(catalog_with_policies()).stacks[0], "RoleEmergency");
  EXPECT_THAT(policy, HasSubstr(R"("Action":["sts:AssumeRole","sts:SetSourceIdentity"])"));
  EXPECT_THAT(policy, HasSubstr(R"("StringEquals":{"sts:SourceIdentity":"${aws:username}"})"));
  EXPECT_THAT(policy, HasSubstr(R"("Bool":{"aws:MultiFactorAuthPresent":"true"})"));
  EXPECT_THAT(policy, HasSubstr(R"("ArnEquals":{"aws:PrincipalArn":["arn:aws:iam::100000000009:user/aiko",)"
                                R"("arn:aws:iam::100000000009:user/ben"]})"));
  EXPECT_THAT(policy, HasSubstr(R"("Principal":{"AWS":"arn:aws:iam::100000000009:root"})"));
}

TEST(EmergencyRole, MayTakeItsTargetsAndNothingElse) {
  const Stack stack = drawn(catalog_with_policies()).stacks[0];
  EXPECT_EQ(
      property(stack, "TargetsOfEmergency1", "PolicyDocument"),
      R"({"Statement":[{"Action":["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"],"Effect":"Allow",)"
      R"("Resource":["arn:aws:iam::200000000001:role/Emergency"],"Sid":"TakeTheRole"}],"Version":"2012-10-17"})");
  EXPECT_EQ(property(stack, "TargetsOfEmergency1", "Roles"), R"([{"Ref":"RoleEmergency"}])");
}

TEST(EmergencyRole, AllowsSessionsAsLongAsTheLongestGrantWithinWhatAwsAllows) {
  Catalog c = catalog_with_policies();
  for (const auto& [grant_max, expected] : std::vector<std::pair<int, const char*>>{
           {900, "3600"}, {3600, "3600"}, {14400, "14400"}, {43200, "43200"}, {86400, "43200"}}) {
    catalog::operate(c).access.grant_max = seconds(grant_max);
    EXPECT_EQ(property(drawn(c).stacks[0], "RoleEmergency", "MaxSessionDuration"), expected) << grant_max;
  }
}

TEST(EmergencyRole, ServesAllProcessesThatNameIt) {
  Catalog c = catalog_with_policies();
  c.accounts.push_back({.id = catalog::account_id("200000000002"), .name = "identity"});
  catalog::Process repair = catalog::operate(c);
  repair.id = catalog::process_id("repair");
  repair.access.target_role = "Repair";
  repair.access.target_tags = {};
  repair.access.target_accounts = {catalog::account_id("200000000002")};
  repair.access.grant_max = seconds(28800);
  c.processes.emplace(repair.id, repair);
  const Blueprint blueprint = drawn(c);
  EXPECT_THAT(
      property(blueprint.stacks[0], "TargetsOfEmergency1", "PolicyDocument"),
      HasSubstr(R"(["arn:aws:iam::200000000001:role/Emergency","arn:aws:iam::200000000002:role/Repair"])"));
  EXPECT_EQ(property(blueprint.stacks[0], "RoleEmergency", "MaxSessionDuration"), "28800");
  ASSERT_THAT(blueprint.stacks, SizeIs(3));
  EXPECT_EQ(property(blueprint.stacks[2], "RoleRepair", "RoleName"), R"("Repair")");
}

TEST(EmergencyUser, MayDoNothingWithoutMfaButTakeTheRoleThatDemandsIt) {
  const Stack stack = drawn(catalog_with_policies()).stacks[0];
  EXPECT_EQ(property(stack, "Useraiko", "UserName"), R"("aiko")");
  const std::string policy = property(stack, "EmergencyUsers", "PolicyDocument");
  EXPECT_THAT(
      policy,
      HasSubstr(R"("Effect":"Deny","NotAction":["iam:GetUser","iam:ListAccessKeys","iam:ListMFADevices",)"
                R"("sts:AssumeRole","sts:GetCallerIdentity","sts:SetSourceIdentity","sts:TagSession"])"));
  EXPECT_THAT(policy, HasSubstr(R"("BoolIfExists":{"aws:MultiFactorAuthPresent":"false"})"));
  EXPECT_EQ(property(stack, "EmergencyUsers", "Users"), R"([{"Ref":"Useraiko"},{"Ref":"Userben"}])");
  EXPECT_EQ(property(stack, "UsersOfEmergency", "Users"), R"([{"Ref":"Useraiko"},{"Ref":"Userben"}])");
  EXPECT_THAT(property(stack, "UsersOfEmergency", "PolicyDocument"),
              HasSubstr(R"("Resource":["arn:aws:iam::100000000009:role/Emergency"])"));
}

TEST(EmergencyUser, IsMadeOnlyForWhoMayRequestAndHasAnIamUser) {
  Catalog c = catalog_with_policies();
  catalog::person_in(c, "ben").iam_user.reset();
  const Stack stack = drawn(c).stacks[0];
  EXPECT_EQ(at(stack.body, {"Resources", "Userben"}), nullptr);
  EXPECT_EQ(at(stack.body, {"Resources", "Userdana"}), nullptr);
  EXPECT_THAT(trust(stack, "RoleEmergency"), Not(HasSubstr("user/ben")));
}

TEST(TargetRole, TrustsTheEmergencyRoleAndLetsItsSourceIdentityThrough) {
  const Stack stack = drawn(catalog_with_policies()).stacks[1];
  const std::string policy = trust(stack, "RoleEmergency");
  EXPECT_THAT(policy, HasSubstr(R"("Action":["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"])"));
  EXPECT_THAT(policy,
              HasSubstr(R"("ArnEquals":{"aws:PrincipalArn":["arn:aws:iam::100000000009:role/Emergency"]})"));
  EXPECT_THAT(policy, Not(HasSubstr("MultiFactor")));  // no role session ever has MFA
  EXPECT_EQ(property(stack, "RoleEmergency", "MaxSessionDuration"), "3600");
  EXPECT_EQ(property(stack, "RoleEmergency", "ManagedPolicyArns"),
            R"(["arn:aws:iam::aws:policy/ReadOnlyAccess"])");
}

TEST(TargetRole, AsksForItsPoliciesWhereTheCatalogDoesNotNameThem) {
  const Blueprint blueprint = drawn(catalog::sound_catalog());
  const Stack& stack = blueprint.stacks[1];
  EXPECT_EQ(property(stack, "RoleEmergency", "ManagedPolicyArns"), R"({"Ref":"PoliciesOfEmergency"})");
  EXPECT_EQ(text(at(stack.body, {"Parameters", "PoliciesOfEmergency", "Type"})), R"("CommaDelimitedList")");
  EXPECT_THAT(blueprint.notes, Contains(HasSubstr("target_policies")));
  EXPECT_EQ(at(drawn(catalog_with_policies()).stacks[1].body, {"Parameters"}), nullptr);
}

TEST(Blueprint, GivesAccountsThatWantTheSameOneTemplate) {
  Catalog c = catalog_with_policies();
  for (int i = 2; i < 800; ++i)
    c.accounts.push_back({.id = AccountId::parse(fmt::format("2{:011}", i)).value(),
                          .name = fmt::format("account-{}", i),
                          .tags = {"production"}});
  const Blueprint blueprint = drawn(c);
  ASSERT_THAT(blueprint.stacks, SizeIs(2));
  EXPECT_THAT(blueprint.stacks[1].accounts, SizeIs(799));
}

/// Every role that the emergency role may take, over all its policies; each within IAM's limit.
std::vector<std::string> targets_of_emergency(const Stack& stack) {
  std::vector<std::string> out;
  for (const auto& [id, resource] : *stack.body.find("Resources")->as_object()) {
    if (!id.starts_with("TargetsOfEmergency")) continue;
    const json::Value& policy = *at(resource, {"Properties", "PolicyDocument"});
    EXPECT_LE(size_of(policy), managed_policy_size);
    for (const json::Value& arn : *policy.find("Statement")->as_array()->front().find("Resource")->as_array())
      out.push_back(*arn.as_string());
  }
  return out;
}

Catalog with_accounts(int count) {
  Catalog c = catalog_with_policies();
  for (int i = 2; i <= count; ++i)
    c.accounts.push_back({.id = AccountId::parse(fmt::format("2{:011}", i)).value(),
                          .name = fmt::format("account-{}", i),
                          .tags = {"production"}});
  return c;
}

TEST(EmergencyRole, NamesEachOfManyAccountsAndNeverAnyAccount) {
  const std::vector<std::string> targets = targets_of_emergency(drawn(with_accounts(900)).stacks[0]);
  EXPECT_EQ(std::set<std::string>(targets.begin(), targets.end()).size(), 900U);
  EXPECT_THAT(targets, testing::Each(Not(HasSubstr("*"))));
  EXPECT_THAT(draw(with_accounts(2000)).error().message, HasSubstr("Split its accounts"));
}

TEST(Blueprint, RefusesProcessesThatShareARoleAndNotWhoMayTakeIt) {
  Catalog c = catalog_with_policies();
  catalog::Process second = catalog::operate(c);
  second.id = catalog::process_id("second");
  c.groups.emplace(catalog::group_id("others"), std::vector{catalog::person_id("ben")});
  second.who_may_request = {catalog::group_id("others")};
  c.processes.emplace(second.id, second);
  EXPECT_THAT(draw(c).error().message, HasSubstr("operate and second share the emergency role Emergency"));
  c.processes.at(second.id).who_may_request = {catalog::group_id("admins")};
  EXPECT_TRUE(draw(c));
  c.processes.at(second.id).access.target_policies = {"arn:aws:iam::aws:policy/AdministratorAccess"};
  EXPECT_THAT(draw(c).error().message, HasSubstr("want different policies"));
}

TEST(TargetRole, GetsNoPolicyThatIamWouldRefuse) {
  Catalog c = catalog_with_policies();
  catalog::operate(c).access.target_policies = {"arn:aws:iam::200000000001:policy/Ours"};
  EXPECT_TRUE(draw(c));
  catalog::operate(c).access.target_policies = {"arn:aws:iam::999999999999:policy/Theirs"};
  EXPECT_THAT(draw(c).error().message, HasSubstr("of another account"));
  catalog::operate(c).access.target_policies.clear();
  for (int i = 0; i < 11; ++i)
    catalog::operate(c).access.target_policies.push_back(fmt::format("arn:aws:iam::aws:policy/P{}", i));
  EXPECT_THAT(draw(c).error().message, HasSubstr("11 policies"));
}

TEST(EmergencyUser, HasNoMorePoliciesThanIamAllows) {
  Catalog c = catalog_with_policies();
  for (int i = 1; i < 10; ++i) {
    catalog::Process more = catalog::operate(c);
    more.id = catalog::process_id(fmt::format("more-{}", i).c_str());
    more.access.emergency_role = fmt::format("Emergency{}", i);
    if (i == 9) {
      EXPECT_TRUE(draw(c));
    }
    c.processes.emplace(more.id, more);
  }
  EXPECT_THAT(draw(c).error().message, HasSubstr("would have 11 policies"));
}

TEST(Blueprint, KeepsEveryResourceWhenItsStackIsDeleted) {
  for (const Stack& stack : drawn(catalog_with_policies()).stacks)
    for (const auto& [id, resource] : *stack.body.find("Resources")->as_object()) {
      EXPECT_EQ(resource.text_at("DeletionPolicy"), "Retain") << id;
      EXPECT_EQ(resource.text_at("UpdateReplacePolicy"), "Retain") << id;
    }
}

/// So many more administrators, each of whom stands in the emergency role's trust policy.
Catalog with_administrators(int count) {
  Catalog c = catalog_with_policies();
  for (int i = 0; i < count; ++i) {
    const std::string id = fmt::format("administrator-{:03}", i);
    c.people.emplace(catalog::person_id(id.c_str()), catalog::administrator(id.c_str()));
    c.groups.at(catalog::group_id("admins")).push_back(catalog::person_id(id.c_str()));
  }
  return c;
}

TEST(Blueprint, SaysWhenATrustPolicyNeedsARaisedQuotaAndRefusesWhatNoQuotaAllows) {
  EXPECT_THAT(drawn(with_administrators(20)).notes, Not(Contains(HasSubstr("Role trust policy length"))));
  EXPECT_THAT(drawn(with_administrators(40)).notes, Contains(HasSubstr("Role trust policy length")));
  const Error error = draw(with_administrators(80)).error();
  EXPECT_EQ(error.code, ErrorCode::invalid);
  EXPECT_THAT(error.message, HasSubstr("trust policy of Emergency"));
}

TEST(Blueprint, RefusesATargetInTheEmergencyAccountItself) {
  Catalog c = catalog_with_policies();
  c.accounts.push_back(
      {.id = catalog::account_id("100000000009"), .name = "emergency", .tags = {"production"}});
  EXPECT_THAT(draw(c).error().message, HasSubstr("operate leads into the emergency account itself"));
}

TEST(Blueprint, SaysWhatItDoesNotHoldYet) {
  Catalog c = catalog_with_policies();
  catalog::Process standby = catalog::operate(c);
  standby.id = catalog::process_id("standby");
  standby.access.mechanism = catalog::Mechanism::standby_saml;
  c.processes.emplace(standby.id, standby);
  EXPECT_THAT(drawn(c).notes, Contains(HasSubstr("standby goes by standby-saml")));
  catalog::operate(c).access.mechanism = catalog::Mechanism::root_vault;
  EXPECT_EQ(draw(c).error().code, ErrorCode::invalid);
}

TEST(Blueprint, RefusesARoleThatNobodyMayTake) {
  Catalog c = catalog_with_policies();
  for (const char* id : {"aiko", "ben"}) catalog::person_in(c, id).iam_user.reset();
  EXPECT_THAT(draw(c).error().message, HasSubstr("Nobody with an iam_user"));
}

TEST(LogicalId, IsPlainAndDifferentForDifferentNames) {
  EXPECT_EQ(logical_id("User", "aiko"), "Useraiko");
  EXPECT_EQ(logical_id("Role", "Emergency_Ops"), "RoleEmergencyx5fOps");
  EXPECT_NE(logical_id("User", "a.b"), logical_id("User", "ax2eb"));
  EXPECT_NE(logical_id("User", "a-b"), logical_id("User", "a_b"));
}

}  // namespace
}  // namespace postern::blueprint
