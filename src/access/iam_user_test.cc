#include "access/iam_user.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/scripted_client.h"

namespace postern::access {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const std::string dublin = "https://sts.eu-west-1.amazonaws.com/";
const std::string oregon = "https://sts.us-west-2.amazonaws.com/";
const std::string emergency_session = "arn:aws:sts::100000000009:assumed-role/EmergencyAccess_Ops/S-40";
const std::string target_session = "arn:aws:sts::200000000001:assumed-role/EmergencyAccess_Ops/S-40";

json::Value plan_answer() {
  return json::Object{{"session", "S-40"},
                      {"emergency_role_arn", "arn:aws:iam::100000000009:role/EmergencyAccess_Ops"},
                      {"target_role_arn", "arn:aws:iam::200000000001:role/emergency/EmergencyAccess_Ops"},
                      {"source_identity", "aiko"},
                      {"role_session_name", "S-40"},
                      {"emergency_duration_seconds", 14400},
                      {"duration_seconds", 3600},
                      {"grant_until", "2026-11-23T07:04:05Z"},
                      {"regions", json::Array{"eu-west-1", "us-west-2"}},
                      {"mfa_serial", "arn:aws:iam::100000000009:mfa/aiko"},
                      {"iam_user", "aiko"}};
}

std::string granted(const std::string& arn, const std::string& key) {
  return "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>" + key +
         "</AccessKeyId><SecretAccessKey>secret-of-" + key + "</SecretAccessKey><SessionToken>token-of-" +
         key +
         "</SessionToken><Expiration>2026-11-23T04:04:05Z</Expiration></Credentials><AssumedRoleUser><Arn>" +
         arn + "</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>";
}

std::string denied(const std::string& message) {
  return "<ErrorResponse><Error><Code>AccessDenied</Code><Message>" + message +
         "</Message></Error></ErrorResponse>";
}

struct Both {
  Taken emergency;
  Taken target;
};

class IamUser : public testing::Test {
 protected:
  Result<Both> take(const Plan& plan, SessionMay may = SessionMay::what_the_role_may) {
    const aws::Credentials own{
        .access_key_id = "AKIAOWN", .secret_access_key = Secret::copy_of("own-secret"), .session_token = {}};
    aws::Sts sts({.regions = plan.regions.empty() ? std::vector<std::string>{"eu-west-1"} : plan.regions},
                 client_, clock_);
    Taken emergency = TRY(take_emergency_role(plan, own, Secret::copy_of("123456"), sts));
    Taken target = TRY(take_target_role(plan, emergency.credentials, sts, may));
    return Both{std::move(emergency), std::move(target)};
  }
  Plan plan_ = read_plan(plan_answer()).value();
  aws::ScriptedClient client_;
  aws::StoppedClock clock_{parse_rfc3339("2026-11-23T03:04:05Z").value()};
};

TEST_F(IamUser, TakesTheEmergencyRoleAndThenTheTargetRole) {
  client_.answer(dublin, 200, granted(emergency_session, "ASIAHOPONE0000000001"));
  client_.answer(dublin, 200, granted(target_session, "ASIAHOPTWO0000000002"));
  const Both taken = take(plan_).value();
  EXPECT_EQ(taken.emergency.credentials.access_key_id, "ASIAHOPONE0000000001");
  EXPECT_EQ(taken.target.credentials.access_key_id, "ASIAHOPTWO0000000002");
  EXPECT_EQ(taken.target.credentials.session_token.reveal(), "token-of-ASIAHOPTWO0000000002");
  EXPECT_EQ(taken.target.assumed_role_arn, target_session);
  EXPECT_EQ(taken.target.region, "eu-west-1");

  ASSERT_THAT(client_.sent, SizeIs(2));
  EXPECT_THAT(client_.sent[0].body, AllOf(HasSubstr("100000000009%3Arole"), HasSubstr("SourceIdentity=aiko"),
                                          HasSubstr("TokenCode=123456"), HasSubstr("mfa%2Faiko"),
                                          HasSubstr("DurationSeconds=14400")));
  EXPECT_THAT(client_.sent[0].headers.at("authorization"), HasSubstr("Credential=AKIAOWN/"));
  EXPECT_THAT(client_.sent[1].body,
              AllOf(HasSubstr("200000000001%3Arole%2Femergency"), Not(HasSubstr("SourceIdentity")),
                    Not(HasSubstr("TokenCode")), HasSubstr("DurationSeconds=3600")));
  EXPECT_THAT(client_.sent[1].headers.at("authorization"), HasSubstr("Credential=ASIAHOPONE0000000001/"));
  EXPECT_EQ(client_.sent[1].headers.at("x-amz-security-token"), "token-of-ASIAHOPONE0000000001");
}

TEST_F(IamUser, LetsHopOneDoNothingButHopTwo) {
  client_.answer(dublin, 200, granted(emergency_session, "ASIAHOPONE0000000001"));
  client_.answer(dublin, 200, granted(target_session, "ASIAHOPTWO0000000002"));
  ASSERT_TRUE(take(plan_));
  const std::string policy =
      R"({"Statement":[{"Action":["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"],"Effect":"Allow",)"
      R"("Resource":"arn:aws:iam::200000000001:role/emergency/EmergencyAccess_Ops"}],"Version":"2012-10-17"})";
  EXPECT_THAT(client_.sent[0].body, HasSubstr("Policy=" + http::percent_encoded(policy)));
  EXPECT_THAT(client_.sent[1].body, Not(HasSubstr("Policy=")));
}

TEST_F(IamUser, TakesHopTwoForACheckWithASessionThatMayDoNothing) {
  client_.answer(dublin, 200, granted(emergency_session, "ASIAHOPONE0000000001"));
  client_.answer(dublin, 200, granted(target_session, "ASIAHOPTWO0000000002"));
  ASSERT_TRUE(take(plan_, SessionMay::nothing));
  const std::string policy =
      R"({"Statement":[{"Action":"*","Effect":"Deny","Resource":"*"}],"Version":"2012-10-17"})";
  EXPECT_THAT(client_.sent[1].body, HasSubstr("Policy=" + http::percent_encoded(policy)));
}

TEST_F(IamUser, ReportsBothKeyIdsAndNoSecret) {
  client_.answer(dublin, 200, granted(emergency_session, "ASIAHOPONE0000000001"));
  client_.answer(dublin, 200, granted(target_session, "ASIAHOPTWO0000000002"));
  EXPECT_EQ(
      json::canonical(report_of(take(plan_).value().target, "ASIAHOPONE0000000001")),
      R"({"access_key_id":"ASIAHOPTWO0000000002","assumed_role_arn":")" + target_session +
          R"(","expires_at":"2026-11-23T04:04:05.000Z","hop_one_access_key_id":"ASIAHOPONE0000000001","region":"eu-west-1"})");
}

TEST_F(IamUser, RefusesASessionThatWasNotPlanned) {
  const std::vector<std::string> others = {
      "arn:aws:sts::666666666666:assumed-role/EmergencyAccess_Ops/S-40",
      "arn:aws:sts::100000000009:assumed-role/Other/S-40",
      "arn:aws:sts::100000000009:assumed-role/EmergencyAccess_Ops/S-41",
      "arn:aws-cn:sts::100000000009:assumed-role/EmergencyAccess_Ops/S-40"};
  for (const std::string& other : others) {
    aws::ScriptedClient at_hop_one;
    client_.sent.clear();
    at_hop_one.answer(dublin, 200, granted(other, "ASIAHOPONE0000000001"));
    aws::Sts sts({.regions = {"eu-west-1"}}, at_hop_one, clock_);
    const aws::Credentials own{
        .access_key_id = "AKIAOWN", .secret_access_key = Secret::copy_of("x"), .session_token = {}};
    const Error error = take_emergency_role(plan_, own, Secret::copy_of("123456"), sts).error();
    EXPECT_EQ(error.code, ErrorCode::damaged) << other;
    EXPECT_THAT(error.message, AllOf(HasSubstr(other), HasSubstr("AWS_ENDPOINT_URL"))) << other;
    EXPECT_THAT(at_hop_one.sent, SizeIs(1)) << other;
  }
  client_.answer(dublin, 200, granted(emergency_session, "ASIAHOPONE0000000001"));
  client_.answer(dublin, 200, granted(emergency_session, "ASIAHOPTWO0000000002"));
  EXPECT_EQ(take(plan_).error().code, ErrorCode::damaged);
}

TEST_F(IamUser, SaysWhoseKeyHopOneWants) {
  client_.answer(dublin, 403, denied("not authorized to perform: sts:AssumeRole"));
  const Error error = take(plan_).error();
  EXPECT_EQ(error.code, ErrorCode::forbidden);
  EXPECT_THAT(error.message, HasSubstr("access key of IAM user aiko"));
}

TEST_F(IamUser, SaysWhichHopFailed) {
  client_.answer(dublin, 200, granted(emergency_session, "ASIAHOPONE0000000001"));
  client_.answer(dublin, 403, denied("not authorized to perform: sts:AssumeRole"));
  const Error error = take(plan_).error();
  EXPECT_EQ(error.code, ErrorCode::forbidden);
  EXPECT_THAT(error.message, HasSubstr("this is about the second, to the target account"));
  EXPECT_THAT(error.detail, AllOf(HasSubstr("ASIAHOPONE0000000001"), Not(HasSubstr("secret-of")),
                                  Not(HasSubstr("token-of"))));
}

TEST_F(IamUser, SurvivesTheLossOfARegionBetweenTheHops) {
  client_.answer(dublin, 200, granted(emergency_session, "ASIAHOPONE0000000001"));
  client_.be_unreachable(dublin);
  client_.answer(oregon, 200, granted(target_session, "ASIAHOPTWO0000000002"));
  EXPECT_EQ(take(plan_).value().target.region, "us-west-2");
}

TEST_F(IamUser, UsesNoCodeForAPlanThatCannotWork) {
  Plan plan = plan_;
  plan.duration = 3601s;
  EXPECT_EQ(take(plan).error().code, ErrorCode::invalid);
  plan = plan_;
  plan.target_role_arn = "arn:aws:iam::200000000001:user/x";
  EXPECT_EQ(take(plan).error().code, ErrorCode::invalid);
  EXPECT_THAT(client_.sent, SizeIs(0));
}

TEST(Plan, NamesTheMemberThatIsMissingOrFaulty) {
  struct Case {
    const char* member;
    json::Value value;
  };
  const std::vector<Case> cases = {
      {"session", "forty"},      {"emergency_role_arn", "x"},         {"target_role_arn", "x"},
      {"source_identity", "a"},  {"role_session_name", "a b"},        {"duration_seconds", 3601},
      {"duration_seconds", 899}, {"emergency_duration_seconds", 899}, {"emergency_duration_seconds", 43201},
      {"grant_until", "soon"},   {"regions", json::Array{}},          {"regions", json::Array{1}},
      {"mfa_serial", ""},        {"duration_seconds", "3600"},        {"iam_user", 1}};
  for (const Case& each : cases) {
    json::Value answer = plan_answer();
    (*answer.as_object())[each.member] = each.value;
    EXPECT_THAT(read_plan(answer).error().message, HasSubstr(each.member)) << each.member;
    answer.as_object()->erase(each.member);
    EXPECT_THAT(read_plan(answer).error().message, HasSubstr(each.member)) << each.member;
  }
  EXPECT_FALSE(read_plan(json::Value("S-40")));
}

TEST(Plan, LeavesAloneWhatANewerServerAdds) {
  json::Value answer = plan_answer();
  (*answer.as_object())["note"] = "new";
  EXPECT_TRUE(read_plan(answer));
}

}  // namespace
}  // namespace postern::access
