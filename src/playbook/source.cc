#include "playbook/source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "playbook/playbook.h"

namespace postern::playbook {
namespace {

constexpr std::size_t bars_max = 100;
constexpr std::size_t cells_max = 20'000;
constexpr std::size_t repeated_bytes_max = std::size_t{16} << 20U;

std::size_t count_of(std::string_view text, char wanted) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), wanted));
}

std::string with_unix_lines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r')
      out += text[i];
    else if (i + 1 == text.size() || text[i + 1] != '\n')
      out += '\n';
  }
  return out;
}

/// Could this line be what gives a table its columns?
bool is_delimiter_row(std::string_view line) {
  return line.find('-') != std::string_view::npos &&
         line.find_first_not_of("|:- \t>") == std::string_view::npos;
}

/// What stands between two empty lines: neither a table nor a link definition goes beyond.
struct Stretch {
  std::size_t lines = 0;
  std::size_t table_columns = 0;
  std::size_t definition_bytes = 0;
};

/// How much a parser could make of a text, at most.
class Growth {
 public:
  void add(std::string_view line) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) return end_stretch();
    ++stretch_.lines;
    if (is_delimiter_row(line))
      stretch_.table_columns = std::max(stretch_.table_columns, count_of(line, '|') + 1);
    if (stretch_.definition_bytes > 0 || line.find("]:") != std::string_view::npos)
      stretch_.definition_bytes += line.size() + 1;
    brackets_ += count_of(line, ']');
  }
  void end_stretch() {
    cells_ += stretch_.lines * stretch_.table_columns;
    longest_definition_ = std::max(longest_definition_, stretch_.definition_bytes);
    stretch_ = {};
  }
  [[nodiscard]] std::size_t cells() const { return cells_; }
  [[nodiscard]] std::size_t repeated_bytes() const { return longest_definition_ * brackets_; }

 private:
  Stretch stretch_;
  std::size_t cells_ = 0;
  std::size_t brackets_ = 0;
  std::size_t longest_definition_ = 0;
};

}  // namespace

std::string without_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (true) {
    const std::size_t tab = text.find('\t');
    out += sanitized(text.substr(0, tab), Lines::keep);
    if (tab == std::string_view::npos) return out;
    out += '\t';
    text.remove_prefix(tab + 1);
  }
}

Result<std::string> checked_source(std::string_view markdown) {
  if (markdown.size() > markdown_bytes_max)
    return fail(ErrorCode::invalid, "A playbook has at most 64 KiB. Split it into two processes.");
  if (markdown.starts_with("\xef\xbb\xbf")) markdown.remove_prefix(3);
  std::string source = without_controls(with_unix_lines(markdown));

  Growth growth;
  std::size_t number = 0;
  for (std::string_view rest = source; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    ++number;
    if (count_of(line, '|') > bars_max)
      return fail(
          ErrorCode::invalid,
          fmt::format("Line {}: A table has fewer than {} columns. Take some out.", number, bars_max));
    growth.add(line);
  }
  growth.end_stretch();
  if (growth.cells() > cells_max)
    return fail(ErrorCode::invalid, fmt::format("The tables of a playbook have at most {} cells together. "
                                                "Put an empty line after each table, or make them smaller.",
                                                cells_max));
  if (growth.repeated_bytes() > repeated_bytes_max)
    return fail(ErrorCode::invalid,
                "The link definitions are too long. Write the links where they are used.");
  return source;
}

}  // namespace postern::playbook
