// What is owed, computed from the situation and never stored.
#include <algorithm>

#include "emergency/rules.h"

namespace postern::emergency {
namespace {

bool has_next_tier(const Request& request) { return request.tier < std::ssize(request.tiers); }

/// One obligation and the fact that meets it.
struct Due {
  Obligation obligation;
  Fact fact;
};

std::vector<Due> due(const Situation& situation, Instant now) {
  std::vector<Due> out;
  if (situation.clock_in_doubt) return out;
  using Kind = Obligation::Kind;
  for (const RequestId id : situation.awaiting) {
    const Request& request = *situation.request(id);
    if (now < request.answer_by) continue;
    if (has_next_tier(request)) {
      const FrozenTier& next = request.tiers[static_cast<std::size_t>(request.tier)];
      out.push_back(
          {{Kind::escalate_request, id.text()}, RequestEscalated{id, request.tier + 1, now + next.within}});
    } else {
      out.push_back({{Kind::expire_request, id.text()}, RequestExpired{id, ExpiryCause::unanswered}});
    }
  }
  for (const GrantId id : situation.open_grants)
    if (now >= situation.grant(id)->until)
      out.push_back({{Kind::close_grant, id.text()}, GrantClosed{id, GrantEnd::expired}});
  for (const SessionId id : situation.unreported)
    if (now >= situation.session(id)->report_by)
      out.push_back({{Kind::mark_session_unknown, id.text()}, SessionOutcomeUnknown{id}});
  return out;
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
  for (const RequestId id : situation.awaiting) consider(situation.request(id)->answer_by);
  for (const GrantId id : situation.open_grants) consider(situation.grant(id)->until);
  for (const SessionId id : situation.unreported) consider(situation.session(id)->report_by);
  return next;
}

Result<Facts> decide_on(const Scene& scene, const Settle& /*command*/) {
  TRY(scene.permit(Action::operate));
  Facts facts;
  for (Due& each : due(scene.situation, scene.now)) facts.push_back(std::move(each.fact));
  return facts;
}

}  // namespace postern::emergency
