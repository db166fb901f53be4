#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/probe.h"

/// The answers in a message of DNS (RFC 1035, section 4.1), as far as resolve.h needs them.
namespace postern::probe {

/// The type's number (RFC 1035, section 3.2.2; RFC 3596).
int number_of(catalog::DnsRecord record);

/// The records of that kind in a message as it came over the wire: outside bytes, read within their bounds.
/// Sorted, each once, at most 64; names in lower case without the last dot. `invalid` when the message is cut
/// off or breaks its own form. Names, with their compression pointers, are left to c-ares, which bounds them.
Result<std::vector<std::string>> records_in(std::string_view message, catalog::DnsRecord record);

}  // namespace postern::probe
