#include "aws/sso_admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/scripted_client.h"

namespace postern::aws {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string url = "https://sso.eu-west-1.amazonaws.com/";
const Instant now = parse_rfc3339("2026-11-23T03:04:05Z").value();

class SsoAdminTest : public testing::Test {
 protected:
  Result<std::vector<IdentityCenterInstance>> list(const std::string& region = "eu-west-1") {
    return list_instances(client_, region, credentials_, now, std::nullopt, {});
  }
  Error refused(int status, const std::string& body, const http::Headers& headers = {}) {
    client_.answer(url, status, body, headers);
    return list().error();
  }

  ScriptedClient client_;
  Credentials credentials_{.access_key_id = "ASIAEXAMPLE",
                           .secret_access_key = Secret::copy_of("the-secret"),
                           .session_token = Secret::copy_of("the-token")};
};

TEST_F(SsoAdminTest, ListsInstancesWithWhatAwsSaysOfThem) {
  client_.answer(url, 200,
                 R"({"Instances":[{"CreatedDate":1.7E9,"IdentityStoreId":"d-1","InstanceArn":)"
                 R"("arn:aws:sso:::instance/ssoins-1","OwnerAccountId":"100000000002","Status":"ACTIVE"},)"
                 R"({"InstanceArn":"arn:aws:sso:::instance/ssoins-2"}],"NextToken":null})");
  const std::vector<IdentityCenterInstance> instances = list().value();
  ASSERT_THAT(instances, SizeIs(2));
  EXPECT_EQ(instances[0].arn, "arn:aws:sso:::instance/ssoins-1");
  EXPECT_EQ(instances[0].owner_account, "100000000002");
  EXPECT_EQ(instances[0].status, "ACTIVE");
  EXPECT_EQ(instances[1].status, "");
}

TEST_F(SsoAdminTest, AnAccountMayHaveNone) {
  client_.answer(url, 200, R"({"Instances":[]})");
  EXPECT_THAT(list().value(), IsEmpty());
}

TEST_F(SsoAdminTest, IsSignedForTheRegionUnderTheServicesOldName) {
  client_.answer(url, 200, R"({"Instances":[]})");
  ASSERT_TRUE(list());
  const http::Outgoing& sent = client_.sent.front();
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.body, "{}");
  EXPECT_EQ(sent.headers.at("x-amz-target"), "SWBExternalService.ListInstances");
  EXPECT_EQ(sent.headers.at("content-type"), "application/x-amz-json-1.1");
  EXPECT_THAT(sent.headers.at("authorization"),
              AllOf(HasSubstr("/eu-west-1/sso/aws4_request"), HasSubstr("x-amz-target")));
}

TEST_F(SsoAdminTest, SendsNothingToWhatIsNoRegion) {
  EXPECT_EQ(list("evil.example/").error().code, ErrorCode::invalid);
  EXPECT_THAT(client_.sent, IsEmpty());
}

TEST_F(SsoAdminTest, SaysWhoMayNot) {
  const Error error = refused(
      400, R"({"__type":"com.amazonaws.swbexternalservice#AccessDeniedException","Message":"own words"})");
  EXPECT_EQ(error.code, ErrorCode::forbidden);
  EXPECT_THAT(error.detail, AllOf(HasSubstr("AccessDeniedException"), HasSubstr("own words")));
}

TEST_F(SsoAdminTest, SaysThatCredentialsHaveRunOut) {
  const Error error = refused(400, R"({"__type":"ExpiredTokenException","message":"expired"})");
  EXPECT_EQ(error.code, ErrorCode::forbidden);
  EXPECT_THAT(error.message, HasSubstr("have run out"));
}

TEST_F(SsoAdminTest, TakesTheErrorsNameFromTheHeaderWhereTheBodyHasNone) {
  EXPECT_EQ(refused(400, "{}", {{"x-amzn-errortype", "AccessDeniedException:http://x/"}}).code,
            ErrorCode::forbidden);
}

TEST_F(SsoAdminTest, IsUnavailableWhenThrottled) {
  EXPECT_EQ(refused(400, R"({"__type":"ThrottlingException","message":"slow down"})").code,
            ErrorCode::unavailable);
}

TEST_F(SsoAdminTest, IsUnavailableWhileAwsIsInTrouble) {
  EXPECT_EQ(refused(500, R"({"__type":"InternalServerException"})").code, ErrorCode::unavailable);
}

TEST_F(SsoAdminTest, IsUnavailableWhenNotReached) { EXPECT_EQ(list().error().code, ErrorCode::unavailable); }

TEST_F(SsoAdminTest, IsUnavailableWhenSomebodyElseAnswers) {
  for (const char* body :
       {"<html>Sign in to this network</html>", "[]", R"({"Instances":{}})", R"({"Instances":[{}]})"}) {
    ScriptedClient client;
    client.answer(url, 200, body);
    const auto answer = list_instances(client, "eu-west-1", credentials_, now, std::nullopt, {});
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable) << body;
  }
}

TEST_F(SsoAdminTest, ReadsNoAnswerThatIsDeeperThanAnyOfItsKind) {
  EXPECT_EQ(refused(200, R"({"Instances":[],"x":)" + std::string(20, '[') + std::string(20, ']') + "}").code,
            ErrorCode::unavailable);
}

TEST_F(SsoAdminTest, KeepsSecretsOutOfErrors) {
  const Error error = refused(
      400,
      R"({"__type":"InvalidSignatureException","message":"wrong the-token\nx-amz-security-token:the-token"})");
  EXPECT_THAT(error.message + error.detail, AllOf(Not(HasSubstr("the-token")), Not(HasSubstr("the-secret"))));
}

}  // namespace
}  // namespace postern::aws
