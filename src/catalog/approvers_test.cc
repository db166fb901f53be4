#include "catalog/approvers.h"

#include <gmock/gmock.h>

#include "catalog/catalog_for_test.h"

namespace postern::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const PersonId aiko = person_id("aiko");
const PersonId ben = person_id("ben");
const PersonId chie = person_id("chie");
const PersonId dana = person_id("dana");
const PersonId emil = person_id("emil");

/// aiko's manager is ben, his is chie, hers is dana.
Catalog with_managers() {
  Catalog out = sound_catalog();
  person_in(out, "aiko").manager = ben;
  person_in(out, "ben").manager = chie;
  person_in(out, "chie").manager = dana;
  return out;
}

TEST(Approvers, ManagersAreTheNearestFirst) {
  const Catalog catalog = with_managers();
  EXPECT_THAT(managers_of(catalog, aiko, 0), IsEmpty());
  EXPECT_THAT(managers_of(catalog, aiko, 2), ElementsAre(ben, chie));
  EXPECT_THAT(managers_of(catalog, aiko, 10), ElementsAre(ben, chie, dana));
  EXPECT_THAT(managers_of(catalog, dana, 10), IsEmpty());
}

TEST(Approvers, AChainOfManagersThatComesBackEndsThere) {
  Catalog catalog = with_managers();
  person_in(catalog, "chie").manager = aiko;
  EXPECT_THAT(managers_of(catalog, aiko, 10), ElementsAre(ben, chie)) << "nobody is their own manager";
  person_in(catalog, "chie").manager = ben;
  EXPECT_THAT(managers_of(catalog, aiko, 10), ElementsAre(ben, chie));
  person_in(catalog, "dana").manager = dana;
  EXPECT_THAT(managers_of(catalog, dana, 10), IsEmpty());
}

TEST(Approvers, AManagerWhoIsNotInTheCatalogApprovesNothing) {
  Catalog catalog = with_managers();
  catalog.people.erase(chie);
  EXPECT_THAT(managers_of(catalog, aiko, 10), ElementsAre(ben));
}

TEST(Approvers, ACircleIsGroupsPeopleAndManagersEachOnceWithoutTheRequester) {
  const Catalog catalog = with_managers();
  EXPECT_THAT(people_of(catalog, Circle{.from = {group_id("leads")}, .people = {dana, chie}}, aiko),
              ElementsAre(chie, dana, emil));
  EXPECT_THAT(people_of(catalog, Circle{.people = {aiko, dana}, .managers = 1}, aiko),
              ElementsAre(ben, dana));
  EXPECT_THAT(people_of(catalog, Circle{.from = {group_id("leads")}}, dana), ElementsAre(emil));
  EXPECT_THAT(people_of(catalog, Circle{.from = {group_id("nobody")}, .people = {person_id("gina")}}, aiko),
              IsEmpty())
      << "only people of the catalog";
}

TEST(Approvers, ATierIsItsOwnCircleAndThoseBeside) {
  const Tier tier{.from = {group_id("leads")},
                  .count = 2,
                  .people = {chie},
                  .managers = 1,
                  .besides = {{.people = {ben}, .count = 3}}};
  const std::vector<Circle> circles = circles_of(tier);
  ASSERT_EQ(circles.size(), 2U);
  EXPECT_THAT(circles[0].from, ElementsAre(group_id("leads")));
  EXPECT_THAT(circles[0].people, ElementsAre(chie));
  EXPECT_EQ(circles[0].managers, 1);
  EXPECT_EQ(circles[0].count, 2);
  EXPECT_EQ(circles[1].count, 3);
  EXPECT_THAT(named_in(sound_catalog(), tier), ElementsAre(ben, chie, dana, emil));
}

TEST(Approvers, NobodyCountsInTwoCircles) {
  const std::vector<Circle> two_of_one(2, Circle{.count = 1});
  EXPECT_TRUE(can_be_met(two_of_one, {{dana}, {emil}}));
  EXPECT_FALSE(can_be_met(two_of_one, {{dana}, {dana}}));
  EXPECT_TRUE(can_be_met(two_of_one, {{dana, emil}, {dana}})) << "emil for the first, so that dana is free";
  EXPECT_FALSE(can_be_met(two_of_one, {{dana}, {}}));
  EXPECT_TRUE(can_be_met({}, {}));
}

TEST(Approvers, SeatsAreMovedAlongAChainWhereThatHelps) {
  const std::vector<Circle> circles = {{.count = 1}, {.count = 1}, {.count = 2}};
  EXPECT_TRUE(can_be_met(circles, {{aiko, ben}, {aiko, chie}, {aiko, dana}}));
  EXPECT_FALSE(can_be_met(circles, {{aiko, ben}, {aiko}, {aiko, dana}}));
  EXPECT_TRUE(can_be_met({{.count = 1}, {.count = 1}, {.count = 1}, {.count = 1}},
                         {{aiko, ben}, {aiko, chie}, {aiko, dana}, {aiko}}));
  EXPECT_FALSE(
      can_be_met({{.count = 1}, {.count = 1}, {.count = 1}}, {{aiko, ben}, {aiko, ben}, {aiko, ben}}));
}

/// Every way to choose is tried, for small cases: the matching must say the same.
bool can_be_met_by_trying(std::vector<int> seats, const std::vector<std::set<PersonId>>& eligible,
                          const std::vector<PersonId>& people, std::size_t next) {
  if (std::all_of(seats.begin(), seats.end(), [](int left) { return left == 0; })) return true;
  if (next == people.size()) return false;
  for (std::size_t i = 0; i < seats.size(); ++i) {
    if (seats[i] == 0 || !eligible[i].contains(people[next])) continue;
    --seats[i];
    if (can_be_met_by_trying(seats, eligible, people, next + 1)) return true;
    ++seats[i];
  }
  return can_be_met_by_trying(seats, eligible, people, next + 1);
}

TEST(Approvers, MatchesWhatTryingEveryWayFinds) {
  const std::vector<PersonId> people = {aiko, ben, chie, dana, emil};
  const std::vector<std::vector<int>> counts = {{1, 1}, {2, 1}, {2, 2}, {1, 1, 1}, {2, 1, 1}, {1, 2, 2}};
  unsigned state = 20261126;
  int met = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::vector<int>& count = counts[static_cast<std::size_t>(round) % counts.size()];
    std::vector<Circle> circles;
    std::vector<std::set<PersonId>> eligible;
    for (const int each : count) {
      circles.push_back({.count = each});
      std::set<PersonId>& of = eligible.emplace_back();
      for (const PersonId& person : people) {
        state = state * 1664525U + 1013904223U;
        if (state >> 31U != 0) of.insert(person);
      }
    }
    const bool expected = can_be_met_by_trying(count, eligible, people, 0);
    ASSERT_EQ(can_be_met(circles, eligible), expected) << "round " << round;
    met += expected ? 1 : 0;
  }
  EXPECT_GT(met, 100);
  EXPECT_LT(met, 1900);
}

}  // namespace
}  // namespace postern::catalog
