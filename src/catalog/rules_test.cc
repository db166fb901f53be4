#include "catalog/rules.h"

#include <gtest/gtest.h>

#include <set>

namespace postern::catalog {
namespace {

TEST(Rules, AreInTheOrderOfTheirCodesEachOnce) {
  int last = 0;
  for (const RuleText& each : all_rules()) {
    EXPECT_GT(static_cast<int>(each.rule), last);
    last = static_cast<int>(each.rule);
  }
}

TEST(Rules, SayWhatWhyAndWhatToDo) {
  for (const RuleText& each : all_rules()) {
    EXPECT_TRUE(each.title.ends_with('.')) << code_of(each.rule);
    EXPECT_TRUE(each.why.ends_with('.')) << code_of(each.rule);
    EXPECT_GT(each.fix.size(), 10U) << code_of(each.rule);
    EXPECT_EQ(about(each.rule).title, each.title);
  }
}

TEST(Rules, HaveStableCodes) {
  EXPECT_EQ(code_of(Rule::not_readable), "PC001");
  EXPECT_EQ(code_of(Rule::confirmed_by_probes_alone), "PC113");
  EXPECT_EQ(code_of(Rule::tier_of_one), "PC204");
  EXPECT_EQ(code_of(Rule::nobody_objects), "PC213");
  EXPECT_EQ(code_of(Rule::reminder_too_late), "PC217");
  EXPECT_EQ(code_of(Rule::no_copy_to_compare), "PC409");
  EXPECT_EQ(code_of(Rule::smaller_role_is_none), "PC410");
  EXPECT_EQ(code_of(Rule::service_asks_for_nobody), "PC706");
  EXPECT_EQ(code_of(Rule::no_trusted_copy), "PC605");
}

}  // namespace
}  // namespace postern::catalog
