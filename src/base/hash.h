#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace postern {

using Bytes = std::string;  ///< Raw bytes; may hold NUL.

/// A SHA-256 value (FIPS 180-4).
struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const Digest&, const Digest&) = default;
  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  /// 64 lower-case hexadecimal digits.
  [[nodiscard]] std::string hex() const;
  static Result<Digest> from_hex(std::string_view text);
  static Result<Digest> from_bytes(std::string_view raw);
};

/// SHA-256 over the parts, one after the other. Every hash input in Postern starts with a label of its own,
/// so that bytes made for one purpose can never be taken for another.
Digest sha256(std::initializer_list<std::string_view> parts);
inline Digest sha256(std::string_view bytes) { return sha256({bytes}); }
/// HMAC-SHA-256 (RFC 2104).
Digest hmac_sha256(std::string_view key, std::string_view message);

/// Where unpredictable bytes come from: the operating system in production, a seeded generator in the
/// simulation.
class Random {
 public:
  virtual ~Random() = default;
  /// Fills `out`. A source that cannot deliver stops the process: nothing safe can be done without it.
  virtual void fill(std::span<std::uint8_t> out) = 0;
  /// `size` random bytes.
  Bytes bytes(std::size_t size);
};

}  // namespace postern
