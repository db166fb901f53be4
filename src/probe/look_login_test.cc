#include <algorithm>

#include "probe/look_for_test.h"

// saml_login: a synthetic user's sign-in.
namespace postern::probe {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string idp = "https://idp.example.net";
const std::string password = "correct horse & battery";

const Signer& signer() {
  static const Signer made = make_signer("idp.example.net");
  return made;
}
const Signer& mallory() {
  static const Signer made = make_signer("mallory");
  return made;
}

std::string response_of(const Signer& by) {
  const std::string assertion =
      "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a\" Version=\"2.0\">"
      "<saml:Issuer>https://idp.example.net/</saml:Issuer>{signature}<saml:Subject><saml:NameID>synthetic</"
      "saml:NameID>"
      "</saml:Subject><saml:Conditions NotBefore=\"2026-11-26T11:55:00Z\" "
      "NotOnOrAfter=\"2026-11-26T12:05:00Z\">"
      "<saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></"
      "saml:AudienceRestriction>"
      "</saml:Conditions><saml:AttributeStatement>"
      "<saml:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/Role\"><saml:AttributeValue>"
      "arn:aws:iam::200000000001:role/Nothing,arn:aws:iam::200000000001:saml-provider/idp</"
      "saml:AttributeValue>"
      "</saml:Attribute></saml:AttributeStatement></saml:Assertion>";
  return saml::for_test::signed_by(
      by,
      "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" "
      "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r\" Version=\"2.0\">"
      "<saml:Issuer>https://idp.example.net/</saml:Issuer><samlp:Status><samlp:StatusCode "
      "Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>" +
          assertion + "</samlp:Response>",
      {.id = "_a", .uri = "#_a"});
}

std::string page_with(const std::string& forms) {
  return "<!DOCTYPE html><html><body>" + forms + "</body></html>";
}
std::string login_page(const std::string& action = "/login", const std::string& method = "post") {
  return page_with(
      "<form action='/search' method='get'><input name='q'></form><form method='" + method + "' action='" +
      action +
      "'><input type='hidden' name='csrf' value='t&amp;1'><input name='username'>"
      "<input type='password' name='password'><input type='submit' name='go' value='Go'></form>");
}
std::string assertion_page(const std::string& response) {
  return page_with(
      "<form method='post' action='https://signin.aws.amazon.com/saml'><input type='hidden' "
      "name='SAMLResponse' value='" +
      to_base64(response) + "'></form>");
}

class LoginLook : public testing::Test {
 protected:
  void SetUp() override {
    world_.secrets["PASSWORD"] = password;
    answer("/metadata", metadata_of({&signer()}));
  }
  void answer(const std::string& path, const std::string& body, http::Headers headers = {}) {
    world_.network.answer(idp + path, 200, body, std::move(headers));
  }
  void redirect(const std::string& path, const std::string& to, int status = 302) {
    world_.network.answer(idp + path, status, "", {{"location", to}});
  }
  Observation look(const std::string& url = idp + "/start") {
    return world_.look(catalog::SamlLoginProbe{
        .of = of_, .url = url, .username = "synthetic", .password = {.name = "PASSWORD"}});
  }
  /// What was posted, to which address.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> posts() const {
    std::vector<std::pair<std::string, std::string>> out;
    for (const http::Outgoing& each : world_.network.sent)
      if (each.method == "POST") out.emplace_back(each.url, each.body);
    return out;
  }

  World world_;
  ProbeId of_ = world_.have_idp(idp + "/metadata");
};

TEST_F(LoginLook, IsGoodWhenTheIdpSignsTheUserIn) {
  answer("/start", login_page());
  answer("/login", assertion_page(response_of(signer())));
  const Observation seen = look();
  EXPECT_EQ(seen.sight, Sight::good) << seen.detail;
  EXPECT_EQ(seen.detail, "signs the synthetic user in, with 1 roles in AWS");
  ASSERT_EQ(posts().size(), 1U) << "the assertion goes nowhere";
  EXPECT_EQ(posts()[0].first, idp + "/login");
  EXPECT_EQ(posts()[0].second, "csrf=t%261&username=synthetic&password=correct%20horse%20%26%20battery");
  for (const std::string& each : world_.network.urls()) EXPECT_THAT(each, StartsWith(idp + "/"));
}

TEST_F(LoginLook, FollowsTheIdpsOwnPagesAndKeepsItsCookies) {
  redirect("/start", "/sso?step=1");
  world_.network.answer(idp + "/sso?step=1", 303, "",
                        {{"location", "form"}, {"set-cookie", "s=1; Path=/, t=2"}});
  answer("/form", login_page("https://IDP.example.net:443/login"));
  world_.network.answer("https://IDP.example.net:443/login", 302, "",
                        {{"location", idp + "/done"}, {"set-cookie", "s=3"}});
  answer("/done", page_with("<form method='post' action='/pass'><input name='RelayState' value='x'></form>"));
  answer("/pass", assertion_page(response_of(signer())));
  const Observation seen = look();
  EXPECT_EQ(seen.sight, Sight::good) << seen.detail;
  EXPECT_EQ(world_.network.sent.back().headers.at("cookie"), "s=3; t=2");
  EXPECT_FALSE(world_.network.sent[1].headers.contains("cookie"));
}

TEST_F(LoginLook, IsBadWhenTheFormComesBack) {
  answer("/start", login_page());
  answer("/login", login_page());
  const Observation seen = look();
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_EQ(seen.detail, "the IdP did not sign the synthetic user in");
  EXPECT_EQ(posts().size(), 1U) << "a second try could lock the user out";
}

TEST_F(LoginLook, IsBadWhenTheIdpRefusesBreaksOrAsksForMore) {
  answer("/start", login_page());
  world_.network.answer(idp + "/login", 401, login_page());
  world_.network.answer(idp + "/login", 500, "");
  answer("/login", page_with("<form method='post'><input name='code'></form>"));
  answer("/login", page_with("Welcome"));
  EXPECT_EQ(look().detail, "the IdP did not sign the synthetic user in (status 401)");
  EXPECT_EQ(look().detail, "the IdP did not sign the synthetic user in (status 500)");
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(look().detail, "the IdP took name and password, and then asks for something else");
  EXPECT_EQ(posts().size(), 4U) << "no form but the one for signing in was filled in";
}

TEST_F(LoginLook, SendsNothingToAnotherOrigin) {
  for (const char* elsewhere : {"https://evil.example.org/login", "http://idp.example.net/login",
                                "https://idp.example.net:8443/login", "//evil.example.org/",
                                "https://idp.example.net@evil.example.org/", "javascript:alert(1)"}) {
    World world;
    world_.network.sent.clear();
    world.secrets["PASSWORD"] = password;
    world.network.answer(idp + "/metadata", 200, metadata_of({&signer()}));
    world.network.answer(idp + "/start", 200, login_page(elsewhere));
    world.network.answer(idp + "/moved", 302, "", {{"location", elsewhere}});
    const ProbeId of = world.have_idp(idp + "/metadata");
    for (const char* path : {"/start", "/moved"}) {
      const Observation seen = world.look(catalog::SamlLoginProbe{
          .of = of, .url = idp + path, .username = "synthetic", .password = {.name = "PASSWORD"}});
      EXPECT_EQ(seen.sight, Sight::bad) << elsewhere;
    }
    for (const http::Outgoing& each : world.network.sent) {
      EXPECT_THAT(each.url, StartsWith(idp + "/"));
      EXPECT_EQ(each.method, "GET");
    }
  }
}

TEST_F(LoginLook, NeverPutsThePasswordIntoAnAddress) {
  answer("/start", login_page("/login", "get"));
  EXPECT_THAT(look().detail, HasSubstr("would put its fields into an address"));
  EXPECT_THAT(world_.network.urls(), Each(Not(HasSubstr("correct"))));
}

TEST_F(LoginLook, RepeatsNoMoreThanItsLimits) {
  redirect("/start", "/start");
  EXPECT_THAT(look().detail, HasSubstr("sends on more than 5 times"));
  EXPECT_EQ(world_.network.sent.size(), 1U + 6U) << "the metadata, and six pages";
  answer("/around", page_with("<form method='post' action='/around'><input name='x' value='1'></form>"));
  EXPECT_EQ(look(idp + "/around").detail, "the IdP shows no form that asks for name and password");
  EXPECT_EQ(posts().size(), 3U);
}

TEST_F(LoginLook, BelievesOnlyWhatTheIdpSigned) {
  answer("/start", login_page());
  answer("/login", assertion_page(response_of(mallory())));
  answer("/login", assertion_page("<x/>"));
  answer("/login", page_with("<form method='post'><input name='SAMLResponse' value='%%%'></form>"));
  for (int i = 0; i < 3; ++i) {
    const Observation seen = look();
    EXPECT_EQ(seen.sight, Sight::bad) << i;
  }
  EXPECT_EQ(look().sight, Sight::bad);
}

TEST_F(LoginLook, IsBadWhenAnAssertionIsGivenAwayWithoutAPassword) {
  answer("/start", assertion_page(response_of(signer())));
  EXPECT_THAT(look().detail, HasSubstr("without asking for a password"));
}

TEST_F(LoginLook, LeavesThePasswordOutOfWhatAHostileIdpSays) {
  std::string hostile = response_of(signer());
  const std::string success = "urn:oasis:names:tc:SAML:2.0:status:Success";
  hostile.replace(hostile.find(success), success.size(), "correct horse &amp; battery");
  answer("/start", login_page());
  answer("/login", assertion_page(hostile));
  const Observation seen = look();
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_THAT(seen.detail, Not(HasSubstr("correct horse")));
}

TEST_F(LoginLook, IsBlindWithoutWhatItNeedsAndTriesNothing) {
  answer("/start", login_page());
  EXPECT_EQ(look("http://idp.example.net/start").sight, Sight::blind);
  world_.secrets.clear();
  const Observation no_password = look();
  EXPECT_EQ(no_password.sight, Sight::blind);
  EXPECT_THAT(no_password.detail, HasSubstr("password is not to be had: PASSWORD is not set"));
  world_.catalog.probes.clear();
  EXPECT_EQ(look().sight, Sight::blind);
  EXPECT_THAT(world_.network.urls(), Each(idp + "/metadata"));
}

TEST_F(LoginLook, IsBadWhenThePageIsNoPage) {
  answer("/start", "{}");
  answer("/start", "");
  answer("/start", page_with("nothing"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(look().sight, Sight::bad);
}

}  // namespace
}  // namespace postern::probe
