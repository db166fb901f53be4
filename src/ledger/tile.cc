#include "ledger/tile.h"

#include <algorithm>

#include "ledger/entry.h"
#include "ledger/merkle.h"

namespace postern::ledger {
namespace {

/// 1234067 as x001/x234/067, so that no name is a file and a folder at once.
std::string path_of_index(std::uint64_t index) {
  const std::string digits = std::to_string(index);
  const std::string padded = std::string((3 - digits.size() % 3) % 3, '0') + digits;
  std::string path;
  for (std::size_t at = 0; at < padded.size(); at += 3) {
    const bool is_last = at + 3 == padded.size();
    path += (is_last ? "" : "x") + padded.substr(at, 3) + (is_last ? "" : "/");
  }
  return path;
}

std::string path_below(const std::string& folder, std::uint64_t index, std::uint64_t width) {
  ENSURE(width >= 1 && width <= tile_width);
  return folder + path_of_index(index) + (width == tile_width ? "" : ".p/" + std::to_string(width));
}

}  // namespace

std::string tile_path(unsigned level, std::uint64_t index, std::uint64_t width) {
  ENSURE(level <= 63);
  return path_below("tile/" + std::to_string(level) + "/", index, width);
}

std::string bundle_path(std::uint64_t index, std::uint64_t width) {
  return path_below("tile/entries/", index, width);
}

Bytes tile_bytes(unsigned level, std::uint64_t index, std::span<const Digest> leaves) {
  const unsigned height = 8 * level;
  const std::uint64_t count = height < 64 ? leaves.size() >> height : 0;
  if (index > count / tile_width || index * tile_width >= count) return {};
  const std::uint64_t first = index * tile_width;
  const NodeReader nodes = nodes_over(leaves);
  Bytes tile;
  for (std::uint64_t i = first; i < std::min(count, first + tile_width); ++i)
    tile += nodes(height, i).value().view();
  return tile;
}

Bytes encode_bundle(std::span<const Bytes> entries) {
  ENSURE(entries.size() <= tile_width);
  Bytes bundle;
  for (const Bytes& entry : entries) {
    ENSURE(entry.size() <= entry_bytes_max);
    bundle += static_cast<char>(entry.size() >> 8U);
    bundle += static_cast<char>(entry.size() & 0xffU);
    bundle += entry;
  }
  return bundle;
}

Result<std::vector<Bytes>> decode_bundle(std::string_view bundle) {
  const auto cut_short = [] {
    return fail(ErrorCode::invalid, "This entry bundle ends inside an entry. Fetch it again.");
  };
  std::vector<Bytes> entries;
  while (!bundle.empty()) {
    if (entries.size() == tile_width)
      return fail(ErrorCode::invalid,
                  "This entry bundle holds more than 256 entries. Is it a file of another kind?");
    if (bundle.size() < 2) return cut_short();
    const auto high = static_cast<std::uint8_t>(bundle[0]);
    const auto low = static_cast<std::uint8_t>(bundle[1]);
    const std::size_t size = static_cast<std::size_t>(high) * 256 + low;
    bundle.remove_prefix(2);
    if (bundle.size() < size) return cut_short();
    entries.emplace_back(bundle.substr(0, size));
    bundle.remove_prefix(size);
  }
  return entries;
}

}  // namespace postern::ledger
