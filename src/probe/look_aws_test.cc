#include <thread>
#include <tuple>

#include "probe/look_for_test.h"

// sts and identity_center.
namespace postern::probe {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string dublin = "https://sts.eu-west-1.amazonaws.com/";
const std::string oregon = "https://sts.us-west-2.amazonaws.com/";
const std::string tokyo = "https://sts.ap-northeast-1.amazonaws.com/";
const std::string portal = "https://d-1234567890.awsapps.com/start";
const std::string instances = "https://sso.eu-west-1.amazonaws.com/";

std::string refusal(const std::string& code) {
  return "<ErrorResponse "
         "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>" +
         code +
         "</Code><Message>Request is missing Authentication "
         "Token</Message></Error><RequestId>r</RequestId></ErrorResponse>";
}
const std::string missing_token = refusal("MissingAuthenticationToken");
const std::string identity =
    "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"
    "<Arn>arn:aws:iam::100000000009:user/postern</Arn><UserId>AIDAEXAMPLE</UserId><Account>100000000009</"
    "Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>";

const catalog::StsProbe three{.regions = {"eu-west-1", "us-west-2", "ap-northeast-1"}, .at_least = 2};

TEST(StsLook, TakesARefusalForAnAnswerWhereItHasNoCredentials) {
  World world;
  for (const std::string& each : {dublin, oregon, tokyo}) world.network.answer(each, 403, missing_token);
  const Observation seen = world.look(three);
  EXPECT_EQ(seen.sight, Sight::good) << seen.detail;
  for (const http::Outgoing& each : world.network.sent) EXPECT_FALSE(each.headers.contains("authorization"));
}

TEST(StsLook, SignsWhereItHasCredentialsAndTakesEvenThenARefusalForAnAnswer) {
  World world;
  world.have_credentials();
  world.network.answer(dublin, 200, identity);
  world.network.answer(oregon, 403, refusal("InvalidClientTokenId"));
  world.network.answer(tokyo, 403, refusal("ExpiredToken"));
  EXPECT_EQ(world.look(three).sight, Sight::good);
  for (const http::Outgoing& each : world.network.sent) EXPECT_TRUE(each.headers.contains("authorization"));
}

TEST(StsLook, IsSlowWithoutSomeAndBadWithoutTooManyAndNamesThem) {
  World world;
  world.network.answer(dublin, 403, missing_token);
  world.network.answer(oregon, 403, missing_token);
  world.network.answer(tokyo, 503, missing_token);
  Observation seen = world.look(three);
  EXPECT_EQ(seen.sight, Sight::slow);
  EXPECT_EQ(seen.detail, "STS does not answer in ap-northeast-1");
  World worse;
  worse.network.answer(dublin, 403, missing_token);
  seen = worse.look(three);
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_EQ(seen.detail, "STS does not answer in us-west-2, ap-northeast-1");
}

TEST(StsLook, TakesNoCaptivePortalForSts) {
  for (const char* body : {"<html><body>Sign in to the guest network</body></html>", "", "{}", "<a/>"}) {
    World world;
    world.network.answer(dublin, 200, body);
    EXPECT_EQ(world.look(catalog::StsProbe{.regions = {"eu-west-1"}}).sight, Sight::bad) << body;
    world.have_credentials();
    EXPECT_EQ(world.look(catalog::StsProbe{.regions = {"eu-west-1"}}).sight, Sight::bad) << body;
  }
}

TEST(StsLook, AsksInTheOrganizationsRegionsWhereTheProbeNamesNone) {
  World world;
  world.network.answer(dublin, 403, missing_token);
  EXPECT_EQ(world.look(catalog::StsProbe{}).sight, Sight::good);
  EXPECT_EQ(world.look(catalog::StsProbe{.regions = {}, .at_least = 7}).sight, Sight::good)
      << "there is only one";
  world.catalog.organization.sts_regions.clear();
  EXPECT_EQ(world.look(catalog::StsProbe{}).sight, Sight::blind);
}

TEST(StsLook, GoesWhereTheEnvironmentSays) {
  World world;
  world.environment["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:4566";
  world.network.answer("http://127.0.0.1:4566/", 403, missing_token);
  EXPECT_EQ(world.look(three).sight, Sight::good);
  world.have_credentials();
  world.network.answer("http://127.0.0.1:4566/", 200, identity);
  EXPECT_EQ(world.look(three).sight, Sight::good);
  for (const std::string& each : world.network.urls()) EXPECT_EQ(each, "http://127.0.0.1:4566/");
}

/// Every Region hangs but one.
class HangingRegions : public http::Client {
 public:
  Result<http::Response> send(const http::Outgoing& request) override {
    if (request.url == dublin) return http::Response{.status = 403, .headers = {}, .body = missing_token};
    std::this_thread::sleep_for(request.deadline);
    return fail(ErrorCode::unavailable, "The time ran out before an answer came.");
  }
};

TEST(StsLook, AsksAllAtOnceSoThatThoseThatHangTakeNoTimeFromTheOthers) {
  World world;
  HangingRegions client;
  world.client = &client;
  catalog::StsProbe probe;
  for (int i = 1; i <= 20; ++i) probe.regions.push_back("xx-east-" + std::to_string(i));
  probe.regions.emplace_back("eu-west-1");
  const auto begin = std::chrono::steady_clock::now();
  const Observation seen = world.look_really(probe, seconds(1));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1500));
  EXPECT_EQ(seen.sight, Sight::slow) << seen.detail;
  EXPECT_THAT(seen.detail, testing::Not(HasSubstr("eu-west-1")));
  EXPECT_LE(seen.detail.size(), 300U);
}

const catalog::IdentityCenterProbe center{
    .portal = portal, .region = "eu-west-1", .role = "arn:aws:iam::1:role/R"};

TEST(IdentityCenterLook, TakesThePortalOrItsOwnRedirectForAnAnswer) {
  for (const auto& [status, location, sight] :
       std::vector<std::tuple<int, std::string, Sight>>{{200, "", Sight::good},
                                                        {302, "/start/", Sight::good},
                                                        {302, "https://other.awsapps.com/start", Sight::good},
                                                        {302, "https://evil-awsapps.com/", Sight::bad},
                                                        {302, "https://awsapps.com.example.net/", Sight::bad},
                                                        {302, "javascript:x", Sight::bad},
                                                        {302, "", Sight::bad},
                                                        {404, "", Sight::bad},
                                                        {503, "", Sight::bad}}) {
    World world;
    http::Headers headers;
    if (!location.empty()) headers.emplace("location", location);
    world.network.answer(portal, status, "", headers);
    EXPECT_EQ(world.look(center).sight, sight) << status << location;
    EXPECT_THAT(world.network.sent, SizeIs(1)) << "without credentials nobody else is asked";
  }
  World unreachable;
  EXPECT_EQ(unreachable.look(center).sight, Sight::bad);
}

class InstancesLook : public testing::Test {
 protected:
  Observation look(int status, const std::string& body, const http::Headers& headers = {}) {
    World world;
    world.have_credentials();
    world.network.answer(portal, 200, "");
    if (status != 0) world.network.answer(instances, status, body, headers);
    const Observation seen = world.look(center);
    EXPECT_THAT(world.roles_asked_for, ElementsAre("arn:aws:iam::1:role/R"));
    return seen;
  }
};

TEST_F(InstancesLook, IsGoodWhenThereIsAnActiveOne) {
  const Observation seen =
      look(200, R"({"Instances":[{"InstanceArn":"arn:aws:sso:::instance/ssoins-1","Status":"ACTIVE"}]})");
  EXPECT_EQ(seen.sight, Sight::good);
  EXPECT_EQ(seen.detail, "the access portal answers, and so does Identity Center");
  EXPECT_THAT(warnings_of(seen), IsEmpty());
}

TEST_F(InstancesLook, WarnsWhenThereIsNone) {
  for (
      const char* body :
      {R"({"Instances":[]})",
       R"({"Instances":[{"InstanceArn":"arn:aws:sso:::instance/ssoins-1","Status":"DELETE_IN_PROGRESS"}]})"}) {
    const Observation seen = look(200, body);
    EXPECT_EQ(seen.sight, Sight::good);
    EXPECT_THAT(warnings_of(seen), ElementsAre(Warns(Kind::changed, "no active instance")));
  }
}

TEST_F(InstancesLook, SaysWhatItMayNotSeeAndIsNotBadForThat) {
  const Observation seen = look(400, R"({"__type":"AccessDeniedException","Message":"no"})");
  EXPECT_EQ(seen.sight, Sight::good);
  EXPECT_THAT(seen.detail, HasSubstr("may not be listed"));
  EXPECT_FALSE(seen.warnings);
}

TEST_F(InstancesLook, IsBadWhenTheServiceDoesNotAnswer) {
  EXPECT_EQ(look(503, "").sight, Sight::bad);
  EXPECT_EQ(look(0, "").sight, Sight::bad);
}

TEST_F(InstancesLook, IsSlowAndNotBadWhenItIsOurOwnQuotaThatIsUsedUp) {
  EXPECT_EQ(look(400, R"({"__type":"ThrottlingException","Message":"Rate exceeded"})").sight, Sight::slow);
}

}  // namespace
}  // namespace postern::probe
