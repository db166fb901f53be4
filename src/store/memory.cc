#include "store/memory.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>

#include "ledger/merkle.h"
#include "store/batch.h"

namespace postern::store {
namespace {

class MemoryStore final : public Store {
 public:
  Result<std::uint64_t> head() override {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

  Result<void> append(std::uint64_t expected_size, std::span<const NewEntry> entries) override {
    TRY(check_batch(entries));
    const std::lock_guard lock(mutex_);
    if (expected_size != entries_.size()) return other_size(expected_size, entries_.size());
    for (const NewEntry& entry : entries) {
      if (ids_.contains(entry.id)) return repeated_id(entry.id);
      for (const Digest& name : entry.blobs)
        if (!blobs_.contains(name)) return missing_blob(entry.id, name);
    }
    for (const NewEntry& entry : entries) {
      const std::uint64_t index = entries_.size();
      ids_.emplace(entry.id, index);
      entries_.push_back({index, entry.bytes, ledger::leaf_hash(entry.bytes), entry.private_part});
    }
    return {};
  }

  Result<std::vector<StoredEntry>> read(std::uint64_t from, std::size_t count) override {
    TRY(check_read(count));
    const std::lock_guard lock(mutex_);
    const std::size_t begin = std::min<std::uint64_t>(from, entries_.size());
    const std::size_t end = begin + std::min(count, entries_.size() - begin);
    return std::vector<StoredEntry>(entries_.begin() + static_cast<std::ptrdiff_t>(begin),
                                    entries_.begin() + static_cast<std::ptrdiff_t>(end));
  }

  Result<std::optional<std::uint64_t>> find(std::string_view id) override {
    const std::lock_guard lock(mutex_);
    const auto found = ids_.find(std::string(id));
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }

  Result<void> erase_private(std::uint64_t index) override {
    const std::lock_guard lock(mutex_);
    if (index >= entries_.size()) return no_such_entry(index);
    entries_[index].private_part.reset();
    return {};
  }

  Result<Digest> put(std::string_view bytes) override {
    TRY(check_blob(bytes));
    const Digest name = sha256(bytes);
    const std::lock_guard lock(mutex_);
    blobs_.try_emplace(name, bytes);
    return name;
  }

  Result<Bytes> get(const Digest& name) override {
    const std::lock_guard lock(mutex_);
    const auto found = blobs_.find(name);
    if (found == blobs_.end()) return no_such_blob(name);
    return found->second;
  }

 private:
  std::mutex mutex_;
  std::vector<StoredEntry> entries_;
  std::unordered_map<std::string, std::uint64_t> ids_;
  std::map<Digest, Bytes> blobs_;
};

}  // namespace

std::unique_ptr<Store> open_memory() { return std::make_unique<MemoryStore>(); }

}  // namespace postern::store
