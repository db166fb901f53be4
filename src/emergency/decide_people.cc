// Who is away, and the timeline that people keep.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "emergency/rules.h"
#include "emergency/statement.h"

namespace postern::emergency {
namespace {

Result<const Emergency*> known_emergency(const Scene& scene, EmergencyId id, Action action) {
  const Emergency* found = scene.situation.emergency(id);
  if (found == nullptr) return fail(ErrorCode::not_found, "There is no emergency " + id.text() + ".");
  TRY(scene.permit(action, found));
  return found;
}

Result<void> check_absence(const Scene& scene, const MarkAbsent& command) {
  if (command.to <= command.from || command.to <= scene.now)
    return fail(ErrorCode::invalid, "An absence ends after it begins, and not in the past.");
  if (command.to - command.from > absence_max || command.from > scene.now + absence_max)
    return fail(ErrorCode::invalid,
                "An absence lasts, and lies ahead, at most " + to_text(absence_max) + ".");
  const auto known = scene.situation.absences.find(command.person);
  if (known == scene.situation.absences.end()) return {};
  const auto open = std::count_if(known->second.begin(), known->second.end(),
                                  [&](const Absence& each) { return each.to > scene.now; });
  if (open >= static_cast<std::ptrdiff_t>(absences_per_person_max))
    return fail(ErrorCode::exhausted,
                fmt::format("{} absences of {} are known already. Take them back first: postern back", open,
                            command.person.text()));
  for (const Absence& each : known->second)
    if (each.from == command.from && each.to == command.to)
      return fail(ErrorCode::conflict, "This absence is known already.");
  return {};
}

}  // namespace

Result<Facts> decide_on(const Scene& scene, const MarkAbsent& command) {
  TRY(scene.permit(Action::mark_absent, &command.person));
  TRY(check_absence(scene, command));
  const PersonId& signer = *scene.by.person;
  if (command.statement !=
      absence_statement(scene.policy.ledger, command.person, command.from, command.to, signer))
    return fail(ErrorCode::forbidden, "What was signed is not this absence. Sign it anew.");
  const std::string key = TRY(
      signing_key(*scene.in_force().person(signer), absence_namespace, command.statement, command.signature));
  return Facts{AbsenceMarked{
      command.person, command.from, command.to, {signer, key, command.statement, command.signature}}};
}

Result<Facts> decide_on(const Scene& scene, const EndAbsence& command) {
  TRY(scene.permit(Action::mark_absent, &command.person));
  if (!scene.situation.absences.contains(command.person))
    return fail(ErrorCode::conflict, "No absence of " + command.person.text() + " is known.");
  return Facts{AbsenceEnded{command.person}};
}

Result<Facts> decide_on(const Scene& scene, const NoteTimeline& command) {
  const Emergency* emergency = TRY(known_emergency(scene, command.emergency, Action::keep_timeline));
  if (emergency->timeline.size() >= timeline_max)
    return fail(ErrorCode::exhausted, fmt::format("A timeline holds {} entries.", timeline_max));
  return Facts{EmergencyNoted{emergency->id, *scene.by.person, command.note}};
}

Result<Facts> decide_on(const Scene& scene, const LinkIncident& command) {
  const Emergency* emergency = TRY(known_emergency(scene, command.emergency, Action::link_incident));
  TRY(check_incident_form(command.incident));
  if (command.incident.empty()) return fail(ErrorCode::invalid, "Say the incident's number.");
  if (emergency->incident == command.incident && emergency->has_known_incident())
    return fail(ErrorCode::conflict, emergency->id.text() + " is linked to it already.");
  return Facts{IncidentRecorded{emergency->id, command.incident, IncidentEvent::linked}};
}

Result<Facts> decide_on(const Scene& scene, const RecordIncident& command) {
  TRY(scene.permit(Action::operate));
  const Emergency* emergency = scene.situation.emergency(command.emergency);
  if (emergency == nullptr)
    return fail(ErrorCode::not_found, "There is no emergency " + command.emergency.text() + ".");
  TRY(check_incident_form(command.incident));
  if (emergency->incident == command.incident && emergency->incident_event == command.event) return Facts{};
  // A number that a person has given meanwhile is not written over by one that Postern made.
  if (command.event == IncidentEvent::created && !emergency->incident.empty()) return Facts{};
  if (command.event != IncidentEvent::created && emergency->incident != command.incident) return Facts{};
  return Facts{IncidentRecorded{emergency->id, command.incident, command.event}};
}

}  // namespace postern::emergency
