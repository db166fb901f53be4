#include "probe/look_for_test.h"

namespace postern::probe {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string service = "https://idp.example.net/scim/v2";
const std::string search = service + "/Groups?filter=displayName%20eq%20%22break-glass%22";
const std::string empty_group = R"({"id":"g1","displayName":"break-glass","members":[]})";

std::string list_of(const std::string& groups, int total = 1) {
  return R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":)" +
         std::to_string(total) + R"(,"Resources":[)" + groups + "]}";
}

class ScimLook : public testing::Test {
 protected:
  void SetUp() override { world_.secrets["TOKEN"] = "the-token"; }
  Observation look(const std::string& group = "break-glass", const std::string& url = service) {
    return world_.look(catalog::ScimGroupProbe{.url = url, .group = group, .token = {.name = "TOKEN"}});
  }
  Observation look_at_answer(int status, const std::string& body) {
    World world;
    std::swap(world.secrets, world_.secrets);
    world.network.answer(search, status, body);
    const Observation seen = world.look(
        catalog::ScimGroupProbe{.url = service, .group = "break-glass", .token = {.name = "TOKEN"}});
    std::swap(world.secrets, world_.secrets);
    return seen;
  }
  World world_;
};

TEST_F(ScimLook, IsGoodWhileTheGroupIsEmpty) {
  world_.network.answer(search, 200, list_of(empty_group));
  const Observation seen = look();
  EXPECT_EQ(seen.sight, Sight::good) << seen.detail;
  EXPECT_THAT(warnings_of(seen), IsEmpty());
  EXPECT_EQ(world_.network.sent[0].headers.at("authorization"), "Bearer the-token");
  EXPECT_EQ(world_.network.sent[0].headers.at("accept"), "application/scim+json");
}

TEST_F(ScimLook, IsBadAndWarnsWhenSomebodyIsInIt) {
  const Observation seen = look_at_answer(
      200, list_of(R"({"id":"g1","displayName":"Break-Glass","members":[{"value":"u1"},{"value":"u2"}]})"));
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_EQ(seen.detail, "the group break-glass has 2 members, and should be empty");
  EXPECT_THAT(warnings_of(seen), ElementsAre(Warns(Kind::changed, "has 2 members")));
}

TEST_F(ScimLook, AsksTheGroupItselfWhereAListLeavesMembersOut) {
  world_.network.answer(search, 200, list_of(R"({"id":"g/1","displayName":"break-glass"})"));
  world_.network.answer(service + "/Groups/g%2F1", 200, R"({"id":"g/1","members":[{"value":"u1"}]})");
  world_.network.answer(service + "/Groups/g%2F1", 200, R"({"id":"g/1"})");
  EXPECT_THAT(look().detail, HasSubstr("has 1 member, "));
  EXPECT_EQ(look().sight, Sight::good) << "RFC 7643: what is empty may be left out";
}

TEST_F(ScimLook, CountsTheMembersOfEveryGroupOfThatName) {
  const std::string other = R"({"id":"g2","displayName":"break-glass","members":[{"value":"u1"}]})";
  EXPECT_EQ(look_at_answer(200, list_of(empty_group + "," + other, 2)).sight, Sight::bad);
}

TEST_F(ScimLook, IsBadWhenThereIsNoSuchGroup) {
  const Observation seen = look_at_answer(200, list_of("", 0));
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_THAT(seen.detail, HasSubstr("no group of the name break-glass"));
  EXPECT_THAT(warnings_of(seen), ElementsAre(Warns(Kind::deleted, "Deleted: ")));
}

TEST_F(ScimLook, IsNotFooledByAServerThatIgnoresTheFilter) {
  const std::string other = R"({"id":"g2","displayName":"everybody","members":[{"value":"u1"}]})";
  EXPECT_EQ(look_at_answer(200, list_of(other + "," + empty_group, 2)).sight, Sight::good);
  EXPECT_EQ(look_at_answer(200, list_of(other, 1)).sight, Sight::bad) << "there is no such group";
  EXPECT_EQ(look_at_answer(200, list_of(other, 500)).sight, Sight::blind) << "it may be on another page";
}

TEST_F(ScimLook, QuotesTheNameSoThatItCannotSearchForSomethingElse) {
  (void)look(R"(x" or displayName pr "\)");
  EXPECT_EQ(
      world_.network.urls()[0],
      service + "/Groups?filter=displayName%20eq%20%22x%5C%22%20or%20displayName%20pr%20%5C%22%5C%5C%22");
}

TEST_F(ScimLook, IsBlindWhenItMayNotOrCannotSee) {
  for (const int status : {401, 403, 404, 429, 500})
    EXPECT_EQ(look_at_answer(status, list_of("", 0)).sight, Sight::blind) << status;
  EXPECT_THAT(look_at_answer(401, "").detail, HasSubstr("refuses our token"));
  for (const char* body :
       {"", "<html>", "[]", "{}", R"({"totalResults":"1"})",
        R"({"totalResults":1,"Resources":[{"displayName":"break-glass"}]})",
        R"({"totalResults":1,"Resources":[{"displayName":"break-glass","members":"u1"}]})"})
    EXPECT_EQ(look_at_answer(200, body).sight, Sight::blind) << body;
  EXPECT_EQ(look().sight, Sight::blind) << "not reached";
}

TEST_F(ScimLook, SendsItsTokenNowhereInTheClear) {
  EXPECT_EQ(look("break-glass", "http://idp.example.net/scim/v2").sight, Sight::blind);
  EXPECT_THAT(world_.network.sent, IsEmpty());
  world_.secrets.clear();
  EXPECT_THAT(look().detail, HasSubstr("token is not to be had"));
  EXPECT_THAT(world_.network.sent, IsEmpty());
}

}  // namespace
}  // namespace postern::probe
