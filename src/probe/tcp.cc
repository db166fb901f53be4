#include "probe/tcp.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "probe/resolve.h"

namespace postern::probe {
namespace {

tl::unexpected<Error> not_reached(const std::string& why) {
  return fail(ErrorCode::unavailable, "does not accept connections: " + why);
}

Result<Socket> connect_to(const Address& address, const Deadline& deadline) {
  Socket socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.descriptor() < 0) return not_reached("no socket to be had");
  if (::connect(socket.descriptor(), address.get(), address.size) == 0) return socket;
  if (errno != EINPROGRESS)
    return not_reached(std::strerror(errno));  // NOLINT(concurrency-mt-unsafe): glibc's is safe
  if (!wait_for(socket, POLLOUT, deadline)) return not_reached("no answer in time");
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
    return not_reached(std::strerror(error));  // NOLINT(concurrency-mt-unsafe)
  return socket;
}

}  // namespace

bool wait_for(const Socket& socket, short events, const Deadline& deadline) {
  for (;;) {
    pollfd waiting{socket.descriptor(), events, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(deadline.left().count()));
    if (ready == 1) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Result<Socket> connect_to(const std::string& host, int port, const Deadline& deadline) {
  const std::vector<Address> addresses = TRY(resolve(host, port, deadline));
  Error last = not_reached("its name has no address").value();
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    Result<Socket> next = connect_to(addresses[i], deadline.share(addresses.size() - i));
    if (next) return next;
    last = std::move(next).error();
  }
  return tl::unexpected(last);
}

}  // namespace postern::probe
