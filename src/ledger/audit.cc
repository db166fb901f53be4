#include "ledger/audit.h"

#include <utility>

namespace postern::ledger {
namespace {

constexpr std::size_t faults_max = 100;

}  // namespace

std::optional<Entry> Audit::take(std::string_view bytes, const std::optional<Digest>& recorded_leaf) {
  const std::uint64_t index = leaves_.size();
  leaves_.push_back(leaf_hash(bytes));
  if (recorded_leaf && *recorded_leaf != leaves_.back())
    add(index,
        "The entry's bytes do not fit the hash that was recorded when it was appended. Compare with a "
        "backup.");

  auto entry = decode(bytes);
  if (!entry) {
    add(index, entry.error().message);
    return std::nullopt;
  }
  if (entry->at < last_at_)
    add(index, "Time runs backwards: " + to_rfc3339(entry->at) + " follows " + to_rfc3339(last_at_) + ".");
  last_at_ = entry->at;
  const auto [first, is_new] = first_with_id_.try_emplace(entry->id, index);
  if (!is_new)
    add(index, "The id " + entry->id + " stands in entry " + std::to_string(first->second) + " already.");
  return std::move(*entry);
}

void Audit::conclude(std::string_view checkpoint_note, const NoteVerifier& log) {
  const auto checkpoint = open_checkpoint(checkpoint_note, log);
  if (!checkpoint) return add(std::nullopt, checkpoint.error().message);
  if (checkpoint->size > leaves_.size())
    return add(std::nullopt, "The checkpoint vouches for " + std::to_string(checkpoint->size) +
                                 " entries and only " + std::to_string(leaves_.size()) +
                                 " are here. Look for the rest.");
  Frontier tree;
  for (std::uint64_t i = 0; i < checkpoint->size; ++i) tree.append(leaves_[i]);
  if (tree.root() != checkpoint->root)
    add(std::nullopt,
        "The entries do not lead to the checkpoint's root: at least one is not what the log vouched for.");
}

void Audit::add(std::optional<std::uint64_t> index, std::string what) {
  ++fault_count_;
  if (faults_.size() < faults_max) faults_.push_back({.index = index, .what = std::move(what)});
}

}  // namespace postern::ledger
