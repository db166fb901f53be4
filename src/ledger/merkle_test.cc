#include "ledger/merkle.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <string>

namespace postern::ledger {
namespace {

constexpr std::uint64_t size_max = 130;

std::vector<Digest> leaves_of(std::uint64_t size) {
  std::vector<Digest> leaves;
  for (std::uint64_t i = 0; i < size; ++i) leaves.push_back(leaf_hash("entry " + std::to_string(i)));
  return leaves;
}

/// RFC 6962 section 2.1, word by word.
Digest tree_hash(std::span<const Digest> leaves) {
  if (leaves.empty()) return sha256("");
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return sha256(
      {std::string_view("\x01", 1), tree_hash(leaves.first(k)).view(), tree_hash(leaves.subspan(k)).view()});
}

/// Which side the sibling stands on, from the leaf upwards. A root does not bind the size of its tree: a
/// proof holds for another size too when the way is the same, which is why a checkpoint signs both.
std::string way_up(std::uint64_t index, std::uint64_t size) {
  if (index >= size) return "none";
  if (size == 1) return "";
  const std::uint64_t k = std::bit_floor(size - 1);
  return index < k ? way_up(index, k) + ">" : way_up(index - k, size - k) + "<";
}
std::string way_between(std::uint64_t old_size, std::uint64_t new_size, bool whole = true) {
  if (old_size == 0 || old_size > new_size) return "none";
  if (old_size == new_size) return whole ? "old" : "node";
  const std::uint64_t k = std::bit_floor(new_size - 1);
  return old_size <= k ? way_between(old_size, k, whole) + ">"
                       : way_between(old_size - k, new_size - k, false) + "<";
}

Digest flipped(Digest digest, std::size_t bit) {
  digest.bytes.at(bit / 8 % 32) ^= static_cast<std::uint8_t>(1U << bit % 8);
  return digest;
}

TEST(Merkle, HashesLeavesAndNodesUnderDifferentLabels) {
  EXPECT_EQ(empty_root().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(leaf_hash("").hex(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  const std::string two = std::string(leaf_hash("a").view()) + std::string(leaf_hash("b").view());
  EXPECT_NE(node_hash(leaf_hash("a"), leaf_hash("b")), leaf_hash(two));
}

TEST(Merkle, HasOneRootHoweverItIsComputed) {
  const auto leaves = leaves_of(size_max);
  Frontier frontier;
  for (std::uint64_t size = 0; size <= size_max; ++size) {
    const Digest root = tree_hash(std::span(leaves).first(size));
    EXPECT_EQ(frontier.root(), root) << size;
    EXPECT_EQ(root_at(size, nodes_over(leaves)).value(), root) << size;
    EXPECT_EQ(frontier.size(), size);
    if (size < size_max) frontier.append(leaves[size]);
  }
}

TEST(Merkle, KeepsACopiedFrontierApartFromItsOriginal) {
  Frontier frontier;
  frontier.append(leaf_hash("one"));
  Frontier tentative = frontier;
  tentative.append(leaf_hash("two"));
  EXPECT_EQ(frontier.root(), leaf_hash("one"));
  EXPECT_EQ(tentative.root(), node_hash(leaf_hash("one"), leaf_hash("two")));
}

constexpr std::array size_bits = {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 31U, 32U, 63U};

/// Every bit of every hash in small trees; in larger ones a bit of each hash, another one every time.
std::size_t bit_step(std::uint64_t size) { return size <= 9 ? 1 : 255; }

TEST(Merkle, VerifiesEveryInclusionProofAndNoneWithAFlippedBit) {
  const auto leaves = leaves_of(size_max);
  for (std::uint64_t size = 1; size <= size_max; ++size) {
    const Digest root = root_at(size, nodes_over(leaves)).value();
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proof = inclusion_proof(index, size, nodes_over(leaves)).value();
      const Digest& leaf = leaves[index];
      ASSERT_TRUE(verify_inclusion(index, size, leaf, proof, root)) << index << " of " << size;
      for (std::size_t bit = (index + size) % bit_step(size); bit < 256; bit += bit_step(size)) {
        ASSERT_FALSE(verify_inclusion(index, size, flipped(leaf, bit), proof, root));
        ASSERT_FALSE(verify_inclusion(index, size, leaf, proof, flipped(root, bit)));
        for (std::size_t i = 0; i < proof.size(); ++i) {
          auto forged = proof;
          forged[i] = flipped(forged[i], bit);
          ASSERT_FALSE(verify_inclusion(index, size, leaf, forged, root)) << index << " of " << size;
        }
      }
      for (const unsigned bit : size_bits) {
        const std::uint64_t other = std::uint64_t{1} << bit;
        ASSERT_FALSE(verify_inclusion(index ^ other, size, leaf, proof, root)) << index << " of " << size;
        ASSERT_EQ(verify_inclusion(index, size ^ other, leaf, proof, root).has_value(),
                  way_up(index, size ^ other) == way_up(index, size));
      }
    }
  }
}

TEST(Merkle, VerifiesEveryConsistencyProofAndNoneWithAFlippedBit) {
  const auto leaves = leaves_of(size_max);
  for (std::uint64_t to = 1; to <= size_max; ++to) {
    const Digest new_root = root_at(to, nodes_over(leaves)).value();
    for (std::uint64_t from = 1; from <= to; ++from) {
      const Digest old_root = root_at(from, nodes_over(leaves)).value();
      const auto proof = consistency_proof(from, to, nodes_over(leaves)).value();
      ASSERT_TRUE(verify_consistency(from, to, old_root, new_root, proof)) << from << " to " << to;
      for (std::size_t bit = (from + to) % bit_step(to); bit < 256; bit += bit_step(to)) {
        ASSERT_FALSE(verify_consistency(from, to, flipped(old_root, bit), new_root, proof));
        ASSERT_FALSE(verify_consistency(from, to, old_root, flipped(new_root, bit), proof));
        for (std::size_t i = 0; i < proof.size(); ++i) {
          auto forged = proof;
          forged[i] = flipped(forged[i], bit);
          ASSERT_FALSE(verify_consistency(from, to, old_root, new_root, forged)) << from << " to " << to;
        }
      }
      for (const unsigned bit : size_bits) {
        const std::uint64_t other = std::uint64_t{1} << bit;
        ASSERT_EQ(verify_consistency(from ^ other, to, old_root, new_root, proof).has_value(),
                  way_between(from ^ other, to) == way_between(from, to));
        ASSERT_EQ(verify_consistency(from, to ^ other, old_root, new_root, proof).has_value(),
                  way_between(from, to ^ other) == way_between(from, to));
      }
    }
  }
}

TEST(Merkle, RefusesProofsThatAreTooLongOrTooShort) {
  const auto leaves = leaves_of(7);
  const Digest root = root_at(7, nodes_over(leaves)).value();
  auto inclusion = inclusion_proof(3, 7, nodes_over(leaves)).value();
  inclusion.push_back(root);
  EXPECT_FALSE(verify_inclusion(3, 7, leaves[3], inclusion, root));
  EXPECT_FALSE(verify_inclusion(3, 7, leaves[3], std::span(inclusion).first(2), root));
  EXPECT_FALSE(verify_inclusion(0, 1, leaves[0], std::vector(65, root), leaves[0]));
  // One hash too many, under a root made to fit it.
  EXPECT_FALSE(verify_inclusion(0, 1, leaves[0], std::vector{root}, node_hash(root, leaves[0])));

  const Digest old_root = root_at(3, nodes_over(leaves)).value();
  auto consistency = consistency_proof(3, 7, nodes_over(leaves)).value();
  consistency.push_back(root);
  EXPECT_FALSE(verify_consistency(3, 7, old_root, root, consistency));
  EXPECT_FALSE(
      verify_consistency(3, 7, old_root, root, std::span(consistency).first(consistency.size() - 2)));
  EXPECT_FALSE(verify_consistency(3, 7, old_root, root, {}));
  EXPECT_FALSE(verify_consistency(7, 7, root, root, std::vector{root}));
}

TEST(Merkle, MakesNoProofForWhatIsNotThere) {
  const auto leaves = leaves_of(5);
  EXPECT_EQ(inclusion_proof(5, 5, nodes_over(leaves)).error().code, ErrorCode::invalid);
  EXPECT_EQ(inclusion_proof(0, 0, nodes_over(leaves)).error().code, ErrorCode::invalid);
  EXPECT_EQ(consistency_proof(0, 5, nodes_over(leaves)).error().code, ErrorCode::invalid);
  EXPECT_EQ(consistency_proof(6, 5, nodes_over(leaves)).error().code, ErrorCode::invalid);
  EXPECT_TRUE(consistency_proof(5, 5, nodes_over(leaves)).value().empty());
  EXPECT_EQ(nodes_over(leaves)(3, 0).error().code, ErrorCode::invalid);
  EXPECT_EQ(nodes_over(leaves)(1, 2).error().code, ErrorCode::invalid);
  EXPECT_EQ(nodes_over(leaves)(64, 0).error().code, ErrorCode::invalid);
  EXPECT_EQ(nodes_over(leaves)(1, std::uint64_t{1} << 63).error().code, ErrorCode::invalid);
}

TEST(Merkle, PassesOnAnErrorOfTheNodeReader) {
  const NodeReader broken = [](unsigned, std::uint64_t) -> Result<Digest> {
    return fail(ErrorCode::unavailable, "gone");
  };
  EXPECT_EQ(root_at(3, broken).error().code, ErrorCode::unavailable);
  EXPECT_EQ(inclusion_proof(1, 3, broken).error().code, ErrorCode::unavailable);
  EXPECT_EQ(consistency_proof(1, 3, broken).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace postern::ledger
