#pragma once

#include <string_view>

#include "base/instant.h"
#include "base/result.h"

namespace postern::saml {

/// The time in an xs:dateTime as SAML writes it (saml-core-2.0-os, 1.3.3): UTC, with Z or without any time
/// zone. One with an offset is read as well.
Result<Instant> parse_xml_instant(std::string_view text);

}  // namespace postern::saml
