#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client.h"
#include "notify/alerting.h"
#include "notify/alerting_for_test.h"

namespace postern::notify {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string url = "https://sns.eu-west-1.amazonaws.com/";
const std::string published =
    "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>";

class SnsChannel : public testing::Test {
 protected:
  World world() {
    World out = world_.world();
    out.aws_credentials = [this] { return credentials_; };
    return out;
  }
  Result<void> publish(const Message& message) { return make_sns(topic_, world())->send(message); }
  Result<void> text(const Message& message) { return make_sms(telephone_, world())->send(message); }
  const std::string& sent() { return world_.client.sent.at(0).body; }

  SenderWorld world_;
  Result<aws::Credentials> credentials_ =
      aws::Credentials{.access_key_id = "ASIAEXAMPLE", .secret_access_key = Secret::copy_of("the-secret")};
  catalog::Channel topic_{
      .provider = {.kind = "sns", .settings = {{"topic", "arn:aws:sns:eu-west-1:200000000001:soc"}}}};
  catalog::Channel telephone_{
      .provider = {.kind = "sms", .settings = {{"region", "eu-west-1"}, {"sender", "Postern"}}}};
};

TEST_F(SnsChannel, PublishesInTheTopicsRegion) {
  world_.client.answer(url, 200, published);
  ASSERT_TRUE(publish(waiting_request()));
  EXPECT_THAT(sent(),
              AllOf(HasSubstr("&Subject=R-7%20waits%20for%20you&Message=R-7%20waits%20for%20you%0A%0A"),
                    HasSubstr(http::percent_encoded("requests/R-7")),
                    HasSubstr("StringValue=request.waiting"), HasSubstr("StringValue=R-7")));
}

TEST_F(SnsChannel, PublishesWhereTheCatalogSays) {
  topic_.provider.settings["region"] = "eu-central-1";
  world_.client.answer("https://sns.eu-central-1.amazonaws.com/", 200, published);
  EXPECT_TRUE(publish(waiting_request()));
}

TEST_F(SnsChannel, PutsATitleThatIsNoSubjectIntoTheMessageAlone) {
  world_.client.answer(url, 200, published);
  Message message = waiting_request();
  message.title = "承認";
  ASSERT_TRUE(publish(message));
  EXPECT_THAT(sent(),
              AllOf(Not(HasSubstr("Subject=")), HasSubstr("Message=" + http::percent_encoded("承認"))));
}

TEST_F(SnsChannel, PublishesNoMoreThanANoticeAndNothingThatHides) {
  world_.client.answer(url, 200, published);
  Message message = waiting_request();
  message.title = hostile_megabyte();
  message.body = hostile_megabyte();
  ASSERT_TRUE(publish(message));
  EXPECT_LT(sent().size(), 3 * 8000U);
  EXPECT_THAT(sent(), AllOf(Not(HasSubstr("Subject=")), Not(HasSubstr("%1B")), Not(HasSubstr("%0D")),
                            Not(HasSubstr("%E2%80%AE")), Not(HasSubstr("%FF"))));
}

TEST_F(SnsChannel, TextsTitleAndLinkToOneTelephone) {
  world_.client.answer(url, 200, published);
  Message message = waiting_request();
  message.to[0].phone = "+81 90-1234-5678";
  ASSERT_TRUE(text(message));
  EXPECT_THAT(sent(), AllOf(HasSubstr("PhoneNumber=%2B819012345678&Message=R-7%20waits%20for%20you%0Ahttps"),
                            HasSubstr("StringValue=Postern"), Not(HasSubstr("payments"))));
}

TEST_F(SnsChannel, TextsNobodyInPlaceOfSomebodyElse) {
  Message several = waiting_request();
  several.to.push_back(several.to[0]);
  Message none = waiting_request();
  none.to.clear();
  Message without = waiting_request();
  without.to[0].phone = "";
  for (const Message& each : {several, none, without}) EXPECT_EQ(text(each).error().code, ErrorCode::invalid);
  EXPECT_THAT(text(without).error().message, HasSubstr("aiko"));
  EXPECT_TRUE(world_.client.sent.empty());
}

TEST_F(SnsChannel, SendsNothingWithoutCredentials) {
  credentials_ = fail(ErrorCode::not_found, "There are no credentials.");
  EXPECT_EQ(publish(waiting_request()).error().code, ErrorCode::not_found);
  EXPECT_EQ(text(waiting_request()).error().code, ErrorCode::not_found);
  EXPECT_EQ(make_sns(topic_, world_.world())->send(waiting_request()).error().code, ErrorCode::invalid);
  EXPECT_TRUE(world_.client.sent.empty());
}

TEST_F(SnsChannel, SaysThatItMayPass) {
  EXPECT_EQ(publish(waiting_request()).error().code, ErrorCode::unavailable);
  EXPECT_EQ(text(waiting_request()).error().code, ErrorCode::unavailable);
}

TEST_F(SnsChannel, TakesNoLongerThanItMay) {
  world_.client.answer(url, 200, published);
  ASSERT_TRUE(publish(waiting_request()));
  EXPECT_LE(world_.client.sent[0].deadline, send_deadline);
}

}  // namespace
}  // namespace postern::notify
