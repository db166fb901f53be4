#include "emergency/confirmation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "emergency/describe.h"

namespace postern::emergency {
namespace {

using catalog::AtLeast;
using catalog::Attested;
using catalog::Catalog;
using catalog::Condition;
using catalog::ProbeDown;
using catalog::ProbeUp;

/// Where an evaluation looks things up.
struct View {
  const Catalog& catalog;
  const Situation& situation;
  const ModeId& mode;
  Instant now;
  Instant said_since = {};  ///< what people said before does not count

  /// How many nodes must see it.
  [[nodiscard]] int seen_by() const {
    const catalog::FailureMode* found = catalog.mode(mode);
    return found == nullptr ? 1 : found->seen_by;
  }
};

const ProbeState* probe_state(const Situation& situation, const ProbeId& probe) {
  const auto found = situation.probes.find(probe);
  return found == situation.probes.end() ? nullptr : &found->second;
}

/// "down since 2026-…"; with several nodes each by its name, because they may disagree.
std::string note_on(const ProbeState& state) {
  std::string note;
  for (const auto& [node, seen] : state.nodes) {
    if (!note.empty()) note += ", ";
    if (state.nodes.size() > 1) note += node + ": ";
    note += fmt::format("{} since {}", name_of(seen.verdict), to_rfc3339(seen.since));
  }
  return note.empty() ? "nothing is known of it yet" : note;
}

ConditionStatus probe_status(const View& view, const ProbeId& probe, Verdict wanted, seconds for_at_least) {
  ConditionStatus status;
  const int seen_by = view.seen_by();
  status.text = fmt::format("probe {} is {}{}{}", probe.text(), name_of(wanted),
                            for_at_least.count() > 0 ? " for at least " + to_text(for_at_least) : "",
                            seen_by > 1 ? fmt::format(", seen by {} nodes", seen_by) : "");
  const ProbeState* state = probe_state(view.situation, probe);
  status.note = note_on(state == nullptr ? ProbeState{} : *state);
  if (state == nullptr) return status;
  const std::optional<Instant> since = state->seen(wanted, seen_by);
  status.met = since && *since + for_at_least <= view.now;
  if (since && !status.met) status.note += ", long enough at " + to_rfc3339(*since + for_at_least);
  return status;
}

ConditionStatus status_of(const View& view, const ProbeDown& is) {
  return probe_status(view, is.probe, Verdict::down, is.for_at_least);
}
ConditionStatus status_of(const View& view, const ProbeUp& is) {
  return probe_status(view, is.probe, Verdict::up, is.for_at_least);
}

ConditionStatus status_of(const View& view, const Attested& is) {
  std::map<PersonId, Instant> people;
  for (const Attestation& each : view.situation.attestations) {
    const bool counts = each.mode == view.mode && each.statement == is.statement &&
                        each.at + attestation_valid_for > view.now && each.at >= view.said_since &&
                        view.catalog.is_member(is.by, each.person);
    if (counts) people.emplace(each.person, each.at);
  }
  ConditionStatus status;
  status.text = fmt::format("{} of {} attest: \"{}\"", is.count, is.by.text(), is.statement);
  status.met = std::ssize(people) >= is.count;
  for (const auto& [person, at] : people)
    status.note += fmt::format("{}{} at {}", status.note.empty() ? "" : ", ", person.text(), to_rfc3339(at));
  if (people.empty()) status.note = "nobody has yet";
  return status;
}

ConditionStatus status_of(const View& view, const AtLeast& is);

ConditionStatus status_of(const View& view, const Condition& condition) {
  return std::visit([&](const auto& is) { return status_of(view, is); }, condition.is);
}

ConditionStatus status_of(const View& view, const AtLeast& is) {
  ConditionStatus status;
  int met = 0;
  for (const Condition& part : is.of) {
    status.parts.push_back(status_of(view, part));
    if (status.parts.back().met) ++met;
  }
  const auto all = std::ssize(is.of);
  status.text = is.k == all ? "all of" : is.k == 1 ? "any of" : fmt::format("{} of", is.k);
  status.note = fmt::format("{} of {} met", met, all);
  status.met = met >= is.k;
  return status;
}

/// What the probes alone say: a part that only people can answer is neutral.
enum class Hint { against, neutral, suspicious };

/// What a hint is taken from.
struct Watching {
  const Situation& situation;
  int seen_by;
  [[nodiscard]] bool sees(const ProbeId& probe, Verdict wanted) const {
    const ProbeState* state = probe_state(situation, probe);
    return state != nullptr && state->seen(wanted, seen_by).has_value();
  }
};

Hint hint(const Watching& watching, const ProbeDown& is) {
  return watching.sees(is.probe, Verdict::down) ? Hint::suspicious : Hint::against;
}
Hint hint(const Watching& watching, const ProbeUp& is) {
  return watching.sees(is.probe, Verdict::up) ? Hint::neutral : Hint::against;
}
Hint hint(const Watching& /*watching*/, const Attested& /*is*/) { return Hint::neutral; }

Hint hint(const Watching& watching, const AtLeast& is) {
  int possible = 0;
  bool suspicious = false;
  for (const Condition& part : is.of) {
    const Hint each = std::visit([&](const auto& of) { return hint(watching, of); }, part.is);
    if (each != Hint::against) ++possible;
    suspicious = suspicious || each == Hint::suspicious;
  }
  if (possible < is.k) return Hint::against;
  return suspicious ? Hint::suspicious : Hint::neutral;
}

void collect_missing(const ConditionStatus& status, std::vector<std::string>& out) {
  if (status.met) return;
  if (status.parts.empty()) out.push_back(status.text + " (" + status.note + ")");
  for (const ConditionStatus& part : status.parts) collect_missing(part, out);
}

void collect_statements(const Condition& condition, const Catalog& catalog, const PersonId& person,
                        std::vector<std::string>& out) {
  if (const auto* attested = std::get_if<Attested>(&condition.is)) {
    const bool known = std::find(out.begin(), out.end(), attested->statement) != out.end();
    if (!known && catalog.is_member(attested->by, person)) out.push_back(attested->statement);
  }
  if (const auto* tree = std::get_if<AtLeast>(&condition.is))
    for (const Condition& part : tree->of) collect_statements(part, catalog, person, out);
}

}  // namespace

ConditionStatus evaluate(const Condition& condition, const Catalog& catalog, const Situation& situation,
                         const ModeId& mode, Instant now) {
  return status_of(View{catalog, situation, mode, now, said_since(situation, mode)}, condition);
}

Instant said_since(const Situation& situation, const ModeId& mode) {
  for (auto each = situation.emergencies.rbegin(); each != situation.emergencies.rend(); ++each)
    if (each->second.mode == mode && each->second.closed_at) return *each->second.closed_at;
  return {};
}

ConditionStatus evaluate_return(const Catalog& catalog, const Situation& situation,
                                const Emergency& emergency, Instant now) {
  const catalog::FailureMode* mode = catalog.mode(emergency.mode);
  const catalog::Process* process = mode == nullptr ? nullptr : catalog.process(mode->process);
  AtLeast all;
  if (process != nullptr) all.of = process->return_to_normal;
  all.k = static_cast<int>(all.of.size());
  const View view{catalog, situation, emergency.mode, now, emergency.declared_at};
  return status_of(view, Condition{std::move(all)});
}

bool is_suspected(const catalog::FailureMode& mode, const Situation& situation) {
  const Watching watching{situation, mode.seen_by};
  return std::visit([&](const auto& is) { return hint(watching, is); }, mode.confirm.is) == Hint::suspicious;
}

std::vector<std::string> missing(const ConditionStatus& status) {
  std::vector<std::string> out;
  collect_missing(status, out);
  return out;
}

std::vector<std::string> statements_for(const Condition& condition, const Catalog& catalog,
                                        const PersonId& person) {
  std::vector<std::string> out;
  collect_statements(condition, catalog, person, out);
  return out;
}

std::vector<std::string> return_statements_for(const catalog::FailureMode& mode, const Catalog& catalog,
                                               const PersonId& person) {
  std::vector<std::string> out;
  if (const catalog::Process* process = catalog.process(mode.process))
    for (const Condition& each : process->return_to_normal) collect_statements(each, catalog, person, out);
  return out;
}

}  // namespace postern::emergency
