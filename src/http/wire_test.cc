#include "http/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace postern::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Wire, WritesOneMessageWithItsLength) {
  EXPECT_EQ(to_wire({.status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = "hello"}, Body::send,
                    After::keep_open),
            "HTTP/1.1 200 OK\r\ncache-control: no-store\r\ncontent-length: 5\r\ncontent-type: text/plain\r\n"
            "x-content-type-options: nosniff\r\n\r\nhello");
}

TEST(Wire, KeepsTheCachingThatTheHandlerChose) {
  const std::string wire = to_wire({.status = 200, .headers = {{"cache-control", "max-age=60"}}, .body = ""},
                                   Body::send, After::keep_open);
  EXPECT_THAT(wire, HasSubstr("cache-control: max-age=60\r\n"));
  EXPECT_THAT(wire, Not(HasSubstr("no-store")));
}

TEST(Wire, LeavesTheBodyOutForHeadButTellsItsLength) {
  const std::string wire =
      to_wire({.status = 200, .headers = {}, .body = "hello"}, Body::leave_out, After::close);
  EXPECT_THAT(wire, HasSubstr("content-length: 5\r\n"));
  EXPECT_THAT(wire, HasSubstr("connection: close\r\n"));
  EXPECT_TRUE(wire.ends_with("\r\n\r\n"));
}

TEST(Wire, GivesNoBodyToStatusesThatHaveNone) {
  for (const int status : {204, 304}) {
    const std::string wire =
        to_wire({.status = status, .headers = {}, .body = "x"}, Body::send, After::keep_open);
    EXPECT_THAT(wire, Not(HasSubstr("content-length")));
    EXPECT_TRUE(wire.ends_with("\r\n\r\n"));
  }
}

TEST(Wire, SetsFramingItself) {
  const Response response = {
      .status = 200,
      .headers = {{"Content-Length", "999"}, {"transfer-encoding", "chunked"}, {"connection", "upgrade"}},
      .body = "hello"};
  const std::string wire = to_wire(response, Body::send, After::keep_open);
  EXPECT_THAT(wire, HasSubstr("content-length: 5\r\n"));
  EXPECT_THAT(wire, Not(HasSubstr("999")));
  EXPECT_THAT(wire, Not(HasSubstr("chunked")));
  EXPECT_THAT(wire, Not(HasSubstr("upgrade")));
}

TEST(Wire, TurnsAResponseThatWouldBeTwoMessagesIntoA500) {
  for (const Response& response :
       {Response{.status = 200, .headers = {{"location", "/a\r\nset-cookie: x"}}, .body = ""},
        Response{.status = 200, .headers = {{"a b", "c"}}, .body = ""},
        Response{.status = 99, .headers = {}, .body = ""}, Response{.status = 100, .headers = {}, .body = ""},
        Response{.status = 600, .headers = {}, .body = ""}})
    EXPECT_THAT(to_wire(response, Body::send, After::keep_open), StartsWith("HTTP/1.1 500 "));
}

TEST(Problem, IsRfc9457Json) {
  const Response response = problem(413, "Too \"long\".");
  EXPECT_EQ(response.headers.at("content-type"), "application/problem+json");
  const json::Value body = json::parse(response.body).value();
  EXPECT_EQ(body.text_at("type"), "about:blank");
  EXPECT_EQ(body.text_at("title"), "Content Too Large");
  EXPECT_EQ(*body.find("status")->as_integer(), 413);
  EXPECT_EQ(body.text_at("detail"), "Too \"long\".");
}

}  // namespace
}  // namespace postern::http
