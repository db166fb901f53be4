#include "ledger/line_format.h"

#include <charconv>

#include "base/encoding.h"

namespace postern::ledger {

std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

Result<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || (text.size() > 1 && text.front() == '0') ||
      value > tree_size_max)
    return fail(ErrorCode::invalid,
                "A size or index is a decimal number without leading zeros, at most 2^53-1.");
  return value;
}

Result<Digest> parse_hash(std::string_view base64) { return Digest::from_bytes(TRY(from_base64(base64))); }

}  // namespace postern::ledger
