#include "notify/text_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"

namespace postern::notify {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const std::string link = "https://postern.example.net/requests/R-7";

std::string times(int count, const std::string& text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

TEST(TextMessage, IsTitleAndLink) {
  EXPECT_EQ(text_of("R-7 waits for you", link), "R-7 waits for you\n" + link);
  EXPECT_EQ(text_of("R-7 waits for you", ""), "R-7 waits for you");
}

TEST(TextMessage, KnowsTheGsmAlphabet) {
  EXPECT_TRUE(is_gsm_text("R-7 @ £5, [Ä] {~} 10 €\n"));
  for (const char* text : {"`", "…", "承認", "á", "\t", "\xef\xbf\xbd", "\xf0\x9f\x9a\xa8"})
    EXPECT_FALSE(is_gsm_text(text)) << text;
}

TEST(TextMessage, HasAtMostThreePartsOfTheGsmAlphabet) {
  EXPECT_EQ(text_of(std::string(420, 'a'), ""), std::string(420, 'a'));
  EXPECT_EQ(text_of(std::string(421, 'a'), ""), std::string(417, 'a') + "...");
}

TEST(TextMessage, CountsEscapedCharactersTwice) {
  EXPECT_EQ(text_of(times(210, "€"), ""), times(210, "€"));
  EXPECT_EQ(text_of(times(211, "["), ""), times(208, "[") + "...");
}

TEST(TextMessage, HasAtMostThreePartsOfOtherText) {
  EXPECT_EQ(text_of(times(186, "承"), ""), times(186, "承"));
  EXPECT_EQ(text_of(times(187, "承"), ""), times(183, "承") + "...");
  EXPECT_EQ(text_of(times(94, "\xf0\x9f\x9a\xa8"), ""), times(91, "\xf0\x9f\x9a\xa8") + "...");
}

TEST(TextMessage, KeepsItsLinkWholeWhenTheTitleIsCut) {
  const std::string text = text_of(std::string(1000, 'a'), link);
  EXPECT_THAT(text, EndsWith("a...\n" + link));
  EXPECT_EQ(text.size(), 420U);
}

TEST(TextMessage, LeavesOutALinkThatWouldPushTheTitleAway) {
  EXPECT_EQ(text_of("R-7 waits", "https://a.example/" + std::string(300, 'a')), "R-7 waits");
  EXPECT_EQ(text_of("R-7 waits", std::string(1U << 20U, 'a')), "R-7 waits");
}

TEST(TextMessage, DoesNotTurnGsmTextIntoOtherTextByCuttingIt) {
  for (int blanks = 0; blanks < 3; ++blanks)
    EXPECT_TRUE(
        is_gsm_text(text_of(std::string(static_cast<std::size_t>(blanks), ' ') + times(5000, "é"), "")));
}

TEST(TextMessage, IsShortAndHarmlessWhateverTheTitleIs) {
  const std::string text = text_of(times(100000,
                                         "\x1b[31m\r\n\xe2\x80\xae\xff"
                                         "approved 承認"),
                                   link);
  EXPECT_TRUE(is_printable_text(text));
  EXPECT_LT(text.size(), 186U * 3);
  EXPECT_THAT(text.substr(0, text.size() - link.size() - 1), Not(HasSubstr("\n")));
  EXPECT_TRUE(is_printable_text(text_of(times(5000, "\x80"), link)));
}

TEST(PhoneNumber, IsTakenAsPeopleWriteIt) {
  EXPECT_EQ(phone_number_of("+81 90-1234-5678").value(), "+819012345678");
  EXPECT_EQ(phone_number_of("+819012345678").value(), "+819012345678");
}

TEST(PhoneNumber, IsRefusedWhenItCannotBeDialledFromAbroadAndIsNotRepeated) {
  for (const std::string& text :
       {std::string(), std::string("090-1234-5678"), std::string("+81 (90) 1234 5678"),
        std::string("+81 9012x"), std::string("+0819012345678"), std::string("+8190\n12345678"),
        std::string("+819012345678") + std::string(1U << 20U, ' ')}) {
    const Result<std::string> number = phone_number_of(text);
    ASSERT_FALSE(number) << text.substr(0, 50);
    EXPECT_EQ(number.error().code, ErrorCode::invalid);
    EXPECT_THAT(number.error().message, Not(HasSubstr("090-1234-5678")));
  }
}

}  // namespace
}  // namespace postern::notify
