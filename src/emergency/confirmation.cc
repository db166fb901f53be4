#include "emergency/confirmation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

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
};

const ProbeState* probe_state(const Situation& situation, const ProbeId& probe) {
  const auto found = situation.probes.find(probe);
  return found == situation.probes.end() ? nullptr : &found->second;
}

ConditionStatus probe_status(const View& view, const ProbeId& probe, Verdict wanted, seconds for_at_least) {
  ConditionStatus status;
  status.text = fmt::format("probe {} is {}{}", probe.text(), name_of(wanted),
                            for_at_least.count() > 0 ? " for at least " + to_text(for_at_least) : "");
  const ProbeState* state = probe_state(view.situation, probe);
  if (state == nullptr) {
    status.note = "nothing is known of it yet";
    return status;
  }
  status.note = fmt::format("{} since {}", name_of(state->verdict), to_rfc3339(state->since));
  status.met = state->verdict == wanted && state->since + for_at_least <= view.now;
  return status;
}

ConditionStatus status_of(const View& view, const ProbeDown& is) {
  return probe_status(view, is.probe, Verdict::down, is.for_at_least);
}
ConditionStatus status_of(const View& view, const ProbeUp& is) {
  return probe_status(view, is.probe, Verdict::up, is.for_at_least);
}

ConditionStatus status_of(const View& view, const Attested& is) {
  std::set<PersonId> people;
  for (const Attestation& each : view.situation.attestations) {
    const bool counts = each.mode == view.mode && each.statement == is.statement &&
                        each.at + attestation_valid_for > view.now &&
                        view.catalog.is_member(is.by, each.person);
    if (counts) people.insert(each.person);
  }
  ConditionStatus status;
  status.text = fmt::format("{} of {} attest: \"{}\"", is.count, is.by.text(), is.statement);
  status.met = std::ssize(people) >= is.count;
  for (const PersonId& person : people) status.note += (status.note.empty() ? "" : ", ") + person.text();
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

Hint hint(const Situation& situation, const ProbeDown& is) {
  const ProbeState* state = probe_state(situation, is.probe);
  return state != nullptr && state->verdict == Verdict::down ? Hint::suspicious : Hint::against;
}
Hint hint(const Situation& situation, const ProbeUp& is) {
  const ProbeState* state = probe_state(situation, is.probe);
  return state != nullptr && state->verdict == Verdict::up ? Hint::neutral : Hint::against;
}
Hint hint(const Situation& /*situation*/, const Attested& /*is*/) { return Hint::neutral; }

Hint hint(const Situation& situation, const AtLeast& is) {
  int possible = 0;
  bool suspicious = false;
  for (const Condition& part : is.of) {
    const Hint each = std::visit([&](const auto& of) { return hint(situation, of); }, part.is);
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
  return status_of(View{catalog, situation, mode, now}, condition);
}

bool is_suspected(const Condition& condition, const Situation& situation) {
  return std::visit([&](const auto& is) { return hint(situation, is); }, condition.is) == Hint::suspicious;
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

}  // namespace postern::emergency
