#include "emergency/codec_reading.h"

namespace postern::emergency {
namespace {

using namespace codec;  // NOLINT(google-build-using-namespace): one job in two files

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
Result<EmergencyDeclared> declaration(Reader& r) {
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
Result<Fact> read_emergency_declared_2(Reader& r) { return TRY(declaration(r)); }
Result<Fact> read_emergency_declared(Reader& r) {
  EmergencyDeclared fact = TRY(declaration(r));
  if (r.has("link_by")) fact.link_by = TRY(instant(r, "link_by"));
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
                      .signature = TRY(person_signature(r)),
                      .skipped = TRY(ids<PersonId>(r, "skipped")),
                      .co_sign_by = TRY(instant(r, "co_sign_by")),
                      .lasts = TRY(duration(r, "lasts")),
                      .probes = TRY(probes(r)),
                      .attestations = TRY(attestations(r))};
}
Result<Fact> read_override_cosigned(Reader& r) {
  return OverrideCosigned{TRY(id<OverrideId>(r, "override")), TRY(person_signature(r))};
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
    Row{"emergency.declared", 3, from_data<read_emergency_declared>},
    Row{"emergency.closed", 2, from_data<read_emergency_closed>},
    Row{"request.submitted", 2, from_data<read_request_submitted>},
    Row{"request.checked", 1, from_data<read_request_checked>},
    Row{"request.escalated", 1, from_data<read_request_escalated>},
    Row{"request.approved", 2, from_data<read_request_approved>},
    Row{"request.denied", 2, from_data<read_request_denied>},
    Row{"request.withdrawn", 1, from_data<read_request_withdrawn>},
    Row{"request.expired", 1, from_data<read_request_expired>},
    Row{"grant.opened", 2, from_data<read_grant_opened>},
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
    Row{"request.skipped", 1, from_data<read_request_skipped>},
    Row{"request.reminded", 1, from_data<read_request_reminded>},
    Row{"grant.extended", 1, from_data<read_grant_extended>},
    Row{"absence.marked", 1, from_data<read_absence_marked>},
    Row{"absence.ended", 1, from_data<read_absence_ended>},
    Row{"notice.due", 1, from_data<read_notice_due>},
    Row{"notice.delivered", 1, from_data<read_notice_delivered>},
    Row{"notice.failed", 1, from_data<read_notice_failed>},
    Row{"notice.dropped", 1, from_data<read_notice_dropped>},
    Row{"incident.recorded", 1, from_data<read_incident_recorded>},
    Row{"incident.overdue", 1, from_data<read_incident_overdue>},
    Row{"emergency.noted", 1, from_data<read_emergency_noted>},
};
static_assert(rows.size() == std::variant_size_v<Fact>);
/// What earlier versions wrote. A decoder, once released, stays.
constexpr std::array former_rows{
    Row{"probe.changed", 1, from_data<read_probe_changed_1>},
    Row{"emergency.declared", 1, read_emergency_declared_1},
    Row{"emergency.declared", 2, from_data<read_emergency_declared_2>},
    Row{"emergency.closed", 1, from_data<read_emergency_closed_1>},
    Row{"grant.closed", 1, from_data<read_grant_closed_1>},
    Row{"grant.opened", 1, from_data<read_grant_opened_1>},
    Row{"request.denied", 1, from_data<read_request_denied_1>},
    Row{"request.approved", 1, from_data<read_request_approved_1>},
    Row{"request.submitted", 1, from_data<read_request_submitted_1>},
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
