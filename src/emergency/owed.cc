// What is owed, computed from the situation and never stored.
#include <algorithm>
#include <set>

#include "emergency/rules.h"

namespace postern::emergency {
namespace {

using Kind = Obligation::Kind;

bool has_next_tier(const Request& request) { return request.tier < std::ssize(request.tiers); }

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
      if (now_ < request.answer_by || ends_anyway(request)) continue;
      if (has_next_tier(request)) {
        const FrozenTier& next = request.tiers[static_cast<std::size_t>(request.tier)];
        add(Kind::escalate_request, id.text(), {RequestEscalated{id, request.tier + 1, now_ + next.within}});
      } else {
        add(Kind::expire_request, id.text(), {RequestExpired{id, ExpiryCause::unanswered}});
      }
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
  for (const EmergencyId id : situation.open_emergencies)
    if (const auto& until = situation.emergency(id)->until) consider(*until);
  for (const RequestId id : situation.awaiting) consider(situation.request(id)->answer_by);
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
