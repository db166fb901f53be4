#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/guard.h"
#include "http/message.h"

namespace postern::http {

struct ListenerOptions {
  std::string unix_socket = {};       ///< path, made with mode 0600 and removed at stop; "" for none
  std::string address = "127.0.0.1";  ///< numeric address for TCP; must be loopback (TLS comes with the page)
  int port = -1;                      ///< -1: no TCP; 0: any free port, see Listener::port()
  std::size_t workers = 4;            ///< threads that run the handler
  std::size_t queue_max = 1024;       ///< requests waiting for a worker; beyond it 503
  std::size_t connections_max = 5000;
  std::size_t header_bytes_max = 16U << 10U;
  std::size_t body_bytes_max = 1U << 20U;
  std::chrono::milliseconds header_deadline{
      5000};  ///< absolute, for the whole header; on a new connection from accept on
  std::chrono::milliseconds body_deadline{
      10000};  ///< absolute, for the whole body; and again for the whole response
  std::chrono::milliseconds idle_deadline{30000};  ///< until the first byte of the next request
};

/// Accepts connections and calls the handler for each request. The edge is asynchronous (Boost.Asio, one
/// thread), the handler synchronous on a bounded pool. Answers 400, 413, 431 and 503 itself as
/// application/problem+json; who misses a deadline is cut off. HEAD reaches the handler as HEAD; the body of
/// its answer is left out here. Every response says "x-content-type-options: nosniff" and, unless the handler
/// said otherwise, "cache-control: no-store".
class Listener {
 public:
  virtual ~Listener() = default;
  /// The TCP port in use, -1 if none.
  [[nodiscard]] virtual int port() const = 0;
  /// Stops accepting, lets requests under way finish for at most `grace`, then cuts. A handler that still
  /// runs then is waited for, but its answer is not sent. Idempotent; also done, without grace, on
  /// destruction. Not from within a handler.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

/// Starts listening; `unavailable` when the address or the socket cannot be taken, `invalid` when the options
/// name none or one that is not loopback. The guard accepts the Host values "localhost" and the numeric
/// address with and without port, and whatever `extra_hosts` adds.
Result<std::unique_ptr<Listener>> listen(const ListenerOptions& options, Handler handler,
                                         std::vector<std::string> extra_hosts = {});

}  // namespace postern::http
