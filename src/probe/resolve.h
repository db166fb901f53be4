#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "catalog/probe.h"

/// Names to addresses, without ever blocking longer than a deadline: getaddrinfo() waits for a hanging name
/// server as long as resolv.conf pleases. All of c-ares; a channel for each question, so that changes of
/// resolv.conf count at once. Safe for many threads.
namespace postern::probe {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
  [[nodiscard]] int family() const { return bytes.ss_family; }
};

/// At most eight addresses of `host`, in the order of RFC 6724. Numeric addresses, bracketed or not, ask
/// nobody. `unavailable` says why there are none, or that time ran out.
Result<std::vector<Address>> resolve(const std::string& host, int port, const Deadline& deadline);

struct Question {
  std::string name;
  catalog::DnsRecord record = catalog::DnsRecord::a;
  std::string server = {};  ///< address[:port]; "" asks the host's own resolvers
};

/// The records of that kind in the answer, as text, sorted, each once, at most 64; names in lower case
/// without the last dot. Asks up to three times, and over TCP when an answer was cut off. `not_found` when
/// the name or such records do not exist; `unavailable` when nobody answers in time, refuses, or answers what
/// is no answer; `invalid` for a name or server that is none.
Result<std::vector<std::string>> ask_resolver(const Question& question, const Deadline& deadline);

}  // namespace postern::probe
