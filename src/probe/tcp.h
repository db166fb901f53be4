#pragma once

#include <string>

#include "base/deadline.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace postern::probe {

using Socket = Descriptor;

/// Waits until one of the poll(2) events has come; false when the time is up first.
bool wait_for(const Socket& socket, short events, const Deadline& deadline);

/// A TCP connection that does not block. A name's addresses (resolve.h) are tried one after the other, each
/// for its share of the time. `unavailable` says why there is none, or that time ran out.
Result<Socket> connect_to(const std::string& host, int port, const Deadline& deadline);

}  // namespace postern::probe
