#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"
#include "base/instant.h"
#include "http/client.h"

/// Amazon SNS (API version 2010-03-31): Publish, to a topic or to one telephone.
namespace postern::aws {

struct TopicMessage {
  std::string topic_arn;
  std::string subject = {};  ///< for subscribers by mail; "" for AWS's own
  std::string message;       ///< UTF-8, 1 to 262,144 bytes with the attributes
  /// For subscribers' filter policies: texts by name. Those without a text are not sent: SNS refuses them.
  std::vector<std::pair<std::string, std::string>> attributes = {};
};

struct TextMessage {
  std::string phone_number;    ///< E.164
  std::string message;         ///< UTF-8, at most 1,600 characters; SNS makes several messages of a long one
  std::string sender_id = {};  ///< shown as the sender where the country allows it; "" for AWS's choice
};

/// What SNS takes as a subject: 1 to 100 printable characters of ASCII that begin with no blank. (The API
/// reference asks for a letter, number or punctuation first, and for no line break or control character.)
bool is_subject(std::string_view text);
/// "+" and 7 to 15 digits, not beginning with 0 (ITU-T E.164).
bool is_phone_number(std::string_view text);
/// 1 to 11 letters and digits of ASCII, a letter among them (SNS Developer Guide, "Sender IDs").
bool is_sender_id(std::string_view text);

/// One Region. Thread-safe. Nothing is sent for what SNS would not take (`invalid`). Errors: `unavailable`
/// when SNS does not answer, throttles, or is in trouble; `not_found` for a topic that does not exist;
/// `forbidden` when AWS does not let these credentials publish; `invalid` otherwise. AWS's own words are in
/// the detail; no error names a telephone number. A call that failed with `unavailable` may have been
/// published all the same.
class Sns {
 public:
  struct Options {
    std::string region;
    /// An override (AWS_ENDPOINT_URL_SNS or AWS_ENDPOINT_URL).
    std::optional<std::string> endpoint_url = {};
    std::chrono::milliseconds connect_deadline{3000};
    std::chrono::milliseconds deadline{10000};
  };
  Sns(Options options, http::Client& client, const Clock& clock);

  /// The id that SNS gave the message.
  Result<std::string> publish(const TopicMessage& message, const Credentials& credentials);
  /// As a transactional message, which SNS carries on the more reliable of its two ways.
  Result<std::string> publish(const TextMessage& message, const Credentials& credentials);

 private:
  Options options_;
  http::Client& client_;
  const Clock& clock_;
};

}  // namespace postern::aws
