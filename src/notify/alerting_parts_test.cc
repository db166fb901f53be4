#include "notify/alerting_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/alerting_for_test.h"

namespace postern::notify {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using testing::HasSubstr;
using testing::Not;

const catalog::Channel channel{.provider = {.kind = "pagerduty", .settings = {{"key", secret_named("KEY")}}}};

TEST(AlertKey, IsWhatTheMessageIsAbout) { EXPECT_EQ(alert_key(waiting_request()), "R-7"); }

TEST(AlertKey, OfATestIsItsOwn) {
  Message another = quiet_test();
  another.id = "N-2-pager";
  EXPECT_EQ(alert_key(quiet_test()), "test/N-1-pager");
  EXPECT_NE(alert_key(quiet_test()), alert_key(another));
}

TEST(KeySetting, TakesAKeyAlone) {
  SenderWorld world;
  world.secrets["KEY"] = "R01ABC-x_y.z~+/=";
  EXPECT_EQ(key_setting(channel, world.world(), "key").value().reveal(), "R01ABC-x_y.z~+/=");
}

TEST(KeySetting, RefusesWhatWouldBreakAHeaderOrJsonAndDoesNotRepeatIt) {
  for (const std::string& key :
       {std::string("hush\n"), std::string("hush\",\"x\":\""), std::string("hush hush"),
        std::string("hush\0", 5), std::string(257, 'a'), std::string()}) {
    SenderWorld world;
    world.secrets["KEY"] = key;
    const Result<Secret> secret = key_setting(channel, world.world(), "key");
    ASSERT_FALSE(secret);
    EXPECT_EQ(secret.error().code, ErrorCode::invalid);
    EXPECT_THAT(all_of(secret.error()), Not(HasSubstr("hush")));
  }
}

TEST(KeySetting, SaysThatTheHostLacksIt) {
  SenderWorld world;
  const ErrorCode code = key_setting(channel, world.world(), "key").error().code;
  EXPECT_EQ(code, ErrorCode::not_found);
}

TEST(KeySetting, SaysThatTheCatalogNamesNone) {
  SenderWorld world;
  EXPECT_EQ(key_setting(channel, world.world(), "other").error().code, ErrorCode::invalid);
}

TEST(AlertPost, SendsNoKeyInClearText) {
  SenderWorld world;
  world.client.answer("http://alerts.example/", 200, "{}");
  Call call{.url = "http://alerts.example/", .body = "{}", .secret = Secret::copy_of("hush")};
  EXPECT_EQ(post(world.client, call).error().code, ErrorCode::invalid);
  EXPECT_TRUE(world.client.sent.empty());
}

TEST(AlertPost, KeepsNoKeyAfterwards) {
  SenderWorld world;
  world.client.answer("https://alerts.example/", 200, "{}");
  Call call{.url = "https://alerts.example/",
            .body = "hush",
            .headers = {{"authorization", "hush"}},
            .secret = Secret::copy_of("hush")};
  ASSERT_TRUE(post(world.client, call));
  EXPECT_TRUE(call.body.empty());
  EXPECT_TRUE(call.headers.empty());
}

TEST(AlertAnswer, SaysWhetherTryingAgainCanHelp) {
  const Call call{.url = "https://alerts.example/very/secret/path"};
  for (const int status : {408, 425, 429, 500, 502, 503, 504})
    EXPECT_EQ(judged({.status = status}, call).error().code, ErrorCode::unavailable) << status;
  for (const int status : {301, 302, 400, 401, 403, 404, 410, 413, 422})
    EXPECT_EQ(judged({.status = status}, call).error().code, ErrorCode::conflict) << status;
  for (const int status : {200, 201, 202, 204}) EXPECT_TRUE(judged({.status = status}, call)) << status;
}

TEST(AlertAnswer, OfACaptivePortalIsNoSuccess) {
  const Result<void> answer =
      judged({.status = 200, .body = "<html>Sign in</html>"}, {.url = "https://alerts.example/"});
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
}

TEST(AlertAnswer, NamesTheHostAloneAndIsOneHarmlessLine) {
  const Call call{.url = "https://alerts.example/very/secret/path"};
  const Error error = judged({.status = 400, .body = "no\r\n\x1b[31m" + hostile_megabyte()}, call).error();
  EXPECT_THAT(error.message, HasSubstr("alerts.example"));
  EXPECT_THAT(all_of(error), Not(HasSubstr("very/secret")));
  EXPECT_THAT(all_of(error), Not(testing::ContainsRegex("[\r\n\x1b]")));
  EXPECT_LT(all_of(error).size(), 500U);
}

TEST(AlertAnswer, IsNotRepeatedWhenItHoldsTheKey) {
  const Call call{.url = "https://alerts.example/", .secret = Secret::copy_of("hush")};
  EXPECT_THAT(all_of(judged({.status = 400, .body = "bad key hush"}, call).error()), Not(HasSubstr("hush")));
  EXPECT_THAT(all_of(judged({.status = 400, .body = "bad event"}, call).error()), HasSubstr("bad event"));
}

}  // namespace
}  // namespace postern::notify
