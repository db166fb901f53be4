#include "probe/rounds.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <tuple>
#include <utility>

namespace postern::probe {
namespace {

constexpr milliseconds first_look_within{2000};
/// A control probe with a long interval that failed once must not hide an outage until its next look.
constexpr milliseconds doubt_max{120000};
constexpr std::size_t warnings_max = 20;
constexpr int changes_of_warnings_max = 12;  ///< in an hour
constexpr std::size_t text_bytes_max = 500;

/// Not in the middle of a character.
std::string cut(std::string text) {
  if (text.size() <= text_bytes_max) return text;
  std::size_t size = text_bytes_max;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  text.resize(size);
  return text;
}

std::vector<emergency::ProbeWarning> cut(std::vector<emergency::ProbeWarning> warnings) {
  if (warnings.size() > warnings_max) warnings.resize(warnings_max);
  for (emergency::ProbeWarning& each : warnings) each.text = cut(std::move(each.text));
  return warnings;
}

/// A catalog in force may be older than the rules that it would be held against today.
Thresholds thresholds_of(const catalog::Probe& probe) {
  return {.down_after = std::max(1, probe.down_after), .up_after = std::max(1, probe.up_after)};
}
milliseconds interval_of(const catalog::Probe& probe) { return std::max(seconds(1), probe.every); }

}  // namespace

Rounds::Rounds(std::string node) : node_(std::move(node)), random_(std::hash<std::string>{}(node_)) {}

// --- Which are watched
// ------------------------------------------------------------------------------------

Rounds::Watched* Rounds::find(const ProbeId& probe, std::uint64_t watching) {
  const auto found = watched_.find(probe);
  return found != watched_.end() && found->second.watching == watching ? &found->second : nullptr;
}

Rounds::Watched Rounds::begin_watching(const catalog::Probe& probe, milliseconds now) {
  const std::uint64_t watching = ++watchings_;
  due_.push({now + some(std::min(first_look_within, interval_of(probe))), probe.id, watching});
  return {.definition = probe, .watching = watching, .hysteresis = Hysteresis(thresholds_of(probe))};
}

void Rounds::follow(std::shared_ptr<const catalog::Catalog> in_force, milliseconds now, Instant at) {
  if (in_force == in_force_) return;
  in_force_ = std::move(in_force);
  std::map<ProbeId, Watched> before = std::exchange(watched_, {});
  for (const auto& [id, probe] : in_force_->probes) {
    if (std::holds_alternative<catalog::ManualProbe>(probe.check)) continue;
    const auto known = before.find(id);
    const bool unchanged = known != before.end() && known->second.definition == probe;
    watched_.emplace(id, unchanged ? std::move(known->second) : begin_watching(probe, now));
  }
  note_uplink(at);
}

std::size_t Rounds::threads_needed() const {
  double at_once = 0;
  for (const auto& [id, each] : watched_)
    at_once += std::min(1.0, std::chrono::duration<double>(each.definition.timeout) /
                                 std::chrono::duration<double>(interval_of(each.definition)));
  return static_cast<std::size_t>(std::ceil(at_once)) + 2;
}

// --- When
// -------------------------------------------------------------------------------------------------

milliseconds Rounds::some(milliseconds most) {
  return milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, most.count())(random_));
}

milliseconds Rounds::until_next(const Watched& watched) {
  const milliseconds every = interval_of(watched.definition);
  // All have had their first look at almost the same time: the second one spreads them.
  return watched.looks == 1 ? every / 10 + some(every * 9 / 10) : every * 9 / 10 + some(every / 5);
}

std::optional<milliseconds> Rounds::next_due() const {
  return due_.empty() ? std::nullopt : std::optional(due_.top().at);
}

std::optional<Look> Rounds::begin(milliseconds now) {
  while (!due_.empty() && due_.top().at <= now) {
    const Due due = due_.top();
    due_.pop();
    if (find(due.probe, due.watching) == nullptr) continue;  // no longer in the catalog, or redefined
    return Look{due.probe, in_force_, due.at, due.watching, uplink_turns_};
  }
  return std::nullopt;
}

// --- What it says
// -----------------------------------------------------------------------------------------

void Rounds::end(const Look& look, Observation observation, milliseconds now, Instant at) {
  Watched* const watched = find(look.probe, look.watching);
  if (watched == nullptr) return;
  if (watched->looks++ == 0) watched->first_look = at;
  due_.push({std::max(look.due + until_next(*watched), now), look.probe, look.watching});
  watched->failed_at = observation.sight == Sight::bad ? std::optional(at) : std::nullopt;
  if (observation.warnings) note_warnings(*watched, cut(*std::move(observation.warnings)), at);
  count(look, *watched, std::move(observation), at);
  if (watched->definition.control) note_uplink(at);
  announce(*watched);
}

/// Whoever is watched decides what its answers say. Without a limit one that changes its certificates at each
/// look would fill the ledger; what it says next is told when the hour is over.
void Rounds::note_warnings(Watched& watched, std::vector<emergency::ProbeWarning> warnings, Instant at) {
  const auto order = [](const auto& a, const auto& b) {
    return std::tie(a.kind, a.text) < std::tie(b.kind, b.text);
  };
  std::sort(warnings.begin(), warnings.end(), order);  // nodes behind one address may list them differently
  if (watched.warnings == warnings) return;
  if (at - watched.hour_began >= std::chrono::hours(1)) {
    watched.hour_began = at;
    watched.changes_this_hour = 0;
  }
  if (++watched.changes_this_hour > changes_of_warnings_max) return;
  watched.warnings = std::move(warnings);
}

void Rounds::count(const Look& look, Watched& watched, Observation observation, Instant at) {
  if (!watched.definition.control) {
    if (uplink_down_) return lose_sight(watched, at);
    if (look.uplink != uplink_turns_) return;
    if (observation.sight == Sight::bad && uplink_in_doubt(at)) return;
  }
  std::optional<Change> change = watched.hysteresis.observe(observation.sight, at);
  const Thresholds enough = thresholds_of(watched.definition);
  if (!change && !watched.verdict && watched.looks >= enough.down_after + enough.up_after)
    change = Change{watched.hysteresis.verdict(), watched.first_look};
  if (!change) return;
  watched.verdict = change;
  watched.detail = cut(std::move(observation.detail));
}

template <class Holds>
bool Rounds::all_controls(const Holds& holds) const {
  // Names are a way of their own: while none resolves here, nothing that is asked by name can be seen,
  // however well addresses answer.
  struct Kind {
    bool any = false, all = true;
  };
  Kind names;
  Kind others;
  for (const auto& [id, each] : watched_) {
    if (!each.definition.control) continue;
    Kind& kind = std::holds_alternative<catalog::DnsProbe>(each.definition.check) ? names : others;
    kind.any = true;
    kind.all = kind.all && holds(each);
  }
  return (names.any && names.all) || (others.any && others.all);
}

bool Rounds::uplink_in_doubt(Instant at) const {
  return all_controls(
      [at](const Watched& each) { return each.failed_at && at - *each.failed_at <= doubt_max; });
}

/// Our uplink is down, so that we know nothing of this one.
void Rounds::lose_sight(Watched& watched, Instant at) {
  const std::optional<Change> change = watched.hysteresis.observe_uplink_down(at);
  if (!change && watched.verdict) return;
  watched.verdict = change.value_or(Change{Verdict::unknown, at});
  watched.detail = "our own uplink is down";
  announce(watched);
}

/// Told at once for all, since each other verdict could raise a suspicion until its next look.
void Rounds::note_uplink(Instant at) {
  const bool down =
      all_controls([](const Watched& each) { return each.hysteresis.verdict() == Verdict::down; });
  if (down != uplink_down_) ++uplink_turns_;
  uplink_down_ = down;
  if (!down) return;
  for (auto& [id, each] : watched_)
    if (!each.definition.control) lose_sight(each, at);
}

// --- What is told
// -----------------------------------------------------------------------------------------

void Rounds::announce(Watched& watched) {
  if (watched.telling || !watched.has_news()) return;
  watched.telling = true;
  to_tell_.push({watched.definition.id, watched.watching});
}

std::optional<Telling> Rounds::begin_telling() {
  while (!to_tell_.empty()) {
    const ToTell next = to_tell_.front();
    to_tell_.pop();
    Watched* const watched = find(next.probe, next.watching);
    if (watched == nullptr) continue;
    if (watched->verdict != watched->verdict_told)
      return Telling{next.probe, next.watching, *watched->verdict,
                     emergency::ObserveProbe{.probe = next.probe,
                                             .node = node_,
                                             .verdict = watched->verdict->verdict,
                                             .since = watched->verdict->since,
                                             .detail = watched->detail}};
    if (watched->warnings != watched->warnings_told)
      return Telling{next.probe, next.watching, *watched->warnings,
                     emergency::WarnOfProbe{.probe = next.probe, .warnings = *watched->warnings}};
    watched->telling = false;  // it has become again what the ledger knows
  }
  return std::nullopt;
}

void Rounds::told(const Telling& telling, bool success) {
  Watched* const watched = find(telling.probe, telling.watching);
  if (watched == nullptr) return;
  watched->telling = false;
  if (!success) return;
  if (const Change* const change = std::get_if<Change>(&telling.what))
    watched->verdict_told = *change;
  else
    watched->warnings_told = std::get<std::vector<emergency::ProbeWarning>>(telling.what);
  announce(*watched);
}

}  // namespace postern::probe
