#pragma once

#include "base/result.h"
#include "http/message.h"

namespace postern::server {

/// The one table from error codes to HTTP status; the client maps it back by the member "code".
int status_of(ErrorCode code);

/// RFC 9457: application/problem+json with "type", "title", "status", "detail" (the person's message) and
/// "code".
http::Response problem(const Error& error);

}  // namespace postern::server
