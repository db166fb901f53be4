#include "emergency/situation.h"

#include <algorithm>
#include <type_traits>

#include "base/json.h"
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
                                                           .by_override = fact.by_override});
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
  s.requests.insert_or_assign(
      fact.terms.request,
      Request{
          .terms = fact.terms, .submitted_at = record.at, .tiers = fact.tiers, .answer_by = fact.answer_by});
  s.awaiting.insert(fact.terms.request);
}

void take(Situation& s, const Record& /*record*/, const RequestChecked& fact) {
  existing(s.requests, fact.request).checks = fact.checks;
}

void take(Situation& s, const Record& /*record*/, const RequestEscalated& fact) {
  Request& request = existing(s.requests, fact.request);
  ENSURE(fact.tier >= 1 && fact.tier <= std::ssize(request.tiers));
  request.tier = fact.tier;
  request.answer_by = fact.answer_by;
}

Request& take_answer(Situation& s, const Record& record, const SignedAnswer& fact, Decision decision) {
  Request& request = existing(s.requests, fact.request);
  request.answers.push_back({decision, fact.tier, fact.person, fact.key, record.at});
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
                                              .until = fact.until});
  s.open_grants.insert(fact.grant);
  if (request.by_override) existing(s.overrides, *request.by_override).grant = fact.grant;
}

void take(Situation& s, const Record& record, const GrantClosed& fact) {
  Grant& grant = existing(s.grants, fact.grant);
  grant.end = fact.cause;
  grant.closed_at = record.at;
  s.open_grants.erase(fact.grant);
}

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

std::string unknown(const std::string& what) {
  return "it speaks of " + what + ", which the ledger does not know";
}

template <class Map, class Id>
std::optional<std::string> missing_in(const Map& map, const Id& id) {
  if (map.contains(id)) return std::nullopt;
  return unknown(id.text());
}

using Broken = std::optional<std::string>;
Broken reference(const Situation& s, const EmergencyClosed& f) {
  return missing_in(s.emergencies, f.emergency);
}
Broken reference(const Situation& s, const EmergencyExtended& f) {
  return missing_in(s.emergencies, f.emergency);
}
Broken reference(const Situation& s, const EmergencyDeclared& f) {
  return f.by_override ? missing_in(s.overrides, *f.by_override) : std::nullopt;
}
Broken reference(const Situation& s, const OverrideMade& f) {
  const auto* approval = std::get_if<OverriddenApproval>(&f.terms.what);
  return approval == nullptr ? std::nullopt : missing_in(s.requests, approval->request);
}
Broken reference(const Situation& s, const OverrideCosigned& f) { return missing_in(s.overrides, f.id); }
Broken reference(const Situation& s, const OverrideOpened& f) { return missing_in(s.overrides, f.id); }
Broken reference(const Situation& s, const OverrideObjected& f) { return missing_in(s.overrides, f.id); }
Broken reference(const Situation& s, const OverrideEnded& f) { return missing_in(s.overrides, f.id); }
Broken reference(const Situation& s, const OverrideReviewed& f) { return missing_in(s.overrides, f.id); }
Broken reference(const Situation& s, const RequestSubmitted& f) {
  return missing_in(s.emergencies, f.terms.emergency);
}
Broken reference(const Situation& s, const RequestChecked& f) { return missing_in(s.requests, f.request); }
Broken reference(const Situation& s, const RequestEscalated& f) {
  const Request* request = s.request(f.request);
  if (request == nullptr) return unknown(f.request.text());
  if (f.tier < 1 || f.tier > std::ssize(request->tiers)) return unknown("tier " + std::to_string(f.tier));
  return std::nullopt;
}
Broken reference(const Situation& s, const SignedAnswer& f) { return missing_in(s.requests, f.request); }
Broken reference(const Situation& s, const RequestWithdrawn& f) { return missing_in(s.requests, f.request); }
Broken reference(const Situation& s, const CatalogSigned& f) {
  if (s.proposals.contains(f.catalog)) return std::nullopt;
  return "It signs catalog " + f.catalog.hex().substr(0, 12) + ", which was not proposed.";
}
Broken reference(const Situation& s, const RequestExpired& f) { return missing_in(s.requests, f.request); }
Broken reference(const Situation& s, const GrantOpened& f) { return missing_in(s.requests, f.request); }
Broken reference(const Situation& s, const GrantClosed& f) { return missing_in(s.grants, f.grant); }
Broken reference(const Situation& s, const SessionIntended& f) { return missing_in(s.grants, f.grant); }
Broken reference(const Situation& s, const SessionIssued& f) { return missing_in(s.sessions, f.session); }
Broken reference(const Situation& s, const SessionFailed& f) { return missing_in(s.sessions, f.session); }
Broken reference(const Situation& s, const SessionOutcomeUnknown& f) {
  return missing_in(s.sessions, f.session);
}
template <class Other>
Broken reference(const Situation& /*s*/, const Other& /*f*/) {
  return std::nullopt;
}

}  // namespace

std::optional<std::string> broken_reference(const Situation& situation, const Fact& fact) {
  return std::visit(
      [&](const auto& each) -> Broken {
        if constexpr (std::is_base_of_v<SignedAnswer, std::decay_t<decltype(each)>>)
          return reference(situation, static_cast<const SignedAnswer&>(each));
        else
          return reference(situation, each);
      },
      fact);
}

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
  ++next.entries;
  return next;
}

Digest digest_of(const Situation& situation) {
  return sha256({"postern-situation/1\n", json::canonical(to_json(situation))});
}

}  // namespace postern::emergency
