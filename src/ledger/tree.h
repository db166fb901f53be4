#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ledger/merkle.h"

namespace postern::ledger {

/// A whole tree in memory: the hash of every full subtree, so that any root or proof costs O(log n). About 64
/// bytes an entry. Not thread-safe; whoever shares it locks.
class Tree {
 public:
  void append(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return levels_.empty() ? 0 : levels_.front().size(); }
  [[nodiscard]] std::span<const Digest> leaves() const;
  /// `size` must not be larger than size().
  [[nodiscard]] Digest root_at(std::uint64_t size) const;
  [[nodiscard]] Digest root() const { return root_at(size()); }
  /// Reads the nodes of this tree, which must outlive it.
  [[nodiscard]] NodeReader nodes() const;

 private:
  std::vector<std::vector<Digest>> levels_;
};

}  // namespace postern::ledger
