#include "notify/sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/sender_parts.h"
#include "notify/world_for_test.h"

namespace postern::notify {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using testing::HasSubstr;

TEST(Sender, IsThereForEveryKindAndSaysWhatTheChannelLacks) {
  SenderWorld world;
  for (const char* kind :
       {"smtp", "webhook", "slack", "command", "pagerduty", "opsgenie", "alertmanager", "sns", "sms"}) {
    const std::unique_ptr<Sender> sender = make_sender({.provider = {.kind = kind}}, world.world());
    ASSERT_NE(sender, nullptr) << kind;
    const Result<void> sent = sender->send(waiting_request());
    ASSERT_FALSE(sent) << kind;
    EXPECT_THAT(sent.error().message, testing::Not(HasSubstr("knows no channels"))) << kind;
  }
}

TEST(Sender, OfAKindFromALaterVersionFailsForGood) {
  SenderWorld world;
  const Result<void> sent =
      make_sender({.provider = {.kind = "pigeon"}}, world.world())->send(waiting_request());
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::invalid);
  EXPECT_THAT(sent.error().message, HasSubstr("pigeon"));
}

TEST(SenderParts, CutTextBetweenCharacters) {
  EXPECT_EQ(on_one_line("承認\n待ち", 100), "承認\xef\xbf\xbd待ち");
  EXPECT_EQ(on_one_line("承認待ち", 9), "承認…");
  EXPECT_EQ(on_many_lines("a\nb", 100), "a\nb");
  EXPECT_EQ(on_many_lines(std::string(1'000'000, 'x'), 10), "xxxxxxx…");
}

TEST(SenderParts, NameTheLinkOnce) {
  Message message = waiting_request();
  message.body = "Read on: " + message.link + "\n";
  EXPECT_EQ(body_with_link(message), message.body);
  message.body = "";
  EXPECT_EQ(body_with_link(message), message.link);
}

}  // namespace
}  // namespace postern::notify
