#include <gmock/gmock.h>

#include "base/json.h"
#include "catalog_file/catalog_for_test.h"

namespace postern::catalog_file {
namespace {

TEST(Bundle, GivesTheSameSourcesBack) {
  const Sources sources = demo();
  EXPECT_EQ(unbundle(bundle(sources)).value(), sources);
}

TEST(Bundle, HasOneFormThatEverybodyCanRead) {
  const Sources sources{{{"catalog.yaml", "a: \"夜\"\n"}, {"p/x.md", "# X\n"}}};
  EXPECT_EQ(bundle(sources),
            "{\"files\":{\"catalog.yaml\":\"a: \\\"夜\\\"\\n\",\"p/x.md\":\"# "
            "X\\n\"},\"format\":\"postern-catalog/1\"}");
}

TEST(Bundle, IsRefusedInAnyOtherForm) {
  const std::string good = bundle({{{"catalog.yaml", "version: 1\n"}}});
  ASSERT_TRUE(unbundle(good));
  for (const std::string& bad :
       {std::string(), std::string("{}"), good + " ", with(good, "/1", "/2"),
        with(good, "{\"files\"", "{\"extra\":1,\"files\""), with(good, "catalog.yaml", "other.yaml"),
        with(good, "\"version: 1\\n\"", "1"), with(good, "\\n", "\\u000a"),
        bundle({{{"catalog.yaml", ""}, {"../x.md", ""}}}), bundle({{{"x.md", ""}}}),
        bundle({{{"catalog.yaml", ""}, {"run.sh", ""}}})})
    EXPECT_EQ(unbundle(bad).error().code, ErrorCode::invalid) << bad;
}

TEST(Bundle, HasLimits) {
  Sources many{{{"catalog.yaml", ""}}};
  for (std::size_t i = 0; i < files_max; ++i) many.files.emplace("p" + std::to_string(i) + ".md", "");
  EXPECT_FALSE(unbundle(bundle(many)));
  many.files.erase("p0.md");
  EXPECT_TRUE(unbundle(bundle(many)));
  EXPECT_FALSE(unbundle(bundle({{{"catalog.yaml", std::string(file_bytes_max + 1, 'x')}}})));
}

TEST(Bundle, HoldsTheLargestSourcesThatReadAccepts) {
  Sources largest{{{"catalog.yaml", ""}}};
  for (int i = 0; i < 4; ++i)
    largest.files.emplace("p" + std::to_string(i) + ".md", std::string(file_bytes_max, '\n'));
  EXPECT_EQ(unbundle(bundle(largest)).value(), largest);
}

}  // namespace
}  // namespace postern::catalog_file
