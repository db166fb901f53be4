#pragma once

#include <map>
#include <string_view>

namespace postern::starter {

/// The files of files/, by path.
const std::map<std::string_view, std::string_view>& texts();

}  // namespace postern::starter
