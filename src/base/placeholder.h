#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

/// A {{name}} in a text: the variable tag of Mustache and nothing else of it. What a text's placeholders may
/// be called, and how their values are made safe, is for the folder whose text it is.
struct Placeholder {
  std::size_t open = 0;  ///< where its braces begin, in bytes
  std::size_t end = 0;   ///< after its braces
  int line = 1;          ///< of its braces; counts from 1
  int column = 1;        ///< the same, in characters
  std::string_view name = {};
  bool is_closed = true;  ///< false: there is no }}, it ends with the text, and has no name
};

/// All placeholders of a text, in order; blanks beside a name are not part of it. The names are views into
/// `text`. Takes time in proportion to the text.
std::vector<Placeholder> placeholders_in(std::string_view text);

/// `text` with each closed placeholder replaced by `value(name)`. Values are not searched for placeholders:
/// somebody's reason could hold one.
std::string replace_placeholders(std::string_view text,
                                 const std::function<std::string(std::string_view name)>& value);

}  // namespace postern
