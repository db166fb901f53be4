#include "store/id_index.h"

#include <utility>

namespace postern::store {

bool IdIndex::add(std::string id, std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  return indexes_.emplace(std::move(id), index).second;
}

void IdIndex::doubt(std::span<const NewEntry> entries) {
  const std::lock_guard lock(mutex_);
  for (const NewEntry& entry : entries) in_doubt_.insert(entry.id);
}

Result<std::optional<std::uint64_t>> IdIndex::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const std::string key(id);
  if (const auto found = indexes_.find(key); found != indexes_.end()) return std::optional(found->second);
  if (!in_doubt_.contains(key)) return std::nullopt;
  return fail(ErrorCode::outcome_unknown,
              "Whether entry " + key +
                  " was written shows when the ledger is opened again. Restart, then look it up.");
}

std::uint64_t IdIndex::size() const {
  const std::lock_guard lock(mutex_);
  return indexes_.size();
}

}  // namespace postern::store
