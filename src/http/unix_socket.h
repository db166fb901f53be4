#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace postern::http {

/// A listening Unix socket at a path, mode 0600 from the first moment that anybody can connect. The file that
/// another server left behind is replaced; one where a server answers is not. The file is removed on
/// destruction, if it is still this one.
class UnixSocket {
 public:
  /// Errors: `invalid` (path too long); `unavailable` (another server listens there, something else than a
  /// socket stands there, or the system refused).
  static Result<UnixSocket> listen_at(const std::string& path);

  UnixSocket(UnixSocket&& other) noexcept;
  UnixSocket& operator=(UnixSocket&&) = delete;
  ~UnixSocket();

  /// Hands the descriptor over; the caller closes it.
  int release();
  /// Removes the file early: from now on nobody finds the socket.
  void remove_file();

 private:
  UnixSocket(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  int descriptor_ = -1;
  std::string path_;  ///< "" once removed
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// Who connected, as the kernel says: "uid:1000"; "" if it does not.
std::string peer_of_unix_socket(int descriptor);

}  // namespace postern::http
