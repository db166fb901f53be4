#pragma once

#include <string>

#include "base/result.h"
#include "probe/look_deadline.h"

namespace postern::probe {

/// An open descriptor, closed at the end.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  Socket& operator=(Socket&&) = delete;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// Waits until one of the poll(2) events has come; false when the time is up first.
bool wait_for(const Socket& socket, short events, const Deadline& deadline);

/// A TCP connection that does not block. A name's addresses (resolve.h) are tried one after the other, each
/// for its share of the time. `unavailable` says why there is none, or that time ran out.
Result<Socket> connect_to(const std::string& host, int port, const Deadline& deadline);

}  // namespace postern::probe
