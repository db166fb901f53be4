#include "catalog_file/yaml_tree.h"

#include <gmock/gmock.h>

#include "catalog_file/catalog_file.h"

namespace postern::catalog_file {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string flaw_in(std::string_view text) {
  const Tree tree = parse_yaml(text);
  if (tree.flaws.empty()) return "none";
  const Flaw& first = tree.flaws.front();
  return std::to_string(first.at.line) + ":" + std::to_string(first.at.column) + " " + first.what;
}

TEST(YamlTree, KnowsTheLineAndColumnOfEverything) {
  const Tree tree = parse_yaml("a: 1\nb:\n  - x\n  - { c: \"2\" }\n");
  ASSERT_TRUE(tree.root);
  EXPECT_EQ(tree.root->find("a")->at, (Position{1, 4}));
  const auto& items = tree.root->find("b")->items;
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0]->at, (Position{3, 5}));
  EXPECT_EQ(items[1]->members.front().key->at, (Position{4, 7}));
  EXPECT_EQ(items[1]->find("c")->at, (Position{4, 10}));
}

TEST(YamlTree, CountsColumnsInCharactersAsAnEditorDoes) {
  EXPECT_EQ(parse_yaml("{ a: 夜間, b: x }").root->find("b")->at, (Position{1, 13}));
}

TEST(YamlTree, KeepsScalarsAsTheyAreWritten) {
  const Tree tree = parse_yaml("plain: 007\nquoted: \"007\"\nblock: |\n  one\n  two\nnone:\n");
  EXPECT_EQ(tree.root->find("plain")->text, "007");
  EXPECT_FALSE(tree.root->find("plain")->quoted);
  EXPECT_TRUE(tree.root->find("quoted")->quoted);
  EXPECT_EQ(tree.root->find("block")->text, "one\ntwo\n");
  EXPECT_EQ(tree.root->find("none")->kind, Node::Kind::nothing);
  EXPECT_EQ(tree.root->find("none")->at, (Position{6, 1}));
}

TEST(YamlTree, FollowsAnAlias) {
  const Tree tree = parse_yaml("a: &x [1, 2]\nb: *x\n");
  EXPECT_EQ(tree.root->find("b")->items.size(), 2U);
  EXPECT_EQ(tree.root->find("b")->at, (Position{1, 4}));
}

TEST(YamlTree, FindsAKeyThatStandsTwice) {
  EXPECT_EQ(flaw_in("a: 1\nb: 2\na: 3\n"),
            "3:1 The key \"a\" stands twice here, first in line 1. Remove one of them.");
  EXPECT_THAT(flaw_in("x: { a: 1, \"a\": 2 }"), StartsWith("1:12 The key"));
  EXPECT_EQ(flaw_in("x: { a: 1 }\ny: { a: 1 }\n"), "none");
}

TEST(YamlTree, RefusesDeepNestingBeforeItIsBuilt) {
  for (const char* open : {"[", "{", "- ", "? ", "a: [", "{a: "}) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += open;
    EXPECT_NE(flaw_in(text), "none") << open;
  }
  std::string blocks;
  for (int i = 0; i < 5000; ++i) blocks += "- ";
  EXPECT_THAT(flaw_in(blocks), HasSubstr("Nested deeper"));
  EXPECT_EQ(flaw_in(std::string(32, '[') + "x" + std::string(32, ']')), "none");
  EXPECT_THAT(flaw_in(std::string(33, '[') + "x" + std::string(33, ']')), HasSubstr("Nested deeper"));
}

TEST(YamlTree, RefusesAnAliasBomb) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string inner = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + inner;
    for (int k = 0; k < 8; ++k) bomb += ", " + inner;
    bomb += "]\n";
  }
  EXPECT_THAT(flaw_in(bomb), HasSubstr("more than 200000 values"));
}

TEST(YamlTree, RefusesDepthThatIsMadeOfAliases) {
  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 5000; ++i)
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  EXPECT_THAT(flaw_in(chain), HasSubstr("Nested deeper"));
}

TEST(YamlTree, IsNotSlowedDownByOneLongLine) {
  std::string list = "[x";
  for (int i = 1; i < 150'000; ++i) list += ",夜";
  const Tree tree = parse_yaml(list + "]");  // counting each column from the line's start would take minutes
  ASSERT_TRUE(tree.root);
  EXPECT_EQ(tree.root->items.back()->at, (Position{1, 300'000}));
}

TEST(YamlTree, RefusesAnAliasInsideWhatItNames) {
  EXPECT_THAT(flaw_in("a: &x [*x]\n"), StartsWith("1:8 An alias may not"));
}

TEST(YamlTree, RefusesWhatIsNotText) {
  EXPECT_THAT(flaw_in("a: 1\nb: \xff\n"), StartsWith("2:4 Here is a byte that is not UTF-8"));
  EXPECT_THAT(flaw_in(std::string_view("a: 1\0b", 6)), StartsWith("1:5 "));
  EXPECT_THAT(flaw_in("a: 1\r\nb: 夜\x04\nc: 3\n"), StartsWith("2:5 "))
      << "yaml-cpp takes byte 4 for the end of the file";
  EXPECT_THAT(flaw_in("a: \xe2\x80\xae"
                      "evil\n"),
              StartsWith("1:4 "))
      << "text that reads backwards";
  EXPECT_THAT(flaw_in("a: 1\rb: 2\n"), StartsWith("1:5 "));
  EXPECT_THAT(flaw_in(std::string(file_bytes_max + 1, ' ')), StartsWith("0:0 The file is larger"));
  EXPECT_EQ(flaw_in("\xef\xbb\xbf"
                    "a: 1\r\nb: 2\r\n"),
            "none")
      << "as Windows writes it";
}

TEST(YamlTree, SaysWhereASyntaxErrorIs) {
  EXPECT_THAT(flaw_in("a: 1\nb: [1, 2\nc: 3\n"), StartsWith("3:2 This is not YAML"));
  EXPECT_THAT(flaw_in("a:\n  b: 1\n\tc: 2\n"), StartsWith("3:1 This is not YAML"));
}

TEST(YamlTree, RefusesWhatTwoReadersCouldReadDifferently) {
  EXPECT_THAT(flaw_in(""), HasSubstr("empty"));
  EXPECT_THAT(flaw_in("a: 1\n---\nb: 2\n"), HasSubstr("several documents"));
  EXPECT_THAT(flaw_in("a: !!int \"3\"\n"), HasSubstr("Tags are not used"));
  EXPECT_THAT(flaw_in("x: &x { a: 1 }\ny: { <<: *x }\n"), HasSubstr("Merge keys"));
  EXPECT_THAT(flaw_in("? [a]\n: 1\n"), HasSubstr("A key must be a plain word"));
  EXPECT_THAT(flaw_in(std::string(65, 'k') + ": 1\n"), HasSubstr("A key has at most 64 bytes"));
}

}  // namespace
}  // namespace postern::catalog_file
