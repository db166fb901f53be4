#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Playbooks: Markdown with this emergency's facts filled in. Pure.
namespace postern::playbook {

inline constexpr std::size_t markdown_bytes_max = 64U << 10U;

/// What a placeholder such as {{account.id}} stands for. Every name that a playbook may use is in
/// `known_names`.
using Facts = std::map<std::string, std::string, std::less<>>;

/// The placeholders that exist, sorted.
const std::vector<std::string_view>& known_names();

/// `markdown` with every {{name}} replaced. A known name without a value is left visible as "‹name›", so that
/// the blank paper version has a place to write in; values lose control characters and Markdown's own marks
/// are escaped. `invalid` names an unknown placeholder with its line, or an unclosed one.
Result<std::string> fill(std::string_view markdown, const Facts& facts);

}  // namespace postern::playbook
