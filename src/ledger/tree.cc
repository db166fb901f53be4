#include "ledger/tree.h"

namespace postern::ledger {

void Tree::append(const Digest& leaf) {
  Digest node = leaf;
  for (std::size_t level = 0;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    std::vector<Digest>& row = levels_[level];
    row.push_back(node);
    if (row.size() % 2 != 0) return;
    node = node_hash(row[row.size() - 2], row[row.size() - 1]);
  }
}

std::span<const Digest> Tree::leaves() const {
  if (levels_.empty()) return {};
  return levels_.front();
}

NodeReader Tree::nodes() const {
  return [this](unsigned level, std::uint64_t index) -> Result<Digest> {
    if (level >= levels_.size() || index >= levels_[level].size())
      return fail(ErrorCode::invalid, "The tree has no such node.");
    return levels_[level][index];
  };
}

Digest Tree::root_at(std::uint64_t size) const {
  ENSURE(size <= this->size());
  const Result<Digest> root = ledger::root_at(size, nodes());
  ENSURE(root.has_value());
  return *root;
}

}  // namespace postern::ledger
