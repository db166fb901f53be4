#include "client/api.h"

#include <gtest/gtest.h>

namespace postern::client {
namespace {

class CountingRandom : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& each : out) each = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

/// A server that answers what it is told to, and remembers what was sent. It fails the first `failures`
/// times.
class ScriptedServer : public http::Client {
 public:
  std::string answer;
  int status = 200;
  int failures = 0;
  std::vector<http::Outgoing> sent = {};
  Result<http::Response> send(const http::Outgoing& request) override {
    sent.push_back(request);
    if (failures-- > 0) return fail(ErrorCode::unavailable, "no answer");
    return http::Response{.status = status, .headers = {}, .body = answer};
  }
};

class ApiTest : public ::testing::Test {
 protected:
  Result<LoggedIn> log_in(const std::string& statement, const std::string& ledger = "") {
    server_.answer = json::canonical(json::Object{
        {"nonce", "n"}, {"statement", statement}, {"token", "t"}, {"until", "2026-11-23T03:00:00.000Z"}});
    return api_.log_in(
        PersonId::parse("aiko").value(),
        [this](std::string_view, std::string_view) -> Result<std::string> {
          ++signatures_;
          return std::string("signature");
        },
        ledger);
  }
  ScriptedServer server_;
  CountingRandom random_;
  Api api_{server_, Endpoint{"http://127.0.0.1:1", ""}, random_};
  int signatures_ = 0;
};

constexpr const char* good =
    R"({"expires":"2026-11-23T03:02:00.000Z","ledger":"example.com/postern","nonce":"n","person":"aiko","statement":"postern-login/1"})";

TEST_F(ApiTest, SignsALoginOfThisPersonAndNothingElse) {
  EXPECT_TRUE(log_in(good));
  EXPECT_EQ(signatures_, 1);
  for (const char* bad : {R"({"person":"aiko","statement":"postern-approval/1"})",
                          R"({"person":"ben","statement":"postern-login/1"})", "not JSON", "{}"})
    EXPECT_FALSE(log_in(bad)) << bad;
  EXPECT_EQ(signatures_, 1) << "nothing was signed";
}

TEST_F(ApiTest, SignsForThePinnedLedgerOnly) {
  EXPECT_TRUE(log_in(good, "example.com/postern"));
  EXPECT_FALSE(log_in(good, "example.com/another"));
  EXPECT_EQ(signatures_, 1);
}

TEST_F(ApiTest, SendsACommandAgainUnderTheSameKeyWhenNoAnswerCame) {
  server_.failures = 2;
  server_.answer = "{}";
  EXPECT_TRUE(api_.post("/api/v1/emergencies", json::Object{}));
  ASSERT_EQ(server_.sent.size(), 3U);
  EXPECT_EQ(server_.sent[0].headers.at("idempotency-key"), server_.sent[2].headers.at("idempotency-key"));
}

TEST_F(ApiTest, GivesTheServersProblemAsTheErrorThatItWasThere) {
  server_.status = 409;
  server_.answer = R"({"code":"conflict","detail":"E-1 is open already."})";
  EXPECT_EQ(api_.get("/api/v1/status").error(), (Error{ErrorCode::conflict, "E-1 is open already."}));
  server_.answer = "<html>";
  EXPECT_EQ(api_.get("/api/v1/status").error().code, ErrorCode::unavailable);
}

TEST(Endpoint, SendsNoTokenInTheClearBeyondThisMachine) {
  EXPECT_TRUE(Endpoint::parse("unix:/run/postern.sock"));
  EXPECT_TRUE(Endpoint::parse("http://127.0.0.1:8080/"));
  for (const char* text : {"http://192.0.2.1:8080", "http://localhost.example.com",
                           "http://127.0.0.1.example.com", "ftp://127.0.0.1", "", "unix:"})
    EXPECT_FALSE(Endpoint::parse(text)) << text;
}

}  // namespace
}  // namespace postern::client
