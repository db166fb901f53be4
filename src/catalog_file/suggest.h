#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postern::catalog_file {

/// The candidate that `name` was probably meant to be: the smallest edit distance (insert, delete, replace,
/// swap two neighbours), at most a third of the length; the first one of equals. "" when none is that near.
/// Looks at names of up to 64 bytes and at the first 1,000 candidates only, so that no file can make it slow.
std::string nearest(std::string_view name, const std::vector<std::string_view>& candidates);

/// " Did you mean \"okta\"?" or, with nothing near, a few of the candidates: " Known are: …". Starts with a
/// space.
std::string hint(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace postern::catalog_file
