#include <array>

#include "emergency/codec_parts.h"
#include "emergency/describe.h"

namespace postern::emergency {
namespace {

using json::Reader;
using json::Value;

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

Result<int> none_or_counted(Reader& reader, std::string_view name) {
  const std::int64_t value = TRY(reader.integer(name));
  if (value < 0 || value > static_cast<std::int64_t>(size_max))
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
constexpr std::array verdicts_of_version_1{Verdict::unknown, Verdict::up, Verdict::down};
constexpr std::array verdicts{Verdict::unknown, Verdict::up, Verdict::down, Verdict::degraded};
constexpr std::array warning_kinds{WarningKind::expires, WarningKind::expired, WarningKind::changed,
                                   WarningKind::deleted, WarningKind::mismatch};
constexpr std::array emergency_ends{EmergencyEnd::over, EmergencyEnd::false_alarm, EmergencyEnd::expired,
                                    EmergencyEnd::objected};
constexpr std::array override_ends{OverrideEnd::withdrawn, OverrideEnd::objected, OverrideEnd::lapsed,
                                   OverrideEnd::standing_lost};
constexpr std::array expiry_causes{ExpiryCause::unanswered, ExpiryCause::emergency_closed};
constexpr std::array grant_ends_of_version_1{GrantEnd::expired, GrantEnd::closed, GrantEnd::emergency_closed,
                                             GrantEnd::standing_lost};
constexpr std::array grant_ends{GrantEnd::expired, GrantEnd::closed, GrantEnd::emergency_closed,
                                GrantEnd::standing_lost, GrantEnd::objected};

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

Result<std::vector<std::string>> texts(Reader& reader, std::string_view name) {
  std::vector<std::string> out;
  for (const Value& item : *TRY(reader.array(name, size_max))) {
    if (item.as_string() == nullptr)
      return fail(ErrorCode::invalid, "\"" + std::string(name) + "\" holds something else than text.");
    out.push_back(*item.as_string());
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
Result<Fact> read_probe_changed_1(Reader& r) {
  return ProbeChanged{TRY(id<ProbeId>(r, "probe")), "", TRY(named(r, "verdict", verdicts_of_version_1)),
                      TRY(instant(r, "since")), TRY(text(r, "detail"))};
}
Result<Fact> read_probe_changed(Reader& r) {
  ProbeChanged fact{TRY(id<ProbeId>(r, "probe")), TRY(text(r, "node")), TRY(named(r, "verdict", verdicts)),
                    TRY(instant(r, "since")), TRY(text(r, "detail"))};
  if (r.has("until")) fact.until = TRY(instant(r, "until"));
  return fact;
}
Result<Fact> read_probe_warned(Reader& r) {
  ProbeWarned fact{TRY(id<ProbeId>(r, "probe")), {}};
  fact.warnings = TRY(objects<ProbeWarning>(r, "warnings", [](Reader& w) -> Result<ProbeWarning> {
    return ProbeWarning{TRY(named(w, "kind", warning_kinds)), TRY(text(w, "text"))};
  }));
  return fact;
}
Result<Fact> read_suspicion_raised(Reader& r) {
  return SuspicionRaised{TRY(id<ModeId>(r, "mode")), TRY(ids<ProbeId>(r, "because"))};
}
Result<Fact> read_suspicion_cleared(Reader& r) { return SuspicionCleared{TRY(id<ModeId>(r, "mode"))}; }
Result<Fact> read_attestation_made(Reader& r) {
  return AttestationMade{TRY(id<ModeId>(r, "mode")), TRY(id<PersonId>(r, "person")),
                         TRY(text(r, "statement"))};
}
Result<std::vector<AttestationEvidence>> attestations(Reader& r) {
  return objects<AttestationEvidence>(r, "attestations", [](Reader& e) -> Result<AttestationEvidence> {
    return AttestationEvidence{TRY(id<PersonId>(e, "person")), TRY(text(e, "statement")),
                               TRY(instant(e, "at"))};
  });
}
Result<std::vector<ProbeEvidence>> probes(Reader& r) {
  return objects<ProbeEvidence>(r, "probes", [](Reader& e) -> Result<ProbeEvidence> {
    return ProbeEvidence{TRY(id<ProbeId>(e, "probe")), TRY(named(e, "verdict", verdicts)),
                         TRY(instant(e, "since")), TRY(text(e, "node")), TRY(text(e, "detail"))};
  });
}
/// Of version 1, whoever declared stands in the envelope only.
Result<Fact> read_emergency_declared_1(Reader& r, const Actor& by) {
  if (!by.person) return fail(ErrorCode::invalid, "\"by\" must be a person.");
  EmergencyDeclared fact{.emergency = TRY(id<EmergencyId>(r, "emergency")),
                         .mode = TRY(id<ModeId>(r, "mode")),
                         .incident = TRY(text(r, "incident")),
                         .probes = {},
                         .attestations = {},
                         .declared_by = *by.person};
  fact.probes = TRY(objects<ProbeEvidence>(r, "probes", [](Reader& e) -> Result<ProbeEvidence> {
    return ProbeEvidence{TRY(id<ProbeId>(e, "probe")), TRY(named(e, "verdict", verdicts_of_version_1)),
                         TRY(instant(e, "since"))};
  }));
  fact.attestations = TRY(attestations(r));
  return fact;
}
Result<Fact> read_emergency_declared(Reader& r) {
  EmergencyDeclared fact{.emergency = TRY(id<EmergencyId>(r, "emergency")),
                         .mode = TRY(id<ModeId>(r, "mode")),
                         .incident = TRY(text(r, "incident")),
                         .probes = TRY(probes(r)),
                         .attestations = TRY(attestations(r)),
                         .declared_by = TRY(id<PersonId>(r, "declared_by"))};
  if (r.has("until")) fact.until = TRY(instant(r, "until"));
  if (r.has("override")) fact.by_override = TRY(id<OverrideId>(r, "override"));
  return fact;
}
Result<Fact> read_emergency_extended(Reader& r) {
  return EmergencyExtended{TRY(id<EmergencyId>(r, "emergency")), TRY(instant(r, "until"))};
}
Result<Fact> read_emergency_closed_1(Reader& r) {
  return EmergencyClosed{TRY(id<EmergencyId>(r, "emergency"))};
}
Result<Fact> read_emergency_closed(Reader& r) {
  EmergencyClosed fact{.emergency = TRY(id<EmergencyId>(r, "emergency")),
                       .how = TRY(named(r, "how", emergency_ends)),
                       .missing = TRY(texts(r, "missing"))};
  if (r.has("reason")) fact.reason = TRY(digest(r, "reason"));
  return fact;
}

Result<OverrideSignature> override_signature(Reader& r) {
  Reader s(*TRY(r.any("signature")), "signature.");
  OverrideSignature signature{TRY(id<PersonId>(s, "person")), TRY(text(s, "key")), TRY(text(s, "statement")),
                              TRY(text(s, "signature"))};
  TRY(s.finish());
  return signature;
}
Result<OverrideTerms> override_terms(const Value& value) {
  Reader r(value, "terms.");
  OverrideTerms terms{.id = TRY(id<OverrideId>(r, "override")),
                      .person = TRY(id<PersonId>(r, "person")),
                      .what = OverriddenDeclaration{ModeId::parse("none").value(), ""},
                      .reason = TRY(digest(r, "reason")),
                      .co_signers = TRY(none_or_counted(r, "co_signers")),
                      .objection_window = TRY(duration(r, "objection_window")),
                      .catalog = TRY(digest(r, "catalog"))};
  if (r.has("request"))
    terms.what = OverriddenApproval{TRY(id<RequestId>(r, "request")), TRY(digest(r, "request_digest"))};
  else
    terms.what = OverriddenDeclaration{TRY(id<ModeId>(r, "mode")), TRY(text(r, "incident"))};
  TRY(r.finish());
  return terms;
}
Result<Fact> read_override_made(Reader& r) {
  OverrideTerms terms = TRY(override_terms(*TRY(r.any("terms"))));
  if (TRY(text(r, "override")) != terms.id.text())
    return fail(ErrorCode::invalid, "\"override\" and \"terms.override\" differ.");
  return OverrideMade{.terms = std::move(terms),
                      .signature = TRY(override_signature(r)),
                      .skipped = TRY(ids<PersonId>(r, "skipped")),
                      .co_sign_by = TRY(instant(r, "co_sign_by")),
                      .lasts = TRY(duration(r, "lasts")),
                      .probes = TRY(probes(r)),
                      .attestations = TRY(attestations(r))};
}
Result<Fact> read_override_cosigned(Reader& r) {
  return OverrideCosigned{TRY(id<OverrideId>(r, "override")), TRY(override_signature(r))};
}
Result<Fact> read_override_opened(Reader& r) { return OverrideOpened{TRY(id<OverrideId>(r, "override"))}; }
Result<Fact> read_override_objected(Reader& r) {
  return OverrideObjected{TRY(id<OverrideId>(r, "override")), TRY(id<PersonId>(r, "person")),
                          TRY(digest(r, "reason"))};
}
Result<Fact> read_override_ended(Reader& r) {
  return OverrideEnded{TRY(id<OverrideId>(r, "override")), TRY(named(r, "cause", override_ends))};
}
Result<Fact> read_override_reviewed(Reader& r) {
  return OverrideReviewed{TRY(id<OverrideId>(r, "override")), TRY(id<PersonId>(r, "person")),
                          TRY(r.boolean("justified")), TRY(digest(r, "note"))};
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
Result<Fact> read_grant_closed_1(Reader& r) {
  return GrantClosed{TRY(id<GrantId>(r, "grant")), TRY(named(r, "cause", grant_ends_of_version_1))};
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
Result<Fact> read_change_announced(Reader& r) { return ChangeAnnounced{TRY(texts(r, "changes"))}; }
Result<Fact> read_self_checked(Reader& r) {
  return SelfChecked{TRY(id<PersonId>(r, "person")), TRY(checks(r))};
}
Result<Fact> read_upkeep_confirmed(Reader& r) {
  return UpkeepConfirmed{TRY(text(r, "upkeep")), TRY(id<PersonId>(r, "person")), TRY(text(r, "statement"))};
}

/// Most decoders need only the data.
template <auto read>
Result<Fact> from_data(Reader& r, const Actor& /*by*/) {
  return read(r);
}

struct Row {
  std::string_view type;
  std::int64_t v;
  Result<Fact> (*read)(Reader&, const Actor& by);
};
/// What is written: one row for each alternative of Fact, in its order.
constexpr std::array rows{
    Row{"catalog.adopted", 1, from_data<read_catalog_adopted>},
    Row{"probe.changed", 2, from_data<read_probe_changed>},
    Row{"suspicion.raised", 1, from_data<read_suspicion_raised>},
    Row{"suspicion.cleared", 1, from_data<read_suspicion_cleared>},
    Row{"attestation.made", 1, from_data<read_attestation_made>},
    Row{"emergency.declared", 2, from_data<read_emergency_declared>},
    Row{"emergency.closed", 2, from_data<read_emergency_closed>},
    Row{"request.submitted", 1, from_data<read_request_submitted>},
    Row{"request.checked", 1, from_data<read_request_checked>},
    Row{"request.escalated", 1, from_data<read_request_escalated>},
    Row{"request.approved", 1, from_data<read_request_approved>},
    Row{"request.denied", 1, from_data<read_request_denied>},
    Row{"request.withdrawn", 1, from_data<read_request_withdrawn>},
    Row{"request.expired", 1, from_data<read_request_expired>},
    Row{"grant.opened", 1, from_data<read_grant_opened>},
    Row{"grant.closed", 2, from_data<read_grant_closed>},
    Row{"session.intended", 1, from_data<read_session_intended>},
    Row{"session.issued", 1, from_data<read_session_issued>},
    Row{"session.failed", 1, from_data<read_session_failed>},
    Row{"session.unknown", 1, from_data<read_session_unknown>},
    Row{"login.opened", 1, from_data<read_login_opened>},
    Row{"command.refused", 1, from_data<read_command_refused>},
    Row{"noise.counted", 1, from_data<read_noise_counted>},
    Row{"clock.jumped", 1, from_data<read_clock_jumped>},
    Row{"catalog.proposed", 1, from_data<read_catalog_proposed>},
    Row{"catalog.signed", 1, from_data<read_catalog_signed>},
    Row{"change.announced", 1, from_data<read_change_announced>},
    Row{"self.checked", 1, from_data<read_self_checked>},
    Row{"upkeep.confirmed", 1, from_data<read_upkeep_confirmed>},
    Row{"probe.warned", 1, from_data<read_probe_warned>},
    Row{"emergency.extended", 1, from_data<read_emergency_extended>},
    Row{"override.made", 1, from_data<read_override_made>},
    Row{"override.cosigned", 1, from_data<read_override_cosigned>},
    Row{"override.opened", 1, from_data<read_override_opened>},
    Row{"override.objected", 1, from_data<read_override_objected>},
    Row{"override.ended", 1, from_data<read_override_ended>},
    Row{"override.reviewed", 1, from_data<read_override_reviewed>},
};
static_assert(rows.size() == std::variant_size_v<Fact>);
/// What earlier versions wrote. A decoder, once released, stays.
constexpr std::array former_rows{
    Row{"probe.changed", 1, from_data<read_probe_changed_1>},
    Row{"emergency.declared", 1, read_emergency_declared_1},
    Row{"emergency.closed", 1, from_data<read_emergency_closed_1>},
    Row{"grant.closed", 1, from_data<read_grant_closed_1>},
};

const Row* row_of(const ledger::Entry& entry) {
  for (const Row& row : rows)
    if (row.type == entry.type && row.v == entry.v) return &row;
  for (const Row& row : former_rows)
    if (row.type == entry.type && row.v == entry.v) return &row;
  return nullptr;
}

}  // namespace

TypeAndVersion type_and_version_of(const Fact& fact) {
  const Row& row = rows.at(fact.index());
  return {row.type, row.v};
}

Result<Fact> fact_in(const ledger::Entry& entry, const Actor& by) {
  const Row* row = row_of(entry);
  if (row == nullptr)
    return fail(ErrorCode::conflict,
                "Entry " + entry.id + " is of type " + entry.type + " version " + std::to_string(entry.v) +
                    ", which this version of Postern does not know. It will not write to "
                    "this ledger. Run the newest version.");
  Reader reader(entry.data, "data.");
  Fact fact = TRY(row->read(reader, by));
  TRY(reader.finish());
  return fact;
}

}  // namespace postern::emergency
