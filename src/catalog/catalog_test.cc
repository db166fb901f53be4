#include "catalog/catalog.h"

#include <gmock/gmock.h>

#include "catalog/catalog_for_test.h"

namespace postern::catalog {
namespace {

TEST(Catalog, FindsThingsByTheirNames) {
  const Catalog catalog = sound_catalog();
  EXPECT_EQ(catalog.person(person_id("aiko"))->email, "aiko@example.net");
  EXPECT_EQ(catalog.person(person_id("gina")), nullptr);
  EXPECT_EQ(catalog.account(account_id("200000000001"))->name, "prod-web");
  EXPECT_EQ(catalog.account(account_id("200000000002")), nullptr);
  EXPECT_NE(catalog.mode(mode_id("idp-down")), nullptr);
  EXPECT_NE(catalog.process(process_id("operate")), nullptr);
}

TEST(Catalog, KnowsWhoIsAMember) {
  const Catalog catalog = sound_catalog();
  EXPECT_TRUE(catalog.is_member(group_id("leads"), person_id("emil")));
  EXPECT_FALSE(catalog.is_member(group_id("leads"), person_id("aiko")));
  EXPECT_FALSE(catalog.is_member(group_id("nobody"), person_id("aiko")));
  EXPECT_TRUE(catalog.is_member_of_any({group_id("admins"), group_id("leads")}, person_id("emil")));
  EXPECT_FALSE(catalog.is_member_of_any({}, person_id("emil")));
}

TEST(Catalog, AProcessCoversAnAccountByTagOrByName) {
  Catalog catalog = sound_catalog();
  Process& process = operate(catalog);
  EXPECT_TRUE(covers(process, catalog.accounts[0]));
  process.access.target_tags = {"test"};
  EXPECT_FALSE(covers(process, catalog.accounts[0]));
  process.access.target_accounts = {account_id("200000000001")};
  EXPECT_TRUE(covers(process, catalog.accounts[0]));
}

TEST(Catalog, AModeIsHandledByItsProcessOrAnAlternativeThatThisNames) {
  Catalog catalog = sound_catalog();
  EXPECT_TRUE(handles(catalog, idp_down(catalog), process_id("operate")));
  EXPECT_FALSE(handles(catalog, idp_down(catalog), process_id("other")));
  operate(catalog).alternatives = {process_id("other")};
  EXPECT_TRUE(handles(catalog, idp_down(catalog), process_id("other")));
}

TEST(Catalog, NamesTheProbesOfACondition) {
  const Condition tree =
      any_of({down("a"), all_of({Condition{ProbeUp{.probe = probe_id("b")}}, attested("identity", 1)})});
  EXPECT_THAT(probes_in(tree), testing::ElementsAre(probe_id("a"), probe_id("b")));
}

}  // namespace
}  // namespace postern::catalog
