#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

/// Addresses that come from outside, taken only where every reader takes them alike (RFC 3986).
namespace postern::saml {

inline constexpr std::size_t uri_bytes_max = 2048;

/// True for 1 to `uri_bytes_max` characters that may stand in a URI.
bool is_uri_text(std::string_view text);

/// `reference` as seen from `base` (RFC 3986, section 5); escapes stay as they are written. White space
/// around `reference` is no part of it, as in HTML. `invalid` when the result is not http or https, has no
/// plain host (no escapes), or carries a user name or password; the message never shows one.
Result<std::string> resolve_url(const std::string& base, const std::string& reference);

/// "https://host:port", in lower case and with the port always stated: what two addresses must share to be
/// the same place. `invalid` as above.
Result<std::string> origin_of(const std::string& url);

}  // namespace postern::saml
