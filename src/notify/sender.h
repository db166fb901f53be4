#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aws/credentials.h"
#include "base/hash.h"
#include "base/instant.h"
#include "base/secret.h"
#include "catalog/channel.h"
#include "http/client.h"
#include "notify/message.h"

namespace postern::notify {

/// Carries messages through one channel. send() returns when the other side has taken the message over, and
/// takes no longer than send_deadline. Errors: `unavailable` and `exhausted` may pass (time ran out, TLS,
/// greylisting, 4xx of SMTP, 408, 425, 429 and 5xx of HTTP, mailbox full); any other code will not: trying
/// again cannot help. Messages name the host and what it said, on one line, and hold no secret. Thread-safe.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual Result<void> send(const Message& message) = 0;
};
inline constexpr milliseconds send_deadline{15000};

/// What senders use of the world. Everything outlives them.
struct World {
  http::Client& client;
  const Clock& clock;
  Random& random;
  std::function<Result<Secret>(const catalog::SecretReference&)> secret;  ///< read anew for each message
  std::function<Result<aws::Credentials>()> aws_credentials;              ///< the server's own
  std::optional<std::string> sns_endpoint = {};  ///< instead of AWS's own (AWS_ENDPOINT_URL_SNS)
  std::string authorities = {};      ///< PEM file of certificates to believe, for SMTP; "" the system's
  std::string programs_folder = {};  ///< where channels of kind `command` may run programs; "" nowhere
};

/// The sender for a channel of that kind; never nullptr. What the channel lacks (a secret that is not there,
/// a program that may not be run) is an error of send().
std::unique_ptr<Sender> make_sender(const catalog::Channel& channel, const World& world);

}  // namespace postern::notify
