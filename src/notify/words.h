#pragma once

#include <string>
#include <utility>
#include <vector>

#include "broker/writer.h"
#include "emergency/situation.h"
#include "notify/message.h"
#include "notify/template.h"

/// From notices, which name what they are about, to messages that people read: what the situation says of it,
/// in the recipient's language. Pure; call it with what is published.
namespace postern::notify {

/// Where a message goes.
struct Destination {
  std::string channel;
  std::vector<PersonId> people;  ///< one for a channel that reaches a person; any number for a place
  std::string page;              ///< what links begin with, without a slash at the end; "" for no links
};
using NumberedNotice = std::pair<NoticeId, emergency::Notice>;

/// In the person's language, or for a place in the organization's. The company's own text of that kind comes
/// before ours; a text that is missing in that language is taken in the other.
Message message_for(const broker::Published& published, const NumberedNotice& notice,
                    const Destination& destination);
/// Many as one, at least two, in their order. Its id is that of the first and the last.
Message digest_for(const broker::Published& published, const std::vector<NumberedNotice>& notices,
                   const Destination& destination);

/// The text for customers or partners, filled in. `not_found` when the emergency's mode is no longer in the
/// catalog.
Result<catalog::Text> text_for(const broker::Published& published, const emergency::Emergency& emergency,
                               emergency::NoticeKind audience, catalog::Language language);

/// What a notice's kind and state say of its urgency.
Urgency urgency_of(emergency::NoticeKind kind);

}  // namespace postern::notify
