#include "playbook/grid.h"

#include <algorithm>
#include <numeric>

#include "playbook/inlines.h"

namespace postern::playbook {
namespace {

constexpr int gap = 2;
constexpr int readable = 12;  // so that a long word does not squeeze its neighbours
constexpr int narrowest = 4;  // two wide characters

using Cells = std::vector<Runs>;

int widest(const std::vector<Runs>& lines) {
  int columns = 1;
  for (const Runs& line : lines) columns = std::max(columns, columns_of(line));
  return columns;
}

/// What each column needs, if its lines are broken wherever they may be, or nowhere.
std::vector<int> needs_of(const std::vector<Cells>& rows, int columns, Whole whole) {
  std::vector<int> needs;
  for (const Cells& cells : rows) {
    needs.resize(std::max(needs.size(), cells.size()), 1);
    for (std::size_t i = 0; i < cells.size(); ++i)
      needs[i] = std::max(needs[i], widest(flowed(cells[i], columns, whole)));
  }
  return needs;
}

int sum(const std::vector<int>& widths) { return std::accumulate(widths.begin(), widths.end(), 0); }

struct Widths {
  std::vector<int> columns;
  Whole whole = Whole::words_and_code;
};

/// Each column as wide as it needs, up to a bound that is the same for all, but never below `least`.
std::vector<int> bounded(const std::vector<int>& needs, const std::vector<int>& least, int bound) {
  std::vector<int> widths;
  for (std::size_t i = 0; i < needs.size(); ++i)
    widths.push_back(std::min(needs[i], std::max(bound, least[i])));
  return widths;
}

Widths widths_within(const std::vector<Cells>& rows, int available) {
  constexpr int endless = 1 << 20;
  const std::vector<int> needs = needs_of(rows, endless, Whole::words);
  std::vector<int> least;
  Widths widths;
  for (const Whole whole : {Whole::words_and_code, Whole::words, Whole::nothing}) {
    widths.whole = whole;
    least = needs_of(rows, 1, whole);
    for (int& each : least) each = std::max(each, whole == Whole::nothing ? narrowest : readable);
    if (sum(bounded(needs, least, 0)) <= available) break;
  }
  int bound = available;
  while (bound > 0 && sum(bounded(needs, least, bound)) > available) --bound;
  widths.columns = bounded(needs, least, bound);
  int left = available - sum(widths.columns);
  for (std::size_t i = 0; i < needs.size() && left > 0; ++i)
    if (widths.columns[i] == bound && bound < needs[i]) ++widths.columns[i], --left;
  return widths;
}

std::string padded(const Runs& line, int columns, Alignment alignment, Colour colour) {
  const int spare = std::max(0, columns - columns_of(line));
  const int before = alignment == Alignment::right ? spare : alignment == Alignment::center ? spare / 2 : 0;
  return std::string(static_cast<std::size_t>(before), ' ') + painted(line, colour) +
         std::string(static_cast<std::size_t>(spare - before), ' ');
}

std::vector<std::string> row_lines(const Cells& cells, const Node& row, const Widths& widths, Colour colour) {
  std::vector<std::vector<Runs>> flows;
  std::size_t height = 1;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    flows.push_back(flowed(cells[i], widths.columns[i], widths.whole));
    height = std::max(height, flows.back().size());
  }
  std::vector<std::string> lines;
  for (std::size_t k = 0; k < height; ++k) {
    std::string line;
    for (std::size_t i = 0; i < flows.size(); ++i) {
      if (i > 0) line.append(gap, ' ');
      line += padded(k < flows[i].size() ? flows[i][k] : Runs(), widths.columns[i], row.children[i].alignment,
                     colour);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string rule_under(const Widths& widths) {
  std::string rule;
  for (const int width : widths.columns) {
    if (!rule.empty()) rule.append(gap, ' ');
    rule.append(static_cast<std::size_t>(width), '-');
  }
  return rule;
}

}  // namespace

std::vector<std::string> grid_of(const Node& table, int columns, Colour colour) {
  std::vector<Cells> rows;
  for (const Node& row : table.children) {
    Cells cells;
    const Style style{.is_strong = rows.empty()};  // the header
    for (const Node& cell : row.children) cells.push_back(runs_of(cell, style, colour));
    rows.push_back(std::move(cells));
  }
  if (rows.empty()) return {};
  const int gaps = gap * (static_cast<int>(rows[0].size()) - 1);
  const Widths widths = widths_within(rows, columns - gaps);

  std::vector<std::vector<std::string>> blocks;
  for (std::size_t i = 0; i < rows.size(); ++i)
    blocks.push_back(row_lines(rows[i], table.children[i], widths, colour));
  const bool is_airy =
      std::any_of(blocks.begin(), blocks.end(), [](const auto& lines) { return lines.size() > 1; });
  std::vector<std::string> out = blocks[0];
  out.push_back(rule_under(widths));
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    if (i > 1 && is_airy) out.emplace_back();
    out.insert(out.end(), blocks[i].begin(), blocks[i].end());
  }
  return out;
}

}  // namespace postern::playbook
