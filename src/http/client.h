#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "http/message.h"

namespace postern::http {

/// A request to somebody else.
struct Outgoing {
  std::string method = "GET";
  std::string url = {};  ///< http or https, absolute
  Headers headers = {};
  std::string body = {};
  std::string unix_socket = {};  ///< connect there instead of to the URL's host; "" for none
  std::chrono::milliseconds connect_deadline{3000};
  std::chrono::milliseconds deadline{10000};  ///< for the whole exchange
  std::size_t body_bytes_max = 1U << 20U;     ///< a longer answer is cut off with `invalid`
  /// A fresh connection is made for this request alone: whoever asks whether a service can be reached must
  /// not be answered over a connection from before the trouble. Such a request reaches the server at most
  /// once.
  enum class Connection { kept, fresh };
  Connection connection = Connection::kept;
  /// Called at most once, on the caller's thread, with the server's verified TLS certificate (DER) when an
  /// answer begins; never over http. Must not throw.
  std::function<void(std::string_view der)> on_certificate = {};
};

/// Sends one request and reads the answer; any HTTP status is a success here. No redirects, no proxy, no
/// cookies, TLS 1.2 or newer with verified names, HTTP/1.1. Errors: `unavailable` (not reached, time ran out,
/// TLS) with a message that says which; `invalid` (URL, limits, or an answer that is not HTTP). Messages name
/// the host and never the rest of the URL. A request may reach the server twice when a kept connection dies
/// under it: what must happen once needs an idempotency key. An interface, so that tests and the simulation
/// bring their own network.
class Client {
 public:
  virtual ~Client() = default;
  virtual Result<Response> send(const Outgoing& request) = 0;
};

/// The one real implementation (libcurl). Thread-safe; keeps connections alive per thread. Content-Length,
/// Transfer-Encoding, Connection and Expect are its own business: a request that sets one of them is
/// `invalid`. Believes the certificates that the operating system does, or instead those in the PEM file
/// `authorities`.
std::unique_ptr<Client> make_client(std::string authorities = "");

/// application/x-www-form-urlencoded, sorted as given.
std::string form_encoded(const std::vector<std::pair<std::string, std::string>>& fields);
/// RFC 3986 percent-encoding of everything but unreserved characters.
std::string percent_encoded(std::string_view text);

}  // namespace postern::http
