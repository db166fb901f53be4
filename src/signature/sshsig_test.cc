#include "signature/sshsig.h"

#include <gmock/gmock.h>

#include "signature/vector_for_test.h"
#include "signature/wire.h"

namespace postern::signature {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

constexpr std::array all_good = {"ed25519",  "ed25519-sha256", "ecdsa256", "ecdsa384",
                                 "ecdsa521", "rsa2048",        "rsa8192",  "sk-ed25519"};

std::string refusal(std::string_view armored) {
  const auto signature = parse_armored(armored);
  return signature ? "accepted" : signature.error().message;
}
Result<void> verify_vector(const std::string& armored, const std::string& key) {
  return verify(armored, vector_namespace, vector_file("message"), vector_key(key));
}
/// The signature of that vector with one part of its bytes replaced.
std::string altered(const std::string& name, std::string_view part, std::string_view replacement) {
  return in_armor(with(out_of_armor(vector_file(name + ".sig")), part, replacement));
}

TEST(Sshsig, AcceptsWhatSshKeygenSigned) {
  for (const std::string name : all_good) {
    const auto result = verify_vector(vector_file(name + ".sig"), name);
    EXPECT_TRUE(result) << name << ": " << result.error().message;
  }
}

TEST(Sshsig, PrintsWhatItReadByteForByte) {
  for (const std::string name : all_good) {
    const std::string armored = vector_file(name + ".sig");
    EXPECT_EQ(to_armored(parse_armored(armored).value()), armored) << name;
  }
}

TEST(Sshsig, RefusesAnotherMessageNamespaceOrKey) {
  for (const std::string name : all_good) {
    const std::string armored = vector_file(name + ".sig");
    const SshPublicKey key = vector_key(name);
    const std::string message = vector_file("message");
    const auto other_message = verify(armored, vector_namespace, message + " ", key);
    const auto other_namespace = verify(armored, "postern-denial", message, key);
    const auto other_key = verify(armored, vector_namespace, message, vector_key("sk-ed25519-untouched"));
    EXPECT_EQ(other_message.error().code, ErrorCode::forbidden) << name;
    EXPECT_THAT(other_namespace.error().message,
                HasSubstr("signed for \"postern-approval\", not for \"postern-denial\""));
    EXPECT_THAT(other_key.error().message,
                HasSubstr("not with " + vector_key("sk-ed25519-untouched").fingerprint()));
  }
}

TEST(Sshsig, RefusesASignatureThatNamesAKeyThatDidNotMakeIt) {
  const std::string armored =
      altered("ed25519", vector_key("ed25519").blob(), vector_key("ed25519-sha256").blob());
  EXPECT_EQ(verify_vector(armored, "ed25519-sha256").error().code, ErrorCode::forbidden);
  EXPECT_EQ(verify_vector(armored, "ed25519").error().code, ErrorCode::forbidden);
}

TEST(Sshsig, RefusesItsBytesWhereverOneBitIsFlipped) {
  for (const std::string name : {"ed25519", "ecdsa256", "ecdsa521", "sk-ed25519"}) {
    const SshPublicKey key = vector_key(name);
    const std::string message = vector_file("message");
    const Bytes blob = out_of_armor(vector_file(name + ".sig"));
    for (std::size_t i = 0; i < blob.size(); ++i) {
      for (const unsigned bit : {0U, 5U, 7U}) {
        Bytes flipped = blob;
        flipped[i] = static_cast<char>(static_cast<unsigned char>(flipped[i]) ^ (1U << bit));
        ASSERT_FALSE(verify(in_armor(flipped), vector_namespace, message, key))
            << name << " byte " << i << " bit " << bit;
      }
    }
  }
}

TEST(Sshsig, RefusesItsBytesCutOffOrWithMoreBehind) {
  const Bytes blob = out_of_armor(vector_file("ecdsa256.sig"));
  for (std::size_t size = 0; size < blob.size(); ++size)
    ASSERT_NE(refusal(in_armor(blob.substr(0, size))), "accepted");
  EXPECT_THAT(refusal(in_armor(blob + '\0')), HasSubstr("goes on after its end"));
  for (const std::string name : all_good) {
    const SshSignature signature = parse_armored(vector_file(name + ".sig")).value();
    const Bytes inner =
        wire_string(signature.algorithm) + wire_string(signature.signature) + signature.key_flags_counter;
    EXPECT_THAT(refusal(altered(name, wire_string(inner), wire_string(inner + "x"))),
                HasSubstr("goes on after its end"))
        << name;
  }
}

TEST(Sshsig, ReadsOnlyVersionOne) {
  EXPECT_THAT(refusal(altered("ed25519", "SSHSIG\0\0\0\1"s, "SSHSIG\0\0\0\2"s)),
              HasSubstr("version is not 1"));
  EXPECT_THAT(refusal(altered("ed25519", "SSHSIG", "SSHSIH")), HasSubstr("SSHSIG"));
}

TEST(Sshsig, NeedsANamespaceWithoutNul) {
  const Bytes stood = wire_string(vector_namespace);
  EXPECT_NE(refusal(altered("ed25519", stood, wire_string(""))), "accepted");
  EXPECT_NE(refusal(altered("ed25519", stood, wire_string(vector_namespace + "\0"s))), "accepted");
  EXPECT_FALSE(verify(vector_file("ed25519.sig"), "", vector_file("message"), vector_key("ed25519")));
}

TEST(Sshsig, HashesWithSha256OrSha512Only) {
  for (const std::string hash : {"sha1", "md5", "sha384", "SHA512", ""}) {
    EXPECT_NE(refusal(altered("ed25519", wire_string("sha512"), wire_string(hash))), "accepted") << hash;
  }
  const std::string other = altered("ed25519", wire_string("sha512"), wire_string("sha256"));
  EXPECT_EQ(verify_vector(other, "ed25519").error().code, ErrorCode::forbidden);
}

TEST(Sshsig, IgnoresTheReservedFieldAndSignsItEmptyAsSshKeygenDoes) {
  const Bytes stood = wire_string(vector_namespace);
  const std::string armored = altered("ed25519", stood + wire_string(""), stood + wire_string("anything"));
  EXPECT_TRUE(verify_vector(armored, "ed25519"));
  EXPECT_EQ(to_armored(parse_armored(armored).value()), vector_file("ed25519.sig"));
}

TEST(Sshsig, RefusesRsaWithSha1AndSmallRsaAndDsa) {
  EXPECT_THAT(refusal(vector_file("rsa2048-sha1.sig")), HasSubstr("does not sign with ssh-rsa"));
  EXPECT_THAT(refusal(vector_file("rsa1024.sig")), HasSubstr("2048 to 8192 bits"));
  EXPECT_NE(refusal(vector_file("dsa1024.sig")), "accepted");
}

TEST(Sshsig, RefusesAnAlgorithmThatIsNotTheKeys) {
  const SshSignature signature = parse_armored(vector_file("ed25519.sig")).value();
  for (const std::string algorithm :
       {"ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com", "rsa-sha2-512", "ssh-rsa", ""}) {
    SshSignature other = signature;
    other.algorithm = algorithm;
    EXPECT_NE(refusal(to_armored(other)), "accepted") << algorithm;
  }
  SshSignature rsa = parse_armored(vector_file("rsa2048.sig")).value();
  EXPECT_EQ(rsa.algorithm, "rsa-sha2-512");
  rsa.algorithm = "rsa-sha2-256";
  EXPECT_EQ(verify_vector(to_armored(rsa), "rsa2048").error().code, ErrorCode::forbidden);
}

TEST(Sshsig, RefusesSecondEncodingsOfTheSameNumbers) {
  for (const std::string name : {"ecdsa256", "ecdsa384", "ecdsa521"}) {
    SshSignature signature = parse_armored(vector_file(name + ".sig")).value();
    WireReader reader(signature.signature);
    const Bytes r(reader.string().value());
    const Bytes s(reader.string().value());
    for (const Bytes& pair :
         {wire_string("\0"s + r) + wire_string(s), wire_string(r) + wire_string("\0"s + s),
          wire_string("") + wire_string(s), wire_string(r) + wire_string("\x80" + s)}) {
      signature.signature = pair;
      EXPECT_NE(refusal(to_armored(signature)), "accepted") << name;
    }
  }
  SshSignature rsa = parse_armored(vector_file("rsa2048.sig")).value();
  rsa.signature.insert(0, 1, '\0');
  EXPECT_FALSE(verify_vector(to_armored(rsa), "rsa2048"));
  for (const std::string name : {"ed25519", "sk-ed25519"}) {
    SshSignature signature = parse_armored(vector_file(name + ".sig")).value();
    signature.signature += '\0';
    EXPECT_THAT(refusal(to_armored(signature)), HasSubstr("64 bytes")) << name;
  }
}

TEST(Sshsig, NeedsATouchOfTheSecurityKey) {
  const auto result = verify_vector(vector_file("sk-ed25519-untouched.sig"), "sk-ed25519-untouched");
  EXPECT_EQ(result.error().code, ErrorCode::forbidden);
  EXPECT_THAT(result.error().message, HasSubstr("touch"));
  // The flag is under the signature: it cannot be set afterwards.
  SshSignature signature = parse_armored(vector_file("sk-ed25519-untouched.sig")).value();
  signature.key_flags_counter[0] = 1;
  EXPECT_THAT(verify_vector(to_armored(signature), "sk-ed25519-untouched").error().message,
              HasSubstr("does not fit"));
}

TEST(Sshsig, ReadsTheArmorStrictly) {
  const std::string armored = vector_file("ed25519.sig");
  const std::string windows = [&] {
    std::string text;
    for (const char c : armored) text += c == '\n' ? "\r\n"s : std::string(1, c);
    return text;
  }();
  EXPECT_EQ(refusal(armored + " \r\n\n"), "accepted");
  EXPECT_EQ(refusal(armored.substr(0, armored.size() - 1)), "accepted");
  for (const std::string& text :
       {""s, "\n" + armored, "To: ben\n" + armored, armored + "x", armored + armored, windows,
        with(armored, "U1NI", "U1 NI"), with(armored, "\n-----END", "-----END"),
        with(armored, "-----END", "=\n-----END"), with(armored, "BEGIN SSH", "BEGIN PGP"),
        armored.substr(0, 30), armored.substr(0, 29),
        "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n"s})
    EXPECT_NE(refusal(text), "accepted") << text;
  EXPECT_THAT(refusal(armored + std::string(armored_bytes_max, '\n')), HasSubstr("16 KiB"));
}

}  // namespace
}  // namespace postern::signature
