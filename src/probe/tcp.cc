#include "probe/tcp.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>

namespace postern::probe {
namespace {

struct Socket {
  int fd;
  explicit Socket(int descriptor) : fd(descriptor) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd >= 0) ::close(fd);
  }
};

tl::unexpected<Error> not_reached(const std::string& why) {
  return fail(ErrorCode::unavailable, "does not accept connections: " + why);
}

Result<void> connect_to(const addrinfo& address, seconds timeout) {
  const Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.fd < 0) return not_reached("no socket to be had");
  if (::connect(socket.fd, address.ai_addr, address.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS)
    return not_reached(std::strerror(errno));  // NOLINT(concurrency-mt-unsafe): glibc's is
  pollfd waiting{socket.fd, POLLOUT, 0};
  if (::poll(&waiting, 1, static_cast<int>(milliseconds(timeout).count())) != 1)
    return not_reached("no answer in time");
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket.fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
    return not_reached(std::strerror(error));  // NOLINT(concurrency-mt-unsafe)
  return {};
}

}  // namespace

Result<void> connect_once(const std::string& host, int port, seconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0)
    return not_reached(::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, ::freeaddrinfo);
  Result<void> last = not_reached("no address");
  for (const addrinfo* each = all.get(); each != nullptr; each = each->ai_next) {
    last = connect_to(*each, timeout);
    if (last) return last;
  }
  return last;
}

}  // namespace postern::probe
