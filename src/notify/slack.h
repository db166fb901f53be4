#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "notify/sender.h"

/// Slack's incoming webhooks (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks), which
/// Mattermost, Rocket.Chat and others take, too.
namespace postern::notify {

/// Text as Slack shows it literally (docs.slack.dev/messaging/formatting-message-text, "Escaping text"), so
/// that nobody's reason calls a channel together: <!channel> is escaped, and an "@" that begins a word, which
/// compatible servers take for a mention, becomes a full-width one. "](" is parted, which they take for a
/// link that hides where it leads.
std::string slack_text(std::string_view text);

/// Posts to the URL that the channel's secret `webhook` holds: https, or http to this very machine. The URL
/// is the credential, so no error repeats more of it than its host.
std::unique_ptr<Sender> make_slack(const catalog::Channel& channel, const World& world);

}  // namespace postern::notify
