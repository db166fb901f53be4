#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// HTTP as the rest of Postern sees it: plain values, no library type.
namespace postern::http {

/// Header fields; names in lower case, at most one value each.
using Headers = std::map<std::string, std::string, std::less<>>;

/// Who is at the other end of the connection, as the transport knows it.
struct Peer {
  enum class Transport { unix_socket, tcp };
  Transport transport = Transport::tcp;
  std::string address;  ///< "127.0.0.1", or "uid:1000" on a Unix socket
};

struct Request {
  std::string method;  ///< GET, HEAD, POST, PUT, DELETE: nothing else passes the guard
  std::string path;    ///< starts with '/', percent-decoded once, without "." and ".." segments
  std::map<std::string, std::string, std::less<>> query;  ///< decoded; a name that stands twice is refused
  Headers headers;
  std::string body;
  Peer peer;
};

struct Response {
  int status = 200;
  Headers headers = {};
  std::string body = {};
};

/// A synchronous handler; called on several worker threads at once. It must not throw.
using Handler = std::function<Response(const Request&)>;

}  // namespace postern::http
