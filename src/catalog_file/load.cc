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

void add_text(const Node* node, std::vector<std::string>& out) {
  if (node != nullptr && node->kind == Node::Kind::scalar) out.push_back(node->text);
}

/// The files that a part of the catalog names, as far as it can be read.
struct Named {
  std::vector<std::string> playbooks;
  std::vector<std::string> trusted_copies;
};
Named named_files(const std::string& part) {
  Named out;
  const Tree tree = parse_yaml(part);
  if (tree.root == nullptr) return out;
  if (const Node* processes = tree.root->find("processes"))
    for (const Member& each : processes->members) add_text(each.value->find("playbook"), out.playbooks);
  if (const Node* probes = tree.root->find("probes"))
    for (const Member& each : probes->members)
      if (const Node* certificate = each.value->find("saml_certificate"))
        add_text(certificate->find("trusted_copy"), out.trusted_copies);
  return out;
}

/// Reads `path` inside `folder`; nothing when it does not exist.
Result<std::optional<std::string>> read_inside(const fs::path& folder, const std::string& path,
                                               std::size_t bytes_max) {
  std::error_code failure;
  const fs::path real = fs::canonical(folder / path, failure);
  if (failure == std::errc::no_such_file_or_directory || failure == std::errc::not_a_directory)
    return std::nullopt;
  if (failure)
    return fail(ErrorCode::unavailable, "The file " + path + " cannot be opened: " + failure.message() + ".");
  // A link out of the folder would put a file into the signed catalog that no reviewer of the folder sees.
  const fs::path beside = real.lexically_relative(folder);
  if (beside.empty() || *beside.begin() == "..")
    return fail(ErrorCode::invalid,
                "The file " + path + " is a link that leaves the catalog's folder. Copy the file into it.");
  return TRY(read_file(real, bytes_max));
}

/// Takes files in until they are too many.
class Collector {
 public:
  explicit Collector(fs::path folder) : folder_(std::move(folder)) {}

  Result<void> add(const std::string& name, std::string text) {
    bytes_ += text.size();
    out_.files.emplace(name, std::move(text));
    if (out_.files.size() <= files_max && bytes_ <= sources_bytes_max) return {};
    return fail(ErrorCode::invalid, "The catalog and its playbooks are more than " +
                                        std::to_string(files_max) + " files or " +
                                        std::to_string(sources_bytes_max) + " bytes. Shorten them.");
  }
  Result<void> add_if_there(const std::string& name, std::size_t bytes_max) {
    if (out_.files.contains(name)) return {};
    auto text = TRY(read_inside(folder_, name, bytes_max));
    return text ? add(name, *std::move(text)) : Result<void>{};
  }
  /// The other parts of a catalog that is a folder.
  Result<void> add_parts() {
    std::error_code failure;
    std::vector<std::string> names;
    for (const fs::directory_entry& each : fs::directory_iterator(folder_, failure)) {
      const std::string name = each.path().filename().string();
      const std::string ending = each.path().extension().string();
      if (ending == ".yml" || ending == ".YAML" || ending == ".YML")
        return fail(ErrorCode::invalid,
                    name + " would not be read: parts of a catalog end in .yaml. Rename it.");
      if (name != catalog_path && is_part_path(name)) names.push_back(name);
      if (names.size() > files_max) return add(name, std::string(sources_bytes_max, ' '));
    }
    if (failure)
      return fail(ErrorCode::unavailable,
                  "The folder " + folder_.string() + " cannot be read: " + failure.message() + ".");
    for (const std::string& each : names) TRY(add_if_there(each, file_bytes_max));
    return {};
  }
  Result<void> add_named() {
    for (const auto& [path, text] : std::map(out_.files)) {
      const Named named = named_files(text);
      for (const std::string& each : named.playbooks) {
        if (!is_playbook_path(each)) return stray("playbook", ".md");
        TRY(add_if_there(each, playbook_bytes_max));
        TRY(add_if_there(translated_path(each, "ja"), playbook_bytes_max));
      }
      for (const std::string& each : named.trusted_copies) {
        if (!is_metadata_path(each)) return stray("copy of metadata", ".xml");
        TRY(add_if_there(each, metadata_bytes_max));
      }
    }
    return {};
  }
  Sources take() { return std::move(out_); }

 private:
  static Result<void> stray(const std::string& what, const std::string& ending) {
    return fail(ErrorCode::invalid, "The catalog names a " + what + " by a path that is not a " + ending +
                                        " file in its own folder. Write it like folder/name" + ending + ".");
  }

  fs::path folder_;
  Sources out_;
  std::size_t bytes_ = 0;
};

}  // namespace

std::string folder_of(const std::string& path) {
  std::error_code failure;
  if (fs::is_directory(path, failure)) return path;
  const fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

Result<Sources> load(const std::string& path) {
  std::error_code failure;
  const bool is_folder = fs::is_directory(path, failure);
  const fs::path main = is_folder ? fs::path(path) / catalog_path : fs::path(path);
  std::string catalog = TRY(read_file(main, file_bytes_max));
  const fs::path folder = fs::canonical(folder_of(path), failure);
  if (failure)
    return fail(ErrorCode::unavailable,
                "The folder of " + path + " cannot be opened: " + failure.message() + ".");
  Collector collector(folder);
  TRY(collector.add(std::string(catalog_path), std::move(catalog)));
  if (is_folder) TRY(collector.add_parts());
  TRY(collector.add_named());
  return collector.take();
}

}  // namespace postern::catalog_file
