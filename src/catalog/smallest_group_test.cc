#include "catalog/smallest_group.h"

#include <gmock/gmock.h>

#include "catalog/catalog_for_test.h"

namespace postern::catalog {
namespace {

/// The smallest number of people that suffice, found by asking for each.
int smallest(const Catalog& catalog) {
  for (int size = 1; size < 20; ++size)
    if (group_below(catalog, size + 1).found) return size;
  return 0;
}

TEST(SmallestGroup, CountsAPersonOnceForAllThatTheyMayDo) {
  EXPECT_EQ(smallest(sound_catalog()), 2) << "emil attests, declares and approves; aiko asks";
}

TEST(SmallestGroup, NobodyApprovesTheirOwnRequest) {
  Catalog catalog = sound_catalog();
  catalog.groups[group_id("admins")] = {person_id("emil")};
  EXPECT_EQ(smallest(catalog), 2) << "emil may do all four, and somebody else must approve";
}

TEST(SmallestGroup, GrowsWithEveryCount) {
  Catalog catalog = sound_catalog();
  idp_down(catalog).confirm = attested("identity", 2);
  EXPECT_EQ(smallest(catalog), 3) << "chie and emil attest, aiko asks";
  operate(catalog).tiers[0].count = 2;
  EXPECT_EQ(smallest(catalog), 4) << "dana must approve as well";
}

TEST(SmallestGroup, NeedsSomebodyWhoMayDeclare) {
  Catalog catalog = sound_catalog();
  catalog.groups[group_id("executives")] = {person_id("fumi")};
  idp_down(catalog).declared_by = {group_id("executives")};
  EXPECT_EQ(smallest(catalog), 3) << "fumi declares, and does nothing else";
}

TEST(SmallestGroup, TakesTheWeakestWayIn) {
  Catalog catalog = sound_catalog();
  idp_down(catalog).confirm = any_of({attested("identity", 2), down("idp")});
  idp_down(catalog).declared_by = {group_id("admins")};
  operate(catalog).tiers = {{.from = {group_id("leads")}, .count = 2},
                            {.from = {group_id("admins")}, .count = 1}};
  EXPECT_EQ(smallest(catalog), 2) << "aiko and ben, when the probe is down, in the second tier";
}

TEST(SmallestGroup, CountsAlternativeProcesses) {
  Catalog catalog = sound_catalog();
  operate(catalog).tiers[0].count = 2;
  EXPECT_EQ(smallest(catalog), 3);
  Process easy = operate(catalog);
  easy.id = process_id("easy");
  easy.tiers[0].count = 1;
  catalog.processes.emplace(easy.id, easy);
  EXPECT_EQ(smallest(catalog), 3) << "not one for this mode";
  operate(catalog).alternatives = {easy.id};
  EXPECT_EQ(smallest(catalog), 2);
  EXPECT_EQ(group_below(catalog, 3).found->process, easy.id);
}

TEST(SmallestGroup, CountsPeopleWhomATierNames) {
  Catalog catalog = sound_catalog();
  operate(catalog).tiers = {{.people = {person_id("dana")}}};
  EXPECT_EQ(smallest(catalog), 3) << "emil attests and declares, aiko asks, dana approves";
  operate(catalog).tiers[0].people = {person_id("emil")};
  EXPECT_EQ(smallest(catalog), 2);
  operate(catalog).tiers[0].people = {person_id("dana")};
  person_in(catalog, "dana").deputy = person_id("emil");
  EXPECT_EQ(smallest(catalog), 2) << "emil stands in for dana";
}

TEST(SmallestGroup, EveryCircleOfATierTakesPeopleOfItsOwn) {
  Catalog catalog = sound_catalog();
  operate(catalog).tiers[0].besides = {{.people = {person_id("emil"), person_id("chie")}}};
  EXPECT_EQ(smallest(catalog), 3) << "emil counts once: dana or chie as well";
  operate(catalog).tiers[0].besides.push_back({.people = {person_id("ben")}});
  EXPECT_EQ(smallest(catalog), 4);
}

TEST(SmallestGroup, CountsTheRequestersOwnManagersOnly) {
  Catalog catalog = sound_catalog();
  operate(catalog).tiers = {{.managers = 1}};
  EXPECT_EQ(smallest(catalog), 0) << "nobody who asks has a manager";
  person_in(catalog, "aiko").manager = person_id("dana");
  EXPECT_EQ(smallest(catalog), 3) << "emil attests and declares, aiko asks, dana approves";
  person_in(catalog, "ben").manager = person_id("emil");
  EXPECT_EQ(smallest(catalog), 2) << "ben asks emil";
  EXPECT_THAT(group_below(catalog, 3).found->people,
              testing::UnorderedElementsAre(person_id("ben"), person_id("emil")));
  person_in(catalog, "ben").manager = person_id("dana");
  person_in(catalog, "dana").manager = person_id("emil");
  EXPECT_EQ(smallest(catalog), 3) << "one level up is dana";
  operate(catalog).tiers[0].managers = 2;
  EXPECT_EQ(smallest(catalog), 2) << "and emil stands above her";
  operate(catalog).tiers[0].managers = 1;
  person_in(catalog, "dana").deputy = person_id("emil");
  EXPECT_EQ(smallest(catalog), 2) << "and stands in for her";
}

TEST(SmallestGroup, SaysWhenTheCatalogIsTooLargeToTell) {
  Catalog catalog = sound_catalog();
  idp_down(catalog).confirm = attested("identity", 90);
  for (int i = 0; i < 200; ++i) {
    const std::string name = "p" + std::to_string(i);
    catalog.groups[group_id(("g" + name).c_str())] = {person_id(name.c_str())};
    idp_down(catalog).declared_by.push_back(group_id(("g" + name).c_str()));
  }
  const SmallGroupSearch search = group_below(catalog, 50);
  EXPECT_FALSE(search.complete);
  EXPECT_FALSE(search.found);
}

TEST(SmallestGroup, CanBeConfirmedAsksForMembersNotForMentions) {
  Catalog catalog = sound_catalog();
  EXPECT_TRUE(can_be_confirmed(catalog, attested("identity", 2)));
  EXPECT_FALSE(can_be_confirmed(catalog, attested("identity", 3)));
  EXPECT_FALSE(can_be_confirmed(catalog, attested("nobody", 1)));
  catalog.groups[group_id("identity")] = {person_id("chie"), person_id("chie")};
  EXPECT_FALSE(can_be_confirmed(catalog, attested("identity", 2)));
}

}  // namespace
}  // namespace postern::catalog
