#include "cli/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace postern::cli {
namespace {

/// An open file that is closed with it.
class File {
 public:
  File(const std::string& path, int flags) : file_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (file_ >= 0) ::close(file_);
  }
  [[nodiscard]] int get() const { return file_; }

 private:
  int file_;
};

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file) == 0;
}

tl::unexpected<Error> not_written(const std::string& path) {
  return fail(ErrorCode::unavailable,
              "\"" + path + "\" cannot be written. Is the folder there, and is there room?");
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, std::size_t bytes_max) {
  const File file(path, O_RDONLY | O_NONBLOCK);  // a pipe that nobody writes to must not hang us
  if (file.get() < 0) return fail(ErrorCode::not_found, "\"" + path + "\" cannot be read. Is it there?");
  struct stat about{};
  if (::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode))
    return fail(ErrorCode::invalid, "\"" + path + "\" is no file.");
  std::string out;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::unavailable, "\"" + path + "\" cannot be read.");
    if (got == 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(got));
    if (out.size() > bytes_max)
      return fail(ErrorCode::exhausted, "\"" + path + "\" is larger than " + std::to_string(bytes_max) +
                                            " bytes, which nothing of Postern's is.");
  }
}

Result<void> write_own_file(const std::string& path, std::string_view text) {
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());  // left by a crash
  {
    const File file(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (file.get() < 0 || !write_all(file.get(), text)) {
      ::unlink(beside.c_str());
      return not_written(path);
    }
  }
  if (::rename(beside.c_str(), path.c_str()) == 0) return {};
  ::unlink(beside.c_str());
  return not_written(path);
}

Result<void> write_new_file(const std::string& path, std::string_view text) {
  const File file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
  if (file.get() < 0 && errno == EEXIST)
    return fail(ErrorCode::conflict,
                "\"" + path + "\" is there already, and stays as it is. Name another file.");
  if (file.get() < 0) return not_written(path);
  if (write_all(file.get(), text)) return {};
  ::unlink(path.c_str());
  return not_written(path);
}

}  // namespace postern::cli
