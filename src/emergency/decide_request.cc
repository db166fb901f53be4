// From request to grant.
#include <fmt/format.h>

#include <algorithm>

#include "emergency/rules.h"
#include "emergency/statement.h"

namespace postern::emergency {
namespace {

/// Members of the tier's groups, each once, without the requester, sorted.
FrozenTier freeze(const catalog::Catalog& in_force, const catalog::Tier& tier, const PersonId& requester) {
  FrozenTier frozen{.from = tier.from, .eligible = {}, .count = tier.count, .within = tier.within};
  for (const auto& [id, person] : in_force.people)
    if (id != requester && in_force.is_member_of_any(tier.from, id)) frozen.eligible.push_back(id);
  return frozen;
}

std::vector<FrozenTier> freeze_tiers(const catalog::Catalog& in_force, const catalog::Process& process,
                                     const PersonId& requester) {
  std::vector<FrozenTier> tiers;
  for (const catalog::Tier& tier : process.tiers) {
    FrozenTier frozen = freeze(in_force, tier, requester);
    // A tier that cannot answer would only cost time. It is left out, never counted as an approval.
    if (std::ssize(frozen.eligible) >= frozen.count) tiers.push_back(std::move(frozen));
  }
  return tiers;
}

Result<void> check_person(const Scene& scene, const catalog::Process& process) {
  TRY(scene.permit(Action::submit_request, &process));
  const catalog::Person& person = *scene.in_force().person(*scene.by.person);
  if (process.access.mechanism != catalog::Mechanism::iam_user)
    return fail(ErrorCode::conflict,
                fmt::format("{} gives access by {}, which this version cannot do yet. Use its alternatives.",
                            process.id.text(), catalog::name_of(process.access.mechanism)));
  if (!person.iam_user)
    return fail(
        ErrorCode::conflict,
        person.id.text() + " has no IAM user in the emergency account, so this process cannot let them in.");
  std::size_t waiting = 0;
  for (const RequestId id : scene.situation.awaiting)
    if (scene.situation.request(id)->terms.requester == person.id) ++waiting;
  if (waiting >= awaiting_per_person_max)
    return fail(ErrorCode::exhausted,
                fmt::format("{} requests of yours await an answer. Withdraw one first: postern withdraw R-…",
                            waiting));
  return {};
}

Result<void> check_emergency(const Scene& scene, const SubmitRequest& command) {
  const Emergency* emergency = scene.situation.emergency(command.emergency);
  if (emergency == nullptr)
    return fail(ErrorCode::not_found,
                "There is no emergency " + command.emergency.text() + ". See what is open: postern status");
  if (emergency->closed_at)
    return fail(ErrorCode::conflict, "Emergency " + command.emergency.text() +
                                         " is closed. Access is given in an open emergency only.");
  if (has_expired(*emergency, scene.now))
    return fail(ErrorCode::conflict, "Emergency " + command.emergency.text() +
                                         " has expired. Declare it anew if it goes on: postern declare " +
                                         emergency->mode.text());
  const catalog::FailureMode* mode = scene.in_force().mode(emergency->mode);
  if (mode == nullptr || !catalog::handles(scene.in_force(), *mode, command.process))
    return fail(ErrorCode::conflict,
                fmt::format("{} is not a process for {}.{}", command.process.text(), emergency->mode.text(),
                            mode != nullptr ? " Its process is " + mode->process.text() + "." : ""));
  return {};
}

Result<void> check_scope(const Scene& scene, const SubmitRequest& command, const catalog::Process& process) {
  const catalog::Account* account = scene.in_force().account(command.account);
  if (account == nullptr)
    return fail(ErrorCode::not_found, "Account " + command.account.text() + " is not in the catalog.");
  if (!catalog::covers(process, *account))
    return fail(ErrorCode::forbidden, fmt::format("{} does not cover account {} ({}).", process.id.text(),
                                                  account->id.text(), account->name));
  if (command.duration < grant_min || command.duration > process.access.grant_max)
    return fail(ErrorCode::invalid,
                fmt::format("Access is given for {} to {}; {} was asked for.", to_text(grant_min),
                            to_text(process.access.grant_max), to_text(command.duration)));
  for (const RequestId id : scene.situation.awaiting) {
    const RequestTerms& terms = scene.situation.request(id)->terms;
    if (terms.requester == *scene.by.person && terms.process == command.process &&
        terms.account == command.account)
      return fail(ErrorCode::conflict,
                  "Your request " + id.text() + " asks for the same and awaits an answer.");
  }
  return {};
}

/// What does not block, but should be known to whoever approves.
std::vector<Check> warnings(const Scene& scene, const catalog::Process& process) {
  std::vector<Check> checks{{"authorised", true, ""},
                            {"emergency open", true, ""},
                            {"process fits the mode", true, ""},
                            {"account covered", true, ""}};
  for (const catalog::Assumption& assumption : process.assumptions) {
    if (!assumption.probe) continue;
    const auto state = scene.situation.probes.find(*assumption.probe);
    const bool up = state != scene.situation.probes.end() && state->second.seen(Verdict::up, 1).has_value();
    checks.push_back({"assumption: " + assumption.text, up,
                      up ? "" : "probe " + assumption.probe->text() + " does not say so"});
  }
  if (scene.situation.catalog_unsigned)
    checks.push_back({"catalog signed by its owners", false, "it was put in force unsigned"});
  return checks;
}

bool is_last_needed(const Request& request, const FrozenTier& tier) {
  const auto so_far = std::count_if(request.answers.begin(), request.answers.end(),
                                    [&](const Answer& each) { return each.tier == request.tier; });
  return so_far + 1 >= tier.count;
}

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

}  // namespace

Result<Facts> decide_on(const Scene& scene, const SubmitRequest& command) {
  const catalog::Process* process =
      scene.policy.in_force == nullptr ? nullptr : scene.in_force().process(command.process);
  TRY(scene.permit(Action::submit_request, process));
  TRY(check_emergency(scene, command));
  TRY(check_person(scene, *process));
  TRY(check_scope(scene, command, *process));
  const PersonId& requester = *scene.by.person;
  std::vector<FrozenTier> tiers = freeze_tiers(scene.in_force(), *process, requester);
  if (tiers.empty())
    return fail(ErrorCode::conflict,
                "Nobody but you could approve this request. The catalog needs more approvers for " +
                    process->id.text() + ".");
  ENSURE(scene.situation.catalog.has_value());
  const RequestId id = next_number(scene.situation.requests);
  const Instant answer_by = scene.now + tiers.front().within;
  RequestTerms terms{.request = id,
                     .emergency = command.emergency,
                     .process = command.process,
                     .requester = requester,
                     .account = command.account,
                     .emergency_role = process->access.emergency_role,
                     .target_role = process->access.target_role,
                     .duration = command.duration,
                     .session_max = std::min(process->access.session_max, chained_session_max),
                     .catalog = *scene.situation.catalog,
                     .reason = command.reason};
  return Facts{RequestSubmitted{std::move(terms), std::move(tiers), answer_by},
               RequestChecked{id, warnings(scene, *process)}};
}

Result<Facts> decide_on(const Scene& scene, const AnswerRequest& command) {
  const Request* request = scene.situation.request(command.request);
  if (request == nullptr)
    return fail(ErrorCode::not_found, "There is no request " + command.request.text() + ".");
  TRY(scene.permit(Action::answer_request, request));
  TRY(check_awaiting(scene, *request));
  const PersonId& person = *scene.by.person;
  const bool answered = std::any_of(request->answers.begin(), request->answers.end(),
                                    [&](const Answer& each) { return each.person == person; });
  if (answered)
    return fail(ErrorCode::conflict,
                person.text() + " has answered request " + command.request.text() + " already.");
  if (command.statement !=
      approval_statement(scene.policy.ledger, request->terms, request->tier, person, command.decision))
    return fail(ErrorCode::forbidden,
                "What was signed is not this request as it stands (another request, ledger, tier, person or "
                "decision). Look at it again and sign anew.");
  const std::string key = TRY(signing_key(*scene.in_force().person(person), approval_namespace,
                                          command.statement, command.signature));

  const SignedAnswer signed_answer{command.request,   request->tier,    person, key,
                                   command.statement, command.signature};
  if (command.decision == Decision::deny) return Facts{RequestDenied{signed_answer}};
  TRY(check_requester(scene, request->terms));
  Facts facts{RequestApproved{signed_answer}};
  const FrozenTier& tier = request->tiers[static_cast<std::size_t>(request->tier) - 1];
  if (is_last_needed(*request, tier))
    facts.emplace_back(GrantOpened{next_number(scene.situation.grants), command.request,
                                   scene.now + request->terms.duration});
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
