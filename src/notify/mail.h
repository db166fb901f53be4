#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "notify/message.h"

/// Messages as mail: RFC 5322, MIME (RFC 2045, 2047). Pure. Whatever a name, title or reason holds, it makes
/// no header field of its own: text goes through Base64 or is refused.
namespace postern::notify {

/// True for an address of RFC 5321 that needs no extension: ASCII, a local part of dot-separated atoms
/// without quotes, a domain of labels; at most 254 bytes.
bool is_mail_address(std::string_view text);

/// The host of an address, for Message-IDs; "" when there is none.
std::string_view host_of_address(std::string_view address);

/// `text` as the value of a header field (RFC 2047): as it is when it is plain ASCII, else as encoded words,
/// folded so that no line is longer than 76 bytes when the field's name takes `used` of the first.
std::string encoded_words(std::string_view text, std::size_t used);

/// The whole mail with CRLF line ends, as it follows DATA. No line is longer than 76 bytes
/// but one that holds a long id or address, which cannot be folded. Mails about one
/// thing refer to one Message-ID that none of them has, so that they are one thread wherever replies are
/// grouped, and in whatever order they arrive. Auto-Submitted (RFC 3834) keeps holiday responders quiet.
/// `invalid` when `from` or the recipient's address is none.
Result<std::string> mail_for(const Message& message, const Recipient& to, std::string_view from);

}  // namespace postern::notify
