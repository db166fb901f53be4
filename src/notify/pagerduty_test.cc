#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "notify/alerting.h"
#include "notify/alerting_for_test.h"

namespace postern::notify {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using testing::HasSubstr;
using testing::Not;

const std::string url = "https://events.pagerduty.com/v2/enqueue";
const std::string taken = R"({"status":"success","message":"Event processed","dedup_key":"postern/R-7"})";
const std::string key = "R0UT1NGKEY0000000000000000000000";

class PagerDutyTest : public testing::Test {
 protected:
  void SetUp() override { world_.secrets["KEY"] = key; }
  Result<void> send(const Message& message) {
    return make_pagerduty(channel_, world_.world())->send(message);
  }
  Error error_for(int status, const std::string& body = "") {
    return sent_when(make_pagerduty, channel_, world_, url, {.status = status, .body = body}).error();
  }

  SenderWorld world_;
  catalog::Channel channel_{
      .provider = {.kind = "pagerduty", .settings = {{"routing_key", secret_named("KEY")}}}};
};

TEST_F(PagerDutyTest, TriggersAnAlertOfWhatTheMessageIsAbout) {
  world_.client.answer(url, 202, taken);
  ASSERT_TRUE(send(waiting_request()));
  const json::Value event = sent_json(world_);
  EXPECT_EQ(event.text_at("routing_key"), key);
  EXPECT_EQ(event.text_at("event_action"), "trigger");
  EXPECT_EQ(event.text_at("dedup_key"), "postern/R-7");
  EXPECT_EQ(event.text_at("client"), "Postern");
  EXPECT_EQ(event.find("links")->as_array()->at(0).text_at("href"),
            "https://postern.example.net/requests/R-7");
  const json::Value& payload = *event.find("payload");
  EXPECT_EQ(payload.text_at("summary"), "R-7 waits for you");
  EXPECT_EQ(payload.text_at("severity"), "critical");
  EXPECT_EQ(payload.text_at("timestamp"), "2026-11-23T03:04:05.000Z");
  EXPECT_EQ(payload.text_at("class"), "request.waiting");
  EXPECT_EQ(payload.text_at("group"), "request");
  EXPECT_FALSE(payload.text_at("source").empty());
}

TEST_F(PagerDutyTest, ResolvesUnderTheSameKeyWhenItIsOver) {
  world_.client.answer(url, 202, taken);
  Message message = waiting_request();
  message.is_over = true;
  message.kind = "request.answered";
  message.urgency = Urgency::quiet;
  ASSERT_TRUE(send(message));
  EXPECT_EQ(sent_json(world_).text_at("event_action"), "resolve");
  EXPECT_EQ(sent_json(world_).text_at("dedup_key"), "postern/R-7");
  EXPECT_EQ(world_.client.sent.size(), 1U);
}

TEST_F(PagerDutyTest, LeavesNothingOpenBehindAQuietTest) {
  world_.client.answer(url, 202, taken);
  ASSERT_TRUE(send(quiet_test()));
  ASSERT_EQ(world_.client.sent.size(), 2U);
  EXPECT_EQ(sent_json(world_, 0).text_at("event_action"), "trigger");
  EXPECT_EQ(sent_json(world_, 0).find("payload")->text_at("severity"), "info");
  EXPECT_EQ(sent_json(world_, 1).text_at("event_action"), "resolve");
  EXPECT_EQ(sent_json(world_, 0).text_at("dedup_key"), sent_json(world_, 1).text_at("dedup_key"));
  EXPECT_LE(world_.client.sent[0].deadline + world_.client.sent[1].deadline, send_deadline);
}

TEST_F(PagerDutyTest, HasNotPassedAQuietTestWhileItsAlertIsOpen) {
  world_.client.answer(url, 202, taken);
  world_.client.answer(url, 503, "");
  EXPECT_EQ(send(quiet_test()).error().code, ErrorCode::unavailable);
}

TEST_F(PagerDutyTest, IsAskedWhereTheCatalogSays) {
  channel_.provider.settings["url"] = "https://events.eu.pagerduty.com/v2/enqueue";
  world_.client.answer("https://events.eu.pagerduty.com/v2/enqueue", 202, taken);
  EXPECT_TRUE(send(waiting_request()));
}

TEST_F(PagerDutyTest, SendsNoMoreThanItTakesAndNothingThatHides) {
  world_.client.answer(url, 202, taken);
  Message message = waiting_request();
  message.title = hostile_megabyte();
  message.body = hostile_megabyte();
  message.about = hostile_megabyte();
  ASSERT_TRUE(send(message));
  EXPECT_LT(world_.client.sent[0].body.size(), 512U * 1024U);
  const json::Value event = sent_json(world_);
  EXPECT_LE(event.text_at("dedup_key").size(), 255U);
  EXPECT_LE(event.find("payload")->text_at("summary").size(), 1024U);
  EXPECT_THAT(std::string(event.find("payload")->text_at("summary")), Not(HasSubstr("\n")));
  for (const std::string_view text : {event.text_at("dedup_key"), event.find("payload")->text_at("summary"),
                                      event.find("payload")->find("custom_details")->text_at("body")})
    EXPECT_TRUE(is_printable_text(text));
}

TEST_F(PagerDutyTest, SaysWhetherTryingAgainCanHelp) {
  EXPECT_EQ(error_for(400, R"({"status":"invalid event"})").code, ErrorCode::conflict);
  for (const int status : {429, 500}) {
    SenderWorld world;
    world.secrets["KEY"] = key;
    EXPECT_EQ(sent_when(make_pagerduty, channel_, world, url, {.status = status}).error().code,
              ErrorCode::unavailable);
  }
}

TEST_F(PagerDutyTest, IsUnavailableWhenNotReached) {
  EXPECT_EQ(send(waiting_request()).error().code, ErrorCode::unavailable);
}

TEST_F(PagerDutyTest, BelievesOnlyItsOwnWordThatTheEventWasTaken) {
  for (const char* body : {"", "null", "[]", "{}", R"({"status":"failure"})", "<html>", R"({"status":)"}) {
    SenderWorld world;
    world.secrets["KEY"] = key;
    const Result<void> sent = sent_when(make_pagerduty, channel_, world, url, {.status = 202, .body = body});
    ASSERT_FALSE(sent) << body;
    EXPECT_EQ(sent.error().code, ErrorCode::unavailable) << body;
  }
}

TEST_F(PagerDutyTest, KeepsItsKeyOutOfErrors) {
  EXPECT_THAT(all_of(error_for(400, "bad routing key " + key)), Not(HasSubstr(key)));
}

TEST_F(PagerDutyTest, SendsNothingWithoutItsKey) {
  world_.secrets.clear();
  EXPECT_EQ(send(waiting_request()).error().code, ErrorCode::not_found);
  EXPECT_TRUE(world_.client.sent.empty());
}

}  // namespace
}  // namespace postern::notify
