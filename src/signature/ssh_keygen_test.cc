#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "signature/evp.h"
#include "signature/sshsig.h"
#include "signature/vector_for_test.h"
#include "signature/wire.h"

// Against the real ssh-keygen: it signs and we verify, and what we accept it must accept too.
namespace postern::signature {
namespace {

using namespace std::string_literals;
namespace fs = std::filesystem;

constexpr const char* message = "I approve R-7.\n";

struct KeyKind {
  const char* type;
  int bits;
};
constexpr std::array kinds = {KeyKind{.type = "ed25519", .bits = 256}, KeyKind{.type = "ecdsa", .bits = 256},
                              KeyKind{.type = "ecdsa", .bits = 384},   KeyKind{.type = "ecdsa", .bits = 521},
                              KeyKind{.type = "rsa", .bits = 2048},    KeyKind{.type = "rsa", .bits = 3072}};

/// A directory of its own in which ssh-keygen makes keys, signs and verifies.
class SshKeygen : public testing::Test {
 protected:
  void SetUp() override {
    if (run("command -v ssh-keygen")) {
      std::string name = (fs::temp_directory_path() / "postern-signature-XXXXXX").string();
      ASSERT_NE(mkdtemp(name.data()), nullptr);
      directory_ = name;
    } else if (std::getenv("CI") != nullptr) {
      FAIL() << "ssh-keygen is missing. Install openssh-client.";
    } else {
      GTEST_SKIP() << "ssh-keygen is missing. Install openssh-client.";
    }
  }
  void TearDown() override {
    if (!directory_.empty()) fs::remove_all(directory_);
  }

  /// Makes a key pair and gives its public half.
  SshPublicKey make_key(const KeyKind& kind) {
    fs::remove(path("key"));
    EXPECT_TRUE(run("ssh-keygen -q -t "s + kind.type + " -b " + std::to_string(kind.bits) + " -N '' -f " +
                    path("key")));
    return SshPublicKey::parse(read("key.pub")).value();
  }
  std::string sign(const std::string& name_space, std::string_view text, const std::string& options = "") {
    write("text", text);
    EXPECT_TRUE(run("ssh-keygen -Y sign " + options + " -n '" + name_space + "' -f " + path("key") + " < " +
                    path("text") + " > " + path("made.sig")));
    return read("made.sig");
  }
  /// The verdict of `ssh-keygen -Y verify`, with that key alone as allowed signer.
  bool it_accepts(std::string_view armored, const std::string& name_space, std::string_view text,
                  const SshPublicKey& key) {
    write("given.sig", armored);
    write("text", text);
    write("allowed", "aiko " + key.line() + "\n");
    return run("ssh-keygen -Y verify -f " + path("allowed") + " -I aiko -n '" + name_space + "' -s " +
               path("given.sig") + " < " + path("text"));
  }
  static bool we_accept(std::string_view armored, const std::string& name_space, std::string_view text,
                        const SshPublicKey& key) {
    return verify(armored, name_space, text, key).has_value();
  }

 private:
  /// Runs a command line whose words are this test's own; true when it succeeds.
  static bool run(const std::string& command) {
    const int status =
        std::system(("{ " + command + " ; } > /dev/null 2>&1").c_str());  // NOLINT(cert-env33-c)
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string directory_;
};

TEST_F(SshKeygen, SignsAndWeAcceptAndPrintItBack) {
  for (const KeyKind& kind : kinds) {
    const SshPublicKey key = make_key(kind);
    for (const std::string& text : {""s, std::string(message), "\0binary\xff"s}) {
      for (const std::string options : {"", "-O hashalg=sha256"}) {
        const std::string armored = sign("postern-approval", text, options);
        EXPECT_TRUE(we_accept(armored, "postern-approval", text, key)) << kind.type << kind.bits << options;
        EXPECT_EQ(to_armored(parse_armored(armored).value()), armored);
        EXPECT_TRUE(it_accepts(armored, "postern-approval", text, key));
      }
    }
  }
}

TEST_F(SshKeygen, AndWeRefuseTheSameThings) {
  for (const KeyKind& kind : kinds) {
    const SshPublicKey other = make_key(kind);
    const SshPublicKey key = make_key(kind);
    const std::string armored = sign("postern-approval", message);
    EXPECT_FALSE(we_accept(armored, "postern-denial", message, key));
    EXPECT_FALSE(it_accepts(armored, "postern-denial", message, key));
    EXPECT_FALSE(we_accept(armored, "postern-approval", message + "\n"s, key));
    EXPECT_FALSE(it_accepts(armored, "postern-approval", message + "\n"s, key));
    EXPECT_FALSE(we_accept(armored, "postern-approval", message, other));
    EXPECT_FALSE(it_accepts(armored, "postern-approval", message, other));
  }
}

TEST_F(SshKeygen, AcceptsNoFlippedByteThatWeRefuseAndTheOtherWayRound) {
  for (const KeyKind& kind : {kinds[0], kinds[1]}) {
    const SshPublicKey key = make_key(kind);
    const Bytes blob = out_of_armor(sign("postern-approval", message));
    const std::size_t step = blob.size() / 60;
    for (std::size_t i = 0; i < blob.size(); ++i) {
      Bytes flipped = blob;
      flipped[i] = static_cast<char>(static_cast<unsigned char>(flipped[i]) ^ (1U << (i % 8)));
      const std::string armored = in_armor(flipped);
      ASSERT_FALSE(we_accept(armored, "postern-approval", message, key)) << kind.type << " byte " << i;
      if (i % step == 0) {
        ASSERT_FALSE(it_accepts(armored, "postern-approval", message, key)) << kind.type << " byte " << i;
      }
    }
  }
}

TEST_F(SshKeygen, AgreesOnTheArmorsThatWeTake) {
  const SshPublicKey key = make_key(kinds[0]);
  const std::string armored = sign("postern-approval", message);
  const Bytes blob = out_of_armor(armored);
  const Bytes name_space = wire_string("postern-approval");
  for (const std::string& text :
       {in_armor(blob), armored + "\r\n \n", armored.substr(0, armored.size() - 1),
        with(armored, "U1NI", "U1\n\nNI"),
        in_armor(with(blob, name_space + wire_string(""), name_space + wire_string("reserved")))}) {
    EXPECT_TRUE(we_accept(text, "postern-approval", message, key)) << text;
    EXPECT_TRUE(it_accepts(text, "postern-approval", message, key)) << text;
  }
}

/// A FIDO2 key made of software. What it signs is spelt out here once more, from PROTOCOL.u2f and
/// PROTOCOL.sshsig.
class SoftSecurityKey {
 public:
  [[nodiscard]] SshPublicKey public_key() const {
    Bytes point(32, '\0');
    std::size_t size = point.size();
    EXPECT_EQ(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(point.data()), &size),
              1);
    return SshPublicKey::from_blob(wire_string(type) + wire_string(point) + wire_string("ssh:")).value();
  }
  [[nodiscard]] std::string sign(const std::string& name_space, std::string_view text, char flags) const {
    const Bytes data = "SSHSIG" + wire_string(name_space) + wire_string("") + wire_string("sha256") +
                       wire_string(sha256(text).view());
    const Bytes flags_counter = flags + "\0\0\1\2"s;
    const Bytes to_sign = Bytes(sha256("ssh:").view()) + flags_counter + Bytes(sha256(data).view());
    Bytes value(64, '\0');
    std::size_t size = value.size();
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EXPECT_EQ(EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key_.get(), nullptr),
              1);
    EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(value.data()), &size,
                             reinterpret_cast<const unsigned char*>(to_sign.data()), to_sign.size()),
              1);
    return to_armored({.key = public_key(),
                       .name_space = name_space,
                       .hash_algorithm = "sha256",
                       .algorithm = type,
                       .signature = value,
                       .key_flags_counter = flags_counter});
  }

 private:
  static constexpr const char* type = "sk-ssh-ed25519@openssh.com";
  EvpKey key_{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
};

TEST_F(SshKeygen, AgreesOnSecurityKeysButForTheTouchThatOnlyWeDemand) {
  const SoftSecurityKey stick;
  const SshPublicKey key = stick.public_key();
  const std::string touched = stick.sign("postern-approval", message, 0x01);
  EXPECT_TRUE(we_accept(touched, "postern-approval", message, key));
  EXPECT_TRUE(it_accepts(touched, "postern-approval", message, key));
  EXPECT_TRUE(we_accept(stick.sign("postern-approval", message, 0x05), "postern-approval", message, key));

  const std::string untouched = stick.sign("postern-approval", message, 0x04);
  EXPECT_FALSE(we_accept(untouched, "postern-approval", message, key));
  EXPECT_TRUE(it_accepts(untouched, "postern-approval", message, key));
  EXPECT_FALSE(we_accept(touched, "postern-approval", "another message", key));
  EXPECT_FALSE(it_accepts(touched, "postern-approval", "another message", key));
}

}  // namespace
}  // namespace postern::signature
