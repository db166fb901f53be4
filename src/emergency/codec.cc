#include "emergency/codec.h"

#include <array>
#include <functional>

#include "emergency/describe.h"

namespace postern::emergency {
namespace {

using json::Object;
using json::Reader;
using json::Value;

// --- Writing
// -----------------------------------------------------------------------------------------------------

template <class T, class F>
json::Array list(const std::vector<T>& items, F&& one) {
  json::Array out;
  for (const T& item : items) out.push_back(one(item));
  return out;
}

Object write(const CatalogAdopted& f) {
  Object out{{"catalog", f.catalog.hex()},
             {"signatures", list(f.signatures, [](const OwnerSignature& s) {
                return Value(Object{{"key", s.key}, {"person", s.person.text()}, {"signature", s.signature}});
              })}};
  if (f.replaces) out.emplace("replaces", f.replaces->hex());
  return out;
}
Object write(const ProbeChanged& f) {
  return {{"detail", f.detail},
          {"probe", f.probe.text()},
          {"since", to_rfc3339(f.since)},
          {"verdict", name_of(f.verdict)}};
}
Object write(const SuspicionRaised& f) {
  return {{"because", list(f.because, [](const ProbeId& id) { return Value(id.text()); })},
          {"mode", f.mode.text()}};
}
Object write(const SuspicionCleared& f) { return {{"mode", f.mode.text()}}; }
Object write(const AttestationMade& f) {
  return {{"mode", f.mode.text()}, {"person", f.person.text()}, {"statement", f.statement}};
}
Object write(const EmergencyDeclared& f) {
  return {{"attestations", list(f.attestations,
                                [](const AttestationEvidence& e) {
                                  return Value(Object{{"at", to_rfc3339(e.at)},
                                                      {"person", e.person.text()},
                                                      {"statement", e.statement}});
                                })},
          {"emergency", f.emergency.text()},
          {"incident", f.incident},
          {"mode", f.mode.text()},
          {"probes", list(f.probes, [](const ProbeEvidence& e) {
             return Value(Object{
                 {"probe", e.probe.text()}, {"since", to_rfc3339(e.since)}, {"verdict", name_of(e.verdict)}});
           })}};
}
Object write(const EmergencyClosed& f) { return {{"emergency", f.emergency.text()}}; }
Object write(const RequestSubmitted& f) {
  return {{"answer_by", to_rfc3339(f.answer_by)},
          {"request", f.terms.request.text()},
          {"terms", to_json(f.terms)},
          {"tiers", list(f.tiers, [](const FrozenTier& t) {
             return Value(
                 Object{{"count", t.count},
                        {"eligible", list(t.eligible, [](const PersonId& id) { return Value(id.text()); })},
                        {"from", list(t.from, [](const GroupId& id) { return Value(id.text()); })},
                        {"within", to_text(t.within)}});
           })}};
}
json::Array checks(const std::vector<Check>& checks) {
  return list(checks, [](const Check& c) {
    return Value(Object{{"name", c.name}, {"note", c.note}, {"passed", c.passed}});
  });
}
Object write(const RequestChecked& f) {
  return {{"checks", checks(f.checks)}, {"request", f.request.text()}};
}
Object write(const RequestEscalated& f) {
  return {{"answer_by", to_rfc3339(f.answer_by)}, {"request", f.request.text()}, {"tier", f.tier}};
}
Object write(const SignedAnswer& f) {
  return {{"key", f.key},
          {"person", f.person.text()},
          {"request", f.request.text()},
          {"signature", f.signature},
          {"statement", f.statement},
          {"tier", f.tier}};
}
Object write(const RequestWithdrawn& f) { return {{"request", f.request.text()}}; }
Object write(const RequestExpired& f) { return {{"cause", name_of(f.cause)}, {"request", f.request.text()}}; }
Object write(const GrantOpened& f) {
  return {{"grant", f.grant.text()}, {"request", f.request.text()}, {"until", to_rfc3339(f.until)}};
}
Object write(const GrantClosed& f) { return {{"cause", name_of(f.cause)}, {"grant", f.grant.text()}}; }
Object write(const SessionIntended& f) {
  return {{"duration", to_text(f.duration)},      {"grant", f.grant.text()},
          {"report_by", to_rfc3339(f.report_by)}, {"role_session_name", f.role_session_name},
          {"session", f.session.text()},          {"source_identity", f.source_identity}};
}
Object write(const SessionIssued& f) {
  return {{"access_key_id", f.access_key_id},
          {"assumed_role_arn", f.assumed_role_arn},
          {"expires_at", to_rfc3339(f.expires_at)},
          {"hop_one_access_key_id", f.hop_one_access_key_id},
          {"region", f.region},
          {"session", f.session.text()}};
}
Object write(const SessionFailed& f) { return {{"reason", f.reason}, {"session", f.session.text()}}; }
Object write(const SessionOutcomeUnknown& f) { return {{"session", f.session.text()}}; }
Object write(const LoginOpened& f) {
  return {
      {"key_fingerprint", f.key_fingerprint}, {"person", f.person.text()}, {"until", to_rfc3339(f.until)}};
}
Object write(const CommandRefused& f) {
  return {{"code", name_of(f.code)}, {"command", f.command}, {"reason", f.reason}, {"resource", f.resource}};
}
Object write(const NoiseCounted& f) {
  return {{"count", f.count}, {"since", to_rfc3339(f.since)}, {"source", f.source}, {"what", f.what}};
}
Object write(const ClockJumped& f) {
  return {{"by_ms", static_cast<std::int64_t>(f.by.count())}, {"in_doubt", f.in_doubt}};
}
Object write(const CatalogProposed& f) {
  Object out{{"catalog", f.catalog.hex()}};
  if (f.replaces) out.emplace("replaces", f.replaces->hex());
  return out;
}
Object write(const CatalogSigned& f) {
  return {{"catalog", f.catalog.hex()},
          {"key", f.signature.key},
          {"person", f.signature.person.text()},
          {"signature", f.signature.signature}};
}
Object write(const ChangeAnnounced& f) {
  return {{"changes", list(f.changes, [](const std::string& each) { return Value(each); })}};
}
Object write(const SelfChecked& f) { return {{"checks", checks(f.checks)}, {"person", f.person.text()}}; }
Object write(const UpkeepConfirmed& f) {
  return {{"person", f.person.text()}, {"statement", f.statement}, {"upkeep", f.upkeep}};
}

// --- Reading
// ------------------------------------------------------------------------------------------------------

/// The entry as a whole is limited, and nothing in it any further: a text that could be written but not read
/// again would stop the ledger at the next start.
constexpr std::size_t size_max = ledger::entry_bytes_max;

Result<std::string> text(Reader& reader, std::string_view name) { return reader.text(name, size_max); }

template <class IdType>
Result<IdType> id(Reader& reader, std::string_view name) {
  return IdType::parse(TRY(reader.text(name)));
}
Result<Instant> instant(Reader& reader, std::string_view name) {
  return parse_rfc3339(TRY(reader.text(name)));
}
Result<seconds> duration(Reader& reader, std::string_view name) {
  return parse_duration(TRY(reader.text(name)));
}
Result<Digest> digest(Reader& reader, std::string_view name) {
  return Digest::from_hex(TRY(reader.text(name)));
}
/// A tier's number or how many people it needs.
Result<int> counted(Reader& reader, std::string_view name) {
  const std::int64_t value = TRY(reader.integer(name));
  if (value < 1 || value > static_cast<std::int64_t>(size_max))
    return fail(ErrorCode::invalid, "\"" + std::string(name) + "\" is out of range.");
  return static_cast<int>(value);
}

/// The enumerator with that name; `all` lists them.
template <class Enum, std::size_t N>
Result<Enum> named(Reader& reader, std::string_view name, const std::array<Enum, N>& all) {
  const std::string text = TRY(reader.text(name));
  for (const Enum each : all)
    if (name_of(each) == text) return each;
  return fail(ErrorCode::invalid, "\"" + text + "\" is not a known " + std::string(name) + ".");
}
constexpr std::array verdicts{Verdict::unknown, Verdict::up, Verdict::down};
constexpr std::array expiry_causes{ExpiryCause::unanswered, ExpiryCause::emergency_closed};
constexpr std::array grant_ends{GrantEnd::expired, GrantEnd::closed, GrantEnd::emergency_closed,
                                GrantEnd::standing_lost};

template <class IdType>
Result<std::vector<IdType>> ids(Reader& reader, std::string_view name) {
  std::vector<IdType> out;
  for (const Value& item : *TRY(reader.array(name, size_max))) {
    if (item.as_string() == nullptr)
      return fail(ErrorCode::invalid, "\"" + std::string(name) + "\" holds something else than ids.");
    out.push_back(TRY(IdType::parse(*item.as_string())));
  }
  return out;
}

/// Reads each item of an array of objects with `one`.
template <class T, class F>
Result<std::vector<T>> objects(Reader& reader, std::string_view name, F&& one) {
  std::vector<T> out;
  for (const Value& item : *TRY(reader.array(name, size_max))) {
    Reader inner(item, std::string(name) + ".");
    out.push_back(TRY(one(inner)));
    TRY(inner.finish());
  }
  return out;
}

Result<Fact> read_catalog_adopted(Reader& r) {
  CatalogAdopted fact{.catalog = TRY(digest(r, "catalog")), .replaces = {}, .signatures = {}};
  if (r.has("replaces")) fact.replaces = TRY(digest(r, "replaces"));
  fact.signatures = TRY(objects<OwnerSignature>(r, "signatures", [](Reader& s) -> Result<OwnerSignature> {
    return OwnerSignature{TRY(id<PersonId>(s, "person")), TRY(text(s, "key")), TRY(text(s, "signature"))};
  }));
  return fact;
}
Result<Fact> read_probe_changed(Reader& r) {
  return ProbeChanged{TRY(id<ProbeId>(r, "probe")), TRY(named(r, "verdict", verdicts)),
                      TRY(instant(r, "since")), TRY(text(r, "detail"))};
}
Result<Fact> read_suspicion_raised(Reader& r) {
  return SuspicionRaised{TRY(id<ModeId>(r, "mode")), TRY(ids<ProbeId>(r, "because"))};
}
Result<Fact> read_suspicion_cleared(Reader& r) { return SuspicionCleared{TRY(id<ModeId>(r, "mode"))}; }
Result<Fact> read_attestation_made(Reader& r) {
  return AttestationMade{TRY(id<ModeId>(r, "mode")), TRY(id<PersonId>(r, "person")),
                         TRY(text(r, "statement"))};
}
Result<Fact> read_emergency_declared(Reader& r) {
  EmergencyDeclared fact{.emergency = TRY(id<EmergencyId>(r, "emergency")),
                         .mode = TRY(id<ModeId>(r, "mode")),
                         .incident = TRY(text(r, "incident")),
                         .probes = {},
                         .attestations = {}};
  fact.probes = TRY(objects<ProbeEvidence>(r, "probes", [](Reader& e) -> Result<ProbeEvidence> {
    return ProbeEvidence{TRY(id<ProbeId>(e, "probe")), TRY(named(e, "verdict", verdicts)),
                         TRY(instant(e, "since"))};
  }));
  fact.attestations =
      TRY(objects<AttestationEvidence>(r, "attestations", [](Reader& e) -> Result<AttestationEvidence> {
        return AttestationEvidence{TRY(id<PersonId>(e, "person")), TRY(text(e, "statement")),
                                   TRY(instant(e, "at"))};
      }));
  return fact;
}
Result<Fact> read_emergency_closed(Reader& r) {
  return EmergencyClosed{TRY(id<EmergencyId>(r, "emergency"))};
}

Result<RequestTerms> read_terms(const Value& value) {
  Reader r(value, "terms.");
  RequestTerms terms{.request = TRY(id<RequestId>(r, "request")),
                     .emergency = TRY(id<EmergencyId>(r, "emergency")),
                     .process = TRY(id<ProcessId>(r, "process")),
                     .requester = TRY(id<PersonId>(r, "requester")),
                     .account = TRY(id<AccountId>(r, "account")),
                     .emergency_role = TRY(text(r, "emergency_role")),
                     .target_role = TRY(text(r, "target_role")),
                     .duration = TRY(duration(r, "duration")),
                     .session_max = TRY(duration(r, "session_max")),
                     .catalog = TRY(digest(r, "catalog")),
                     .reason = {}};
  if (!TRY(text(r, "reason")).empty()) terms.reason = TRY(digest(r, "reason"));
  TRY(r.finish());
  return terms;
}
Result<Fact> read_request_submitted(Reader& r) {
  RequestTerms terms = TRY(read_terms(*TRY(r.any("terms"))));
  if (TRY(text(r, "request")) != terms.request.text())
    return fail(ErrorCode::invalid, "\"request\" and \"terms.request\" differ.");
  auto tiers = TRY(objects<FrozenTier>(r, "tiers", [](Reader& t) -> Result<FrozenTier> {
    return FrozenTier{TRY(ids<GroupId>(t, "from")), TRY(ids<PersonId>(t, "eligible")),
                      TRY(counted(t, "count")), TRY(duration(t, "within"))};
  }));
  if (tiers.empty()) return fail(ErrorCode::invalid, "A request has at least one tier.");
  return RequestSubmitted{std::move(terms), std::move(tiers), TRY(instant(r, "answer_by"))};
}
Result<std::vector<Check>> checks(Reader& r) {
  return objects<Check>(r, "checks", [](Reader& c) -> Result<Check> {
    return Check{TRY(text(c, "name")), TRY(c.boolean("passed")), TRY(text(c, "note"))};
  });
}
Result<Fact> read_request_checked(Reader& r) {
  return RequestChecked{TRY(id<RequestId>(r, "request")), TRY(checks(r))};
}
Result<Fact> read_request_escalated(Reader& r) {
  return RequestEscalated{TRY(id<RequestId>(r, "request")), TRY(counted(r, "tier")),
                          TRY(instant(r, "answer_by"))};
}
Result<SignedAnswer> read_signed_answer(Reader& r) {
  return SignedAnswer{TRY(id<RequestId>(r, "request")), TRY(counted(r, "tier")),
                      TRY(id<PersonId>(r, "person")),   TRY(text(r, "key")),
                      TRY(text(r, "statement")),        TRY(text(r, "signature"))};
}
Result<Fact> read_request_approved(Reader& r) { return RequestApproved{TRY(read_signed_answer(r))}; }
Result<Fact> read_request_denied(Reader& r) { return RequestDenied{TRY(read_signed_answer(r))}; }
Result<Fact> read_request_withdrawn(Reader& r) { return RequestWithdrawn{TRY(id<RequestId>(r, "request"))}; }
Result<Fact> read_request_expired(Reader& r) {
  return RequestExpired{TRY(id<RequestId>(r, "request")), TRY(named(r, "cause", expiry_causes))};
}
Result<Fact> read_grant_opened(Reader& r) {
  return GrantOpened{TRY(id<GrantId>(r, "grant")), TRY(id<RequestId>(r, "request")),
                     TRY(instant(r, "until"))};
}
Result<Fact> read_grant_closed(Reader& r) {
  return GrantClosed{TRY(id<GrantId>(r, "grant")), TRY(named(r, "cause", grant_ends))};
}
Result<Fact> read_session_intended(Reader& r) {
  return SessionIntended{TRY(id<SessionId>(r, "session")),  TRY(id<GrantId>(r, "grant")),
                         TRY(text(r, "role_session_name")), TRY(text(r, "source_identity")),
                         TRY(duration(r, "duration")),      TRY(instant(r, "report_by"))};
}
Result<Fact> read_session_issued(Reader& r) {
  return SessionIssued{
      TRY(id<SessionId>(r, "session")), TRY(text(r, "access_key_id")), TRY(text(r, "hop_one_access_key_id")),
      TRY(text(r, "assumed_role_arn")), TRY(text(r, "region")),        TRY(instant(r, "expires_at"))};
}
Result<Fact> read_session_failed(Reader& r) {
  return SessionFailed{TRY(id<SessionId>(r, "session")), TRY(text(r, "reason"))};
}
Result<Fact> read_session_unknown(Reader& r) {
  return SessionOutcomeUnknown{TRY(id<SessionId>(r, "session"))};
}
Result<Fact> read_login_opened(Reader& r) {
  return LoginOpened{TRY(id<PersonId>(r, "person")), TRY(text(r, "key_fingerprint")),
                     TRY(instant(r, "until"))};
}
Result<Fact> read_command_refused(Reader& r) {
  return CommandRefused{TRY(text(r, "command")), TRY(text(r, "resource")),
                        error_code_named(TRY(text(r, "code"))), TRY(text(r, "reason"))};
}
Result<Fact> read_noise_counted(Reader& r) {
  return NoiseCounted{TRY(text(r, "source")), TRY(text(r, "what")), TRY(r.integer("count")),
                      TRY(instant(r, "since"))};
}
Result<Fact> read_clock_jumped(Reader& r) {
  return ClockJumped{milliseconds(TRY(r.integer("by_ms"))), TRY(r.boolean("in_doubt"))};
}

Result<Fact> read_catalog_proposed(Reader& r) {
  CatalogProposed fact{.catalog = TRY(digest(r, "catalog")), .replaces = {}};
  if (r.has("replaces")) fact.replaces = TRY(digest(r, "replaces"));
  return fact;
}
Result<Fact> read_catalog_signed(Reader& r) {
  return CatalogSigned{TRY(digest(r, "catalog")),
                       {TRY(id<PersonId>(r, "person")), TRY(text(r, "key")), TRY(text(r, "signature"))}};
}
Result<Fact> read_change_announced(Reader& r) {
  ChangeAnnounced fact;
  for (const Value& each : *TRY(r.array("changes", size_max))) {
    if (each.as_string() == nullptr)
      return fail(ErrorCode::invalid, "\"changes\" holds something else than text.");
    fact.changes.push_back(*each.as_string());
  }
  return fact;
}
Result<Fact> read_self_checked(Reader& r) {
  return SelfChecked{TRY(id<PersonId>(r, "person")), TRY(checks(r))};
}
Result<Fact> read_upkeep_confirmed(Reader& r) {
  return UpkeepConfirmed{TRY(text(r, "upkeep")), TRY(id<PersonId>(r, "person")), TRY(text(r, "statement"))};
}

/// One row for each alternative of Fact, in its order. A decoder, once released, stays.
struct Row {
  std::string_view type;
  std::int64_t v;
  Result<Fact> (*read)(Reader&);
};
constexpr std::array rows{
    Row{"catalog.adopted", 1, read_catalog_adopted},
    Row{"probe.changed", 1, read_probe_changed},
    Row{"suspicion.raised", 1, read_suspicion_raised},
    Row{"suspicion.cleared", 1, read_suspicion_cleared},
    Row{"attestation.made", 1, read_attestation_made},
    Row{"emergency.declared", 1, read_emergency_declared},
    Row{"emergency.closed", 1, read_emergency_closed},
    Row{"request.submitted", 1, read_request_submitted},
    Row{"request.checked", 1, read_request_checked},
    Row{"request.escalated", 1, read_request_escalated},
    Row{"request.approved", 1, read_request_approved},
    Row{"request.denied", 1, read_request_denied},
    Row{"request.withdrawn", 1, read_request_withdrawn},
    Row{"request.expired", 1, read_request_expired},
    Row{"grant.opened", 1, read_grant_opened},
    Row{"grant.closed", 1, read_grant_closed},
    Row{"session.intended", 1, read_session_intended},
    Row{"session.issued", 1, read_session_issued},
    Row{"session.failed", 1, read_session_failed},
    Row{"session.unknown", 1, read_session_unknown},
    Row{"login.opened", 1, read_login_opened},
    Row{"command.refused", 1, read_command_refused},
    Row{"noise.counted", 1, read_noise_counted},
    Row{"clock.jumped", 1, read_clock_jumped},
    Row{"catalog.proposed", 1, read_catalog_proposed},
    Row{"catalog.signed", 1, read_catalog_signed},
    Row{"change.announced", 1, read_change_announced},
    Row{"self.checked", 1, read_self_checked},
    Row{"upkeep.confirmed", 1, read_upkeep_confirmed},
};
static_assert(rows.size() == std::variant_size_v<Fact>);

Result<Actor> read_actor(std::string_view by) {
  if (by == "system") return Actor{};
  constexpr std::string_view prefix = "person:";
  if (!by.starts_with(prefix)) return fail(ErrorCode::invalid, "\"by\" is neither a person nor the system.");
  return Actor{TRY(PersonId::parse(by.substr(prefix.size())))};
}

Result<Record> read_record(const ledger::Entry& entry, const Row& row) {
  Reader reader(entry.data, "data.");
  Fact fact = TRY(row.read(reader));
  TRY(reader.finish());
  const bool needs_person =
      std::holds_alternative<EmergencyDeclared>(fact) || std::holds_alternative<CatalogProposed>(fact);
  if (needs_person && entry.by == "system") return fail(ErrorCode::invalid, "\"by\" must be a person.");
  return Record{entry.at, TRY(read_actor(entry.by)), entry.cause, std::move(fact)};
}

}  // namespace

std::string_view type_of(const Fact& fact) { return rows.at(fact.index()).type; }

ledger::Entry to_entry(const Record& record, std::string id, std::string node,
                       std::optional<Digest> private_digest) {
  return ledger::Entry{
      .v = rows.at(record.fact.index()).v,
      .id = std::move(id),
      .type = std::string(type_of(record.fact)),
      .at = record.at,
      .node = std::move(node),
      .by = record.by.text(),
      .cause = record.cause,
      .data = std::visit([](const auto& fact) { return json::Value(write(fact)); }, record.fact),
      .private_digest = private_digest};
}

Result<Record> to_record(const ledger::Entry& entry) {
  for (const Row& row : rows) {
    if (row.type != entry.type || row.v != entry.v) continue;
    Result<Record> record = read_record(entry, row);
    if (!record)
      return fail(ErrorCode::damaged,
                  "Entry " + entry.id + " (" + entry.type + ") does not read: " + record.error().message);
    return record;
  }
  return fail(ErrorCode::conflict, "Entry " + entry.id + " is of type " + entry.type + " version " +
                                       std::to_string(entry.v) +
                                       ", which this version of Postern does not know. It will not write to "
                                       "this ledger. Run the newest version.");
}

std::vector<Digest> blobs_named_by(const Fact& fact) {
  if (const auto* adopted = std::get_if<CatalogAdopted>(&fact)) return {adopted->catalog};
  if (const auto* proposed = std::get_if<CatalogProposed>(&fact)) return {proposed->catalog};
  return {};
}

namespace {

std::string resource(const CatalogAdopted& f) { return f.catalog.hex().substr(0, 12); }
std::string resource(const ProbeChanged& f) { return f.probe.text(); }
std::string resource(const SuspicionRaised& f) { return f.mode.text(); }
std::string resource(const SuspicionCleared& f) { return f.mode.text(); }
std::string resource(const AttestationMade& f) { return f.mode.text(); }
std::string resource(const EmergencyDeclared& f) { return f.emergency.text(); }
std::string resource(const EmergencyClosed& f) { return f.emergency.text(); }
std::string resource(const RequestSubmitted& f) { return f.terms.request.text(); }
std::string resource(const RequestChecked& f) { return f.request.text(); }
std::string resource(const RequestEscalated& f) { return f.request.text(); }
std::string resource(const SignedAnswer& f) { return f.request.text(); }
std::string resource(const RequestWithdrawn& f) { return f.request.text(); }
std::string resource(const RequestExpired& f) { return f.request.text(); }
std::string resource(const GrantOpened& f) { return f.grant.text(); }
std::string resource(const GrantClosed& f) { return f.grant.text(); }
std::string resource(const SessionIntended& f) { return f.session.text(); }
std::string resource(const SessionIssued& f) { return f.session.text(); }
std::string resource(const SessionFailed& f) { return f.session.text(); }
std::string resource(const SessionOutcomeUnknown& f) { return f.session.text(); }
std::string resource(const LoginOpened& f) { return f.person.text(); }
std::string resource(const CommandRefused& f) { return f.resource; }
std::string resource(const NoiseCounted& f) { return f.source; }
std::string resource(const ClockJumped& /*f*/) { return ""; }
std::string resource(const CatalogProposed& f) { return f.catalog.hex().substr(0, 12); }
std::string resource(const CatalogSigned& f) { return f.catalog.hex().substr(0, 12); }
std::string resource(const ChangeAnnounced& /*f*/) { return ""; }
std::string resource(const SelfChecked& f) { return f.person.text(); }
std::string resource(const UpkeepConfirmed& f) { return f.upkeep; }

}  // namespace

std::string resource_of(const Fact& fact) {
  return std::visit([](const auto& each) { return resource(each); }, fact);
}

}  // namespace postern::emergency
