// Asking for access.
#include <fmt/format.h>

#include <algorithm>

#include "emergency/asking.h"
#include "emergency/rules.h"

namespace postern::emergency {
namespace {

/// For whom access is asked for.
PersonId requester_of(const Scene& scene, const SubmitRequest& command) {
  return scene.by.person ? *scene.by.person : *command.on_behalf_of;
}

/// Whoever asks may, and may ask for the one who is to get in.
Result<void> check_standing(const Scene& scene, const SubmitRequest& command,
                            const catalog::Process* process) {
  TRY(scene.permit(Action::submit_request, process));
  if (!scene.by.service) {
    if (!command.on_behalf_of) return {};
    return fail(ErrorCode::invalid, "People ask for themselves only. A service may ask for others.");
  }
  if (!command.on_behalf_of) return fail(ErrorCode::invalid, "A service says for whom it asks: \"for\".");
  const PersonId& person = *command.on_behalf_of;
  const catalog::Service& service = scene.in_force().services.at(scene.by.service->text());
  if (!scene.in_force().is_member_of_any(service.may_ask_for, person))
    return fail(ErrorCode::forbidden, "This service may not ask for " + person.text() + ".");
  const Scene for_them{scene.situation, scene.policy, {person}, scene.now};
  return for_them.permit(Action::submit_request, process);
}

Result<void> check_person(const Scene& scene, const SubmitRequest& command, const catalog::Process& process) {
  const catalog::Person& person = *scene.in_force().person(requester_of(scene, command));
  if (process.access.mechanism != catalog::Mechanism::iam_user)
    return fail(ErrorCode::conflict,
                fmt::format("{} gives access by {}, which this version cannot do yet. Use its alternatives.",
                            process.id.text(), catalog::name_of(process.access.mechanism)));
  if (!person.iam_user)
    return fail(
        ErrorCode::conflict,
        person.id.text() + " has no IAM user in the emergency account, so this process cannot let them in.");
  std::size_t waiting = 0;
  for (const RequestId id : scene.situation.awaiting) {
    const RequestTerms& terms = scene.situation.request(id)->terms;
    // What a service asks for does not take away what the person may ask for themselves.
    if (terms.requester == person.id && terms.asked_by.has_value() == scene.by.service.has_value()) ++waiting;
  }
  if (waiting >= awaiting_per_person_max)
    return fail(ErrorCode::exhausted,
                fmt::format("{} requests for {} await an answer. Withdraw one first: postern withdraw R-…",
                            waiting, person.id.text()));
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
  const PersonId requester = requester_of(scene, command);
  for (const RequestId id : scene.situation.awaiting) {
    const RequestTerms& terms = scene.situation.request(id)->terms;
    if (terms.requester == requester && terms.process == command.process && terms.account == command.account)
      return fail(ErrorCode::conflict, "Request " + id.text() + " for " + requester.text() +
                                           " asks for the same and awaits an answer.");
  }
  return {};
}

/// Another start than the approval, or the end of a grant that goes on.
Result<void> check_times(const Scene& scene, const SubmitRequest& command) {
  if (command.starts_at) {
    const auto& until = scene.situation.emergency(command.emergency)->until;
    if (*command.starts_at <= scene.now || *command.starts_at > scene.now + starts_within_max)
      return fail(ErrorCode::invalid,
                  "Access starts between now and " + to_text(starts_within_max) + " from now.");
    if (until && *command.starts_at >= *until)
      return fail(ErrorCode::invalid, "Access would start after the emergency ends, at " +
                                          to_rfc3339(*until) + ". Have it extended first: postern extend " +
                                          command.emergency.text());
  }
  if (!command.extends) return {};
  if (command.starts_at)
    return fail(ErrorCode::invalid, "A grant that is extended goes on where it ends; leave the start out.");
  const Grant* grant = scene.situation.grant(*command.extends);
  if (grant == nullptr)
    return fail(ErrorCode::not_found, "There is no grant " + command.extends->text() + ".");
  const RequestTerms& terms = scene.situation.request(grant->request)->terms;
  const bool is_the_same = grant->person == requester_of(scene, command) &&
                           terms.process == command.process && terms.account == command.account &&
                           terms.emergency == command.emergency;
  if (!is_the_same)
    return fail(ErrorCode::conflict, grant->id.text() +
                                         " is for another person, emergency, process or account. Ask for it "
                                         "by itself: postern request …");
  if (grant->end || scene.now >= grant->until)
    return fail(ErrorCode::conflict, grant->id.text() + " is closed. Ask again: postern request …");
  return {};
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// What the requester found of their own way in.
Check readiness(const Scene& scene, const PersonId& requester) {
  const auto found = scene.situation.self_checks.find(requester);
  const auto failed = [](const Check& each) { return !each.passed; };
  Check check{std::string(own_way_in), true, ""};
  if (found == scene.situation.self_checks.end())
    check.note = requester.text() + " has never checked it: postern me check";
  else if (found->second.at + self_check_every < scene.now)
    check.note = "checked last at " + to_rfc3339(found->second.at);
  else if (std::any_of(found->second.checks.begin(), found->second.checks.end(), failed))
    check.note = "the last check found something: postern me check";
  check.passed = check.note.empty();
  return check;
}

Check freshness_of_drill(const catalog::Process& process, Instant now) {
  Check check{std::string(drilled_lately), true, ""};
  if (!process.drill_every) return check;
  if (!process.last_drill)
    check.note = "never drilled";
  else if (*process.last_drill + *process.drill_every < now)
    check.note = "drilled last on " + to_rfc3339(*process.last_drill).substr(0, 10);
  check.passed = check.note.empty();
  return check;
}

/// What does not block, but must be known to whoever asks and whoever approves.
std::vector<Check> warnings(const Scene& scene, const catalog::Process& process, const PersonId& requester) {
  std::vector<Check> checks;
  for (const catalog::Assumption& assumption : process.assumptions) {
    Check check{"assumption: " + assumption.text, false, "for whoever asks to confirm"};
    if (assumption.probe) {
      const auto state = scene.situation.probes.find(*assumption.probe);
      check.passed = state != scene.situation.probes.end() && state->second.seen(Verdict::up, 1).has_value();
      check.note = check.passed ? "" : "probe " + assumption.probe->text() + " does not say so";
    }
    checks.push_back(std::move(check));
  }
  checks.push_back(readiness(scene, requester));
  checks.push_back(freshness_of_drill(process, scene.now));
  if (scene.situation.catalog_unsigned)
    checks.push_back({std::string(signed_catalog), false, "it was put in force unsigned"});
  return checks;
}

/// Blocking checks have passed when this is called; of the warnings, each must have been read.
Result<std::vector<Check>> checked(const Scene& scene, const catalog::Process& process,
                                   const SubmitRequest& command) {
  std::vector<Check> out{{"authorised", true, ""},
                         {"emergency open", true, ""},
                         {"process fits the mode", true, ""},
                         {"account covered", true, ""},
                         {"within the limits", true, ""}};
  std::string open;
  for (Check& each : warnings(scene, process, requester_of(scene, command))) {
    const bool is_read = each.passed || contains(command.acknowledged, each.name);
    if (!is_read) open += "\n- " + each.name + (each.note.empty() ? "" : " (" + each.note + ")");
    if (!each.passed && is_read) each.note += "; acknowledged";
    out.push_back(std::move(each));
  }
  if (open.empty()) return out;
  return fail(ErrorCode::conflict,
              "To be acknowledged by whoever asks, and shown to whoever approves:" + open);
}

/// What approvers see and sign of the form; its free texts stand in the reason.
std::map<std::string, std::string> visible_fields(const catalog::Process& process,
                                                  const catalog::FormValues& values) {
  std::map<std::string, std::string> out;
  for (const catalog::FormField& each : process.form)
    if (const auto value = values.find(each.id);
        value != values.end() && each.kind != catalog::FormField::Kind::text)
      out.emplace(each.id, value->second);
  return out;
}

RequestTerms terms_of(const Scene& scene, const SubmitRequest& command, const catalog::Process& process) {
  RequestTerms terms{.request = next_number(scene.situation.requests),
                     .emergency = command.emergency,
                     .process = command.process,
                     .requester = requester_of(scene, command),
                     .account = command.account,
                     .emergency_role = process.access.emergency_role,
                     .target_role = process.access.target_role,
                     .duration = command.duration,
                     .session_max = std::min(process.access.session_max, chained_session_max),
                     .catalog = *scene.situation.catalog,
                     .reason = command.reason,
                     .fields = visible_fields(process, command.fields),
                     .starts_at = command.starts_at,
                     .extends = command.extends,
                     .asked_by = scene.by.service};
  // What goes on gives no more than it gave.
  if (command.extends)
    if (const std::string& role = scene.situation.grant(*command.extends)->target_role; !role.empty())
      terms.target_role = role;
  return terms;
}

}  // namespace

Result<void> check_limits(const Scene& scene, const catalog::Process& process, const PersonId& person,
                          const AccountId& account, const std::optional<GrantId>& but) {
  int by_person = 0;
  int by_account = 0;
  int all = 0;
  for (const GrantId id : scene.situation.open_grants) {
    const RequestTerms& terms = scene.situation.request(scene.situation.grant(id)->request)->terms;
    if (but == id || terms.process != process.id) continue;
    ++all;
    if (terms.requester == person) ++by_person;
    if (terms.account == account) ++by_account;
  }
  const auto check = [&](const std::optional<int>& most, int open, const std::string& whose) -> Result<void> {
    if (!most || open < *most) return {};
    return fail(ErrorCode::exhausted,
                fmt::format("{} of {} {} open, and the catalog allows no more. Close one: postern close G-…",
                            whose, process.id.text(), open == 1 ? "grant is" : "grants are"));
  };
  TRY(check(process.limits.grants_per_person, by_person,
            fmt::format("{} of {}'s", by_person, person.text())));
  TRY(check(process.limits.grants_per_account, by_account,
            fmt::format("{} for account {}", by_account, account.text())));
  return check(process.limits.grants, all, fmt::format("{} in all", all));
}

Result<Facts> decide_on(const Scene& scene, const SubmitRequest& command) {
  const catalog::Process* process =
      scene.policy.in_force == nullptr ? nullptr : scene.in_force().process(command.process);
  TRY(check_standing(scene, command, process));
  TRY(check_emergency(scene, command));
  TRY(check_person(scene, command, *process));
  TRY(check_scope(scene, command, *process));
  TRY(check_times(scene, command));
  TRY(check_limits(scene, *process, requester_of(scene, command), command.account, command.extends));
  TRY(catalog::check_form(scene.in_force(), *process, command.fields));
  std::vector<Check> checks = TRY(checked(scene, *process, command));
  ENSURE(scene.situation.catalog.has_value());
  Request draft{.terms = terms_of(scene, command, *process),
                .submitted_at = scene.now,
                .tiers = frozen_tiers(scene.in_force(), *process, requester_of(scene, command), scene.now),
                .answer_by = scene.now};
  Facts steps = next_step(draft, 0, scene.situation, scene.now);
  if (const auto* asked = std::get_if<RequestEscalated>(&steps.back())) {
    draft.tier = asked->tier;
    draft.answer_by = asked->answer_by;
    steps.pop_back();  // it is said with the submission
  }
  const RequestId id = draft.terms.request;
  Facts facts{RequestSubmitted{std::move(draft.terms), std::move(draft.tiers), draft.tier, draft.answer_by},
              RequestChecked{id, std::move(checks)}};
  for (Fact& each : steps) facts.push_back(std::move(each));
  return facts;
}

}  // namespace postern::emergency
