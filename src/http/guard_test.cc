#include "http/guard.h"

#include <gtest/gtest.h>

namespace postern::http {
namespace {

const GuardOptions local = {.hosts = {"localhost", "127.0.0.1:8080"}};

RawHead head_for(std::string target) {
  return {.method = "GET", .target = std::move(target), .version = 11, .fields = {{"Host", "localhost"}}};
}
RawHead head_with(std::vector<std::pair<std::string, std::string>> fields) {
  RawHead head = head_for("/");
  head.fields.insert(head.fields.end(), fields.begin(), fields.end());
  return head;
}
std::string refusal(const RawHead& head) {
  const auto request = check(head, local);
  if (request) return "accepted";
  EXPECT_EQ(request.error().code, ErrorCode::invalid);
  return request.error().message;
}
std::string path_of(std::string target) {
  const auto request = check(head_for(std::move(target)), local);
  return request ? request->path : "refused";
}

TEST(Guard, GivesARequestWithLowerCaseHeadersAndDecodedTarget) {
  RawHead head = head_for("/emergencies/E%2D3?reason=SSO+is%20down&quiet");
  head.fields.emplace_back("X-Trace", "a B");
  const Request request = check(head, local).value();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/emergencies/E-3");
  EXPECT_EQ(request.query.at("reason"), "SSO is down");
  EXPECT_EQ(request.query.at("quiet"), "");
  EXPECT_EQ(request.headers.at("x-trace"), "a B");
  EXPECT_EQ(request.headers.at("host"), "localhost");
}

TEST(Guard, LetsFiveMethodsThrough) {
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE"}) {
    RawHead head = head_for("/");
    head.method = method;
    EXPECT_TRUE(check(head, local)) << method;
  }
  for (const char* method : {"get", "Get", "OPTIONS", "TRACE", "CONNECT", "PATCH", "PRI", "GETX", ""}) {
    RawHead head = head_for("/");
    head.method = method;
    EXPECT_NE(refusal(head).find("method"), std::string::npos) << method;
  }
}

TEST(Guard, KnowsTwoVersions) {
  RawHead head = head_for("/");
  head.version = 10;
  EXPECT_TRUE(check(head, local));
  for (const unsigned version : {9U, 12U, 20U, 0U}) {
    head.version = version;
    EXPECT_NE(refusal(head), "accepted") << version;
  }
}

TEST(Guard, DecodesAPathOnce) {
  EXPECT_EQ(path_of("/"), "/");
  EXPECT_EQ(path_of("/a//b/"), "/a//b/");
  EXPECT_EQ(path_of("/%252e%252e"), "/%2e%2e");
  EXPECT_EQ(path_of("/a+b"), "/a+b");
  EXPECT_EQ(path_of("/%E7%B7%8A%E6%80%A5"), "/緊急");
  EXPECT_EQ(path_of("/..."), "/...");
  EXPECT_EQ(path_of("/.well-known/x"), "/.well-known/x");
}

TEST(Guard, RefusesPathsThatLeadElsewhere) {
  for (const char* target : {"/..", "/../etc/passwd", "/a/../b", "/a/..", "/.", "/./a", "/a/.", "/%2e%2e/a",
                             "/%2E%2e", "/.%2e", "/a%2Fb", "/a%2fb", "/a%5Cb", "/a\\b", "/..%2f", "/%2e"})
    EXPECT_EQ(path_of(target), "refused") << target;
}

TEST(Guard, RefusesTargetsThatAreNotInOriginForm) {
  for (const char* target : {"", "*", "http://localhost/", "localhost:80", "//evil.example#", "/a#b", "?a=b",
                             "a", "/a b", "/a\tb", "/\x7f", "/ä", "/\x01"})
    EXPECT_EQ(path_of(target), "refused") << target;
  EXPECT_EQ(path_of(std::string("/a\0b", 4)), "refused");
}

TEST(Guard, RefusesMalformedEscapesAndWhatTheyMustNotHide) {
  for (const char* target :
       {"/%", "/%4", "/%4g", "/%-1", "/% 1", "/%00", "/a%00b", "/%0a", "/%0D", "/%1b", "/%7f", "/%ff",
        "/%c0%af", "/%ed%a0%80", "/?a=%", "/?%zz=1", "/?a=%00", "/?a=%0d%0a", "/?a=%ff"})
    EXPECT_EQ(path_of(target), "refused") << target;
}

TEST(Guard, ReadsEachQueryNameOnce) {
  EXPECT_EQ(check(head_for("/?"), local)->query.size(), 0U);
  EXPECT_EQ(check(head_for("/?a=1&A=2"), local)->query.size(), 2U);
  EXPECT_EQ(check(head_for("/?a==%3D&b=/../?"), local)->query.at("a"), "==");
  EXPECT_EQ(check(head_for("/?a=1%262"), local)->query.at("a"), "1&2");
  for (const char* target : {"/?a=1&a=2", "/?a=1&%61=2", "/?a&a", "/?=1", "/?a=1&&b=2", "/?&"})
    EXPECT_EQ(path_of(target), "refused") << target;
}

TEST(Guard, WantsExactlyOneHostOfItsOwn) {
  RawHead head = head_for("/");
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1:8080"}) {
    head.fields = {{"Host", host}};
    EXPECT_TRUE(check(head, local)) << host;
  }
  for (const char* host : {"", "evil.example", "localhost.evil.example", "localhost:8080", "127.0.0.1",
                           "127.0.0.1:80801", "localhost,localhost", "user@localhost"}) {
    head.fields = {{"Host", host}};
    EXPECT_NE(refusal(head).find("Host"), std::string::npos) << host;
  }
  head.fields = {};
  EXPECT_NE(refusal(head).find("missing"), std::string::npos);
  head.fields = {{"Host", "localhost"}, {"host", "localhost"}};
  EXPECT_NE(refusal(head).find("twice"), std::string::npos);
}

TEST(Guard, LeavesOneReadingOfTheBodysLength) {
  EXPECT_TRUE(check(head_with({{"Content-Length", "5"}}), local));
  EXPECT_TRUE(check(head_with({{"Transfer-Encoding", "chunked"}}), local));
  EXPECT_TRUE(check(head_with({{"Transfer-Encoding", "Chunked"}}), local));
  for (const char* length : {"", "+5", "-1", "5, 5", "0x5", "5 ", "5;"})
    EXPECT_NE(refusal(head_with({{"Content-Length", length}})).find("Content-Length"), std::string::npos)
        << length;
  for (const char* encoding :
       {"", "identity", "xchunked", "gzip, chunked", "chunked, identity", "chunked,", "chunked "})
    EXPECT_NE(refusal(head_with({{"Transfer-Encoding", encoding}})).find("Transfer-Encoding"),
              std::string::npos)
        << encoding;
  EXPECT_NE(refusal(head_with({{"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}})).find("exclude"),
            std::string::npos);
  RawHead old = head_with({{"Transfer-Encoding", "chunked"}});
  old.version = 10;
  EXPECT_NE(refusal(old).find("HTTP/1.1"), std::string::npos);
}

TEST(Guard, RefusesFieldsThatStandTwiceOrHideSomething) {
  EXPECT_NE(refusal(head_with({{"Accept", "a"}, {"accept", "b"}})).find("twice: accept"), std::string::npos);
  EXPECT_NE(refusal(head_with({{"Expect", "100-continue"}})).find("Expect"), std::string::npos);
  for (const char* name : {"", "a b", "a:", "a\r\nb", "ä"})
    EXPECT_NE(refusal(head_with({{name, "x"}})), "accepted") << name;
  for (const char* value : {"a\r\nb: c", "a\nb", "a\rb", "a\x7f", "\x1b[0m"})
    EXPECT_NE(refusal(head_with({{"X-A", value}})), "accepted") << value;
  EXPECT_NE(refusal(head_with({{"X-A", std::string("a\0b", 3)}})), "accepted");
  EXPECT_EQ(refusal(head_with({{"X-A", "a\tb"}})), "accepted");
}

}  // namespace
}  // namespace postern::http
