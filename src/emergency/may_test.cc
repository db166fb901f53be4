#include "emergency/may.h"

#include <gmock/gmock.h>

#include <set>

#include "emergency/table_for_test.h"
#include "emergency/testing.h"

// docs/roles.md, held cell by cell against may().
namespace postern::emergency {
namespace {

using namespace test_world;
using testing::HasSubstr;
using testing::UnorderedElementsAreArray;

std::vector<Action> all_actions() {
  std::vector<Action> actions;
  for (int i = 0; i <= static_cast<int>(Action::operate); ++i) actions.push_back(static_cast<Action>(i));
  return actions;
}

/// A catalog in which nobody has more than one standing: E-1 is open, R-2 awaits an answer, and S-1 belongs
/// to G-1.
class RoleTable : public testing::Test {
 protected:
  RoleTable() {
    catalog::Catalog catalog = example_catalog();
    catalog.groups.clear();
    for (const char* name : {"reader", "attester", "declarer", "requester", "approver", "own-requester",
                             "holder", "overrider", "owner", "deputy"}) {
      const PersonId person = id<PersonId>(name);
      catalog.people.emplace(person, example_person(person, true));
      catalog.groups[group(name)] = {person};
    }
    catalog.people.at(id<PersonId>("approver")).deputy = id<PersonId>("deputy");
    catalog.people.at(id<PersonId>("reader")).manager = id<PersonId>("declarer");
    catalog.services.emplace(
        "service",
        catalog::Service{.token = {}, .processes = {operate_workload}, .may_ask_for = {group("requester")}});
    catalog.owners = {.people = {id<PersonId>("owner")}, .quorum = 1};
    const std::vector<GroupId> requesters = {group("requester"), group("own-requester"), group("holder")};
    for (auto& [name, process] : catalog.processes) {
      process.who_may_request = requesters;
      process.tiers = {{.from = {group("approver")}, .count = 1, .within = std::chrono::hours(1)}};
      process.override_rule =
          catalog::Override{.by = {group("overrider"), group("own-requester")}, .co_signers = 1};
    }
    catalog::FailureMode& mode = catalog.modes.at(idp_unavailable);
    mode.declared_by = {group("declarer")};
    mode.confirm = {catalog::Attested{group("attester"), 1, std::string(sign_in_failed)}};

    catalog.upkeep.emplace("root-mailbox",
                           catalog::Upkeep{.statement = "It is answered.", .by = group("attester")});
    catalog.probes.emplace(
        phone_, catalog::Probe{.id = phone_,
                               .dependency = "corporate-idp",
                               .check = catalog::ManualProbe{group("attester"), std::chrono::hours(1)}});
    world_ = after(World{}, by_postern(adoption(World{}, catalog, {id<PersonId>("owner")})));
    // O-1 waits for a co-signer.
    world_ = after(world_, override_confirmation(id<PersonId>("overrider")));
    world_ = after(world_, by(id<PersonId>("attester"), attest()));
    world_ = after(world_, by(id<PersonId>("declarer"), declare()));
    world_ = after(world_, by(id<PersonId>("holder"), ask_for_prod_web()));
    world_ = after(world_, approve(world_, id<PersonId>("approver")));
    world_ = after(world_, by(id<PersonId>("holder"), OpenSession{g1}));
    world_ = after(world_, by(id<PersonId>("own-requester"), ask_for_prod_web()));
  }

  [[nodiscard]] static GroupId group(const std::string& standing) { return id<GroupId>(standing + "s"); }

  /// What each action is about in this world.
  [[nodiscard]] Target target_of(Action action) const {
    switch (action) {
      case Action::attest:
      case Action::declare:
        return world_.in_force->mode(idp_unavailable);
      case Action::override_confirmation:
        return world_.in_force->mode(idp_unavailable);
      case Action::close_emergency:
      case Action::extend_emergency:
      case Action::keep_timeline:
      case Action::link_incident:
      case Action::publish_text:
        return world_.situation.emergency(e1);
      case Action::report_probe:
        return &world_.in_force->probes.at(phone_);
      case Action::cosign_override:
      case Action::object_to_override:
      case Action::withdraw_override:
      case Action::review_override:
        return world_.situation.override_of(o1);
      case Action::submit_request:
        return world_.in_force->process(operate_workload);
      case Action::answer_request:
      case Action::withdraw_request:
      case Action::override_approval:
        return world_.situation.request(RequestId(2));
      case Action::open_session:
      case Action::close_grant:
        return world_.situation.grant(g1);
      case Action::report_session:
        return world_.situation.session(s1);
      case Action::read:
      case Action::login:
      case Action::adopt_catalog:
      case Action::propose_catalog:
      case Action::sign_catalog:
      case Action::check_self:
      case Action::test_notice:
      case Action::operate:
        return {};
      case Action::mark_absent:
        return &reader_;
      case Action::confirm_upkeep:
        return &world_.in_force->upkeep.at("root-mailbox");
    }
    return {};
  }

  [[nodiscard]] Permission permission(const std::string& standing, Action action) const {
    Actor actor{id<PersonId>(standing)};
    if (standing == "system") actor = {};
    if (standing == "service") actor = {{}, ServiceId::parse("service").value()};
    return may(world_.policy(), world_.situation, actor, action, target_of(action));
  }

  const Table table_ = table_under("## Who may do what", project_file("docs/roles.md"));
  const ProbeId phone_ = id<ProbeId>("phone");
  const PersonId reader_ = id<PersonId>("reader");
  World world_;
};

TEST_F(RoleTable, HasEveryActionAndEveryStanding) {
  EXPECT_THAT(table_.columns,
              UnorderedElementsAreArray({"stranger", "reader", "attester", "declarer", "requester",
                                         "approver", "own-requester", "holder", "overrider", "owner",
                                         "system", "deputy", "service"}));
  std::vector<std::string> actions;
  for (const Action action : all_actions()) actions.emplace_back(name_of(action));
  std::vector<std::string> rows;
  for (const auto& row : table_.rows) rows.push_back(row.front());
  EXPECT_THAT(rows, UnorderedElementsAreArray(actions));
}

TEST_F(RoleTable, IsWhatMaySaysInEveryCell) {
  std::size_t compared = 0;
  for (const auto& row : table_.rows) {
    ASSERT_EQ(row.size(), table_.columns.size() + 1) << row.front();
    for (const Action action : all_actions()) {
      if (name_of(action) != row.front()) continue;
      for (std::size_t i = 0; i < table_.columns.size(); ++i, ++compared) {
        const Permission permission = this->permission(table_.columns[i], action);
        EXPECT_EQ(row[i + 1], permission.allowed ? "yes" : "no")
            << row.front() << " by " << table_.columns[i] << ": " << permission.reason;
        EXPECT_FALSE(permission.reason.empty());
      }
    }
  }
  EXPECT_EQ(compared, all_actions().size() * 13);
}

TEST_F(RoleTable, HoldsOnlyWhatTheStandingIsAbout) {
  // Another thing than the one that a person has standing for.
  const PersonId holder = id<PersonId>("holder");
  const auto allowed = [&](const char* standing, Action action, const Target& target) {
    return may(world_.policy(), world_.situation, {id<PersonId>(standing)}, action, target).allowed;
  };
  EXPECT_FALSE(allowed("own-requester", Action::withdraw_request, world_.situation.request(r1)));
  EXPECT_TRUE(allowed("holder", Action::withdraw_request, world_.situation.request(r1)));
  EXPECT_EQ(world_.grant().person, holder);
  for (const Action action : all_actions()) {
    const bool needs_no_target = action == Action::read || action == Action::login ||
                                 action == Action::check_self || action == Action::test_notice;
    EXPECT_EQ(allowed("holder", action, {}), needs_no_target) << name_of(action);
  }
}

TEST_F(RoleTable, IsEmptyBeforeTheFirstCatalogButForPosternItself) {
  const World nothing;
  for (const Action action : all_actions()) {
    EXPECT_FALSE(may(nothing.policy(), nothing.situation, {id<PersonId>("owner")}, action).allowed)
        << name_of(action);
    const bool its_own = action == Action::operate || action == Action::adopt_catalog;
    EXPECT_EQ(may(nothing.policy(), nothing.situation, Actor{}, action).allowed, its_own) << name_of(action);
  }
}

TEST_F(RoleTable, GivesAReasonThatNamesTheGroup) {
  EXPECT_THAT(permission("declarer", Action::declare).reason, HasSubstr("declarers"));
  EXPECT_THAT(permission("reader", Action::declare).reason, HasSubstr("that is for declarers"));
  EXPECT_THAT(permission("approver", Action::answer_request).reason, HasSubstr("tier 1"));
}

}  // namespace
}  // namespace postern::emergency
