#include "http/parse.h"

#include <gtest/gtest.h>

#include <optional>

namespace postern::http {
namespace {

using Stage = RequestParser::Stage;

const GuardOptions local = {.hosts = {"localhost"}};
const std::string host = "Host: localhost\r\n";

/// What a parser makes of `bytes` that come in pieces of `piece` bytes: "path=body " for each request, then
/// how it ends.
std::string reading_of(std::string_view bytes, std::size_t piece, ParseLimits limits = {}) {
  RequestParser parser(limits, local);
  std::string reading;
  while (!bytes.empty() && parser.stage() != Stage::refused) {
    parser.take(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (parser.stage() == Stage::complete) {
      const Request request = parser.next();
      reading += request.path + "=" + request.body + " ";
    }
  }
  if (parser.stage() == Stage::refused) return reading + std::to_string(parser.refusal().status);
  return reading + (parser.begun() || parser.stage() == Stage::body ? "unfinished" : "");
}

/// The same, and that it does not depend on how the bytes are cut.
std::string reading_of(std::string_view bytes, ParseLimits limits = {}) {
  std::string whole = reading_of(bytes, bytes.size(), limits);
  for (const std::size_t piece : {1U, 2U, 3U, 5U, 7U, 64U})
    EXPECT_EQ(reading_of(bytes, piece, limits), whole) << bytes;
  return whole;
}

std::string chunked(std::string_view body) {
  return "POST /c HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

TEST(RequestParser, ReadsPipelinedRequestsHoweverTheyAreCut) {
  const std::string get = "GET /a HTTP/1.1\r\n" + host + "\r\n";
  const std::string post = "POST /b HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello";
  EXPECT_EQ(reading_of(get), "/a= ");
  EXPECT_EQ(reading_of(post), "/b=hello ");
  EXPECT_EQ(reading_of(get + post + get + chunked("3\r\nabc\r\n0\r\n\r\n") + post),
            "/a= /b=hello /a= /c=abc /b=hello ");
  EXPECT_EQ(reading_of(get + "GET"), "/a= unfinished");
  EXPECT_EQ(reading_of(post.substr(0, post.size() - 1)), "unfinished");
}

TEST(RequestParser, ReadsChunks) {
  EXPECT_EQ(reading_of(chunked("0\r\n\r\n")), "/c= ");
  EXPECT_EQ(reading_of(chunked("1\r\na\r\nA\r\n0123456789\r\n00\r\n\r\n")), "/c=a0123456789 ");
  EXPECT_EQ(reading_of(chunked("1;name=value\r\na\r\n0\r\nX-Trailer: b\r\n\r\n")), "/c=a ");
  for (const char* body :
       {"FFFFFFFFFFFFFFFFF\r\nAA", "-1\r\nAA\r\n0\r\n\r\n", "0x1\r\nA\r\n0\r\n\r\n", "1\nA\r\n0\r\n\r\n",
        "1\r\nAB\r\n0\r\n\r\n", " 1\r\nA\r\n0\r\n\r\n", "g\r\n\r\n\r\n", "\r\n\r\n\r\n"})
    EXPECT_EQ(reading_of(chunked(body)), "400") << body;
  EXPECT_EQ(reading_of(chunked("1\nA\n0\n\n")), "unfinished");
}

TEST(RequestParser, StopsAtTheLimits) {
  const ParseLimits small = {.header_bytes_max = 128, .body_bytes_max = 8};
  const auto post = [](const std::string& body) {
    return "POST / HTTP/1.1\r\n" + host + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  };
  EXPECT_EQ(reading_of(post("12345678"), small), "/=12345678 ");
  EXPECT_EQ(reading_of(post("123456789"), small), "413");
  EXPECT_EQ(reading_of(post(std::string(1000, 'a')), small), "413");
  EXPECT_EQ(reading_of(chunked("4\r\n1234\r\n4\r\n5678\r\n0\r\n\r\n"), small), "/c=12345678 ");
  EXPECT_EQ(reading_of(chunked("4\r\n1234\r\n5\r\n56789\r\n0\r\n\r\n"), small), "413");
  const std::string start = "GET / HTTP/1.1\r\n" + host + "X: ";
  EXPECT_EQ(reading_of(start + std::string(128 - start.size() - 4, 'a') + "\r\n\r\n", small), "/= ");
  EXPECT_EQ(reading_of(start + std::string(128 - start.size() - 3, 'a') + "\r\n\r\n", small), "431");
  EXPECT_EQ(reading_of("GET /" + std::string(200, 'a'), small), "431");
  EXPECT_EQ(reading_of(start + std::string(70000, 'a') + "\r\n\r\n", 4096), "431");
}

TEST(RequestParser, CollectsNoEndlessChunkHeaders) {
  const ParseLimits small = {.header_bytes_max = 128, .body_bytes_max = 8};
  EXPECT_EQ(reading_of(chunked("1;" + std::string(1000, 'a')), small), "431");
  EXPECT_EQ(reading_of(chunked("0\r\nX: " + std::string(1000, 'a')), small), "431");
  std::string padded;
  for (int i = 0; i < 100; ++i) padded += "1;" + std::string(100, 'a') + "\r\nx\r\n";
  EXPECT_EQ(reading_of(chunked(padded), {.header_bytes_max = 128, .body_bytes_max = 200}), "413");
}

TEST(RequestParser, RefusesWhatTwoReadersCouldReadDifferently) {
  for (const std::string& fields :
       {std::string(
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"),
        std::string("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
        std::string("Content-Length: 0\r\nContent-Length: 5\r\n\r\nAAAAA"),
        std::string("Content-Length: 5\r\nContent-Length: 5\r\n\r\nAAAAA"),
        std::string("Content-Length: 5, 5\r\n\r\nAAAAA"),
        std::string("Content-Length: +5\r\n\r\nAAAAA"),
        std::string("Content-Length: -1\r\n\r\n"),
        std::string("Content-Length: 18446744073709551617\r\n\r\nA"),
        std::string("Content-Length : 5\r\n\r\nAAAAA"),
        std::string("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        std::string("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        std::string("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        std::string("Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
        std::string("X: a\r\n b\r\n\r\n"),
        std::string("X: a\r\n\tb\r\n\r\n"),
        std::string("X: a\rY: b\r\n\r\n"),
        std::string("X: a\nY: b\r\n\r\n"),
        std::string("X: a\0b\r\n\r\n", 10),
        std::string("Host: localhost\r\n\r\n"),
        std::string("Expect: 100-continue\r\n\r\n")})
    EXPECT_EQ(reading_of("POST / HTTP/1.1\r\n" + host + fields), "400") << fields;
  for (const char* start : {"GET /hello", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET / HTTP/2.0",
                            "GET / http/1.1", "get / HTTP/1.1", "\r\nGET / HTTP/1.1",
                            "GET http://localhost/ HTTP/1.1", "GET /\x01 HTTP/1.1", "\x16\x03\x01\x02"})
    EXPECT_EQ(reading_of(start + ("\r\n" + host) + "\r\n"), "400") << start;
  EXPECT_EQ(reading_of("GET / HTTP/1.1\nHost: localhost\n\n"), "400");
  EXPECT_EQ(reading_of("POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400");
}

TEST(RequestParser, KeepsTheConnectionOnlyWhenBothSidesMeanIt) {
  const auto keeps = [](const std::string& version, const std::string& fields) {
    RequestParser parser({}, local);
    EXPECT_EQ(parser.take("GET / HTTP/" + version + "\r\n" + host + fields + "\r\n"), Stage::complete);
    return parser.keep_alive();
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_TRUE(keeps("1.1", "Connection: keep-alive\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: X-Foo, Close\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_FALSE(keeps("1.0", "Connection: keep-alive\r\n"));
}

}  // namespace
}  // namespace postern::http
