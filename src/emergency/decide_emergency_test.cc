// Probes, attestations, declarations, and the catalog that all rules stand on.
#include <gmock/gmock.h>

#include "emergency/testing.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

template <class T>
std::size_t count_of(const World& world) {
  return static_cast<std::size_t>(
      std::count_if(world.story.begin(), world.story.end(),
                    [](const Record& each) { return std::holds_alternative<T>(each.fact); }));
}

// --- Probes and attestations
// -----------------------------------------------------------------------------------------

TEST(Probe, IsRecordedOnlyWhenItsVerdictChanges) {
  World world = after(at_peace(), by_postern(seen(okta, Verdict::unknown, start)));
  EXPECT_EQ(count_of<ProbeChanged>(world), 0U);
  world = after(world, by_postern(seen(okta, Verdict::down, start)));
  world = after(later(world, 30s), by_postern(seen(okta, Verdict::down, start + 30s)));
  EXPECT_EQ(count_of<ProbeChanged>(world), 1U);
  EXPECT_EQ(world.situation.probes.at(okta).nodes.at("node-1").since, start);
}

TEST(Probe, OfNoCatalogIsRefused) {
  const Ask observed = by_postern(seen(id<ProbeId>("nobody-knows"), Verdict::down, start));
  EXPECT_THAT(refusal(at_peace(), observed), StartsWith("not_found: The catalog in force has no probe"));
  EXPECT_THAT(refusal(World{}, by_postern(seen(okta, Verdict::down, start))), StartsWith("not_found:"));
}

TEST(Probe, CannotHaveBeenDownSinceTheFuture) {
  const World world = after(at_peace(), by_postern(seen(okta, Verdict::down, start + 1h)));
  EXPECT_EQ(world.situation.probes.at(okta).nodes.at("node-1").since, start);
}

TEST(Probe, SaysWhatItSawInAtMost500HarmlessBytes) {
  const auto kept = [](std::string detail) {
    ObserveProbe observed = seen(okta, Verdict::down, start);
    observed.detail = std::move(detail);
    return after(at_peace(), by_postern(observed)).situation.probes.at(okta).nodes.at("node-1").detail;
  };
  EXPECT_EQ(kept("503 Service Unavailable"), "503 Service Unavailable");
  EXPECT_EQ(kept(std::string(501, 'x')), std::string(500, 'x'));
  for (const std::string& hostile : {std::string(600, '\n'), std::string(600, '\xff'),
                                     std::string(499, 'x') + "\u3042", "x" + std::string(499, '\x1b')}) {
    EXPECT_LE(kept(hostile).size(), 500U);
    EXPECT_TRUE(is_utf8(kept(hostile)));
    EXPECT_THAT(kept(hostile), testing::Not(HasSubstr("\n")));
  }
}

TEST(Probe, IsObservedByPosternAlone) {
  EXPECT_THAT(refusal(at_peace(), by(dana, seen(okta, Verdict::down, start))),
              StartsWith("forbidden: Only Postern itself does this."));
}

TEST(Attestation, IsRefusedFromWhomTheRuleDoesNotAsk) {
  EXPECT_THAT(refusal(suspected(), by(dana, attest())), HasSubstr("asks for no statement by dana"));
  EXPECT_THAT(refusal(suspected(), by_postern(attest())),
              StartsWith("forbidden: Postern itself does not attest"));
}

TEST(Attestation, IsRefusedInOtherWordsThanTheCatalogs) {
  Attest other = attest();
  other.statement = "I believe it is down.";
  EXPECT_THAT(refusal(suspected(), by(chie, other)),
              AllOf(StartsWith("invalid: That is not what"), HasSubstr(sign_in_failed)));
}

TEST(Attestation, IsRefusedForAModeThatIsNotInTheCatalog) {
  EXPECT_THAT(refusal(suspected(), by(chie, Attest{id<ModeId>("no-mode"), std::string(sign_in_failed)})),
              StartsWith("forbidden: There is no such failure mode"));
}

// --- Declaring and closing
// -------------------------------------------------------------------------------------------

TEST(Emergency, IsDeclaredWithItsEvidence) {
  const World world = declared();
  const Emergency& emergency = *world.situation.emergency(e1);
  EXPECT_EQ(emergency.declared_by, dana);
  EXPECT_EQ(emergency.incident, "INC-7");
  ASSERT_THAT(emergency.probes, SizeIs(2));
  EXPECT_EQ(emergency.probes[0], (ProbeEvidence{keycloak, Verdict::down, start, "node-1", ""}));
  ASSERT_THAT(emergency.attestations, SizeIs(1));
  EXPECT_EQ(emergency.attestations[0].person, chie);
}

TEST(Emergency, NamesOnlyEvidenceThatCounted) {
  // Emil attested and left the group; Chie's words count.
  World world = after(confirmed(), by(emil, attest()));
  world = after_change(world, [](catalog::Catalog& c) { remove_from(c, identity_admins, emil); });
  world = after(world, by(dana, declare()));
  ASSERT_THAT(world.situation.emergency(e1)->attestations, SizeIs(1));
  EXPECT_EQ(world.situation.emergency(e1)->attestations[0].person, chie);
}

TEST(Emergency, IsRefusedWithAListOfWhatIsMissing) {
  EXPECT_THAT(
      refusal(suspected(), by(dana, declare())),
      AllOf(StartsWith("conflict: This is not confirmed as an emergency yet. Missing:"),
            HasSubstr("\n- 1 of identity-admins attest:"), HasSubstr("postern attest idp-unavailable")));
  const std::string at_rest = refusal(after(at_peace(), by(chie, attest())), by(dana, declare()));
  EXPECT_THAT(at_rest, AllOf(HasSubstr("\n- probe okta is down for at least 5m (nothing is known of it yet)"),
                             HasSubstr("\n- probe keycloak is down")));
}

TEST(Emergency, IsNotDeclaredOnAnAttestationOlderThanOneHour) {
  EXPECT_EQ(refusal(later(confirmed(), 1h - 1s), by(dana, declare())), "allowed");
  EXPECT_THAT(refusal(later(confirmed(), 1h), by(dana, declare())),
              StartsWith("conflict: This is not confirmed"));
}

TEST(Emergency, IsDeclaredByTheGroupsNamedAlone) {
  EXPECT_THAT(refusal(confirmed(), by(aiko, declare())), StartsWith("forbidden: aiko may not declare"));
  EXPECT_EQ(refusal(confirmed(), by(chie, declare())), "allowed");
  EXPECT_THAT(refusal(confirmed(), by_postern(declare())), StartsWith("forbidden:"));
}

TEST(Emergency, IsOpenOnceForEachMode) {
  EXPECT_THAT(refusal(declared(), by(emil, declare())),
              StartsWith("conflict: E-1 is open for idp-unavailable already"));
  World world = after(declared(), by(dana, CloseEmergency{e1}));
  world = after(world, by(dana, declare()));
  EXPECT_EQ(world.situation.open_emergency_of(idp_unavailable)->id, EmergencyId(2));
}

TEST(Emergency, TakesAnIncidentNumberOfOneShortLine) {
  const auto with = [](std::string incident) {
    return by(dana, Declare{idp_unavailable, std::move(incident)});
  };
  EXPECT_EQ(refusal(confirmed(), with("")), "allowed");
  EXPECT_EQ(refusal(confirmed(), with(std::string(64, '7'))), "allowed");
  for (const std::string& bad : {std::string(65, '7'), std::string("INC\n7"), std::string("INC\x1b[2J")})
    EXPECT_THAT(refusal(confirmed(), with(bad)), StartsWith("invalid: An incident number")) << bad;
}

TEST(Emergency, EndsItsRequestsAndGrantsWhenItIsClosed) {
  World world = after(granted(), by(ben, ask_for_prod_web()));
  ASSERT_EQ(world.request(RequestId(2)).stage, Stage::awaiting_approval);
  world = after(world, by(dana, CloseEmergency{e1}));
  EXPECT_TRUE(world.situation.emergency(e1)->closed_at);
  EXPECT_EQ(world.request(RequestId(2)).stage, Stage::expired);
  EXPECT_EQ(world.grant().end, GrantEnd::emergency_closed);
  EXPECT_THAT(world.situation.awaiting, IsEmpty());
  EXPECT_THAT(world.situation.open_grants, IsEmpty());
  EXPECT_THAT(world.situation.open_emergencies, IsEmpty());
}

TEST(Emergency, LeavesRequestsOfOthersAloneWhenItIsClosed) {
  const ModeId other = id<ModeId>("other-mode");
  World world = after_change(requested(), [&](catalog::Catalog& c) {
    catalog::FailureMode mode = c.modes.at(idp_unavailable);
    mode.id = other;
    c.modes.emplace(other, mode);
  });
  world =
      after(after(world, by(chie, Attest{other, std::string(sign_in_failed)})), by(dana, Declare{other, ""}));
  world = after(world, by(dana, CloseEmergency{EmergencyId(2)}));
  EXPECT_EQ(world.request().stage, Stage::awaiting_approval);
  EXPECT_FALSE(world.situation.emergency(e1)->closed_at);
}

TEST(Emergency, IsClosedOnceByThoseWhoDeclare) {
  EXPECT_THAT(refusal(declared(), by(aiko, CloseEmergency{e1})), StartsWith("forbidden: aiko may not close"));
  EXPECT_THAT(refusal(declared(), by(dana, CloseEmergency{EmergencyId(2)})), StartsWith("not_found:"));
  const World world = after(declared(), by(emil, CloseEmergency{e1}));
  EXPECT_THAT(refusal(world, by(emil, CloseEmergency{e1})), StartsWith("conflict: E-1 is closed already"));
}

// --- The catalog
// -----------------------------------------------------------------------------------------------------

TEST(Catalog, ComesInForceByAQuorumOfItsOwnersTheFirstTime) {
  const World world;
  EXPECT_EQ(refusal(world, by_postern(adoption(world, example_catalog(), {dana, chie}))), "allowed");
  EXPECT_THAT(refusal(world, by_postern(adoption(world, example_catalog(), {dana}))),
              StartsWith("forbidden: The catalog has 1 valid signature(s) of its owners and needs 2."));
  EXPECT_THAT(refusal(world, by_postern(adoption(world, example_catalog(), {}))), HasSubstr("has 0 valid"));
}

TEST(Catalog, CountsAnOwnerWhoSignedTwiceOnce) {
  EXPECT_THAT(refusal(World{}, by_postern(adoption(World{}, example_catalog(), {dana, dana}))),
              HasSubstr("has 1 valid"));
  // Nor with two keys of theirs.
  catalog::Catalog two_keys = example_catalog();
  two_keys.people.at(dana).ssh_keys.push_back(TestKey("dana-2").line());
  AdoptCatalog command = adoption(World{}, two_keys, {dana});
  command.signatures.push_back(
      {dana, TestKey("dana-2").line(),
       TestKey("dana-2").sign(catalog_namespace, catalog_statement(command.digest, {}))});
  EXPECT_THAT(refusal(World{}, by_postern(command)), HasSubstr("has 1 valid"));
}

TEST(Catalog, DoesNotCountSignaturesOfOthers) {
  EXPECT_THAT(refusal(World{}, by_postern(adoption(World{}, example_catalog(), {dana, aiko}))),
              HasSubstr("has 1 valid"));
  // Dana's signature, handed in as Emil's.
  AdoptCatalog command = adoption(World{}, example_catalog(), {dana, dana});
  command.signatures[1].person = emil;
  EXPECT_THAT(refusal(World{}, by_postern(command)), HasSubstr("has 1 valid"));
}

TEST(Catalog, DoesNotCountASignatureOverSomethingElse) {
  AdoptCatalog other = adoption(World{}, example_catalog(), {dana, emil});
  other.digest = sha256("another catalog");
  EXPECT_THAT(refusal(World{}, by_postern(other)), HasSubstr("has 0 valid"));

  AdoptCatalog other_key = adoption(World{}, example_catalog(), {dana, emil});
  other_key.signatures[1].key = TestKey("stranger").line();
  EXPECT_THAT(refusal(World{}, by_postern(other_key)), HasSubstr("has 1 valid"));

  AdoptCatalog approval = adoption(World{}, example_catalog(), {dana});
  approval.signatures.push_back(
      {emil, TestKey("emil").line(),
       TestKey("emil").sign(approval_namespace, catalog_statement(approval.digest, {}))});
  EXPECT_THAT(refusal(World{}, by_postern(approval)), HasSubstr("has 1 valid"));
}

TEST(Catalog, RecordsTheSignaturesThatCountAndNoOther) {
  AdoptCatalog command = adoption(World{}, example_catalog(), {aiko, dana, dana, emil});
  command.signatures.push_back({chie, TestKey("chie").line(), "no signature"});
  const World world = after(World{}, by_postern(command));
  const auto& adopted = std::get<CatalogAdopted>(world.story.front().fact);
  ASSERT_THAT(adopted.signatures, SizeIs(2));
  EXPECT_EQ(adopted.signatures[0].person, dana);
  EXPECT_EQ(adopted.signatures[1].person, emil);
  EXPECT_EQ(adopted.signatures[1].key, TestKey("emil").line());
}

TEST(Catalog, IsJudgedByTheOwnersOfTheOneThatItReplaces) {
  catalog::Catalog takeover = example_catalog();
  takeover.owners = {.people = {aiko}, .quorum = 1};
  const World world = at_peace();
  EXPECT_THAT(refusal(world, by_postern(adoption(world, takeover, {aiko}))), HasSubstr("has 0 valid"));
  const World handed_over = after(world, by_postern(adoption(world, takeover, {dana, emil})));
  const auto next = [&](const PersonId& owner) {
    return refusal(handed_over, by_postern(adoption(handed_over, example_catalog(), {owner})));
  };
  EXPECT_EQ(next(aiko), "allowed");
  EXPECT_THAT(next(dana), HasSubstr("has 0 valid"));
}

TEST(Catalog, IsRefusedWhenAnotherThanItReplacesIsInForce) {
  const World world = at_peace();
  AdoptCatalog command = adoption(World{}, example_catalog(), {dana, emil});
  command.digest = sha256("another catalog");
  EXPECT_THAT(refusal(world, by_postern(command)),
              StartsWith("conflict: The catalog was signed to replace another"));
  // The one before the last cannot be brought back with its old signatures.
  World moved_on = after_change(world, [](catalog::Catalog& c) { c.min_people = 3; });
  const AdoptCatalog first = adoption(World{}, example_catalog(), {dana, emil});
  EXPECT_THAT(refusal(moved_on, by_postern(first)), StartsWith("conflict:"));
}

TEST(Catalog, ThatIsInForceAlreadyChangesNothing) {
  const World world = at_peace();
  const AdoptCatalog again = adoption(World{}, example_catalog(), {dana, emil});
  EXPECT_EQ(after(world, by_postern(again)).story.size(), world.story.size());
}

TEST(Catalog, IsBroughtInByAnOwnerOrByPosternItself) {
  const World world = at_peace();
  const AdoptCatalog command = adoption(world, example_catalog(), {dana, emil});
  EXPECT_EQ(refusal(world, by(chie, command)), "allowed");
  EXPECT_THAT(refusal(world, by(aiko, command)), StartsWith("forbidden: Only owners"));
}

TEST(Catalog, IsMarkedWhenItIsInForceUnsigned) {
  AdoptCatalog command = adoption(World{}, example_catalog(), {});
  command.accept_unsigned = true;
  World world = after(World{}, by_postern(command));
  EXPECT_TRUE(world.situation.catalog_unsigned);
  world = after_change(world, [](catalog::Catalog& c) { c.min_people = 3; });
  EXPECT_FALSE(world.situation.catalog_unsigned);
}

TEST(Catalog, ThatIsUnsignedReplacesNoSignedOne) {
  const auto unsigned_one = [](const World& world) {
    AdoptCatalog command = adoption(world, example_catalog(), {});
    command.accept_unsigned = true;
    return by_postern(command);
  };
  EXPECT_THAT(refusal(at_peace(), unsigned_one(at_peace())),
              StartsWith("forbidden: A catalog that its owners signed is in force."));
  const World demonstration = after(World{}, unsigned_one(World{}));
  EXPECT_EQ(refusal(demonstration, unsigned_one(demonstration)), "allowed");
}

TEST(Catalog, EndsTheGrantsOfThoseWhoLoseStanding) {
  const World without_aiko =
      after_change(granted(), [](catalog::Catalog& c) { remove_from(c, emergency_admins, aiko); });
  EXPECT_EQ(without_aiko.grant().end, GrantEnd::standing_lost);
  const World without_process =
      after_change(granted(), [](catalog::Catalog& c) { c.processes.erase(operate_workload); });
  EXPECT_EQ(without_process.grant().end, GrantEnd::standing_lost);
  const World unrelated =
      after_change(granted(), [](catalog::Catalog& c) { remove_from(c, emergency_admins, ben); });
  EXPECT_FALSE(unrelated.grant().end);
}

// --- A proposal
// -------------------------------------------------------------------------------------------------

const Digest proposed = sha256("proposed catalog");

catalog::Catalog with_another_key_of_aiko() {
  catalog::Catalog out = example_catalog();
  out.people.at(aiko).ssh_keys = {TestKey("aiko-2").line()};
  return out;
}
World proposing(World world) { return after(std::move(world), by(dana, ProposeCatalog{proposed})); }
Ask signature_by(const World& world, const PersonId& owner) {
  return by(owner, signing(world, proposed, with_another_key_of_aiko(), owner));
}
std::vector<std::string> announced(const World& world) {
  std::vector<std::string> out;
  for (const Record& each : world.story)
    if (const auto* fact = std::get_if<ChangeAnnounced>(&each.fact))
      out.insert(out.end(), fact->changes.begin(), fact->changes.end());
  return out;
}

TEST(Proposal, ComesInForceWithTheSignatureThatCompletesTheQuorum) {
  World world = proposing(at_peace());
  const std::optional<Digest> before = world.situation.catalog;
  world = after(world, signature_by(world, dana));
  EXPECT_EQ(world.situation.catalog, before);
  EXPECT_THAT(world.situation.proposals.at(proposed).signatures, SizeIs(1));
  world = after(world, signature_by(world, emil));
  EXPECT_EQ(world.situation.catalog, proposed);
  EXPECT_EQ(world.in_force->people.at(aiko).ssh_keys.front(), TestKey("aiko-2").line());
  EXPECT_THAT(world.situation.proposals, SizeIs(0));
}

TEST(Proposal, RecordsBothSignaturesWithTheAdoption) {
  World world = proposing(at_peace());
  for (const PersonId& owner : {emil, dana}) world = after(world, signature_by(world, owner));
  for (const Record& each : world.story)
    if (const auto* adopted = std::get_if<CatalogAdopted>(&each.fact);
        adopted && adopted->catalog == proposed) {
      EXPECT_THAT(adopted->signatures, SizeIs(2));
      EXPECT_EQ(adopted->replaces, at_peace().situation.catalog);
      return;
    }
  ADD_FAILURE() << "not adopted";
}

TEST(Proposal, IsMadeAndSignedByOwnersOnly) {
  EXPECT_THAT(refusal(at_peace(), by(aiko, ProposeCatalog{proposed})), StartsWith("forbidden:"));
  const World world = proposing(at_peace());
  EXPECT_THAT(refusal(world, signature_by(world, aiko)), StartsWith("forbidden:"));
}

TEST(Proposal, TakesNobodysSignatureFromAnother) {
  const World world = proposing(at_peace());
  SignCatalog command = signing(world, proposed, with_another_key_of_aiko(), emil);
  EXPECT_THAT(refusal(world, by(dana, command)), StartsWith("forbidden: This signature does not hold"));
  command.signature.person = dana;
  EXPECT_THAT(refusal(world, by(dana, command)), StartsWith("forbidden: This signature does not hold"));
}

TEST(Proposal, CountsAnOwnerOnce) {
  World world = proposing(at_peace());
  world = after(world, signature_by(world, dana));
  const std::size_t size = world.story.size();
  world = after(world, signature_by(world, dana));
  EXPECT_EQ(world.story.size(), size);
  EXPECT_NE(world.situation.catalog, proposed);
}

TEST(Proposal, IsVoidWhenAnotherCatalogCameInForceSince) {
  World world = proposing(at_peace());
  const Ask late = signature_by(world, dana);
  world = after_change(world, [](catalog::Catalog& c) { c.min_people = 3; });
  EXPECT_THAT(refusal(world, late), StartsWith("not_found: This catalog is not proposed"));
  world = proposing(world);
  EXPECT_THAT(refusal(world, late), StartsWith("forbidden: This signature does not hold"));
}

TEST(Proposal, OfWhatIsInForceIsRefusedAndTwiceIsOnce) {
  const World world = proposing(at_peace());
  EXPECT_EQ(proposing(world).story.size(), world.story.size());
  EXPECT_THAT(refusal(world, by(dana, ProposeCatalog{*world.situation.catalog})), StartsWith("conflict:"));
}

TEST(Proposal, AnOwnersFurtherOneTakesThePlaceOfTheirOldestAndOfNobodyElses) {
  World world = after(at_peace(), by(emil, ProposeCatalog{sha256("emil's")}));
  for (int i = 0; i < 4; ++i)
    world = after(later(world, std::chrono::seconds(1)),
                  by(dana, ProposeCatalog{sha256("proposal " + std::to_string(i))}));
  EXPECT_THAT(world.situation.proposals, SizeIs(4));
  EXPECT_FALSE(world.situation.proposals.contains(sha256("proposal 0")));
  EXPECT_TRUE(world.situation.proposals.contains(sha256("proposal 1")));
  EXPECT_TRUE(world.situation.proposals.contains(sha256("emil's")));
}

TEST(Catalog, ThatWasReplacedDoesNotComeBackWithItsOldSignatures) {
  const World first = at_peace();
  const AdoptCatalog there = adoption(first, with_another_key_of_aiko(), {dana, emil});
  const World second = after(first, by_postern(there));
  EXPECT_THAT(refusal(second, by(dana, ProposeCatalog{*first.situation.catalog})),
              StartsWith("conflict: This catalog was in force before"));
  // Back to what the first said, with a comment more; then the old signatures name what is in force again or
  // not.
  AdoptCatalog back = adoption(second, example_catalog(), {dana, emil});
  const World third = after(second, by_postern(back));
  EXPECT_THAT(refusal(third, by_postern(there)), StartsWith("conflict: This catalog was in force before"));
  back.digest = *first.situation.catalog;
  back.signatures = {signature_of(dana, catalog_statement(back.digest, second.situation.catalog)),
                     signature_of(emil, catalog_statement(back.digest, second.situation.catalog))};
  EXPECT_THAT(refusal(second, by_postern(back)), StartsWith("conflict: This catalog was in force before"));
}

TEST(Proposal, WhatChangesAnybodysPowerIsAnnouncedToo) {
  const World world = after_change(declared(), [](catalog::Catalog& c) {
    c.processes.at(operate_workload).who_may_request.push_back(GroupId::parse("security-leads").value());
  });
  EXPECT_THAT(announced(world), testing::Not(testing::IsEmpty()));
}

TEST(Proposal, ThatChangesAKeyIsAnnouncedWhileAnEmergencyIsOpenAndOnlyThen) {
  const auto adopted_in = [](World world) {
    world = proposing(std::move(world));
    for (const PersonId& owner : {dana, emil}) world = after(world, signature_by(world, owner));
    return world;
  };
  EXPECT_THAT(announced(adopted_in(at_peace())), SizeIs(0));
  const World world = adopted_in(declared());
  EXPECT_THAT(announced(world), testing::Contains(HasSubstr("key")));
  EXPECT_THAT(world.situation.announcements, SizeIs(1));
  EXPECT_THAT(after(world, by(emil, CloseEmergency{e1})).situation.announcements, SizeIs(0));
}

TEST(Proposal, ThatChangesNeitherKeysGroupsNorOwnersIsNotAnnounced) {
  const World world = after_change(declared(), [](catalog::Catalog& c) { c.min_people = 3; });
  EXPECT_THAT(announced(world), SizeIs(0));
}

// --- What people find true
// -------------------------------------------------------------------------------------

TEST(SelfCheck, IsKeptAsEachPersonsLast) {
  World world = after(at_peace(), by(aiko, RecordSelfCheck{{{"mfa", false, "refused\x1b[31m"}}}));
  world = after(later(world, std::chrono::hours(1)), by(aiko, RecordSelfCheck{{{"mfa", true, ""}}}));
  EXPECT_THAT(world.situation.self_checks, SizeIs(1));
  EXPECT_TRUE(world.situation.self_checks.at(aiko).checks.front().passed);
  const auto& first = std::get<SelfChecked>(world.story[world.story.size() - 2].fact);
  EXPECT_EQ(first.checks.front().note.find('\x1b'), std::string::npos);
}

TEST(SelfCheck, HasAtLeastOnePartAndNotTooMany) {
  EXPECT_THAT(refusal(at_peace(), by(aiko, RecordSelfCheck{})), StartsWith("invalid:"));
  EXPECT_THAT(refusal(at_peace(), by(aiko, RecordSelfCheck{std::vector<Check>(21)})), StartsWith("invalid:"));
}

TEST(Upkeep, IsConfirmedByItsGroupInTheCatalogsWords) {
  const World world = after_change(at_peace(), [](catalog::Catalog& c) {
    c.upkeep.emplace("root", catalog::Upkeep{.statement = "It is answered.",
                                             .by = GroupId::parse("security-leads").value()});
  });
  EXPECT_THAT(refusal(world, by(aiko, ConfirmUpkeep{"root", "It is answered."})), StartsWith("forbidden:"));
  EXPECT_THAT(refusal(world, by(dana, ConfirmUpkeep{"root", "It was."})), StartsWith("conflict:"));
  EXPECT_THAT(refusal(world, by(dana, ConfirmUpkeep{"none", "It is answered."})), StartsWith("forbidden:"));
  const World done = after(world, by(dana, ConfirmUpkeep{"root", "It is answered."}));
  EXPECT_EQ(done.situation.upkeep.at("root").by, dana);
}

}  // namespace
}  // namespace postern::emergency
