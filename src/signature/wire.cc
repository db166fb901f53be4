#include "signature/wire.h"

#include <cstdint>

namespace postern::signature {
namespace {

constexpr std::size_t length_bytes = 4;

std::uint8_t at(std::string_view bytes, std::size_t index) { return static_cast<std::uint8_t>(bytes[index]); }

}  // namespace

Result<std::string_view> WireReader::bytes(std::size_t size) {
  if (size > rest_.size()) return fail(ErrorCode::invalid, "The SSH data is cut off. Copy it again, whole.");
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

Result<std::string_view> WireReader::string() {
  const std::string_view length = TRY(bytes(length_bytes));
  std::size_t size = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) size = (size << 8U) | at(length, i);
  return bytes(size);
}

Result<std::string_view> WireReader::name() {
  const std::string_view text = TRY(string());
  if (text.empty() || text.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::invalid,
                "A name in the SSH data is empty or holds a NUL. Make the data again with ssh-keygen.");
  }
  return text;
}

Result<std::string_view> WireReader::positive_mpint() {
  std::string_view number = TRY(string());
  const bool positive = !number.empty() && at(number, 0) < 0x80;
  const bool padded = positive && at(number, 0) == 0;
  const bool shortest = !padded || (number.size() > 1 && at(number, 1) >= 0x80);
  if (!positive || !shortest) {
    return fail(ErrorCode::invalid,
                "A number in the SSH data is zero, negative or not in its shortest form. Make the data again "
                "with ssh-keygen.");
  }
  if (padded) number.remove_prefix(1);
  return number;
}

Result<void> WireReader::finish() const {
  if (!rest_.empty()) {
    return fail(ErrorCode::invalid,
                "The SSH data goes on after its end. Copy it again, without anything beside it.");
  }
  return {};
}

Bytes wire_string(std::string_view bytes) {
  Bytes out;
  out.reserve(length_bytes + bytes.size());
  for (unsigned shift = 32; shift > 0; shift -= 8)
    out += static_cast<char>((bytes.size() >> (shift - 8)) & 0xffU);
  return out.append(bytes);
}

}  // namespace postern::signature
