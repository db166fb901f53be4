#include "base/json.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

namespace postern::json {
namespace {

std::string round_trip(std::string_view text) { return canonical(parse(text).value()); }
std::string refusal(std::string_view text, Limits limits = {}) {
  const auto result = parse(text, limits);
  return result ? "accepted" : result.error().message;
}

TEST(Json, WritesNumbersAsRfc8785AppendixBDoes) {
  const auto text = [](std::uint64_t bits) {
    double value = 0;
    static_assert(sizeof value == sizeof bits);
    std::memcpy(&value, &bits, sizeof value);
    return canonical(Value(value));
  };
  EXPECT_EQ(text(0x0000000000000000), "0");
  EXPECT_EQ(text(0x8000000000000000), "0");
  EXPECT_EQ(text(0x0000000000000001), "5e-324");
  EXPECT_EQ(text(0x7fefffffffffffff), "1.7976931348623157e+308");
  EXPECT_EQ(text(0x4340000000000000), "9007199254740992");
  EXPECT_EQ(text(0x4430000000000000), "295147905179352830000");
  EXPECT_EQ(text(0x44b52d02c7e14af5), "9.999999999999997e+22");
  EXPECT_EQ(text(0x44b52d02c7e14af6), "1e+23");
  EXPECT_EQ(text(0x444b1ae4d6e2ef4e), "999999999999999700000");
  EXPECT_EQ(text(0x444b1ae4d6e2ef50), "1e+21");
  EXPECT_EQ(text(0x3eb0c6f7a0b5ed8d), "0.000001");
  EXPECT_EQ(text(0x3eb0c6f7a0b5ed8c), "9.999999999999997e-7");
  EXPECT_EQ(text(0x41b3de4355555553), "333333333.3333332");
  EXPECT_EQ(text(0xbecbf647612f3696), "-0.0000033333333333333333");
}

TEST(Json, SortsKeysByUtf16CodeUnitsAsRfc8785Section323Does) {
  const std::string text = round_trip(
      "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With "
      "Dagesh\","
      "\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\",\"\\u00f6\":\"O\"}");
  EXPECT_EQ(
      text,
      "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"O\",\"€\":\"Euro Sign\","
      "\"\U0001F600\":\"Emoji: Grinning Face\",\"\uFB33\":\"Hebrew Letter Dalet With Dagesh\"}");
}

TEST(Json, KeepsWholeNumbersExact) {
  EXPECT_EQ(round_trip("[9007199254740991,-9007199254740991,0,-1]"),
            "[9007199254740991,-9007199254740991,0,-1]");
  EXPECT_NE(refusal("9007199254740992"), "accepted");
  EXPECT_NE(refusal("-9007199254740992"), "accepted");
  EXPECT_NE(refusal("18446744073709551615"), "accepted");
  EXPECT_NE(refusal("1e999"), "accepted");
  EXPECT_NE(refusal("1e16"), "accepted") << "its canonical form would be a whole number that no reader takes";
  EXPECT_NE(refusal("10000000000000000000000"), "accepted")
      << "beyond 64 bits it would be rounded without a word";
  EXPECT_EQ(round_trip("1e21"), "1e+21");
}

TEST(Json, RefusesWhatTwoReadersCouldReadDifferently) {
  EXPECT_NE(refusal(R"({"a":1,"a":2})").find("stands twice"), std::string::npos);
  EXPECT_NE(refusal(R"({"b":{"a":1,"a":2}})").find("stands twice"), std::string::npos);
  for (const char* text :
       {"", "{", "[1,]", "{'a':1}", "\"\xff\"", "nul", "1 2", "[NaN]", "{\"a\":1}x", "\"\\ud800\"", "01"})
    EXPECT_NE(refusal(text), "accepted") << text;
}

TEST(Json, RefusesDepthBeforeItCostsAnything) {
  EXPECT_NE(refusal(std::string(400'000, '[')).find("nested deeper"), std::string::npos);
  EXPECT_NE(refusal(std::string(400'000, ' '), {.bytes_max = 1000}).find("larger than"), std::string::npos);
}

TEST(Json, ReaderNamesThePathOfWhatIsWrong) {
  const Value value = parse(R"({"role":7,"extra":1})").value();
  Reader reader(value, "request.");
  EXPECT_EQ(reader.text("role").error().message, "\"request.role\" must be a string.");
  EXPECT_EQ(reader.integer("account").error().message, "\"request.account\" is missing.");
  EXPECT_EQ(reader.finish().error().message, "\"request.extra\" is not known here.");
}

}  // namespace
}  // namespace postern::json
