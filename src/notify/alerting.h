#pragma once

#include <memory>

#include "catalog/channel.h"
#include "notify/sender.h"

/// Senders for systems that alert whoever is on call, and for AWS. Each takes the settings that
/// catalog_file/read_channels.cc knows for its kind; promises and errors as in notify/sender.h.
namespace postern::notify {

/// PagerDuty, Events API v2: an event triggers or resolves the alert of what the message is about.
std::unique_ptr<Sender> make_pagerduty(const catalog::Channel& channel, const World& world);

/// Opsgenie's Alert API, v2, and what is compatible with it: an alert is made, or closed by its alias.
std::unique_ptr<Sender> make_opsgenie(const catalog::Channel& channel, const World& world);

/// Prometheus Alertmanager, API v2. It forgets alerts when it is restarted, and nothing is sent twice for
/// that: an alert shows for a day at most (alert_lasts in alertmanager.cc).
std::unique_ptr<Sender> make_alertmanager(const catalog::Channel& channel, const World& world);

/// A topic of Amazon SNS: the whole message, to whoever has subscribed.
std::unique_ptr<Sender> make_sns(const catalog::Channel& channel, const World& world);

/// A text message to the one person in `to`, through Amazon SNS: title and link (notify/text_message.h).
std::unique_ptr<Sender> make_sms(const catalog::Channel& channel, const World& world);

}  // namespace postern::notify
