#include "aws/sns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/scripted_client.h"

namespace postern::aws {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string url = "https://sns.eu-west-1.amazonaws.com/";
const TopicMessage to_topic{.topic_arn = "arn:aws:sns:eu-west-1:200000000001:soc",
                            .subject = "R-7 waits",
                            .message = "one & two",
                            .attributes = {{"kind", "request.waiting"}, {"about", "R-7"}}};
const TextMessage to_telephone{
    .phone_number = "+819012345678", .message = "R-7 waits", .sender_id = "Postern"};

std::string refusal(const std::string& code, const std::string& message = "own words") {
  return "<ErrorResponse xmlns='http://sns.amazonaws.com/doc/2010-03-31/'><Error><Type>Sender</Type><Code>" +
         code + "</Code><Message>" + message + "</Message></Error><RequestId>r-1</RequestId></ErrorResponse>";
}

std::string answer(const std::string& result = "<MessageId>m-1</MessageId>") {
  return "<PublishResponse xmlns='http://sns.amazonaws.com/doc/2010-03-31/'><PublishResult>" + result +
         "</PublishResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></PublishResponse>";
}

class SnsTest : public testing::Test {
 protected:
  template <class M>
  Result<std::string> publish(const M& message) {
    return Sns({.region = "eu-west-1"}, client_, clock_).publish(message, credentials_);
  }
  template <class M>
  Error refused(const M& message, int status, const std::string& body) {
    client_.answer(url, status, body);
    return publish(message).error();
  }

  ScriptedClient client_;
  StoppedClock clock_{parse_rfc3339("2026-11-23T03:04:05Z").value()};
  Credentials credentials_{.access_key_id = "ASIAEXAMPLE",
                           .secret_access_key = Secret::copy_of("the-secret"),
                           .session_token = Secret::copy_of("the-token")};
};

TEST_F(SnsTest, PublishesToATopic) {
  client_.answer(url, 200, answer());
  EXPECT_EQ(publish(to_topic).value(), "m-1");
  EXPECT_EQ(client_.sent.front().body,
            "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A200000000001%3Asoc"
            "&Subject=R-7%20waits&Message=one%20%26%20two"
            "&MessageAttributes.entry.1.Name=kind&MessageAttributes.entry.1.Value.DataType=String"
            "&MessageAttributes.entry.1.Value.StringValue=request.waiting"
            "&MessageAttributes.entry.2.Name=about&MessageAttributes.entry.2.Value.DataType=String"
            "&MessageAttributes.entry.2.Value.StringValue=R-7");
  EXPECT_THAT(client_.sent.front().headers.at("authorization"), HasSubstr("/eu-west-1/sns/aws4_request"));
}

TEST_F(SnsTest, LeavesOutWhatIsEmpty) {
  client_.answer(url, 200, answer());
  TopicMessage message = to_topic;
  message.subject = "";
  message.attributes[0].second = "";
  ASSERT_TRUE(publish(message));
  EXPECT_THAT(client_.sent.front().body, AllOf(Not(HasSubstr("Subject")), Not(HasSubstr("kind")),
                                               HasSubstr("entry.1.Name=about"), Not(HasSubstr("entry.2"))));
}

TEST_F(SnsTest, SendsATextMessageAsTransactional) {
  client_.answer(url, 200, answer());
  EXPECT_TRUE(publish(to_telephone));
  EXPECT_THAT(client_.sent.front().body,
              AllOf(HasSubstr("PhoneNumber=%2B819012345678&Message=R-7%20waits"),
                    HasSubstr("Name=AWS.SNS.SMS.SMSType"), HasSubstr("StringValue=Transactional"),
                    HasSubstr("Name=AWS.SNS.SMS.SenderID"), HasSubstr("StringValue=Postern")));
}

TEST_F(SnsTest, NamesNoSenderWithoutOne) {
  client_.answer(url, 200, answer());
  TextMessage message = to_telephone;
  message.sender_id = "";
  ASSERT_TRUE(publish(message));
  EXPECT_THAT(client_.sent.front().body, Not(HasSubstr("SenderID")));
}

TEST_F(SnsTest, SendsNothingThatSnsWouldNotTake) {
  TopicMessage empty = to_topic;
  empty.message = "";
  TopicMessage large = to_topic;
  large.message = std::string(262145, 'a');
  TopicMessage subject = to_topic;
  subject.subject = "two\nlines";
  for (const TopicMessage& each : {empty, large, subject})
    EXPECT_EQ(publish(each).error().code, ErrorCode::invalid);
  TextMessage number = to_telephone;
  number.phone_number = "090-1234-5678";
  TextMessage sender = to_telephone;
  sender.sender_id = "a sender";
  TextMessage megabyte = to_telephone;
  megabyte.message = std::string(1U << 20U, 'a');
  for (const TextMessage& each : {number, sender, megabyte})
    EXPECT_EQ(publish(each).error().code, ErrorCode::invalid);
  EXPECT_TRUE(client_.sent.empty());
}

TEST_F(SnsTest, IsUnavailableWhileItMayPass) {
  for (const auto& [status, body] :
       std::vector<std::pair<int, std::string>>{{500, refusal("InternalError")},
                                                {503, refusal("ServiceUnavailable")},
                                                {429, refusal("Throttled")},
                                                {400, refusal("Throttling")},
                                                {400, refusal("KMSThrottling")},
                                                {200, "<html>Sign in</html>"},
                                                {200, "{\"MessageId\":\"m\"}"},
                                                {200, answer("")}}) {
    ScriptedClient client;
    client.answer(url, status, body);
    const Result<std::string> id =
        Sns({.region = "eu-west-1"}, client, clock_).publish(to_topic, credentials_);
    ASSERT_FALSE(id) << body;
    EXPECT_EQ(id.error().code, ErrorCode::unavailable) << body;
  }
}

TEST_F(SnsTest, SaysThatTheTopicDoesNotExist) {
  const Error error = refused(to_topic, 404, refusal("NotFound", "Topic does not exist"));
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_THAT(error.message, HasSubstr("200000000001:soc"));
}

TEST_F(SnsTest, SaysWhoMayNot) {
  EXPECT_EQ(refused(to_topic, 403, refusal("AuthorizationError")).code, ErrorCode::forbidden);
}

TEST_F(SnsTest, SaysThatTheTopicsKeyIsInTheWay) {
  const Error error = refused(to_topic, 400, refusal("KMSDisabled"));
  EXPECT_EQ(error.code, ErrorCode::forbidden);
  EXPECT_THAT(error.message, HasSubstr("encryption key"));
}

TEST_F(SnsTest, NamesNoTelephoneNumberInErrors) {
  const Error error =
      refused(to_telephone, 400,
              refusal("InvalidParameter", "PhoneNumber Reason: +819012345678 is not valid: +819012345678"));
  EXPECT_EQ(error.code, ErrorCode::invalid);
  EXPECT_THAT(error.message + error.detail, AllOf(Not(HasSubstr("9012345678")), HasSubstr("not valid")));
  TextMessage wrong = to_telephone;
  wrong.phone_number = "09087654321";
  EXPECT_THAT(publish(wrong).error().message, Not(HasSubstr("87654321")));
}

TEST_F(SnsTest, KeepsSecretsOutOfErrors) {
  const Error error = refused(to_topic, 403, refusal("SignatureDoesNotMatch", "wrong the-token the-secret"));
  EXPECT_THAT(error.message + error.detail, AllOf(Not(HasSubstr("the-token")), Not(HasSubstr("the-secret"))));
}

TEST(SnsSubject, IsShortAsciiOnOneLine) {
  EXPECT_TRUE(is_subject("R-7 waits"));
  EXPECT_TRUE(is_subject(std::string(100, 'a')));
  for (const std::string& text : {std::string(), std::string(101, 'a'), std::string(" a"),
                                  std::string("a\nb"), std::string("a\x7f"), std::string("承認")})
    EXPECT_FALSE(is_subject(text)) << text;
}

TEST(SnsPhoneNumber, IsInternational) {
  EXPECT_TRUE(is_phone_number("+819012345678"));
  EXPECT_TRUE(is_phone_number("+123456789012345"));
  for (const char* text :
       {"", "+", "819012345678", "+0819012345", "+81901a45678", "+123456", "+1234567890123456"})
    EXPECT_FALSE(is_phone_number(text)) << text;
}

TEST(SnsSenderId, HasALetterAndNoMoreThanElevenCharacters) {
  EXPECT_TRUE(is_sender_id("Postern1"));
  for (const char* text : {"", "12345", "Postern Alert", "PosternAlert", "非常口"})
    EXPECT_FALSE(is_sender_id(text));
}

}  // namespace
}  // namespace postern::aws
