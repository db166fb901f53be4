#include "store/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace postern::store {

Result<FileLock> FileLock::take(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return fail(ErrorCode::unavailable, "The lock file " + path +
                                            " cannot be opened: " + std::strerror(errno) +
                                            ". Check that its directory is there and may be written.");
  }
  FileLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) {
    return fail(ErrorCode::unavailable,
                "The lock file " + path + " cannot be locked: " + std::strerror(errno) + ".");
  }
  return fail(ErrorCode::conflict, "Another process writes this ledger: it holds " + path +
                                       ". Stop it first (`fuser " + path +
                                       "` names it), or open the ledger read-only.");
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace postern::store
