#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "catalog/catalog.h"

/// Notices as texts with placeholders. Logic-less: of Mustache there are variable tags alone, {{name}}; no
/// sections, partials, comments or unescaped variants, so that a text reads the same for everybody who checks
/// it. The result is plain text; each sender escapes for its own format. Pure.
namespace postern::notify {

/// What placeholders stand for, by name. The names that a text may use are in known_fields().
using Fields = std::map<std::string, std::string, std::less<>>;
inline constexpr std::size_t value_bytes_max = 300;

/// Sorted.
const std::vector<std::string_view>& known_fields();

/// How a moment is written in a field: "2026-11-23 03:04 UTC".
std::string written(Instant at);

/// What is wrong in a text, and where; counts from 1, columns in characters.
struct TextFault {
  int line = 0;
  int column = 0;
  std::string what;
};
inline constexpr std::size_t text_faults_max = 200;
/// Every placeholder that is not closed or not in `known` (sorted), up to text_faults_max; and a text that is
/// longer than a notice may be.
std::vector<TextFault> faults_in(std::string_view text, const std::vector<std::string_view>& known);

/// `text` with its placeholders replaced; printable (base/encoding.h) whatever text and fields are. A value
/// comes on one line and is cut to value_bytes_max; one that is missing, empty, or of an unknown name is "-".
/// Never fails: on the worst night a notice with a gap is better than none.
std::string fill(std::string_view text, const Fields& fields);

/// The same, with the title on one line of at most title_bytes_max and a body of at most body_bytes_max
/// (notify/message.h). What is cut ends with "…".
catalog::Text fill(const catalog::Text& text, const Fields& fields);

/// Many notices as one: `text` filled with {{count}}, then a line for each of `titles`, as many as fit, and
/// how many did not.
catalog::Text fill_digest(const catalog::Text& text, const std::vector<std::string>& titles, Fields fields);

}  // namespace postern::notify
