#pragma once

#include <string>

#include "base/result.h"

namespace postern::store {

/// An exclusive lock that one process holds on a file of its own (flock(2)); the system drops it when the
/// process ends, however it ends. The file stays: removing it could let two processes lock two files of the
/// same name.
class FileLock {
 public:
  /// Makes `path` with mode 0600 if it is not there. `conflict` when somebody else holds the lock,
  /// `unavailable` when the file cannot be opened. Never waits.
  static Result<FileLock> take(const std::string& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace postern::store
