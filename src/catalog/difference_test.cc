#include "catalog/difference.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "catalog/catalog_for_test.h"
#include "catalog/difference_parts.h"

namespace postern::catalog {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Edit = std::function<void(Catalog&)>;

// The public half of a key made for tests only (catalog_file/catalog_for_test.h); its fingerprint by
// ssh-keygen -lf.
constexpr const char* key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJkj8JAnUuQtb0/1U6kP65MnSzyqNYBKd9TUOQDYgsfy";
constexpr const char* fingerprint = "ssh-ed25519 SHA256:ohj60leGx6hABUb3qFL7hwDAHd6HSIbObnesK09iKCg";

Catalog edited(const Edit& edit) {
  Catalog out = sound_catalog();
  edit(out);
  return out;
}
/// What changes by `edit` in the sound catalog, to which `already` was done before.
std::vector<Change> changes_by(const Edit& edit, const Edit& already = [](Catalog&) {}) {
  const Catalog before = edited(already);
  Catalog after = before;
  edit(after);
  return difference(before, after);
}
std::vector<std::string> told_by(const Edit& edit, const Edit& already = [](Catalog&) {}) {
  std::vector<std::string> out;
  for (const Change& each : changes_by(edit, already)) out.push_back(each.what);
  return out;
}

TEST(Difference, ToldOfWhoJoinsIsWhatTheyMayNowDo) {
  const auto changes =
      changes_by([](Catalog& c) { c.groups[group_id("admins")].push_back(person_id("chie")); });
  EXPECT_THAT(changes, ElementsAre(Change{Weight::power, "groups.admins",
                                          "chie joins admins and may now request operate.", true}));
}

TEST(Difference, ToldOfWhoLeavesIsWhatTheyMayNoLongerDo) {
  EXPECT_THAT(told_by([](Catalog& c) { c.groups[group_id("leads")] = {person_id("emil")}; }),
              ElementsAre("dana leaves leads and may no longer declare idp-down, approve operate (tier 1)."));
  EXPECT_THAT(told_by([](Catalog& c) { c.groups[group_id("leads")] = {person_id("dana")}; }),
              ElementsAre("emil leaves leads and may no longer approve operate (tier 1)."))
      << "identity still lets emil declare";
}

TEST(Difference, TellsOncePersonByPersonWhoMoves) {
  EXPECT_THAT(
      changes_by([](Catalog& c) {
        c.groups[group_id("leads")] = {person_id("emil")};
        c.groups[group_id("admins")].push_back(person_id("dana"));
        c.owners.people = {person_id("emil")};
      }),
      ElementsAre(Change{Weight::power, "groups.leads, groups.admins, owners.people",
                         "dana leaves leads, joins admins, is no longer an owner and may now "
                         "request operate, but may no longer sign catalogs, declare idp-down, approve "
                         "operate (tier 1).",
                         true}));
}

TEST(Difference, SaysWhenAGroupGivesNoPower) {
  const Edit with_club = [](Catalog& c) { c.groups[group_id("club")] = {}; };
  EXPECT_THAT(told_by([](Catalog& c) { c.groups[group_id("club")] = {person_id("ben")}; }, with_club),
              ElementsAre("ben joins club, which changes nothing of what they may do."));
}

TEST(Difference, CountsWhatTheGroupMayDoInEachOfTheTwoCatalogs) {
  const auto told = told_by([](Catalog& c) {
    c.groups[group_id("admins")].push_back(person_id("chie"));
    operate(c).override_rule = Override{.by = {group_id("admins")}, .co_signers = 1};
  });
  EXPECT_THAT(told, Contains("chie joins admins and may now request operate, override operate."));
  EXPECT_THAT(told, Contains("Group admins may now override operate: aiko, ben, chie."));
}

TEST(Difference, TellsWhoComesAndGoes) {
  const Edit without_ben = [](Catalog& c) {
    c.people.erase(person_id("ben"));
    c.groups[group_id("admins")] = {person_id("aiko")};
  };
  EXPECT_THAT(
      told_by(without_ben),
      ElementsAre("ben leaves the catalog, leaves admins and may no longer log in and read, request operate.",
                  HasSubstr("ben loses a key"), HasSubstr("ben loses the IAM user ben")));
  EXPECT_THAT(told_by([](Catalog& c) { c = sound_catalog(); }, without_ben),
              ElementsAre("ben joins the catalog, joins admins and may now log in and read, request operate.",
                          HasSubstr("ben gains a key"), HasSubstr("ben gains the IAM user ben"),
                          "ben is now written to at ben@example.net.", "ben is now named \"ben\"."));
}

TEST(Difference, NamesAllPlacesWhereAMoveIsWritten) {
  EXPECT_THAT(changes_by([](Catalog& c) {
                c.people.erase(person_id("ben"));
                c.groups[group_id("admins")] = {person_id("aiko")};
              }),
              Contains(Field(&Change::where, "people.ben, groups.admins")));
}

TEST(Difference, CallsPeopleByNameAndId) {
  EXPECT_THAT(told_by([](Catalog& c) { person_in(c, "aiko").manager = person_id("dana"); },
                      [](Catalog& c) {
                        person_in(c, "aiko").name = "Aiko Tanaka";
                        person_in(c, "dana").name = "Dana Sato";
                      }),
              ElementsAre("Aiko Tanaka (aiko) now has as manager Dana Sato (dana)."));
}

TEST(Difference, TellsWhichKeysComeAndGo) {
  EXPECT_THAT(
      changes_by([](Catalog& c) { person_in(c, "dana").ssh_keys = {std::string(key) + " dana@laptop"}; }),
      ElementsAre(
          Change{Weight::power, "people.dana.keys",
                 "dana gains a key: " + std::string(fingerprint) + " \"dana@laptop\".", true},
          Change{Weight::power, "people.dana.keys", "dana loses a key: (not readable) \"a key\".", true}));
  EXPECT_THAT(told_by([](Catalog& c) { person_in(c, "dana").ssh_keys.clear(); }),
              ElementsAre(HasSubstr("None is left to log in or sign with.")));
}

TEST(Difference, AKeyWithAnotherCommentIsTheSameKey) {
  const Edit with_key = [](Catalog& c) { person_in(c, "dana").ssh_keys = {key}; };
  EXPECT_THAT(
      changes_by([](Catalog& c) { person_in(c, "dana").ssh_keys = {std::string(key) + " new"}; }, with_key),
      ElementsAre(
          testing::AllOf(Field(&Change::weight, Weight::detail), Field(&Change::tells_everybody, false))));
}

TEST(Difference, TellsOfAnotherMfaDeviceAndOfAnIamUserWithTheWaysThatItOpens) {
  EXPECT_THAT(
      changes_by([](Catalog& c) { person_in(c, "aiko").iam_user->mfa_serial = "arn:new"; }),
      ElementsAre(Change{Weight::power, "people.aiko.iam_user.mfa_serial",
                         "aiko loses the MFA device arn:aws:iam::100000000009:mfa/aiko of the IAM user; "
                         "it becomes arn:new.",
                         true}));
  EXPECT_THAT(
      told_by([](Catalog& c) { person_in(c, "aiko").iam_user.reset(); }),
      ElementsAre(HasSubstr("aiko loses the IAM user aiko with the MFA device "
                            "arn:aws:iam::100000000009:mfa/aiko, and can no longer get in by operate.")));
  EXPECT_THAT(told_by([](Catalog& c) { person_in(c, "chie").iam_user = IamUser{"chie", "arn:new"}; }),
              ElementsAre("chie gains the IAM user chie with the MFA device arn:new."));
}

TEST(Difference, TellsWhatADeputyMayDoInPlaceOfAnother) {
  const Edit deputy = [](Catalog& c) { person_in(c, "dana").deputy = person_id("ben"); };
  EXPECT_THAT(told_by(deputy), ElementsAre("ben may now approve operate (tier 1) in place of dana.",
                                           "dana now has as deputy ben."));
  EXPECT_THAT(told_by([](Catalog& c) { c.groups[group_id("leads")] = {person_id("emil")}; }, deputy),
              Contains("ben may no longer approve operate (tier 1) in place of dana."));
}

TEST(Difference, ADeputyWhoLeavesTheCatalogMayNothing) {
  EXPECT_THAT(told_by([](Catalog& c) { c.people.erase(person_id("ben")); },
                      [](Catalog& c) { person_in(c, "dana").deputy = person_id("ben"); }),
              Contains("ben leaves the catalog and may no longer log in and read, request operate, approve "
                       "operate (tier 1) in place of dana."));
}

TEST(Difference, ADeputyWhoMayThemselvesGainsNothing) {
  EXPECT_THAT(told_by([](Catalog& c) { person_in(c, "dana").deputy = person_id("emil"); }),
              ElementsAre("dana now has as deputy emil."));
}

TEST(Difference, TellsTheQuorumFirstAndEverybody) {
  const auto changes = changes_by([](Catalog& c) {
    operate(c).title = "x";
    operate(c).tiers[0].count = 2;
    c.owners.quorum = 1;
  });
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0],
            (Change{Weight::power, "owners.quorum", "The quorum of owners falls from 2 to 1.", true}));
  EXPECT_EQ(changes[1].what, "Tier 1 of operate now needs 2 approvals, was 1 approval.");
  EXPECT_EQ(changes[2].what, "Process operate is now titled \"x\", was \"Operate\".");
}

TEST(Difference, TellsWhichAccountsAreReached) {
  const Edit with_data = [](Catalog& c) {
    c.accounts.push_back({.id = account_id("200000000002"), .name = "prod-data"});
  };
  const auto told = [](const char* change) { return Contains(change); };
  EXPECT_THAT(told_by([](Catalog& c) { c.accounts[1].tags = {"production"}; }, with_data),
              ElementsAre("operate now reaches account prod-data (200000000002).",
                          "Account prod-data (200000000002) is now tagged \"production\"."));
  EXPECT_THAT(told_by([](Catalog& c) { operate(c).access.target_tags = {}; }),
              told("operate no longer reaches account prod-web (200000000001)."));
  EXPECT_THAT(told_by([](Catalog& c) { c.accounts.clear(); }),
              told("operate no longer reaches account prod-web (200000000001)."));
}

TEST(Difference, TellsTheLimitsOfAccess) {
  EXPECT_THAT(told_by([](Catalog& c) { operate(c).access.session_max = seconds(1800); }),
              ElementsAre("Sessions of operate may now last 30m, was 1h."));
  EXPECT_THAT(
      told_by([](Catalog& c) { operate(c).access.mechanism = Mechanism::standby_saml; }),
      ElementsAre("Access by operate now works by standby-saml (enforced), was iam-user (detected, not "
                  "enforced)."));
}

TEST(Difference, TellsTheConfirmationInWordsAndWhoMayAttest) {
  EXPECT_THAT(told_by([](Catalog& c) { idp_down(c).confirm = attested("leads", 2); }),
              ElementsAre("Group leads may now attest idp-down: dana, emil.",
                          "Group identity may no longer attest idp-down: chie, emil.",
                          "The confirmation of idp-down changes: all of (probe idp is down; 1 of identity "
                          "attest: \"It is down.\") → 2 of leads attest: \"It is down.\"."));
}

TEST(Difference, TellsOnceWhatAGroupMayDo) {
  EXPECT_THAT(
      told_by([](Catalog& c) { idp_down(c).confirm = any_of({attested("leads", 1), attested("leads", 2)}); },
              [](Catalog& c) { idp_down(c).confirm = down("idp"); }),
      ElementsAre("Group leads may now attest idp-down: dana, emil.", HasSubstr("The confirmation")));
  EXPECT_THAT(told_by([](Catalog& c) { operate(c).return_to_normal = {attested("leads", 1)}; }),
              Contains("Group leads may now attest the return to normal of operate: dana, emil."));
}

TEST(Difference, NoStatementCanPassForTheRestOfTheRule) {
  // Both would read alike if quotes in a statement were not marked.
  const Condition two = all_of({attested("identity", 1), attested("leads", 1)});
  Condition one = all_of({attested("identity", 1)});
  std::get<Attested>(std::get<AtLeast>(one.is).of[0].is).statement =
      "It is down.\"; 1 of leads attest: \"It is down.";
  EXPECT_NE(in_words(two), in_words(one));
}

TEST(Difference, PutsNeedsIntoWords) {
  EXPECT_EQ(in_words(Needs{.at_least = 2, .of = {{"dns"}, {.at_least = 1, .of = {{"a"}, {"b"}}}}}),
            "all of (dns; any of (a; b))");
  EXPECT_EQ(in_words(Needs{.at_least = 2, .of = {{"a"}, {"b"}, {"c"}}}), "2 of (a; b; c)");
}

TEST(Difference, TellsAllOfWhatIsNewAndThatWhatIsGoneIsGone) {
  const Edit second = [](Catalog& c) {
    Process process = operate(c);
    process.id = process_id("second");
    c.processes.emplace(process.id, process);
  };
  const auto told = told_by(second);
  for (const char* each :
       {"Process second is new.", "Group admins may now request second: aiko, ben.",
        "Group leads may now approve second (tier 1): dana, emil.",
        "second now reaches account prod-web (200000000001).", "Sessions of second may last 1h.",
        "Tier 1 of second is new.", "Tier 1 of second needs 1 approval."})
    EXPECT_THAT(told, Contains(each));
  EXPECT_THAT(
      told_by([](Catalog& c) { c.processes.erase(process_id("second")); }, second),
      ElementsAre("Group admins may no longer request second: aiko, ben.",
                  "Group leads may no longer approve second (tier 1): dana, emil.",
                  "second no longer reaches account prod-web (200000000001).", "Process second is removed."));
}

TEST(Difference, TellsOfListsWhatIsAddedAndWhatIsGone) {
  const Edit two = [](Catalog& c) { operate(c).access.target_policies = {"a", "b"}; };
  const auto policies = [&](std::vector<std::string> now) {
    return told_by([&](Catalog& c) { operate(c).access.target_policies = std::move(now); }, two);
  };
  EXPECT_THAT(policies({"a", "b", "c"}),
              ElementsAre("The target role of operate now also has the policies c."));
  EXPECT_THAT(policies({"b"}), ElementsAre("The target role of operate no longer has the policies a."));
  EXPECT_THAT(
      policies({"c", "b"}),
      ElementsAre("The target role of operate now has the policies c and no longer has the policies a."));
  EXPECT_THAT(policies({"b", "a"}),
              ElementsAre("The target role of operate has the policies b, a: only the order changes."));
}

TEST(Difference, CountsTheLinesOfPlaybooks) {
  const Edit playbook = [](Catalog& c) { c.playbooks["p.md"] = "one\ntwo\nthree\n"; };
  EXPECT_THAT(changes_by([](Catalog& c) { c.playbooks["p.md"] = "one\n2\nthree\nfour\n"; }, playbook),
              ElementsAre(Change{Weight::detail, "p.md",
                                 "Playbook p.md changes: 2 lines added, 1 line removed.", false}));
}

TEST(Difference, OnlyKeysUsersGroupsAndOwnersAreToldToEverybody) {
  EXPECT_THAT(changes_by([](Catalog& c) {
                idp_down(c).confirm = down("idp");
                operate(c).override_rule = Override{.by = {group_id("admins")}};
                person_in(c, "aiko").email = "x@example.net";
                c.organization.direct_alert.clear();
              }),
              testing::AllOf(Not(IsEmpty()), Each(Field(&Change::tells_everybody, false))));
  EXPECT_THAT(changes_by([](Catalog& c) {
                c.owners.people.push_back(person_id("aiko"));
                c.owners.quorum = 3;
                c.groups[group_id("club")] = {person_id("ben")};
                person_in(c, "chie").ssh_keys.push_back("another key");
                person_in(c, "ben").iam_user.reset();
              }),
              testing::AllOf(Not(IsEmpty()), Each(Field(&Change::tells_everybody, true))));
}

TEST(Difference, TheHeaviestComesFirst) {
  const auto changes = changes_by([](Catalog& c) {
    c.organization.name = "x";
    operate(c).access.session_max = seconds(1800);
    c.groups[group_id("admins")].push_back(person_id("chie"));
    operate(c).access.target_role = "Other";
    c.min_people = 1;
  });
  EXPECT_TRUE(std::is_sorted(changes.begin(), changes.end(),
                             [](const Change& a, const Change& b) { return a.weight < b.weight; }));
  EXPECT_EQ(changes.front().what, "chie joins admins and may now request operate.");
  EXPECT_EQ(changes.size(), 5U);
}

}  // namespace
}  // namespace postern::catalog
