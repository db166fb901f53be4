#include "playbook/playbook.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace postern::playbook {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// A value must not become markup, neither in prose nor inside a code block.
std::string as_text(std::string_view value) {
  std::string out;
  for (const char c : sanitized(value, Lines::replace))
    if (std::string_view("`<>[]").find(c) == std::string_view::npos) out += c;
  return out;
}

}  // namespace

const std::vector<std::string_view>& known_names() {
  static const std::vector<std::string_view> names{
      "account.id",     "account.name",     "emergency.id", "emergency.mode", "emergency_account.id",
      "emergency_role", "grant.expires_at", "grant.id",     "person.id",      "process.title",
      "request.id",     "sts_regions",      "target_role"};
  return names;
}

Result<std::string> fill(std::string_view markdown, const Facts& facts) {
  if (markdown.size() > markdown_bytes_max) return fail(ErrorCode::invalid, "A playbook has at most 64 KiB.");
  std::string out;
  out.reserve(markdown.size());
  std::size_t line = 1;
  while (!markdown.empty()) {
    const std::size_t open = markdown.find("{{");
    const std::string_view before = markdown.substr(0, open);
    out += before;
    line += static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    if (open == std::string_view::npos) break;
    const std::size_t close = markdown.find("}}", open);
    if (close == std::string_view::npos)
      return fail(ErrorCode::invalid, fmt::format("Line {}: a placeholder is not closed with }}}}.", line));
    const std::string_view name = trimmed(markdown.substr(open + 2, close - open - 2));
    if (!std::binary_search(known_names().begin(), known_names().end(), name))
      return fail(ErrorCode::invalid, fmt::format("Line {}: there is no placeholder {{{{{}}}}}.", line,
                                                  sanitized(name.substr(0, 80), Lines::replace)));
    const auto value = facts.find(name);
    out += value == facts.end() ? "\u2039" + std::string(name) + "\u203a" : as_text(value->second);
    markdown.remove_prefix(close + 2);
  }
  return out;
}

}  // namespace postern::playbook
