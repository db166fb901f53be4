#include "main/alarms.h"

#include <fmt/format.h>

#include "emergency/describe.h"
#include "main/log.h"

namespace postern {

Alarms::Texts Alarms::texts_of(const broker::Published& published) {
  const emergency::Situation& situation = published.situation;
  Texts out;
  for (const auto& [mode, since] : situation.suspicions)
    out.emplace("suspicion of " + mode.text(),
                fmt::format("since {}; look: postern confirm {}", to_rfc3339(since), mode.text()));
  for (const EmergencyId id : situation.open_emergencies) {
    const emergency::Emergency& each = *situation.emergency(id);
    out.emplace("emergency " + id.text(),
                fmt::format("{} declared by {}{}", each.mode.text(), each.declared_by.text(),
                            each.by_override ? ", without a confirmation" : ""));
  }
  for (const OverrideId id : situation.unreviewed)
    out.emplace("override " + id.text(),
                fmt::format("by {}, to be reviewed", situation.override_of(id)->terms.person.text()));
  for (const OverrideId id : situation.pending_overrides)
    out.emplace("override " + id.text(),
                fmt::format("by {}, under way", situation.override_of(id)->terms.person.text()));
  for (const EmergencyId id : situation.open_emergencies)
    if (const emergency::Emergency& each = *situation.emergency(id);
        each.is_link_overdue && !each.has_known_incident())
      out.emplace("incident of " + id.text(),
                  "the ticket system knows none; link one: postern link " + id.text());
  if (!situation.dead_letters.empty()) {
    const emergency::DeadLetter& last = situation.dead_letters.back();
    out.emplace(
        "notices",
        fmt::format("{} could not be delivered; the last, {} about {}, by {}: {}; see: postern notify list",
                    situation.dead_letters.size(), name_of(last.kind), last.about, last.channel,
                    last.reason));
  }
  for (const auto& [probe, state] : situation.probes) {
    if (published.in_force == nullptr || !published.in_force->probes.contains(probe)) continue;
    for (const emergency::ProbeWarning& each : state.warnings)
      out.emplace(fmt::format("probe {} warns ({}): {}", probe.text(), name_of(each.kind), each.text), "");
  }
  return out;
}

void Alarms::look(const broker::Broker& broker) {
  Texts now;
  broker.read([&](const broker::Published& published) { now = texts_of(published); });
  for (const auto& [about, text] : now)
    if (const auto before = said_.find(about); before == said_.end() || before->second != text)
      log::alarm(about, text);
  for (const auto& [about, text] : said_)
    if (!now.contains(about)) log::say("over: " + about, text);
  said_ = std::move(now);
}

}  // namespace postern
