#include "aws/sns.h"

#include <algorithm>

#include "aws/query.h"
#include "aws/read_refusal.h"
#include "base/encoding.h"
#include "http/text.h"

namespace postern::aws {
namespace {

constexpr std::string_view api_version = "2010-03-31";
constexpr std::size_t message_bytes_max = 262144;
constexpr std::size_t text_message_bytes_max = 4 * 1600;
constexpr std::size_t attributes_max = 10;  // more are not passed on to every kind of subscriber

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A MessageAttributes map as the Query protocol writes it.
void add_attributes(Form& form, const std::vector<std::pair<std::string, std::string>>& attributes) {
  int count = 0;
  for (const auto& [name, value] : attributes) {
    if (value.empty()) continue;
    const std::string entry = "MessageAttributes.entry." + std::to_string(++count);
    form.add(entry + ".Name", name);
    form.add(entry + ".Value.DataType", "String");
    form.add(entry + ".Value.StringValue", value);
  }
}

Result<void> check_size(std::size_t bytes, std::size_t bytes_max) {
  if (bytes > 0 && bytes <= bytes_max) return {};
  return fail(ErrorCode::invalid, "A message to SNS has 1 to " + std::to_string(bytes_max) +
                                      " bytes, and this one " + std::to_string(bytes) + ". Shorten it.");
}

Result<void> check(const TopicMessage& message) {
  std::size_t bytes = message.message.size();
  for (const auto& [name, value] : message.attributes) bytes += name.size() + value.size();
  TRY(check_size(message.message.empty() ? 0 : bytes, message_bytes_max));
  if (!message.subject.empty() && !is_subject(message.subject))
    return fail(ErrorCode::invalid, "SNS takes no such subject: it has 1 to 100 printable ASCII characters.");
  if (message.attributes.size() > attributes_max)
    return fail(ErrorCode::invalid, "A message to SNS has at most ten attributes. Leave some out.");
  return {};
}

Result<void> check(const TextMessage& message) {
  TRY(check_size(message.message.size(), text_message_bytes_max));
  if (!is_phone_number(message.phone_number))
    return fail(ErrorCode::invalid,
                "That is not a telephone number as SNS takes it. They look like +819012345678.");
  if (!message.sender_id.empty() && !is_sender_id(message.sender_id))
    return fail(ErrorCode::invalid, "\"" + sanitized(message.sender_id.substr(0, 40), Lines::replace) +
                                        "\" is not a sender of text messages. It has 1 to 11 letters and "
                                        "digits, a letter among them.");
  return {};
}

/// Without the number, which SNS repeats: errors are kept, and whose number it is is nobody's business.
Refusal without_number(Refusal refusal, std::string_view number) {
  for (std::size_t at = refusal.message.find(number); at != std::string::npos;
       at = refusal.message.find(number))
    refusal.message.replace(at, number.size(), "(the number)");
  return refusal;
}

/// Codes: SNS API reference, Publish, "Errors". Those of KMS concern the key of an encrypted topic.
Error explain(const Refusal& refusal, const std::string& what) {
  const std::string detail = "SNS: " + detail_of(refusal);
  if (refusal.code == "KMSThrottling" || refusal.code == "InternalError")
    return {ErrorCode::unavailable, "SNS could not " + what + " just now. Try again in a minute.", detail};
  if (refusal.code == "NotFound")
    return {ErrorCode::not_found,
            "AWS has nothing of that name, so SNS did not " + what +
                ". Check the topic's account, Region and name in the catalog.",
            detail};
  if (refusal.code.starts_with("KMS"))
    return {ErrorCode::forbidden,
            "SNS could not " + what +
                ", because of the topic's encryption key. Check that the key is enabled and its policy lets "
                "these credentials use it.",
            detail};
  return explain_refused_read(refusal, "SNS", what);
}

Result<std::string> read_answer(const Answer& answer, const std::string& what) {
  if (const auto* refusal = std::get_if<Refusal>(&answer)) return tl::unexpected(explain(*refusal, what));
  const std::string_view id = std::get<xml::Element>(answer).text_at("PublishResult/MessageId");
  if (id.empty()) return fail(ErrorCode::unavailable, "SNS said yes, but gave the message no id. Try again.");
  return sanitized(id.substr(0, 100), Lines::replace);
}

}  // namespace

bool is_subject(std::string_view text) {
  return !text.empty() && text.size() <= 100 && text.front() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_phone_number(std::string_view text) {
  return text.size() >= 8 && text.size() <= 16 && text.front() == '+' && text[1] != '0' &&
         std::all_of(text.begin() + 1, text.end(), is_digit);
}

bool is_sender_id(std::string_view text) {
  return !text.empty() && text.size() <= 11 && std::all_of(text.begin(), text.end(), http::is_alphanumeric) &&
         !std::all_of(text.begin(), text.end(), is_digit);
}

Sns::Sns(Options options, http::Client& client, const Clock& clock)
    : options_(std::move(options)), client_(client), clock_(clock) {}

Result<std::string> Sns::publish(const TopicMessage& message, const Credentials& credentials) {
  TRY(check(message));
  const Endpoint endpoint = TRY(endpoint_of("sns", options_.region, options_.endpoint_url));
  Form form("Publish", api_version);
  form.add("TopicArn", message.topic_arn);
  if (!message.subject.empty()) form.add("Subject", message.subject);
  form.add("Message", message.message);
  add_attributes(form, message.attributes);
  const Answer answer = TRY(ask(client_, endpoint, form, credentials, clock_.wall(),
                                {options_.connect_deadline, options_.deadline}));
  return read_answer(answer, "publish to the topic " + sanitized(message.topic_arn, Lines::replace));
}

Result<std::string> Sns::publish(const TextMessage& message, const Credentials& credentials) {
  TRY(check(message));
  const Endpoint endpoint = TRY(endpoint_of("sns", options_.region, options_.endpoint_url));
  Form form("Publish", api_version);
  form.add("PhoneNumber", message.phone_number);
  form.add("Message", message.message);
  add_attributes(form,
                 {{"AWS.SNS.SMS.SMSType", "Transactional"}, {"AWS.SNS.SMS.SenderID", message.sender_id}});
  Answer answer = TRY(ask(client_, endpoint, form, credentials, clock_.wall(),
                          {options_.connect_deadline, options_.deadline}));
  if (auto* refusal = std::get_if<Refusal>(&answer))
    *refusal = without_number(std::move(*refusal), message.phone_number);
  return read_answer(answer, "send the text message");
}

}  // namespace postern::aws
