// From request to grant.
#include <gmock/gmock.h>

#include "emergency/testing.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

/// The emergency is open, under a catalog changed like this.
World declared_with(const std::function<void(catalog::Catalog&)>& change) {
  return after_change(declared(), change);
}
World requested_with(const std::function<void(catalog::Catalog&)>& change) {
  return after(declared_with(change), by(aiko, ask_for_prod_web()));
}
std::string refusal_of_request(const World& world, const std::function<void(SubmitRequest&)>& change) {
  SubmitRequest request = ask_for_prod_web();
  change(request);
  return refusal(world, by(aiko, request));
}
std::string refusal_of_answer(const World& world, const PersonId& person,
                              const std::function<void(AnswerRequest&)>& change) {
  AnswerRequest answer = signed_answer(world, person, Decision::approve);
  change(answer);
  return refusal(world, by(person, answer));
}
/// Two of Ben, Dana and Emil must approve.
void two_of_three(catalog::Catalog& c) {
  c.processes.at(operate_workload).tiers = {
      {.from = {emergency_admins, security_leads}, .count = 2, .within = 5min},
      {.from = {executives}, .count = 1, .within = 5min}};
}

// --- Asking
// ----------------------------------------------------------------------------------------------------------

TEST(Request, SaysExactlyWhatIsAskedForAndWhoMustAnswer) {
  const World world = requested();
  const Request& request = world.request();
  EXPECT_EQ(request.terms.requester, aiko);
  EXPECT_EQ(request.terms.account, prod_web);
  EXPECT_EQ(request.terms.target_role, "EmergencyAccess_Ops");
  EXPECT_EQ(request.terms.duration, 1h);
  EXPECT_EQ(request.terms.catalog, *world.situation.catalog);
  EXPECT_EQ(request.stage, Stage::awaiting_approval);
  EXPECT_EQ(request.answer_by, world.now + 5min);
  ASSERT_THAT(request.tiers, SizeIs(3));
  EXPECT_THAT(request.tiers[0].circles[0].eligible, ElementsAre(ben));
  EXPECT_THAT(request.tiers[1].circles[0].eligible, ElementsAre(dana, emil));
  EXPECT_THAT(request.tiers[2].circles[0].eligible, ElementsAre(fumi));
}

TEST(Request, NeedsAnOpenEmergency) {
  EXPECT_THAT(refusal(confirmed(), by(aiko, ask_for_prod_web())),
              StartsWith("not_found: There is no emergency E-1"));
  const World closed = after(declared(), by(dana, CloseEmergency{e1}));
  EXPECT_THAT(refusal(closed, by(aiko, ask_for_prod_web())),
              StartsWith("conflict: Emergency E-1 is closed."));
}

TEST(Request, IsForThoseWhoMayAskByThatProcess) {
  EXPECT_THAT(refusal(declared(), by(dana, ask_for_prod_web())),
              StartsWith("forbidden: dana may not request access by operate-workload"));
  EXPECT_THAT(refusal(declared(), by_postern(ask_for_prod_web())), StartsWith("forbidden: Postern itself"));
  EXPECT_THAT(refusal(declared(), by(id<PersonId>("mallory"), ask_for_prod_web())),
              StartsWith("forbidden: mallory is not in the catalog in force"));
  EXPECT_THAT(
      refusal_of_request(declared(), [](SubmitRequest& r) { r.process = id<ProcessId>("no-process"); }),
      StartsWith("forbidden: There is no such process"));
}

TEST(Request, NeedsAProcessOfTheModeOrOneOfItsAlternatives) {
  const ProcessId repair = id<ProcessId>("repair-federation");
  const auto with_repair = [&](catalog::Catalog& c) {
    c.processes.emplace(repair, example_process(repair, catalog::Mechanism::iam_user));
  };
  const auto by_repair = [&](SubmitRequest& r) { r.process = repair; };
  EXPECT_THAT(refusal_of_request(declared_with(with_repair), by_repair),
              StartsWith("conflict: repair-federation is not a process for idp-unavailable. Its process is "
                         "operate-workload."));
  const World alternative = declared_with([&](catalog::Catalog& c) {
    with_repair(c);
    c.processes.at(operate_workload).alternatives.push_back(repair);
  });
  EXPECT_EQ(refusal_of_request(alternative, by_repair), "allowed");
  const World without_mode = declared_with([](catalog::Catalog& c) { c.modes.clear(); });
  EXPECT_THAT(refusal_of_request(without_mode, [](SubmitRequest&) {}), HasSubstr("is not a process for"));
}

TEST(Request, IsRefusedWhenTheMechanismIsNotThereYet) {
  EXPECT_THAT(
      refusal_of_request(declared(), [](SubmitRequest& r) { r.process = operate_workload_standby; }),
      StartsWith("conflict: operate-workload-standby gives access by standby-saml, which this version"));
}

TEST(Request, IsRefusedToWhoHasNoIamUser) {
  const World world = declared_with([](catalog::Catalog& c) { c.people.at(aiko).iam_user.reset(); });
  EXPECT_THAT(refusal_of_request(world, [](SubmitRequest&) {}), StartsWith("conflict: aiko has no IAM user"));
}

TEST(Request, CoversOnlyTheAccountsOfTheProcess) {
  EXPECT_THAT(refusal_of_request(declared(), [](SubmitRequest& r) { r.account = dev_web; }),
              StartsWith("forbidden: operate-workload does not cover account 200000000003 (dev-web)"));
  EXPECT_THAT(
      refusal_of_request(declared(), [](SubmitRequest& r) { r.account = id<AccountId>("999999999999"); }),
      StartsWith("not_found: Account 999999999999 is not in the catalog"));
}

TEST(Request, IsForHalfAnHourAtLeastAndTheLimitOfTheProcessAtMost) {
  const auto asking_for = [](seconds duration) {
    return refusal_of_request(declared(), [&](SubmitRequest& r) { r.duration = duration; });
  };
  EXPECT_THAT(asking_for(30min - 1s),
              StartsWith("invalid: Access is given for 30m to 4h; 1799s was asked for."));
  EXPECT_EQ(asking_for(30min), "allowed");
  EXPECT_EQ(asking_for(4h), "allowed");
  EXPECT_THAT(asking_for(4h + 1s), StartsWith("invalid: Access is given for 30m to 4h;"));
}

TEST(Request, IsRefusedTwiceForTheSame) {
  EXPECT_THAT(refusal(requested(), by(aiko, ask_for_prod_web())),
              StartsWith("conflict: Request R-1 for aiko asks for the same and awaits an answer."));
  EXPECT_EQ(refusal(requested(), by(ben, ask_for_prod_web())), "allowed");
  const World withdrawn = after(requested(), by(aiko, WithdrawRequest{r1}));
  EXPECT_EQ(refusal(withdrawn, by(aiko, ask_for_prod_web())), "allowed");
}

TEST(Request, IsRefusedWhenFiveOfTheSamePersonAwaitAnAnswer) {
  std::vector<AccountId> accounts;
  for (const char digit : {'1', '2', '3', '4', '5', '6'})
    accounts.push_back(id<AccountId>(std::string("30000000000") + digit));
  World world = declared_with([&](catalog::Catalog& c) {
    for (const AccountId& account : accounts) c.accounts.push_back({account, "more", {"production"}});
  });
  const auto asking_for = [](const AccountId& account) {
    SubmitRequest request = ask_for_prod_web();
    request.account = account;
    return request;
  };
  for (std::size_t i = 0; i < awaiting_per_person_max; ++i)
    world = after(world, by(aiko, asking_for(accounts[i])));
  EXPECT_THAT(refusal(world, by(aiko, asking_for(accounts[5]))),
              StartsWith("exhausted: 5 requests for aiko await an answer."));
  EXPECT_EQ(refusal(world, by(ben, asking_for(accounts[5]))), "allowed");
}

TEST(Request, IsUnansweredAtOnceWhenNobodyElseCouldApproveIt) {
  const World alone = requested_with([](catalog::Catalog& c) {
    c.processes.at(operate_workload).tiers = {{.from = {emergency_admins}, .count = 1, .within = 5min}};
    remove_from(c, emergency_admins, ben);
  });
  EXPECT_EQ(alone.request().stage, Stage::expired);
  EXPECT_EQ(alone.request().unanswered_at, alone.now);
  EXPECT_THAT(alone.request().skipped, ElementsAre(Pair(1, SkipCause::nobody_to_ask)));
}

TEST(Request, SkipsATierThatCannotAnswerAndNeverCountsItAsAnApproval) {
  const World world = requested_with([](catalog::Catalog& c) { remove_from(c, emergency_admins, ben); });
  ASSERT_THAT(world.request().tiers, SizeIs(3));
  EXPECT_THAT(world.request().skipped, ElementsAre(Pair(1, SkipCause::nobody_to_ask)));
  EXPECT_EQ(world.request().tier, 2);
  EXPECT_EQ(world.request().answer_by, world.now + 5min);
  EXPECT_EQ(world.request().stage, Stage::awaiting_approval);
  EXPECT_THAT(world.request().answers, IsEmpty());
}

TEST(Request, LetsNoSessionLastLongerThanRoleChainingAllows) {
  const auto session_max = [](seconds limit) {
    return requested_with(
               [&](catalog::Catalog& c) { c.processes.at(operate_workload).access.session_max = limit; })
        .request()
        .terms.session_max;
  };
  EXPECT_EQ(session_max(12h), 1h);
  EXPECT_EQ(session_max(30min), 30min);
}

TEST(Request, WarnsOfWhatDoesNotHoldWithoutBlocking) {
  const auto failed = [](const World& world) {
    std::vector<std::string> names;
    for (const Check& check : world.request().checks)
      if (!check.passed) names.push_back(check.name);
    return names;
  };
  const std::string sts_answers = "assumption: STS answers in at least one configured Region";
  const std::string impact = "assumption: The reason names the customer impact";
  EXPECT_THAT(failed(requested()), ElementsAre(sts_answers, impact, own_way_in));
  World world = after(declared(), by_postern(seen(sts, Verdict::up, start)));
  world = after(world, by(aiko, RecordSelfCheck{{{"hop one", true, ""}}}));
  EXPECT_THAT(failed(after(world, by(aiko, ask_for_prod_web()))), ElementsAre(impact));
  world.situation.catalog_unsigned = true;
  EXPECT_THAT(failed(after(world, by(aiko, ask_for_prod_web()))), ElementsAre(impact, signed_catalog));
  world = after(world, by(aiko, RecordSelfCheck{{{"hop one", false, "AccessDenied"}}}));
  EXPECT_THAT(failed(after(world, by(aiko, ask_for_prod_web()))),
              ElementsAre(impact, own_way_in, signed_catalog));
}

TEST(Request, IsRefusedUntilEachWarningHasBeenRead) {
  const std::string refused = refusal_of_request(declared(), [](SubmitRequest& r) { r.acknowledged = {}; });
  EXPECT_THAT(refused, StartsWith("conflict: To be acknowledged by whoever asks"));
  EXPECT_THAT(refused, HasSubstr("assumption: The reason names the customer impact"));
  const auto without_one = [](SubmitRequest& r) { std::erase(r.acknowledged, std::string(own_way_in)); };
  EXPECT_THAT(refusal_of_request(declared(), without_one),
              HasSubstr("own way in checked lately (aiko has never"));
  EXPECT_THAT(requested().request().checks.back().note, IsEmpty());
  EXPECT_THAT(requested().request().checks.at(5).note, HasSubstr("; acknowledged"));
}

TEST(Request, WarnsOfADrillThatIsTooLongAgo) {
  const auto note_of = [](const std::optional<Instant>& last_drill) {
    const World world = requested_with([&](catalog::Catalog& c) {
      c.processes.at(operate_workload).drill_every = 24h * 90;
      c.processes.at(operate_workload).last_drill = last_drill;
    });
    for (const Check& each : world.request().checks)
      if (each.name == drilled_lately) return each.note;
    return std::string("no such check");
  };
  EXPECT_EQ(note_of({}), "never drilled; acknowledged");
  EXPECT_THAT(note_of(start - 24h * 91), HasSubstr("drilled last on"));
  EXPECT_EQ(note_of(start - 24h), "");
}

// --- Answering
// -------------------------------------------------------------------------------------------------------

TEST(Approval, OpensAGrantForTheTimeAskedFor) {
  const World world = granted();
  EXPECT_EQ(world.request().stage, Stage::granted);
  EXPECT_EQ(world.request().grant, g1);
  EXPECT_EQ(world.grant().person, aiko);
  EXPECT_EQ(world.grant().until, world.now + 1h);
}

TEST(Approval, IsRefusedFromTheRequester) {
  // Aiko is in the tier's group, and still she is not asked.
  EXPECT_THAT(refusal(requested(), approve(requested(), aiko)),
              StartsWith("forbidden: Nobody answers their own request."));
}

TEST(Approval, IsRefusedFromSomebodyWhoIsNotInTheTier) {
  for (const PersonId& person : {chie, dana, emil, fumi})
    EXPECT_THAT(refusal(requested(), approve(requested(), person)),
                StartsWith("forbidden: " + person.text() + " is not among those asked now (tier 1"));
  EXPECT_THAT(refusal(requested(), deny(requested(), dana)), HasSubstr("is not among those asked now"));
}

TEST(Approval, IsRefusedFromSomebodyWhoLeftTheGroupSince) {
  const World world =
      after_change(requested(), [](catalog::Catalog& c) { remove_from(c, emergency_admins, ben); });
  EXPECT_THAT(refusal(world, approve(world, ben)), StartsWith("forbidden: ben is not among those asked now"));
}

TEST(Approval, IsRefusedFromSomebodyWhoJoinedSince) {
  const World world =
      after_change(requested(), [](catalog::Catalog& c) { c.groups.at(emergency_admins).push_back(chie); });
  EXPECT_THAT(refusal(world, approve(world, chie)),
              StartsWith("forbidden: chie is not among those asked now"));
  EXPECT_EQ(refusal(world, approve(world, ben)), "allowed");
}

TEST(Approval, IsRefusedFromSomebodyWhoLeftTheCatalog) {
  const World world = after_change(requested(), [](catalog::Catalog& c) { c.people.erase(ben); });
  EXPECT_THAT(refusal(world, approve(world, ben)),
              StartsWith("forbidden: ben is not in the catalog in force"));
}

TEST(Approval, CountsEachPersonOnce) {
  World world = requested_with(two_of_three);
  world = after(world, approve(world, ben));
  EXPECT_EQ(world.request().stage, Stage::awaiting_approval);
  EXPECT_THAT(refusal(world, approve(world, ben)),
              StartsWith("conflict: ben has answered request R-1 already."));
  EXPECT_THAT(refusal(world, deny(world, ben)),
              StartsWith("conflict: ben has answered request R-1 already."));
  world = after(world, approve(world, dana));
  EXPECT_EQ(world.request().stage, Stage::granted);
}

TEST(Approval, OfOneTierDoesNotCountInTheNext) {
  World world = requested_with([](catalog::Catalog& c) {
    two_of_three(c);
    c.processes.at(operate_workload).tiers[1] = {.from = {security_leads}, .count = 2, .within = 5min};
  });
  world = after(world, approve(world, ben));
  world = settled(later(world, 5min));
  ASSERT_EQ(world.request().tier, 2);
  world = after(world, approve(world, dana));
  EXPECT_EQ(world.request().stage, Stage::awaiting_approval);
  world = after(world, approve(world, emil));
  EXPECT_EQ(world.request().stage, Stage::granted);
}

TEST(Approval, IsRefusedWhenTheTimeHasRunOutEvenIfNobodyLooked) {
  const World world = requested();
  EXPECT_EQ(refusal(later(world, 5min - 1s), approve(world, ben)), "allowed");
  EXPECT_THAT(
      refusal(later(world, 5min), approve(world, ben)),
      StartsWith("conflict: The time of tier 1 to answer request R-1 ran out at 2026-11-23T03:11:00.000Z"));
  EXPECT_THAT(refusal(later(world, 5min), deny(world, ben)), StartsWith("conflict: The time of tier 1"));
}

TEST(Approval, IsRefusedForARequestThatIsOver) {
  const World open = requested();
  const auto refusal_after = [&](const Ask& ask) {
    const World world = after(open, ask);
    return refusal(world, approve(world, ben));
  };
  EXPECT_THAT(refusal_after(approve(open, ben)),
              StartsWith("conflict: Request R-1 was granted already (G-1)."));
  EXPECT_THAT(refusal_after(deny(open, ben)), StartsWith("conflict: Request R-1 was denied."));
  EXPECT_THAT(refusal_after(by(aiko, WithdrawRequest{r1})),
              StartsWith("conflict: Request R-1 was withdrawn."));
  EXPECT_THAT(refusal_after(by(dana, CloseEmergency{e1})), StartsWith("conflict: Request R-1 has expired."));
  EXPECT_THAT(
      refusal(open, by(ben, AnswerRequest{.request = RequestId(2), .statement = "", .signature = ""})),
      StartsWith("not_found: There is no request R-2."));
}

TEST(Approval, IsVoidWithItsEmergencyEvenIfTheRequestWereStillOpen) {
  // close_emergency ends its requests; this stands against a ledger in which that was not so.
  World world = requested();
  world.situation.emergencies.at(e1).closed_at = world.now;
  EXPECT_THAT(refusal(world, approve(world, ben)),
              StartsWith("conflict: Emergency E-1 is closed, so request R-1"));
}

TEST(Approval, IsRefusedWhenTheRequesterLostStandingSince) {
  const World world =
      after_change(requested(), [](catalog::Catalog& c) { remove_from(c, emergency_admins, aiko); });
  EXPECT_THAT(refusal(world, approve(world, ben)),
              StartsWith("conflict: The catalog has changed: aiko may not"));
  EXPECT_EQ(refusal(world, deny(world, ben)), "allowed");
}

TEST(Approval, OfTheFirstOfTwoIsRefusedTooWhenTheRequesterLostStanding) {
  const World world = after_change(requested_with(two_of_three), [](catalog::Catalog& c) {
    c.processes.at(operate_workload).who_may_request.clear();
  });
  EXPECT_THAT(refusal(world, approve(world, dana)),
              StartsWith("conflict: The catalog has changed: aiko may not"));
}

// --- What was signed
// -------------------------------------------------------------------------------------------------

/// Ben's refusal when he signs this statement well.
std::string refusal_of_statement(const World& world, const std::string& statement) {
  return refusal_of_answer(world, ben, [&](AnswerRequest& answer) {
    answer.statement = statement;
    answer.signature = TestKey("ben").sign(approval_namespace, statement);
  });
}

TEST(Approval, IsRefusedOverAnythingButThisRequestAsItStands) {
  const World world = requested();
  const RequestTerms terms = world.request().terms;
  const auto approve_terms = [&](const std::function<void(RequestTerms&)>& change) {
    RequestTerms changed = terms;
    change(changed);
    return refusal_of_statement(world, approval_statement(ledger_origin, changed, 1, ben, Decision::approve));
  };
  const auto is_refused = StartsWith("forbidden: What was signed is not this request as it stands");
  EXPECT_EQ(approve_terms([](RequestTerms&) {}), "allowed");
  EXPECT_THAT(approve_terms([](RequestTerms& t) { t.request = RequestId(2); }), is_refused);
  EXPECT_THAT(approve_terms([](RequestTerms& t) { t.emergency = EmergencyId(2); }), is_refused);
  EXPECT_THAT(approve_terms([](RequestTerms& t) { t.process = operate_workload_standby; }), is_refused);
  EXPECT_THAT(approve_terms([](RequestTerms& t) { t.requester = dana; }), is_refused);
  EXPECT_THAT(approve_terms([](RequestTerms& t) { t.account = dev_web; }), is_refused);
  EXPECT_THAT(approve_terms([](RequestTerms& t) { t.emergency_role = "Admin"; }), is_refused);
  EXPECT_THAT(approve_terms([](RequestTerms& t) { t.target_role = "Admin"; }), is_refused);
  EXPECT_THAT(approve_terms([](RequestTerms& t) { t.duration += 1s; }), is_refused);
  EXPECT_THAT(approve_terms([](RequestTerms& t) { t.session_max += 1s; }), is_refused);
  EXPECT_THAT(approve_terms([](RequestTerms& t) { t.catalog = sha256("other"); }), is_refused);
  EXPECT_THAT(approve_terms([](RequestTerms& t) { t.reason = sha256("other"); }), is_refused);
  EXPECT_THAT(approve_terms([](RequestTerms& t) { t.reason.reset(); }), is_refused);
}

TEST(Approval, IsRefusedOverAnotherLedgerTierPersonOrDecision) {
  const World world = requested();
  const RequestTerms& terms = world.request().terms;
  const auto is_refused = StartsWith("forbidden: What was signed is not this request as it stands");
  for (const std::string& statement :
       {approval_statement("elsewhere.example.net", terms, 1, ben, Decision::approve),
        approval_statement(ledger_origin, terms, 2, ben, Decision::approve),
        approval_statement(ledger_origin, terms, 1, dana, Decision::approve),
        approval_statement(ledger_origin, terms, 1, ben, Decision::deny),
        approval_statement(ledger_origin, terms, 1, ben, Decision::approve) + "\n", std::string()})
    EXPECT_THAT(refusal_of_statement(world, statement), is_refused) << statement;
}

TEST(Denial, IsRefusedOverASignedApproval) {
  AnswerRequest turned = signed_answer(requested(), ben, Decision::approve);
  turned.decision = Decision::deny;
  EXPECT_THAT(refusal(requested(), by(ben, turned)),
              StartsWith("forbidden: What was signed is not this request"));
}

TEST(Denial, EndsTheRequestAndKeepsTheSignature) {
  const World world = after(requested(), deny(requested(), ben));
  EXPECT_EQ(world.request().stage, Stage::denied);
  EXPECT_FALSE(world.request().grant);
  const auto& denied = std::get<RequestDenied>(world.story.back().fact);
  EXPECT_EQ(denied.statement,
            approval_statement(ledger_origin, world.request().terms, 1, ben, Decision::deny));
}

TEST(Approval, IsRefusedWithAKeyThatIsNotTheirs) {
  const World world = requested();
  for (const char* other : {"dana", "aiko", "stranger"}) {
    const std::string told = refusal_of_answer(world, ben, [&](AnswerRequest& answer) {
      answer.signature = TestKey(other).sign(approval_namespace, answer.statement);
    });
    EXPECT_THAT(
        told, AllOf(StartsWith("forbidden: The signature is by key SHA256:"), HasSubstr("not one of ben's")));
  }
}

TEST(Approval, IsRefusedWithAKeyThatWasTakenOutOfTheCatalog) {
  const World world = after_change(
      requested(), [](catalog::Catalog& c) { c.people.at(ben).ssh_keys = {TestKey("ben-new").line()}; });
  EXPECT_THAT(refusal(world, approve(world, ben)), HasSubstr("not one of ben's in the catalog in force"));
  const std::string with_new_key = refusal_of_answer(world, ben, [&](AnswerRequest& answer) {
    answer.signature = TestKey("ben-new").sign(approval_namespace, answer.statement);
  });
  EXPECT_EQ(with_new_key, "allowed");
}

TEST(Approval, IsRefusedWithASignatureForAnotherPurpose) {
  const World world = requested();
  for (const std::string_view purpose : {login_namespace, catalog_namespace}) {
    const std::string told = refusal_of_answer(world, ben, [&](AnswerRequest& answer) {
      answer.signature = TestKey("ben").sign(purpose, answer.statement);
    });
    EXPECT_THAT(told, AllOf(StartsWith("forbidden:"), HasSubstr("not for \"postern-approval\"")));
  }
}

TEST(Approval, IsRefusedWithASignatureOverOtherBytes) {
  const World world = requested();
  const std::string other_bytes = refusal_of_answer(world, ben, [](AnswerRequest& answer) {
    answer.signature = TestKey("ben").sign(approval_namespace, answer.statement + " ");
  });
  EXPECT_THAT(other_bytes, StartsWith("forbidden: The signature does not fit the text"));
  const std::string none =
      refusal_of_answer(world, ben, [](AnswerRequest& answer) { answer.signature = ""; });
  EXPECT_THAT(none, StartsWith("invalid:"));
}

TEST(Approval, IsKeptWithAllThatAnAuditorNeedsToVerifyIt) {
  const World world = granted();
  const auto& approved = std::get<RequestApproved>(world.story.at(world.story.size() - 2).fact);
  EXPECT_EQ(approved.person, ben);
  EXPECT_EQ(approved.key, TestKey("ben").line());
  EXPECT_EQ(approved.statement,
            approval_statement(ledger_origin, world.request().terms, 1, ben, Decision::approve));
  EXPECT_EQ(approved.signature, TestKey("ben").sign(approval_namespace, approved.statement));
}

// --- Withdrawing
// -----------------------------------------------------------------------------------------------------

TEST(Request, IsWithdrawnByItsRequesterAlone) {
  EXPECT_THAT(refusal(requested(), by(ben, WithdrawRequest{r1})),
              StartsWith("forbidden: Only the requester"));
  EXPECT_EQ(after(requested(), by(aiko, WithdrawRequest{r1})).request().stage, Stage::withdrawn);
  EXPECT_THAT(refusal(granted(), by(aiko, WithdrawRequest{r1})),
              StartsWith("conflict: Request R-1 was granted"));
  EXPECT_THAT(refusal(requested(), by(aiko, WithdrawRequest{RequestId(9)})), StartsWith("not_found:"));
}

}  // namespace
}  // namespace postern::emergency
