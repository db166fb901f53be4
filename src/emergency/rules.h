#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emergency/decide.h"

/// Inside of decide(): one function for each command. Not for other folders.
namespace postern::emergency {

using Facts = std::vector<Fact>;

/// What one decision looks at.
struct Scene {
  const Situation& situation;
  const Policy& policy;
  const Actor& by;
  Instant now;

  /// The catalog in force. Call only behind a permission that cannot be had without one.
  [[nodiscard]] const catalog::Catalog& in_force() const;
  /// `forbidden` with the reason unless the actor may.
  [[nodiscard]] Result<void> permit(Action action, const Target& target = {}) const;
};

Result<Facts> decide_on(const Scene& scene, const AdoptCatalog& command);
Result<Facts> decide_on(const Scene& scene, const ObserveProbe& command);
Result<Facts> decide_on(const Scene& scene, const Attest& command);
Result<Facts> decide_on(const Scene& scene, const WarnOfProbe& command);
Result<Facts> decide_on(const Scene& scene, const ReportProbe& command);
Result<Facts> decide_on(const Scene& scene, const ExtendEmergency& command);
Result<Facts> decide_on(const Scene& scene, const MakeOverride& command);
Result<Facts> decide_on(const Scene& scene, const CosignOverride& command);
Result<Facts> decide_on(const Scene& scene, const ObjectToOverride& command);
Result<Facts> decide_on(const Scene& scene, const WithdrawOverride& command);
Result<Facts> decide_on(const Scene& scene, const ReviewOverride& command);
Result<Facts> decide_on(const Scene& scene, const Declare& command);
Result<Facts> decide_on(const Scene& scene, const CloseEmergency& command);
Result<Facts> decide_on(const Scene& scene, const SubmitRequest& command);
Result<Facts> decide_on(const Scene& scene, const AnswerRequest& command);
Result<Facts> decide_on(const Scene& scene, const WithdrawRequest& command);
Result<Facts> decide_on(const Scene& scene, const OpenSession& command);
Result<Facts> decide_on(const Scene& scene, const ReportSession& command);
Result<Facts> decide_on(const Scene& scene, const CloseGrant& command);
Result<Facts> decide_on(const Scene& scene, const RecordLogin& command);
Result<Facts> decide_on(const Scene& scene, const RecordRefusal& command);
Result<Facts> decide_on(const Scene& scene, const RecordNoise& command);
Result<Facts> decide_on(const Scene& scene, const RecordClockJump& command);
Result<Facts> decide_on(const Scene& scene, const Settle& command);
Result<Facts> decide_on(const Scene& scene, const MarkAbsent& command);
Result<Facts> decide_on(const Scene& scene, const EndAbsence& command);
Result<Facts> decide_on(const Scene& scene, const TestNotice& command);
Result<Facts> decide_on(const Scene& scene, const RecordDelivery& command);
Result<Facts> decide_on(const Scene& scene, const RecordIncident& command);
Result<Facts> decide_on(const Scene& scene, const LinkIncident& command);
Result<Facts> decide_on(const Scene& scene, const NoteTimeline& command);
Result<Facts> decide_on(const Scene& scene, const PublishText& command);
Result<Facts> decide_on(const Scene& scene, const ProposeCatalog& command);
Result<Facts> decide_on(const Scene& scene, const SignCatalog& command);
Result<Facts> decide_on(const Scene& scene, const RecordSelfCheck& command);
Result<Facts> decide_on(const Scene& scene, const ConfirmUpkeep& command);

/// Whom these facts concern: the notices that go with them, and those that they settle.
Facts notices_after(const Scene& scene, const Facts& facts);

/// How much of the process is open already, without the grant that would go on; `exhausted` when that is all
/// that the catalog allows.
Result<void> check_limits(const Scene& scene, const catalog::Process& process, const PersonId& person,
                          const AccountId& account, const std::optional<GrantId>& but);
/// Whether an extension is approved while what it extends is still open.
bool goes_on_now(const Situation& situation, const RequestTerms& terms, Instant now);
/// The grant, or its extension, that the terms give under these conditions.
Fact granting(const Situation& situation, const RequestTerms& terms, const Conditions& conditions,
              Instant now);

/// What becomes of suspicions when a probe or the catalog has changed.
Facts suspicions_after(const catalog::Catalog& in_force, const Situation& after);

/// Everything that ends with an emergency: requests that wait, open grants, overrides of its requests.
/// `closed` comes first.
Facts closing(const Situation& situation, EmergencyClosed closed);
/// What an override that may open now leads to, or its end when that has become pointless.
Facts opening(const Situation& situation, const Override& overriding, Instant now);
/// `invalid` unless it is one short printable line; it may be empty.
Result<void> check_incident_form(const std::string& incident);
/// Whether the catalog lets nobody declare without an incident's number.
bool needs_incident(const Scene& scene);
/// Its time is up, whether or not a timer ran.
inline bool has_expired(const Emergency& emergency, Instant now) {
  return emergency.until && now >= *emergency.until;
}
/// Probes and statements as they stand, for the entry that rests on them.
struct Evidence {
  std::vector<ProbeEvidence> probes;
  std::vector<AttestationEvidence> attestations;
};
Evidence evidence_for(const Scene& scene, const catalog::FailureMode& mode);
/// The line of the key in the catalog in force with which `person` made the signature; `forbidden` when it is
/// none of theirs or does not verify.
Result<std::string> signing_key(const catalog::Person& person, std::string_view name_space,
                                const std::string& statement, const std::string& signature);

/// What a probe or a client says, fit for an entry and a terminal: sanitized, one line, at most 500 bytes.
std::string short_text(std::string_view said);

/// The number after the largest one given out so far.
template <class Number, class Value>
Number next_number(const std::map<Number, Value>& given_out) {
  return Number(given_out.empty() ? 1 : given_out.rbegin()->first.value() + 1);
}

}  // namespace postern::emergency
