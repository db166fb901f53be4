#include "ledger/tile.h"

#include <gtest/gtest.h>

#include "ledger/merkle.h"

namespace postern::ledger {
namespace {

std::vector<Digest> leaves_of(std::size_t size) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < size; ++i) leaves.push_back(leaf_hash(std::to_string(i)));
  return leaves;
}

// The examples of c2sp.org/tlog-tiles.
TEST(Tile, IsNamedInGroupsOfThreeDigits) {
  EXPECT_EQ(tile_path(0, 1'234'067), "tile/0/x001/x234/067");
  EXPECT_EQ(tile_path(0, 0), "tile/0/000");
  EXPECT_EQ(tile_path(63, 999, 255), "tile/63/999.p/255");
  EXPECT_EQ(tile_path(1, 1000, 1), "tile/1/x001/000.p/1");
  EXPECT_EQ(bundle_path(1'234'067, 8), "tile/entries/x001/x234/067.p/8");
  EXPECT_EQ(bundle_path(12), "tile/entries/012");
}

TEST(Tile, HasTheWidthsOfTheSpecificationsTreeOf70000Leaves) {
  const auto leaves = leaves_of(70'000);
  const auto width = [&](unsigned level, std::uint64_t index) {
    return tile_bytes(level, index, leaves).size() / 32;
  };
  EXPECT_EQ(width(0, 272), 256U);
  EXPECT_EQ(width(0, 273), 112U);
  EXPECT_EQ(width(0, 274), 0U);
  EXPECT_EQ(width(1, 0), 256U);
  EXPECT_EQ(width(1, 1), 17U);
  EXPECT_EQ(width(2, 0), 1U);
  EXPECT_EQ(width(3, 0), 0U);
  EXPECT_EQ(width(8, 0), 0U);
  EXPECT_EQ(width(63, 0), 0U);
  EXPECT_EQ(width(0, ~std::uint64_t{0}), 0U);
}

TEST(Tile, HoldsTheRootsOfFullTilesBelow) {
  const auto leaves = leaves_of(600);
  const Bytes tile = tile_bytes(1, 0, leaves);
  ASSERT_EQ(tile.size(), 64U);
  const auto second = std::span(leaves).subspan(256, 256);
  EXPECT_EQ(Digest::from_bytes(tile.substr(32)).value(), root_at(256, nodes_over(second)).value());
  EXPECT_EQ(Digest::from_bytes(tile_bytes(0, 2, leaves).substr(0, 32)).value(), leaves[512]);
}

TEST(Bundle, IsReadAsItWasWritten) {
  const std::vector<Bytes> entries = {"", "a", std::string(65'535, 'x'), std::string("\0\xff", 2)};
  EXPECT_EQ(encode_bundle(entries).substr(0, 5), std::string("\0\0\0\1a", 5));
  EXPECT_EQ(decode_bundle(encode_bundle(entries)).value(), entries);
  EXPECT_TRUE(decode_bundle("").value().empty());
}

TEST(Bundle, IsRefusedWhenCutShortOrTooLong) {
  const Bytes bundle = encode_bundle(std::vector<Bytes>{"one", "two"});
  for (std::size_t size = 1; size < bundle.size(); ++size)
    EXPECT_EQ(decode_bundle(std::string_view(bundle).substr(0, size)).has_value(), size == 5) << size;
  EXPECT_TRUE(decode_bundle(std::string(512, '\0')));
  EXPECT_FALSE(decode_bundle(std::string(514, '\0')));
}

}  // namespace
}  // namespace postern::ledger
