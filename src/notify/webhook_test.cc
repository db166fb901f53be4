#include "notify/webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/world_for_test.h"

namespace postern::notify {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using testing::HasSubstr;
using testing::Not;

// The vector of the reference libraries (standard-webhooks/standard-webhooks, libraries/*; from svix).
const Secret vector_secret = Secret::copy_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
const std::string vector_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const Instant vector_time{seconds(1614265330)};
const std::string vector_body = "{\"test\": 2432232314}";
const std::string vector_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

http::Headers signed_headers() {
  return {{"webhook-id", vector_id},
          {"webhook-timestamp", "1614265330"},
          {"webhook-signature", vector_signature}};
}
ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode::internal : result.error().code; }

TEST(WebhookSignature, IsTheOneOfStandardWebhooks) {
  EXPECT_EQ(sign(vector_id, vector_time, vector_body, vector_secret).value(), vector_signature);
  EXPECT_TRUE(verify_webhook(signed_headers(), vector_body, vector_secret, vector_time));
}

TEST(WebhookSignature, IsRefusedWhenAnythingThatWasSignedIsChanged) {
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"webhook-id", "msg_other"},
           {"webhook-timestamp", "1614265331"},
           {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF="}}) {
    http::Headers headers = signed_headers();
    headers[name] = value;
    EXPECT_EQ(code_of(verify_webhook(headers, vector_body, vector_secret, vector_time)),
              ErrorCode::unauthenticated)
        << name;
    headers.erase(name);
    EXPECT_EQ(code_of(verify_webhook(headers, vector_body, vector_secret, vector_time)),
              ErrorCode::unauthenticated)
        << name;
  }
  EXPECT_FALSE(verify_webhook(signed_headers(), "{\"test\": 2432232315}", vector_secret, vector_time));
  const Secret other = Secret::copy_of("another secret of 24 bytes or more");
  EXPECT_FALSE(verify_webhook(signed_headers(), vector_body, other, vector_time));
}

TEST(WebhookSignature, IsGoodForFiveMinutesBothWays) {
  for (const int off : {-300, 0, 300})
    EXPECT_TRUE(verify_webhook(signed_headers(), vector_body, vector_secret, vector_time + seconds(off)));
  for (const int off : {-301, 301}) {
    const Result<void> late =
        verify_webhook(signed_headers(), vector_body, vector_secret, vector_time + seconds(off));
    ASSERT_FALSE(late) << off;
    EXPECT_THAT(late.error().message, HasSubstr("clocks"));
  }
}

TEST(WebhookSignature, MayBeOneOfSeveral) {
  http::Headers headers = signed_headers();
  for (const std::string& value :
       {"v1,bm8= " + vector_signature, vector_signature + " v1,bm8=", "v1a,bm8= v2,x  " + vector_signature}) {
    headers["webhook-signature"] = value;
    EXPECT_TRUE(verify_webhook(headers, vector_body, vector_secret, vector_time)) << value;
  }
  for (const std::string& value : {std::string(), std::string(" "), std::string("v1,"),
                                   vector_signature.substr(3), "v1a" + vector_signature.substr(2),
                                   vector_signature + ",x", std::string(5000, ' ') + vector_signature}) {
    headers["webhook-signature"] = value;
    EXPECT_FALSE(verify_webhook(headers, vector_body, vector_secret, vector_time)) << value;
  }
}

TEST(WebhookSignature, TakesNoTimeThatIsNotInDigits) {
  for (const char* value : {"", "-1614265330", "+1614265330", " 1614265330", "1614265330.0", "0x60378CB2",
                            "99999999999999999999"}) {
    http::Headers headers = signed_headers();
    headers["webhook-timestamp"] = value;
    EXPECT_FALSE(verify_webhook(headers, vector_body, vector_secret, vector_time)) << value;
  }
}

TEST(WebhookSignature, CannotBeReadAsAnotherMessage) {
  // "a.1614265330.7.b" would be the id "a", or the id "a.1614265330" sent at 7.
  EXPECT_EQ(sign("a.1614265330", Instant(seconds(7)), "b", vector_secret).error().code, ErrorCode::invalid);
  const std::string once = sign("a", vector_time, "7.b", vector_secret).value();
  const http::Headers twice = {
      {"webhook-id", "a.1614265330"}, {"webhook-timestamp", "7"}, {"webhook-signature", once}};
  EXPECT_FALSE(verify_webhook(twice, "b", vector_secret, Instant(seconds(7))));
}

TEST(WebhookSignature, NeedsASecretOf24To64Bytes) {
  for (const std::string& good :
       {std::string(24, 'k'), std::string(64, 'k'), std::string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")})
    EXPECT_TRUE(sign("a", vector_time, "", Secret::copy_of(good))) << good;
  for (const std::string& bad :
       {std::string(), std::string("whsec_"), std::string(23, 'k'), std::string(65, 'k'),
        std::string("whsec_c2hvcnQ="), std::string("whsec_!!!not base64 at all!!!!!!!")}) {
    const Result<std::string> none = sign("a", vector_time, "", Secret::copy_of(bad));
    ASSERT_FALSE(none) << bad;
    EXPECT_EQ(none.error().code, ErrorCode::invalid);
    EXPECT_TRUE(bad.size() <= 6 || none.error().message.find(bad) == std::string::npos) << bad;
    EXPECT_EQ(code_of(verify_webhook(signed_headers(), vector_body, Secret::copy_of(bad), vector_time)),
              ErrorCode::invalid);
  }
}

class WebhookChannel : public testing::Test {
 protected:
  Result<void> send(const Message& message = waiting_request()) {
    return make_webhook(channel_, world_.world())->send(message);
  }
  Result<void> send_and_get(int status, const std::string& body) {
    SenderWorld world;
    world.secrets = world_.secrets;
    world.client.answer(url_, status, body);
    return make_webhook(channel_, world.world())->send(waiting_request());
  }
  json::Value event() { return json::parse(world_.client.sent.at(0).body).value(); }
  const std::string url_ = "https://hooks.example.net/in?token=in-the-url";
  SenderWorld world_;
  catalog::Channel channel_{
      .provider = {.kind = "webhook", .settings = {{"url", url_}, {"secret", secret_named("HOOK")}}}};
};

TEST_F(WebhookChannel, PostsACloudEventThatIsSigned) {
  world_.secrets["HOOK"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  world_.client.answer(url_, 204, "");
  ASSERT_TRUE(send());
  const http::Outgoing& sent = world_.client.sent.at(0);
  EXPECT_EQ(sent.method, "POST");
  EXPECT_THAT(sent.headers.at("content-type"), HasSubstr("application/cloudevents+json"));
  EXPECT_TRUE(verify_webhook(sent.headers, sent.body, vector_secret, world_.clock.wall()));
  EXPECT_EQ(event().text_at("specversion"), "1.0");
  EXPECT_EQ(event().text_at("id"), "N-12-mail-aiko");
  EXPECT_EQ(sent.headers.at("webhook-id"), "N-12-mail-aiko");
  EXPECT_EQ(event().text_at("source"), "postern");
  EXPECT_EQ(event().text_at("type"), "postern.request.waiting");
  EXPECT_EQ(event().text_at("subject"), "R-7");
  EXPECT_EQ(event().text_at("time"), "2026-11-23T03:04:05.000Z");
  const json::Value data = *event().find("data");
  EXPECT_EQ(data.text_at("title"), "R-7 waits for you");
  EXPECT_EQ(data.text_at("process"), "payments");
}

TEST_F(WebhookChannel, GivesAwayNeitherMailAddressesNorPhoneNumbers) {
  world_.secrets["HOOK"] = std::string(32, 'k');
  world_.client.answer(url_, 200, "");
  ASSERT_TRUE(send());
  const std::string& body = world_.client.sent.at(0).body;
  EXPECT_THAT(body, HasSubstr("\"recipients\":[\"aiko\"]"));
  EXPECT_THAT(body, Not(HasSubstr("aiko@example.net")));
  EXPECT_THAT(body, Not(HasSubstr("+8190")));
}

TEST_F(WebhookChannel, NeedsNoSecretAndNoSubject) {
  channel_.provider.settings.erase("secret");
  world_.client.answer(url_, 200, "");
  Message message = waiting_request();
  message.about = "";
  message.id = "N-12-hook-aiko.tanaka";
  ASSERT_TRUE(send(message));
  EXPECT_FALSE(world_.client.sent.at(0).headers.contains("webhook-signature"));
  EXPECT_EQ(world_.client.sent.at(0).headers.at("webhook-id"), "N-12-hook-aiko~tanaka");
  EXPECT_EQ(event().find("subject"), nullptr) << "CloudEvents has no empty subject";
}

TEST_F(WebhookChannel, TellsWhatMayPassFromWhatWillNot) {
  world_.secrets["HOOK"] = std::string(32, 'k');
  for (const int status : {200, 202, 204, 299}) {
    EXPECT_TRUE(send_and_get(status, "")) << status;
  }
  for (const auto& [status, code] : std::map<int, ErrorCode>{{408, ErrorCode::unavailable},
                                                             {425, ErrorCode::unavailable},
                                                             {429, ErrorCode::unavailable},
                                                             {500, ErrorCode::unavailable},
                                                             {503, ErrorCode::unavailable},
                                                             {301, ErrorCode::conflict},
                                                             {400, ErrorCode::conflict},
                                                             {401, ErrorCode::conflict},
                                                             {404, ErrorCode::conflict},
                                                             {410, ErrorCode::conflict}}) {
    const Result<void> sent = send_and_get(status, "token=in-the-url");
    ASSERT_FALSE(sent) << status;
    EXPECT_EQ(sent.error().code, code) << status;
    EXPECT_THAT(sent.error().message, HasSubstr("hooks.example.net"));
    EXPECT_THAT(sent.error().message, Not(HasSubstr("in-the-url")));
  }
  world_.client.be_unreachable(url_);
  EXPECT_EQ(code_of(send()), ErrorCode::unavailable);
}

TEST_F(WebhookChannel, SendsNothingUnsignedWhenItsSecretIsNotThere) {
  world_.client.answer(url_, 200, "");
  EXPECT_EQ(code_of(send()), ErrorCode::not_found);
  world_.secrets["HOOK"] = "short";
  EXPECT_EQ(code_of(send()), ErrorCode::invalid);
  EXPECT_TRUE(world_.client.sent.empty());
}

}  // namespace
}  // namespace postern::notify
