#include "aws/profile_file.h"

#include <algorithm>
#include <optional>

namespace postern::aws {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Without a comment that white space sets off. Keys and ids hold neither, so nothing of value is cut.
std::string_view without_comment(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at)
    if ((text[at] == '#' || text[at] == ';') && blanks.find(text[at - 1]) != std::string_view::npos)
      return trimmed(text.substr(0, at));
  return text;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

/// The profile that a section's name stands for; "" for a section that is none (`[sso-session x]`, `[services
/// y]`).
std::string profile_named(std::string_view section, ProfileFile kind) {
  if (kind == ProfileFile::credentials || section == "default") return std::string(section);
  constexpr std::string_view prefix = "profile";
  if (section.size() <= prefix.size() || !section.starts_with(prefix)) return "";
  if (blanks.find(section[prefix.size()]) == std::string_view::npos) return "";
  return std::string(trimmed(section.substr(prefix.size())));
}

class Lines {
 public:
  Lines(ProfileFile kind, std::string_view path) : kind_(kind), path_(path) {}

  Result<void> take(std::string_view line) {
    ++number_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find('\0') != std::string_view::npos) return fault("holds a NUL byte");
    const std::string_view content = trimmed(line);
    if (content.empty() || content[0] == '#' || content[0] == ';') return {};
    // As in Python's configparser, which the AWS CLI uses: only deeper indentation than the setting above
    // nests.
    const std::size_t indent = line.find_first_not_of(blanks);
    if (setting_indent_ && indent > *setting_indent_) return nested();
    if (content[0] == '[') return section(content);
    setting_indent_ = indent;
    return setting(content);
  }

  Profiles profiles() && { return std::move(profiles_); }

 private:
  Result<void> section(std::string_view content) {
    const std::size_t end = content.find(']');
    if (end == std::string_view::npos) return fault("starts a section but has no ']'");
    const std::string_view rest = trimmed(content.substr(end + 1));
    if (!rest.empty() && rest[0] != '#' && rest[0] != ';') return fault("has text after ']'");
    const std::string_view name = trimmed(content.substr(1, end - 1));
    if (name.empty()) return fault("has a section without a name");
    in_section_ = true;
    setting_indent_.reset();
    profile_ = profile_named(name, kind_);
    if (!profile_.empty()) profiles_.try_emplace(profile_);
    return {};
  }

  Result<void> setting(std::string_view content) {
    const std::size_t equals = content.find('=');
    if (equals == std::string_view::npos)
      return fault("is neither a section, a comment nor \"name = value\"");
    if (!in_section_) return fault("stands before the first section; start with a line like [default]");
    const std::string name = lower_case(trimmed(content.substr(0, equals)));
    const std::string_view value = without_comment(trimmed(content.substr(equals + 1)));
    if (name.empty()) return fault("has no name before '='");
    may_nest_ = value.empty();
    if (profile_.empty()) return {};
    const bool is_new = profiles_[profile_].try_emplace(name, Secret::copy_of(value)).second;
    if (!is_new)
      return fault("sets something that an earlier line of the same profile sets; keep one of the two");
    return {};
  }

  /// A deeper line belongs to the setting above it (`s3 =` and its own settings), which we never read.
  Result<void> nested() const {
    if (!may_nest_)
      return fault("is indented deeper than the setting above it; remove the white space at its start");
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> fault(std::string_view what) const {
    return fail(ErrorCode::invalid, path_ + ", line " + std::to_string(number_) + ": the line " +
                                        std::string(what) + ". Correct it and try again.");
  }

  ProfileFile kind_;
  std::string path_;
  int number_ = 0;
  bool in_section_ = false;
  bool may_nest_ = false;                      ///< the last setting has no value of its own
  std::optional<std::size_t> setting_indent_;  ///< of the last setting in this section
  std::string profile_;
  Profiles profiles_;
};

}  // namespace

Result<Profiles> read_profiles(std::string_view text, ProfileFile kind, std::string_view path) {
  if (text.size() > profile_file_bytes_max)
    return fail(ErrorCode::invalid, std::string(path) + " is larger than 1 MiB. Is it the right file?");
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  Lines lines(kind, path);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    TRY(lines.take(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::move(lines).profiles();
}

}  // namespace postern::aws
