#include "aws/autoscaling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/scripted_client.h"

namespace postern::aws {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string url = "https://autoscaling.ap-northeast-1.amazonaws.com/";

std::string page(const std::string& members, const std::string& next = "") {
  return "<DescribeAutoScalingGroupsResponse xmlns='http://autoscaling.amazonaws.com/doc/2011-01-01/'>"
         "<DescribeAutoScalingGroupsResult><AutoScalingGroups>" +
         members + "</AutoScalingGroups>" + (next.empty() ? "" : "<NextToken>" + next + "</NextToken>") +
         "</DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>";
}

std::string member(const std::string& name, const std::string& max) {
  return "<member><MaxSize>" + max + "</MaxSize><Instances/><AutoScalingGroupName>" + name +
         "</AutoScalingGroupName><MinSize>1</MinSize><DesiredCapacity>2</DesiredCapacity></member>";
}

class AutoScalingTest : public testing::Test {
 protected:
  Error refused(int status, const std::string& code) {
    client_.answer(url, status,
                   "<ErrorResponse><Error><Code>" + code +
                       "</Code><Message>own words</Message></Error></ErrorResponse>");
    return scaling_.set_max_size("web", 8, credentials_).error();
  }

  ScriptedClient client_;
  StoppedClock clock_{parse_rfc3339("2026-11-23T03:04:05Z").value()};
  AutoScaling scaling_{{.region = "ap-northeast-1"}, client_, clock_};
  Credentials credentials_{.access_key_id = "ASIA",
                           .secret_access_key = Secret::copy_of("x"),
                           .session_token = Secret::copy_of("t")};
};

TEST_F(AutoScalingTest, ListsGroupsOfAllPages) {
  client_.answer(url, 200, page(member("web", "4") + member("batch", "10"), "more/of it"));
  client_.answer(url, 200, page(member("cache", "3")));
  EXPECT_THAT(scaling_.groups(credentials_).value(),
              ElementsAre(AutoScalingGroup{"web", 1, 4, 2}, AutoScalingGroup{"batch", 1, 10, 2},
                          AutoScalingGroup{"cache", 1, 3, 2}));
  EXPECT_THAT(client_.sent.front().body, HasSubstr("Action=DescribeAutoScalingGroups&Version=2011-01-01"));
  EXPECT_THAT(client_.sent.back().body, HasSubstr("NextToken=more%2Fof"));
  EXPECT_THAT(client_.sent.back().headers.at("authorization"),
              HasSubstr("/ap-northeast-1/autoscaling/aws4_request"));
}

TEST_F(AutoScalingTest, StopsAtPagesWithoutEnd) {
  client_.answer(url, 200, page("", "again"));
  EXPECT_EQ(scaling_.groups(credentials_).error().code, ErrorCode::exhausted);
  EXPECT_EQ(client_.sent.size(), 50U);
}

TEST_F(AutoScalingTest, RefusesASizeThatIsNoNumber) {
  for (const char* size : {"", "x", "4x", "-1", "99999999999999999999"}) {
    ScriptedClient client;
    client.answer(url, 200, page(member("web", size)));
    AutoScaling scaling({.region = "ap-northeast-1"}, client, clock_);
    EXPECT_EQ(scaling.groups(credentials_).error().code, ErrorCode::unavailable) << size;
  }
}

TEST_F(AutoScalingTest, ChangesTheLargestSizeAndNothingElse) {
  client_.answer(url, 200, "<UpdateAutoScalingGroupResponse/>");
  ASSERT_TRUE(scaling_.set_max_size("web", 8, credentials_));
  EXPECT_EQ(client_.sent.front().body,
            "Action=UpdateAutoScalingGroup&Version=2011-01-01&AutoScalingGroupName=web&MaxSize=8");
}

TEST_F(AutoScalingTest, RefusesSizesAndNamesThatCannotBe) {
  for (const std::int64_t size : {-1, 100001})
    EXPECT_EQ(scaling_.set_max_size("web", size, credentials_).error().code, ErrorCode::invalid);
  for (const std::string& name : {std::string(), std::string(256, 'a'), std::string("a\x1b[0m")})
    EXPECT_EQ(scaling_.set_max_size(name, 1, credentials_).error().code, ErrorCode::invalid);
  EXPECT_TRUE(client_.sent.empty());
}

TEST_F(AutoScalingTest, SaysWhyAwsRefused) {
  EXPECT_THAT(refused(400, "ValidationError").message, HasSubstr("own words"));
}
TEST_F(AutoScalingTest, KnowsADenial) { EXPECT_EQ(refused(403, "AccessDenied").code, ErrorCode::forbidden); }
TEST_F(AutoScalingTest, KnowsCredentialsThatRanOut) {
  EXPECT_THAT(refused(403, "ExpiredToken").message, HasSubstr("new session"));
}
TEST_F(AutoScalingTest, KnowsABusyGroup) {
  EXPECT_EQ(refused(400, "ScalingActivityInProgress").code, ErrorCode::conflict);
}
TEST_F(AutoScalingTest, KnowsThrottling) {
  EXPECT_EQ(refused(400, "Throttling").code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace postern::aws
