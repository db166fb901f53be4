#include <fmt/format.h>

#include <algorithm>

#include "catalog/difference_parts.h"

namespace postern::catalog {
namespace {

/// A day where it is one.
std::string moment(Instant at) {
  constexpr std::string_view midnight = "T00:00:00.000Z";
  std::string out = to_rfc3339(at);
  if (out.ends_with(midnight)) out.resize(out.size() - midnight.size());
  return out;
}

Says says_conditions(const std::vector<Condition>& conditions) {
  Says out;
  for (const Condition& each : conditions) out.push_back(in_words(each));
  return out;
}

Part part_of(const FailureMode& mode) {
  const auto& [id, title, leads_to, takes_away, confirm, declared_by, process, seen_by, lasts] = mode;
  const std::string& name = id.text();
  Part out{.where = "failure_modes." + name, .name = "Failure mode " + name, .weight = Weight::power};
  out.say_of("An emergency of " + name, Weight::power, "process", "is handled by", says(process.text()));
  out.say_of("The confirmation of " + name, Weight::safety, "confirm", "", says(in_words(confirm)));
  out.say(Weight::safety, "takes_away", "takes away", takes_away);
  out.say(Weight::safety, "seen_by", "must be seen by", says(counted(seen_by, "node")));
  out.say_of("An emergency of " + name, Weight::safety, "lasts", "lasts", says(to_text(lasts)));
  out.say(Weight::detail, "title", "is titled", says(quoted(title)));
  out.say(Weight::detail, "leads_to", "leads to", says(quoted(leads_to)));
  out.say_order("declared_by", "is declared by", says_ids(declared_by));
  return out;
}

Says says_assumptions(const std::vector<Assumption>& assumptions) {
  Says out;
  for (const Assumption& each : assumptions) {
    const auto& [text, probe, attest] = each;
    out.push_back(fmt::format("{}{}{}", quoted(text), probe ? " (probe " + probe->text() + ")" : "",
                              attest ? " (attested)" : ""));
  }
  return out;
}

void say_access(const Pair& pair, const std::string& name, const Access& access, Part& out) {
  const auto& [mechanism, emergency_role, target_role, target_policies, target_tags, target_accounts,
               smaller_roles, needs, grant_max, session_max] = access;
  const std::string subject = "Access by " + name;
  Says tags;
  for (const std::string& each : target_tags) tags.push_back(quoted(each));
  Says accounts;
  for (const AccountId& each : target_accounts) accounts.push_back(pair.account(each));
  out.say_of(subject, Weight::power, "access.mechanism", "works by",
             says(fmt::format("{} ({})", name_of(mechanism),
                              is_detected(mechanism) ? "detected, not enforced" : "enforced")));
  out.say_of(subject, Weight::power, "access.emergency_role", "goes through the role", says(emergency_role));
  out.say_of(subject, Weight::power, "access.target_role", "ends in the role", says(target_role));
  out.say_of("The target role of " + name, Weight::power, "access.target_policies", "has the policies",
             target_policies);
  out.say_of(subject, Weight::power, "access.targets.tags", "reaches every account tagged", tags);
  out.say_of(subject, Weight::power, "access.targets.accounts", "names the account", accounts);
  out.say_of("Approvers of " + name, Weight::power, "access.smaller_roles", "may give instead",
             smaller_roles);
  out.say_of("Grants of " + name, Weight::safety, "access.grant_max", "may last", says(to_text(grant_max)));
  out.say_of("Sessions of " + name, Weight::safety, "access.session_max", "may last",
             says(to_text(session_max)));
  out.say_of(subject, Weight::safety, "access.needs", "stands on", says_needs(needs));
}

/// Tiers, override and communication are parts of their own.
Part part_of(const Pair& pair, const Process& process) {
  const auto& [id, title, use_when, do_not_use_when, alternatives, assumptions, who_may_request, access,
               tiers, when_nobody_answers, override_rule, return_to_normal, communication, playbook,
               declared_to_access, by_hand, drill_every, last_drill, form, limits] = process;
  const std::string& name = id.text();
  Part out{.where = "processes." + name, .name = "Process " + name, .weight = Weight::power};
  say_access(pair, name, access, out);
  say_limits(limits, name, out);
  out.say(Weight::power, "alternatives", "names as an alternative", says_ids(alternatives));
  out.say_of("A request of " + name + " that nobody answers", Weight::safety, "approval.when_nobody_answers",
             "is", says(when_nobody_answers == WhenNobodyAnswers::deny ? "denied" : "open to override"));
  out.say(Weight::safety, "assumptions", "assumes", says_assumptions(assumptions));
  out.say_of("Return to normal after " + name, Weight::safety, "return_to_normal", "needs",
             says_conditions(return_to_normal));
  out.say(Weight::safety, "by_hand", "is", by_hand ? says("done by hand, without Postern") : Says{});
  out.say(Weight::safety, "drill_every", "is drilled every", says_duration(drill_every));
  out.say_of("The last drill of " + name, Weight::detail, "last_drill", "is dated",
             last_drill ? says(moment(*last_drill)) : Says{});
  out.say_of("Access by " + name, Weight::detail, "objectives.declared_to_access",
             "is due after the declaration within", says_duration(declared_to_access));
  out.say(Weight::detail, "title", "is titled", says(quoted(title)));
  out.say(Weight::detail, "use_when", "is for use when", says(quoted(use_when)));
  out.say(Weight::detail, "do_not_use_when", "is not for use when", says(quoted(do_not_use_when)));
  out.say(Weight::detail, "playbook", "has the playbook", says(playbook));
  out.say_order("who_may_request", "may be requested by", says_ids(who_may_request));
  return out;
}

Says says_people(const Pair& pair, const std::vector<PersonId>& people) {
  Says out;
  for (const PersonId& each : people) out.push_back(pair.person(each));
  return out;
}

Says says_levels(int managers) {
  return managers == 0 ? Says{} : says(fmt::format("the nearest {}", managers));
}

Says says_circles(const Pair& pair, const std::vector<Circle>& circles) {
  Says out;
  for (const auto& [from, people, managers, count] : circles) {
    Says of = says_ids(from);
    for (std::string& each : says_people(pair, people)) of.push_back(std::move(each));
    for (const std::string& each : says_levels(managers)) of.push_back(each + " of the requester's managers");
    out.push_back(fmt::format("{} by {}", counted(count, "approval"), joined(of)));
  }
  return out;
}

std::optional<Part> tier_of(const Pair& pair, const Process* process, std::size_t index) {
  if (process == nullptr || index >= process->tiers.size()) return std::nullopt;
  const auto& [from, count, within, calendar, people, managers, besides, remind_after] =
      process->tiers[index];
  Part out{.where = fmt::format("processes.{}.approval.tiers[{}]", process->id.text(), index),
           .name = fmt::format("Tier {} of {}", index + 1, process->id.text())};
  out.say(Weight::safety, "count", "needs", says(counted(count, "approval")));
  out.say(Weight::safety, "within", "waits", says(to_text(within)));
  out.say(Weight::safety, "when", "is asked only in the hours of", calendar ? says(*calendar) : Says{});
  out.say_order("from", "asks", says_ids(from));
  out.say_order("people", "asks", says_people(pair, people));
  out.say(Weight::power, "managers", "asks of the requester's managers", says_levels(managers));
  out.say(Weight::power, "and", "also needs", says_circles(pair, besides));
  out.say(Weight::safety, "remind_after", "reminds after", says_duration(remind_after));
  return out;
}

std::optional<Part> override_of(const Process* process) {
  if (process == nullptr || !process->override_rule) return std::nullopt;
  const auto& [by, co_signers, objection_window] = *process->override_rule;
  const std::string& name = process->id.text();
  Part out{
      .where = "processes." + name + ".override", .name = "The override of " + name, .weight = Weight::power};
  out.say(Weight::safety, "co_signers", "takes", says(counted(co_signers, "co-signer")));
  out.say(Weight::safety, "objection_window", "opens",
          says(objection_window.count() == 0 ? "at once" : "after " + to_text(objection_window)));
  out.say_order("by", "is for", says_ids(by));
  return out;
}

/// Field by field, by their ids.
void compare_forms(const Process* was, const Process& is, Changes& out) {
  const std::vector<Part> before = was == nullptr ? std::vector<Part>{} : parts_of_form(*was);
  const std::vector<Part> after = parts_of_form(is);
  const auto find = [](const std::vector<Part>& parts, const std::string& where) -> std::optional<Part> {
    for (const Part& each : parts)
      if (each.where == where) return each;
    return std::nullopt;
  };
  for (const Part& each : before) compare(std::optional(each), find(after, each.where), out);
  for (const Part& each : after)
    if (!find(before, each.where)) compare(std::nullopt, std::optional(each), out);
  const auto in_order = [](const std::vector<Part>& parts) {
    Says ids;
    for (const Part& each : parts) ids.push_back(each.where);
    return ids;
  };
  const Says was_in_order = in_order(before);
  const Says is_in_order = in_order(after);
  if (was_in_order != is_in_order &&
      std::is_permutation(is_in_order.begin(), is_in_order.end(), was_in_order.begin(), was_in_order.end()))
    out.add(Weight::detail, fmt::format("processes.{}.form", is.id.text()),
            fmt::format("The fields of the form of {} stand in another order.", is.id.text()));
}

std::optional<Part> telling_of(const Process* process) {
  if (process == nullptr || !process->communication) return std::nullopt;
  return communication_of(*process, *process->communication);
}

}  // namespace

void compare_modes(const Pair& pair, Changes& out) {
  compare_maps(
      pair.before.modes, pair.after.modes,
      [](const ModeId& /*id*/, const FailureMode& mode) { return part_of(mode); }, out);
}

void compare_processes(const Pair& pair, Changes& out) {
  walk_both(pair.before.processes, pair.after.processes,
            [&](const ProcessId& /*id*/, const Process* was, const Process* is) {
              const auto part = [&](const Process* each) {
                return each == nullptr ? std::nullopt : std::optional(part_of(pair, *each));
              };
              compare(part(was), part(is), out);
              if (is == nullptr) return;  // its tiers and rules went with it
              const std::size_t tiers = std::max(was == nullptr ? 0 : was->tiers.size(), is->tiers.size());
              for (std::size_t i = 0; i < tiers; ++i)
                compare(tier_of(pair, was, i), tier_of(pair, is, i), out);
              compare(override_of(was), override_of(is), out);
              compare(telling_of(was), telling_of(is), out);
              compare_forms(was, *is, out);
            });
}

}  // namespace postern::catalog
