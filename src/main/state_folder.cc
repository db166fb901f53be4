#include "main/state_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "store/sqlite.h"

namespace postern {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes_max = 64U << 10U;

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text(file_bytes_max, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

/// Writes a file of a new name, `path` and six characters more, that only the owner may read; gives the name.
Result<std::string> write_draft(const fs::path& path, std::string_view text) {
  std::string draft = path.string() + ".XXXXXX";
  const int file = ::mkostemp(draft.data(), O_CLOEXEC);
  if (file < 0) return fail(ErrorCode::unavailable, "Cannot make " + path.string() + ".");
  const bool good =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  ::close(file);
  if (good) return draft;
  ::unlink(draft.c_str());
  return fail(ErrorCode::unavailable, "Cannot write " + path.string() + ".");
}

/// Writes a new file that only the owner may read, durably, and under its name only when it is whole: a start
/// that is cut off anywhere leaves nothing that the next one would trip over. What somebody else made
/// meanwhile stays.
Result<void> write_new(const fs::path& path, std::string_view text) {
  const std::string draft = TRY(write_draft(path, text));
  const bool linked = ::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST;
  ::unlink(draft.c_str());
  const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool durable = folder >= 0 && ::fsync(folder) == 0;
  if (folder >= 0) ::close(folder);
  if (!linked || !durable) return fail(ErrorCode::unavailable, "Cannot write " + path.string() + ".");
  return {};
}

Result<void> check_private(const fs::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & 0077U) != 0)
    return fail(ErrorCode::forbidden,
                path.string() + " must be readable by its owner alone: chmod 600 " + path.string());
  return {};
}

/// 32 bytes in hex, from the file, or new ones.
Result<Secret> key_in(const fs::path& path, Random& random) {
  if (!fs::exists(path)) TRY(write_new(path, to_hex(random.bytes(32)) + "\n"));
  TRY(check_private(path));
  std::string text = read_file(path).value_or("");
  auto bytes = from_hex(std::string_view(text).substr(0, text.find('\n')));
  wipe(text);
  if (!bytes || bytes->size() != 32)
    return fail(ErrorCode::invalid, path.string() + " does not hold a key of 32 bytes in hexadecimal.");
  return Secret(std::move(*bytes));
}

class DatabaseSource : public cli::LedgerSource {
 public:
  DatabaseSource(fs::path folder, std::unique_ptr<store::Store> store)
      : folder_(std::move(folder)), store_(std::move(store)) {}
  Result<std::uint64_t> size() override { return store_->head(); }
  Result<std::vector<Row>> read(std::uint64_t from, std::size_t count) override {
    std::vector<Row> rows;
    std::vector<store::StoredEntry> stored = TRY(store_->read(from, count));
    for (store::StoredEntry& each : stored) rows.push_back({each.index, std::move(each.bytes), each.leaf});
    return rows;
  }
  Result<std::string> checkpoint() override { return text("checkpoint"); }
  Result<std::string> vkey() override {
    const std::string line = TRY(text("ledger.vkey"));
    return line.substr(0, line.find('\n'));
  }

 private:
  Result<std::string> text(const char* name) {
    if (auto found = read_file(folder_ / name)) return *found;
    return fail(ErrorCode::not_found, "There is no " + (folder_ / name).string() + ".");
  }
  fs::path folder_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace

Result<StateFolder> StateFolder::open(const std::string& path, const std::string& origin, Random& random) {
  StateFolder state;
  state.path_ = path;
  std::error_code error;
  if (fs::create_directories(path, error)) fs::permissions(path, fs::perms::owner_all, error);
  if (!fs::is_directory(path, error))
    return fail(ErrorCode::unavailable, "The state folder " + path + " cannot be made.");
  const fs::path vkey_path = fs::path(path) / "ledger.vkey";
  std::string name = origin;
  if (const auto known = read_file(vkey_path)) {
    const ledger::NoteVerifier verifier =
        TRY(ledger::NoteVerifier::parse(known->substr(0, known->find('\n'))));
    if (!origin.empty() && origin != verifier.name())
      return fail(ErrorCode::conflict,
                  "The ledger in " + path + " is called " + verifier.name() + ", not " + origin + ".");
    name = verifier.name();
  }
  if (name.empty()) name = "postern.invalid/" + to_hex(random.bytes(8));
  const Secret seed = TRY(key_in(fs::path(path) / "ledger.key", random));
  state.signer_ = std::make_shared<const ledger::NoteSigner>(TRY(ledger::NoteSigner::from_seed(name, seed)));
  state.token_key_ = TRY(key_in(fs::path(path) / "token.key", random));
  if (!fs::exists(vkey_path)) TRY(write_new(vkey_path, state.signer_->verifier().vkey() + "\n"));
  return state;
}

std::optional<std::string> StateFolder::last_checkpoint() const {
  return read_file(fs::path(path_) / "checkpoint");
}

void StateFolder::keep_checkpoint(const std::string& note) const {
  const fs::path path = fs::path(path_) / "checkpoint";
  const fs::path next = fs::path(path_) / "checkpoint.new";
  std::ofstream file(next, std::ios::binary | std::ios::trunc);
  file << note;
  file.close();
  std::error_code error;
  if (file) fs::rename(next, path, error);
}

Result<std::unique_ptr<cli::LedgerSource>> open_state_for_reading(const std::string& path) {
  auto store = TRY(store::open_sqlite_read_only((fs::path(path) / "ledger.db").string()));
  return std::unique_ptr<cli::LedgerSource>(std::make_unique<DatabaseSource>(path, std::move(store)));
}

}  // namespace postern
