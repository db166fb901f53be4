#include "emergency/codec.h"

#include "emergency/codec_parts.h"

namespace postern::emergency {
namespace {

Result<Actor> read_actor(std::string_view by) {
  if (by == "system") return Actor{};
  constexpr std::string_view person = "person:";
  constexpr std::string_view service = "service:";
  if (by.starts_with(person)) return Actor{TRY(PersonId::parse(by.substr(person.size()))), {}};
  if (by.starts_with(service)) return Actor{{}, TRY(ServiceId::parse(by.substr(service.size())))};
  return fail(ErrorCode::invalid, "\"by\" is neither a person, nor a service, nor the system.");
}

Result<Record> read_record(const ledger::Entry& entry) {
  Actor by = TRY(read_actor(entry.by));
  Fact fact = TRY(fact_in(entry, by));
  if (std::holds_alternative<CatalogProposed>(fact) && !by.person)
    return fail(ErrorCode::invalid, "\"by\" must be a person.");
  return Record{entry.at, std::move(by), entry.cause, std::move(fact)};
}

}  // namespace

std::string_view type_of(const Fact& fact) { return type_and_version_of(fact).type; }

ledger::Entry to_entry(const Record& record, std::string id, std::string node,
                       std::optional<Digest> private_digest) {
  const auto [type, v] = type_and_version_of(record.fact);
  return ledger::Entry{.v = v,
                       .id = std::move(id),
                       .type = std::string(type),
                       .at = record.at,
                       .node = std::move(node),
                       .by = record.by.text(),
                       .cause = record.cause,
                       .data = data_of(record.fact),
                       .private_digest = private_digest};
}

Result<Record> to_record(const ledger::Entry& entry) {
  Result<Record> record = read_record(entry);
  if (record || record.error().code == ErrorCode::conflict) return record;
  return fail(ErrorCode::damaged,
              "Entry " + entry.id + " (" + entry.type + ") does not read: " + record.error().message);
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
std::string resource(const ProbeWarned& f) { return f.probe.text(); }
std::string resource(const EmergencyExtended& f) { return f.emergency.text(); }
std::string resource(const OverrideMade& f) { return f.terms.id.text(); }
std::string resource(const OverrideCosigned& f) { return f.id.text(); }
std::string resource(const OverrideOpened& f) { return f.id.text(); }
std::string resource(const OverrideObjected& f) { return f.id.text(); }
std::string resource(const OverrideEnded& f) { return f.id.text(); }
std::string resource(const OverrideReviewed& f) { return f.id.text(); }
std::string resource(const RequestTierSkipped& f) { return f.request.text(); }
std::string resource(const RequestReminded& f) { return f.request.text(); }
std::string resource(const GrantExtended& f) { return f.grant.text(); }
std::string resource(const AbsenceMarked& f) { return f.person.text(); }
std::string resource(const AbsenceEnded& f) { return f.person.text(); }
std::string resource(const NoticeDue& f) { return f.notice.text(); }
std::string resource(const NoticeDelivered& f) { return f.notices.front().text(); }
std::string resource(const NoticeFailed& f) { return f.notices.front().text(); }
std::string resource(const NoticeDropped& f) { return f.notices.front().text(); }
std::string resource(const IncidentRecorded& f) { return f.emergency.text(); }
std::string resource(const IncidentOverdue& f) { return f.emergency.text(); }
std::string resource(const EmergencyNoted& f) { return f.emergency.text(); }

}  // namespace

std::string resource_of(const Fact& fact) {
  return std::visit([](const auto& each) { return resource(each); }, fact);
}

}  // namespace postern::emergency
