#include "catalog_file/time_zone.h"

#include <date/tz.h>

#include <exception>

namespace postern::catalog_file {
namespace {

constexpr date::sys_seconds from = date::sys_days(date::year(2020) / 1 / 1);
constexpr date::sys_seconds until = date::sys_days(date::year(2050) / 1 / 1);

}  // namespace

std::optional<std::vector<catalog::OffsetChange>> offset_changes(std::string_view zone) {
  try {
    const date::time_zone* const found = date::locate_zone(std::string(zone));
    std::vector<catalog::OffsetChange> out;
    for (date::sys_seconds at = from; at < until;) {
      const date::sys_info info = found->get_info(at);
      if (out.empty() || out.back().offset != info.offset)
        out.push_back({.from = Instant(at.time_since_epoch()), .offset = info.offset});
      at = info.end;
    }
    return out;
  } catch (const std::exception&) {  // no such zone, or no tzdata at all
    return std::nullopt;
  }
}

std::vector<std::string> zone_names() {
  std::vector<std::string> out;
  try {
    for (const date::time_zone& each : date::get_tzdb().zones) out.push_back(each.name());
  } catch (const std::exception&) {
  }
  return out;
}

}  // namespace postern::catalog_file
