// What is on, for one person to see.
#include "emergency/confirmation.h"
#include "emergency/describe.h"
#include "server/api.h"
#include "server/described.h"

namespace postern::server {
namespace {

using broker::Published;
using emergency::to_json;

json::Value describe(const Published& published, const catalog::FailureMode& mode, const PersonId& person,
                     Instant now) {
  const auto since = published.situation.suspicions.find(mode.id);
  json::Array statements;
  for (std::string& each : emergency::statements_for(mode.confirm, *published.in_force, person))
    statements.push_back(std::move(each));
  json::Array return_statements;
  for (std::string& each : emergency::return_statements_for(mode, *published.in_force, person))
    return_statements.push_back(std::move(each));
  return json::Object{{"confirmation", to_json(emergency::evaluate(mode.confirm, *published.in_force,
                                                                   published.situation, mode.id, now))},
                      {"id", mode.id.text()},
                      {"leads_to", mode.leads_to},
                      {"process", mode.process.text()},
                      {"return_statements", std::move(return_statements)},
                      {"statements", std::move(statements)},
                      {"suspected_since", since == published.situation.suspicions.end()
                                              ? json::Value()
                                              : json::Value(to_rfc3339(since->second))},
                      {"title", mode.title}};
}

/// When the person last checked their own way in.
json::Value own_self_check(const emergency::Situation& situation, const PersonId& person, Instant now) {
  const auto found = situation.self_checks.find(person);
  if (found == situation.self_checks.end())
    return json::Object{{"at", nullptr}, {"failed", json::Array{}}, {"is_stale", true}};
  json::Array failed;
  for (const emergency::Check& each : found->second.checks)
    if (!each.passed) failed.push_back(each.name);
  return json::Object{{"at", to_rfc3339(found->second.at)},
                      {"failed", std::move(failed)},
                      {"is_stale", found->second.at + emergency::self_check_every < now}};
}

/// What the person may confirm, and what of it is due.
json::Array upkeep_for(const Published& published, const PersonId& person, Instant now) {
  json::Array out;
  for (const auto& [name, upkeep] : published.in_force->upkeep) {
    if (!published.in_force->is_member(upkeep.by, person)) continue;
    const auto last = published.situation.upkeep.find(name);
    const bool was_done = last != published.situation.upkeep.end();
    out.push_back(json::Object{{"at", was_done ? json::Value(to_rfc3339(last->second.at)) : json::Value()},
                               {"every", to_text(upkeep.every)},
                               {"is_due", !was_done || last->second.at + upkeep.every < now},
                               {"name", name},
                               {"statement", upkeep.statement}});
  }
  return out;
}

json::Array describe_probes(const Published& published) {
  json::Array out;
  for (const auto& [id, probe] : published.in_force->probes) {
    const auto found = published.situation.probes.find(id);
    const emergency::ProbeState state =
        found == published.situation.probes.end() ? emergency::ProbeState{} : found->second;
    json::Value value = to_json(state);
    json::Object& object = *value.as_object();
    object.emplace("control", probe.control);
    object.emplace("id", id.text());
    object.emplace("verdict", emergency::name_of(state.verdict()));
    // What the node says whose word is shown.
    const emergency::ProbeView* view = nullptr;
    for (const auto& [node, each] : state.nodes)
      if (view == nullptr && each.verdict == state.verdict()) view = &each;
    object.emplace("detail", view == nullptr ? json::Value("") : json::Value(view->detail));
    object.emplace("since", view == nullptr ? json::Value() : json::Value(to_rfc3339(view->since)));
    out.push_back(std::move(value));
  }
  return out;
}

/// Overrides that everybody must know of: under way, or opened and not reviewed yet.
json::Array overrides_to_know(const Published& published) {
  json::Array out;
  for (const auto& [id, overriding] : published.situation.overrides)
    if (published.situation.pending_overrides.contains(id) || published.situation.unreviewed.contains(id))
      out.push_back(described(published, overriding));
  return out;
}

}  // namespace

Api::Answer Api::status(const Call& call) const {
  json::Object out{{"now", to_rfc3339(now())}, {"person", call.login->person.text()}};
  parts_.broker.read([&](const Published& published) {
    const emergency::Situation& situation = published.situation;
    json::Array modes;
    for (const auto& [id, mode] : published.in_force->modes)
      modes.push_back(describe(published, mode, call.login->person, now()));
    json::Array emergencies;
    for (const EmergencyId id : situation.open_emergencies)
      emergencies.push_back(described(published, *situation.emergency(id), now()));
    json::Array requests;
    for (const RequestId id : situation.awaiting)
      requests.push_back(described(published, *situation.request(id), now()));
    json::Array grants;
    for (const GrantId id : situation.open_grants) grants.push_back(to_json(*situation.grant(id)));
    json::Array announcements;
    for (const emergency::Announcement& each : situation.announcements)
      announcements.push_back(to_json(each));
    out.emplace("overrides", overrides_to_know(published));
    out.emplace("announcements", std::move(announcements));
    out.emplace("proposals", emergency::proposals(situation));
    out.emplace("self_check", own_self_check(situation, call.login->person, now()));
    out.emplace("upkeep", upkeep_for(published, call.login->person, now()));
    out.emplace("catalog", situation.catalog ? json::Value(situation.catalog->hex()) : json::Value());
    out.emplace("absences", emergency::absences(situation));
    out.emplace("undelivered", static_cast<std::int64_t>(situation.dead_letters.size()));
    out.emplace("catalog_unsigned", situation.catalog_unsigned);
    out.emplace("clock_in_doubt", situation.clock_in_doubt);
    out.emplace("emergencies", std::move(emergencies));
    out.emplace("entries", published.tree.size());
    out.emplace("grants", std::move(grants));
    out.emplace("modes", std::move(modes));
    out.emplace("organization", published.in_force->organization.name);
    out.emplace("probes", describe_probes(published));
    out.emplace("requests", std::move(requests));
  });
  return out;
}

}  // namespace postern::server
