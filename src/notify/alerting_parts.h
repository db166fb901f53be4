#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "catalog/channel.h"
#include "http/client.h"
#include "notify/message.h"
#include "notify/sender.h"

/// What the senders of alerts share, beside what all senders do (notify/sender_parts.h). Inside this folder
/// only.
namespace postern::notify {

/// What alerts are grouped and settled by: what the message is about; a test is about itself alone. At most
/// 200 bytes.
std::string alert_key(const Message& message);
/// A message that nothing will ever be told to be over of: its sender leaves nothing open behind it.
bool is_quiet_test(const Message& message);
/// "request" of "request.waiting".
std::string family_of(std::string_view kind);

/// The channel's `url`, or `otherwise`; without a slash at its end.
std::string address_of(const catalog::Channel& channel, std::string_view otherwise = "");
/// A key among the channel's settings, read now. `invalid` when it is no key that could stand in a header or
/// in JSON as it is: 1 to 256 characters of A-Z a-z 0-9 and -._~+/=.
Result<Secret> key_setting(const catalog::Channel& channel, const World& world, std::string_view name);

/// One POST of JSON.
struct Call {
  std::string url;
  std::string body = {};
  http::Headers headers = {};
  Secret secret = {};  ///< what goes over encrypted connections alone, and no error repeats
  milliseconds deadline = send_deadline;
};
/// Sends it, and wipes body and headers of `call`. Every failure on the way is `unavailable`, an answer that
/// is too long among them: what the catalog and key_setting() let through is a well-formed request, so it is
/// the network or the answer that is at fault. `invalid` when a secret would go out in clear text.
Result<http::Response> post(http::Client& client, Call& call);
/// What the answer to `call` means; as in sender_parts.h, but a success that is not in JSON is `unavailable`:
/// somebody else, such as a captive portal, said it.
Result<void> judged(const http::Response& response, const Call& call);

}  // namespace postern::notify
