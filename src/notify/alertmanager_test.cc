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

const std::string url = "http://alertmanager.example:9093/api/v2/alerts";

class AlertmanagerTest : public testing::Test {
 protected:
  Result<void> send(const Message& message) {
    return make_alertmanager(channel_, world_.world())->send(message);
  }
  /// The alerts that the n-th request held.
  json::Array alerts(std::size_t n = 0) { return *sent_json(world_, n).as_array(); }
  static Instant end_of(const json::Value& alert) { return parse_rfc3339(alert.text_at("endsAt")).value(); }

  SenderWorld world_;
  const Instant now_ = world_.clock.wall();
  catalog::Channel channel_{
      .provider = {.kind = "alertmanager", .settings = {{"url", "http://alertmanager.example:9093/"}}}};
};

TEST_F(AlertmanagerTest, RaisesOneAlert) {
  world_.client.answer(url, 200, "");
  ASSERT_TRUE(send(waiting_request()));
  ASSERT_EQ(alerts().size(), 1U);
  const json::Value alert = alerts()[0];
  const json::Object labels{{"alertname", "Postern"}, {"about", "R-7"}, {"severity", "critical"}};
  EXPECT_EQ(*alert.find("labels"), json::Value(labels));
  EXPECT_EQ(alert.find("annotations")->text_at("title"), "R-7 waits for you");
  EXPECT_EQ(alert.find("annotations")->text_at("kind"), "request.waiting");
  EXPECT_EQ(alert.text_at("generatorURL"), "https://postern.example.net/requests/R-7");
  EXPECT_EQ(alert.text_at("startsAt"), "2026-11-23T03:04:05.000Z");
}

TEST_F(AlertmanagerTest, KeepsAnAlertUpBeyondResolveTimeout) {
  world_.client.answer(url, 200, "");
  ASSERT_TRUE(send(waiting_request()));
  EXPECT_GE(end_of(alerts()[0]), now_ + std::chrono::hours(12));
}

TEST_F(AlertmanagerTest, IsOneAlertWhateverHappensNext) {
  world_.client.answer(url, 200, "");
  Message message = waiting_request();
  ASSERT_TRUE(send(message));
  message.kind = "request.escalated";
  message.title = "R-7 was escalated";
  ASSERT_TRUE(send(message));
  EXPECT_EQ(*alerts(0)[0].find("labels"), *alerts(1)[0].find("labels"));
}

TEST_F(AlertmanagerTest, EndsWhatWasRaisedWithAnyUrgency) {
  world_.client.answer(url, 200, "");
  Message over = waiting_request();
  over.is_over = true;
  over.urgency = Urgency::quiet;
  ASSERT_TRUE(send(over));
  for (const Urgency urgency : {Urgency::quiet, Urgency::normal, Urgency::urgent}) {
    Message raised = waiting_request();
    raised.urgency = urgency;
    ASSERT_TRUE(send(raised));
    const json::Value labels = *alerts(world_.client.sent.size() - 1)[0].find("labels");
    int ended = 0;
    for (const json::Value& each : alerts(0)) ended += *each.find("labels") == labels ? 1 : 0;
    EXPECT_EQ(ended, 1);
  }
}

// Alertmanager 0.25.0 leaves an alert up whose end is two seconds ahead of its clock.
TEST_F(AlertmanagerTest, EndsThemAlsoWhereAlertmanagersClockIsBehindOurs) {
  world_.client.answer(url, 200, "");
  Message over = waiting_request();
  over.is_over = true;
  ASSERT_TRUE(send(over));
  for (const json::Value& each : alerts()) {
    EXPECT_LE(end_of(each), now_ - std::chrono::seconds(30));
    EXPECT_EQ(each.find("startsAt"), nullptr);  // a beginning after the end is refused
  }
}

TEST_F(AlertmanagerTest, NeverBeginsAfterItsEnd) {
  world_.client.answer(url, 200, "");
  Message message = waiting_request();
  message.at = now_ + std::chrono::hours(48);
  ASSERT_TRUE(send(message));
  EXPECT_LT(parse_rfc3339(alerts()[0].text_at("startsAt")).value(), end_of(alerts()[0]));
}

TEST_F(AlertmanagerTest, LetsAQuietTestEndByItselfButNotBeforeItIsSeen) {
  world_.client.answer(url, 200, "");
  ASSERT_TRUE(send(quiet_test()));
  ASSERT_EQ(alerts().size(), 1U);
  EXPECT_EQ(alerts()[0].find("labels")->text_at("severity"), "info");
  EXPECT_GE(end_of(alerts()[0]), now_ + std::chrono::minutes(1));
  EXPECT_LE(end_of(alerts()[0]), now_ + std::chrono::minutes(10));
}

TEST_F(AlertmanagerTest, SendsNoLinkWhereThereIsNone) {
  world_.client.answer(url, 200, "");
  Message message = waiting_request();
  message.link = "";
  ASSERT_TRUE(send(message));
  EXPECT_EQ(alerts()[0].find("generatorURL"), nullptr);
}

TEST_F(AlertmanagerTest, SendsLittleAndNothingThatHides) {
  world_.client.answer(url, 200, "");
  Message message = waiting_request();
  message.title = hostile_megabyte();
  message.body = hostile_megabyte();
  message.about = hostile_megabyte();
  ASSERT_TRUE(send(message));
  EXPECT_LT(world_.client.sent[0].body.size(), 20000U);
  const json::Value alert = alerts()[0];
  EXPECT_THAT(std::string(alert.find("annotations")->text_at("title")), Not(HasSubstr("\n")));
  for (const std::string_view text :
       {alert.find("labels")->text_at("about"), alert.find("annotations")->text_at("title"),
        alert.find("annotations")->text_at("description")})
    EXPECT_TRUE(is_printable_text(text));
}

TEST_F(AlertmanagerTest, SaysWhetherTryingAgainCanHelp) {
  for (const auto& [status, code] : std::vector<std::pair<int, ErrorCode>>{{400, ErrorCode::conflict},
                                                                           {404, ErrorCode::conflict},
                                                                           {422, ErrorCode::conflict},
                                                                           {429, ErrorCode::unavailable},
                                                                           {500, ErrorCode::unavailable}}) {
    SenderWorld world;
    EXPECT_EQ(sent_when(make_alertmanager, channel_, world, url, {.status = status}).error().code, code)
        << status;
  }
}

TEST_F(AlertmanagerTest, IsUnavailableWhenNotReached) {
  EXPECT_EQ(send(waiting_request()).error().code, ErrorCode::unavailable);
}

TEST_F(AlertmanagerTest, IsUnavailableWhenSomebodyElseAnswers) {
  EXPECT_EQ(
      sent_when(make_alertmanager, channel_, world_, url, {.body = "<html>Sign in</html>"}).error().code,
      ErrorCode::unavailable);
}

}  // namespace
}  // namespace postern::notify
