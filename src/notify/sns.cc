#include "aws/sns.h"

#include "notify/alerting.h"
#include "notify/sender_parts.h"
#include "notify/text_message.h"

namespace postern::notify {
namespace {

/// "eu-west-1" of arn:aws:sns:eu-west-1:123456789012:soc. A topic is published to in its own Region.
std::string region_of(std::string_view arn) {
  for (int colons = 0; colons < 3; ++colons) {
    const std::size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return "";
    arn.remove_prefix(colon + 1);
  }
  return std::string(arn.substr(0, arn.find(':')));
}

aws::Sns sns_in(const std::string& region, const World& world) {
  return {{.region = region, .endpoint_url = world.sns_endpoint, .deadline = send_deadline},
          world.client,
          world.clock};
}

Result<aws::Credentials> credentials_of(const World& world) {
  if (!world.aws_credentials)
    return fail(ErrorCode::invalid,
                "This server has no AWS credentials. Give it some, or use another channel.");
  return world.aws_credentials();
}

/// Everything, for any subscriber: one by mail may see no subject, and one by HTTP reads the message alone.
std::string whole_text(const Message& message) {
  return on_one_line(message.title, title_bytes_max) + "\n\n" + body_with_link(message);
}

class Topic : public Sender {
 public:
  Topic(const catalog::Channel& channel, World world)
      : topic_(text_setting(channel, "topic")),
        region_(text_setting(channel, "region")),
        world_(std::move(world)) {
    if (region_.empty()) region_ = region_of(topic_);
  }

  Result<void> send(const Message& message) override {
    const aws::Credentials credentials = TRY(credentials_of(world_));
    const std::string title = on_one_line(message.title, title_bytes_max);
    const aws::TopicMessage published{.topic_arn = topic_,
                                      .subject = aws::is_subject(title) ? title : "",
                                      .message = whole_text(message),
                                      .attributes = {{"kind", message.kind}, {"about", message.about}}};
    TRY(sns_in(region_, world_).publish(published, credentials));
    return {};
  }

 private:
  std::string topic_;
  std::string region_;
  World world_;
};

class Telephone : public Sender {
 public:
  Telephone(const catalog::Channel& channel, World world)
      : region_(text_setting(channel, "region")),
        sender_(text_setting(channel, "sender")),
        world_(std::move(world)) {}

  Result<void> send(const Message& message) override {
    // Never to the first of several: whoever is left out would count as told.
    if (message.to.size() != 1)
      return fail(ErrorCode::invalid, "A text message goes to one person. Send one to each.");
    Result<std::string> number = phone_number_of(message.to.front().phone);
    if (!number)
      return fail(ErrorCode::invalid,
                  on_one_line(message.to.front().person, title_bytes_max) + ": " + number.error().message);
    const aws::Credentials credentials = TRY(credentials_of(world_));
    const aws::TextMessage text{.phone_number = *std::move(number),
                                .message = text_of(message.title, message.link),
                                .sender_id = sender_};
    TRY(sns_in(region_, world_).publish(text, credentials));
    return {};
  }

 private:
  std::string region_;
  std::string sender_;
  World world_;
};

}  // namespace

std::unique_ptr<Sender> make_sns(const catalog::Channel& channel, const World& world) {
  return std::make_unique<Topic>(channel, world);
}

std::unique_ptr<Sender> make_sms(const catalog::Channel& channel, const World& world) {
  return std::make_unique<Telephone>(channel, world);
}

}  // namespace postern::notify
