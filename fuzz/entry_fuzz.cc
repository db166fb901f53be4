#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ledger/entry.h"

// Whatever is read as an entry is written back as the same bytes: each entry has one leaf hash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto entry = postern::ledger::decode(bytes);
  if (!entry) return 0;
  const auto written = postern::ledger::encode(*entry);
  ENSURE(written && *written == bytes);
  const auto again = postern::ledger::decode(*written);
  ENSURE(again && *again == *entry);
  return 0;
}
