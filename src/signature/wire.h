#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace postern::signature {

/// Reads the data types of RFC 4251 section 5 out of bytes that a stranger made. Stricter than OpenSSH: only
/// the one encoding that each value has is read. Every error is `invalid`. The views point into the bytes
/// given.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  Result<std::string_view> bytes(std::size_t size);
  /// A length in 32 bits and that many bytes.
  Result<std::string_view> string();
  /// A string that has at least one byte and no NUL. OpenSSH drops a NUL at the end, so "a" would have two
  /// forms.
  Result<std::string_view> name();
  /// The big-endian magnitude of an mpint above zero, without the leading zero byte that keeps it positive.
  Result<std::string_view> positive_mpint();
  /// An error when bytes are left.
  [[nodiscard]] Result<void> finish() const;

 private:
  std::string_view rest_;
};

/// `bytes` as a string of RFC 4251: length in 32 bits, then the bytes.
Bytes wire_string(std::string_view bytes);

}  // namespace postern::signature
