#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/secret.h"

namespace postern {
namespace {

using namespace std::chrono_literals;

TEST(Instant, ReadsWhatItWrites) {
  const Instant instant = parse_rfc3339("2026-11-23T03:04:05.678Z").value();
  EXPECT_EQ(to_rfc3339(instant), "2026-11-23T03:04:05.678Z");
  EXPECT_EQ(parse_rfc3339("2026-11-23T12:04:05.678+09:00").value(), instant);
  EXPECT_EQ(parse_rfc3339("2026-11-23T03:04:05.6789999Z").value(), instant);
}

TEST(Instant, RefusesDaysThatDoNotExistAndOddForms) {
  for (const char* text : {"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z",
                           "2026-11-23", "2026-11-23T03:04:05", "2026-11-23T03:04:05.Z",
                           "2026-11-23T03:04:05+9:00", "1969-12-31T23:59:59Z", "2026-11-23T03:04:05Zx", ""})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  EXPECT_TRUE(parse_rfc3339("2024-02-29T00:00:00Z"));
  EXPECT_TRUE(parse_rfc3339("9999-12-31T23:59:59.999Z"));
  for (const char* beyond : {"9999-12-31T23:59:60Z", "9999-12-31T23:59:59-01:00"})
    EXPECT_FALSE(parse_rfc3339(beyond)) << beyond;
}

TEST(Duration, ReadsOneNumberAndOneUnit) {
  EXPECT_EQ(parse_duration("90s").value(), 90s);
  EXPECT_EQ(parse_duration("4h").value(), 4h);
  EXPECT_EQ(parse_duration("60d").value(), 1440h);
  for (const char* text : {"", "m", "5", "-5m", "5 m", "1h30m", "99999999d", "5w", "0x5m"})
    EXPECT_FALSE(parse_duration(text)) << text;
  for (const seconds each : {0s, 90s, 5400s, 86400s, 61s})
    EXPECT_EQ(parse_duration(to_text(each)).value(), each);
}

TEST(Id, IsMadeOnlyByParsing) {
  EXPECT_TRUE(PersonId::parse("aiko"));
  for (const char* text : {"", "-aiko", "ai ko", "ai/ko", "ai\nko", "äiko"})
    EXPECT_FALSE(PersonId::parse(text)) << text;
  EXPECT_FALSE(PersonId::parse(std::string(65, 'a')));
  EXPECT_EQ(GrantId::parse("G-12").value().text(), "G-12");
  for (const char* text : {"G-", "G-0", "G-01", "R-1", "G-1x", "g-1", "G-999999999999999999999"})
    EXPECT_FALSE(GrantId::parse(text)) << text;
  EXPECT_TRUE(AccountId::parse("200000000001"));
  for (const char* text : {"20000000001", "2000000000011", "20000000000x"})
    EXPECT_FALSE(AccountId::parse(text)) << text;
}

TEST(Base64, HasExactlyOneTextForEachValue) {
  for (const std::string& bytes :
       {std::string(), std::string("f"), std::string("fo"), std::string("foo"), std::string("\0\xff", 2)}) {
    EXPECT_EQ(from_base64(to_base64(bytes)).value(), bytes);
    EXPECT_EQ(from_base64url(to_base64url(bytes)).value(), bytes);
  }
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  for (const char* text : {"Zm8", "Zm9=", "Zm8=\n", "Z===", "====", "Zm 8", "Zm8=Zm8="})
    EXPECT_FALSE(from_base64(text)) << text;
}

TEST(Hex, ReadsBothCases) {
  EXPECT_EQ(to_hex(from_hex("00fFA1").value()), "00ffa1");
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(Text, ShowsNothingThatHidesOrReorders) {
  EXPECT_TRUE(is_printable_text("IdP が停止しました\nline two"));
  for (const char* text : {"a\x1b[31m",
                           "\xe2\x80\xae"
                           "evil",
                           "\xff", "a\rb", "\xc0\xaf", "\xed\xa0\x80"}) {
    EXPECT_FALSE(is_printable_text(text)) << text;
    EXPECT_TRUE(is_printable_text(sanitized(text, Lines::replace))) << text;
  }
  EXPECT_EQ(sanitized("a\nb", Lines::replace),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(sanitized("a\nb", Lines::keep), "a\nb");
}

TEST(Hash, MatchesThePublishedExamples) {
  // FIPS 180-4 example "abc"; RFC 4231 test case 2.
  EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256({"a", "bc"}), sha256("abc"));
  EXPECT_EQ(hmac_sha256("Jefe", "what do ya want for nothing?").hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Secret, IsWipedWhenMovedFromAndComparesByValue) {
  Secret secret = Secret::copy_of("correct horse");
  EXPECT_EQ(secret, Secret::copy_of("correct horse"));
  EXPECT_FALSE(secret == Secret::copy_of("correct horsf"));
  const Secret moved = std::move(secret);
  EXPECT_TRUE(
      secret.empty());  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move): that is the promise
  EXPECT_EQ(moved.reveal(), "correct horse");
}

}  // namespace
}  // namespace postern
