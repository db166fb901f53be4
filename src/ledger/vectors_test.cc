#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/encoding.h"
#include "base/json.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/proof.h"
#include "ledger/tile.h"

/// Vectors of others (sources and licence: tests/vectors/ledger/README.md): a few are in the project; all of
/// them are read where ../shared exists.
namespace postern::ledger {
namespace {

namespace fs = std::filesystem;

const fs::path here = fs::path(POSTERN_SOURCE_DIR) / "tests/vectors/ledger";
const fs::path shared = fs::path(POSTERN_SOURCE_DIR) / "../shared/data";
constexpr const char* log_key =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> vectors_below(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& item : fs::recursive_directory_iterator(folder))
    if (item.path().extension() == ".json") paths.push_back(item.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

json::Value vector_at(const fs::path& path) {
  std::string text = content_of(path);
  // The one number in the vectors that our JSON reader has no room for.
  const std::string largest = "18446744073709551615";
  if (const auto at = text.find(largest); at != std::string::npos) text.replace(at, largest.size(), "-1");
  return json::parse(text).value();
}
std::uint64_t number(const json::Value& vector, const char* name) {
  return static_cast<std::uint64_t>(*vector.find(name)->as_integer());
}
Result<Digest> hash(const json::Value& value) {
  return Digest::from_bytes(from_base64(*value.as_string()).value());
}
Result<std::vector<Digest>> hashes(const json::Value& vector) {
  std::vector<Digest> proof;
  if (const json::Array* items = vector.find("proof")->as_array())
    for (const json::Value& item : *items) proof.push_back(TRY(hash(item)));
  return proof;
}

Result<void> verify_inclusion_vector(const json::Value& vector) {
  const Digest leaf = TRY(hash(*vector.find("leafHash")));
  const Digest root = TRY(hash(*vector.find("root")));
  return verify_inclusion(number(vector, "leafIdx"), number(vector, "treeSize"), leaf, TRY(hashes(vector)),
                          root);
}
Result<void> verify_consistency_vector(const json::Value& vector) {
  const Digest old_root = TRY(hash(*vector.find("root1")));
  const Digest new_root = TRY(hash(*vector.find("root2")));
  return verify_consistency(number(vector, "size1"), number(vector, "size2"), old_root, new_root,
                            TRY(hashes(vector)));
}

/// Runs the vectors below `folder`; gives how many there were.
std::size_t agree(const fs::path& folder, Result<void> (*verify_vector)(const json::Value&)) {
  const auto paths = vectors_below(folder);
  for (const fs::path& path : paths) {
    const json::Value vector = vector_at(path);
    // Its equal "roots" have 12 bytes. A root of ours has 32, so that it is refused before anything is
    // compared.
    const bool roots_are_short = path.filename() == "sizes-are-equal-one-and-proof-is-empty.json";
    EXPECT_EQ(verify_vector(vector).has_value(), !*vector.find("wantErr")->as_bool() && !roots_are_short)
        << path;
  }
  return paths.size();
}

TEST(Vectors, OfInclusionAgree) { EXPECT_EQ(agree(here / "inclusion", verify_inclusion_vector), 35U); }
TEST(Vectors, OfConsistencyAgree) { EXPECT_EQ(agree(here / "consistency", verify_consistency_vector), 35U); }

TEST(Vectors, OfInclusionAndConsistencyAllAgree) {
  if (!fs::exists(shared / "merkle")) GTEST_SKIP() << "The full set is not at " << shared / "merkle";
  EXPECT_EQ(agree(shared / "merkle/testdata/inclusion", verify_inclusion_vector), 98U);
  EXPECT_EQ(agree(shared / "merkle/testdata/consistency", verify_consistency_vector), 98U);
}

std::string checkpoint_note(std::size_t size) {
  return content_of(here / "log" / ("checkpoint." + std::to_string(size)));
}

std::vector<Bytes> sample_entries() {
  return decode_bundle(content_of(here / "log" / bundle_path(0, 15))).value();
}

TEST(SampleLog, HasTheRootsThatItsCheckpointsVouchFor) {
  const auto key = NoteVerifier::parse(log_key).value();
  const auto entries = sample_entries();
  ASSERT_EQ(entries.size(), 15U);
  Frontier tree;
  for (std::size_t size = 0; size <= 15; ++size) {
    const Checkpoint checkpoint = open_checkpoint(checkpoint_note(size), key).value();
    EXPECT_EQ(checkpoint,
              (Checkpoint{.origin = "example.com/log/testdata", .size = size, .root = tree.root()}));
    if (size < 15) tree.append(leaf_hash(entries[size]));
  }
}

TEST(SampleLog, HasTheTilesAndBundlesThatWeWouldWrite) {
  const auto entries = sample_entries();
  std::vector<Digest> leaves;
  for (std::size_t size = 1; size <= 15; ++size) {
    leaves.push_back(leaf_hash(entries[size - 1]));
    EXPECT_EQ(content_of(here / "log" / tile_path(0, 0, size)), tile_bytes(0, 0, leaves));
    EXPECT_EQ(content_of(here / "log" / bundle_path(0, size)), encode_bundle(std::span(entries).first(size)));
  }
}

TEST(SampleLog, GivesProofsThatVerifyAgainstItsCheckpoints) {
  const auto key = NoteVerifier::parse(log_key).value();
  const auto entries = sample_entries();
  std::vector<Digest> leaves;
  for (const Bytes& entry : entries) leaves.push_back(leaf_hash(entry));
  const NodeReader nodes = nodes_over(leaves);
  const Checkpoint head = open_checkpoint(checkpoint_note(15), key).value();
  for (std::uint64_t size = 1; size <= 15; ++size) {
    const Checkpoint old = open_checkpoint(checkpoint_note(size), key).value();
    const auto path = consistency_proof(size, 15, nodes).value();
    EXPECT_TRUE(verify_consistency(size, 15, old.root, head.root, path)) << size;
    for (std::uint64_t index = 0; index < size; ++index) {
      const Proof proof{.index = index,
                        .hashes = inclusion_proof(index, size, nodes).value(),
                        .checkpoint_note = checkpoint_note(size)};
      EXPECT_EQ(verify(parse_proof(to_text(proof)).value(), entries[index], key).value(), old);
    }
  }
}

}  // namespace
}  // namespace postern::ledger
