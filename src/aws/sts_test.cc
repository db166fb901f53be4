#include "aws/sts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "aws/scripted_client.h"

namespace postern::aws {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string dublin = "https://sts.eu-west-1.amazonaws.com/";
const std::string oregon = "https://sts.us-west-2.amazonaws.com/";
const std::string tokyo = "https://sts.ap-northeast-1.amazonaws.com/";

/// A session as STS gives it, in an order of its own and with a token broken into lines (botocore's fixture
/// xml/responses/sts-get-session-token.xml shows both).
const std::string granted =
    R"(<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
 <AssumedRoleUser><Arn>arn:aws:sts::100000000009:assumed-role/EmergencyAccess_Ops/S-40</Arn>
 <AssumedRoleId>AROAEXAMPLE:S-40</AssumedRoleId></AssumedRoleUser>
 <Credentials><Expiration>2026-11-23T03:19:05Z</Expiration><SessionToken>
   FwoGZX
   IvYXdz==
 </SessionToken><SecretAccessKey>hop1/secret</SecretAccessKey><AccessKeyId>ASIAHOPONE0000000001</AccessKeyId></Credentials>
</AssumeRoleResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></AssumeRoleResponse>)";

std::string refusal(const std::string& code, const std::string& message = "no") {
  return "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + message +
         "</Message></Error><RequestId>r-1</RequestId></ErrorResponse>";
}

class StsTest : public testing::Test {
 protected:
  Sts sts_in(std::vector<std::string> regions) {
    return Sts({.regions = std::move(regions)}, client_, clock_);
  }

  static Credentials own_key() {
    return {
        .access_key_id = "AKIAOWN", .secret_access_key = Secret::copy_of("own-secret"), .session_token = {}};
  }
  static Credentials chained() {
    Credentials out = own_key();
    out.session_token = Secret::copy_of("hop-one-token");
    return out;
  }
  static AssumeRole first_hop() {
    return {.role_arn = "arn:aws:iam::100000000009:role/EmergencyAccess_Ops",
            .role_session_name = "S-40",
            .source_identity = "aiko",
            .duration = 900s,
            .mfa = Mfa{"arn:aws:iam::100000000009:mfa/aiko", Secret::copy_of("123456")}};
  }
  static AssumeRole second_hop() {
    return {.role_arn = "arn:aws:iam::200000000001:role/EmergencyAccess_Ops",
            .role_session_name = "S-40",
            .source_identity = "",
            .duration = 3600s};
  }
  /// The error when the only Region's answer to hop one is this.
  Error refused(const std::string& code, const std::string& message = "no", const std::string& date = "") {
    ScriptedClient client;
    client.answer(dublin, 403, refusal(code, message),
                  date.empty() ? http::Headers{} : http::Headers{{"date", date}});
    Sts sts({.regions = {"eu-west-1"}}, client, clock_);
    return sts.assume_role(first_hop(), own_key()).error();
  }

  ScriptedClient client_;
  StoppedClock clock_{parse_rfc3339("2026-11-23T03:04:05Z").value()};
};

TEST_F(StsTest, SendsAllOfHopOneAndReadsTheSession) {
  client_.answer(dublin, 200, granted);
  Sts sts = sts_in({"eu-west-1"});
  const AssumedRole role = sts.assume_role(first_hop(), own_key()).value();
  EXPECT_EQ(role.credentials.access_key_id, "ASIAHOPONE0000000001");
  EXPECT_EQ(role.credentials.secret_access_key.reveal(), "hop1/secret");
  EXPECT_EQ(role.credentials.session_token.reveal(), "FwoGZXIvYXdz==");
  EXPECT_EQ(role.credentials.expires_at, parse_rfc3339("2026-11-23T03:19:05Z").value());
  EXPECT_EQ(role.arn, "arn:aws:sts::100000000009:assumed-role/EmergencyAccess_Ops/S-40");
  EXPECT_EQ(role.assumed_role_id, "AROAEXAMPLE:S-40");
  EXPECT_EQ(role.region, "eu-west-1");
  EXPECT_EQ(client_.sent.front().body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A100000000009%3Arole%"
            "2FEmergencyAccess_Ops&"
            "RoleSessionName=S-40&DurationSeconds=900&SourceIdentity=aiko&"
            "SerialNumber=arn%3Aaws%3Aiam%3A%3A100000000009%3Amfa%2Faiko&TokenCode=123456");
}

TEST_F(StsTest, SendsNeitherMfaNorSourceIdentityWhenThereIsNone) {
  client_.answer(dublin, 200, granted);
  Sts sts = sts_in({"eu-west-1"});
  ASSERT_TRUE(sts.assume_role(second_hop(), chained()));
  EXPECT_THAT(client_.sent.front().body, AllOf(Not(HasSubstr("SourceIdentity")), Not(HasSubstr("TokenCode")),
                                               Not(HasSubstr("SerialNumber"))));
}

TEST_F(StsTest, AsksTheNextRegionOnTroubleAndRemembersIt) {
  client_.be_unreachable(dublin);
  client_.answer(oregon, 503, refusal("ServiceUnavailable"));
  client_.answer(tokyo, 200, granted);
  Sts sts = sts_in({"eu-west-1", "us-west-2", "ap-northeast-1"});
  EXPECT_EQ(sts.assume_role(second_hop(), chained())->region, "ap-northeast-1");
  EXPECT_THAT(client_.urls(), ElementsAre(dublin, oregon, tokyo));

  client_.sent.clear();
  clock_.move(299s);
  EXPECT_EQ(sts.assume_role(second_hop(), chained())->region, "ap-northeast-1");
  EXPECT_THAT(client_.urls(), ElementsAre(tokyo));

  client_.sent.clear();
  clock_.move(1s);
  EXPECT_EQ(sts.assume_role(second_hop(), chained())->region, "ap-northeast-1");
  EXPECT_THAT(client_.urls(), ElementsAre(dublin, oregon, tokyo));
}

TEST_F(StsTest, AsksTheNextRegionForWhateverAnotherMayDoBetter) {
  struct Case {
    int status;
    std::string body;
  };
  for (const Case& each : {Case{403, refusal("RegionDisabledException")}, Case{400, refusal("Throttling")},
                           Case{400, refusal("ThrottlingException")}, Case{500, refusal("InternalFailure")},
                           Case{503, refusal("Odd")}, Case{429, refusal("Odd")},
                           Case{200, "<html>captive portal</html>"}, Case{407, "proxy"}, Case{504, ""}}) {
    ScriptedClient client;
    client.answer(dublin, each.status, each.body);
    client.answer(oregon, 200, granted);
    Sts sts({.regions = {"eu-west-1", "us-west-2"}}, client, clock_);
    const Result<AssumedRole> role = sts.assume_role(second_hop(), chained());
    ASSERT_TRUE(role) << each.body;
    EXPECT_EQ(role->region, "us-west-2") << each.body;
  }
}

TEST_F(StsTest, TakesARefusalForAnAnswerAndAsksNobodyElse) {
  client_.answer(dublin, 403, refusal("AccessDenied"));
  client_.answer(oregon, 200, granted);
  Sts sts = sts_in({"eu-west-1", "us-west-2"});
  EXPECT_EQ(sts.assume_role(second_hop(), chained()).error().code, ErrorCode::forbidden);
  EXPECT_THAT(client_.urls(), ElementsAre(dublin));
}

TEST_F(StsTest, TriesFailedRegionsAgainWhenAllHaveFailedAndForgetsWhenOneRecovers) {
  client_.be_unreachable(dublin);
  client_.be_unreachable(oregon);
  client_.answer(oregon, 200, granted);
  Sts sts = sts_in({"eu-west-1", "us-west-2"});
  const Error error = sts.assume_role(second_hop(), chained()).error();
  EXPECT_EQ(error.code, ErrorCode::unavailable);
  EXPECT_THAT(error.message,
              AllOf(HasSubstr("eu-west-1"), HasSubstr("us-west-2"), HasSubstr("time ran out")));
  client_.sent.clear();
  EXPECT_TRUE(sts.assume_role(second_hop(), chained()));
  EXPECT_TRUE(sts.assume_role(second_hop(), chained()));
  EXPECT_THAT(client_.urls(), ElementsAre(dublin, oregon, oregon));
}

TEST_F(StsTest, AsksOneOverriddenEndpointOnce) {
  client_.answer("http://127.0.0.1:5000/", 503, "");
  Sts sts({.regions = {"eu-west-1", "us-west-2"}, .endpoint_url = "http://127.0.0.1:5000"}, client_, clock_);
  EXPECT_EQ(sts.assume_role(second_hop(), chained()).error().code, ErrorCode::unavailable);
  EXPECT_THAT(client_.urls(), ElementsAre("http://127.0.0.1:5000/"));
}

TEST_F(StsTest, RefusesWhatAwsWouldRefuseBeforeAsking) {
  const auto changed = [](auto change) {
    AssumeRole request = first_hop();
    change(request);
    return request;
  };
  const std::vector<AssumeRole> requests = {
      changed([](AssumeRole& r) { r.role_arn = "arn:aws:iam::100000000009:user/aiko"; }),
      changed([](AssumeRole& r) { r.role_arn = "arn:aws:iam::1:role/Ops"; }),
      changed([](AssumeRole& r) { r.role_session_name = "S"; }),
      changed([](AssumeRole& r) { r.role_session_name = "S 40"; }),
      changed([](AssumeRole& r) { r.source_identity = "a"; }),
      changed([](AssumeRole& r) { r.source_identity = std::string(65, 'a'); }),
      changed([](AssumeRole& r) { r.duration = 899s; }),
      changed([](AssumeRole& r) { r.duration = 43201s; }),
      changed([](AssumeRole& r) { r.mfa->serial_number = "mfa"; }),
      changed([](AssumeRole& r) { r.mfa->token_code = Secret::copy_of("12345"); }),
      changed([](AssumeRole& r) { r.mfa->token_code = Secret::copy_of("12345x"); })};
  Sts sts = sts_in({"eu-west-1"});
  for (const AssumeRole& request : requests)
    EXPECT_EQ(sts.assume_role(request, own_key()).error().code, ErrorCode::invalid);
  Sts elsewhere = sts_in({"evil.example/"});
  EXPECT_EQ(elsewhere.assume_role(first_hop(), own_key()).error().code, ErrorCode::invalid);
  EXPECT_TRUE(client_.sent.empty());
}

TEST_F(StsTest, RefusesMoreThanAnHourInAChainBeforeAsking) {
  client_.answer(dublin, 200, granted);
  Sts sts = sts_in({"eu-west-1"});
  AssumeRole request = second_hop();
  request.duration = 3601s;
  EXPECT_THAT(sts.assume_role(request, chained()).error().message, HasSubstr("at most one hour"));
  EXPECT_TRUE(client_.sent.empty());
  EXPECT_TRUE(sts.assume_role(request, own_key()));
}

TEST_F(StsTest, RefusesAnAnswerThatLacksSomething) {
  for (const char* element : {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Arn"}) {
    std::string body = granted;
    const std::size_t at = body.find("<" + std::string(element) + ">") + 1;
    body.replace(at, 1, "x");
    body.replace(body.find("</" + std::string(element) + ">") + 2, 1, "x");
    ScriptedClient client;
    client.answer(dublin, 200, body);
    Sts sts({.regions = {"eu-west-1"}}, client, clock_);
    EXPECT_EQ(sts.assume_role(first_hop(), own_key()).error().code, ErrorCode::unavailable) << element;
  }
}

TEST_F(StsTest, SaysWhoTheCallerIs) {
  client_.answer(
      dublin, 200,
      "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::100000000009:user/aiko</Arn>"
      "</GetCallerIdentityResult></GetCallerIdentityResponse>");
  Sts sts = sts_in({"eu-west-1"});
  EXPECT_EQ(sts.caller_identity(own_key()).value(), "arn:aws:iam::100000000009:user/aiko");
}

TEST_F(StsTest, ExplainsEachErrorByItsLikelyCause) {
  struct Case {
    const char* code;
    ErrorCode expected;
    const char* cause;
  };
  for (const Case& each :
       {Case{"AccessDenied", ErrorCode::forbidden, "MFA code was wrong or already used"},
        Case{"ExpiredToken", ErrorCode::forbidden, "run out"},
        Case{"ExpiredTokenException", ErrorCode::forbidden, "run out"},
        Case{"InvalidClientTokenId", ErrorCode::forbidden, "deleted or deactivated"},
        Case{"SignatureDoesNotMatch", ErrorCode::forbidden, "does not belong to this access key id"},
        Case{"RequestExpired", ErrorCode::forbidden, "clock is probably behind"},
        Case{"InvalidIdentityToken", ErrorCode::forbidden, "assertion"},
        Case{"IDPRejectedClaim", ErrorCode::forbidden, "assertion"},
        Case{"IDPCommunicationError", ErrorCode::unavailable, "could not reach"},
        Case{"MalformedPolicyDocument", ErrorCode::invalid, "policy"},
        Case{"PackedPolicyTooLarge", ErrorCode::invalid, "too large"},
        Case{"ValidationError", ErrorCode::invalid, "Compare the role's ARN"},
        Case{"RegionDisabledException", ErrorCode::unavailable, "not activated"},
        Case{"Throttling", ErrorCode::unavailable, "rate"},
        Case{"ServiceUnavailable", ErrorCode::unavailable, "trouble"},
        Case{"InternalFailure", ErrorCode::unavailable, "trouble"},
        Case{"SomethingNew", ErrorCode::forbidden, "SomethingNew"}}) {
    const Error error = refused(each.code, "Verbatim from AWS");
    EXPECT_EQ(error.code, each.expected) << each.code;
    EXPECT_THAT(error.message, AllOf(HasSubstr(each.cause), Not(HasSubstr("Verbatim")))) << each.code;
    EXPECT_THAT(error.detail, AllOf(HasSubstr(each.code), HasSubstr("Verbatim from AWS"))) << each.code;
  }
}

TEST_F(StsTest, TellsTheReasonsForADenialApart) {
  const auto says = [&](const char* words) { return refused("AccessDenied", words).message; };
  EXPECT_THAT(says("MultiFactorAuthentication failed with invalid MFA one time pass code."),
              HasSubstr("each code works once"));
  EXPECT_THAT(says("MultiFactorAuthentication failed, unable to validate MFA code."),
              HasSubstr("not registered"));
  EXPECT_THAT(says("not authorized to perform: sts:SetSourceIdentity on resource"),
              HasSubstr("allowed twice"));
  EXPECT_THAT(says("not authorized to perform: sts:TagSession on resource"), HasSubstr("sts:TagSession"));
  EXPECT_THAT(says("… with an explicit deny in a service control policy"),
              HasSubstr("service control policy"));
  EXPECT_THAT(says("… with an explicit deny in an identity-based policy"),
              HasSubstr("identity-based policy"));
  EXPECT_THAT(says("not authorized to perform: sts:AssumeRole on resource"),
              AllOf(HasSubstr("sts:SourceIdentity to be the IAM user's name"), HasSubstr("\"aiko\"")));
}

TEST_F(StsTest, ExplainsADenialOfHopTwoByTheChain) {
  client_.answer(dublin, 403, refusal("AccessDenied"));
  Sts sts = sts_in({"eu-west-1"});
  EXPECT_THAT(
      sts.assume_role(second_hop(), chained()).error().message,
      AllOf(HasSubstr("does not name the emergency role"), HasSubstr("sts:SetSourceIdentity"),
            HasSubstr("arn:aws:iam::200000000001:role/EmergencyAccess_Ops"), Not(HasSubstr("fresh code"))));
}

TEST_F(StsTest, WarnsThatARegionThatDidNotAnswerMayHaveUsedUpTheCode) {
  client_.be_unreachable(dublin);
  client_.answer(
      oregon, 403,
      refusal("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code."));
  Sts sts = sts_in({"eu-west-1", "us-west-2"});
  EXPECT_THAT(sts.assume_role(first_hop(), own_key()).error().message,
              HasSubstr("STS in eu-west-1 got this code first"));
}

TEST_F(StsTest, TellsAWrongClockFromAWrongKeyAndFromASlowWay) {
  const char* expired = "Signature expired: 20261123T030405Z is now earlier than 20261123T030905Z";
  const char* early = "Signature not yet current: 20261123T030405Z is still later than 20261123T025905Z";
  const char* same = "Mon, 23 Nov 2026 03:04:06 GMT";
  const char* ten_later = "Mon, 23 Nov 2026 03:14:05 GMT";
  const char* ten_earlier = "Mon, 23 Nov 2026 02:54:05 GMT";
  EXPECT_THAT(refused("SignatureDoesNotMatch", expired, ten_later).message, HasSubstr("10 minutes behind"));
  EXPECT_THAT(refused("SignatureDoesNotMatch", early, ten_earlier).message, HasSubstr("10 minutes ahead"));
  EXPECT_THAT(refused("SignatureDoesNotMatch", "no", ten_later).message, HasSubstr("10 minutes behind"));
  EXPECT_THAT(refused("SignatureDoesNotMatch", expired, same).message, HasSubstr("held up on its way"));
  EXPECT_THAT(refused("SignatureDoesNotMatch", expired).message, HasSubstr("clock is probably behind"));
  EXPECT_THAT(refused("SignatureDoesNotMatch", early).message, HasSubstr("clock is ahead"));
  EXPECT_THAT(refused("SignatureDoesNotMatch", "no", same).message, HasSubstr("does not belong"));
  EXPECT_THAT(refused("AccessDenied", "no", ten_later).message, Not(HasSubstr("clock is about")));
}

TEST_F(StsTest, NamesTheLimitThatADurationBreaks) {
  EXPECT_THAT(refused("ValidationError",
                      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
                  .message,
              HasSubstr("maximum session duration"));
  EXPECT_THAT(refused("ValidationError",
                      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
                      "role chaining.")
                  .message,
              HasSubstr("at most one hour"));
}

TEST_F(StsTest, PutsNoSecretIntoAnyError) {
  client_.answer(
      dublin, 403,
      refusal("SignatureDoesNotMatch", "x-amz-security-token:hop-one-token secret own-secret 123456"));
  Sts sts = sts_in({"eu-west-1"});
  const Error error = sts.assume_role(second_hop(), chained()).error();
  EXPECT_THAT(error.message + error.detail,
              AllOf(Not(HasSubstr("hop-one-token")), Not(HasSubstr("own-secret"))));
}

}  // namespace
}  // namespace postern::aws
