#include "playbook/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/encoding.h"
#include "base/hash.h"
#include "playbook/markdown.h"

namespace postern::playbook {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string between(const std::string& text, std::string_view open, std::string_view close) {
  const std::size_t from = text.find(open);
  EXPECT_NE(from, std::string::npos) << open;
  const std::size_t begin = from + open.size();
  return text.substr(begin, text.find(close, begin) - begin);
}

std::size_t count_of(const std::string& text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

TEST(Page, IsACompleteDocumentInItsLanguage) {
  const std::array<Sheet, 1> sheets{{{"IdP なしで操作する", to_html("# 手順").value()}}};
  const std::string html = page(sheets, "ja");
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">"));
  EXPECT_THAT(html, HasSubstr("<title>IdP なしで操作する</title>"));
  EXPECT_THAT(html, HasSubstr("<h1>手順</h1>"));
  EXPECT_TRUE(html.ends_with("</article>\n</body>\n</html>\n"));
}

TEST(Page, PutsEachSheetOnPagesOfItsOwnWithItsTitleInTheFooter) {
  const std::array<Sheet, 2> sheets{{{"First", "<p>1</p>"}, {"Second", "<p>2</p>"}}};
  const std::string html = page(sheets, "en");
  EXPECT_THAT(html, HasSubstr("article + article { break-before: page; }"));
  EXPECT_THAT(html, HasSubstr("@page sheet-2 { @bottom-left { content: \"Second\"; } }\n"
                              ".sheet-2 { page: sheet-2; }"));
  EXPECT_THAT(html, HasSubstr("<article class=\"sheet-2\" aria-label=\"Second\">\n<p>2</p></article>"));
  EXPECT_EQ(count_of(html, "<article"), 2U);
}

TEST(Page, BreaksAtARuleAndKeepsTogetherWhatIsReadTogether) {
  const std::string style = between(page({}, "en"), "<style>", "</style>");
  const std::string print = style.substr(style.find("@media print"));
  EXPECT_THAT(style, HasSubstr("@page { size: A4; margin: 12mm 14mm 13mm;"));
  EXPECT_THAT(print, HasSubstr("hr { break-after: page;"));
  EXPECT_THAT(between(style, "\nh1, h2, h3, h4, h5, h6 {", "}"), HasSubstr("break-after: avoid"));
  EXPECT_THAT(between(style, "\npre {", "}"), HasSubstr("white-space: pre-wrap"));
  EXPECT_THAT(between(style, "\npre {", "}"), HasSubstr("break-inside: avoid"));
  EXPECT_THAT(between(style, "\ntr {", "}"), HasSubstr("break-inside: avoid"));
}

TEST(Page, LetsNothingInButItsOwnStyle) {
  const std::array<Sheet, 1> sheets{{{"T", "<p>x</p>"}}};
  const std::string html = page(sheets, "en");
  const std::string policy = between(html, "Content-Security-Policy\" content=\"", "\"");
  const std::string style = between(html, "<style>", "</style>");
  EXPECT_EQ(policy, "default-src 'none'; style-src 'sha256-" + to_base64(sha256(style).view()) +
                        "'; base-uri 'none'; form-action 'none'");
  EXPECT_LT(html.find("Content-Security-Policy"), html.find("<style>"));
  for (const char* word : {"http:", "https:", "url(", "@import", "<script", "<link", "style="})
    EXPECT_THAT(html, Not(HasSubstr(word)));
}

TEST(Page, LetsNoTitleOrLanguageBecomeMarkupOrStyle) {
  const std::string hostile = "</title></style><script>alert(1)</script>\"'\\\n} * { display: none } &\x1b";
  const std::array<Sheet, 1> sheets{{{hostile, ""}}};
  const std::string html = page(sheets, "en\"><script>");
  EXPECT_EQ(count_of(html, "<script"), 0U);
  EXPECT_EQ(count_of(html, "</style>"), 1U);
  EXPECT_EQ(count_of(html, "</title>"), 1U);
  EXPECT_EQ(html.find('\x1b'), std::string::npos);
  EXPECT_THAT(html, HasSubstr("<html lang=\"en&quot;&gt;&lt;script&gt;\">"));
  EXPECT_THAT(html, HasSubstr("<title>&lt;/title&gt;&lt;/style&gt;&lt;script&gt;"));
  const std::string footer = between(html, "@page sheet-1 { @bottom-left { content: \"", "\"; } }");
  EXPECT_EQ(footer.find_first_of("<>{}\"'&()*\n"), std::string::npos) << footer;
  EXPECT_TRUE(footer.starts_with("\\3c \\2f title\\3e ")) << footer;
}

TEST(Page, WithoutSheetsIsEmptyButWhole) {
  const std::string html = page({}, "en");
  EXPECT_THAT(html, HasSubstr("<title></title>"));
  EXPECT_THAT(html, HasSubstr("<body>\n</body>"));
}

}  // namespace
}  // namespace postern::playbook
