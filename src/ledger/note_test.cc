#include "ledger/note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"

namespace postern::ledger {
namespace {

// c2sp.org/signed-note, "Example".
const std::string spec_key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const std::string spec_note =
    "This is an example message.\n\n"
    "— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
// golang.org/x/mod/sumdb/note, package documentation.
const std::string go_key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string go_note =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

NoteSigner signer(std::string name, char seed = 's') {
  return NoteSigner::from_seed(std::move(name), Secret(std::string(32, seed))).value();
}
ErrorCode refusal(std::string_view note, const std::vector<NoteVerifier>& known) {
  const auto opened = open_note(note, known);
  return opened ? ErrorCode::internal : opened.error().code;
}

TEST(Note, OpensTheExampleOfTheSpecification) {
  const auto key = NoteVerifier::parse(spec_key).value();
  const auto opened = open_note(spec_note, {key}).value();
  EXPECT_EQ(opened.text, "This is an example message.\n");
  EXPECT_THAT(opened.verified_by, testing::ElementsAre("example.com/foo"));
}

TEST(Note, OpensTheExampleOfGo) { EXPECT_TRUE(open_note(go_note, {NoteVerifier::parse(go_key).value()})); }

TEST(Note, PrintsAVerifierKeyAsItWasRead) {
  EXPECT_EQ(NoteVerifier::parse(spec_key).value().vkey(), spec_key);
  EXPECT_EQ(NoteVerifier::parse(spec_key).value().key_id(), 0x530d903aU);
  EXPECT_EQ(NoteVerifier::parse(go_key).value().vkey(), go_key);
}

TEST(Note, RefusesAVerifierKeyWhoseIdOrFormDoesNotFit) {
  const std::string base64 = spec_key.substr(spec_key.rfind('+') + 1);
  for (const std::string& key : std::vector<std::string>{
           "example.com/foo+530d903b+" + base64,        // another id
           "example.com/fop+530d903a+" + base64,        // another name
           "example.com/foo+530D903A+" + base64,        // one key has one text
           "example.com/foo+30d903a+" + base64,         //
           "example.com/ foo+530d903a+" + base64,       //
           "+530d903a+" + base64,                       //
           "example.com/foo+530d903a",                  //
           "example.com/foo+530d903a+" + base64 + "\n"  //
       })
    EXPECT_FALSE(NoteVerifier::parse(key)) << key;
  EXPECT_FALSE(NoteVerifier::parse(""));
  // A timestamped cosignature key (type 4) is not a log's key.
  const Bytes raw = from_base64(base64).value();
  const Bytes type_four = '\x04' + raw.substr(1);
  const std::string id = sha256({"example.com/foo\n", type_four}).hex().substr(0, 8);
  EXPECT_THAT(NoteVerifier::parse("example.com/foo+" + id + "+" + to_base64(type_four)).error().message,
              testing::HasSubstr("not an Ed25519 key"));
}

TEST(Note, RefusesKeyNamesWithSpacesPlusOrControlCharacters) {
  const Secret seed(std::string(32, 's'));
  for (const char* name : {"", "a b", "a+b", "a\nb", "a\tb", "a\u0085b", "a\u00a0b", "a\u2003b", "a\u2028b",
                           "a\u3000b", "a\xff"})
    EXPECT_FALSE(NoteSigner::from_seed(name, seed)) << name;
  EXPECT_FALSE(NoteSigner::from_seed(std::string(257, 'a'), seed));
  EXPECT_TRUE(NoteSigner::from_seed("記録.example/ledger", seed));
  EXPECT_FALSE(NoteSigner::from_seed("name", Secret(std::string(31, 's'))));
}

// RFC 8032 section 7.1, test 1.
TEST(Note, DerivesThePublicKeyFromTheSeed) {
  const Secret seed(from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").value());
  const std::string key = NoteSigner::from_seed("n", seed).value().verifier().vkey();
  const Bytes raw = from_base64(key.substr(key.find('+', 2) + 1)).value();
  EXPECT_EQ(to_hex(raw), "01d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

TEST(Note, SplitsAtTheLastEmptyLine) {
  const auto log = signer("log.example");
  for (const std::string text : {"first\n\n— log.example AAAAAAAA\n\nlast\n", "first\n\n", "\n"})
    EXPECT_EQ(open_note(sign_note(text, {&log}), {log.verifier()}).value().text, text);
}

TEST(Note, PassesOverStrangersWhoShareOnlyNameOrOnlyId) {
  const auto log = signer("log.example");
  const auto witness = signer("witness.example", 'w');
  const auto namesake = signer("log.example", 'n');
  const std::string note = sign_note("text\n", {&witness, &namesake, &log});
  EXPECT_THAT(open_note(note, {log.verifier()}).value().verified_by, testing::ElementsAre("log.example"));
  EXPECT_THAT(open_note(note, {log.verifier(), witness.verifier()}).value().verified_by,
              testing::UnorderedElementsAre("log.example", "witness.example"));
  EXPECT_EQ(refusal(sign_note("text\n", {&namesake}), {log.verifier()}), ErrorCode::damaged);
  EXPECT_EQ(refusal(note, {}), ErrorCode::damaged);
}

TEST(Note, IsDamagedWhenOneKnownSignatureIsBadThoughAnotherIsGood) {
  const auto log = signer("log.example");
  const auto witness = signer("witness.example", 'w');
  const std::string note = "text\n\n" + log.sign_line("text\n") + witness.sign_line("other text\n");
  EXPECT_EQ(refusal(note, {log.verifier(), witness.verifier()}), ErrorCode::damaged);
  EXPECT_TRUE(open_note(note, {log.verifier()}));
}

TEST(Note, IsNeverOpenedWithAFlippedBit) {
  const auto key = NoteVerifier::parse(spec_key).value();
  for (std::size_t bit = 0; bit < spec_note.size() * 8; ++bit) {
    std::string note = spec_note;
    note[bit / 8] = static_cast<char>(note[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(open_note(note, {key})) << bit;
  }
}

TEST(Note, IsInvalidWhenMalformed) {
  const auto log = signer("log.example");
  const std::string line = log.sign_line("text\n");
  for (const std::string& note : std::vector<std::string>{
           "", "text\n", "text\n" + line, "text\n\n", "text\n\n" + line.substr(0, line.size() - 1),
           "text\n\n- " + line.substr(4), "text\n\n" + line + "no signature\n", "text\n\n— log.example\n",
           "text\n\n— log.example AAAAAA==\n",  // a key id and nothing behind it
           "text\n\n— log.example AAAAAAB=\n",  // Base64 with unused bits set
           "te\txt\n\n" + line, "te\rxt\n\n" + line, "te\xffxt\n\n" + line,
           std::string("te\0xt\n\n", 7) + line})
    EXPECT_EQ(refusal(note, {log.verifier()}), ErrorCode::invalid) << note;
}

TEST(Note, KeepsItsLimits) {
  const auto log = signer("log.example");
  const auto signed_times = [&](std::size_t count) {
    std::string note = "text\n\n";
    for (std::size_t i = 0; i < count; ++i) note += log.sign_line("text\n");
    return note;
  };
  EXPECT_THAT(open_note(signed_times(note_signatures_max), {log.verifier()}).value().verified_by,
              testing::SizeIs(1));
  EXPECT_EQ(refusal(signed_times(note_signatures_max + 1), {log.verifier()}), ErrorCode::invalid);
  const std::string long_text = std::string(note_bytes_max, 'x') + "\n";
  EXPECT_EQ(refusal(sign_note(long_text, {&log}), {log.verifier()}), ErrorCode::invalid);
}

}  // namespace
}  // namespace postern::ledger
