#include "notify/template.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/placeholder.h"
#include "notify/message.h"

namespace postern::notify {
namespace {

constexpr std::string_view ellipsis = "…";

/// At most `bytes`, between characters. Malformed text is cut anywhere.
std::string_view first_bytes(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  std::size_t end = bytes;
  while (end > 0 && bytes - end < 4 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string cut(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  text.resize(first_bytes(text, bytes_max - ellipsis.size()).size());
  return text += ellipsis;
}

/// On one line: a reason with line breaks could otherwise write lines of ours, such as "Approved by".
std::string on_one_line(std::string_view text, std::size_t bytes_max) {
  // Cut first, so that a reason of a megabyte costs no more than one of 300 bytes; and one byte more than is
  // kept, so that it shows that something is missing.
  std::string line(first_bytes(text, bytes_max + ellipsis.size() + 1));
  std::replace(line.begin(), line.end(), '\n', ' ');
  return cut(sanitized(line, Lines::replace), bytes_max);
}

std::string fault_of(const Placeholder& each, const std::vector<std::string_view>& known) {
  if (!each.is_closed) return "A placeholder is not closed with }}.";
  if (std::binary_search(known.begin(), known.end(), each.name)) return {};
  if (!each.name.empty() && std::string_view("#^/>&!={").find(each.name.front()) != std::string_view::npos)
    return "Only {{name}} has a meaning here: no sections, partials, comments or unescaped values.";
  return fmt::format("There is no placeholder {{{{{}}}}}.",
                     sanitized(first_bytes(each.name, 80), Lines::replace));
}

}  // namespace

const std::vector<std::string_view>& known_fields() {
  static const std::vector<std::string_view> names{
      "at",
      "command",
      "count",
      "emergency.declared_by",
      "emergency.id",
      "emergency.incident",
      "emergency.mode",
      "emergency.since",
      "emergency.title",
      "emergency.until",
      "grant.id",
      "grant.until",
      "link",
      "organization",
      "override.by",
      "override.id",
      "probe.id",
      "recipient.name",
      "request.account",
      "request.answer_by",
      "request.answered_by",
      "request.decision",
      "request.duration",
      "request.id",
      "request.person",
      "request.process",
      "request.reason",
      "request.starts_at",
      "request.tier",
      "what",
  };
  return names;
}

std::string written(Instant at) {
  const std::string exact = to_rfc3339(at);
  return exact.substr(0, 10) + " " + exact.substr(11, 5) + " UTC";
}

std::vector<TextFault> faults_in(std::string_view text, const std::vector<std::string_view>& known) {
  if (text.size() > body_bytes_max)
    return {{0, 0, fmt::format("A notice has at most {} bytes. Shorten it.", body_bytes_max)}};
  std::vector<TextFault> out;
  for (const Placeholder& each : placeholders_in(text)) {
    std::string what = fault_of(each, known);
    if (what.empty()) continue;
    if (out.size() == text_faults_max) break;
    out.push_back({each.line, each.column, std::move(what)});
  }
  return out;
}

std::string fill(std::string_view text, const Fields& fields) {
  const std::string filled = replace_placeholders(text, [&](std::string_view name) -> std::string {
    const auto value = fields.find(name);
    if (value == fields.end() || value->second.empty()) return "-";
    return on_one_line(value->second, value_bytes_max);
  });
  return sanitized(filled, Lines::keep);
}

catalog::Text fill(const catalog::Text& text, const Fields& fields) {
  return {.title = on_one_line(fill(text.title, fields), title_bytes_max),
          .body = cut(fill(text.body, fields), body_bytes_max)};
}

catalog::Text fill_digest(const catalog::Text& text, const std::vector<std::string>& titles, Fields fields) {
  constexpr std::size_t rest_bytes_max = 32;  // of the line that says how many are missing
  fields["count"] = std::to_string(titles.size());
  catalog::Text out = fill(text, fields);
  out.body += "\n";
  for (std::size_t i = 0; i < titles.size(); ++i) {
    const std::string line = "\n- " + on_one_line(titles[i], title_bytes_max);
    if (out.body.size() + line.size() + rest_bytes_max > body_bytes_max) {
      out.body += fmt::format("\n{} (+{})", ellipsis, titles.size() - i);
      break;
    }
    out.body += line;
  }
  out.body = cut(std::move(out.body), body_bytes_max);
  return out;
}

}  // namespace postern::notify
