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

const std::string url = "https://api.opsgenie.com/v2/alerts";
const std::string close_url = url + "/R-7/close?identifierType=alias";
const std::string taken = R"({"result":"Request will be processed","took":0.1,"requestId":"r-1"})";
const std::string key = "0123abcd-genie";

class OpsgenieTest : public testing::Test {
 protected:
  void SetUp() override { world_.secrets["KEY"] = key; }
  Result<void> send(const Message& message) { return make_opsgenie(channel_, world_.world())->send(message); }
  Result<void> close() {
    Message message = waiting_request();
    message.is_over = true;
    return send(message);
  }

  SenderWorld world_;
  catalog::Channel channel_{.provider = {.kind = "opsgenie", .settings = {{"api_key", secret_named("KEY")}}}};
};

TEST_F(OpsgenieTest, MakesAnAlertUnderTheAliasOfWhatItIsAbout) {
  world_.client.answer(url, 202, taken);
  ASSERT_TRUE(send(waiting_request()));
  EXPECT_EQ(world_.client.sent[0].headers.at("authorization"), "GenieKey " + key);
  const json::Value alert = sent_json(world_);
  EXPECT_EQ(alert.text_at("alias"), "R-7");
  EXPECT_EQ(alert.text_at("message"), "R-7 waits for you");
  EXPECT_EQ(alert.text_at("priority"), "P1");
  EXPECT_THAT(std::string(alert.text_at("description")), HasSubstr("payments account.\nAnswer by"));
  EXPECT_EQ(alert.find("details")->text_at("link"), "https://postern.example.net/requests/R-7");
}

TEST_F(OpsgenieTest, ClosesTheAlertWhenItIsOver) {
  world_.client.answer(close_url, 202, taken);
  EXPECT_TRUE(close());
}

TEST_F(OpsgenieTest, HasNothingToCloseWhereThereIsNoAlert) {
  world_.client.answer(close_url, 404, R"({"message":"Alert is not found"})");
  EXPECT_TRUE(close());
}

TEST_F(OpsgenieTest, DoesNotTakeAMissingPageForAMissingAlert) {
  world_.client.answer(close_url, 404, "<html>no such page</html>");
  EXPECT_EQ(close().error().code, ErrorCode::unavailable);
}

TEST_F(OpsgenieTest, ClosesNothingElseThroughAnAlias) {
  Message message = waiting_request();
  message.is_over = true;
  message.about = "../x?y#z";
  world_.client.answer(url + "/..%2Fx%3Fy%23z/close?identifierType=alias", 202, taken);
  EXPECT_TRUE(send(message));
}

TEST_F(OpsgenieTest, LeavesNothingOpenBehindAQuietTest) {
  world_.client.answer(url, 202, taken);
  world_.client.answer(url + "/test%2FN-1-pager/close?identifierType=alias", 202, taken);
  ASSERT_TRUE(send(quiet_test()));
  ASSERT_EQ(world_.client.sent.size(), 2U);
  EXPECT_EQ(sent_json(world_).text_at("priority"), "P5");
  EXPECT_EQ(sent_json(world_).text_at("alias"), "test/N-1-pager");
  EXPECT_LE(world_.client.sent[0].deadline + world_.client.sent[1].deadline, send_deadline);
}

TEST_F(OpsgenieTest, IsAskedWhereTheCatalogSaysWithOrWithoutASlash) {
  channel_.provider.settings["url"] = "https://api.eu.opsgenie.com/";
  world_.client.answer("https://api.eu.opsgenie.com/v2/alerts", 202, taken);
  EXPECT_TRUE(send(waiting_request()));
}

TEST_F(OpsgenieTest, CutsATitleByCharactersAndNotByBytes) {
  world_.client.answer(url, 202, taken);
  Message message = waiting_request();
  message.title.clear();
  for (int i = 0; i < 60; ++i) message.title += "承";  // 180 bytes, and far fewer characters than 130
  ASSERT_TRUE(send(message));
  EXPECT_EQ(sent_json(world_, 0).text_at("message"), message.title);
  message.title = std::string(200, 'a');
  ASSERT_TRUE(send(message));
  EXPECT_EQ(sent_json(world_, 1).text_at("message"), std::string(129, 'a') + "…");
  message.title = std::string(130, 'a');
  ASSERT_TRUE(send(message));
  EXPECT_EQ(sent_json(world_, 2).text_at("message"), message.title);
}

TEST_F(OpsgenieTest, SendsNoMoreThanItTakesAndNothingThatHides) {
  world_.client.answer(url, 202, taken);
  Message message = waiting_request();
  message.title = hostile_megabyte();
  message.body = hostile_megabyte();
  message.about = hostile_megabyte();
  ASSERT_TRUE(send(message));
  const json::Value alert = sent_json(world_);
  EXPECT_LE(alert.text_at("alias").size(), 512U);
  EXPECT_LE(alert.text_at("description").size(), 15000U);
  EXPECT_THAT(std::string(alert.text_at("message")), Not(HasSubstr("\n")));
  for (const char* name : {"alias", "message", "description"})
    EXPECT_TRUE(is_printable_text(alert.text_at(name))) << name;
}

TEST_F(OpsgenieTest, SaysWhetherTryingAgainCanHelp) {
  for (const auto& [status, code] : std::vector<std::pair<int, ErrorCode>>{{401, ErrorCode::conflict},
                                                                           {422, ErrorCode::conflict},
                                                                           {429, ErrorCode::unavailable},
                                                                           {500, ErrorCode::unavailable}}) {
    SenderWorld world;
    world.secrets["KEY"] = key;
    EXPECT_EQ(sent_when(make_opsgenie, channel_, world, url, {.status = status}).error().code, code)
        << status;
  }
}

TEST_F(OpsgenieTest, IsUnavailableWhenSomebodyElseAnswers) {
  EXPECT_EQ(sent_when(make_opsgenie, channel_, world_, url, {.body = "<html>Sign in</html>"}).error().code,
            ErrorCode::unavailable);
}

TEST_F(OpsgenieTest, KeepsItsKeyOutOfErrors) {
  const Result<void> sent =
      sent_when(make_opsgenie, channel_, world_, url, {.status = 403, .body = "no key " + key});
  EXPECT_THAT(all_of(sent.error()), Not(HasSubstr(key)));
}

TEST_F(OpsgenieTest, SendsNothingWithoutItsKey) {
  world_.secrets.clear();
  EXPECT_EQ(send(waiting_request()).error().code, ErrorCode::not_found);
  EXPECT_TRUE(world_.client.sent.empty());
}

}  // namespace
}  // namespace postern::notify
