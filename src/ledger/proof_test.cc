#include "ledger/proof.h"

#include <gtest/gtest.h>

#include "ledger/checkpoint.h"

namespace postern::ledger {
namespace {

NoteSigner log_key() { return NoteSigner::from_seed("log.example", Secret(std::string(32, 'k'))).value(); }

/// The proof for "entry <index>" in a log of `size` such entries.
Proof proof_of(std::uint64_t index, std::uint64_t size) {
  std::vector<Digest> leaves;
  for (std::uint64_t i = 0; i < size; ++i) leaves.push_back(leaf_hash("entry " + std::to_string(i)));
  const Digest root = root_at(size, nodes_over(leaves)).value();
  return {.index = index,
          .hashes = inclusion_proof(index, size, nodes_over(leaves)).value(),
          .checkpoint_note = sign({.origin = "log.example", .size = size, .root = root}, log_key())};
}

TEST(Proof, VouchesForItsEntryAndNoOther) {
  const Proof proof = proof_of(5, 11);
  EXPECT_EQ(verify(proof, "entry 5", log_key().verifier()).value().size, 11U);
  EXPECT_EQ(verify(proof, "entry 6", log_key().verifier()).error().code, ErrorCode::damaged);
  EXPECT_EQ(verify(proof, "", log_key().verifier()).error().code, ErrorCode::damaged);
  Proof moved = proof;
  moved.index = 4;
  EXPECT_EQ(verify(moved, "entry 5", log_key().verifier()).error().code, ErrorCode::damaged);
}

TEST(Proof, IsWorthNothingWithoutTheLogsSignature) {
  const auto stranger = NoteSigner::from_seed("log.example", Secret(std::string(32, 'x'))).value();
  EXPECT_EQ(verify(proof_of(0, 1), "entry 0", stranger.verifier()).error().code, ErrorCode::damaged);
}

TEST(Proof, IsReadAsItWasWritten) {
  for (const std::uint64_t size : {1U, 2U, 11U}) {
    const Proof proof = proof_of(size - 1, size);
    EXPECT_EQ(parse_proof(to_text(proof)).value(), proof);
    EXPECT_EQ(to_text(parse_proof(to_text(proof)).value()), to_text(proof));
  }
}

TEST(Proof, MayCarryExtraDataThatNobodyTrusts) {
  std::string text = to_text(proof_of(1, 3));
  text.insert(text.find("index"), "extra AAAA\n");
  EXPECT_EQ(parse_proof(text).value(), proof_of(1, 3));
  text.replace(text.find("AAAA"), 4, "not!");
  EXPECT_FALSE(parse_proof(text));
}

TEST(Proof, IsInvalidWhenMalformed) {
  const std::string hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
  const std::string head = "c2sp.org/tlog-proof@v1\n";
  std::string many;
  for (int i = 0; i < 65; ++i) many += hash;
  for (const std::string& text : std::vector<std::string>{
           "", head, head + "index 1\n", head + "index 1\n" + hash, head + "index 1\n\n",
           head + "index 01\n\nnote\n", head + "index \n\nnote\n", head + "index -1\n\nnote\n",
           head + "\nnote\n", head + "index 1\nshort\n\nnote\n", head + "index 1\n" + many + "\nnote\n",
           "c2sp.org/tlog-proof@v2\nindex 1\n\nnote\n", head + "index 1\nextra AAAA\n\nnote\n",
           head + "index 1\n\n" + std::string(3 * note_bytes_max, 'n')})
    EXPECT_FALSE(parse_proof(text)) << text.substr(0, 200);
  EXPECT_TRUE(parse_proof(head + "index 1\n" + hash + "\nnote\n"));
}

}  // namespace
}  // namespace postern::ledger
