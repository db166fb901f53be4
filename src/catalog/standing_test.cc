#include "catalog/standing.h"

#include <gmock/gmock.h>

#include "catalog/catalog_for_test.h"

namespace postern::catalog {
namespace {

using testing::ElementsAre;

Needs all(std::vector<Needs> of) {
  const int size = static_cast<int>(of.size());
  return {.at_least = size, .of = std::move(of)};
}

TEST(Standing, WhatNeedsSomethingFallenFallsToo) {
  Catalog c = sound_catalog();
  c.dependencies = {{"dns", {}},
                    {"idp", {.needs = all({{"dns"}})}},
                    {"portal", {.needs = all({{"idp"}, {"region"}})}},
                    {"region", {}}};
  EXPECT_THAT(fallen(c, {"dns"}), ElementsAre("dns", "idp", "portal"));
  EXPECT_THAT(fallen(c, {"region"}), ElementsAre("portal", "region"));
}

TEST(Standing, OneOfSeveralIsEnoughWhereTheCatalogSaysSo) {
  Catalog c = sound_catalog();
  c.dependencies = {{"a", {}}, {"b", {}}, {"sts", {.needs = Needs{.at_least = 1, .of = {{"a"}, {"b"}}}}}};
  EXPECT_THAT(fallen(c, {"a"}), ElementsAre("a"));
  EXPECT_THAT(fallen(c, {"a", "b"}), ElementsAre("a", "b", "sts"));
}

TEST(Standing, ACircleStandsUntilSomethingTakesItAway) {
  Catalog c = sound_catalog();
  c.dependencies = {{"a", {.needs = all({{"b"}})}}, {"b", {.needs = all({{"a"}, {"c"}})}}, {"c", {}}};
  EXPECT_THAT(fallen(c, {}), ElementsAre());
  EXPECT_THAT(fallen(c, {"c"}), ElementsAre("a", "b", "c"));
}

TEST(Standing, PeopleAreToldByTheChannelsOfTheirChoice) {
  Catalog c = sound_catalog();
  c.channels = {{"mail", {.provider = {.kind = "smtp"}, .needs = Needs{.dependency = "idp"}}},
                {"sms", {.provider = {.kind = "sms"}}}};
  Person& dana = person_in(c, "dana");
  EXPECT_THAT(channels_of(c, dana), ElementsAre("mail"));  // no phone
  const Silence silent = silence(c, {"idp"});
  EXPECT_THAT(silent.channels, ElementsAre("mail"));
  EXPECT_TRUE(silent.of_all);
  EXPECT_FALSE(silent.of_text_messages);
  EXPECT_FALSE(is_reachable(c, dana, silent));
  dana.phone = "+81-3-0000-0001";
  EXPECT_THAT(channels_of(c, dana), ElementsAre("mail", "sms"));
  EXPECT_TRUE(is_reachable(c, dana, silent));
  dana.reached_by = {"mail"};
  EXPECT_THAT(channels_of(c, dana), ElementsAre("mail"));
  EXPECT_FALSE(is_reachable(c, dana, silent));
  dana.reached_by = {"sms"};
  EXPECT_TRUE(is_reachable(c, dana, silent));
  EXPECT_FALSE(is_reachable(c, person_in(c, "emil"), silent));
  EXPECT_TRUE(is_reachable(c, person_in(c, "emil"), silence(c, {})));
}

}  // namespace
}  // namespace postern::catalog
