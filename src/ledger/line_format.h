#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

/// What the line formats of C2SP (checkpoints, proofs) share.
namespace postern::ledger {

/// No tree is larger: any JSON can carry its sizes, and no sum of two of them overflows.
inline constexpr std::uint64_t tree_size_max = (std::uint64_t{1} << 53U) - 1;

/// Takes the first line off `rest` and gives it without its newline; nothing when `rest` holds no newline.
std::optional<std::string_view> take_line(std::string_view& rest);
/// ASCII digits without leading zeros, at most tree_size_max.
Result<std::uint64_t> parse_decimal(std::string_view text);
/// Base64 of exactly 32 bytes.
Result<Digest> parse_hash(std::string_view base64);

}  // namespace postern::ledger
