#include "wallet/wallet.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <thread>

#include "base/encoding.h"
#include "base/id.h"

namespace postern::wallet {
namespace {

constexpr std::size_t file_bytes_max = 64U << 10U;
constexpr std::size_t file_name_bytes_max = 200;
constexpr std::string_view kept_ending = ".wallet";
constexpr std::string_view lock_ending = ".lock";
constexpr std::string_view new_ending = ".new";
constexpr std::string_view one_hour_ending = ".one-hour";
constexpr std::string_view failure_ending = ".failure";
constexpr std::string_view owed_ending = ".owed";
constexpr std::string_view asked_ending = ".asked";

/// A file descriptor that closes itself.
class File {
 public:
  explicit File(int number) : number_(number) {}
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// Nobody else may read it, and nobody else put it there.
bool is_private(int file) {
  struct stat status{};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::getuid() &&
         (status.st_mode & 0077U) == 0;
}

/// Reads all of it into memory that is wiped when it is not returned; nullopt when it is too large or the
/// disk fails.
std::optional<std::string> read_all(int file) {
  std::string text(file_bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > file_bytes_max) {
    wipe(text);
    return std::nullopt;
  }
  text.resize(size);
  return text;
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// "aiko@dW5peDov….G-1": a server's address holds slashes, so it stands there in base64url.
std::string stem(const std::string& server, const std::string& person) {
  return person + "@" + to_base64url(server) + ".";
}

/// A private file that holds only `text`. It matters little when it cannot be written.
void write_note(const Result<std::string>& path, std::string_view text) {
  if (!path) return;
  const File file(::open(path->c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() >= 0) static_cast<void>(write_all(file.get(), text));
}

/// What such a file holds; nullopt where there is none that is ours alone.
std::optional<std::string> read_note(const Result<std::string>& path) {
  if (!path) return std::nullopt;
  const File file(::open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return file.get() >= 0 && is_private(file.get()) ? read_all(file.get()) : std::nullopt;
}

}  // namespace

Lock::Lock(Lock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

Lock::~Lock() {
  if (file_ >= 0) ::close(file_);  // which lets go of the lock
}

Result<std::string> Wallet::path_of(const Name& name, std::string_view ending) const {
  TRY(PersonId::parse(name.person));
  TRY(GrantId::parse(name.grant));
  const std::string file = stem(name.server, name.person) + name.grant;
  if (file.size() > file_name_bytes_max)
    return fail(
        ErrorCode::invalid,
        "The server's address is too long to keep credentials for it. Use a shorter path for its socket.");
  return folder_ + "/" + file + std::string(ending);
}

Result<std::optional<Kept>> Wallet::find(const Name& name) const {
  const std::string path = TRY(path_of(name, kept_ending));
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.get() < 0 && errno == ENOENT) return std::optional<Kept>();
  if (file.get() < 0 || !is_private(file.get()))
    return fail(ErrorCode::forbidden, path + " is not yours alone, so nothing was read from it. Remove it.");
  std::optional<std::string> text = read_all(file.get());
  if (!text) return std::optional<Kept>();
  Result<Kept> kept = parse(*text, name);
  wipe(*text);
  if (!kept) return std::optional<Kept>();
  return std::optional<Kept>(*std::move(kept));
}

Result<void> Wallet::keep(const Name& name, const Kept& kept) const {
  const std::string path = TRY(path_of(name, kept_ending));
  const std::string draft = TRY(path_of(name, new_ending));
  const Secret text = TRY(to_text(name, kept));
  ::unlink(draft.c_str());
  const File file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  const bool written = file.get() >= 0 && write_all(file.get(), text.reveal());
  if (written && ::rename(draft.c_str(), path.c_str()) == 0) return {};
  ::unlink(draft.c_str());
  return fail(ErrorCode::unavailable, "The credentials cannot be kept in " + folder_ + ". Is it full?");
}

void Wallet::forget(const Name& name) const {
  // The lock stays: somebody may be waiting for it, and a new one beside it would let two in.
  for (const std::string_view ending : {kept_ending, new_ending})
    if (const Result<std::string> path = path_of(name, ending)) ::unlink(path->c_str());
}

void Wallet::note_one_hour_only(const Name& name) const { write_note(path_of(name, one_hour_ending), ""); }

void Wallet::note_failure(const Name& name, Instant now) const {
  write_note(path_of(name, failure_ending), to_rfc3339(now));
}

void Wallet::forget_failure(const Name& name) const {
  if (const Result<std::string> path = path_of(name, failure_ending)) ::unlink(path->c_str());
}

std::optional<Instant> Wallet::last_failure(const Name& name) const {
  const std::optional<std::string> text = read_note(path_of(name, failure_ending));
  const Result<Instant> at = parse_rfc3339(text.value_or(""));
  return at ? std::optional(*at) : std::nullopt;
}

void Wallet::owe_report(const Name& name, const std::string& report) const {
  if (report.size() > file_bytes_max / owed_reports_max - 1) return;
  std::vector<std::string> owed = take_owed_reports(name);
  owed.push_back(report);
  std::string text;
  for (std::size_t i = owed.size() - std::min(owed.size(), owed_reports_max); i < owed.size(); ++i)
    text.append(owed[i]).append("\n");
  write_note(path_of(name, owed_ending), text);
}

std::vector<std::string> Wallet::take_owed_reports(const Name& name) const {
  const Result<std::string> path = path_of(name, owed_ending);
  const std::string text = read_note(path).value_or("");
  if (path) ::unlink(path->c_str());
  std::vector<std::string> owed;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end > start) owed.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return owed;
}

Result<std::string> Wallet::path_of_account(const std::string& server, const std::string& person,
                                            const std::string& request) const {
  TRY(PersonId::parse(person));
  TRY(RequestId::parse(request));
  const std::string file = stem(server, person) + request;
  if (file.size() > file_name_bytes_max) return fail(ErrorCode::invalid, "The server's address is too long.");
  return folder_ + "/" + file + std::string(asked_ending);
}

void Wallet::note_account(const std::string& server, const std::string& person, const std::string& request,
                          const std::string& account) const {
  write_note(path_of_account(server, person, request), account);
}

std::optional<std::string> Wallet::account_asked(const std::string& server, const std::string& person,
                                                 const std::string& request) const {
  return read_note(path_of_account(server, person, request));
}

bool Wallet::is_one_hour_only(const Name& name) const {
  const Result<std::string> path = path_of(name, one_hour_ending);
  return path && ::access(path->c_str(), F_OK) == 0;
}

std::vector<std::string> Wallet::grants(const std::string& server, const std::string& person) const {
  std::vector<std::string> out;
  const std::string start = stem(server, person);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(folder_.c_str()), &::closedir);
  if (folder == nullptr) return out;
  while (const dirent* entry = ::readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe): our own DIR
    const std::string_view file = entry->d_name;
    if (file.size() <= start.size() + kept_ending.size() || !file.starts_with(start) ||
        !file.ends_with(kept_ending))
      continue;
    out.emplace_back(file.substr(start.size(), file.size() - start.size() - kept_ending.size()));
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<Lock> Wallet::lock(const Name& name, std::chrono::milliseconds deadline) const {
  constexpr std::chrono::milliseconds pause{20};
  const std::string path = TRY(path_of(name, lock_ending));
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0)
    return fail(ErrorCode::unavailable, "Nothing can be written in " + folder_ + ". Is it full?");
  for (std::chrono::milliseconds waited{0}; ::flock(file.get(), LOCK_EX | LOCK_NB) != 0; waited += pause) {
    if (waited >= deadline)
      return fail(ErrorCode::unavailable,
                  "Another terminal is taking credentials of " + name.grant +
                      ", perhaps waiting for its MFA code. Finish or end it there, then try again.");
    std::this_thread::sleep_for(pause);
  }
  return Lock(file.release());
}

std::string private_folder(const Environment& environment) {
  const std::optional<std::string> base = environment("XDG_RUNTIME_DIR");
  if (!base || !base->starts_with('/')) return "";  // a relative path counts as none (XDG Base Directory)
  const std::string folder = *base + "/postern";
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return "";
  struct stat status{};
  const bool ours = ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
                    status.st_uid == ::getuid() && (status.st_mode & 0077U) == 0;
  return ours ? folder : "";
}

}  // namespace postern::wallet
