#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include "catalog_file/catalog_file.h"
#include "catalog_file/forms.h"
#include "catalog_file/yaml_tree.h"

namespace postern::catalog_file {
namespace {

namespace fs = std::filesystem;

/// Closes what it opened.
class Descriptor {
 public:
  // Not blocking, so that a FIFO in a playbook's place cannot hold us up.
  explicit Descriptor(const fs::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

Result<std::string> read_file(const fs::path& path, std::size_t bytes_max) {
  const Descriptor file(path);
  if (file.fd() < 0 && (errno == ENOENT || errno == ENOTDIR))
    return fail(ErrorCode::not_found, "There is no file " + path.string() + ". Check the path.");
  struct stat about{};
  if (file.fd() < 0 || ::fstat(file.fd(), &about) != 0)
    return fail(ErrorCode::unavailable,
                "The file " + path.string() + " cannot be opened: " + std::strerror(errno) + ".");
  if (!S_ISREG(about.st_mode))
    return fail(ErrorCode::invalid, path.string() + " is not a regular file. Name a file.");
  std::string text(bytes_max + 1, '\0');  // the size that stat gives may change before the end is reached
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(file.fd(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return fail(ErrorCode::unavailable,
                  "The file " + path.string() + " cannot be read: " + std::strerror(errno) + ".");
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > bytes_max)
    return fail(ErrorCode::invalid,
                path.string() + " is larger than " + std::to_string(bytes_max) + " bytes. Shorten it.");
  text.resize(size);
  if (const auto flaw = flaw_of_text(text))
    return fail(ErrorCode::invalid, path.string() + ":" + std::to_string(flaw->at.line) + ":" +
                                        std::to_string(flaw->at.column) + ": " + flaw->what);
  return text;
}

/// The playbooks that the catalog names, as far as it can be read.
std::vector<std::string> named_playbooks(const std::string& catalog) {
  std::vector<std::string> out;
  const Tree tree = parse_yaml(catalog);
  const Node* processes = tree.root == nullptr ? nullptr : tree.root->find("processes");
  if (processes == nullptr) return out;
  for (const Member& each : processes->members)
    if (const Node* playbook = each.value->find("playbook");
        playbook != nullptr && playbook->kind == Node::Kind::scalar)
      out.push_back(playbook->text);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// Reads `path` inside `folder`; nothing when it does not exist.
Result<std::optional<std::string>> read_inside(const fs::path& folder, const std::string& path) {
  std::error_code failure;
  const fs::path real = fs::canonical(folder / path, failure);
  if (failure == std::errc::no_such_file_or_directory || failure == std::errc::not_a_directory)
    return std::nullopt;
  if (failure)
    return fail(ErrorCode::unavailable,
                "The playbook " + path + " cannot be opened: " + failure.message() + ".");
  // A link out of the folder would put a file into the signed catalog that no reviewer of the folder sees.
  const fs::path beside = real.lexically_relative(folder);
  if (beside.empty() || *beside.begin() == "..")
    return fail(
        ErrorCode::invalid,
        "The playbook " + path + " is a link that leaves the catalog's folder. Copy the file into it.");
  return TRY(read_file(real, playbook_bytes_max));
}

}  // namespace

Result<Sources> load(const std::string& path) {
  Sources out;
  const std::string catalog = TRY(read_file(path, file_bytes_max));
  out.files.emplace(catalog_path, catalog);
  std::error_code failure;
  const fs::path folder = fs::canonical(fs::absolute(path, failure).parent_path(), failure);
  if (failure)
    return fail(ErrorCode::unavailable,
                "The folder of " + path + " cannot be opened: " + failure.message() + ".");
  std::size_t bytes = catalog.size();
  for (const std::string& playbook : named_playbooks(catalog)) {
    if (!is_playbook_path(playbook))
      return fail(ErrorCode::invalid,
                  "The catalog names a playbook by a path that is not a .md file in its own folder. "
                  "Write it like playbooks/name.md.");
    for (const std::string& each : {playbook, translated_path(playbook, "ja")}) {
      auto text = TRY(read_inside(folder, each));
      if (!text) continue;
      bytes += text->size();
      out.files.emplace(each, *std::move(text));
      if (out.files.size() > files_max || bytes > sources_bytes_max)
        return fail(ErrorCode::invalid, "The catalog and its playbooks are more than " +
                                            std::to_string(files_max) + " files or " +
                                            std::to_string(sources_bytes_max) + " bytes. Shorten them.");
    }
  }
  return out;
}

}  // namespace postern::catalog_file
