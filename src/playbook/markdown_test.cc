#include "playbook/markdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

#include "playbook/playbook.h"

namespace postern::playbook {
namespace {

/// U+202E, which no source text should hold.
const std::string right_to_left{static_cast<char>(0xe2), static_cast<char>(0x80), static_cast<char>(0xae)};

using ::testing::HasSubstr;
using ::testing::Not;

std::string html(std::string_view markdown) { return to_html(markdown).value(); }
std::string repeated(std::string_view text, std::size_t bytes) {
  std::string out;
  while (out.size() + text.size() <= bytes) out += text;
  return out;
}

TEST(Html, HasTablesStrikethroughAndTasks) {
  EXPECT_EQ(html("~~gone~~"), "<p><del>gone</del></p>\n");
  EXPECT_EQ(html("| a | b |\n| --- | --: |\n| 1 | 2 |\n"),
            "<table>\n<thead>\n<tr>\n<th>a</th>\n<th align=\"right\">b</th>\n</tr>\n</thead>\n"
            "<tbody>\n<tr>\n<td>1</td>\n<td align=\"right\">2</td>\n</tr>\n</tbody>\n</table>\n");
  EXPECT_EQ(html("- [x] done"),
            "<ul>\n<li><input type=\"checkbox\" checked=\"\" disabled=\"\" /> done</li>\n</ul>\n");
}

TEST(Html, TicksATaskOnlyByItsOwnBox) {
  EXPECT_THAT(html("- [ ] compare with [x] in the list"), Not(HasSubstr("checked")));
  EXPECT_THAT(html("> 1. - [ ] deep inside"), HasSubstr("<input type=\"checkbox\" disabled=\"\" /> deep"));
  EXPECT_THAT(html("- [y] no box"), HasSubstr("<li>[y] no box</li>"));
}

TEST(Html, ShowsRawHtmlAsItWasWritten) {
  EXPECT_EQ(html("<script>alert(1)</script>"),
            "<pre><code>&lt;script&gt;alert(1)&lt;/script&gt;\n</code></pre>\n");
  EXPECT_EQ(html("run aws <command> <img src=x onerror=alert(1)>"),
            "<p>run aws &lt;command&gt; &lt;img src=x onerror=alert(1)&gt;</p>\n");
  EXPECT_EQ(html("| a |\n| - |\n| <b>x</b> |"),
            "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n"
            "<tbody>\n<tr>\n<td>&lt;b&gt;x&lt;/b&gt;</td>\n</tr>\n</tbody>\n</table>\n");
}

TEST(Html, LeavesOutCommentsButNoTextBehindThem) {
  EXPECT_EQ(html("<!-- for the author -->\n\na <!-- b --> c"), "<p>a  c</p>\n");
  EXPECT_THAT(html("<!-- a --> call <!-- b -->"), HasSubstr(" call "));
}

TEST(Html, KeepsOnlyLinksThatCannotAct) {
  for (const char* target : {"javascript:alert(1)", "JaVaScRiPt:alert(1)", "javascript&colon;alert(1)",
                             "&#106;avascript:alert(1)", "<java\tscript:alert(1)>", "<  javascript:alert(1)>",
                             "data:text/html,<b>", "data:image/png;base64,AA", "vbscript:x",
                             "file:///etc/passwd", "ms-msdt:/id", "blob:x", "\\javascript:x"}) {
    const std::string out = html("[text](" + std::string(target) + ")");
    EXPECT_THAT(out, Not(HasSubstr("<a href"))) << target;
    EXPECT_THAT(out, HasSubstr("text")) << target;
  }
  EXPECT_THAT(html("<javascript:alert(1)>"), Not(HasSubstr("<a")));
  EXPECT_THAT(html("[a][1]\n\n[1]: javascript:x"), Not(HasSubstr("<a")));
  EXPECT_EQ(html("[a](https://e.x \"t\") [b](MAILTO:a@b.c) [c](../d.md?e:f)"),
            "<p><a href=\"https://e.x\" title=\"t\">a</a> <a href=\"MAILTO:a@b.c\">b</a> "
            "<a href=\"../d.md?e:f\">c</a></p>\n");
}

TEST(Html, LoadsNothingByItself) {
  EXPECT_EQ(html("![a map](https://e.x/map.png)"), "<p><a href=\"https://e.x/map.png\">a map</a></p>\n");
  EXPECT_EQ(html("![a map](data:image/png;base64,AA)"), "<p>a map</p>\n");
}

TEST(Html, LinksNothingThatIsNotMarkedAsALink) {
  EXPECT_EQ(html("https://e.x and a@b.c"), "<p>https://e.x and a@b.c</p>\n");
}

TEST(Html, EscapesWhatStandsInAnAttribute) {
  EXPECT_THAT(html("```sh\" onclick=\"x\na\n```"), HasSubstr("class=\"language-sh&quot;\""));
  EXPECT_THAT(html("[a](/x\"onclick=y 't\"u')"), HasSubstr("href=\"/x%22onclick=y\" title=\"t&quot;u\""));
}

TEST(Html, LetsNoControlCharacterThroughHoweverItIsWritten) {
  const std::string out =
      html(std::string("a\x1b[31m&#27;[2J&#x202e;") + right_to_left + "\x7f" + std::string(1, '\0') +
           "\n\n    c\x07&#7;\tx\n\n[l](/&#27;\x1b) `\x9b\x1b`\r\nnext\rlast");
  for (const char c : out)
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') << static_cast<int>(c);
  EXPECT_THAT(out, Not(HasSubstr("\x7f")));
  EXPECT_THAT(out, Not(HasSubstr(right_to_left)));
  EXPECT_THAT(out, HasSubstr("next\nlast"));
}

TEST(Html, JoinsLinesOfJapaneseWithoutASpace) {
  EXPECT_EQ(html("から\n**リージョン**を\nIAM で"), "<p>から<strong>リージョン</strong>を\nIAM で</p>\n");
}

TEST(Markdown, RefusesMoreThanAPersonCouldRead) {
  EXPECT_TRUE(to_html(std::string(markdown_bytes_max, 'a')));
  const auto refused = to_html(std::string(markdown_bytes_max + 1, 'a'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_FALSE(to_terminal(std::string(markdown_bytes_max + 1, 'a'), {}));
}

TEST(Markdown, RefusesEndlessNesting) {
  for (const char* opening : {"> ", "- ", "1. "}) {
    EXPECT_TRUE(to_html(repeated(opening, 40) + "x")) << opening;
    EXPECT_FALSE(to_html(repeated(opening, markdown_bytes_max - 1) + "x")) << opening;
  }
  EXPECT_FALSE(to_terminal(repeated("*a _b ", 3'000) + repeated("b_ a* ", 3'000), {}));
}

TEST(Markdown, RefusesTablesThatAParserWouldBlowUp) {
  const std::string wide = repeated("|a", 180) + "\n" + repeated("|-", 180) + "\n";
  EXPECT_TRUE(to_html(wide + repeated("a\n", 200)));
  EXPECT_FALSE(to_html(wide + repeated("a\n", 60'000)));
  EXPECT_FALSE(to_html("|a|\n|-|\n" + repeated("|a", 60'000)));
}

TEST(Markdown, RefusesLinkDefinitionsThatWouldBeRepeatedForMegabytes) {
  EXPECT_TRUE(to_html("[a]: /u\n\n" + repeated("[a] ", 40'000)));
  EXPECT_FALSE(to_html("[a]: /" + std::string(30'000, 'u') + "\n\n" + repeated("[a]", 30'000)));
}

TEST(Markdown, StaysQuickOnHostileText) {
  for (const char* pattern :
       {"a@b.",  "[",    "![",  "[a](", "]",    "*",     "**a ",   "_a_ ",     "`a",      "~~",
        "~a",    "<!--", "<a ", "&",    "\\",   "|\n",   "a\n-\n", "[a]: u\n", "- x\n\n", "1. a\n",
        "```\n", "\t",   "「",  "。",   "\xff", "[x](<", "<?",     "&#27;",    "- [ ] "}) {
    const auto start = std::chrono::steady_clock::now();
    const std::string text = repeated(pattern, markdown_bytes_max);
    EXPECT_TRUE(to_html(text) || to_html(text).error().code == ErrorCode::invalid) << pattern;
    EXPECT_EQ(to_terminal(text, {}).value_or("").find('\x1b'), std::string::npos) << pattern;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20)) << pattern;
  }
}

TEST(Markdown, TakesTenThousandBracketsAsText) {
  const std::string brackets = std::string(10'000, '[') + std::string(10'000, ']');
  EXPECT_EQ(html(brackets), "<p>" + brackets + "</p>\n");
  EXPECT_EQ(to_terminal(brackets, {}).value(), brackets + "\n");
}

TEST(Markdown, SaysTheSameToThreadsAtOnce) {
  const std::string text = repeated("~~a~~ | [b](/c) `~~d~~`\n", 20'000);
  const std::string expected = html(text);
  std::vector<std::string> got(8);
  {
    std::vector<std::thread> threads;
    for (std::string& each : got) threads.emplace_back([&] { each = html(text); });
    for (std::thread& each : threads) each.join();
  }
  for (const std::string& each : got) EXPECT_EQ(each, expected);
}

}  // namespace
}  // namespace postern::playbook
