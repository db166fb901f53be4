#include "ledger/checkpoint.h"

#include <gtest/gtest.h>

#include "ledger/line_format.h"
#include "ledger/merkle.h"

namespace postern::ledger {
namespace {

const std::string root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

NoteSigner log_key() { return NoteSigner::from_seed("log.example/e", Secret(std::string(32, 'k'))).value(); }

TEST(Checkpoint, IsReadAsItWasWritten) {
  const Checkpoint checkpoint{.origin = "log.example/e", .size = 70'000, .root = leaf_hash("x")};
  EXPECT_EQ(parse_checkpoint(body_of(checkpoint)).value(), checkpoint);
  EXPECT_EQ(body_of({.origin = "o", .size = 0, .root = empty_root()}), "o\n0\n" + root + "\n");
}

TEST(Checkpoint, MayHaveExtensionLinesThatAreNotEmpty) {
  EXPECT_TRUE(parse_checkpoint("o\n0\n" + root + "\nextension\nanother\n"));
  EXPECT_FALSE(parse_checkpoint("o\n0\n" + root + "\nextension\n\n"));
  EXPECT_FALSE(parse_checkpoint("o\n0\n" + root + "\nextension"));
}

TEST(Checkpoint, IsInvalidWhenMalformed) {
  for (const std::string& body : {std::string(),
                                  std::string("\n\n\n"),
                                  "\n0\n" + root + "\n",
                                  "o\n\n" + root + "\n",
                                  std::string("o\n0\n"),
                                  "o\n0\n" + root,
                                  "o\n00\n" + root + "\n",
                                  "o\n07\n" + root + "\n",
                                  "o\n+7\n" + root + "\n",
                                  "o\n-7\n" + root + "\n",
                                  "o\n 7\n" + root + "\n",
                                  "o\n7 \n" + root + "\n",
                                  "o\n0x7\n" + root + "\n",
                                  "o\n9007199254740992\n" + root + "\n",
                                  "o\n18446744073709551616\n" + root + "\n",
                                  std::string("o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n"),
                                  std::string("o\n0\n\n"),
                                  "o\n0\n " + root + "\n",
                                  std::string("o\n0\ne3b0c44298fc1c149afbf4c8996fb924\n"),
                                  "o\xff\n0\n" + root + "\n"}) {
    const auto checkpoint = parse_checkpoint(body);
    ASSERT_FALSE(checkpoint) << body;
    EXPECT_EQ(checkpoint.error().code, ErrorCode::invalid);
  }
  EXPECT_EQ(parse_checkpoint("o\n9007199254740991\n" + root + "\n").value().size, tree_size_max);
}

TEST(Checkpoint, IsOpenedOnlyWithItsLogsKey) {
  const Checkpoint checkpoint{.origin = "log.example/e", .size = 3, .root = leaf_hash("x")};
  const std::string note = sign(checkpoint, log_key());
  EXPECT_EQ(open_checkpoint(note, log_key().verifier()).value(), checkpoint);
  const auto stranger = NoteSigner::from_seed("log.example/e", Secret(std::string(32, 'x'))).value();
  EXPECT_EQ(open_checkpoint(note, stranger.verifier()).error().code, ErrorCode::damaged);
}

TEST(Checkpoint, IsRefusedWhenItsOriginIsNotTheNameOfTheKey) {
  const auto key = log_key();
  const std::string body = body_of({.origin = "log.example/other", .size = 3, .root = leaf_hash("x")});
  EXPECT_EQ(open_checkpoint(sign_note(body, {&key}), key.verifier()).error().code, ErrorCode::damaged);
}

TEST(Checkpoint, IsInvalidWhenTheLogSignedSomethingElse) {
  const auto key = log_key();
  EXPECT_EQ(open_checkpoint(sign_note("hello\n", {&key}), key.verifier()).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace postern::ledger
