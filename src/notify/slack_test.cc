#include "notify/slack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/world_for_test.h"

namespace postern::notify {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using testing::HasSubstr;
using testing::Not;

TEST(SlackText, IsShownAsItWasWritten) {
  EXPECT_EQ(slack_text("a < b && b > c"), "a &lt; b &amp;&amp; b &gt; c");
  EXPECT_EQ(slack_text("&lt;"), "&amp;lt;");
  EXPECT_EQ(slack_text("承認 aiko@example.net"), "承認 aiko@example.net");
}

TEST(SlackText, CallsNobody) {
  EXPECT_EQ(slack_text("<!channel> <@U024BE7LH> <!subteam^S1>"),
            "&lt;!channel&gt; &lt;＠U024BE7LH&gt; &lt;!subteam^S1&gt;");
  for (const char* mention : {"@here", "x @channel", "(@all)", "\n@everyone", "承認@here"})
    EXPECT_THAT(slack_text(mention), Not(HasSubstr("@"))) << mention;
}

TEST(SlackText, HidesNoLinkBehindWords) {
  EXPECT_EQ(slack_text("<https://evil.example|https://good.example>"),
            "&lt;https://evil.example|https://good.example&gt;");
  EXPECT_EQ(slack_text("[https://good.example](https://evil.example)"),
            "[https://good.example] (https://evil.example)");
}

class SlackChannel : public testing::Test {
 protected:
  Result<void> send(const Message& message = waiting_request()) {
    return make_slack(channel_, world_.world())->send(message);
  }
  Error error_for(int status, const std::string& body) {
    SenderWorld world;
    world.secrets = world_.secrets;
    world.client.answer(url_, status, body);
    const Result<void> sent = make_slack(channel_, world.world())->send(waiting_request());
    EXPECT_FALSE(sent) << status;
    return sent ? Error{} : sent.error();
  }
  void SetUp() override { world_.secrets["SLACK"] = url_; }
  const std::string url_ = "https://hooks.slack.com/services/T000/B000/XXXX";
  SenderWorld world_;
  catalog::Channel channel_{.provider = {.kind = "slack", .settings = {{"webhook", secret_named("SLACK")}}}};
};

TEST_F(SlackChannel, PostsTitleBodyAndLink) {
  world_.client.answer(url_, 200, "ok");
  ASSERT_TRUE(send());
  const json::Value payload = json::parse(world_.client.sent.at(0).body).value();
  EXPECT_EQ(payload.text_at("text"),
            "R-7 waits for you\nBen asks for the payments account.\nAnswer by 03:14 "
            "UTC.\n\nhttps://postern.example.net/requests/R-7");
  EXPECT_EQ(*payload.find("unfurl_links"), json::Value(false)) << "only a person opens the link";
  EXPECT_EQ(*payload.find("mrkdwn"), json::Value(false));
}

TEST_F(SlackChannel, SendsNoMoreThanANoticeMayHold) {
  world_.client.answer(url_, 200, "ok");
  Message message = waiting_request();
  message.title = std::string(1'000'000, 't');
  message.body = std::string(1'000'000, '<');
  ASSERT_TRUE(send(message));
  EXPECT_LT(world_.client.sent.at(0).body.size(), 20'000U);
}

TEST_F(SlackChannel, TellsWhatMayPassFromWhatWillNot) {
  EXPECT_EQ(error_for(429, "rate_limited").code, ErrorCode::unavailable);
  EXPECT_EQ(error_for(500, "rollup_error").code, ErrorCode::unavailable);
  for (const auto& [status, word] : std::map<int, std::string>{{400, "invalid_payload"},
                                                               {403, "action_prohibited"},
                                                               {404, "no_service"},
                                                               {410, "channel_is_archived"}}) {
    const Error error = error_for(status, word);
    EXPECT_EQ(error.code, ErrorCode::conflict) << status;
    EXPECT_THAT(error.message, HasSubstr(word));
    EXPECT_THAT(error.message, HasSubstr("hooks.slack.com"));
  }
}

TEST_F(SlackChannel, NeverRepeatsItsAddress) {
  for (const int status : {404, 503}) {
    const Error error = error_for(status, "The requested URL /services/T000/B000/XXXX was not found");
    EXPECT_THAT(error.message + error.detail, Not(HasSubstr("XXXX")));
  }
}

TEST_F(SlackChannel, SendsItsAddressNowhereInTheClear) {
  for (const char* url : {"http://hooks.slack.com/services/XXXX", "ftp://hooks.slack.com/XXXX", "XXXX",
                          "https://", "http://127.0.0.1.example.net/XXXX", "file:///XXXX"}) {
    world_.secrets["SLACK"] = url;
    world_.client.answer(url, 200, "ok");
    const Result<void> sent = send();
    ASSERT_FALSE(sent) << url;
    EXPECT_EQ(sent.error().code, ErrorCode::invalid) << url;
    EXPECT_THAT(sent.error().message, Not(HasSubstr("XXXX")));
  }
  EXPECT_TRUE(world_.client.sent.empty());
  for (const char* url : {"http://127.0.0.1:8065/hooks/x", "http://localhost/x", "http://[::1]:80/x"}) {
    world_.secrets["SLACK"] = url;
    world_.client.answer(url, 200, "ok");
    EXPECT_TRUE(send()) << url;
  }
}

TEST_F(SlackChannel, SaysWhichSecretIsMissing) {
  world_.secrets.clear();
  EXPECT_EQ(send().error().code, ErrorCode::not_found);
  EXPECT_THAT(send().error().message, HasSubstr("SLACK"));
  channel_.provider.settings.clear();
  EXPECT_EQ(send().error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace postern::notify
