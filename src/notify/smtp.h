#pragma once

#include <memory>

#include "notify/sender.h"

namespace postern::notify {

/// Mail to one person through the channel's relay, a connection for each message. smtps:// or smtp:// with
/// STARTTLS, TLS 1.2 or newer with verified names; in the clear only to this very machine. What the server
/// says decides (RFC 5321, section 4.2.1): 4yz may pass, as greylisting does; so does a full mailbox (452,
/// 552, and RFC 3463's X.2.2); 5yz will not. What keeps us from talking to it (name, connection, TLS, time)
/// may pass. A message that it has taken over is delivered, even when the goodbye fails.
std::unique_ptr<Sender> make_smtp(const catalog::Channel& channel, const World& world,
                                  milliseconds deadline = send_deadline);

}  // namespace postern::notify
