#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace postern {

/// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);
/// Reads both cases; an even number of digits and nothing else.
Result<std::string> from_hex(std::string_view text);

/// Base64 with padding (RFC 4648, section 4), on one line.
std::string to_base64(std::string_view bytes);
/// Strict: right padding, no white space, unused bits zero, so that each value has exactly one text.
Result<std::string> from_base64(std::string_view text);
/// Base64url without padding (RFC 4648, section 5).
std::string to_base64url(std::string_view bytes);
Result<std::string> from_base64url(std::string_view text);

/// Well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);
/// Text that a person may type into a reason or a name: UTF-8 without control characters (but LF and TAB),
/// and without the bidirectional controls that can make it read differently from what it says (Unicode TR
/// 36).
bool is_printable_text(std::string_view text);
/// `text` made safe for a terminal, a log line or an HTML-free notice: control and bidirectional characters
/// and malformed bytes become U+FFFD; LF too unless `keep_lines`.
enum class Lines { keep, replace };
std::string sanitized(std::string_view text, Lines lines);

}  // namespace postern
