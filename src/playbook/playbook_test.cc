#include "playbook/playbook.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace postern::playbook {
namespace {

TEST(Playbook, FillsInTheFactsOfThisEmergency) {
  EXPECT_EQ(fill("aws sts assume-role --role-arn arn:aws:iam::{{account.id}}:role/{{ target_role }}",
                 {{"account.id", "200000000001"}, {"target_role", "Ops"}})
                .value(),
            "aws sts assume-role --role-arn arn:aws:iam::200000000001:role/Ops");
}

TEST(Playbook, LeavesAPlaceToWriteOnPaper) {
  EXPECT_EQ(fill("Grant: {{grant.id}}", {}).value(), "Grant: ‹grant.id›");
}

TEST(Playbook, NamesTheLineOfAnUnknownPlaceholder) {
  EXPECT_EQ(fill("one\ntwo {{acount.id}}", {}).error().message,
            "Line 2: There is no placeholder {{acount.id}}.");
  EXPECT_EQ(fill("one\n\nthree {{account.id", {}).error().message,
            "Line 3: A placeholder is not closed with }}.");
}

TEST(Playbook, LetsNoValueBecomeMarkup) {
  EXPECT_EQ(fill("{{account.name}}", {{"account.name", "a`b<script>\x1b[31m\n# c"}})
                .value()
                .find_first_of("`<>[\x1b\n"),
            std::string::npos);
}

TEST(Playbook, RefusesMoreThanAPersonCouldRead) {
  EXPECT_FALSE(fill(std::string(markdown_bytes_max + 1, 'a'), {}));
}

TEST(Playbook, KnowsItsNamesInOrder) {
  EXPECT_TRUE(std::is_sorted(known_names().begin(), known_names().end()));
}

}  // namespace
}  // namespace postern::playbook
