// From probe to emergency.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "emergency/confirmation.h"
#include "emergency/rules.h"

namespace postern::emergency {
namespace {

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// True when the confirmation of `mode` asks `person` for that statement.
bool asks_of(const Scene& scene, const catalog::FailureMode& mode, const PersonId& person,
             const std::string& statement) {
  return contains(statements_for(mode.confirm, scene.in_force(), person), statement);
}

/// The incident's number, where there must be one. A ticket system that is down never stands in the way
/// unless the catalog always wants a number.
Result<void> check_incident(const Scene& scene, const Declare& command) {
  TRY(check_incident_form(command.incident));
  if (command.answer == IncidentAnswer::not_open)
    return fail(ErrorCode::conflict,
                "The ticket system does not know " + command.incident +
                    " as an open incident. Look it up, or leave --incident out and link it later.");
  const auto& incidents = scene.in_force().incidents;
  const bool could_have_one = incidents && !incidents->creates &&
                              incidents->required == catalog::IncidentRequired::when_reachable &&
                              command.answer == IncidentAnswer::reachable;
  if (command.incident.empty() && could_have_one)
    return fail(
        ErrorCode::invalid,
        "The ticket system answers, and the catalog then asks for an incident number: postern declare … "
        "--incident NUMBER");
  if (command.incident.empty() && needs_incident(scene))
    return fail(
        ErrorCode::invalid,
        "The catalog asks for an incident number: postern declare … --incident NUMBER. When the ticket "
        "system is down too, those whom the process names may go ahead: postern declare … --override");
  return {};
}

constexpr std::size_t warnings_max = 20;
constexpr std::size_t missing_max = 50;

}  // namespace

Result<void> check_incident_form(const std::string& incident) {
  if (incident.size() <= 64 && is_printable_text(incident) && incident.find('\n') == std::string::npos)
    return {};
  return fail(ErrorCode::invalid, "An incident number has at most 64 printable characters.");
}

bool needs_incident(const Scene& scene) {
  const auto& incidents = scene.in_force().incidents;
  return incidents && incidents->required == catalog::IncidentRequired::always;
}

Evidence evidence_for(const Scene& scene, const catalog::FailureMode& mode) {
  // With all else an entry has 65,535 bytes, and whatever a hostile answer put into a detail must not keep an
  // emergency from being declared.
  constexpr std::size_t bytes_max = 24'000;
  constexpr std::size_t detail_bytes_max = 100;
  Evidence out;
  std::size_t bytes = 0;
  const auto fits = [&](std::size_t more) { return (bytes += 2 * more + 200) <= bytes_max; };
  for (const ProbeId& probe : catalog::probes_in(mode.confirm))
    if (const auto state = scene.situation.probes.find(probe); state != scene.situation.probes.end())
      for (const auto& [node, view] : state->second.nodes)
        if (std::string detail = short_text(view.detail.substr(0, detail_bytes_max)); fits(detail.size()))
          out.probes.push_back({probe, view.verdict, view.since, node, std::move(detail)});
  for (const Attestation& each : scene.situation.attestations)
    if (each.mode == mode.id && each.at + attestation_valid_for > scene.now &&
        each.at >= said_since(scene.situation, mode.id) &&
        asks_of(scene, mode, each.person, each.statement) && fits(each.statement.size()))
      out.attestations.push_back({each.person, each.statement, each.at});
  return out;
}

/// What becomes of suspicions when a probe or the catalog has changed.
Facts suspicions_after(const catalog::Catalog& in_force, const Situation& after) {
  Facts facts;
  for (const auto& [id, since] : after.suspicions)
    if (in_force.mode(id) == nullptr) facts.emplace_back(SuspicionCleared{id});
  for (const auto& [id, mode] : in_force.modes) {
    const bool was = after.suspicions.contains(id);
    const bool is = is_suspected(mode, after);
    if (is && !was) {
      std::vector<ProbeId> because;
      for (const ProbeId& probe : catalog::probes_in(mode.confirm)) {
        const auto state = after.probes.find(probe);
        if (state != after.probes.end() && state->second.seen(Verdict::down, mode.seen_by))
          because.push_back(probe);
      }
      facts.emplace_back(SuspicionRaised{id, std::move(because)});
    }
    if (!is && was) facts.emplace_back(SuspicionCleared{id});
  }
  return facts;
}

namespace {

/// A probe of the catalog in force.
Result<const catalog::Probe*> known_probe(const Scene& scene, const ProbeId& id) {
  const auto none = [&] {
    return fail(ErrorCode::not_found, "The catalog in force has no probe " + id.text() + ".");
  };
  if (scene.policy.in_force == nullptr) return none();
  const auto found = scene.in_force().probes.find(id);
  if (found == scene.in_force().probes.end()) return none();
  return &found->second;
}

/// The change, and what it makes of suspicions.
Facts with_suspicions(const Scene& scene, const ProbeChanged& changed) {
  Situation after;
  after.probes = scene.situation.probes;
  after.suspicions = scene.situation.suspicions;
  after = apply(std::move(after), {scene.now, scene.by, "", changed});
  Facts facts{changed};
  for (Fact& each : suspicions_after(scene.in_force(), after)) facts.push_back(std::move(each));
  return facts;
}

}  // namespace

Result<Facts> decide_on(const Scene& scene, const ObserveProbe& command) {
  TRY(scene.permit(Action::operate));
  TRY(known_probe(scene, command.probe));
  if (command.node == said_by_people)
    return fail(ErrorCode::invalid, "No node is called \"people\": that is what people say by hand.");
  const auto known = scene.situation.probes.find(command.probe);
  Verdict before = Verdict::unknown;
  if (known != scene.situation.probes.end())
    if (const auto view = known->second.nodes.find(command.node); view != known->second.nodes.end())
      before = view->second.verdict;
  if (before == command.verdict) return Facts{};
  return with_suspicions(scene, {command.probe, command.node, command.verdict,
                                 std::min(command.since, scene.now), short_text(command.detail)});
}

Result<Facts> decide_on(const Scene& scene, const WarnOfProbe& command) {
  TRY(scene.permit(Action::operate));
  TRY(known_probe(scene, command.probe));
  ProbeWarned warned{command.probe, {}};
  for (const ProbeWarning& each : command.warnings)
    if (warned.warnings.size() < warnings_max) warned.warnings.push_back({each.kind, short_text(each.text)});
  const auto known = scene.situation.probes.find(command.probe);
  if (warned.warnings ==
      (known == scene.situation.probes.end() ? std::vector<ProbeWarning>{} : known->second.warnings))
    return Facts{};
  return Facts{std::move(warned)};
}

Result<Facts> decide_on(const Scene& scene, const ReportProbe& command) {
  const catalog::Probe* probe = TRY(known_probe(scene, command.probe));
  TRY(scene.permit(Action::report_probe, probe));
  const auto& manual = std::get<catalog::ManualProbe>(probe->check);
  if (command.because.empty() || command.because.size() > 300 || !is_printable_text(command.because) ||
      command.because.find('\n') != std::string::npos)
    return fail(ErrorCode::invalid, "Say on one line, in at most 300 printable characters, what you saw.");
  // "unknown" takes back what was said.
  std::optional<Instant> until;
  if (command.verdict != Verdict::unknown) until = scene.now + manual.valid_for;
  return with_suspicions(scene, {command.probe, std::string(said_by_people), command.verdict, scene.now,
                                 short_text(scene.by.person->text() + ": " + command.because), until});
}

Result<Facts> decide_on(const Scene& scene, const Attest& command) {
  const catalog::FailureMode* mode =
      scene.policy.in_force == nullptr ? nullptr : scene.in_force().mode(command.mode);
  TRY(scene.permit(Action::attest, mode));
  const PersonId& person = *scene.by.person;
  const Emergency* open = scene.situation.open_emergency_of(mode->id);
  std::vector<std::string> asked = statements_for(mode->confirm, scene.in_force(), person);
  if (open != nullptr)
    for (std::string& each : return_statements_for(*mode, scene.in_force(), person))
      asked.push_back(std::move(each));
  if (asked.empty())
    return fail(ErrorCode::conflict, "Nothing can be stated before an emergency of " + mode->id.text() +
                                         " is open: your group is asked whether it is over.");
  if (!contains(asked, command.statement))
    return fail(ErrorCode::invalid, "That is not what the confirmation of " + mode->id.text() +
                                        " asks you to state. It asks: \"" + asked.front() + "\"");
  return Facts{AttestationMade{mode->id, person, command.statement}};
}

Result<Facts> decide_on(const Scene& scene, const Declare& command) {
  const catalog::FailureMode* mode =
      scene.policy.in_force == nullptr ? nullptr : scene.in_force().mode(command.mode);
  TRY(scene.permit(Action::declare, mode));
  if (const Emergency* open = scene.situation.open_emergency_of(command.mode))
    return fail(ErrorCode::conflict, open->id.text() + " is open for " + command.mode.text() +
                                         " already. Use it: postern request " + open->id.text() + " …");
  TRY(check_incident(scene, command));
  const ConditionStatus status =
      evaluate(mode->confirm, scene.in_force(), scene.situation, mode->id, scene.now);
  if (!status.met) {
    std::string message = "This is not confirmed as an emergency yet. Missing:";
    for (const std::string& line : missing(status)) message += "\n- " + line;
    return fail(ErrorCode::conflict,
                message + "\nIf you see the failure yourself: postern attest " + mode->id.text());
  }
  Evidence evidence = evidence_for(scene, *mode);
  EmergencyDeclared declared{.emergency = next_number(scene.situation.emergencies),
                             .mode = mode->id,
                             .incident = command.incident,
                             .probes = std::move(evidence.probes),
                             .attestations = std::move(evidence.attestations),
                             .declared_by = *scene.by.person,
                             .until = scene.now + mode->lasts};
  const EmergencyId id = declared.emergency;
  Facts facts{std::move(declared)};
  if (command.answer == IncidentAnswer::open)
    facts.emplace_back(IncidentRecorded{id, command.incident, IncidentEvent::verified});
  return facts;
}

Facts closing(const Situation& situation, EmergencyClosed closed) {
  const EmergencyId emergency = closed.emergency;
  const ModeId& mode = situation.emergency(emergency)->mode;
  Facts facts{std::move(closed)};
  for (const RequestId id : situation.awaiting)
    if (situation.request(id)->terms.emergency == emergency)
      facts.emplace_back(RequestExpired{id, ExpiryCause::emergency_closed});
  for (const GrantId id : situation.open_grants)
    if (situation.request(situation.grant(id)->request)->terms.emergency == emergency)
      facts.emplace_back(GrantClosed{id, GrantEnd::emergency_closed});
  // One that was to declare the same mode must not open by itself when people have just said that it is over.
  for (const OverrideId id : situation.pending_overrides) {
    const auto& what = situation.override_of(id)->terms.what;
    const auto* approval = std::get_if<OverriddenApproval>(&what);
    const bool is_of_it = approval != nullptr
                              ? situation.request(approval->request)->terms.emergency == emergency
                              : std::get<OverriddenDeclaration>(what).mode == mode;
    if (is_of_it) facts.emplace_back(OverrideEnded{id, OverrideEnd::lapsed});
  }
  return facts;
}

namespace {

Result<const Emergency*> open_emergency(const Scene& scene, EmergencyId id, Action action) {
  const Emergency* emergency = scene.situation.emergency(id);
  if (emergency == nullptr) return fail(ErrorCode::not_found, "There is no emergency " + id.text() + ".");
  TRY(scene.permit(action, emergency));
  if (emergency->closed_at) return fail(ErrorCode::conflict, emergency->id.text() + " is closed already.");
  if (action == Action::extend_emergency && has_expired(*emergency, scene.now))
    return fail(ErrorCode::conflict, emergency->id.text() + " has expired. Declare it anew if it goes on.");
  return emergency;
}

/// A false alarm needs a reason, and so does an end that nothing proves.
Result<std::vector<std::string>> check_end(const Scene& scene, const Emergency& emergency,
                                           const CloseEmergency& command) {
  const std::string id = emergency.id.text();
  if (command.how == EmergencyEnd::false_alarm) {
    if (command.reason) return std::vector<std::string>{};
    return fail(ErrorCode::invalid,
                "Say why it was a false alarm: postern close " + id + " --false-alarm --reason \"…\"");
  }
  if (command.how != EmergencyEnd::over)
    return fail(ErrorCode::invalid, "People close an emergency as over or as a false alarm.");
  std::vector<std::string> open;
  for (const std::string& each :
       missing(evaluate_return(scene.in_force(), scene.situation, emergency, scene.now)))
    if (open.size() < missing_max) open.push_back(short_text(each));
  if (open.empty() || command.reason) return open;
  std::string message = "Normal access is not proven to work again. Missing:";
  for (const std::string& line : open) message += "\n- " + line;
  return fail(ErrorCode::conflict, message + "\nIf you have signed in the normal way: postern attest " + id +
                                       "\nTo close it all the same, say why: postern close " + id +
                                       " --reason \"…\"");
}

}  // namespace

Result<Facts> decide_on(const Scene& scene, const CloseEmergency& command) {
  const Emergency* emergency = TRY(open_emergency(scene, command.emergency, Action::close_emergency));
  std::vector<std::string> missing = TRY(check_end(scene, *emergency, command));
  return closing(scene.situation, {command.emergency, command.how, std::move(missing), command.reason});
}

Result<Facts> decide_on(const Scene& scene, const ExtendEmergency& command) {
  const Emergency* emergency = TRY(open_emergency(scene, command.emergency, Action::extend_emergency));
  const seconds most = scene.in_force().mode(emergency->mode)->lasts;
  const seconds by = command.by.value_or(most);
  if (by < seconds(60) || by > most)
    return fail(ErrorCode::invalid, fmt::format("An emergency of {} is extended by 1m to {} from now on.",
                                                emergency->mode.text(), to_text(most)));
  const Instant until = scene.now + by;
  if (emergency->until && until <= *emergency->until)
    return fail(ErrorCode::conflict, fmt::format("{} lasts until {} already.", emergency->id.text(),
                                                 to_rfc3339(*emergency->until)));
  return Facts{EmergencyExtended{emergency->id, until}};
}

}  // namespace postern::emergency
