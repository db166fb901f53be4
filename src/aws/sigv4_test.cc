#include "aws/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/json.h"

namespace postern::aws {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Pair;

const std::filesystem::path vectors = std::filesystem::path(POSTERN_SOURCE_DIR) / "tests/vectors/sigv4";
const Instant pinned = parse_rfc3339("2015-08-30T12:36:00Z").value();

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    out += from_hex(text.substr(at + 1, 2)).value();
    at += 2;
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> query_in(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!text.empty()) {
    const std::string_view field = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(field.size() + 1, text.size()));
    const std::size_t equals = std::min(field.find('='), field.size());
    out.emplace_back(percent_decoded(field.substr(0, equals)),
                     percent_decoded(field.substr(std::min(equals + 1, field.size()))));
  }
  return out;
}

/// Reads the vectors' request.txt: HTTP/1.1 with LF and values that go on in the next line.
UnsignedRequest request_in(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  UnsignedRequest request;
  request.method = line.substr(0, line.find(' '));
  const std::size_t target_at = request.method.size() + 1;
  const std::string target = line.substr(target_at, line.rfind(" HTTP/1.1") - target_at);
  request.path = target.substr(0, target.find('?'));
  if (target.size() > request.path.size()) request.query = query_in(target.substr(request.path.size() + 1));
  while (std::getline(lines, line) && !line.empty()) {
    const std::size_t colon = line.find(':');
    if (line[0] == ' ')
      request.headers.back().second += line;
    else if (line.substr(0, colon) == "Host")
      request.host = line.substr(colon + 1);
    else
      request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  std::ostringstream body;
  if (lines.peek() != std::istringstream::traits_type::eof()) body << lines.rdbuf();
  request.body = body.str();
  return request;
}

bool flag(const json::Value& context, std::string_view name) {
  const json::Value* value = context.find(name);
  return value != nullptr && *value->as_bool();
}

SigningRules rules_in(const json::Value& context) {
  SigningRules rules;
  rules.path = flag(context, "normalize") ? PathRule::normalize : PathRule::keep;
  rules.path_encoding = PathEncoding::once;  // the vectors take the path in the request as not yet encoded
  rules.token = flag(context, "omit_session_token") ? TokenRule::append_unsigned : TokenRule::sign;
  rules.body_hash = flag(context, "sign_body") ? BodyHashHeader::present : BodyHashHeader::absent;
  return rules;
}

SignedRequest sign_vector(const std::filesystem::path& folder) {
  const json::Value context = json::parse(content_of(folder / "context.json")).value();
  const json::Value& keys = *context.find("credentials");
  Credentials credentials;
  credentials.access_key_id = keys.text_at("access_key_id");
  credentials.secret_access_key = Secret::copy_of(keys.text_at("secret_access_key"));
  credentials.session_token = Secret::copy_of(keys.text_at("token"));
  const Scope scope{std::string(context.text_at("region")), std::string(context.text_at("service"))};
  return sign(request_in(content_of(folder / "request.txt")), credentials, scope,
              parse_rfc3339(context.text_at("timestamp")).value(), rules_in(context));
}

TEST(Sigv4, PassesAllOfAwssVectors) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(vectors)) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    ++count;
    const SignedRequest ready = sign_vector(entry.path());
    EXPECT_EQ(ready.canonical_request.reveal(), content_of(entry.path() / "header-canonical-request.txt"));
    EXPECT_EQ(ready.string_to_sign, content_of(entry.path() / "header-string-to-sign.txt"));
    EXPECT_EQ(ready.signature, content_of(entry.path() / "header-signature.txt"));
  }
  EXPECT_EQ(count, 38);
}

Credentials example_keys() {
  return {.access_key_id = "AKIDEXAMPLE",
          .secret_access_key = Secret::copy_of("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
          .session_token = {}};
}

std::string line_of(const SignedRequest& ready, int number) {
  std::istringstream lines{std::string(ready.canonical_request.reveal())};
  std::string line;
  for (int at = 0; at <= number; ++at) std::getline(lines, line);
  return line;
}

TEST(Sigv4, EncodesTheSignedPathTwiceExceptForS3) {
  const UnsignedRequest request{.method = "GET", .host = "api.example", .path = "/a b/./c+d//e"};
  const SignedRequest usual = sign(request, example_keys(), {"eu-west-1", "execute-api"}, pinned);
  EXPECT_EQ(usual.path, "/a%20b/c%2Bd/e");
  EXPECT_EQ(line_of(usual, 1), "/a%2520b/c%252Bd/e");

  const SigningRules s3{.path = PathRule::keep, .path_encoding = PathEncoding::once};
  const SignedRequest as_s3 = sign(request, example_keys(), {"eu-west-1", "s3"}, pinned, s3);
  EXPECT_EQ(as_s3.path, "/a%20b/./c%2Bd//e");
  EXPECT_EQ(line_of(as_s3, 1), as_s3.path);
}

TEST(Sigv4, NeverLeavesTheRootByDots) {
  for (const char* path : {"/..", "/../..", "/a/../../..", "/./.."}) {
    const UnsignedRequest request{.method = "GET", .host = "api.example", .path = path};
    EXPECT_EQ(sign(request, example_keys(), {"eu-west-1", "sts"}, pinned).path, "/") << path;
  }
}

TEST(Sigv4, SortsTheQueryByNameBeforeValue) {
  const UnsignedRequest request{
      .method = "GET", .host = "api.example", .query = {{"a-b", "1"}, {"a", "2"}, {"a", "10"}, {"acl", ""}}};
  EXPECT_EQ(sign(request, example_keys(), {"eu-west-1", "sts"}, pinned).query, "a=10&a=2&a-b=1&acl=");
}

TEST(Sigv4, DropsGivenFieldsThatAreItsOwn) {
  UnsignedRequest request{.method = "GET", .host = "sts.eu-west-1.amazonaws.com"};
  const SignedRequest plain = sign(request, example_keys(), {"eu-west-1", "sts"}, pinned);
  request.headers = {
      {"Host", "evil.example"}, {"AUTHORIZATION", "x"}, {"x-amz-date", "x"}, {"X-Amz-Security-Token", "x"}};
  const SignedRequest meddled = sign(request, example_keys(), {"eu-west-1", "sts"}, pinned);
  EXPECT_EQ(meddled.headers, plain.headers);
}

TEST(Sigv4, SendsTheTokenUnderBothRulesAndSignsItUnderOne) {
  Credentials credentials = example_keys();
  credentials.session_token = Secret::copy_of("THE-TOKEN");
  const UnsignedRequest request{.method = "POST", .host = "sts.eu-west-1.amazonaws.com"};
  for (const TokenRule rule : {TokenRule::sign, TokenRule::append_unsigned}) {
    const SignedRequest ready = sign(request, credentials, {"eu-west-1", "sts"}, pinned, {.token = rule});
    EXPECT_THAT(ready.headers, testing::Contains(Pair("x-amz-security-token", "THE-TOKEN")));
    EXPECT_EQ(ready.canonical_request.reveal().find("THE-TOKEN") != std::string::npos,
              rule == TokenRule::sign);
    EXPECT_THAT(ready.string_to_sign, Not(HasSubstr("THE-TOKEN")));
  }
}

TEST(Sigv4, CutsTheTimeToSeconds) {
  const UnsignedRequest request{.method = "GET", .host = "api.example"};
  const Instant late = parse_rfc3339("2015-08-30T12:36:00.999Z").value();
  EXPECT_EQ(sign(request, example_keys(), {"us-east-1", "sts"}, late).signature,
            sign(request, example_keys(), {"us-east-1", "sts"}, pinned).signature);
}

}  // namespace
}  // namespace postern::aws
