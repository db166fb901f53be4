#include "catalog_file/suggest.h"

#include <gtest/gtest.h>

namespace postern::catalog_file {
namespace {

const std::vector<std::string_view> probes = {"internet", "keycloak", "okta", "portal"};

TEST(Suggest, NamesTheNearest) {
  EXPECT_EQ(nearest("otka", probes), "okta") << "two neighbours swapped are one edit";
  EXPECT_EQ(nearest("keyclock", probes), "keycloak");
  EXPECT_EQ(nearest("portals", probes), "portal");
}

TEST(Suggest, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest("certificate", probes), "");
  EXPECT_EQ(nearest("otaks", probes), "");
  EXPECT_EQ(nearest(std::string(100'000, 'a'), probes), "");
}

TEST(Suggest, ListsWhatIsKnownWhenNothingIsNear) {
  EXPECT_EQ(hint("otka", probes), " Did you mean \"okta\"?");
  EXPECT_EQ(hint("certificate", probes), " Known are: internet, keycloak, okta, portal.");
  EXPECT_EQ(hint("certificate", {}), "");
}

}  // namespace
}  // namespace postern::catalog_file
