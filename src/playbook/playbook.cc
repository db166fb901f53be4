#include "playbook/playbook.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/placeholder.h"

namespace postern::playbook {
namespace {

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

std::vector<Fault> faults_in(std::string_view markdown) {
  std::vector<Fault> out;
  if (markdown.size() > markdown_bytes_max) return {{0, 0, "A playbook has at most 64 KiB."}};
  for (const Placeholder& each : placeholders_in(markdown)) {
    std::string what;
    if (!each.is_closed)
      what = "A placeholder is not closed with }}.";
    else if (!std::binary_search(known_names().begin(), known_names().end(), each.name))
      what = fmt::format("There is no placeholder {{{{{}}}}}.",
                         sanitized(each.name.substr(0, 80), Lines::replace));
    if (what.empty()) continue;
    if (out.size() == faults_max) break;
    out.push_back({each.line, each.column, std::move(what)});
  }
  return out;
}

Result<std::string> fill(std::string_view markdown, const Facts& facts) {
  if (const std::vector<Fault> faults = faults_in(markdown); !faults.empty())
    return fail(ErrorCode::invalid, fmt::format("Line {}: {}", faults[0].line, faults[0].what));
  return replace_placeholders(markdown, [&](std::string_view name) {
    const auto value = facts.find(name);
    return value == facts.end() ? "\u2039" + std::string(name) + "\u203a" : as_text(value->second);
  });
}

}  // namespace postern::playbook
