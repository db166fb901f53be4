#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

/// Responses as bytes (RFC 9112). Pure.
namespace postern::http {

/// An answer that the listener itself makes, as application/problem+json (RFC 9457). `detail` must be UTF-8.
Response problem(int status, std::string_view detail);

enum class Body { send, leave_out };  ///< left out in the answer to HEAD; Content-Length still tells its size
enum class After { keep_open, close };

/// The bytes of `response`, with Content-Length, "x-content-type-options: nosniff" and, unless it says
/// otherwise, "cache-control: no-store". Connection, framing and hop-by-hop fields are ours: the response's
/// own are left out. A response that cannot be written as one message (a line break in a header, a status
/// outside 200 to 599) becomes a 500.
std::string to_wire(const Response& response, Body body, After after);

}  // namespace postern::http
