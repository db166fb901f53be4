#include "aws/iam.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/scripted_client.h"

namespace postern::aws {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string url = "https://iam.amazonaws.com/";
const std::string okta = "arn:aws:iam::200000000001:saml-provider/okta";
const Instant now = parse_rfc3339("2026-11-23T03:04:05Z").value();

std::string refusal(const std::string& code, const std::string& message = "own words") {
  return "<ErrorResponse xmlns='https://iam.amazonaws.com/doc/2010-05-08/'><Error><Type>Sender</Type><Code>" +
         code + "</Code><Message>" + message + "</Message></Error><RequestId>r-1</RequestId></ErrorResponse>";
}

std::string answer(const std::string& document) {
  return "<GetSAMLProviderResponse xmlns='https://iam.amazonaws.com/doc/2010-05-08/'><GetSAMLProviderResult>"
         "<CreateDate>2025-05-09T16:27:03Z</CreateDate><ValidUntil>2035-05-09T16:27:11Z</ValidUntil>" +
         document +
         "</GetSAMLProviderResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>"
         "</GetSAMLProviderResponse>";
}

class IamTest : public testing::Test {
 protected:
  Result<SamlProviderDocument> get(const std::string& arn = okta,
                                   const std::optional<std::string>& endpoint_url = {}) {
    return get_saml_provider(client_, arn, credentials_, now, endpoint_url, {});
  }
  Error refused(int status, const std::string& body, const http::Headers& headers = {}) {
    client_.answer(url, status, body, headers);
    return get().error();
  }

  ScriptedClient client_;
  Credentials credentials_{.access_key_id = "ASIAEXAMPLE",
                           .secret_access_key = Secret::copy_of("the-secret"),
                           .session_token = Secret::copy_of("the-token")};
};

TEST_F(IamTest, ReadsTheDocumentAsItWasImported) {
  client_.answer(
      url, 200,
      answer("<SAMLMetadataDocument>&lt;EntityDescriptor entityID=&quot;https://idp.example/a&amp;amp;b&quot;"
             "/&gt;</SAMLMetadataDocument>"));
  const SamlProviderDocument document = get().value();
  EXPECT_EQ(document.metadata, "<EntityDescriptor entityID=\"https://idp.example/a&amp;b\"/>");
  EXPECT_EQ(document.created, parse_rfc3339("2025-05-09T16:27:03Z").value());
  EXPECT_EQ(document.valid_until, parse_rfc3339("2035-05-09T16:27:11Z").value());
}

TEST_F(IamTest, IsSignedForTheRegionThatTheControlPlaneStandsIn) {
  client_.answer(url, 200, answer("<SAMLMetadataDocument>x</SAMLMetadataDocument>"));
  ASSERT_TRUE(get());
  EXPECT_EQ(client_.sent.front().body,
            "Action=GetSAMLProvider&Version=2010-05-08&SAMLProviderArn=arn%3Aaws%3Aiam%3A%3A200000000001%"
            "3Asaml-provider%2Fokta");
  EXPECT_THAT(client_.sent.front().headers.at("authorization"), HasSubstr("/us-east-1/iam/aws4_request"));
}

TEST_F(IamTest, IsAskedWhereTheHostSaysThatItIs) {
  client_.answer("http://127.0.0.1:5000/", 200, answer("<SAMLMetadataDocument>x</SAMLMetadataDocument>"));
  EXPECT_TRUE(get(okta, "http://127.0.0.1:5000"));
}

TEST_F(IamTest, SendsNothingForWhatIsNoProvidersArn) {
  for (const char* arn :
       {"", "okta", "arn:aws:iam::200000000001:role/okta", "arn:aws:iam::20000000000:saml-provider/okta",
        "arn:aws:iam::200000000001:saml-provider/", "arn:aws:iam::200000000001:saml-provider/a/b",
        "arn:aws-cn:iam::200000000001:saml-provider/okta", "arn:aws:iam::200000000001:saml-provider/a&b"})
    EXPECT_EQ(get(arn).error().code, ErrorCode::invalid) << arn;
  EXPECT_EQ(get("arn:aws:iam::200000000001:saml-provider/" + std::string(129, 'a')).error().code,
            ErrorCode::invalid);
  EXPECT_TRUE(client_.sent.empty());
}

TEST_F(IamTest, SaysThatAProviderIsGone) {
  const Error error = refused(404, refusal("NoSuchEntity"));
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_THAT(error.message, HasSubstr("okta"));
  EXPECT_THAT(error.detail, HasSubstr("own words"));
}

TEST_F(IamTest, SaysWhoMayNot) {
  EXPECT_EQ(refused(403, refusal("AccessDenied")).code, ErrorCode::forbidden);
}

TEST_F(IamTest, SaysThatTheClockIsWrongWhereThatMayBeWhy) {
  const Error error =
      refused(403, refusal("SignatureDoesNotMatch"), {{"date", "Mon, 23 Nov 2026 03:54:05 GMT"}});
  EXPECT_EQ(error.code, ErrorCode::forbidden);
  EXPECT_THAT(error.message, HasSubstr("clock is 50m behind AWS's"));
}

TEST_F(IamTest, LeavesAClockAloneThatIsRight) {
  const Error error =
      refused(403, refusal("SignatureDoesNotMatch"), {{"date", "Mon, 23 Nov 2026 03:04:07 GMT"}});
  EXPECT_THAT(error.message, Not(HasSubstr("clock")));
}

TEST_F(IamTest, IsUnavailableWhileAwsIsInTrouble) {
  EXPECT_EQ(refused(503, refusal("ServiceUnavailable")).code, ErrorCode::unavailable);
}

TEST_F(IamTest, IsUnavailableWhenThrottled) {
  EXPECT_EQ(refused(400, refusal("Throttling")).code, ErrorCode::unavailable);
}

TEST_F(IamTest, IsUnavailableWhenSomebodyElseAnswers) {
  EXPECT_EQ(refused(200, "<html>Sign in to this network</html>").code, ErrorCode::unavailable);
}

TEST_F(IamTest, IsUnavailableWhenTheAnswerHoldsNoDocument) {
  EXPECT_EQ(refused(200, answer("")).code, ErrorCode::unavailable);
}

TEST_F(IamTest, IsUnavailableWhenNotReached) { EXPECT_EQ(get().error().code, ErrorCode::unavailable); }

TEST_F(IamTest, KeepsSecretsOutOfErrors) {
  const Error error =
      refused(403, refusal("SignatureDoesNotMatch", "wrong the-token\n\nx-amz-security-token:the-token"));
  EXPECT_THAT(error.message + error.detail, AllOf(Not(HasSubstr("the-token")), Not(HasSubstr("the-secret"))));
}

}  // namespace
}  // namespace postern::aws
