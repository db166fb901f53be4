#include "ledger/entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"

namespace postern::ledger {
namespace {

using testing::HasSubstr;

Entry grant_opened() {
  return {.v = 1,
          .id = "e-17",
          .type = "grant.opened",
          .at = parse_rfc3339("2026-11-23T03:04:05.678Z").value(),
          .node = "tokyo-1",
          .by = "person:dana",
          .cause = "command:dana/6f0c",
          .data = json::Object{{"grant", "G-12"}, {"minutes", 60}},
          .private_digest = std::nullopt};
}
const std::string grant_opened_text =
    R"({"at":"2026-11-23T03:04:05.678Z","by":"person:dana","cause":"command:dana/6f0c","data":{"grant":"G-12","minutes":60},)"
    R"("id":"e-17","node":"tokyo-1","type":"grant.opened","v":1})";

std::string with(std::string_view part, std::string_view replacement) {
  std::string text = grant_opened_text;
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), replacement);
}
std::string refusal(std::string_view bytes) {
  const auto entry = decode(bytes);
  return entry ? "accepted" : entry.error().message;
}

TEST(Entry, IsWrittenAsCanonicalJson) { EXPECT_EQ(encode(grant_opened()).value(), grant_opened_text); }

TEST(Entry, IsReadAsItWasWritten) {
  EXPECT_EQ(decode(grant_opened_text).value(), grant_opened());
  Entry entry = grant_opened();
  entry.private_digest = sha256("anything");
  entry.data = json::Object{{"\u20ac", json::Array{json::Value(), true, 0.5, -3, "\u2028\n"}}};
  EXPECT_EQ(decode(encode(entry).value()).value(), entry);
}

TEST(Entry, IsRefusedInAnyOtherFormThanTheCanonicalOne) {
  for (const std::string& text :
       {" " + grant_opened_text, grant_opened_text + "\n", with("\"by\":", "\"by\": "), with("60", "6e1"),
        with("60", "60.0"), with("G-12", "\\u0047-12"),
        with(R"("id":"e-17","node":"tokyo-1")", R"("node":"tokyo-1","id":"e-17")"),
        with("03:04:05.678Z", "03:04:05.6780Z"), with("03:04:05.678Z", "03:04:05Z"),
        with("03:04:05.678Z", "12:04:05.678+09:00"), with("T03", "t03"),
        with("03:04:05.678Z", "03:04:60.678Z")})
    EXPECT_THAT(refusal(text), HasSubstr("canonical")) << text;
}

TEST(Entry, IsRefusedWithAMemberMissingUnknownOrOfAnotherType) {
  EXPECT_THAT(refusal(with(R"("by":"person:dana",)", "")), HasSubstr("\"by\" is missing"));
  EXPECT_THAT(refusal(with(R"(,"v":1)", "")), HasSubstr("\"v\" is missing"));
  EXPECT_THAT(refusal(with(R"("v":1)", R"("v":1,"w":1)")), HasSubstr("\"w\" is not known"));
  EXPECT_THAT(refusal(with(R"("v":1)", R"("v":"1")")), HasSubstr("whole number"));
  EXPECT_THAT(refusal(with(R"("v":1)", R"("v":0)")), HasSubstr("counts from 1"));
  EXPECT_THAT(refusal(with(R"("e-17")", "17")), HasSubstr("must be a string"));
  EXPECT_THAT(refusal(with(R"({"grant":"G-12","minutes":60})", "[]")), HasSubstr("not an object"));
  EXPECT_THAT(refusal(with(R"("type")", R"("private":"00","type")")), HasSubstr("64 hexadecimal"));
  const std::string upper(64, 'A');
  EXPECT_THAT(refusal(with(R"("type")", R"("private":")" + upper + R"(","type")")), HasSubstr("canonical"));
  for (const char* text : {"", "[]", "null", "{}", "{", "\xff"}) EXPECT_NE(refusal(text), "accepted") << text;
}

TEST(Entry, HasATypeOfTwoLowerCaseWords) {
  for (const char* type : {"", ".", "grant", "grant.", ".opened", "grant.opened.twice", "Grant.opened",
                           "grant opened", "grant-a.b", "a1.b"}) {
    Entry entry = grant_opened();
    entry.type = type;
    EXPECT_FALSE(encode(entry)) << type;
    EXPECT_THAT(refusal(with("grant.opened", type)), HasSubstr("\"type\"")) << type;
  }
}

TEST(Entry, HasAPlainIdAndPrintableTexts) {
  EXPECT_THAT(refusal(with("e-17", "e 17")), HasSubstr("\"id\""));
  EXPECT_THAT(refusal(with("e-17", "")), HasSubstr("\"id\""));
  EXPECT_THAT(refusal(with("tokyo-1", std::string(513, 'n'))), HasSubstr("\"node\""));
  EXPECT_THAT(refusal(with("person:dana", "person:\u202edana")), HasSubstr("\"by\""));
  EXPECT_THAT(refusal(with("command:dana/6f0c", "\\u001b[2J")), HasSubstr("\"cause\""));
}

TEST(Entry, IsAtMost65535Bytes) {
  Entry entry = grant_opened();
  entry.data = json::Object{{"x", ""}};
  const std::size_t room = entry_bytes_max - encode(entry).value().size();
  entry.data = json::Object{{"x", std::string(room, 'x')}};
  const Bytes largest = encode(entry).value();
  EXPECT_EQ(largest.size(), 65'535U);
  EXPECT_EQ(decode(largest).value(), entry);
  entry.data = json::Object{{"x", std::string(room + 1, 'x')}};
  EXPECT_THAT(encode(entry).error().message, HasSubstr("limit"));
  std::string larger = largest;
  larger.insert(larger.find("xxx"), "x");
  EXPECT_THAT(refusal(larger), HasSubstr("larger than 65535"));
}

TEST(Entry, IsNotWrittenWhenNoReaderWouldTakeItBack) {
  Entry entry = grant_opened();
  entry.data = json::Object{{"x", "\xff"}};
  EXPECT_FALSE(encode(entry));
  entry.data = json::Object{{"x", 1e17}};
  EXPECT_FALSE(encode(entry));
  json::Value deep = json::Object{};
  for (int i = 0; i < 40; ++i) deep = json::Object{{"x", deep}};
  entry.data = deep;
  EXPECT_FALSE(encode(entry));
  entry.data = "text";
  EXPECT_FALSE(encode(entry));
  entry = grant_opened();
  entry.at = Instant{} - milliseconds(1);
  EXPECT_FALSE(encode(entry));
  entry.at = std::chrono::sys_days(std::chrono::year(10000) / 1 / 1);
  EXPECT_FALSE(encode(entry));
  entry = grant_opened();
  entry.v = std::int64_t{1} << 53;
  EXPECT_FALSE(encode(entry));
}

TEST(Entry, WithAFlippedBitIsRefusedOrIsAnotherEntry) {
  for (std::size_t bit = 0; bit < grant_opened_text.size() * 8; ++bit) {
    std::string text = grant_opened_text;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    if (const auto entry = decode(text)) {
      EXPECT_EQ(encode(*entry).value(), text);
      EXPECT_NE(*entry, grant_opened());
    }
  }
}

TEST(PrivatePart, IsCommittedToUnderItsOwnLabel) {
  const PrivatePart part{.salt = std::string(32, '\1'),
                         .value = json::Object{{"phone", "+81 3"}, {"note", "x"}}};
  EXPECT_EQ(commitment(part),
            sha256("postern-private/1\n" + std::string(32, '\1') + R"({"note":"x","phone":"+81 3"})"));
  PrivatePart other = part;
  other.salt[31] = '\2';
  EXPECT_NE(commitment(other), commitment(part));
}

}  // namespace
}  // namespace postern::ledger
