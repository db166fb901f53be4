#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/calendar.h"

/// Time zones from the machine's tzdata. All of Howard Hinnant's date library is behind this header.
namespace postern::catalog_file {

/// The changes of the zone's offset from UTC from 2020 to 2050; nothing for a zone that does not exist.
std::optional<std::vector<catalog::OffsetChange>> offset_changes(std::string_view zone);

/// Every zone's name, for a message that names the nearest.
std::vector<std::string> zone_names();

}  // namespace postern::catalog_file
