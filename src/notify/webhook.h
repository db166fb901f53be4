#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/secret.h"
#include "http/message.h"
#include "notify/sender.h"

/// Messages for other people's programs: CloudEvents 1.0 in structured mode
/// (github.com/cloudevents/spec, cloudevents/spec.md and bindings/http-protocol-binding.md), signed as
/// Standard Webhooks 1.0.0 say (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md).
namespace postern::notify {

/// What a signature is good for, both ways of now.
inline constexpr seconds webhook_tolerance{300};

/// The value of webhook-signature: "v1," and Base64 of HMAC-SHA-256 over "id.seconds.body". The secret is
/// "whsec_" and Base64, or the raw bytes; 24 to 64 bytes. `invalid`, without repeating it, when it is not, or
/// when the id is empty, longer than 256 bytes or holds more than letters, digits and "_-~": a dot in it
/// would let one signed text be read as two different messages.
Result<std::string> sign(std::string_view id, Instant at, std::string_view body, const Secret& secret);

/// True only for what was signed with `secret` and sent within webhook_tolerance of `now`, by the fields
/// webhook-id, webhook-timestamp and webhook-signature, which may hold several signatures. Compares in
/// constant time. `unauthenticated` does not say what was wrong to whoever guesses, but for the time: a clock
/// that is off is found no other way. `invalid` when our own secret is none. That an id comes only once is
/// for the caller to see to.
Result<void> verify_webhook(const http::Headers& headers, std::string_view body, const Secret& secret,
                            Instant now);

/// Posts each message as an event: id and webhook-id are Message::id (in webhook-id with "~" for each "."),
/// type is "postern." and the kind, subject what it is about, and the data what the API says of it, with the
/// texts, and recipients by their ids alone: mail addresses and phone numbers are nobody else's business.
/// Signed when the channel has a secret.
std::unique_ptr<Sender> make_webhook(const catalog::Channel& channel, const World& world);

}  // namespace postern::notify
