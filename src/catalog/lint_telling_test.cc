#include <gmock/gmock.h>

#include "catalog/lint_for_test.h"

/// What lint says of who is told, of texts, and of company systems.
namespace postern::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// The sound catalog also has these.
void add_channels(Catalog& c) {
  const Needs pager{.dependency = "pager"};
  c.channels["mail"] = {.provider = {.kind = "smtp"}, .needs = pager};
  c.channels["hook"] = {
      .provider = {.kind = "webhook", .settings = {{"secret", SecretReference{.name = "S"}}}},
      .needs = pager};
  c.channels["open-hook"] = {.provider = {.kind = "webhook"}, .needs = pager};
}
std::vector<std::string> found_with(
    const Communication& plan, const std::function<void(Catalog&)>& change = [](Catalog&) {}) {
  return found_after([&](Catalog& c) {
    add_channels(c);
    operate(c).communication = plan;
    change(c);
  });
}

TEST(LintTelling, ATextForOthersMustBeThere) {
  EXPECT_THAT(found_with({.customer_template = "x"}),
              ElementsAre(warning("processes.operate.communication.customers", "There is no text \"x\"")));
  EXPECT_THAT(found_with({.partner_template = "x"}),
              ElementsAre(warning("processes.operate.communication.partners", "There is no text \"x\"")));
}

TEST(LintTelling, ATextMustBeThereInTheLanguagesInUse) {
  const auto in_english_only = [](const std::function<void(Catalog&)>& change) {
    return found_with({.customer_template = "x"}, [&](Catalog& c) {
      c.templates["x"] = {.english = Text{"Title", "Body"}};
      change(c);
    });
  };
  const auto missing =
      ElementsAre(warning("processes.operate.communication.customers", "x is not there in Japanese"));
  EXPECT_THAT(in_english_only([](Catalog&) {}), IsEmpty()) << "nobody here reads Japanese";
  EXPECT_THAT(in_english_only([](Catalog& c) { person_in(c, "aiko").language = Language::japanese; }),
              missing);
  EXPECT_THAT(in_english_only([](Catalog& c) {
                c.organization.language = Language::japanese;
                c.templates["x"].japanese = Text{"Title", "Body"};
              }),
              IsEmpty());
}

TEST(LintTelling, OtherSystemsListenToSignedWebhooks) {
  const std::string where = "processes.operate.communication.status_page";
  EXPECT_THAT(found_with({.status_page = "hook"}), IsEmpty());
  EXPECT_THAT(found_with({.status_page = "mail"}), ElementsAre(error(where, "mail is of the kind smtp")));
  EXPECT_THAT(found_with({.status_page = "open-hook"}),
              ElementsAre(warning(where, "open-hook has no secret")));
}

TEST(LintTelling, WhatReachesPeopleOneByOneNeedsPeople) {
  const std::string where = "processes.operate.communication.on_close";
  const auto telling = [](Telling on_close) {
    return found_with({.on = {{Moment::close, std::move(on_close)}}});
  };
  EXPECT_THAT(telling({.to = {group_id("leads")}, .channels = {"mail"}}), IsEmpty());
  EXPECT_THAT(telling({.to = {}, .channels = {"page"}}), IsEmpty()) << "a pager is a place";
  EXPECT_THAT(telling({.to = {}, .channels = {"page", "mail"}}),
              ElementsAre(warning(where, "The channel mail reaches people one by one")));
  EXPECT_THAT(found_with({.on = {{Moment::close, {.to = {group_id("none")}, .channels = {"mail"}}}}},
                         [](Catalog& c) { c.groups[group_id("none")] = {}; }),
              ElementsAre(warning(where, "reaches people one by one")));
}

TEST(LintTelling, ACompanySystemAsksForPeopleWhoMayAsk) {
  const auto asking_for = [](const char* group, const char* channel = "hook") {
    return found_after([&](Catalog& c) {
      add_channels(c);
      c.services["desk"] = {.token = {},
                            .processes = {process_id("operate")},
                            .may_ask_for = {group_id(group)},
                            .channel = channel};
    });
  };
  EXPECT_THAT(asking_for("admins"), IsEmpty());
  EXPECT_THAT(asking_for("admins", ""), IsEmpty()) << "it looks by itself";
  EXPECT_THAT(asking_for("leads"), ElementsAre(error("services.desk.may_ask_for",
                                                     "Nobody for whom desk may ask may request operate")));
  EXPECT_THAT(asking_for("admins", "page"),
              ElementsAre(error("services.desk.channel", "only a webhook serves")));
}

TEST(LintTelling, ASmallerRoleIsAnotherThanTheTargetAndNoWayIn) {
  const auto with_smaller = [](std::vector<std::string> roles) {
    return found_after([&](Catalog& c) {
      operate(c).access.target_role = "Operator";
      operate(c).access.smaller_roles = std::move(roles);
    });
  };
  const std::string where = "processes.operate.access.smaller_roles";
  EXPECT_THAT(with_smaller({"ReadOnly"}), IsEmpty());
  EXPECT_THAT(with_smaller({"ReadOnly", "Operator"}),
              ElementsAre(error(where, "Operator is the target role")));
  EXPECT_THAT(with_smaller({"Emergency"}), ElementsAre(error(where, "Emergency is an emergency role")));
}

TEST(LintTelling, FindsNamesThatNothingDefines) {
  EXPECT_THAT(found_with({.on = {{Moment::grant, {.to = {group_id("leads")}, .channels = {"x"}}}}}),
              ElementsAre(error("processes.operate.communication", "There is no channel \"x\"")));
  EXPECT_THAT(found_with({.status_page = "x"}),
              ElementsAre(error("processes.operate.communication.status_page", "There is no channel \"x\"")));
  EXPECT_THAT(found_after([](Catalog& c) { operate(c).tiers[0].people = {person_id("gina")}; }),
              testing::Contains(error("processes.operate.approval.tiers[0]", "There is no person \"gina\"")));
  EXPECT_THAT(found_after([](Catalog& c) { operate(c).tiers[0].besides = {{.from = {group_id("x")}}}; }),
              testing::Contains(error("processes.operate.approval.tiers[0]", "There is no group \"x\"")));
  EXPECT_THAT(
      found_after([](Catalog& c) {
        c.services["desk"] = {
            .token = {}, .processes = {process_id("x")}, .may_ask_for = {group_id("y")}, .channel = "z"};
      }),
      ElementsAre(error("services.desk.processes", "There is no process \"x\""),
                  error("services.desk.may_ask_for", "There is no group \"y\""),
                  error("services.desk.channel", "There is no channel \"z\"")));
}

}  // namespace
}  // namespace postern::catalog
