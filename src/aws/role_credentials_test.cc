#include "aws/role_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "aws/scripted_client.h"

namespace postern::aws {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const std::string sts_url = "https://sts.eu-west-1.amazonaws.com/";
const std::string reader = "arn:aws:iam::200000000001:role/PosternRead";
const Instant start = parse_rfc3339("2026-11-23T03:00:00Z").value();

std::string session(const std::string& key_id, Instant expires_at) {
  return "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::200000000001:assumed-role/"
         "PosternRead/postern-read</Arn></AssumedRoleUser><Credentials><AccessKeyId>" +
         key_id +
         "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>" +
         to_rfc3339(expires_at) + "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
}

const std::string denied =
    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";

class RoleCredentialsTest : public testing::Test {
 protected:
  std::map<std::string, std::string> variables_ = {{"AWS_ACCESS_KEY_ID", "AKIAHOST"},
                                                   {"AWS_SECRET_ACCESS_KEY", "host-secret"}};
  ScriptedClient client_;
  StoppedClock clock_{start};
  Sts sts_{{.regions = {"eu-west-1"}}, client_, clock_};
  RoleCredentials credentials_{[this](const std::string& name) -> std::optional<std::string> {
                                 const auto at = variables_.find(name);
                                 return at == variables_.end() ? std::nullopt : std::optional(at->second);
                               },
                               std::nullopt, sts_, clock_};
};

TEST_F(RoleCredentialsTest, GivesTheHostsOwnWhereNoRoleIsNamed) {
  EXPECT_EQ(credentials_.of("")->access_key_id, "AKIAHOST");
  EXPECT_THAT(client_.sent, SizeIs(0));
}

TEST_F(RoleCredentialsTest, SeesAHostsKeyThatWasReplaced) {
  ASSERT_TRUE(credentials_.of(""));
  variables_["AWS_ACCESS_KEY_ID"] = "AKIANEW";
  EXPECT_EQ(credentials_.of("")->access_key_id, "AKIANEW");
}

TEST_F(RoleCredentialsTest, TakesTheRoleForAQuarterOfAnHourUnderANameThatSaysWhoReads) {
  client_.answer(sts_url, 200, session("ASIAREADER0000000001", start + 900s));
  EXPECT_EQ(credentials_.of(reader)->access_key_id, "ASIAREADER0000000001");
  EXPECT_THAT(client_.sent.front().body,
              AllOf(HasSubstr("RoleSessionName=postern-read&DurationSeconds=900"),
                    Not(HasSubstr("SourceIdentity")), Not(HasSubstr("TokenCode"))));
}

TEST_F(RoleCredentialsTest, KeepsASessionUntilFiveMinutesBeforeItsEnd) {
  client_.answer(sts_url, 200, session("ASIAREADER0000000001", start + 900s));
  client_.answer(sts_url, 200, session("ASIAREADER0000000002", start + 1800s));
  ASSERT_TRUE(credentials_.of(reader));
  clock_.move(599s);
  EXPECT_EQ(credentials_.of(reader)->access_key_id, "ASIAREADER0000000001");
  clock_.move(1s);
  EXPECT_EQ(credentials_.of(reader)->access_key_id, "ASIAREADER0000000002");
}

TEST_F(RoleCredentialsTest, KeepsNoSessionForLongerThanItWasAskedFor) {
  // Given a wall clock that is an hour behind AWS's, so that the end seems far away
  client_.answer(sts_url, 200, session("ASIAREADER0000000001", start + 4500s));
  client_.answer(sts_url, 200, session("ASIAREADER0000000002", start + 5400s));
  ASSERT_TRUE(credentials_.of(reader));
  clock_.move(600s);
  EXPECT_EQ(credentials_.of(reader)->access_key_id, "ASIAREADER0000000002");
}

TEST_F(RoleCredentialsTest, RepeatsARefusalForHalfAMinuteWithoutAskingAgain) {
  client_.answer(sts_url, 403, denied);
  client_.answer(sts_url, 200, session("ASIAREADER0000000001", start + 930s));
  EXPECT_EQ(credentials_.of(reader).error().code, ErrorCode::forbidden);
  clock_.move(29s);
  EXPECT_EQ(credentials_.of(reader).error().code, ErrorCode::forbidden);
  EXPECT_THAT(client_.sent, SizeIs(1));
  clock_.move(1s);
  EXPECT_TRUE(credentials_.of(reader));
}

TEST_F(RoleCredentialsTest, GivesNothingOnceTheHostHasNoKeyOfItsOwn) {
  client_.answer(sts_url, 200, session("ASIAREADER0000000001", start + 900s));
  ASSERT_TRUE(credentials_.of(reader));
  variables_.clear();
  EXPECT_EQ(credentials_.of(reader).error().code, ErrorCode::not_found);
  EXPECT_EQ(credentials_.of("").error().code, ErrorCode::not_found);
}

TEST_F(RoleCredentialsTest, KeepsRolesApart) {
  client_.answer(sts_url, 403, denied);
  client_.answer(sts_url, 200, session("ASIAOTHER00000000001", start + 900s));
  ASSERT_FALSE(credentials_.of(reader));
  EXPECT_EQ(credentials_.of("arn:aws:iam::200000000002:role/PosternRead")->access_key_id,
            "ASIAOTHER00000000001");
}

TEST_F(RoleCredentialsTest, AsksOnceForManyThreads) {
  client_.answer(sts_url, 200, session("ASIAREADER0000000001", start + 900s));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([this] { EXPECT_TRUE(credentials_.of(reader)); });
  for (std::thread& each : threads) each.join();
  EXPECT_THAT(client_.sent, SizeIs(1));
}

}  // namespace
}  // namespace postern::aws
