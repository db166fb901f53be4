#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// For the tests of this folder alone: the tables of docs/*.md, so that what auditors read is what holds.
namespace postern::emergency {

inline std::string project_file(const std::string& name) {
  std::ifstream file(std::string(POSTERN_SOURCE_DIR) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A Markdown table: its column names, and its rows by the words in their first cell. White space around a
/// cell and backticks do not count.
struct Table {
  std::vector<std::string> columns;  ///< without the first, which names the rows
  std::vector<std::vector<std::string>> rows;
};

inline std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream rest(line.substr(1));
  for (std::string cell; std::getline(rest, cell, '|');) {
    std::erase(cell, '`');
    const std::size_t first = cell.find_first_not_of(' ');
    cells.push_back(first == std::string::npos ? ""
                                               : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
  }
  return cells;
}

/// The first table under that heading ("## Request"). Empty when there is none.
inline Table table_under(std::string_view heading, const std::string& document) {
  Table table;
  std::istringstream lines(document);
  bool found = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) {
      if (!table.columns.empty()) return table;
      found = line == heading;
    } else if (found && line.starts_with("|")) {
      std::vector<std::string> cells = cells_of(line);
      if (table.columns.empty())
        table.columns.assign(cells.begin() + 1, cells.end());
      else if (!cells.front().starts_with("--"))
        table.rows.push_back(std::move(cells));
    } else if (!table.columns.empty()) {
      return table;
    }
  }
  return table;
}

}  // namespace postern::emergency
