#include "emergency/may.h"

#include <algorithm>

#include "emergency/asking.h"
#include "emergency/confirmation.h"

namespace postern::emergency {
namespace {

Permission yes(std::string why) { return {true, std::move(why)}; }
Permission no(std::string why) { return {false, std::move(why)}; }

std::string list(const std::vector<GroupId>& groups) {
  std::string out;
  for (const GroupId& group : groups) out += (out.empty() ? "" : ", ") + group.text();
  return out.empty() ? "nobody" : out;
}

/// A person of the catalog in force, about to do something.
struct Asking {
  const catalog::Catalog& in_force;
  const Situation& situation;
  const PersonId& person;

  [[nodiscard]] bool is_in(const std::vector<GroupId>& groups) const {
    return in_force.is_member_of_any(groups, person);
  }
};

Permission in_groups(const Asking& asking, const std::vector<GroupId>& groups, const std::string& what) {
  if (asking.is_in(groups)) return yes("a member of " + list(groups) + " may " + what);
  return no(asking.person.text() + " may not " + what + ": that is for " + list(groups) + ".");
}

const catalog::FailureMode* mode_of(const Asking& asking, const Emergency* emergency) {
  return emergency == nullptr ? nullptr : asking.in_force.mode(emergency->mode);
}

Permission may_attest(const Asking& asking, const catalog::FailureMode* mode) {
  if (mode == nullptr) return no("There is no such failure mode in the catalog in force.");
  if (!statements_for(mode->confirm, asking.in_force, asking.person).empty() ||
      !return_statements_for(*mode, asking.in_force, asking.person).empty())
    return yes("the confirmation of " + mode->id.text() + " asks for a statement by a group of " +
               asking.person.text());
  return no("The confirmation of " + mode->id.text() + " asks for no statement by " + asking.person.text() +
            ".");
}

Permission may_declare(const Asking& asking, const catalog::FailureMode* mode) {
  if (mode == nullptr) return no("There is no such failure mode in the catalog in force.");
  return in_groups(asking, mode->declared_by, "declare " + mode->id.text());
}

Permission may_request(const Asking& asking, const catalog::Process* process) {
  if (process == nullptr) return no("There is no such process in the catalog in force.");
  return in_groups(asking, process->who_may_request, "request access by " + process->id.text());
}

std::string list_of(const FrozenTier& tier) {
  std::string out;
  for (const FrozenCircle& circle : tier.circles)
    for (const PersonId& each : circle.eligible) out += (out.empty() ? "" : ", ") + each.text();
  return out.empty() ? "nobody" : out;
}

/// Standing is checked twice: frozen when the request was made, and in the catalog in force now. Whether
/// somebody for whom a deputy answers is away is decided after that.
Permission may_answer(const Asking& asking, const Request* request) {
  if (request == nullptr) return no("There is no such request.");
  if (request->terms.requester == asking.person)
    return no("Nobody answers their own request. Somebody else of the tier must.");
  const FrozenTier& tier = request->asked_tier();
  const Seat seat = seat_of(tier, asking.in_force, request->terms.requester, asking.person);
  if (!seat.exists())
    return no(asking.person.text() + " is not among those asked now (tier " + std::to_string(request->tier) +
              ": " + list_of(tier) + ").");
  if (seat.is_own) return yes("asked in tier " + std::to_string(request->tier));
  return yes("asked in tier " + std::to_string(request->tier) + " as the deputy of " +
             seat.may_stand_in_for.front().text());
}

Permission may_withdraw(const Asking& asking, const Request* request) {
  if (request != nullptr && request->terms.requester == asking.person) return yes("it is their own request");
  return no("Only the requester may withdraw a request. An approver may deny it.");
}

Permission may_open_session(const Asking& asking, const Grant* grant) {
  if (grant == nullptr || grant->person != asking.person)
    return no("A grant is for the person who asked for it alone.");
  const Request* request = asking.situation.request(grant->request);
  const catalog::Process* process = asking.in_force.process(request->terms.process);
  return may_request(asking, process);  // standing is checked again at every session
}

Permission may_report(const Asking& asking, const Session* session) {
  if (session != nullptr && session->person == asking.person) return yes("it is their own session");
  return no("Only the holder of a session may report on it.");
}

bool is_owner(const Asking& asking) {
  const auto& owners = asking.in_force.owners.people;
  return std::find(owners.begin(), owners.end(), asking.person) != owners.end();
}

Permission may_end_or_extend(const Asking& asking, const Emergency* emergency, const std::string& what) {
  if (emergency == nullptr) return no("There is no such emergency.");
  const catalog::FailureMode* mode = mode_of(asking, emergency);
  const bool closes = what == "close";
  if (mode == nullptr && closes && is_owner(asking))
    return yes("an owner, and the failure mode is no longer in the catalog");
  if (mode == nullptr)
    return no("The failure mode of " + emergency->id.text() +
              " is no longer in the catalog. An owner may close the emergency.");
  // Whoever went ahead may also stop.
  if (closes && emergency->by_override && emergency->declared_by == asking.person)
    return yes("declared it by an override of their own");
  return in_groups(asking, mode->declared_by, what + " an emergency of " + mode->id.text());
}

Permission may_report_probe(const Asking& asking, const catalog::Probe* probe) {
  const auto* manual = probe == nullptr ? nullptr : std::get_if<catalog::ManualProbe>(&probe->check);
  if (manual == nullptr) return no("There is no such probe, or it is not one that people speak for.");
  return in_groups(asking, {manual->by}, "say how " + probe->id.text() + " is");
}

// --- Overrides

/// By the rule of `process` in the catalog in force. An empty list means nobody.
Permission may_override(const Asking& asking, const catalog::Process* process) {
  if (process == nullptr || !process->override_rule || process->override_rule->by.empty())
    return no("Nobody may override here: the process names nobody for it.");
  return in_groups(asking, process->override_rule->by, "override " + process->id.text());
}

Permission may_override_confirmation(const Asking& asking, const catalog::FailureMode* mode) {
  if (mode == nullptr) return no("There is no such failure mode in the catalog in force.");
  return may_override(asking, asking.in_force.process(mode->process));
}

Permission may_override_approval(const Asking& asking, const Request* request) {
  if (request == nullptr) return no("There is no such request.");
  if (request->terms.requester != asking.person)
    return no("Only the requester may go ahead without approval. Anybody else of the tiers may approve.");
  const catalog::Process* process = asking.in_force.process(request->terms.process);
  // Who may not ask for it any more may not go ahead with it either.
  if (const Permission requesting = may_request(asking, process); !requesting.allowed) return requesting;
  return may_override(asking, process);
}

/// The process whose rule an override was made under, as the catalog in force has it.
const catalog::Process* process_of(const Asking& asking, const Override& overriding) {
  if (const auto* declaration = std::get_if<OverriddenDeclaration>(&overriding.terms.what)) {
    const catalog::FailureMode* mode = asking.in_force.mode(declaration->mode);
    return mode == nullptr ? nullptr : asking.in_force.process(mode->process);
  }
  const auto& approval = std::get<OverriddenApproval>(overriding.terms.what);
  return asking.in_force.process(asking.situation.request(approval.request)->terms.process);
}

Permission may_cosign(const Asking& asking, const Override* overriding) {
  if (overriding == nullptr) return no("There is no such override.");
  if (overriding->terms.person == asking.person)
    return no("Nobody co-signs their own override. Somebody else must.");
  return may_override(asking, process_of(asking, *overriding));
}

bool is_skipped(const Asking& asking, const Override& overriding) {
  return std::binary_search(overriding.skipped.begin(), overriding.skipped.end(), asking.person);
}

Permission may_object(const Asking& asking, const Override* overriding) {
  if (overriding != nullptr && is_skipped(asking, *overriding)) return yes("was skipped by it");
  return no("Only those who were skipped by an override may object to it.");
}

Permission may_withdraw_override(const Asking& asking, const Override* overriding) {
  if (overriding != nullptr && overriding->terms.person == asking.person)
    return yes("it is their own override");
  return no("Only its maker may withdraw an override. Those who were skipped may object.");
}

Permission may_review(const Asking& asking, const Override* overriding) {
  if (overriding == nullptr) return no("There is no such override.");
  const auto has_signed = [&](const PersonId& person) {
    const auto& signers = overriding->co_signers;
    return person == overriding->terms.person ||
           std::find(signers.begin(), signers.end(), person) != signers.end();
  };
  if (has_signed(asking.person)) return no("Whoever signed an override does not review it.");
  if (is_skipped(asking, *overriding)) return yes("was skipped by it");
  // A review that nobody can give would bind its maker for ever.
  const bool anybody_left = std::any_of(
      overriding->skipped.begin(), overriding->skipped.end(),
      [&](const PersonId& each) { return !has_signed(each) && asking.in_force.person(each) != nullptr; });
  if (!anybody_left && is_owner(asking)) return yes("an owner, as nobody is left whom it skipped");
  return no("An override is reviewed by somebody whom it skipped.");
}

Permission may_close_grant(const Asking& asking, const Grant* grant) {
  if (grant == nullptr) return no("There is no such grant.");
  if (grant->person == asking.person) return yes("it is their own grant");
  const Request* request = asking.situation.request(grant->request);
  for (const FrozenTier& tier : request->tiers)
    if (seat_of(tier, asking.in_force, request->terms.requester, asking.person).is_own)
      return yes("among those who approve such requests");
  const catalog::FailureMode* mode = mode_of(asking, asking.situation.emergency(request->terms.emergency));
  if (mode != nullptr && asking.is_in(mode->declared_by))
    return yes("may declare and close " + mode->id.text());
  return no(
      "A grant is closed by its holder, by those who approve it, or by those who declare the emergency.");
}

Permission may_adopt(const Asking& asking) {
  if (is_owner(asking)) return yes("an owner of the catalog");
  return no("Only owners of the catalog may put another one in force.");
}

bool is_manager(const Asking& asking, const PersonId& of) {
  const catalog::Person* person = asking.in_force.person(of);
  return person != nullptr && person->manager == asking.person;
}

Permission may_mark_absent(const Asking& asking, const PersonId* of) {
  if (of == nullptr || asking.in_force.person(*of) == nullptr) return no("There is no such person.");
  if (*of == asking.person) return yes("their own absence");
  if (is_manager(asking, *of)) return yes("their manager");
  return no("Absence is said by the person or their manager.");
}

/// Whoever may open or end the emergency keeps its timeline, and so does whoever works in it.
Permission may_keep_timeline(const Asking& asking, const Emergency* emergency) {
  if (emergency == nullptr) return no("There is no such emergency.");
  const catalog::FailureMode* mode = mode_of(asking, emergency);
  const auto has_grant = [&](const auto& each) {
    return each.second.person == asking.person &&
           asking.situation.request(each.second.request)->terms.emergency == emergency->id;
  };
  if (std::any_of(asking.situation.grants.begin(), asking.situation.grants.end(), has_grant))
    return yes("has access in it");
  if (mode == nullptr) return no("The failure mode is no longer in the catalog.");
  return in_groups(asking, mode->declared_by, "keep the timeline of " + emergency->id.text());
}

Permission may_run_emergency(const Asking& asking, const Emergency* emergency, const std::string& what) {
  const catalog::FailureMode* mode = mode_of(asking, emergency);
  if (mode == nullptr)
    return no("There is no such emergency, or its failure mode is no longer in the catalog.");
  return in_groups(asking, mode->declared_by, what);
}

Permission may_confirm(const Asking& asking, const catalog::Upkeep* upkeep) {
  if (upkeep == nullptr) return no("There is no such upkeep in the catalog in force.");
  return in_groups(asking, {upkeep->by}, "confirm this");
}

template <class T>
const T* as(const Target& target) {
  const auto* found = std::get_if<const T*>(&target);
  return found == nullptr ? nullptr : *found;
}

Permission person_may(const Asking& asking, Action action, const Target& target) {
  switch (action) {
    case Action::read:
      return yes("everybody in the catalog may read");
    case Action::login:
      return yes("everybody in the catalog may log in");
    case Action::attest:
      return may_attest(asking, as<catalog::FailureMode>(target));
    case Action::declare:
      return may_declare(asking, as<catalog::FailureMode>(target));
    case Action::close_emergency:
      return may_end_or_extend(asking, as<Emergency>(target), "close");
    case Action::extend_emergency:
      return may_end_or_extend(asking, as<Emergency>(target), "extend");
    case Action::report_probe:
      return may_report_probe(asking, as<catalog::Probe>(target));
    case Action::override_confirmation:
      return may_override_confirmation(asking, as<catalog::FailureMode>(target));
    case Action::override_approval:
      return may_override_approval(asking, as<Request>(target));
    case Action::cosign_override:
      return may_cosign(asking, as<Override>(target));
    case Action::object_to_override:
      return may_object(asking, as<Override>(target));
    case Action::withdraw_override:
      return may_withdraw_override(asking, as<Override>(target));
    case Action::review_override:
      return may_review(asking, as<Override>(target));
    case Action::submit_request:
      return may_request(asking, as<catalog::Process>(target));
    case Action::answer_request:
      return may_answer(asking, as<Request>(target));
    case Action::withdraw_request:
      return may_withdraw(asking, as<Request>(target));
    case Action::open_session:
      return may_open_session(asking, as<Grant>(target));
    case Action::report_session:
      return may_report(asking, as<Session>(target));
    case Action::close_grant:
      return may_close_grant(asking, as<Grant>(target));
    case Action::adopt_catalog:
    case Action::propose_catalog:
    case Action::sign_catalog:
      return may_adopt(asking);
    case Action::check_self:
      return yes("everybody in the catalog may check their own way in");
    case Action::confirm_upkeep:
      return may_confirm(asking, as<catalog::Upkeep>(target));
    case Action::mark_absent:
      return may_mark_absent(asking, as<PersonId>(target));
    case Action::test_notice:
      return yes("everybody in the catalog may have a test sent to themselves");
    case Action::keep_timeline:
      return may_keep_timeline(asking, as<Emergency>(target));
    case Action::link_incident:
      return may_run_emergency(asking, as<Emergency>(target), "link an incident");
    case Action::publish_text:
      return may_run_emergency(asking, as<Emergency>(target), "speak for the company");
    case Action::operate:
      return no("Only Postern itself does this.");
  }
  return no("");
}

/// Another company system asks, and sees and takes back what it asked for. Everything else is for people.
Permission service_may(const catalog::Catalog& in_force, const ServiceId& id, Action action,
                       const Target& target) {
  const auto found = in_force.services.find(id.text());
  if (found == in_force.services.end()) return no("The catalog in force knows no service " + id.text() + ".");
  if (action == Action::submit_request) {
    const auto* process = as<catalog::Process>(target);
    const auto& processes = found->second.processes;
    if (process != nullptr && std::find(processes.begin(), processes.end(), process->id) != processes.end())
      return yes("a service that may ask for " + process->id.text());
    return no("This service may not ask for that process.");
  }
  if (action == Action::withdraw_request) {
    const auto* request = as<Request>(target);
    if (request != nullptr && request->terms.asked_by == id) return yes("it asked for it");
    return no("A service withdraws only what it asked for.");
  }
  return no("A service may ask, and never " + std::string(name_of(action)) + ".");
}

}  // namespace

std::string_view name_of(Action action) {
  switch (action) {
    case Action::read:
      return "read";
    case Action::login:
      return "login";
    case Action::attest:
      return "attest";
    case Action::declare:
      return "declare";
    case Action::close_emergency:
      return "close_emergency";
    case Action::submit_request:
      return "submit_request";
    case Action::answer_request:
      return "answer_request";
    case Action::withdraw_request:
      return "withdraw_request";
    case Action::open_session:
      return "open_session";
    case Action::report_session:
      return "report_session";
    case Action::close_grant:
      return "close_grant";
    case Action::adopt_catalog:
      return "adopt_catalog";
    case Action::propose_catalog:
      return "propose_catalog";
    case Action::sign_catalog:
      return "sign_catalog";
    case Action::check_self:
      return "check_self";
    case Action::report_probe:
      return "report_probe";
    case Action::extend_emergency:
      return "extend_emergency";
    case Action::override_confirmation:
      return "override_confirmation";
    case Action::override_approval:
      return "override_approval";
    case Action::cosign_override:
      return "cosign_override";
    case Action::object_to_override:
      return "object_to_override";
    case Action::withdraw_override:
      return "withdraw_override";
    case Action::review_override:
      return "review_override";
    case Action::confirm_upkeep:
      return "confirm_upkeep";
    case Action::mark_absent:
      return "mark_absent";
    case Action::test_notice:
      return "test_notice";
    case Action::keep_timeline:
      return "keep_timeline";
    case Action::link_incident:
      return "link_incident";
    case Action::publish_text:
      return "publish_text";
    case Action::operate:
      return "operate";
  }
  return "";
}

Permission may(const Policy& policy, const Situation& situation, const Actor& actor, Action action,
               const Target& target) {
  if (actor.is_postern()) {
    // The system itself works timers and probes, and brings in a catalog whose signatures decide() verifies.
    const bool its_own = action == Action::operate || action == Action::adopt_catalog;
    return its_own ? yes("Postern itself")
                   : no("Postern itself does not " + std::string(name_of(action)) + ".");
  }
  if (policy.in_force == nullptr) return no("No catalog is in force yet, so nobody may do anything.");
  if (actor.service) return service_may(*policy.in_force, *actor.service, action, target);
  if (policy.in_force->person(*actor.person) == nullptr)
    return no(actor.person->text() + " is not in the catalog in force.");
  return person_may(Asking{*policy.in_force, situation, *actor.person}, action, target);
}

}  // namespace postern::emergency
