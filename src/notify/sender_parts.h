#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "http/client.h"
#include "notify/sender.h"

/// What the kinds of senders share. Inside this folder only.
namespace postern::notify {

/// Outside text on one line, harmless in a log; at most so many bytes, never cut inside a character.
std::string on_one_line(std::string_view text, std::size_t bytes_max);
/// The same for texts of many lines.
std::string on_many_lines(std::string_view text, std::size_t bytes_max);

/// The body, and the link below it unless the body names it already. Both within the limits of message.h.
std::string body_with_link(const Message& message);
/// "quiet", "normal" or "urgent".
std::string_view name_of(Urgency urgency);
/// What a message says, for programs; without its recipients.
json::Object as_json(const Message& message);

/// A setting of the channel as text; "" when it is not there or a secret.
std::string text_setting(const catalog::Channel& channel, std::string_view name);
/// A secret setting, read now; nullopt when the catalog names none. An error says which one this host lacks,
/// and is never one that may pass: a secret that is missing does not come by waiting.
Result<std::optional<Secret>> optional_secret(const catalog::Channel& channel, std::string_view name,
                                              const World& world);
/// The same for one that must be there: `invalid` when the catalog names none.
Result<Secret> required_secret(const catalog::Channel& channel, std::string_view name, const World& world);

/// The host of an absolute URL, which is all of it that a message may name; "" when it has none.
std::string host_of(const std::string& url);
/// True for a name or address of this very machine, brackets and all.
bool is_loopback(std::string_view host);
/// True where a secret may be sent: https, or http to this very machine.
bool is_confidential(const std::string& url);

/// POSTs `request` within send_deadline and wipes body and headers afterwards, because a key may be in them.
Result<http::Response> post(http::Outgoing request, const World& world);
/// What an answer means: 2xx is a success; 408, 425, 429 and 5xx may pass (`unavailable`); any other will not
/// (`conflict`). The message names the host and `said`, which is what of the answer the caller knows to hold
/// no secret; it is put on one line here.
Result<void> judged(const http::Response& response, const std::string& host, std::string_view said = {});

}  // namespace postern::notify
