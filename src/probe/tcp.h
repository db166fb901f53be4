#pragma once

#include <string>

#include "base/instant.h"
#include "base/result.h"

namespace postern::probe {

/// Opens and closes one TCP connection. `unavailable` says why it cannot, or that time ran out.
Result<void> connect_once(const std::string& host, int port, seconds timeout);

}  // namespace postern::probe
