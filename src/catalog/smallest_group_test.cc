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
