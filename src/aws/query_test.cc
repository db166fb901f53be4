#include "aws/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "aws/scripted_client.h"

namespace postern::aws {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Instant now = parse_rfc3339("2026-11-23T03:04:05Z").value();
const std::string url = "https://sts.eu-west-1.amazonaws.com/";

Credentials session() {
  return {.access_key_id = "ASIAEXAMPLE",
          .secret_access_key = Secret::copy_of("the-secret-key"),
          .session_token = Secret::copy_of("the-session-token")};
}

Result<Answer> ask_for_identity(ScriptedClient& client) {
  const Endpoint endpoint = endpoint_of("sts", "eu-west-1", std::nullopt).value();
  return ask(client, endpoint, Form("GetCallerIdentity", "2011-06-15"), session(), now, {});
}

std::string refusal_of(const std::string& code, const std::string& message) {
  return "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + message +
         "</Message></Error><RequestId>r-1</RequestId></ErrorResponse>";
}

TEST(Xml, FindsElementsInAnyOrderByLocalName) {
  const xml::Element root =
      xml::parse("<a xmlns='urn:x'><c><d> 1 &amp; 2\n</d></c><b/><e><![CDATA[<raw>]]></e></a>").value();
  EXPECT_EQ(root.name, "a");
  EXPECT_EQ(root.text_at("c/d"), "1 & 2");
  EXPECT_EQ(root.text_at("e"), "<raw>");
  EXPECT_EQ(root.text_at("c/x/y"), "");
  EXPECT_EQ(root.find("d"), nullptr);
}

TEST(Xml, ReadsEqualShortTextsEachForItself) {
  const xml::Element root = xml::parse("<a><b>1</b><c>1</c><d>1</d></a>").value();
  for (const char* name : {"b", "c", "d"}) EXPECT_EQ(root.text_at(name), "1") << name;
}

TEST(Xml, RefusesADoctypeInWhateverItHolds) {
  for (const char* text : {"<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
                           "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
                           "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
                           "<!DOCTYPE a [<!ENTITY x 'yy'><!ENTITY z '&x;&x;&x;'>]><a>&z;</a>"})
    EXPECT_EQ(xml::parse(text).error().code, ErrorCode::invalid) << text;
}

TEST(Xml, HasLimits) {
  const auto nested = [](int depth) {
    std::string text;
    for (int at = 0; at < depth; ++at) text += "<a>";
    for (int at = 0; at < depth; ++at) text += "</a>";
    return text;
  };
  EXPECT_TRUE(xml::parse(nested(xml::depth_max)));
  EXPECT_FALSE(xml::parse(nested(xml::depth_max + 1)));
  EXPECT_FALSE(xml::parse(nested(20000)));
  EXPECT_THAT(xml::parse("<a>" + std::string(xml::answer_bytes_max, 'x') + "</a>").error().message,
              HasSubstr("256 KiB"));
  for (const char* text : {"", " ", "<a>", "<a/><b/>", "{}", "<a>&unknown;</a>"})
    EXPECT_FALSE(xml::parse(text)) << text;
}

TEST(Xml, SurvivesDamagedAnswers) {
  const std::string whole =
      "<?xml version='1.0'?><ErrorResponse xmlns='urn:x'><Error><Code>&lt;A&#65;</Code>"
      "<Message><![CDATA[x]]></Message></Error><!-- c --></ErrorResponse>";
  std::mt19937 random(20261123);
  for (int round = 0; round < 20000; ++round) {
    std::string text = whole;
    for (int change = 0; change < 3; ++change) text[random() % text.size()] = static_cast<char>(random());
    text.resize(random() % (text.size() + 1));
    const Result<xml::Element> root = xml::parse(text);
    EXPECT_LE(root ? root->text_at("Error/Code").size() : 0, whole.size());
  }
}

TEST(Endpoint, IsTheRegionalOne) {
  const Endpoint endpoint = endpoint_of("sts", "eu-west-1", std::nullopt).value();
  EXPECT_EQ(endpoint.scheme + "://" + endpoint.host + endpoint.path, url);
  EXPECT_EQ(endpoint_of("sts", "cn-north-1", std::nullopt)->host, "sts.cn-north-1.amazonaws.com.cn");
}

TEST(Endpoint, CannotBeLedElsewhereByARegionsName) {
  for (const char* region :
       {"", "eu", "evil.example/eu-west-1", "eu-west-1.evil.example", "eu-west-1@evil", "EU-WEST-1",
        "eu-west-1:443", "-eu-west-1", "eu-west-1\n", "eu west-1", "eu-west-1#"})
    EXPECT_EQ(endpoint_of("sts", region, std::nullopt).error().code, ErrorCode::invalid) << region;
}

TEST(Endpoint, TakesAnOverrideWithPortAndPath) {
  const Endpoint endpoint = endpoint_of("sts", "eu-west-1", "http://127.0.0.1:5000").value();
  EXPECT_EQ(endpoint.scheme, "http");
  EXPECT_EQ(endpoint.host, "127.0.0.1:5000");
  EXPECT_EQ(endpoint.path, "/");
  EXPECT_EQ(endpoint_of("sts", "eu-west-1", "https://aws.example:443/sts/")->host, "aws.example");
  EXPECT_EQ(endpoint_of("sts", "eu-west-1", "https://aws.example:443/sts/")->path, "/sts/");
  EXPECT_EQ(endpoint_of("sts", "eu-west-1", "http://[::1]:5000/")->host, "[::1]:5000");
  for (const char* wrong :
       {"", "127.0.0.1:5000", "ftp://x", "https://", "https://user@x/", "https://x/?a", "https://x y"})
    EXPECT_EQ(endpoint_of("sts", "eu-west-1", wrong).error().code, ErrorCode::invalid) << wrong;
}

TEST(Ask, SendsASignedForm) {
  ScriptedClient client;
  client.answer(url, 200, "<GetCallerIdentityResponse/>");
  ASSERT_TRUE(ask_for_identity(client));
  const http::Outgoing& sent = client.sent.front();
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.body, "Action=GetCallerIdentity&Version=2011-06-15");
  EXPECT_EQ(sent.headers.at("host"), "sts.eu-west-1.amazonaws.com");
  EXPECT_EQ(sent.headers.at("x-amz-security-token"), "the-session-token");
  EXPECT_THAT(sent.headers.at("authorization"),
              AllOf(HasSubstr("Credential=ASIAEXAMPLE/20261123/eu-west-1/sts/aws4_request"),
                    HasSubstr("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token")));
}

TEST(Ask, TakesNothingForAnAnswerThatAwsWouldNotSay) {
  struct Case {
    int status;
    const char* body;
  };
  for (const Case& each :
       {Case{200, "<html>Please log in</html>"}, Case{200, ""}, Case{200, "<AssumeRoleResponse/>"},
        Case{302, ""}, Case{403, "Blocked by proxy"}, Case{502, "<html/>"},
        Case{200, "<ErrorResponse><Error><Code>x</Code></Error></ErrorResponse>"}}) {
    ScriptedClient client;
    client.answer(url, each.status, each.body);
    const Result<Answer> answer = ask_for_identity(client);
    ASSERT_FALSE(answer) << each.body;
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable) << each.body;
  }
}

TEST(Ask, KeepsSecretsOutOfWhatAwsSaid) {
  // SignatureDoesNotMatch goes on with the canonical request, where the session token stands.
  const std::string canonical =
      "The request signature does not match.\n\nThe Canonical String was\n'POST\n/\n\n"
      "x-amz-security-token:the-session-token\n'";
  for (const std::string& message : {canonical, std::string("token the-session-token is odd"),
                                     std::string(480, 'x') + " the-session-token"}) {
    ScriptedClient client;
    client.answer(url, 403, refusal_of("SignatureDoesNotMatch", message));
    const Answer answer = ask_for_identity(client).value();
    const auto& refusal = std::get<Refusal>(answer);
    EXPECT_THAT(detail_of(refusal), AllOf(HasSubstr("SignatureDoesNotMatch (HTTP 403, request r-1)"),
                                          Not(HasSubstr("the-sess"))));
    EXPECT_THAT(refusal.message, AllOf(Not(HasSubstr("\n")), Not(HasSubstr("Canonical String"))));
  }
}

TEST(Ask, MeasuresOurClockAgainstTheAnswers) {
  ScriptedClient client;
  client.answer(url, 403, refusal_of("AccessDenied", "no"), {{"date", "Mon, 23 Nov 2026 03:14:05 GMT"}});
  client.answer(url, 403, refusal_of("AccessDenied", "no"), {{"date", "soon"}});
  EXPECT_EQ(std::get<Refusal>(ask_for_identity(client).value()).clock_ahead, std::chrono::minutes(-10));
  EXPECT_EQ(std::get<Refusal>(ask_for_identity(client).value()).clock_ahead, std::nullopt);
}

TEST(HttpDate, IsReadInItsOneForm) {
  EXPECT_EQ(parse_http_date("Mon, 23 Nov 2026 14:32:08 GMT"), parse_rfc3339("2026-11-23T14:32:08Z").value());
  EXPECT_EQ(parse_http_date("Sun, 01 Feb 2026 00:00:00 GMT"), parse_rfc3339("2026-02-01T00:00:00Z").value());
  for (const char* text :
       {"", "Mon, 23 Nov 2026 14:32:08 UTC", "Mon, 32 Nov 2026 14:32:08 GMT", "Mon, 23 Nox 2026 14:32:08 GMT",
        "Mon, 23 Nov 2026 24:32:08 GMT", "Monday, 23-Nov-26 14:32:08 GMT"})
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

}  // namespace
}  // namespace postern::aws
