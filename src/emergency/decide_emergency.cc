// From probe to emergency.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "emergency/confirmation.h"
#include "emergency/rules.h"

namespace postern::emergency {
namespace {

/// True when the confirmation of `mode` asks `person` for that statement.
bool asks_of(const Scene& scene, const catalog::FailureMode& mode, const PersonId& person,
             const std::string& statement) {
  const auto asked = statements_for(mode.confirm, scene.in_force(), person);
  return std::find(asked.begin(), asked.end(), statement) != asked.end();
}

}  // namespace

/// What becomes of suspicions when a probe or the catalog has changed.
Facts suspicions_after(const catalog::Catalog& in_force, const Situation& after) {
  Facts facts;
  for (const auto& [id, since] : after.suspicions)
    if (in_force.mode(id) == nullptr) facts.emplace_back(SuspicionCleared{id});
  for (const auto& [id, mode] : in_force.modes) {
    const bool was = after.suspicions.contains(id);
    const bool is = is_suspected(mode.confirm, after);
    if (is && !was) {
      std::vector<ProbeId> because;
      for (const ProbeId& probe : catalog::probes_in(mode.confirm)) {
        const auto state = after.probes.find(probe);
        if (state != after.probes.end() && state->second.verdict == Verdict::down) because.push_back(probe);
      }
      facts.emplace_back(SuspicionRaised{id, std::move(because)});
    }
    if (!is && was) facts.emplace_back(SuspicionCleared{id});
  }
  return facts;
}

Result<Facts> decide_on(const Scene& scene, const ObserveProbe& command) {
  TRY(scene.permit(Action::operate));
  if (scene.policy.in_force == nullptr || !scene.in_force().probes.contains(command.probe))
    return fail(ErrorCode::not_found, "The catalog in force has no probe " + command.probe.text() + ".");
  const auto known = scene.situation.probes.find(command.probe);
  const Verdict before = known == scene.situation.probes.end() ? Verdict::unknown : known->second.verdict;
  if (before == command.verdict) return Facts{};
  const ProbeChanged changed{command.probe, command.verdict, std::min(command.since, scene.now),
                             short_text(command.detail)};
  Situation after;
  after.probes = scene.situation.probes;
  after.suspicions = scene.situation.suspicions;
  after = apply(std::move(after), {scene.now, scene.by, "", changed});
  Facts facts{changed};
  for (Fact& each : suspicions_after(scene.in_force(), after)) facts.push_back(std::move(each));
  return facts;
}

Result<Facts> decide_on(const Scene& scene, const Attest& command) {
  const catalog::FailureMode* mode =
      scene.policy.in_force == nullptr ? nullptr : scene.in_force().mode(command.mode);
  TRY(scene.permit(Action::attest, mode));
  if (!asks_of(scene, *mode, *scene.by.person, command.statement))
    return fail(ErrorCode::invalid,
                "That is not what the confirmation of " + mode->id.text() +
                    " asks you to state. It asks: \"" +
                    statements_for(mode->confirm, scene.in_force(), *scene.by.person).front() + "\"");
  return Facts{AttestationMade{mode->id, *scene.by.person, command.statement}};
}

Result<Facts> decide_on(const Scene& scene, const Declare& command) {
  const catalog::FailureMode* mode =
      scene.policy.in_force == nullptr ? nullptr : scene.in_force().mode(command.mode);
  TRY(scene.permit(Action::declare, mode));
  if (const Emergency* open = scene.situation.open_emergency_of(command.mode))
    return fail(ErrorCode::conflict, open->id.text() + " is open for " + command.mode.text() +
                                         " already. Use it: postern request " + open->id.text() + " …");
  if (command.incident.size() > 64 || !is_printable_text(command.incident) ||
      command.incident.find('\n') != std::string::npos)
    return fail(ErrorCode::invalid, "An incident number has at most 64 printable characters.");
  const ConditionStatus status =
      evaluate(mode->confirm, scene.in_force(), scene.situation, mode->id, scene.now);
  if (!status.met) {
    std::string message = "This is not confirmed as an emergency yet. Missing:";
    for (const std::string& line : missing(status)) message += "\n- " + line;
    return fail(ErrorCode::conflict,
                message + "\nIf you see the failure yourself: postern attest " + mode->id.text());
  }
  EmergencyDeclared declared{.emergency = next_number(scene.situation.emergencies),
                             .mode = mode->id,
                             .incident = command.incident,
                             .probes = {},
                             .attestations = {}};
  for (const ProbeId& probe : catalog::probes_in(mode->confirm))
    if (const auto state = scene.situation.probes.find(probe); state != scene.situation.probes.end())
      declared.probes.push_back({probe, state->second.verdict, state->second.since});
  for (const Attestation& each : scene.situation.attestations)
    if (each.mode == mode->id && each.at + attestation_valid_for > scene.now &&
        asks_of(scene, *mode, each.person, each.statement))
      declared.attestations.push_back({each.person, each.statement, each.at});
  return Facts{declared};
}

Result<Facts> decide_on(const Scene& scene, const CloseEmergency& command) {
  const Emergency* emergency = scene.situation.emergency(command.emergency);
  if (emergency == nullptr)
    return fail(ErrorCode::not_found, "There is no emergency " + command.emergency.text() + ".");
  TRY(scene.permit(Action::close_emergency, emergency));
  if (emergency->closed_at) return fail(ErrorCode::conflict, emergency->id.text() + " is closed already.");
  Facts facts;
  for (const RequestId id : scene.situation.awaiting)
    if (scene.situation.request(id)->terms.emergency == command.emergency)
      facts.emplace_back(RequestExpired{id, ExpiryCause::emergency_closed});
  for (const GrantId id : scene.situation.open_grants)
    if (scene.situation.request(scene.situation.grant(id)->request)->terms.emergency == command.emergency)
      facts.emplace_back(GrantClosed{id, GrantEnd::emergency_closed});
  facts.insert(facts.begin(), EmergencyClosed{command.emergency});
  return facts;
}

}  // namespace postern::emergency
