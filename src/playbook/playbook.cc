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

struct Placeholder {
  std::size_t open = 0;  ///< where its braces begin
  std::size_t end = 0;   ///< after its braces
  std::string_view name;
  bool is_closed = true;
};

std::vector<Placeholder> placeholders_in(std::string_view markdown) {
  std::vector<Placeholder> out;
  for (std::size_t open = markdown.find("{{"); open != std::string_view::npos;) {
    const std::size_t close = markdown.find("}}", open);
    if (close == std::string_view::npos) {
      out.push_back({open, markdown.size(), {}, false});
      break;
    }
    out.push_back({open, close + 2, trimmed(markdown.substr(open + 2, close - open - 2)), true});
    open = markdown.find("{{", close + 2);
  }
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

Facts facts_of(const catalog::Catalog& catalog, const catalog::Process& process) {
  std::string regions;
  for (const std::string& region : catalog.organization.sts_regions)
    regions += (regions.empty() ? "" : ", ") + region;
  return {{"emergency_account.id", catalog.organization.emergency_account.text()},
          {"emergency_role", process.access.emergency_role},
          {"process.title", process.title},
          {"sts_regions", regions},
          {"target_role", process.access.target_role}};
}

const std::string* markdown_of(const catalog::Catalog& catalog, const catalog::Process& process,
                               std::string_view language) {
  std::string path = process.playbook;
  if (!language.empty() && path.ends_with(".md")) path.insert(path.size() - 3, "." + std::string(language));
  auto found = catalog.playbooks.find(path);
  if (found == catalog.playbooks.end()) found = catalog.playbooks.find(process.playbook);
  return found == catalog.playbooks.end() ? nullptr : &found->second;
}

namespace {

std::ptrdiff_t characters_in(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

}  // namespace

std::vector<Fault> faults_in(std::string_view markdown) {
  std::vector<Fault> out;
  if (markdown.size() > markdown_bytes_max) return {{0, 0, "A playbook has at most 64 KiB."}};
  int line = 1;
  std::size_t line_start = 0;
  std::size_t counted = 0;  // up to here lines are counted
  for (const Placeholder& each : placeholders_in(markdown)) {
    for (; counted < each.open; ++counted)
      if (markdown[counted] == '\n') {
        ++line;
        line_start = counted + 1;
      }
    std::string what;
    if (!each.is_closed)
      what = "A placeholder is not closed with }}.";
    else if (!std::binary_search(known_names().begin(), known_names().end(), each.name))
      what = fmt::format("There is no placeholder {{{{{}}}}}.",
                         sanitized(each.name.substr(0, 80), Lines::replace));
    if (what.empty()) continue;
    if (out.size() == faults_max) break;
    const auto column = characters_in(markdown.substr(line_start, each.open - line_start)) + 1;
    out.push_back({line, static_cast<int>(column), std::move(what)});
  }
  return out;
}

Result<std::string> fill(std::string_view markdown, const Facts& facts) {
  if (const std::vector<Fault> faults = faults_in(markdown); !faults.empty())
    return fail(ErrorCode::invalid, fmt::format("Line {}: {}", faults[0].line, faults[0].what));
  std::string out;
  out.reserve(markdown.size());
  std::size_t from = 0;
  for (const Placeholder& each : placeholders_in(markdown)) {
    out += markdown.substr(from, each.open - from);
    const auto value = facts.find(each.name);
    out += value == facts.end() ? "\u2039" + std::string(each.name) + "\u203a" : as_text(value->second);
    from = each.end;
  }
  out += markdown.substr(from);
  return out;
}

}  // namespace postern::playbook
