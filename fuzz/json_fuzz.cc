#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json.h"

// Whatever is read has a canonical form, which is read again and written as the same bytes. The value may
// change once, from the double 1.0 to the integer 1, and never after that.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace json = postern::json;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto value = json::parse(bytes);
  if (!value) return 0;
  const std::string canonical = json::canonical(*value);
  const auto again = json::parse(canonical);
  ENSURE(again && json::canonical(*again) == canonical);
  const auto third = json::parse(json::canonical(*again));
  ENSURE(third && *third == *again);
  const auto indented = json::parse(json::pretty(*value));
  ENSURE(indented && *indented == *again);
  return 0;
}
