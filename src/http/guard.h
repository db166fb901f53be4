#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"

/// What an HTTP request must look like beyond what the parser checks. Pure. Closes what Boost.Beast 1.81 lets
/// through: request smuggling by Transfer-Encoding, several Host fields, foreign Host values, odd methods.
namespace postern::http {

/// The head of a request as it came over the wire.
struct RawHead {
  std::string method;
  std::string target;
  unsigned version = 11;                                         ///< 10 or 11
  std::vector<std::pair<std::string, std::string>> fields = {};  ///< in order, names as sent
};

struct GuardOptions {
  /// Accepted Host values, lower case, with port where one is used.
  std::set<std::string, std::less<>> hosts;
};

/// The request (without body and peer) that this head stands for, or `invalid` with the reason. Refuses:
/// methods other than GET, HEAD, POST, PUT, DELETE; a target that is not in origin form or holds malformed
/// escapes, NUL or control characters; no Host or more than one or a foreign one (against DNS rebinding); any
/// Transfer-Encoding but "chunked" on HTTP/1.1; Transfer-Encoding together with Content-Length; a header
/// field or query name that stands twice; an Expect field.
Result<Request> check(const RawHead& head, const GuardOptions& options);

}  // namespace postern::http
