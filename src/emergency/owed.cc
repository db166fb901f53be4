// What is owed, computed from the situation and never stored.
#include <algorithm>
#include <set>

#include "emergency/asking.h"
#include "emergency/rules.h"

namespace postern::emergency {
namespace {

using Kind = Obligation::Kind;

/// When the tier that is asked now is to be reminded; absent: it was, or never is.
std::optional<Instant> reminder_at(const Request& request) {
  const seconds after = request.asked_tier().remind_after;
  if (after.count() == 0 || request.reminded_tier == request.tier) return std::nullopt;
  return request.asked_at + after;
}

/// Open, without an incident that the ticket system knows, though the catalog wanted one by now.
bool is_link_due(const Emergency& emergency) {
  return emergency.link_by && !emergency.is_link_overdue && !emergency.has_known_incident();
}

/// One obligation and the facts that meet it.
struct Due {
  Obligation obligation;
  Facts facts;
};

/// Collects what is due. An emergency that ends takes its requests and grants with it, so that nothing ends
/// twice.
class Duties {
 public:
  Duties(const Situation& situation, Instant now) : situation_(situation), now_(now) {}

  std::vector<Due> take() && {
    emergencies();
    requests();
    grants();
    sessions();
    overrides();
    reports();
    incidents();
    return std::move(out_);
  }

 private:
  void add(Kind kind, std::string resource, Facts facts) {
    out_.push_back({{kind, std::move(resource)}, std::move(facts)});
  }
  [[nodiscard]] bool ends_anyway(const Request& request) const {
    return ended_.contains(request.terms.emergency);
  }

  void emergencies() {
    for (const EmergencyId id : situation_.open_emergencies) {
      const auto& until = situation_.emergency(id)->until;
      if (!until || now_ < *until) continue;
      ended_.insert(id);
      add(Kind::expire_emergency, id.text(), closing(situation_, {id, EmergencyEnd::expired, {}, {}}));
    }
  }

  void requests() {
    for (const RequestId id : situation_.awaiting) {
      const Request& request = *situation_.request(id);
      if (ends_anyway(request)) continue;
      const bool is_over = now_ >= request.answer_by;
      if (is_over || !can_still_answer(request, situation_, now_)) {
        move_on(request, is_over);
      } else if (const auto at = reminder_at(request); at && now_ >= *at) {
        add(Kind::remind_approvers, id.text(), {RequestReminded{id, request.tier}});
      }
    }
  }

  /// To the next tier that can be asked. A tier whose people have all gone away is skipped like one that
  /// never had any.
  void move_on(const Request& request, bool is_over) {
    const RequestId id = request.terms.request;
    Facts facts;
    if (!is_over) facts.emplace_back(RequestTierSkipped{id, request.tier, SkipCause::nobody_to_ask});
    for (Fact& each : next_step(request, request.tier, situation_, now_)) facts.push_back(std::move(each));
    const bool ends = std::holds_alternative<RequestExpired>(facts.back());
    add(ends ? Kind::expire_request : Kind::escalate_request, id.text(), std::move(facts));
  }

  void incidents() {
    for (const EmergencyId id : situation_.open_emergencies) {
      const Emergency& each = *situation_.emergency(id);
      if (is_link_due(each) && now_ >= *each.link_by && !ended_.contains(id))
        add(Kind::incident_overdue, id.text(), {IncidentOverdue{id}});
    }
  }

  void grants() {
    for (const GrantId id : situation_.open_grants)
      if (now_ >= situation_.grant(id)->until &&
          !ends_anyway(*situation_.request(situation_.grant(id)->request)))
        add(Kind::close_grant, id.text(), {GrantClosed{id, GrantEnd::expired}});
  }

  void sessions() {
    for (const SessionId id : situation_.unreported)
      if (now_ >= situation_.session(id)->report_by)
        add(Kind::mark_session_unknown, id.text(), {SessionOutcomeUnknown{id}});
  }

  /// At most one opens at a time: the numbers that the next one gives out follow from this one's.
  void overrides() {
    bool opened = false;
    for (const OverrideId id : situation_.pending_overrides) {
      const Override& each = *situation_.override_of(id);
      const auto* approval = std::get_if<OverriddenApproval>(&each.terms.what);
      if (approval != nullptr && ends_anyway(*situation_.request(approval->request))) continue;
      if (each.opens_at && now_ >= *each.opens_at && !opened) {
        opened = true;
        add(Kind::open_override, id.text(), opening(situation_, each, now_));
      } else if (!each.opens_at && now_ >= each.co_sign_by) {
        add(Kind::lapse_override, id.text(), {OverrideEnded{id, OverrideEnd::lapsed}});
      }
    }
  }

  void reports() {
    for (const ProbeId& id : situation_.said_by_hand) {
      const ProbeView& view = situation_.probes.at(id).nodes.at(std::string(said_by_people));
      if (now_ >= *view.until)
        add(Kind::forget_report, id.text(),
            {ProbeChanged{id, std::string(said_by_people), Verdict::unknown, *view.until,
                          "what was said is too old"}});
    }
  }

  const Situation& situation_;
  Instant now_;
  std::set<EmergencyId> ended_;
  std::vector<Due> out_;
};

std::vector<Due> due(const Situation& situation, Instant now) {
  if (situation.clock_in_doubt) return {};
  return Duties(situation, now).take();
}

}  // namespace

std::vector<Obligation> owed(const Situation& situation, Instant now) {
  std::vector<Obligation> out;
  for (const Due& each : due(situation, now)) out.push_back(each.obligation);
  return out;
}

std::optional<Instant> next_due(const Situation& situation) {
  std::optional<Instant> next;
  const auto consider = [&](Instant at) { next = next ? std::min(*next, at) : at; };
  if (situation.clock_in_doubt) return next;
  for (const EmergencyId id : situation.open_emergencies) {
    const Emergency& each = *situation.emergency(id);
    if (each.until) consider(*each.until);
    if (is_link_due(each)) consider(*each.link_by);
  }
  for (const RequestId id : situation.awaiting) {
    const Request& each = *situation.request(id);
    consider(each.answer_by);
    if (const auto at = reminder_at(each)) consider(*at);
    if (!can_still_answer(each, situation, situation.last_at)) consider(situation.last_at);
  }
  // When somebody goes away, nobody may be left to ask.
  if (!situation.awaiting.empty())
    for (const auto& [person, absences] : situation.absences)
      for (const Absence& each : absences)
        if (each.from > situation.last_at) consider(each.from);
  for (const GrantId id : situation.open_grants) consider(situation.grant(id)->until);
  for (const SessionId id : situation.unreported) consider(situation.session(id)->report_by);
  for (const OverrideId id : situation.pending_overrides) {
    const Override& each = *situation.override_of(id);
    consider(each.opens_at.value_or(each.co_sign_by));
  }
  for (const ProbeId& id : situation.said_by_hand)
    consider(*situation.probes.at(id).nodes.at(std::string(said_by_people)).until);
  return next;
}

Result<Facts> decide_on(const Scene& scene, const Settle& /*command*/) {
  TRY(scene.permit(Action::operate));
  Facts facts;
  Situation after;
  after.probes = scene.situation.probes;
  after.suspicions = scene.situation.suspicions;
  bool probes_changed = false;
  for (Due& each : due(scene.situation, scene.now))
    for (Fact& fact : each.facts) {
      if (std::holds_alternative<ProbeChanged>(fact)) {
        probes_changed = true;
        after = apply(std::move(after), {scene.now, scene.by, "", fact});
      }
      facts.push_back(std::move(fact));
    }
  if (probes_changed && scene.policy.in_force != nullptr)
    for (Fact& each : suspicions_after(scene.in_force(), after)) facts.push_back(std::move(each));
  return facts;
}

}  // namespace postern::emergency
