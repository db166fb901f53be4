#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "playbook/columns.h"
#include "playbook/markdown.h"
#include "playbook/playbook.h"

namespace postern::playbook {
namespace {

/// U+202E, which no source text should hold.
const std::string right_to_left{static_cast<char>(0xe2), static_cast<char>(0x80), static_cast<char>(0xae)};

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;

std::string plain(std::string_view markdown, int columns = 80) {
  return to_terminal(markdown, {.colour = false, .columns = columns}).value();
}

std::string coloured(std::string_view markdown) {
  return to_terminal(markdown, {.colour = true, .columns = 80}).value();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<int> widths_of(const std::string& text) {
  std::vector<int> widths;
  for (const std::string& line : lines_of(text)) widths.push_back(columns_of(line));
  return widths;
}

TEST(Terminal, ShowsStylesInColourOrAsMarkdownsOwnMarks) {
  EXPECT_EQ(plain("a **b *c*** ~~d~~ `e f` ``g`h``"), "a **b *c*** ~~d~~ `e f` ``g`h``\n");
  EXPECT_EQ(coloured("a **b *c*** ~~d~~ `e f`"),
            "a \x1b[1mb \x1b[0m\x1b[1;3mc\x1b[0m \x1b[9md\x1b[0m \x1b[36me f\x1b[0m\n");
}

TEST(Terminal, SetsHeadingsApart) {
  EXPECT_EQ(plain("# 緊急 A\ntext\n## B `c`\n### D"), "緊急 A\n======\n\ntext\n\nB `c`\n-----\n\n### D\n");
  EXPECT_EQ(coloured("# A\n### B"), "\x1b[1;4mA\x1b[0m\n\n\x1b[1mB\x1b[0m\n");
}

TEST(Terminal, ClosesEachStyleBeforeTheLineEnds) {
  const std::string text = to_terminal("**" + std::string("bold words ") + "more bold words here**",
                                       {.colour = true, .columns = 20})
                               .value();
  EXPECT_EQ(text, "\x1b[1mbold words more bold\x1b[0m\n\x1b[1mwords here\x1b[0m\n");
}

TEST(Terminal, WrapsParagraphsAtWords) {
  EXPECT_EQ(plain("Wait for the   next\ncode; set the clock of your machine.", 20),
            "Wait for the next\ncode; set the clock\nof your machine.\n");
  EXPECT_EQ(plain("hard  \nbreak\\\nhere"), "hard\nbreak\nhere\n");
}

TEST(Terminal, WrapsJapaneseBetweenCharactersByTheRulesOfItsTypography) {
  // Twenty columns hold ten characters: the eleventh is 。, which takes its neighbour along.
  EXPECT_EQ(plain("一二三四五六七八九十。あ", 20), "一二三四五六七八九\n十。あ\n");
  EXPECT_EQ(plain("一二三四五六七八九「十」", 20), "一二三四五六七八九\n「十」\n");
  EXPECT_EQ(plain("一二三四五六七八九十」、あ", 20), "一二三四五六七八九\n十」、あ\n");
  EXPECT_EQ(plain("一二三四五六七八九サーバ", 20), "一二三四五六七八九\nサーバ\n");
  EXPECT_EQ(plain("一二三四五六七八 AWS は", 20), "一二三四五六七八 AWS\nは\n");
}

TEST(Terminal, KeepsWholeWhatIsCopied) {
  const std::string address = "https://example.com/a/very/long/path/to/something";
  EXPECT_EQ(plain("see <" + address + "> now", 20), "see\n" + address + "\nnow\n");
  EXPECT_EQ(plain("then run `aws sts get-caller-identity` and wait", 30),
            "then run\n`aws sts get-caller-identity`\nand wait\n");
}

TEST(Terminal, IndentsCodeWithNothingButSpacesAndLeavesItsLinesAlone) {
  const std::string command =
      "aws sts assume-role --role-arn arn:aws:iam::200000000001:role/Ops \\\n\t--x '**y**'";
  for (const bool colour : {false, true})
    EXPECT_EQ(to_terminal("do\n\n```sh\n" + command + "\n\n  end\n```\n", {.colour = colour, .columns = 30})
                  .value(),
              "do\n\n    aws sts assume-role --role-arn arn:aws:iam::200000000001:role/Ops \\\n"
              "    \t--x '**y**'\n\n      end\n");
  EXPECT_EQ(plain("1. > ```\n   > copy\n   > ```\n"), "1.\n         copy\n");
}

TEST(Terminal, IndentsListsAndKeepsTheirNumbers) {
  EXPECT_EQ(plain("- one two three four five\n- b\n  - c\n", 20),
            "- one two three four\n  five\n- b\n  - c\n");
  EXPECT_EQ(plain("9. nine\n10. ten\n\n    more\n"), "9.  nine\n\n10. ten\n\n    more\n");
  EXPECT_EQ(plain("3) three\n4) four"), "3) three\n4) four\n");
  EXPECT_EQ(plain("- [ ] open\n- [x] done\n-"), "- [ ] open\n- [x] done\n-\n");
  EXPECT_EQ(plain("1. a\n\n   ```\n   code\n   ```\n2. b"), "1. a\n\n       code\n\n2. b\n");
}

TEST(Terminal, StopsIndentingWhereNoRoomIsLeft) {
  std::string deep;
  for (int i = 0; i < 30; ++i)
    deep += std::string(static_cast<std::size_t>(i) * 2, ' ') + "- word word word\n";
  EXPECT_THAT(widths_of(plain(deep, 40)), Each(Le(40)));
}

TEST(Terminal, ShowsTargetsBehindTextUnlessTheTextSaysThem) {
  EXPECT_EQ(plain("[status](https://e.x/a%20b \"t\")"), "status (https://e.x/a%20b)\n");
  EXPECT_EQ(plain("[s](<https://e.x/a b>)"), "s (https://e.x/a%20b)\n");
  EXPECT_EQ(plain("<https://e.x> <a@b.c> [below](#steps) [](https://e.x)"),
            "https://e.x a@b.c below (https://e.x)\n");
  EXPECT_EQ(plain("![a map](https://e.x/m.png) [x](javascript:alert(1))"), "a map (https://e.x/m.png) x\n");
}

TEST(Terminal, DrawsARuleAsWideAsTheText) {
  EXPECT_EQ(plain("a\n\n---\n\nb", 20), "a\n\n" + std::string(20, '-') + "\n\nb\n");
}

TEST(Terminal, AlignsTablesByColumnsNotBytes) {
  EXPECT_EQ(plain("| 表示 | n | mid |\n| --- | --: | :-: |\n| 緊急 | 1 | x |\n| ab | 200 | `y` |\n"),
            "表示    n  mid\n"
            "----  ---  ---\n"
            "緊急    1   x\n"
            "ab    200  `y`\n");
}

TEST(Terminal, WrapsCellsSoThatATableFits) {
  const std::string table = plain(
      "| you see | do |\n| --- | --- |\n"
      "| `MultiFactorAuthentication failed` | A code counts once. Wait for the next one. |\n"
      "| late | 許可の期限切れ。申請し直す。承認は数分で済む。 |\n",
      60);
  EXPECT_EQ(table,
            "you see                             do\n"
            "----------------------------------  ------------------------\n"
            "`MultiFactorAuthentication failed`  A code counts once. Wait\n"
            "                                    for the next one.\n"
            "\n"
            "late                                許可の期限切れ。申請し直\n"
            "                                    す。承認は数分で済む。\n");
}

TEST(Terminal, CutsWordsOnlyWhenATableCannotFitOtherwise) {
  const std::string row =
      "| arn:aws:iam::200000000001:role/Operations | arn:aws:iam::200000000001:user/x |\n";
  EXPECT_THAT(widths_of(plain("| a | b |\n|---|---|\n" + row, 40)), Each(Le(40)));
  EXPECT_THAT(plain("| a | b |\n|---|---|\n" + row, 80), HasSubstr("200000000001:role/Operations  arn:aws"));
  EXPECT_THAT(plain("| a | b |\n|---|---|\n| `one two three four` | five six seven eight nine |\n", 36),
              HasSubstr("`one two three four`  five six"));
}

TEST(Terminal, ShowsATableOfMoreColumnsThanFit) {
  std::string header = "|";
  std::string rule = "|";
  for (int i = 0; i < 40; ++i) (header += "ab|", rule += "-|");
  EXPECT_THAT(plain(header + "\n" + rule + "\n" + header, 20), HasSubstr("ab  ab  ab"));
}

TEST(Terminal, ShowsRawHtmlAsText) {
  EXPECT_EQ(plain("run <command>\n\n<script>alert(1)</script>\n\n<!-- not this -->"),
            "run <command>\n\n    <script>alert(1)</script>\n");
}

TEST(Terminal, LetsNoEscapeOrOtherControlThrough) {
  const std::string hostile =
      std::string(
          "a\x1b[31mred&#27;]0;title&#7; &#x202e; \x9b"
          "0m\r\n`b\x1b&#8;`\n\n") +
      "    code\x1b[2J\x07\n\n[l](/&#27;&#10;x)\n\n| \x1b[1m |\n|-|\n| &#10;x |\n\n# h\x08" +
      std::string(1, '\0') + "\n";
  const std::string shown = plain(hostile);
  for (const char c : shown)
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
  EXPECT_THAT(shown, Not(HasSubstr(right_to_left)));
  EXPECT_THAT(shown, Not(HasSubstr("\u009b")));
  EXPECT_THAT(shown, HasSubstr("a\ufffd[31mred\ufffd]0;title\ufffd"));
  EXPECT_THAT(shown, HasSubstr("(/\ufffd\ufffdx)"));
}

TEST(Terminal, HasNothingToSayAboutNothing) {
  EXPECT_EQ(plain(""), "");
  EXPECT_EQ(plain(" \n\n<!-- x -->\n"), "");
}

TEST(Terminal, TakesAnUnlikelyWidthAsTheNearest) {
  EXPECT_EQ(plain("---", -5).size(), 21U);
  EXPECT_EQ(plain("---", 1'000'000).size(), 401U);
}

TEST(Terminal, ShowsThePlaybooksOfTheDemoWithinTheirColumns) {
  for (const char* name : {"idp-unavailable.md", "idp-unavailable.ja.md"}) {
    std::ifstream file(std::string(POSTERN_SOURCE_DIR "/examples/demo/playbooks/") + name);
    std::stringstream markdown;
    markdown << file.rdbuf();
    const std::string text = fill(markdown.str(), {{"grant.id", "G-7"}}).value();
    const std::string shown = plain(text, 72);
    EXPECT_THAT(shown, HasSubstr("\n       postern access G-7 -- aws sts get-caller-identity\n")) << name;
    EXPECT_THAT(shown, HasSubstr("\n" + std::string(72, '-') + "\n")) << name;
    for (const std::string& line : lines_of(shown))
      EXPECT_TRUE(columns_of(line) <= 72 || line.starts_with("       ")) << name << ": " << line;
  }
}

}  // namespace
}  // namespace postern::playbook
