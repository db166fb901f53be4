#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/result.h"
#include "store/log.h"

namespace postern::store {

/// Which entry has which id, in memory. Thread-safe.
class IdIndex {
 public:
  /// False when the id is there already.
  bool add(std::string id, std::uint64_t index);
  /// From now on nobody can say whether these were appended.
  void doubt(std::span<const NewEntry> entries);
  /// `outcome_unknown` for an id in doubt.
  [[nodiscard]] Result<std::optional<std::uint64_t>> find(std::string_view id) const;
  [[nodiscard]] std::uint64_t size() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::uint64_t> indexes_;
  std::unordered_set<std::string> in_doubt_;
};

}  // namespace postern::store
