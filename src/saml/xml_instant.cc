#include "saml/xml_instant.h"

#include <string>

namespace postern::saml {

Result<Instant> parse_xml_instant(std::string_view text) {
  // "2026-11-23T03:04:05" is 19 characters; what follows in a text without a time zone is a fraction.
  const bool zoned = text.find_first_of("Zz+-", 19) != std::string_view::npos;
  return parse_rfc3339(zoned || text.size() < 19 ? std::string(text) : std::string(text) + "Z");
}

}  // namespace postern::saml
