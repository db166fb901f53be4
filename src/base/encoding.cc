#include "base/encoding.h"

#include <array>
#include <cstdint>

namespace postern {
namespace {

constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
enum class Padding { none, full };

std::string encode(std::string_view bytes, std::string_view alphabet, Padding padding) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8) | (k < left ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= left)
        out += alphabet[(group >> (18 - 6 * k)) & 63U];
      else if (padding == Padding::full)
        out += '=';
    }
  }
  return out;
}

Result<std::string> decode(std::string_view text, std::string_view alphabet) {
  std::array<std::int8_t, 256> value{};
  value.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    value[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int digit = static_cast<int>(value[static_cast<std::uint8_t>(c)]);
    if (digit < 0) return fail(ErrorCode::invalid, "This is not Base64.");
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xffU);
    }
  }
  if (text.size() % 4 == 1 || (bits & ((1U << count) - 1)) != 0)
    return fail(ErrorCode::invalid, "This Base64 is cut off.");
  return out;
}

struct Codepoint {
  char32_t value;
  std::size_t size;  // 0: malformed
};

/// The code point at the start of `text` (RFC 3629).
Codepoint next_codepoint(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {0, 0};
  char32_t value = lead & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return {0, 0};
    value = (value << 6) | (byte(i) & 0x3fU);
  }
  const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  if (overlong || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {0, 0};
  return {value, size};
}

bool is_hidden(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
  const bool bidirectional = c == 0x200e || c == 0x200f || c == 0x061c || (c >= 0x202a && c <= 0x202e) ||
                             (c >= 0x2066 && c <= 0x2069);
  // Shows as nothing, so that two names could look alike: zero-width space, word joiner, soft hyphen and
  // others.
  const bool invisible = c == 0x200b || c == 0x2060 || c == 0x00ad || c == 0x180e || c == 0x3164;
  return control || bidirectional || invisible || c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f);
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<std::uint8_t>(c) >> 4];
    out += "0123456789abcdef"[static_cast<std::uint8_t>(c) & 15U];
  }
  return out;
}

Result<std::string> from_hex(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (text.size() % 2 != 0) return fail(ErrorCode::invalid, "Hexadecimal text has an even number of digits.");
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return fail(ErrorCode::invalid, "This is not hexadecimal.");
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string to_base64(std::string_view bytes) { return encode(bytes, standard_alphabet, Padding::full); }
std::string to_base64url(std::string_view bytes) { return encode(bytes, url_alphabet, Padding::none); }

Result<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(ErrorCode::invalid, "This Base64 is cut off.");
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  return decode(text.substr(0, text.size() - padding), standard_alphabet);
}

Result<std::string> from_base64url(std::string_view text) { return decode(text, url_alphabet); }

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Codepoint next = next_codepoint(text);
    if (next.size == 0) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

bool is_printable_text(std::string_view text) {
  while (!text.empty()) {
    const Codepoint next = next_codepoint(text);
    if (next.size == 0 || (is_hidden(next.value) && next.value != '\n' && next.value != '\t')) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

std::string sanitized(std::string_view text, Lines lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Codepoint next = next_codepoint(text);
    const std::size_t size = next.size == 0 ? 1 : next.size;
    const bool kept =
        next.size != 0 && (!is_hidden(next.value) || (next.value == '\n' && lines == Lines::keep));
    if (kept)
      out += text.substr(0, size);
    else
      out += next.value == '\t' ? " " : "\xef\xbf\xbd";
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace postern
