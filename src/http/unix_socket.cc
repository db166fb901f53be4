#include "http/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace postern::http {
namespace {

/// The path of a sockaddr_un, which unix(7) gives 107 bytes.
Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path || path.find('\0') != std::string::npos)
    return fail(ErrorCode::invalid, "The path of a Unix socket has 1 to " +
                                        std::to_string(sizeof address.sun_path - 1) + " bytes: " + path);
  std::memcpy(static_cast<void*>(address.sun_path), path.data(), path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

tl::unexpected<Error> system_failed(const std::string& what, const std::string& path) {
  const std::string reason = std::strerror(errno);
  return fail(ErrorCode::unavailable,
              what + " " + path + ": " + reason + ". Check the directory and its owner.");
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

int new_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

/// Makes `path` free: removes a socket on which nobody listens, and nothing else.
Result<void> clear(const std::string& path, const sockaddr_un& address) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return system_failed("Cannot look at", path);
  }
  if (!S_ISSOCK(found.st_mode))
    return fail(ErrorCode::unavailable,
                path + " exists and is not a socket. Remove it or name another path.");
  const Descriptor probe(new_socket());
  if (probe.get() < 0) return system_failed("Cannot make a socket for", path);
  // Not "refused" means that somebody is there, even if too busy to answer (EAGAIN) or not ours to ask
  // (EACCES).
  if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno != ECONNREFUSED)
    return fail(ErrorCode::unavailable,
                "Another server listens on " + path + ". Stop it first, or name another path.");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_failed("Cannot replace", path);
  return {};
}

}  // namespace

Result<UnixSocket> UnixSocket::listen_at(const std::string& path) {
  const sockaddr_un address = TRY(address_of(path));
  TRY(clear(path, address));
  Descriptor descriptor(new_socket());
  if (descriptor.get() < 0) return system_failed("Cannot make a socket for", path);
  if (::bind(descriptor.get(), generic(address), sizeof address) != 0)
    return system_failed("Cannot bind", path);
  UnixSocket bound(descriptor.release(), path);
  struct stat made{};
  // Between bind and listen nobody can connect yet, so the mode is right before it matters.
  if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::lstat(path.c_str(), &made) != 0)
    return system_failed("Cannot protect", path);
  bound.device_ = made.st_dev;
  bound.inode_ = made.st_ino;
  if (::listen(bound.descriptor_, SOMAXCONN) != 0) return system_failed("Cannot listen on", path);
  return bound;
}

UnixSocket::UnixSocket(UnixSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

UnixSocket::~UnixSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
  remove_file();
}

int UnixSocket::release() { return std::exchange(descriptor_, -1); }

void UnixSocket::remove_file() {
  const std::string path = std::exchange(path_, {});
  struct stat now{};
  // A server that was started since then may have put its own socket there.
  if (!path.empty() && ::lstat(path.c_str(), &now) == 0 && now.st_dev == device_ && now.st_ino == inode_)
    ::unlink(path.c_str());
}

std::string peer_of_unix_socket(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "";
  return "uid:" + std::to_string(peer.uid);
}

}  // namespace postern::http
