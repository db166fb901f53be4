#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

/// C2SP tlog-tiles v0.1.0: how a log looks as static files, so that any web server can serve it and anybody
/// read it.
namespace postern::ledger {

inline constexpr std::uint64_t tile_width = 256;

/// "tile/0/x001/x234/067" or, when width < 256, "tile/0/x001/x234/067.p/<width>". `level` 0..63,
/// width 1..256.
std::string tile_path(unsigned level, std::uint64_t index, std::uint64_t width = tile_width);
/// "tile/entries/…" in the same way.
std::string bundle_path(std::uint64_t index, std::uint64_t width = tile_width);

/// Tile `index` of `level` in a tree of `leaves.size()` leaves, as bytes (32 a hash); empty when there is
/// none.
Bytes tile_bytes(unsigned level, std::uint64_t index, std::span<const Digest> leaves);

/// An entry bundle: each entry as 16-bit big-endian length and bytes. At most 256 entries.
Bytes encode_bundle(std::span<const Bytes> entries);
Result<std::vector<Bytes>> decode_bundle(std::string_view bundle);

}  // namespace postern::ledger
