#include "catalog/lint.h"

#include <gmock/gmock.h>

#include <array>
#include <functional>

#include "catalog/lint_for_test.h"

namespace postern::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Lint, FindsNothingInASoundCatalogButThatItHasOneProcessOnly) {
  EXPECT_THAT(lint(sound_catalog()), ElementsAre(testing::Field(&Finding::rule, Rule::no_alternative)));
}

TEST(Lint, AnOwnersQuorumMustBeReachable) {
  EXPECT_THAT(found_after([](Catalog& c) { c.owners.quorum = 3; }),
              ElementsAre(error("owners.quorum", "A quorum of 3 cannot be met by 2 owners")));
  EXPECT_THAT(found_after([](Catalog& c) { c.owners.people = {person_id("dana"), person_id("dana")}; }),
              ElementsAre(error("owners.quorum", "by 1 owners")));
  EXPECT_THAT(found_after([](Catalog& c) { c.owners.quorum = 0; }),
              ElementsAre(error("owners.quorum", "A quorum of 0")));
}

TEST(Lint, SomebodyMustBeAbleToDeclareRequestAndApprove) {
  EXPECT_THAT(found_after([](Catalog& c) { idp_down(c).declared_by = {}; }),
              ElementsAre(error("failure_modes.idp-down.declared_by", "Nobody may declare")));
  EXPECT_THAT(found_after([](Catalog& c) { c.groups[group_id("admins")] = {}; }),
              ElementsAre(error("processes.operate.who_may_request", "Nobody may request")));
  EXPECT_THAT(found_after([](Catalog& c) { operate(c).tiers = {}; }),
              ElementsAre(error("processes.operate.approval", "there is no tier")));
}

TEST(Lint, ATierMustHaveThePeopleThatItNeeds) {
  EXPECT_THAT(
      found_after([](Catalog& c) { operate(c).tiers[0].count = 3; }),
      ElementsAre(error("processes.operate.approval.tiers[0]", "needs 3 people and its groups have 2")));
  EXPECT_THAT(found_after([](Catalog& c) { operate(c).tiers[0].count = 0; }),
              ElementsAre(error("processes.operate.approval.tiers[0]", "at least one approval")));
}

TEST(Lint, ATierMustBeEnoughForEveryRequesterWithoutThemselves) {
  EXPECT_THAT(
      found_after([](Catalog& c) { operate(c).tiers.push_back({.from = {group_id("admins")}, .count = 1}); }),
      IsEmpty());
  EXPECT_THAT(
      found_after([](Catalog& c) { operate(c).tiers.push_back({.from = {group_id("admins")}, .count = 2}); }),
      ElementsAre(error("processes.operate.approval.tiers[1]", "When aiko asks, 1 of the 2 people")));
  EXPECT_THAT(found_after([](Catalog& c) {
                c.groups[group_id("one")] = {person_id("aiko")};
                operate(c).tiers[0].from = {group_id("one")};
              }),
              ElementsAre(error("processes.operate.approval.tiers[0]", "When aiko asks, 0 of the 1 people"),
                          warning("processes.operate.approval", "Out of hours aiko alone")));
}

TEST(Lint, WarnsOfATierOfASinglePerson) {
  EXPECT_THAT(found_after([](Catalog& c) {
                c.groups[group_id("one")] = {person_id("dana")};
                operate(c).tiers.push_back({.from = {group_id("one")}});
              }),
              ElementsAre(warning("processes.operate.approval.tiers[1]", "hangs on dana alone")));
}

TEST(Lint, AConfirmationMustBePossible) {
  EXPECT_THAT(found_after([](Catalog& c) { idp_down(c).confirm = attested("identity", 3); }),
              ElementsAre(error("failure_modes.idp-down.confirm", "can never be confirmed")));
  EXPECT_THAT(found_after([](Catalog& c) {
                idp_down(c).confirm = any_of({attested("identity", 3), attested("identity", 2)});
              }),
              IsEmpty());
}

TEST(Lint, RequestersOfAnIamUserProcessNeedIamUsers) {
  const auto without = [](const std::vector<const char*>& people) {
    return found_after([&](Catalog& c) {
      for (const char* each : people) person_in(c, each).iam_user.reset();
    });
  };
  EXPECT_THAT(without({"aiko", "ben"}), ElementsAre(error("processes.operate.who_may_request",
                                                          "Nobody who may request this has an IAM user")));
  EXPECT_THAT(without({"ben"}),
              ElementsAre(warning("processes.operate.who_may_request", "would not get in: ben.")));
  EXPECT_THAT(found_after([](Catalog& c) {
                person_in(c, "aiko").iam_user.reset();
                person_in(c, "ben").iam_user.reset();
                operate(c).access.mechanism = Mechanism::standby_saml;
              }),
              IsEmpty());
}

TEST(Lint, AnIamUserIsNamedLikeThePersonAndLivesInTheEmergencyAccount) {
  EXPECT_THAT(found_after([](Catalog& c) { person_in(c, "aiko").iam_user->name = "a.tanaka"; }),
              ElementsAre(error("people.aiko.iam_user.name", "must be named \"aiko\" too")));
  EXPECT_THAT(
      found_after([](Catalog& c) {
        person_in(c, "aiko").iam_user->mfa_serial = "arn:aws:iam::200000000001:mfa/aiko";
      }),
      ElementsAre(error("people.aiko.iam_user.mfa_serial", "not in the emergency account 100000000009")));
}

TEST(Lint, AProcessMustCoverAnAccount) {
  EXPECT_THAT(found_after([](Catalog& c) { operate(c).access.target_tags = {"test"}; }),
              ElementsAre(error("processes.operate.access.targets", "covers no account"),
                          warning("accounts.200000000001", "No process reaches the account prod-web")));
}

TEST(Lint, AChainedSessionLastsOneHourAtMost) {
  for (const Mechanism each : {Mechanism::iam_user, Mechanism::standby_saml, Mechanism::idp_direct_saml})
    EXPECT_THAT(found_after([&](Catalog& c) {
                  operate(c).access.mechanism = each;
                  operate(c).access.needs = Needs{.dependency = "pager"};
                  operate(c).access.session_max = seconds(3601);
                }),
                ElementsAre(error("processes.operate.access.session_max",
                                  "AWS ends chained role sessions after one hour")));
  EXPECT_THAT(found_after([](Catalog& c) {
                operate(c).access.mechanism = Mechanism::root_vault;
                operate(c).access.session_max = seconds(7200);
              }),
              IsEmpty());
}

TEST(Lint, ManagersMustNotGoRoundInACircle) {
  EXPECT_THAT(found_after([](Catalog& c) {
                person_in(c, "aiko").manager = person_id("ben");
                person_in(c, "ben").manager = person_id("chie");
                person_in(c, "chie").manager = person_id("ben");
              }),
              ElementsAre(error("people.ben.manager", "go round in a circle"),
                          error("people.chie.manager", "go round")))
      << "aiko is under the circle, not in it";
  EXPECT_THAT(found_after([](Catalog& c) { person_in(c, "dana").manager = person_id("dana"); }),
              ElementsAre(error("people.dana.manager", "circle")));
  EXPECT_THAT(found_after([](Catalog& c) {
                for (const char* each : {"aiko", "ben", "chie"})
                  person_in(c, each).manager = person_id("dana");
              }),
              IsEmpty());
}

TEST(Lint, NobodyIsTheirOwnDeputy) {
  EXPECT_THAT(found_after([](Catalog& c) { person_in(c, "aiko").deputy = person_id("aiko"); }),
              ElementsAre(error("people.aiko.deputy", "own deputy")));
}

TEST(Lint, AKeyIsNeededToSign) {
  EXPECT_THAT(found_after([](Catalog& c) { person_in(c, "dana").ssh_keys = {}; }),
              ElementsAre(warning("owners", "1 of the owners have a key, and 2 must sign"),
                          warning("owners.people", "Owner dana has no key"),
                          warning("people.dana", "dana has no key")));
}

TEST(Lint, ThereMustBeARegionAndAMode) {
  EXPECT_THAT(found_after([](Catalog& c) { c.organization.sts_regions = {}; }),
              ElementsAre(error("organization.sts_regions", "No STS Region")));
  EXPECT_THAT(found_after([](Catalog& c) { c.modes.clear(); }),
              ElementsAre(error("failure_modes", "No failure mode"),
                          warning("processes.operate", "No failure mode leads to operate")));
}

TEST(Lint, FindsEveryNameThatNothingDefines) {
  const auto first_of = [](const std::function<void(Catalog&)>& change) {
    const std::vector<std::string> found = found_after(change);
    return found.empty() ? "nothing" : found.front().substr(0, found.front().rfind('.'));
  };
  const PersonId gina = person_id("gina");
  EXPECT_EQ(first_of([&](Catalog& c) { c.owners.people.push_back(gina); }),
            "error owners.people: There is no person \"gina\"");
  EXPECT_EQ(first_of([&](Catalog& c) { person_in(c, "aiko").manager = gina; }),
            "error people.aiko.manager: There is no person \"gina\"");
  EXPECT_EQ(first_of([&](Catalog& c) { person_in(c, "aiko").deputy = gina; }),
            "error people.aiko.deputy: There is no person \"gina\"");
  EXPECT_EQ(first_of([&](Catalog& c) { c.groups[group_id("leads")].push_back(gina); }),
            "error groups.leads: There is no person \"gina\"");
  EXPECT_EQ(first_of([](Catalog& c) { idp_down(c).confirm = any_of({down("x"), attested("identity", 1)}); }),
            "error failure_modes.idp-down.confirm: There is no probe \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { idp_down(c).confirm = any_of({down("idp"), attested("x", 1)}); }),
            "error failure_modes.idp-down.confirm: There is no group \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { idp_down(c).declared_by.push_back(group_id("x")); }),
            "error failure_modes.idp-down.declared_by: There is no group \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { idp_down(c).process = process_id("x"); }),
            "error failure_modes.idp-down.process: There is no process \"x\"");
  EXPECT_EQ(
      first_of([](Catalog& c) { c.probes.at(probe_id("idp")).check = ManualProbe{.by = group_id("x")}; }),
      "error probes.idp.manual.by: There is no group \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) {
              c.probes.at(probe_id("idp")).check =
                  CertificateProbe{.of = probe_id("x"), .trusted_copy = "idp.xml"};
            }),
            "error probes.idp.saml_certificate.of: There is no probe \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) {
              c.probes.at(probe_id("idp")).check = SamlLoginProbe{
                  .of = probe_id("x"), .url = "https://a", .username = "u", .password = {.name = "P"}};
            }),
            "error probes.idp.saml_login.of: There is no probe \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { operate(c).alternatives = {process_id("x")}; }),
            "error processes.operate.alternatives: There is no process \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { operate(c).assumptions = {{.text = "t", .probe = probe_id("x")}}; }),
            "error processes.operate.assumptions: There is no probe \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { operate(c).who_may_request.push_back(group_id("x")); }),
            "error processes.operate.who_may_request: There is no group \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { operate(c).tiers[0].from.push_back(group_id("x")); }),
            "error processes.operate.approval.tiers[0]: There is no group \"x\"");
  EXPECT_EQ(first_of([](Catalog& c) { operate(c).access.target_accounts = {account_id("300000000001")}; }),
            "error processes.operate.access.targets: There is no account \"300000000001\"");
}

TEST(Lint, ADependencyMayNotNeedItself) {
  const auto needing = [](const char* name) {
    return Dependency{.title = "", .needs = Needs{.dependency = name}};
  };
  EXPECT_THAT(found_after([&](Catalog& c) {
                c.dependencies["a"] = needing("b");
                c.dependencies["b"] = {.title = "", .needs = Needs{.at_least = 1, .of = {{"c"}, {"a"}}}};
                c.dependencies["c"] = {};
                c.dependencies["above"] = needing("a");
              }),
              ElementsAre(error("dependencies.a.needs", "needs itself"),
                          error("dependencies.b.needs", "needs itself")));
  EXPECT_THAT(found_after([&](Catalog& c) { c.dependencies["a"] = needing("a"); }),
              ElementsAre(error("dependencies.a.needs", "needs itself")));
}

TEST(Lint, WarnsWhenFewerPeopleThanMinPeopleCanGetBy) {
  EXPECT_THAT(found_after([](Catalog& c) { c.min_people = 3; }),
              ElementsAre(warning(
                  "min_people",
                  "Fewer than 3 people can attest, declare, request and approve together: aiko, emil")));
  EXPECT_THAT(found_after([](Catalog& c) { c.min_people = 0; }),
              ElementsAre(error("min_people", "at least 1")));
}

TEST(Lint, AnOverrideCountsAsAWayForFewPeople) {
  const auto with_co_signers = [](int count) {
    return found_after([&](Catalog& c) {
      operate(c).override_rule = Override{.by = {group_id("admins")}, .co_signers = count};
    });
  };
  EXPECT_THAT(with_co_signers(0),
              ElementsAre(warning("processes.operate.override", "takes 1 person, fewer than the 2")));
  EXPECT_THAT(with_co_signers(1), IsEmpty());
}

TEST(Lint, ADeputyCountsAsAnApproverAmongTheFewest) {
  // emil may attest, declare and approve; with aiko, who asks, that makes two. Only a deputy makes it one
  // less: chie attests, declares, and stands in for dana.
  const auto smallest = [](bool has_deputy) {
    return found_after([&](Catalog& c) {
      c.groups[group_id("leads")] = {person_id("dana")};
      c.groups[group_id("identity")] = {person_id("chie")};
      idp_down(c).declared_by = {group_id("identity")};
      c.min_people = 3;
      if (has_deputy) person_in(c, "dana").deputy = person_id("chie");
    });
  };
  const auto fewer = testing::HasSubstr("Fewer than 3 people can");
  EXPECT_THAT(smallest(false), testing::Not(testing::Contains(fewer)));
  EXPECT_THAT(smallest(true), testing::Contains(fewer));
}

TEST(Lint, OutOfHoursMoreThanOneMustBeAbleToApprove) {
  const auto with_tiers = [](std::vector<Tier> tiers) {
    return found_after([&](Catalog& c) {
      c.calendars["office"] = {};
      c.groups[group_id("one")] = {person_id("dana")};
      operate(c).tiers = std::move(tiers);
    });
  };
  const Tier by_day{.from = {group_id("leads")}, .calendar = "office"};
  EXPECT_THAT(with_tiers({by_day}), ElementsAre(error("processes.operate.approval", "Out of hours nobody")));
  EXPECT_THAT(with_tiers({by_day, {.from = {group_id("one")}}}),
              testing::Contains(warning("processes.operate.approval", "Out of hours dana alone")));
  EXPECT_THAT(with_tiers({by_day, {.from = {group_id("leads")}}}), IsEmpty());
}

TEST(Lint, FollowsTheSunThroughTheCalendars) {
  const auto with_shifts = [](int closes_first, int opens_second) {
    return found_after([&](Catalog& c) {
      const std::array<bool, 7> every_day = {true, true, true, true, true, true, true};
      c.calendars["tokyo"] = {.timezone = "Etc/UTC",
                              .weekdays = every_day,
                              .opens = std::chrono::hours(0),
                              .closes = std::chrono::hours(closes_first),
                              .offsets = {{}}};
      c.calendars["dublin"] = {.timezone = "Etc/UTC",
                               .weekdays = every_day,
                               .opens = std::chrono::hours(opens_second),
                               .closes = std::chrono::hours(24),
                               .offsets = {{}}};
      c.groups[group_id("others")] = {person_id("chie"), person_id("emil")};
      operate(c).tiers = {{.from = {group_id("leads")}, .calendar = "tokyo"},
                          {.from = {group_id("others")}, .calendar = "dublin"}};
    });
  };
  EXPECT_THAT(with_shifts(12, 12), IsEmpty());
  EXPECT_THAT(with_shifts(24, 12), IsEmpty());
  EXPECT_THAT(with_shifts(12, 13), ElementsAre(error("processes.operate.approval", "Out of hours nobody")));
}

TEST(Lint, AHolidayIsNoHoleInTheWeek) {
  EXPECT_THAT(found_after([&](Catalog& c) {
                c.calendars["always"] = {.timezone = "Etc/UTC",
                                         .weekdays = {true, true, true, true, true, true, true},
                                         .opens = std::chrono::hours(0),
                                         .closes = std::chrono::hours(24),
                                         .holidays = {"2026-01-12", "2026-07-13"},
                                         .offsets = {{}}};
                operate(c).tiers = {{.from = {group_id("leads")}, .calendar = "always"}};
              }),
              IsEmpty());
}

TEST(Lint, OfTwoAtNightOfWhomOneAsksTheOtherIsAlone) {
  EXPECT_THAT(found_after([](Catalog& c) { operate(c).tiers = {{.from = {group_id("admins")}}}; }),
              testing::Contains(warning("processes.operate.approval", "the other is alone")));
}

TEST(Lint, AnOverrideNeedsThePeopleThatItAsksFor) {
  EXPECT_THAT(found_after([](Catalog& c) {
                operate(c).when_nobody_answers = WhenNobodyAnswers::override;
                operate(c).override_rule = Override{.by = {group_id("admins")}, .co_signers = 2};
              }),
              ElementsAre(warning("processes.operate.override", "nobody may do that")));
}

TEST(Lint, AProcessIsNoAlternativeToItself) {
  Catalog c = sound_catalog();
  operate(c).alternatives = {process_id("operate")};
  EXPECT_THAT(lint(c), testing::Contains(testing::Field(&Finding::rule, Rule::no_alternative)));
}

TEST(Lint, WhatStandsOnWhatMustBeStated) {
  EXPECT_THAT(found_after([](Catalog& c) {
                c.channels["page"].needs = {};
                c.nodes = {"192.0.2.1:443"};
                c.playbook_store = {.title = "safe"};
              }),
              ElementsAre(warning("channels.page", "states no needs"), warning("postern", "states no needs"),
                          warning("playbook_store", "states no needs")));
}

TEST(Lint, SomeTierNeedsPeopleWithKeys) {
  EXPECT_THAT(found_after([](Catalog& c) {
                person_in(c, "dana").ssh_keys = {};
                person_in(c, "emil").ssh_keys = {};
              }),
              testing::Contains(warning("processes.operate.approval", "enough people with a key")));
}

TEST(Lint, SilenceMayLeadToAnOverrideOnlyWhereSomebodyMay) {
  const auto when_silent = [](std::vector<GroupId> by) {
    return found_after([&](Catalog& c) {
      operate(c).when_nobody_answers = WhenNobodyAnswers::override;
      operate(c).override_rule = Override{.by = std::move(by), .co_signers = 1};
    });
  };
  EXPECT_THAT(when_silent({}), ElementsAre(warning("processes.operate.override", "nobody may do that")));
  EXPECT_THAT(when_silent({group_id("admins")}), IsEmpty());
}

TEST(Lint, SomebodyWhomAnOverrideSkipsMustBeAbleToObject) {
  const auto overridden_by = [](std::vector<GroupId> groups) {
    return found_after(
        [&](Catalog& c) { operate(c).override_rule = Override{.by = std::move(groups), .co_signers = 1}; });
  };
  EXPECT_THAT(overridden_by({group_id("admins")}), IsEmpty());
  EXPECT_THAT(overridden_by({group_id("leads")}), IsEmpty()) << "chie attests, and may not override";
  EXPECT_THAT(overridden_by({group_id("leads"), group_id("identity")}),
              ElementsAre(warning("processes.operate.override", "In idp-down, everybody whom an override")));
}

TEST(Lint, TheTiersMustBeDoneWithinTheObjective) {
  const auto waiting = [](seconds each) {
    return found_after([&](Catalog& c) {
      operate(c).tiers = {{.from = {group_id("leads")}, .within = each},
                          {.from = {group_id("leads")}, .within = each}};
    });
  };
  EXPECT_THAT(waiting(seconds(450)), IsEmpty());
  EXPECT_THAT(waiting(seconds(451)), ElementsAre(warning("processes.operate.objectives", "902s")));
}

TEST(Lint, EmergencyAdministratorsHaveALimit) {
  EXPECT_THAT(found_after([](Catalog& c) { c.emergency_administrators_max = 2; }), IsEmpty());
  EXPECT_THAT(found_after([](Catalog& c) { c.emergency_administrators_max = 1; }),
              ElementsAre(warning("emergency_administrators_max", "2 people")));
}

TEST(Lint, AProcessSaysWhenItIsOverAndWhatItMustReach) {
  EXPECT_THAT(found_after([](Catalog& c) {
                operate(c).return_to_normal = {};
                operate(c).declared_to_access = {};
              }),
              ElementsAre(warning("processes.operate", "no objective"),
                          warning("processes.operate", "when things are normal again")));
}

TEST(Lint, TwoProcessesDoNotShareAnEmergencyRole) {
  EXPECT_THAT(found_after([](Catalog& c) {
                Process twin = operate(c);
                twin.id = process_id("twin");
                c.processes.emplace(twin.id, twin);
                operate(c).alternatives = {twin.id};
              }),
              testing::Contains(warning("processes.twin.access.emergency_role", "operate and twin share")));
}

TEST(Lint, ADetectedGateNeedsAnAlarmOfAwsItself) {
  EXPECT_THAT(found_after([](Catalog& c) { c.organization.direct_alert = ""; }),
              ElementsAre(warning("processes.operate.access", "only detected")));
  EXPECT_THAT(found_after([](Catalog& c) {
                c.organization.direct_alert = "";
                operate(c).access.mechanism = Mechanism::standby_saml;
              }),
              IsEmpty());
}

TEST(Lint, NothingMayStandOnWhatTheModeTakesAway) {
  const Needs idp{.dependency = "idp"};
  EXPECT_THAT(found_after([&](Catalog& c) { operate(c).access.needs = idp; }),
              ElementsAre(error("processes.operate.access", "stands on what that takes away")));
  EXPECT_THAT(found_after([&](Catalog& c) { c.playbook_store = {.title = "wiki", .needs = idp}; }),
              ElementsAre(warning("playbook_store", "cannot be read")));
  EXPECT_THAT(found_after([&](Catalog& c) { c.postern_needs = idp; }),
              ElementsAre(warning("postern", "Postern itself does not work")));
  EXPECT_THAT(found_after([&](Catalog& c) { c.channels["page"].needs = idp; }),
              ElementsAre(warning("channels.page", "the channel page does not work"),
                          warning("processes.operate.approval.tiers[0]", "0 of the 1 people")));
}

TEST(Lint, WhatIsDoneByHandDoesNotNeedPostern) {
  EXPECT_THAT(found_after([&](Catalog& c) {
                c.postern_needs = Needs{.dependency = "idp"};
                operate(c).by_hand = true;
              }),
              IsEmpty());
}

TEST(Lint, AnotherChannelKeepsTheApproversWithinReach) {
  EXPECT_THAT(found_after([&](Catalog& c) {
                c.channels["mail"] = {.provider = {.kind = "smtp"}, .needs = Needs{.dependency = "idp"}};
              }),
              ElementsAre(warning("channels.mail", "does not work")));
}

TEST(Lint, EverybodyIsReachedBySomeChannel) {
  EXPECT_THAT(found_after([&](Catalog& c) { c.channels = {{"sms", {.provider = {.kind = "sms"}}}}; }),
              testing::Contains(warning("people.aiko", "No channel reaches aiko")));
  EXPECT_THAT(found_after([&](Catalog& c) { c.channels = {}; }),
              ElementsAre(warning("channels", "No channel is defined")));
}

TEST(Lint, DrillsGrowOld) {
  const auto old_on = [](const char* day, std::optional<seconds> every, std::optional<Instant> last) {
    Catalog c = sound_catalog();
    operate(c).drill_every = every;
    operate(c).last_drill = last;
    std::vector<Rule> out;
    for (const Finding& each : grown_old(c, parse_rfc3339(day).value())) out.push_back(each.rule);
    return out;
  };
  const Instant last = parse_rfc3339("2026-09-01T00:00:00Z").value();
  const seconds every = std::chrono::days(90);
  EXPECT_THAT(old_on("2026-11-30T00:00:00Z", every, last), IsEmpty());
  EXPECT_THAT(old_on("2026-12-01T00:00:00Z", every, last), ElementsAre(Rule::stale_drill));
  EXPECT_THAT(old_on("2026-12-01T00:00:00Z", every, {}), ElementsAre(Rule::never_drilled));
  EXPECT_THAT(old_on("2026-12-01T00:00:00Z", {}, last), ElementsAre(Rule::no_drill_planned));
}

}  // namespace
}  // namespace postern::catalog
