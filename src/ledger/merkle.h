#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

/// The Merkle tree of RFC 6962 section 2.1 over SHA-256.
namespace postern::ledger {

Digest leaf_hash(std::string_view entry);                   ///< SHA-256(0x00 ‖ entry)
Digest node_hash(const Digest& left, const Digest& right);  ///< SHA-256(0x01 ‖ left ‖ right)
Digest empty_root();                                        ///< SHA-256("")

/// The right edge of a tree: enough to append leaves and to know the root, in O(log n) memory. A value;
/// copying it is how a tentative append is tried and dropped.
class Frontier {
 public:
  void append(const Digest& leaf);
  [[nodiscard]] Digest root() const;
  [[nodiscard]] std::uint64_t size() const { return size_; }
  friend bool operator==(const Frontier&, const Frontier&) = default;

 private:
  std::vector<Digest> peaks_;  ///< roots of the full subtrees, largest first
  std::uint64_t size_ = 0;
};

/// Gives the hash of the full subtree of 2^level leaves that starts at leaf index·2^level.
using NodeReader = std::function<Result<Digest>(unsigned level, std::uint64_t index)>;

/// A NodeReader over leaf hashes held in memory; `leaves` must outlive it. O(2^level) a call.
NodeReader nodes_over(std::span<const Digest> leaves);

/// The root of the first `size` leaves.
Result<Digest> root_at(std::uint64_t size, const NodeReader& nodes);
/// Hashes from the leaf's sibling upwards. `invalid` unless index < size.
Result<std::vector<Digest>> inclusion_proof(std::uint64_t index, std::uint64_t size, const NodeReader& nodes);
/// `invalid` unless 1 <= old_size <= new_size; empty when they are equal.
Result<std::vector<Digest>> consistency_proof(std::uint64_t old_size, std::uint64_t new_size,
                                              const NodeReader& nodes);

/// `damaged` unless `leaf` stands at `index` of the tree of `size` leaves with that root. Proofs are at most
/// 64 long.
Result<void> verify_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf,
                              std::span<const Digest> proof, const Digest& root);
/// `damaged` unless the tree of `old_size` is a prefix of the tree of `new_size`.
Result<void> verify_consistency(std::uint64_t old_size, std::uint64_t new_size, const Digest& old_root,
                                const Digest& new_root, std::span<const Digest> proof);

}  // namespace postern::ledger
