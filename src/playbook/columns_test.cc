#include "playbook/columns.h"

#include <gtest/gtest.h>

#include <string>

namespace postern::playbook {
namespace {

TEST(Columns, AreOneForLatinAndTwoForJapanese) {
  EXPECT_EQ(columns_of("Postern"), 7);
  EXPECT_EQ(columns_of("緊急"), 4);
  EXPECT_EQ(columns_of("、。「」ー"), 10);
  EXPECT_EQ(columns_of("ＡＷＳ"), 6);
  EXPECT_EQ(columns_of("ｱｲｳ"), 3);
  EXPECT_EQ(columns_of("긴급"), 4);
  EXPECT_EQ(columns_of(""), 0);
}

TEST(Columns, AreNoneForWhatIsWrittenOverAnother) {
  EXPECT_EQ(columns_of("e\u0301"), 1);
  EXPECT_EQ(columns_of("か\u3099"), 2);
  EXPECT_EQ(columns_of("\u200d"), 0);
  EXPECT_EQ(columns_of("\ufe0f"), 0);
  EXPECT_EQ(columns_of("\u1112\u1161\u11ab"), 2);  // 한, in its three parts
}

TEST(Columns, AreTwoForAnEmojiAndOneForWhatIsAmbiguous) {
  EXPECT_EQ(columns_of("\U0001f525"), 2);
  EXPECT_EQ(columns_of("…·‹›→─"), 6);
  EXPECT_EQ(columns_of("\ufffd"), 1);
}

// The first and last of each block, and the neighbours outside: EastAsianWidth-15.0.0.txt.
TEST(Columns, ChangeWhereUnicodeSays) {
  EXPECT_EQ(columns_of(char32_t{0x10ff}), 1);
  EXPECT_EQ(columns_of(char32_t{0x1100}), 2);
  EXPECT_EQ(columns_of(char32_t{0x115f}), 2);
  EXPECT_EQ(columns_of(char32_t{0x2e7f}), 1);
  EXPECT_EQ(columns_of(char32_t{0x3000}), 2);
  EXPECT_EQ(columns_of(char32_t{0x303f}), 1);
  EXPECT_EQ(columns_of(char32_t{0x3041}), 2);
  EXPECT_EQ(columns_of(char32_t{0x3400}), 2);
  EXPECT_EQ(columns_of(char32_t{0x4dbf}), 2);
  EXPECT_EQ(columns_of(char32_t{0x4dc0}), 1);
  EXPECT_EQ(columns_of(char32_t{0x9fff}), 2);
  EXPECT_EQ(columns_of(char32_t{0xff60}), 2);
  EXPECT_EQ(columns_of(char32_t{0xff61}), 1);
  EXPECT_EQ(columns_of(char32_t{0x20000}), 2);
  EXPECT_EQ(columns_of(char32_t{0x3fffd}), 2);
  EXPECT_EQ(columns_of(char32_t{0x10ffff}), 1);
}

TEST(Columns, CountAMalformedByteAsTheMarkThatStandsForIt) {
  EXPECT_EQ(first_character("\xe3\x81").bytes.size(), 1U);
  EXPECT_EQ(first_character("\xe3\x81").value, char32_t{0xfffd});
  EXPECT_EQ(columns_of("\xff\xfe"), 2);
  EXPECT_EQ(first_character("\U0001f525!").bytes, "\U0001f525");
}

TEST(LineBreak, StandsBetweenWideCharactersButNotWithinAWord) {
  EXPECT_TRUE(may_break_between(U'緊', U'急'));
  EXPECT_TRUE(may_break_between(U'の', U'A'));
  EXPECT_TRUE(may_break_between(U'A', U'の'));
  EXPECT_FALSE(may_break_between(U'A', U'W'));
  EXPECT_FALSE(may_break_between(U'か', U'\u3099'));
}

TEST(LineBreak, NeverPutsClosingPunctuationFirstOrAnOpeningBracketLast) {
  for (const char32_t closing : std::u32string(U"、。」』）】!?)]ーっャ々・：…›"))
    EXPECT_FALSE(may_break_between(U'急', closing)) << static_cast<unsigned>(closing);
  for (const char32_t opening : std::u32string(U"「『（【([‹“")) {
    EXPECT_FALSE(may_break_between(opening, U'急')) << static_cast<unsigned>(opening);
    EXPECT_TRUE(may_break_between(U'急', opening)) << static_cast<unsigned>(opening);
  }
}

TEST(LineBreak, VanishesInJapaneseAndBecomesASpaceBesideLatinOrKorean) {
  EXPECT_TRUE(joins_without_space(U'緊', U'急'));
  EXPECT_TRUE(joins_without_space(U'。', U'A'));
  EXPECT_TRUE(joins_without_space(U'A', U'（'));
  EXPECT_FALSE(joins_without_space(U'の', U'A'));
  EXPECT_FALSE(joins_without_space(U'A', U'B'));
  EXPECT_FALSE(joins_without_space(U'긴', U'급'));
}

}  // namespace
}  // namespace postern::playbook
