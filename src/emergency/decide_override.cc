// Going ahead without a confirmation, or without an approval: by few, signed, loudly, and reviewed
// afterwards.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "emergency/confirmation.h"
#include "emergency/rules.h"
#include "emergency/statement.h"

namespace postern::emergency {
namespace {

/// What somebody wants to override, with everything that follows from the catalog.
struct Intent {
  std::variant<OverriddenDeclaration, OverriddenApproval> what;
  const catalog::Override* rule = nullptr;
  std::set<PersonId> skipped = {};
  seconds lasts{0};
  Evidence evidence = {};
};

void add_members(const catalog::Catalog& in_force, const std::vector<GroupId>& groups,
                 std::set<PersonId>& out) {
  for (const GroupId& group : groups)
    if (const auto found = in_force.groups.find(group); found != in_force.groups.end())
      out.insert(found->second.begin(), found->second.end());
}

/// Everybody whom the confirmation asks.
void add_asked(const catalog::Catalog& in_force, const catalog::Condition& condition,
               std::set<PersonId>& out) {
  if (const auto* attested = std::get_if<catalog::Attested>(&condition.is))
    add_members(in_force, {attested->by}, out);
  if (const auto* tree = std::get_if<catalog::AtLeast>(&condition.is))
    for (const catalog::Condition& each : tree->of) add_asked(in_force, each, out);
}

Result<Intent> intent_of(const Scene& scene, const OverriddenDeclaration& declaration) {
  const catalog::FailureMode* mode =
      scene.policy.in_force == nullptr ? nullptr : scene.in_force().mode(declaration.mode);
  TRY(scene.permit(Action::override_confirmation, mode));
  const std::string id = mode->id.text();
  if (const Emergency* open = scene.situation.open_emergency_of(mode->id))
    return fail(ErrorCode::conflict, open->id.text() + " is open for " + id + " already.");
  // Whoever may not declare it, or has no number for it, cannot be sent there.
  const bool can_declare = scene.permit(Action::declare, mode).has_value() &&
                           (!declaration.incident.empty() || !needs_incident(scene));
  if (can_declare && evaluate(mode->confirm, scene.in_force(), scene.situation, mode->id, scene.now).met)
    return fail(ErrorCode::conflict,
                "This is confirmed, and needs no override. Declare it: postern declare " + id);
  TRY(check_incident_form(declaration.incident));
  Intent out{.what = declaration,
             .rule = &*scene.in_force().process(mode->process)->override_rule,
             .lasts = mode->lasts,
             .evidence = evidence_for(scene, *mode)};
  add_members(scene.in_force(), mode->declared_by, out.skipped);
  add_asked(scene.in_force(), mode->confirm, out.skipped);
  return out;
}

/// A request whose last tier stayed silent, for a while.
Result<void> check_unanswered(const Scene& scene, const Request& request, const catalog::Process& process) {
  const std::string id = request.terms.request.text();
  if (request.stage != Stage::expired || !request.unanswered_at)
    return fail(ErrorCode::conflict,
                request.stage == Stage::awaiting_approval
                    ? "Approvers are still asked about " + id + ", until " + to_rfc3339(request.answer_by) +
                          ". Only what nobody answers can be overridden."
                    : "Only what nobody answered can be overridden; " + id + " did not end that way.");
  if (process.when_nobody_answers != catalog::WhenNobodyAnswers::override)
    return fail(ErrorCode::forbidden,
                "When nobody answers, " + process.id.text() + " is denied. Ask again: postern request …");
  if (*request.unanswered_at + override_within <= scene.now)
    return fail(ErrorCode::conflict,
                id + " ended more than " + to_text(override_within) + " ago. Ask again: postern request …");
  const Emergency& emergency = *scene.situation.emergency(request.terms.emergency);
  if (emergency.closed_at || has_expired(emergency, scene.now))
    return fail(ErrorCode::conflict, "Emergency " + request.terms.emergency.text() + " is closed.");
  return check_limits(scene, process, request.terms.requester, request.terms.account, request.terms.extends);
}

Result<Intent> intent_of(const Scene& scene, const RequestId& id) {
  const Request* request = scene.situation.request(id);
  if (request == nullptr) return fail(ErrorCode::not_found, "There is no request " + id.text() + ".");
  TRY(scene.permit(Action::override_approval, request));
  const catalog::Process* process = scene.in_force().process(request->terms.process);
  TRY(check_unanswered(scene, *request, *process));
  Intent out{.what = OverriddenApproval{id, digest_of(request->terms)}, .rule = &*process->override_rule};
  for (const FrozenTier& tier : request->tiers)
    for (const FrozenCircle& circle : tier.circles)
      out.skipped.insert(circle.eligible.begin(), circle.eligible.end());
  return out;
}

/// No two overrides of the same thing at once, and no signature twice.
Result<void> check_new(const Scene& scene, const Intent& intent, const Digest& reason) {
  for (const auto& [id, other] : scene.situation.overrides) {
    if (other.terms.reason == reason)
      return fail(ErrorCode::conflict, "This signature was used for " + id.text() + " already. Sign anew.");
    if (!scene.situation.pending_overrides.contains(id)) continue;
    const auto* theirs = std::get_if<OverriddenDeclaration>(&other.terms.what);
    const auto* ours = std::get_if<OverriddenDeclaration>(&intent.what);
    const bool is_same =
        theirs != nullptr && ours != nullptr ? theirs->mode == ours->mode : other.terms.what == intent.what;
    if (is_same)
      return fail(ErrorCode::conflict,
                  id.text() + " overrides the same and is under way. See: postern override " + id.text());
  }
  return {};
}

/// Whether the person may not go ahead alone: another override of theirs is under way or not reviewed yet, or
/// one was objected to or judged wrong not long ago.
bool is_bound(const Situation& situation, const PersonId& person, Instant now) {
  return std::any_of(situation.overrides.begin(), situation.overrides.end(), [&](const auto& each) {
    const auto& [id, other] = each;
    if (other.terms.person != person) return false;
    const bool was_wrong = !other.objections.empty() || (other.review && !other.review->justified);
    return situation.pending_overrides.contains(id) || situation.unreviewed.contains(id) ||
           (was_wrong && other.made_at + bound_for > now);
  });
}

/// How many must sign with the person.
int co_signers_needed(const Scene& scene, const catalog::Override& rule, const PersonId& person) {
  return std::max(rule.co_signers, is_bound(scene.situation, person, scene.now) ? 1 : 0);
}

Result<void> check_co_signers(const Scene& scene, const catalog::Override& rule, int needed,
                              const PersonId& person) {
  std::set<PersonId> others;
  add_members(scene.in_force(), rule.by, others);
  others.erase(person);
  if (std::ssize(others) >= needed) return {};
  return fail(ErrorCode::conflict,
              fmt::format("{} other(s) must sign this with you, and only {} may. Have your last override "
                          "reviewed, or ask the owners for a change of the catalog.",
                          needed, others.size()));
}

/// Whether `what` is still to be had.
bool is_pointless(const Situation& situation, const Override& overriding, Instant now) {
  if (const auto* declaration = std::get_if<OverriddenDeclaration>(&overriding.terms.what))
    return situation.open_emergency_of(declaration->mode) != nullptr;
  const Request& request = *situation.request(std::get<OverriddenApproval>(overriding.terms.what).request);
  const Emergency& emergency = *situation.emergency(request.terms.emergency);
  return request.stage != Stage::expired || emergency.closed_at || has_expired(emergency, now);
}

Result<const Override*> known_override(const Scene& scene, OverrideId id, Action action) {
  const Override* found = scene.situation.override_of(id);
  if (found == nullptr) return fail(ErrorCode::not_found, "There is no override " + id.text() + ".");
  TRY(scene.permit(action, found));
  return found;
}

Result<void> check_pending(const Override& overriding) {
  if (overriding.stage() == OverrideStage::ended)
    return fail(ErrorCode::conflict, overriding.terms.id.text() + " has ended.");
  if (overriding.stage() == OverrideStage::opened && !overriding.grant && !overriding.emergency)
    return fail(ErrorCode::conflict, overriding.terms.id.text() + " has opened already.");
  if (overriding.stage() == OverrideStage::opened)
    return fail(ErrorCode::conflict,
                overriding.terms.id.text() + " has opened already. End what it led to: postern close " +
                    (overriding.grant ? overriding.grant->text() : overriding.emergency->text()));
  return {};
}

void append(Facts& facts, Facts more) {
  for (Fact& each : more) facts.push_back(std::move(each));
}

/// What opens at once, if it does.
Facts opening_now(const Scene& scene, const Override& overriding) {
  if (!overriding.opens_at || *overriding.opens_at > scene.now) return {};
  return opening(scene.situation, overriding, scene.now);
}

}  // namespace

Facts opening(const Situation& situation, const Override& overriding, Instant now) {
  const OverrideId id = overriding.terms.id;
  if (is_pointless(situation, overriding, now)) return Facts{OverrideEnded{id, OverrideEnd::lapsed}};
  Facts facts{OverrideOpened{id}};
  if (const auto* declaration = std::get_if<OverriddenDeclaration>(&overriding.terms.what)) {
    facts.emplace_back(EmergencyDeclared{.emergency = next_number(situation.emergencies),
                                         .mode = declaration->mode,
                                         .incident = declaration->incident,
                                         .probes = overriding.probes,
                                         .attestations = overriding.attestations,
                                         .declared_by = overriding.terms.person,
                                         .until = now + overriding.lasts,
                                         .by_override = id});
  } else {
    const RequestId request = std::get<OverriddenApproval>(overriding.terms.what).request;
    facts.push_back(granting(situation, situation.request(request)->terms, {}, now));
  }
  return facts;
}

Result<Facts> decide_on(const Scene& scene, const MakeOverride& command) {
  Intent intent = TRY(std::visit([&](const auto& what) { return intent_of(scene, what); }, command.what));
  const PersonId& person = *scene.by.person;
  TRY(check_new(scene, intent, command.reason));
  const int needed = co_signers_needed(scene, *intent.rule, person);
  TRY(check_co_signers(scene, *intent.rule, needed, person));
  if (command.statement != override_statement(scene.policy.ledger, person, intent.what, command.reason))
    return fail(ErrorCode::forbidden,
                "What was signed is not this override as it stands (another ledger, person, mode, request or "
                "reason). Look at it again and sign anew.");
  const std::string key = TRY(signing_key(*scene.in_force().person(person), override_namespace,
                                          command.statement, command.signature));
  intent.skipped.erase(person);
  ENSURE(scene.situation.catalog.has_value());
  OverrideMade made{.terms = {.id = next_number(scene.situation.overrides),
                              .person = person,
                              .what = intent.what,
                              .reason = command.reason,
                              .co_signers = needed,
                              .objection_window = intent.rule->objection_window,
                              .catalog = *scene.situation.catalog},
                    .signature = {person, key, command.statement, command.signature},
                    .skipped = {intent.skipped.begin(), intent.skipped.end()},
                    .co_sign_by = scene.now + co_sign_within,
                    .lasts = intent.lasts,
                    .probes = std::move(intent.evidence.probes),
                    .attestations = std::move(intent.evidence.attestations)};
  Facts facts{made};
  if (needed > 0 || intent.rule->objection_window.count() > 0) return facts;
  append(facts, opening(scene.situation,
                        {.terms = made.terms,
                         .made_at = scene.now,
                         .skipped = made.skipped,
                         .co_sign_by = made.co_sign_by,
                         .lasts = made.lasts,
                         .probes = made.probes,
                         .attestations = made.attestations},
                        scene.now));
  return facts;
}

Result<Facts> decide_on(const Scene& scene, const CosignOverride& command) {
  const Override* found = TRY(known_override(scene, command.id, Action::cosign_override));
  TRY(check_pending(*found));
  const PersonId& person = *scene.by.person;
  if (found->opens_at)
    return fail(ErrorCode::conflict, command.id.text() + " has all the signatures that it needs.");
  if (scene.now >= found->co_sign_by)
    return fail(ErrorCode::conflict, "The time to sign " + command.id.text() + " ran out at " +
                                         to_rfc3339(found->co_sign_by) + ".");
  if (std::find(found->co_signers.begin(), found->co_signers.end(), person) != found->co_signers.end())
    return fail(ErrorCode::conflict, person.text() + " has signed " + command.id.text() + " already.");
  if (command.statement != cosignature_statement(scene.policy.ledger, found->terms, person))
    return fail(ErrorCode::forbidden,
                "What was signed is not this override (another one, ledger or person). Look at it again and "
                "sign anew.");
  const std::string key = TRY(signing_key(*scene.in_force().person(person), override_namespace,
                                          command.statement, command.signature));
  const OverrideCosigned cosigned{command.id, {person, key, command.statement, command.signature}};
  Facts facts{cosigned};
  Override after = *found;
  after.co_signers.push_back(person);
  if (std::ssize(after.co_signers) < after.terms.co_signers) return facts;
  after.opens_at = scene.now + after.terms.objection_window;
  append(facts, opening_now(scene, after));
  return facts;
}

Result<Facts> decide_on(const Scene& scene, const ObjectToOverride& command) {
  const Override* found = TRY(known_override(scene, command.id, Action::object_to_override));
  const PersonId& person = *scene.by.person;
  Facts facts{OverrideObjected{command.id, person, command.reason}};
  switch (found->stage()) {
    case OverrideStage::awaiting_co_signers:
    case OverrideStage::open_to_objection:
      facts.emplace_back(OverrideEnded{command.id, OverrideEnd::objected});
      return facts;
    case OverrideStage::opened:
      if (found->grant && !scene.situation.grant(*found->grant)->end) {
        facts.emplace_back(GrantClosed{*found->grant, GrantEnd::objected});
        return facts;
      }
      if (found->emergency && !scene.situation.emergency(*found->emergency)->closed_at) {
        append(facts, closing(scene.situation, {*found->emergency, EmergencyEnd::objected, {}, {}}));
        return facts;
      }
      break;
    case OverrideStage::ended:
      break;
  }
  return fail(ErrorCode::conflict, "What " + command.id.text() +
                                       " led to is over. Say it in the review: postern review " +
                                       command.id.text());
}

Result<Facts> decide_on(const Scene& scene, const WithdrawOverride& command) {
  const Override* found = TRY(known_override(scene, command.id, Action::withdraw_override));
  TRY(check_pending(*found));
  return Facts{OverrideEnded{command.id, OverrideEnd::withdrawn}};
}

Result<Facts> decide_on(const Scene& scene, const ReviewOverride& command) {
  const Override* found = TRY(known_override(scene, command.id, Action::review_override));
  if (!found->opened_at)
    return fail(ErrorCode::conflict, command.id.text() + " did not open anything, so no review is owed.");
  if (found->review)
    return fail(ErrorCode::conflict, command.id.text() + " was reviewed by " + found->review->person.text() +
                                         " at " + to_rfc3339(found->review->at) + ".");
  return Facts{OverrideReviewed{command.id, *scene.by.person, command.justified, command.note}};
}

}  // namespace postern::emergency
