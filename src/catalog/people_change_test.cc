#include "catalog/people_change.h"

#include <gmock/gmock.h>

#include "catalog/catalog_for_test.h"
#include "catalog/lint.h"

namespace postern::catalog {
namespace {

TEST(PeopleChange, WhoLeavesIsNamedNowhere) {
  Catalog before = sound_catalog();
  person_in(before, "aiko").manager = person_id("dana");
  person_in(before, "ben").deputy = person_id("dana");
  const Catalog after = without(before, person_id("dana"));
  EXPECT_EQ(after.person(person_id("dana")), nullptr);
  EXPECT_THAT(after.owners.people, testing::ElementsAre(person_id("emil")));
  EXPECT_FALSE(after.is_member(group_id("leads"), person_id("dana")));
  for (const Finding& each : lint(after)) EXPECT_NE(each.rule, Rule::unknown_name) << each.what;
}

TEST(PeopleChange, WhoJoinsIsAMemberOnce) {
  const Person gina = person("gina");
  const Catalog once = with(sound_catalog(), gina, {group_id("leads"), group_id("new")});
  const Catalog twice = with(once, gina, {group_id("leads")});
  EXPECT_TRUE(once.is_member(group_id("new"), gina.id));
  EXPECT_EQ(twice.groups.at(group_id("leads")), once.groups.at(group_id("leads")));
  EXPECT_EQ(once.people.size(), sound_catalog().people.size() + 1);
}

TEST(PeopleChange, WhoIsThereAlreadyIsReplaced) {
  Person dana = person("dana");
  dana.ssh_keys = {"another key"};
  EXPECT_EQ(with(sound_catalog(), dana, {}).person(dana.id)->ssh_keys.front(), "another key");
}

}  // namespace
}  // namespace postern::catalog
