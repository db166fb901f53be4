#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Text in lines of a terminal. Pure; used by this folder alone. Texts are without control characters, but
/// for an LF, which ends a line.
namespace postern::playbook {

struct Style {
  bool is_strong = false;
  bool is_emphasis = false;
  bool is_underlined = false;
  bool is_code = false;
  bool is_struck = false;
  friend bool operator==(const Style&, const Style&) = default;
};
struct Run {
  std::string text;
  Style style;
};
enum class Colour { no, yes };
using Runs = std::vector<Run>;

/// What stays in one piece, even if it is wider than a line.
enum class Whole {
  words_and_code,  ///< Half a command, copied, would run.
  words,
  nothing,  ///< No line is wider than `columns`, where that is 2 or more.
};

/// `text` in lines of at most `columns`, broken at spaces and where may_break_between() says. Spaces count
/// once outside code, and not at all at either end of a line. At least one line.
std::vector<Runs> flowed(const Runs& text, int columns, Whole whole);

int columns_of(const Runs& line);
/// In colour with the escapes of ECMA-48 (SGR) where a style needs them; plain at both ends.
std::string painted(const Runs& line, Colour colour);

}  // namespace postern::playbook
