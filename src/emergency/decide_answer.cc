// Approving, denying and withdrawing a request.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "emergency/asking.h"
#include "emergency/rules.h"
#include "emergency/statement.h"

namespace postern::emergency {
namespace {

std::string stage_in_words(const Request& request) {
  switch (request.stage) {
    case Stage::awaiting_approval:
      return "awaits approval";
    case Stage::granted:
      return "was granted already (" + request.grant->text() + ")";
    case Stage::denied:
      return "was denied";
    case Stage::expired:
      return "has expired";
    case Stage::withdrawn:
      return "was withdrawn";
  }
  return "";
}

/// The request awaits an answer, by this tier, now. Decided when the answer arrives, whether or not a timer
/// ran.
Result<void> check_awaiting(const Scene& scene, const Request& request) {
  const std::string id = request.terms.request.text();
  if (request.stage != Stage::awaiting_approval)
    return fail(ErrorCode::conflict, "Request " + id + " " + stage_in_words(request) + ".");
  if (scene.now >= request.answer_by)
    return fail(ErrorCode::conflict, fmt::format("The time of tier {} to answer request {} ran out at {}.",
                                                 request.tier, id, to_rfc3339(request.answer_by)));
  const Emergency* emergency = scene.situation.emergency(request.terms.emergency);
  if (emergency->closed_at)
    return fail(ErrorCode::conflict,
                "Emergency " + emergency->id.text() + " is closed, so request " + id + " is void.");
  if (has_expired(*emergency, scene.now))
    return fail(ErrorCode::conflict,
                "Emergency " + emergency->id.text() + " has expired, so request " + id + " is void.");
  return {};
}

/// A requester who lost standing since gets no grant; a denial is welcome at any time.
Result<void> check_requester(const Scene& scene, const RequestTerms& terms) {
  const catalog::Process* process = scene.in_force().process(terms.process);
  if (process != nullptr && scene.in_force().is_member_of_any(process->who_may_request, terms.requester))
    return {};
  return fail(ErrorCode::conflict, "The catalog has changed: " + terms.requester.text() +
                                       " may not request access by " + terms.process.text() +
                                       " any more. Deny the request.");
}

/// For whom an absent approver's answer counts; the person's own needs nobody.
Result<std::vector<PersonId>> standing_in(const Scene& scene, const Request& request,
                                          const PersonId& person) {
  const FrozenTier& tier = request.asked_tier();
  const Seat seat = seat_of(tier, scene.in_force(), request.terms.requester, person);
  std::vector<PersonId> absent;
  for (const PersonId& each : seat.may_stand_in_for)
    if (const AskedAt asking{scene.situation, request.terms.requester, scene.now};
        is_absent(asking, each) && stand_in(tier, each, asking) == person)
      absent.push_back(each);
  if (!seat.is_own && absent.empty())
    return fail(ErrorCode::conflict, person.text() + " answers for " + seat.may_stand_in_for.front().text() +
                                         ", who is not away. Ask them: see postern show " +
                                         request.terms.request.text());
  return absent;
}

Result<void> check_conditions(const Scene& scene, const RequestTerms& terms, const AnswerRequest& command) {
  const Conditions& conditions = command.conditions;
  if (conditions.empty()) return {};
  if (command.decision == Decision::deny)
    return fail(ErrorCode::invalid, "A denial has no conditions: nothing is given.");
  if (const auto& duration = conditions.duration;
      duration && (*duration < grant_min || *duration >= terms.duration))
    return fail(ErrorCode::invalid,
                fmt::format("A shorter time is {} or more, and less than the {} asked for.",
                            to_text(grant_min), to_text(terms.duration)));
  if (!conditions.target_role) return {};
  // What goes on goes on as it is, and two roles of one grant would be one too many.
  if (terms.extends)
    return fail(ErrorCode::invalid,
                terms.extends->text() +
                    " goes on with its role. Approve it for a shorter time, or deny it and have a "
                    "smaller role asked for.");
  const catalog::Process* process = scene.in_force().process(terms.process);
  const std::vector<std::string> none;
  const auto& smaller = process == nullptr ? none : process->access.smaller_roles;
  if (std::find(smaller.begin(), smaller.end(), *conditions.target_role) != smaller.end()) return {};
  return fail(ErrorCode::invalid,
              fmt::format("{} is no smaller role of {}. The catalog names: {}", *conditions.target_role,
                          terms.process.text(),
                          smaller.empty() ? "none" : fmt::format("{}", fmt::join(smaller, ", "))));
}

/// The signature is the person's, over exactly this request.
Result<SignedAnswer> signed_answer(const Scene& scene, const Request& request, const AnswerRequest& command,
                                   const PersonId& person) {
  if (command.statement != approval_statement(scene.policy.ledger, request.terms, request.tier, person,
                                              command.decision, command.conditions))
    return fail(ErrorCode::forbidden,
                "What was signed is not this request as it stands (another request, ledger, tier, person, "
                "condition or decision). Look at it again and sign anew.");
  const std::string key = TRY(signing_key(*scene.in_force().person(person), approval_namespace,
                                          command.statement, command.signature));
  SignedAnswer out{command.request, request.tier, person, key, command.statement, command.signature};
  out.stands_in_for = TRY(standing_in(scene, request, person));
  out.conditions = command.conditions;
  out.reason = command.reason;
  return out;
}

/// What the last approval opens.
Result<Fact> opened_by(const Scene& scene, const Request& request, const std::vector<Answer>& approvals) {
  const RequestTerms& terms = request.terms;
  const catalog::Process& process = *scene.in_force().process(terms.process);
  const bool goes_on = goes_on_now(scene.situation, terms, scene.now);
  if (const Grant* extended = terms.extends ? scene.situation.grant(*terms.extends) : nullptr;
      extended != nullptr && extended->end && extended->end != GrantEnd::expired)
    return fail(ErrorCode::conflict, extended->id.text() +
                                         " was ended meanwhile, and does not come back this way. Deny " +
                                         terms.request.text() + "; it can be asked for anew.");
  TRY(check_limits(scene, process, terms.requester, terms.account, goes_on ? terms.extends : std::nullopt));
  return granting(scene.situation, terms, conditions_of(approvals, process.access.smaller_roles), scene.now);
}

}  // namespace

bool goes_on_now(const Situation& situation, const RequestTerms& terms, Instant now) {
  const Grant* extended = terms.extends ? situation.grant(*terms.extends) : nullptr;
  return extended != nullptr && !extended->end && now < extended->until;
}

Fact granting(const Situation& situation, const RequestTerms& terms, const Conditions& conditions,
              Instant now) {
  const seconds duration = std::min(terms.duration, conditions.duration.value_or(terms.duration));
  if (goes_on_now(situation, terms, now))
    return GrantExtended{*terms.extends, terms.request, situation.grant(*terms.extends)->until + duration};
  GrantOpened opened{next_number(situation.grants), terms.request, now + duration};
  if (terms.starts_at && *terms.starts_at > now) {
    opened.from = terms.starts_at;
    opened.until = *terms.starts_at + duration;
  }
  if (conditions.target_role) opened.target_role = *conditions.target_role;
  return opened;
}

Result<Facts> decide_on(const Scene& scene, const AnswerRequest& command) {
  const Request* request = scene.situation.request(command.request);
  if (request == nullptr)
    return fail(ErrorCode::not_found, "There is no request " + command.request.text() + ".");
  // Anybody of the catalog may bring what an approver has signed; only its signer's standing counts.
  TRY(scene.permit(Action::read));
  if (!scene.by.person) return fail(ErrorCode::forbidden, "A service may ask, and never approve or deny.");
  const PersonId& person = command.signer ? *command.signer : *scene.by.person;
  const Scene as_signer{scene.situation, scene.policy, {person}, scene.now};
  TRY(as_signer.permit(Action::answer_request, request));
  TRY(check_awaiting(scene, *request));
  const bool answered =
      std::any_of(request->answers.begin(), request->answers.end(),
                  [&](const Answer& each) { return each.person == person && each.tier == request->tier; });
  if (answered)
    return fail(ErrorCode::conflict,
                person.text() + " has answered request " + command.request.text() + " already.");
  TRY(check_conditions(scene, request->terms, command));
  SignedAnswer answer = TRY(signed_answer(scene, *request, command, person));
  if (command.decision == Decision::deny) {
    if (!command.reason)
      return fail(ErrorCode::invalid, "Say why: postern deny " + command.request.text() + " --reason \"…\"");
    return Facts{RequestDenied{std::move(answer)}};
  }
  answer.reason.reset();
  TRY(check_requester(scene, request->terms));
  std::vector<Answer> approvals = approvals_of(*request);
  // Who has left the catalog since does not let anybody in.
  std::erase_if(approvals, [&](const Answer& each) {
    return !seat_of(request->asked_tier(), scene.in_force(), request->terms.requester, each.person).exists();
  });
  approvals.push_back({.decision = Decision::approve,
                       .tier = answer.tier,
                       .person = person,
                       .key = answer.key,
                       .at = scene.now,
                       .stands_in_for = answer.stands_in_for,
                       .conditions = answer.conditions});
  Facts facts{RequestApproved{std::move(answer)}};
  if (are_enough(request->asked_tier(), approvals))
    facts.push_back(TRY(opened_by(scene, *request, approvals)));
  return facts;
}

Result<Facts> decide_on(const Scene& scene, const WithdrawRequest& command) {
  const Request* request = scene.situation.request(command.request);
  if (request == nullptr)
    return fail(ErrorCode::not_found, "There is no request " + command.request.text() + ".");
  TRY(scene.permit(Action::withdraw_request, request));
  if (request->stage != Stage::awaiting_approval)
    return fail(ErrorCode::conflict,
                "Request " + command.request.text() + " " + stage_in_words(*request) + ".");
  return Facts{RequestWithdrawn{command.request}};
}

}  // namespace postern::emergency
