#include "base/placeholder.h"

#include <gtest/gtest.h>

namespace postern {
namespace {

TEST(Placeholder, IsFoundWithItsLineAndColumnInCharacters) {
  const std::vector<Placeholder> found = placeholders_in("緊急 {{a}}\n  {{ \tb.c }}");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "a");
  EXPECT_EQ(found[0].line, 1);
  EXPECT_EQ(found[0].column, 4);
  EXPECT_EQ(found[1].name, "b.c");
  EXPECT_EQ(found[1].line, 2);
  EXPECT_EQ(found[1].column, 3);
}

TEST(Placeholder, ThatIsNotClosedEndsWithTheText) {
  const std::string text = "a {{b";
  const std::vector<Placeholder> found = placeholders_in(text);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].is_closed);
  EXPECT_EQ(found[0].end, text.size());
  EXPECT_EQ(replace_placeholders(text, [](std::string_view) { return "never"; }), text);
}

TEST(Placeholder, ValuesAreNotSearchedForOthers) {
  EXPECT_EQ(replace_placeholders("<{{a}}|{{b}}>",
                                 [](std::string_view name) { return name == "a" ? "{{b}}" : "{{"; }),
            "<{{b}}|{{>");
}

TEST(Placeholder, CostsNoMoreOnOneLongLineThanOnMany) {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += "{{a}}";
  EXPECT_EQ(placeholders_in(text).back().column, 999996);  // quadratic counting would take minutes here
}

}  // namespace
}  // namespace postern
