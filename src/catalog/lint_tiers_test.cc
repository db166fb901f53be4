#include <gmock/gmock.h>

#include "catalog/lint_for_test.h"

/// What lint says of tiers that ask people by name, managers, and several circles at once.
namespace postern::catalog {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* tier = "processes.operate.approval.tiers[0]";

std::vector<std::string> found_with(
    std::vector<Tier> tiers, const std::function<void(Catalog&)>& change = [](Catalog&) {}) {
  return found_after([&](Catalog& c) {
    operate(c).tiers = std::move(tiers);
    change(c);
  });
}
void managed(Catalog& c) {
  person_in(c, "aiko").manager = person_id("dana");
  person_in(c, "ben").manager = person_id("emil");
}

TEST(LintTiers, CountPeopleWhoAreNamed) {
  const PersonId dana = person_id("dana");
  const PersonId chie = person_id("chie");
  EXPECT_THAT(found_with({{.count = 2, .people = {dana, chie}}}), IsEmpty());
  EXPECT_THAT(found_with({{.count = 3, .people = {dana, chie}}}),
              ElementsAre(error(tier, "needs 3 people and its groups have 2")));
  EXPECT_THAT(
      found_with({{.people = {dana}}}),
      ElementsAre(warning(tier, "hangs on dana alone"), warning("processes.operate.approval", "dana alone")));
  EXPECT_THAT(found_with({{.count = 2, .people = {dana, person_id("aiko")}}}),
              Contains(error(tier, "When aiko asks, 1 of the 2 people")));
  EXPECT_THAT(found_with({{.from = {group_id("leads")}, .count = 3, .people = {chie, dana}}}), IsEmpty())
      << "dana counts once: three people";
  EXPECT_THAT(found_with({{.from = {group_id("leads")}, .count = 4, .people = {chie, dana}}}),
              ElementsAre(error(tier, "needs 4 people and its groups have 3")));
}

TEST(LintTiers, JudgeThoseWhoAreAskedWithTheOthers) {
  const std::string beside = std::string(tier) + ".and[0]";
  const GroupId leads = group_id("leads");
  EXPECT_THAT(found_with({{.from = {leads}, .besides = {{.from = {group_id("identity")}, .count = 3}}}}),
              ElementsAre(error(beside, "needs 3 people and its groups have 2")));
  EXPECT_THAT(found_with({{.from = {leads}, .besides = {{.from = {group_id("admins")}, .count = 2}}}}),
              ElementsAre(error(beside, "When aiko asks, 1 of the 2 people")));
  EXPECT_THAT(found_with({{.from = {leads}, .besides = {{.people = {person_id("chie")}}}}}),
              ElementsAre(warning(beside, "hangs on chie alone")));
}

TEST(LintTiers, EachPartNeedsPeopleOfItsOwn) {
  const Circle leads{.from = {group_id("leads")}};
  const Circle one_of_leads{.people = {person_id("dana"), person_id("emil")}};
  EXPECT_THAT(found_with({{.from = {group_id("leads")}, .besides = {one_of_leads}}}), IsEmpty());
  EXPECT_THAT(found_with({{.from = {group_id("leads")}, .besides = {one_of_leads, leads}}}),
              ElementsAre(error(tier, "needs 3 different people altogether")));
  EXPECT_THAT(found_with({{.people = {person_id("dana"), person_id("aiko")}, .besides = {leads}}}),
              Not(Contains(HasSubstr("different people"))))
      << "when aiko asks, dana and emil are enough";
  EXPECT_THAT(
      found_with({{.people = {person_id("aiko"), person_id("dana")},
                   .besides = {{.people = {person_id("dana"), person_id("ben")}},
                               {.people = {person_id("ben"), person_id("aiko"), person_id("dana")}}}}}),
      Contains(error(tier, "When aiko asks, this tier needs 3 different people")))
      << "only dana and ben are left for three parts";
}

TEST(LintTiers, RequestersNeedTheManagersWhoAreAsked) {
  const Tier last{.from = {group_id("leads")}};
  EXPECT_THAT(found_with({{.managers = 1}, last}, managed), IsEmpty());
  EXPECT_THAT(found_with({{.managers = 1}, last},
                         [](Catalog& c) { person_in(c, "aiko").manager = person_id("dana"); }),
              ElementsAre(warning(tier, "When ben asks, there are 0 of the 1 people")));
  EXPECT_THAT(found_with({{.count = 2, .managers = 2}, last}, managed),
              ElementsAre(warning(tier, "When aiko asks, there are 1 of the 2 people")));
  EXPECT_THAT(found_with({{.count = 2, .managers = 1}, last}, managed),
              ElementsAre(error(tier, "needs 2 people, and asks 0 and 1 levels of managers")));
}

TEST(LintTiers, SomeTierMustServeEveryRequester) {
  EXPECT_THAT(
      found_with({{.managers = 1}},
                 [](Catalog& c) {
                   managed(c);
                   person_in(c, "ben").manager.reset();
                 }),
      Contains(error("processes.operate.approval", "Nobody can approve what ben asks for by operate")));
  EXPECT_THAT(found_with({{.managers = 1}}, managed), Not(Contains(HasSubstr("Nobody can approve what"))));
}

TEST(LintTiers, AtNightTheManagersOfWhoeverAsksAreCounted) {
  EXPECT_THAT(found_with({{.managers = 1}}, managed),
              Contains(warning("processes.operate.approval", "Out of hours dana alone")));
  EXPECT_THAT(found_with({{.people = {person_id("chie"), person_id("emil")}, .managers = 1}}, managed),
              IsEmpty());
}

TEST(LintTiers, ManagersMustBeWithinReachAsOthersAre) {
  const auto page_needs_the_idp = [](Catalog& c) {
    managed(c);
    c.channels["page"].needs = Needs{.dependency = "idp"};
  };
  EXPECT_THAT(
      found_with({{.managers = 1}, {.people = {person_id("chie"), person_id("emil")}}}, page_needs_the_idp),
      ElementsAre(warning("channels.page", "does not work"), warning(tier, "0 of the 1 people"),
                  warning("processes.operate.approval.tiers[1]", "0 of the 1 people")));
}

TEST(LintTiers, AReminderComesBeforeTheEnd) {
  const auto reminded_after = [](int after) {
    return found_with(
        {{.from = {group_id("leads")}, .within = seconds(300), .remind_after = seconds(after)}});
  };
  EXPECT_THAT(reminded_after(299), IsEmpty());
  EXPECT_THAT(reminded_after(300), ElementsAre(warning(tier, "is reminded after 5m")));
}

TEST(LintTiers, ManyTightPartsAreGivenUpWithAWord) {
  const std::vector<std::string> found = found_after([](Catalog& c) {
    c.groups[group_id("crowd")] = {};
    for (int i = 0; i < 3000; ++i) {
      const std::string id = "p" + std::to_string(i);
      c.people.emplace(person_id(id.c_str()), administrator(id.c_str()));
      c.groups[group_id("admins")].push_back(person_id(id.c_str()));
    }
    // Enough altogether, and not so many that it can be told at a glance.
    const Circle pair{.people = {person_id("chie"), person_id("dana")}};
    const Circle other{.people = {person_id("chie"), person_id("emil")}};
    operate(c).tiers.assign(4, {.people = {person_id("dana"), person_id("emil")}, .besides = {pair, other}});
  });
  EXPECT_THAT(found, Contains(warning("processes", "too large to tell")));
}

}  // namespace
}  // namespace postern::catalog
