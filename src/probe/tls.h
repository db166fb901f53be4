#pragma once

#include <string>

#include "base/deadline.h"
#include "base/result.h"

namespace postern::probe {

/// What a server showed of itself in a TLS handshake.
struct Greeting {
  enum class Certificate { believed, expired, not_believed };
  Certificate certificate = Certificate::not_believed;
  std::string why = {};       ///< it is not believed, in words
  std::string der = {};       ///< of a believed one
  std::string protocol = {};  ///< "TLSv1.3"
};

/// Connects, shakes hands (TLS 1.2 or newer, with the name sent and verified, against the certificates that
/// the operating system believes, or those in the PEM file `authorities`), and hangs up. `unavailable` says
/// why no handshake came about, or that time ran out.
Result<Greeting> greet(const std::string& host, int port, const Deadline& deadline,
                       const std::string& authorities = "");

}  // namespace postern::probe
