#include "playbook/terminal.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "playbook/columns.h"
#include "playbook/flow.h"
#include "playbook/grid.h"
#include "playbook/inlines.h"

namespace postern::playbook {
namespace {

constexpr int columns_min = 20;
constexpr int columns_max = 400;
constexpr int room_min = 12;  ///< what indents leave of the columns

using Text = std::vector<std::string>;  // lines

struct Place {
  int columns = 80;
  Colour colour = Colour::no;
};

Text lines_of(const Node& block, Place place);

void indent(Text& text, std::size_t columns) {
  for (std::string& line : text)
    if (!line.empty()) line.insert(0, columns, ' ');
}

enum class Spacing { tight, airy };

Text stacked(const std::vector<Node>& blocks, Place place, Spacing spacing) {
  Text out;
  for (const Node& each : blocks) {
    const Text lines = lines_of(each, place);
    if (!out.empty() && !lines.empty() && spacing == Spacing::airy) out.emplace_back();
    out.insert(out.end(), lines.begin(), lines.end());
  }
  return out;
}

Text words(const Node& block, Place place, const Style& style, std::string_view before = "") {
  Runs runs = runs_of(block, style, place.colour);
  if (!before.empty()) runs.insert(runs.begin(), Run{std::string(before), style});
  Text out;
  for (const Runs& line : flowed(runs, place.columns, Whole::words_and_code))
    out.push_back(painted(line, place.colour));
  if (out == Text{""}) return {};
  return out;
}

/// Bold, and underlined if it is one of the great ones; in plain text as Markdown has it.
Text heading(const Node& block, Place place) {
  const bool is_great = block.level <= 2;
  if (place.colour == Colour::yes) return words(block, place, {.is_strong = true, .is_underlined = is_great});
  if (!is_great)
    return words(block, place, {}, std::string(static_cast<std::size_t>(block.level), '#') + ' ');
  Text out = words(block, place, {});
  int widest = 0;
  for (const std::string& line : out) widest = std::max(widest, columns_of(line));
  if (!out.empty())
    out.emplace_back(static_cast<std::size_t>(std::min(widest, place.columns)), block.level == 1 ? '=' : '-');
  return out;
}

/// Nothing but spaces stands before a line, and nothing is broken, so that it runs as it is copied.
Text code_block(const Node& block) {
  Text out;
  for (std::string_view rest = block.text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    out.emplace_back(line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  indent(out, 4);
  return out;
}

bool begins_with_code(const Node& block) {
  if (block.kind == Kind::code_block) return true;
  return (block.kind == Kind::item || block.kind == Kind::quote) && !block.children.empty() &&
         begins_with_code(block.children[0]);
}

Text item_lines(const Node& item, const std::string& label, Place place, Spacing spacing) {
  const auto width = static_cast<std::size_t>(columns_of(label));
  // Deep inside there is no room for more indents: then the text stands under its label.
  const bool is_beside = place.columns - static_cast<int>(width) >= room_min;
  if (is_beside) place.columns -= static_cast<int>(width);
  Text out = stacked(item.children, place, spacing);
  if (is_beside) indent(out, width);
  if (is_beside && !out.empty() && !begins_with_code(item))
    out[0].replace(0, width, label);
  else
    out.insert(out.begin(), label.substr(0, label.find_last_not_of(' ') + 1));
  return out;
}

Text list_lines(const Node& list, Place place) {
  const Spacing spacing = list.is_tight ? Spacing::tight : Spacing::airy;
  std::size_t widest = 0;
  for (const Node& item : list.children) widest = std::max(widest, item.text.size());
  Text out;
  for (const Node& item : list.children) {
    std::string label = item.text + std::string(widest - item.text.size() + 1, ' ');
    if (item.task != Task::none) label += item.task == Task::done ? "[x] " : "[ ] ";
    const Text lines = item_lines(item, label, place, spacing);
    if (!out.empty() && spacing == Spacing::airy) out.emplace_back();
    out.insert(out.end(), lines.begin(), lines.end());
  }
  return out;
}

Text quote_lines(const Node& quote, Place place) {
  constexpr int width = 2;
  const bool has_room = place.columns - width >= room_min;
  if (has_room) place.columns -= width;
  Text out = stacked(quote.children, place, Spacing::airy);
  if (has_room) indent(out, width);
  return out;
}

Text lines_of(const Node& block, Place place) {  // no deeper than a Document nests
  switch (block.kind) {
    case Kind::document:
      return stacked(block.children, place, Spacing::airy);
    case Kind::paragraph:
      return words(block, place, {});
    case Kind::heading:
      return heading(block, place);
    case Kind::quote:
      return quote_lines(block, place);
    case Kind::list:
      return list_lines(block, place);
    case Kind::code_block:
      return code_block(block);
    // Not "─", which takes two columns in some East Asian terminals.
    case Kind::rule:
      return {std::string(static_cast<std::size_t>(place.columns), '-')};
    case Kind::table:
      return grid_of(block, place.columns, place.colour);
    case Kind::item:
    case Kind::table_row:
    case Kind::table_cell:
    case Kind::text:
    case Kind::soft_break:
    case Kind::line_break:
    case Kind::code:
    case Kind::emphasis:
    case Kind::strong:
    case Kind::struck:
    case Kind::link:
      return {};  // stand within another block
  }
  return {};
}

}  // namespace

std::string on_terminal(const Node& document, const TerminalStyle& style) {
  const Place place{.columns = std::clamp(style.columns, columns_min, columns_max),
                    .colour = style.colour ? Colour::yes : Colour::no};
  std::string out;
  for (const std::string& line : lines_of(document, place)) (out += line) += '\n';
  return out;
}

}  // namespace postern::playbook
