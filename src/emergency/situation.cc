#include "emergency/situation.h"

#include <algorithm>
#include <type_traits>

#include "base/json.h"
#include "emergency/codec.h"
#include "emergency/describe.h"

namespace postern::emergency {
namespace {

template <class Map, class Key>
auto find_in(const Map& map, const Key& key) -> const typename Map::mapped_type* {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

/// For references between facts: decide() never makes one to a thing that does not exist, and readers of a
/// ledger ask broken_reference() first.
template <class Map, class Key>
auto existing(Map& map, const Key& key) -> typename Map::mapped_type& {
  const auto found = map.find(key);
  ENSURE(found != map.end());
  return found->second;
}

// --- One function for each fact
// ------------------------------------------------------------------------------------

void take(Situation& s, const Record& /*record*/, const CatalogAdopted& fact) {
  if (s.catalog) s.former_catalogs.insert(*s.catalog);
  s.catalog = fact.catalog;
  s.catalog_unsigned = fact.signatures.empty();
  s.proposals.clear();  // each was signed to replace the one before
}

void take(Situation& s, const Record& record, const CatalogProposed& fact) {
  ENSURE(record.by.person.has_value());
  const auto is_own = [&](const auto& each) { return each.second.by == *record.by.person; };
  if (std::count_if(s.proposals.begin(), s.proposals.end(), is_own) >=
      static_cast<std::ptrdiff_t>(proposals_of_one_owner_max)) {
    auto oldest = s.proposals.end();
    for (auto each = s.proposals.begin(); each != s.proposals.end(); ++each)
      if (is_own(*each) && (oldest == s.proposals.end() || each->second.at < oldest->second.at))
        oldest = each;
    s.proposals.erase(oldest);
  }
  s.proposals.insert_or_assign(fact.catalog, Proposal{fact.replaces, *record.by.person, record.at});
}

void take(Situation& s, const Record& /*record*/, const CatalogSigned& fact) {
  existing(s.proposals, fact.catalog).signatures.push_back(fact.signature);
}

void take(Situation& s, const Record& record, const ChangeAnnounced& fact) {
  s.announcements.push_back({record.at, fact.changes});
}

void take(Situation& s, const Record& record, const SelfChecked& fact) {
  s.self_checks.insert_or_assign(fact.person, SelfCheck{record.at, fact.checks});
}

void take(Situation& s, const Record& record, const UpkeepConfirmed& fact) {
  s.upkeep.insert_or_assign(fact.upkeep, UpkeepState{record.at, fact.person});
}

void take(Situation& s, const Record& /*record*/, const ProbeChanged& fact) {
  ProbeState& state = s.probes[fact.probe];
  if (!fact.node.empty()) state.nodes.erase("");  // what a version said that named no node
  const auto works = [](Verdict verdict) { return verdict == Verdict::up || verdict == Verdict::degraded; };
  const auto before = state.nodes.find(fact.node);
  const bool goes_on = before != state.nodes.end() && works(before->second.verdict) && works(fact.verdict);
  const Instant works_since = goes_on ? before->second.works_since : fact.since;
  state.nodes.insert_or_assign(fact.node,
                               ProbeView{fact.verdict, fact.since, fact.detail, fact.until, works_since});
  if (fact.node != said_by_people) return;
  if (fact.until)
    s.said_by_hand.insert(fact.probe);
  else
    s.said_by_hand.erase(fact.probe);
}

void take(Situation& s, const Record& /*record*/, const ProbeWarned& fact) {
  s.probes[fact.probe].warnings = fact.warnings;
}

void take(Situation& s, const Record& record, const SuspicionRaised& fact) {
  s.suspicions.insert_or_assign(fact.mode, record.at);
}

void take(Situation& s, const Record& /*record*/, const SuspicionCleared& fact) {
  s.suspicions.erase(fact.mode);
}

void take(Situation& s, const Record& record, const AttestationMade& fact) {
  std::erase_if(s.attestations, [&](const Attestation& each) {
    const bool said_again =
        each.mode == fact.mode && each.person == fact.person && each.statement == fact.statement;
    return said_again || each.at + attestation_valid_for < record.at;
  });
  s.attestations.push_back({fact.mode, fact.person, fact.statement, record.at});
}

void take(Situation& s, const Record& record, const EmergencyDeclared& fact) {
  s.emergencies.insert_or_assign(fact.emergency, Emergency{.id = fact.emergency,
                                                           .mode = fact.mode,
                                                           .incident = fact.incident,
                                                           .declared_at = record.at,
                                                           .declared_by = fact.declared_by,
                                                           .probes = fact.probes,
                                                           .attestations = fact.attestations,
                                                           .until = fact.until,
                                                           .by_override = fact.by_override,
                                                           .link_by = fact.link_by});
  s.open_emergencies.insert(fact.emergency);
  if (fact.by_override) existing(s.overrides, *fact.by_override).emergency = fact.emergency;
}

void take(Situation& s, const Record& /*record*/, const EmergencyExtended& fact) {
  existing(s.emergencies, fact.emergency).until = fact.until;
}

void take(Situation& s, const Record& record, const EmergencyClosed& fact) {
  Emergency& emergency = existing(s.emergencies, fact.emergency);
  emergency.closed_at = record.at;
  emergency.end = fact.how;
  emergency.missing = fact.missing;
  emergency.end_reason = fact.reason;
  s.open_emergencies.erase(fact.emergency);
  if (s.open_emergencies.empty()) s.announcements.clear();
}

void take(Situation& s, const Record& record, const RequestSubmitted& fact) {
  s.requests.insert_or_assign(fact.terms.request, Request{.terms = fact.terms,
                                                          .submitted_at = record.at,
                                                          .tiers = fact.tiers,
                                                          .tier = fact.tier,
                                                          .answer_by = fact.answer_by,
                                                          .asked_at = record.at});
  s.awaiting.insert(fact.terms.request);
}

void take(Situation& s, const Record& /*record*/, const RequestChecked& fact) {
  existing(s.requests, fact.request).checks = fact.checks;
}

void take(Situation& s, const Record& record, const RequestEscalated& fact) {
  Request& request = existing(s.requests, fact.request);
  ENSURE(fact.tier >= 1 && fact.tier <= std::ssize(request.tiers));
  request.tier = fact.tier;
  request.answer_by = fact.answer_by;
  request.asked_at = record.at;
}

void take(Situation& s, const Record& /*record*/, const RequestTierSkipped& fact) {
  existing(s.requests, fact.request).skipped.insert_or_assign(fact.tier, fact.cause);
}

void take(Situation& s, const Record& /*record*/, const RequestReminded& fact) {
  existing(s.requests, fact.request).reminded_tier = fact.tier;
}

Request& take_answer(Situation& s, const Record& record, const SignedAnswer& fact, Decision decision) {
  Request& request = existing(s.requests, fact.request);
  request.answers.push_back({.decision = decision,
                             .tier = fact.tier,
                             .person = fact.person,
                             .key = fact.key,
                             .at = record.at,
                             .stands_in_for = fact.stands_in_for,
                             .conditions = fact.conditions,
                             .reason = fact.reason});
  return request;
}

void take(Situation& s, const Record& record, const RequestApproved& fact) {
  take_answer(s, record, fact, Decision::approve);
}

void end_request(Situation& s, RequestId id, Stage stage) {
  existing(s.requests, id).stage = stage;
  s.awaiting.erase(id);
}

void take(Situation& s, const Record& record, const RequestDenied& fact) {
  take_answer(s, record, fact, Decision::deny);
  end_request(s, fact.request, Stage::denied);
}

void take(Situation& s, const Record& /*record*/, const RequestWithdrawn& fact) {
  end_request(s, fact.request, Stage::withdrawn);
}

void take(Situation& s, const Record& record, const RequestExpired& fact) {
  end_request(s, fact.request, Stage::expired);
  if (fact.cause == ExpiryCause::unanswered) existing(s.requests, fact.request).unanswered_at = record.at;
}

void take(Situation& s, const Record& record, const GrantOpened& fact) {
  end_request(s, fact.request, Stage::granted);
  Request& request = existing(s.requests, fact.request);
  request.grant = fact.grant;
  s.grants.insert_or_assign(fact.grant, Grant{.id = fact.grant,
                                              .request = fact.request,
                                              .person = request.terms.requester,
                                              .opened_at = record.at,
                                              .until = fact.until,
                                              .from = fact.from,
                                              .target_role = fact.target_role});
  s.open_grants.insert(fact.grant);
  if (request.by_override) existing(s.overrides, *request.by_override).grant = fact.grant;
}

void take(Situation& s, const Record& /*record*/, const GrantExtended& fact) {
  end_request(s, fact.request, Stage::granted);
  existing(s.requests, fact.request).grant = fact.grant;
  Grant& grant = existing(s.grants, fact.grant);
  grant.until = fact.until;
  grant.extended_by.push_back(fact.request);
  if (const auto& overriding = existing(s.requests, fact.request).by_override)
    existing(s.overrides, *overriding).grant = fact.grant;
}

void take(Situation& s, const Record& record, const GrantClosed& fact) {
  Grant& grant = existing(s.grants, fact.grant);
  grant.end = fact.cause;
  grant.closed_at = record.at;
  s.open_grants.erase(fact.grant);
}

// --- Absence, notices, the ticket system

void take(Situation& s, const Record& record, const AbsenceMarked& fact) {
  std::vector<Absence>& all = s.absences[fact.person];
  std::erase_if(all, [&](const Absence& each) { return each.to <= record.at; });
  const auto later =
      std::find_if(all.begin(), all.end(), [&](const Absence& e) { return e.from > fact.from; });
  all.insert(later, {fact.from, fact.to, fact.signature.person});
}

void take(Situation& s, const Record& /*record*/, const AbsenceEnded& fact) { s.absences.erase(fact.person); }

void take(Situation& s, const Record& record, const NoticeDue& fact) {
  s.notices_given_out = std::max(s.notices_given_out, fact.notice.value());
  s.notices.insert_or_assign(fact.notice, Notice{.kind = fact.kind,
                                                 .about = fact.about,
                                                 .at = record.at,
                                                 .give_up_at = fact.give_up_at,
                                                 .routes = fact.routes});
}

/// Does `change` with each route of these notices that is at that channel now; one that it leaves without a
/// channel is gone, and so is a notice without routes.
template <class Outcome, class F>
void at_routes(Situation& s, const Outcome& fact, F&& change) {
  for (const NoticeId id : fact.notices) {
    const auto found = s.notices.find(id);
    if (found == s.notices.end()) continue;
    for (NoticeRoute& route : found->second.routes)
      if (route.channels.front() == fact.channel && (!fact.person || route.person == fact.person))
        change(id, found->second, route);
    std::erase_if(found->second.routes, [](const NoticeRoute& each) { return each.channels.empty(); });
    if (found->second.routes.empty()) s.notices.erase(found);
  }
}

void take(Situation& s, const Record& /*record*/, const NoticeDelivered& fact) {
  at_routes(s, fact, [](NoticeId, Notice&, NoticeRoute& route) { route.channels.clear(); });
}

void take(Situation& s, const Record& record, const NoticeFailed& fact) {
  at_routes(s, fact, [&](NoticeId id, const Notice& notice, NoticeRoute& route) {
    route.channels.erase(route.channels.begin());
    if (!route.channels.empty()) return;
    s.dead_letters.push_back({.notice = id,
                              .kind = notice.kind,
                              .about = notice.about,
                              .person = route.person,
                              .channel = fact.channel,
                              .reason = fact.reason,
                              .at = record.at});
    if (s.dead_letters.size() > dead_letters_max) s.dead_letters.pop_front();
  });
}

void take(Situation& s, const Record& /*record*/, const NoticeDropped& fact) {
  for (const NoticeId id : fact.notices) s.notices.erase(id);
}

void take(Situation& s, const Record& /*record*/, const IncidentRecorded& fact) {
  Emergency& emergency = existing(s.emergencies, fact.emergency);
  emergency.incident = fact.incident;
  emergency.incident_event = fact.event;
}

void take(Situation& s, const Record& /*record*/, const IncidentOverdue& fact) {
  existing(s.emergencies, fact.emergency).is_link_overdue = true;
}

void take(Situation& /*s*/, const Record& /*record*/, const EmergencyNoted& /*fact*/) {}

// --- Overrides

/// All have signed who must: the time for objections begins.
void begin_objections(Override& overriding, Instant at) {
  if (std::ssize(overriding.co_signers) < overriding.terms.co_signers || overriding.opens_at) return;
  overriding.opens_at = at + overriding.terms.objection_window;
}

void take(Situation& s, const Record& record, const OverrideMade& fact) {
  Override made{.terms = fact.terms,
                .made_at = record.at,
                .skipped = fact.skipped,
                .co_sign_by = fact.co_sign_by,
                .lasts = fact.lasts,
                .probes = fact.probes,
                .attestations = fact.attestations};
  begin_objections(made, record.at);
  s.overrides.insert_or_assign(fact.terms.id, std::move(made));
  s.pending_overrides.insert(fact.terms.id);
}

void take(Situation& s, const Record& record, const OverrideCosigned& fact) {
  Override& overriding = existing(s.overrides, fact.id);
  overriding.co_signers.push_back(fact.signature.person);
  begin_objections(overriding, record.at);
}

void take(Situation& s, const Record& record, const OverrideOpened& fact) {
  Override& overriding = existing(s.overrides, fact.id);
  overriding.opened_at = record.at;
  s.pending_overrides.erase(fact.id);
  s.unreviewed.insert(fact.id);
  if (const auto* approval = std::get_if<OverriddenApproval>(&overriding.terms.what))
    existing(s.requests, approval->request).by_override = fact.id;
}

void take(Situation& s, const Record& record, const OverrideObjected& fact) {
  existing(s.overrides, fact.id).objections.push_back({fact.person, record.at, fact.reason});
}

void take(Situation& s, const Record& /*record*/, const OverrideEnded& fact) {
  existing(s.overrides, fact.id).end = fact.cause;
  s.pending_overrides.erase(fact.id);
}

void take(Situation& s, const Record& record, const OverrideReviewed& fact) {
  existing(s.overrides, fact.id).review = Review{fact.person, record.at, fact.justified, fact.note};
  s.unreviewed.erase(fact.id);
}

void take(Situation& s, const Record& record, const SessionIntended& fact) {
  const Grant& grant = existing(s.grants, fact.grant);
  s.sessions.insert_or_assign(fact.session, Session{.id = fact.session,
                                                    .grant = fact.grant,
                                                    .person = grant.person,
                                                    .intended_at = record.at,
                                                    .report_by = fact.report_by,
                                                    .role_session_name = fact.role_session_name,
                                                    .source_identity = fact.source_identity,
                                                    .duration = fact.duration});
  s.unreported.insert(fact.session);
}

void take(Situation& s, const Record& /*record*/, const SessionIssued& fact) {
  Session& session = existing(s.sessions, fact.session);
  session.state = SessionState::issued;
  session.issued = fact;
  s.unreported.erase(fact.session);
}

void take(Situation& s, const Record& /*record*/, const SessionFailed& fact) {
  Session& session = existing(s.sessions, fact.session);
  session.state = SessionState::failed;
  session.failure = fact.reason;
  s.unreported.erase(fact.session);
}

void take(Situation& s, const Record& /*record*/, const SessionOutcomeUnknown& fact) {
  existing(s.sessions, fact.session).state = SessionState::outcome_unknown;
  s.unreported.erase(fact.session);
}

void take(Situation& s, const Record& /*record*/, const ClockJumped& fact) {
  s.clock_in_doubt = fact.in_doubt;
}
void take(Situation& /*s*/, const Record& /*record*/, const LoginOpened& /*fact*/) {}
void take(Situation& /*s*/, const Record& /*record*/, const CommandRefused& /*fact*/) {}
void take(Situation& /*s*/, const Record& /*record*/, const NoiseCounted& /*fact*/) {}

/// Remembers the answer to a person's command by its idempotency key, and forgets the old ones.
void remember(Situation& s, const Record& record) {
  while (!s.answer_ages.empty() && s.answer_ages.front().first + answers_kept_for < record.at) {
    s.answers.erase(s.answer_ages.front().second);
    s.answer_ages.pop_front();
  }
  constexpr std::string_view prefix = "command:";
  const std::size_t hash = record.cause.rfind('#');
  if (!record.cause.starts_with(prefix) || hash == std::string::npos) return;
  const std::string key = record.cause.substr(prefix.size(), hash - prefix.size());
  const std::string fingerprint = record.cause.substr(hash + 1);
  const auto [found, is_new] = s.answers.try_emplace(key);
  Answered& answered = found->second;
  if (is_new) {
    s.answer_ages.emplace_back(record.at, key);
    answered.fingerprint = fingerprint;
    answered.first_entry = s.entries;
    answered.resource = resource_of(record.fact);
  }
  // The refusal of another command under the same key must not become the answer to the first one.
  if (answered.fingerprint != fingerprint) return;
  ++answered.entries;
  if (const auto* refused = std::get_if<CommandRefused>(&record.fact))
    answered.refusal = Error{refused->code, refused->reason};
}

// --- The timeline

using Of = std::optional<EmergencyId>;
Of emergency_of(const Situation& s, RequestId id) { return s.request(id)->terms.emergency; }
Of emergency_of(const Situation& s, GrantId id) { return emergency_of(s, s.grant(id)->request); }
Of emergency_of(const Situation& s, SessionId id) { return emergency_of(s, s.session(id)->grant); }
Of emergency_of(const Situation& s, OverrideId id) {
  const Override& each = *s.override_of(id);
  if (const auto* approval = std::get_if<OverriddenApproval>(&each.terms.what))
    return emergency_of(s, approval->request);
  return each.emergency;
}
template <class Item>
concept OfEmergency = requires(const Item& f) { f.emergency; };
template <class Item>
concept OfRequest = requires(const Item& f) { f.request; };
template <class Item>
concept OfGrant = requires(const Item& f) { f.grant; };
template <class Item>
concept OfSession = requires(const Item& f) { f.session; };
template <class Item>
Of emergency_in(const Situation& s, const Item& fact) {
  if constexpr (OfEmergency<Item>)
    return fact.emergency;
  else if constexpr (OfRequest<Item>)
    return emergency_of(s, fact.request);
  else if constexpr (OfSession<Item>)
    return emergency_of(s, fact.session);
  else if constexpr (OfGrant<Item>)
    return emergency_of(s, fact.grant);
  else
    return std::nullopt;
}
Of emergency_in(const Situation& s, const RequestSubmitted& f) { return emergency_of(s, f.terms.request); }
Of emergency_in(const Situation& s, const OverrideMade& f) { return emergency_of(s, f.terms.id); }
Of emergency_in(const Situation& s, const OverrideCosigned& f) { return emergency_of(s, f.id); }
Of emergency_in(const Situation& s, const OverrideOpened& f) { return emergency_of(s, f.id); }
Of emergency_in(const Situation& s, const OverrideObjected& f) { return emergency_of(s, f.id); }
Of emergency_in(const Situation& s, const OverrideEnded& f) { return emergency_of(s, f.id); }
Of emergency_in(const Situation& s, const OverrideReviewed& f) { return emergency_of(s, f.id); }

template <class Item>
int tier_in(const Item& fact) {
  if constexpr (requires { fact.tier; }) return fact.tier;
  return 0;
}
std::optional<Digest> words_in(const EmergencyNoted& fact) { return fact.note; }
std::optional<Digest> words_in(const RequestDenied& fact) { return fact.reason; }
std::optional<Digest> words_in(const RequestSubmitted& fact) { return fact.terms.reason; }
template <class Item>
std::optional<Digest> words_in(const Item& /*fact*/) {
  return std::nullopt;
}

/// Called with the fact applied.
void keep_in_timeline(Situation& s, const Record& record) {
  std::visit(
      [&](const auto& fact) {
        const Of id = emergency_in(s, fact);
        if (!id) return;
        std::vector<TimelineItem>& timeline = existing(s.emergencies, *id).timeline;
        if (timeline.size() >= timeline_max) return;
        timeline.push_back({.entry = s.entries,
                            .at = record.at,
                            .type = std::string(type_of(record.fact)),
                            .resource = resource_of(record.fact),
                            .by = record.by.text(),
                            .tier = tier_in(fact),
                            .words = words_in(fact)});
      },
      record.fact);
}

}  // namespace

const Emergency* Situation::emergency(EmergencyId id) const { return find_in(emergencies, id); }
const Request* Situation::request(RequestId id) const { return find_in(requests, id); }
const Grant* Situation::grant(GrantId id) const { return find_in(grants, id); }
const Session* Situation::session(SessionId id) const { return find_in(sessions, id); }
const Override* Situation::override_of(OverrideId id) const { return find_in(overrides, id); }

Verdict ProbeState::verdict() const {
  for (const Verdict worst : {Verdict::down, Verdict::degraded, Verdict::up})
    for (const auto& [node, view] : nodes)
      if (view.verdict == worst) return worst;
  return Verdict::unknown;
}

std::optional<Instant> ProbeState::seen(Verdict wanted, int count) const {
  std::vector<Instant> since;
  for (const auto& [node, view] : nodes) {
    const bool counts =
        view.verdict == wanted || (wanted == Verdict::up && view.verdict == Verdict::degraded);
    if (!counts) continue;
    const Instant at = wanted == Verdict::up ? view.works_since : view.since;
    if (node == said_by_people) return at;
    since.push_back(at);
  }
  if (std::ssize(since) < count) return std::nullopt;
  std::sort(since.begin(), since.end());
  return since[static_cast<std::size_t>(count) - 1];  // from then on so many saw it at once
}

OverrideStage Override::stage() const {
  if (end) return OverrideStage::ended;
  if (opened_at) return OverrideStage::opened;
  return opens_at ? OverrideStage::open_to_objection : OverrideStage::awaiting_co_signers;
}

const Emergency* Situation::open_emergency_of(const ModeId& mode) const {
  for (const EmergencyId id : open_emergencies)
    if (const Emergency* each = emergency(id); each->mode == mode) return each;
  return nullptr;
}

Situation apply(Situation&& situation, const Record& record) {
  Situation next = std::move(situation);
  remember(next, record);
  next.last_at = std::max(next.last_at, record.at);
  std::visit([&](const auto& fact) { take(next, record, fact); }, record.fact);
  keep_in_timeline(next, record);
  ++next.entries;
  return next;
}

Digest digest_of(const Situation& situation) {
  return sha256({"postern-situation/1\n", json::canonical(to_json(situation))});
}

}  // namespace postern::emergency
