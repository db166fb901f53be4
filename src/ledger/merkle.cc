#include "ledger/merkle.h"

#include <algorithm>
#include <bit>

namespace postern::ledger {
namespace {

using namespace std::string_view_literals;

/// The root over full subtrees of falling size: RFC 6962 hangs each further one to the right of the one
/// before.
Digest fold(std::span<const Digest> peaks) {
  if (peaks.empty()) return empty_root();
  Digest root = peaks.back();
  for (std::size_t i = peaks.size() - 1; i > 0; --i) root = node_hash(peaks[i - 1], root);
  return root;
}

/// The root of the `count` leaves from `first` on, a range that RFC 6962's splitting leads to.
Result<Digest> range_root(std::uint64_t first, std::uint64_t count, const NodeReader& nodes) {
  std::vector<Digest> peaks;
  while (count > 0) {
    const auto level = static_cast<unsigned>(std::bit_width(count)) - 1;
    peaks.push_back(TRY(nodes(level, first >> level)));
    first += std::uint64_t{1} << level;
    count -= std::uint64_t{1} << level;
  }
  return fold(peaks);
}

/// Where RFC 6962 splits a tree of `count` > 1 leaves: the largest power of two below it.
std::uint64_t split_of(std::uint64_t count) { return std::bit_floor(count - 1); }

tl::unexpected<Error> misfit(const char* what) {
  return fail(
      ErrorCode::damaged,
      std::string(what) + " Do not build on this log; fetch entry, proof and checkpoint again and compare.");
}

/// One step up from a node that is a right child or has no sibling: then the path skips to where it is a
/// right child.
void climb_left(std::uint64_t& node, std::uint64_t& last) {
  while (node != 0 && (node & 1U) == 0) {
    node >>= 1U;
    last >>= 1U;
  }
}

}  // namespace

Digest leaf_hash(std::string_view entry) { return sha256({"\x00"sv, entry}); }
Digest node_hash(const Digest& left, const Digest& right) {
  return sha256({"\x01"sv, left.view(), right.view()});
}
Digest empty_root() { return sha256(""); }

void Frontier::append(const Digest& leaf) {
  peaks_.push_back(leaf);
  // As in binary counting: each trailing one of the size is a full subtree that now finds its sibling.
  for (std::uint64_t carry = size_; (carry & 1U) != 0; carry >>= 1U) {
    const Digest right = peaks_.back();
    peaks_.pop_back();
    peaks_.back() = node_hash(peaks_.back(), right);
  }
  ++size_;
}

Digest Frontier::root() const { return fold(peaks_); }

NodeReader nodes_over(std::span<const Digest> leaves) {
  return [leaves](unsigned level, std::uint64_t index) -> Result<Digest> {
    if (level >= 64 || index >= (leaves.size() >> level))
      return fail(ErrorCode::invalid,
                  "The tree of " + std::to_string(leaves.size()) + " leaves has no such node.");
    Frontier subtree;
    for (const Digest& leaf : leaves.subspan(index << level, std::size_t{1} << level)) subtree.append(leaf);
    return subtree.root();
  };
}

Result<Digest> root_at(std::uint64_t size, const NodeReader& nodes) { return range_root(0, size, nodes); }

Result<std::vector<Digest>> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                            const NodeReader& nodes) {
  if (index >= size)
    return fail(ErrorCode::invalid, "There is no entry " + std::to_string(index) + " among " +
                                        std::to_string(size) + ". Name an index below the size.");
  std::vector<Digest> path;
  std::uint64_t first = 0;
  for (std::uint64_t count = size; count > 1;) {
    const std::uint64_t split = split_of(count);
    if (index - first < split) {
      path.push_back(TRY(range_root(first + split, count - split, nodes)));
      count = split;
    } else {
      path.push_back(TRY(range_root(first, split, nodes)));
      first += split;
      count -= split;
    }
  }
  std::reverse(path.begin(), path.end());
  return path;
}

Result<std::vector<Digest>> consistency_proof(std::uint64_t old_size, std::uint64_t new_size,
                                              const NodeReader& nodes) {
  if (old_size == 0 || old_size > new_size)
    return fail(ErrorCode::invalid, "No proof leads from size " + std::to_string(old_size) + " to " +
                                        std::to_string(new_size) + ". Give 1 <= old <= new.");
  std::vector<Digest> path;
  std::uint64_t first = 0;
  std::uint64_t count = new_size;
  while (old_size - first < count) {
    const std::uint64_t split = split_of(count);
    if (old_size - first <= split) {
      path.push_back(TRY(range_root(first + split, count - split, nodes)));
      count = split;
    } else {
      path.push_back(TRY(range_root(first, split, nodes)));
      first += split;
      count -= split;
    }
  }
  // The verifier has the old root already when it is a node of the new tree.
  if (first != 0) path.push_back(TRY(range_root(first, count, nodes)));
  std::reverse(path.begin(), path.end());
  return path;
}

// RFC 9162 section 2.1.3.2.
Result<void> verify_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf,
                              std::span<const Digest> proof, const Digest& root) {
  if (index >= size) return misfit("The index of this inclusion proof lies beyond the tree.");
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (last == 0) return misfit("This inclusion proof is too long.");
    if ((node & 1U) != 0 || node == last) {
      hash = node_hash(sibling, hash);
      climb_left(node, last);
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  if (last != 0) return misfit("This inclusion proof is too short.");
  if (hash != root) return misfit("The entry and its inclusion proof do not lead to the root.");
  return {};
}

// RFC 9162 section 2.1.4.2.
Result<void> verify_consistency(std::uint64_t old_size, std::uint64_t new_size, const Digest& old_root,
                                const Digest& new_root, std::span<const Digest> proof) {
  if (old_size == 0 || old_size > new_size) return misfit("No consistency can be shown between these sizes.");
  if (old_size == new_size) {
    if (!proof.empty() || old_root != new_root) return misfit("Two trees of one size must have one root.");
    return {};
  }
  std::uint64_t node = old_size - 1;
  std::uint64_t last = new_size - 1;
  while ((node & 1U) != 0) {
    node >>= 1U;
    last >>= 1U;
  }
  Digest start = old_root;
  if (!std::has_single_bit(old_size)) {
    if (proof.empty()) return misfit("This consistency proof is too short.");
    start = proof.front();
    proof = proof.subspan(1);
  }
  Digest old_hash = start;
  Digest new_hash = start;
  for (const Digest& sibling : proof) {
    if (last == 0) return misfit("This consistency proof is too long.");
    if ((node & 1U) != 0 || node == last) {
      old_hash = node_hash(sibling, old_hash);
      new_hash = node_hash(sibling, new_hash);
      climb_left(node, last);
    } else {
      new_hash = node_hash(new_hash, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  if (last != 0) return misfit("This consistency proof is too short.");
  if (old_hash != old_root) return misfit("The consistency proof does not lead to the old root.");
  if (new_hash != new_root) return misfit("The consistency proof does not lead to the new root.");
  return {};
}

}  // namespace postern::ledger
