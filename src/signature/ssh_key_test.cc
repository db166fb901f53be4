#include "signature/ssh_key.h"

#include <gmock/gmock.h>

#include "signature/vector_for_test.h"
#include "signature/wire.h"

namespace postern::signature {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

constexpr std::array all_good = {"ed25519", "ecdsa256", "ecdsa384",  "ecdsa521",
                                 "rsa2048", "rsa8192",  "sk-ed25519"};

std::string refusal_of_blob(const Bytes& blob) {
  const auto key = SshPublicKey::from_blob(blob);
  return key ? "accepted" : key.error().message;
}
std::string refusal(std::string_view line) {
  const auto key = SshPublicKey::parse(line);
  return key ? "accepted" : key.error().message;
}
Bytes ed25519_blob(std::string_view point) { return wire_string("ssh-ed25519") + wire_string(point); }
Bytes rsa_blob(std::string_view exponent, std::string_view modulus) {
  return wire_string("ssh-rsa") + wire_string(exponent) + wire_string(modulus);
}
/// A positive odd mpint of so many bits.
Bytes odd_number(std::size_t bits) {
  Bytes number(bits / 8, '\x5b');
  number[0] = '\xd1';
  return '\0' + number;
}

TEST(SshKey, ReadsEveryTypeAndWritesItsLineBack) {
  for (const std::string name : all_good) {
    const std::string file = vector_file(name + ".pub");
    const SshPublicKey key = SshPublicKey::parse(file).value();
    EXPECT_TRUE(file.starts_with(key.line() + " ")) << name;
    EXPECT_EQ(SshPublicKey::parse(key.line()).value(), key);
    EXPECT_EQ(SshPublicKey::from_blob(key.blob()).value(), key);
    EXPECT_TRUE(file.starts_with(key.type() + " "));
  }
}

TEST(SshKey, IsTheSameWhateverItsComment) {
  const SshPublicKey key = vector_key("ed25519");
  EXPECT_EQ(SshPublicKey::parse(key.line() + " aiko@laptop, second key").value(), key);
  EXPECT_EQ(SshPublicKey::parse(key.line() + "\t \t").value(), key);
  EXPECT_NE(vector_key("ed25519-sha256"), key);
}

TEST(SshKey, HasTheFingerprintThatSshKeygenPrints) {
  // ssh-keygen -l -f tests/vectors/signature/<name>.pub
  EXPECT_EQ(vector_key("ed25519").fingerprint(), "SHA256:Qm+YaIe4edCH5uigwdRDm0kV5e32DjIzrLGsaZd11Cw");
  EXPECT_EQ(vector_key("rsa8192").fingerprint(), "SHA256:CJbH6OiLP1tIY03fB15aRKkM7WRkpktI+wo+kANbvQQ");
}

TEST(SshKey, RefusesLinesThatAreNotOnePublicKey) {
  const std::string line = vector_key("ed25519").line();
  const std::string base64 = line.substr(line.find(' ') + 1);
  std::string two_lines = line + "\n";
  two_lines += line;
  for (const std::string& text :
       {""s, "ssh-ed25519"s, base64, " " + line, "no-pty " + line, two_lines, line + "\r\n", line + " a\0b"s,
        line.substr(0, line.size() - 1), line + "=", "ssh-ed25519  !" + base64})
    EXPECT_NE(refusal(text), "accepted") << text;
  EXPECT_THAT(refusal("ssh-rsa " + base64), HasSubstr("says that it is ssh-rsa but holds ssh-ed25519"));
  EXPECT_THAT(refusal(line + " " + std::string(public_key_line_bytes_max, 'x')), HasSubstr("16 KiB"));
}

TEST(SshKey, RefusesBytesAfterTheEndAndBytesMissing) {
  for (const std::string name : all_good) {
    const Bytes blob = vector_key(name).blob();
    EXPECT_THAT(refusal_of_blob(blob + '\0'), HasSubstr("goes on after its end")) << name;
    for (std::size_t size = 0; size < blob.size(); ++size)
      ASSERT_NE(refusal_of_blob(blob.substr(0, size)), "accepted") << name;
  }
}

TEST(SshKey, RefusesTypesThatAreNotSupported) {
  EXPECT_THAT(refusal(vector_file("dsa1024.pub")), HasSubstr("its type is not"));
  const Bytes point = vector_key("ecdsa256").blob().substr(vector_key("ecdsa256").blob().size() - 65);
  const auto ecdsa = [&](std::string_view type, std::string_view curve) {
    return refusal_of_blob(wire_string(type) + wire_string(curve) + wire_string(point));
  };
  EXPECT_EQ(ecdsa("ecdsa-sha2-nistp256", "nistp256"), "accepted");
  EXPECT_NE(ecdsa("ecdsa-sha2-nistp256", "nistp384"), "accepted");
  EXPECT_NE(ecdsa("ecdsa-sha2-nistp384", "nistp256"), "accepted");
  EXPECT_NE(ecdsa("ecdsa-sha2-nistk256", "nistk256"), "accepted");
  EXPECT_NE(refusal_of_blob(with(vector_key("ed25519").blob(), wire_string("ssh-ed25519"),
                                 wire_string("ssh-ed25519\0"s))),
            "accepted");
}

TEST(SshKey, RefusesPointsThatAreNotOnTheirCurve) {
  for (const std::string name : {"ecdsa256", "ecdsa384", "ecdsa521"}) {
    Bytes blob = vector_key(name).blob();
    blob.back() = static_cast<char>(blob.back() ^ 1);
    EXPECT_THAT(refusal_of_blob(blob), HasSubstr("not on the curve")) << name;
  }
  const Bytes blob = vector_key("ecdsa256").blob();
  const Bytes point = blob.substr(blob.size() - 65);
  const Bytes start = blob.substr(0, blob.size() - 69);
  EXPECT_THAT(refusal_of_blob(start + wire_string((point[64] & 1 ? "\3" : "\2") + point.substr(1, 32))),
              HasSubstr("uncompressed"));
  EXPECT_THAT(refusal_of_blob(start + wire_string((point[64] & 1 ? "\7" : "\6") + point.substr(1))),
              HasSubstr("uncompressed"));
  EXPECT_THAT(refusal_of_blob(start + wire_string("\0"s)), HasSubstr("uncompressed"));
  EXPECT_THAT(refusal_of_blob(start + wire_string(point + '\0')), HasSubstr("not on the curve"));
  EXPECT_THAT(refusal_of_blob(start + wire_string(point.substr(0, 33))), HasSubstr("not on the curve"));
}

TEST(SshKey, RefusesEd25519PointsUnderWhichAnybodyCanSign) {
  // The five y of small order, either sign; and what lies beyond the field, where 0 and 1 have a second
  // encoding.
  for (const std::string y : {"0100000000000000000000000000000000000000000000000000000000000000",
                              "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "0000000000000000000000000000000000000000000000000000000000000000",
                              "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                              "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                              "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    Bytes point = from_hex(y).value();
    EXPECT_THAT(refusal_of_blob(ed25519_blob(point)), HasSubstr("anybody could sign")) << y;
    point.back() = static_cast<char>(point.back() ^ 0x80);
    EXPECT_THAT(refusal_of_blob(ed25519_blob(point)), HasSubstr("anybody could sign")) << y;
  }
  EXPECT_NE(refusal_of_blob(ed25519_blob(Bytes(31, 'x'))), "accepted");
  EXPECT_NE(refusal_of_blob(ed25519_blob(Bytes(33, 'x'))), "accepted");
}

TEST(SshKey, TakesRsaOf2048To8192BitsInTheShortestNumbers) {
  EXPECT_THAT(refusal(vector_file("rsa1024.pub")), HasSubstr("2048 to 8192 bits"));
  EXPECT_EQ(refusal_of_blob(rsa_blob("\1\0\1"s, odd_number(2048))), "accepted");
  EXPECT_EQ(refusal_of_blob(rsa_blob("\3", odd_number(8192))), "accepted");
  EXPECT_THAT(refusal_of_blob(rsa_blob("\1\0\1"s, odd_number(2040))), HasSubstr("2048 to 8192 bits"));
  EXPECT_THAT(refusal_of_blob(rsa_blob("\1\0\1"s, odd_number(8200))), HasSubstr("2048 to 8192 bits"));
  for (const Bytes& exponent : {"\1"s, "\2"s, "\0\3"s, "\0"s, ""s, "\x81"s, "\1\0\0\0\0\0\0\0\1"s})
    EXPECT_NE(refusal_of_blob(rsa_blob(exponent, odd_number(2048))), "accepted") << to_hex(exponent);
  EXPECT_NE(refusal_of_blob(rsa_blob("\1\0\1"s, '\0' + odd_number(2048))), "accepted");
  EXPECT_NE(refusal_of_blob(rsa_blob("\1\0\1"s, odd_number(2048).substr(1))), "accepted");
  Bytes even = odd_number(2048);
  even.back() = '\x5a';
  EXPECT_NE(refusal_of_blob(rsa_blob("\1\0\1"s, even)), "accepted");
}

TEST(SshKey, OfASecurityKeyNamesItsApplication) {
  const Bytes blob = vector_key("sk-ed25519").blob();
  const Bytes other = with(blob, wire_string("ssh:"), wire_string("ssh:laptop"));
  EXPECT_EQ(refusal_of_blob(other), "accepted");
  EXPECT_NE(SshPublicKey::from_blob(other).value(), SshPublicKey::from_blob(blob).value());
  EXPECT_NE(refusal_of_blob(with(blob, wire_string("ssh:"), wire_string(""))), "accepted");
  EXPECT_NE(refusal_of_blob(with(blob, wire_string("ssh:"), wire_string("ssh:\0"s))), "accepted");
}

}  // namespace
}  // namespace postern::signature
