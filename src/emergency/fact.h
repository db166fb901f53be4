#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"

/// What happened. Facts are what the ledger keeps; they never change their meaning. Each has one entry type,
/// named beside it; codec.h turns one into the other. Free text is never in a fact: it is in the entry's
/// private part.
namespace postern::emergency {

/// Who did it: a person of the catalog, or Postern itself (timers, probes).
struct Actor {
  std::optional<PersonId> person;  ///< absent: the system
  [[nodiscard]] std::string text() const { return person ? "person:" + person->text() : "system"; }
  friend bool operator==(const Actor&, const Actor&) = default;
};

enum class Verdict {
  unknown,
  up,
  down,
  degraded  ///< it works, slowly: counts as up wherever a rule asks for that
};
enum class WarningKind { expires, expired, changed, deleted, mismatch };
enum class Decision { approve, deny };
enum class ExpiryCause { unanswered, emergency_closed };
enum class GrantEnd { expired, closed, emergency_closed, standing_lost, objected };
enum class EmergencyEnd {
  over,         ///< people sign in the normal way again
  false_alarm,  ///< there was none
  expired,      ///< nobody extended it
  objected      ///< it was declared by override, and somebody who was skipped objected
};
enum class OverrideEnd {
  withdrawn,
  objected,
  lapsed,        ///< no co-signer came in time, or what it was about was over by then
  standing_lost  ///< the catalog in force no longer lets its maker override
};

// --- The catalog in force
// ----------------------------------------------------------------------------------------
struct OwnerSignature {
  PersonId person;
  std::string key;        ///< public key line
  std::string signature;  ///< armored SSHSIG over catalog_statement()
  friend bool operator==(const OwnerSignature&, const OwnerSignature&) = default;
};
struct CatalogAdopted {  // catalog.adopted
  Digest catalog;        ///< names the blob
  std::optional<Digest> replaces;
  std::vector<OwnerSignature> signatures;  ///< empty only with --insecure-unsigned
  friend bool operator==(const CatalogAdopted&, const CatalogAdopted&) = default;
};

struct CatalogProposed {  // catalog.proposed: waits for the signatures of the owners of the one in force
  Digest catalog;         ///< names the blob
  std::optional<Digest> replaces;
  friend bool operator==(const CatalogProposed&, const CatalogProposed&) = default;
};
struct CatalogSigned {  // catalog.signed: one owner's signature of a proposal
  Digest catalog;
  OwnerSignature signature;
  friend bool operator==(const CatalogSigned&, const CatalogSigned&) = default;
};
struct ChangeAnnounced {  // change.announced: keys, groups or owners changed while an emergency is open;
                          // everybody must hear of it
  std::vector<std::string> changes;  ///< sentences, each at most 500 bytes, at most 50
  friend bool operator==(const ChangeAnnounced&, const ChangeAnnounced&) = default;
};

// --- From probe to emergency
// ---------------------------------------------------------------------------------------
struct ProbeChanged {  // probe.changed
  ProbeId probe;
  std::string node;  ///< which of Postern's nodes sees it so; "" in entries of version 1
  Verdict verdict = Verdict::unknown;
  Instant since;                      ///< when the run of answers began that changed the verdict
  std::string detail;                 ///< what the probe saw; sanitized, at most 500 bytes
  std::optional<Instant> until = {};  ///< of what people say by hand: it counts no longer than that
  friend bool operator==(const ProbeChanged&, const ProbeChanged&) = default;
};
/// Something that a probe has noticed and that does not make it down.
struct ProbeWarning {
  WarningKind kind = WarningKind::changed;
  std::string text;  ///< sanitized, at most 500 bytes; says the same until people must hear of it again
  friend bool operator==(const ProbeWarning&, const ProbeWarning&) = default;
};
struct ProbeWarned {  // probe.warned
  ProbeId probe;
  std::vector<ProbeWarning> warnings;  ///< all that stand now; empty when the last one has gone
  friend bool operator==(const ProbeWarned&, const ProbeWarned&) = default;
};
struct SuspicionRaised {  // suspicion.raised
  ModeId mode;
  std::vector<ProbeId> because;
  friend bool operator==(const SuspicionRaised&, const SuspicionRaised&) = default;
};
struct SuspicionCleared {  // suspicion.cleared
  ModeId mode;
  friend bool operator==(const SuspicionCleared&, const SuspicionCleared&) = default;
};
struct AttestationMade {  // attestation.made
  ModeId mode;
  PersonId person;
  std::string statement;  ///< the catalog's own words
  friend bool operator==(const AttestationMade&, const AttestationMade&) = default;
};
struct ProbeEvidence {
  ProbeId probe;
  Verdict verdict = Verdict::unknown;
  Instant since;
  std::string node = {};    ///< "" in entries of version 1
  std::string detail = {};  ///< what it saw
  friend bool operator==(const ProbeEvidence&, const ProbeEvidence&) = default;
};
struct AttestationEvidence {
  PersonId person;
  std::string statement;
  Instant at;
  friend bool operator==(const AttestationEvidence&, const AttestationEvidence&) = default;
};
struct EmergencyDeclared {  // emergency.declared
  EmergencyId emergency;
  ModeId mode;
  std::string incident;  ///< number in the incident system; "" when there is none yet
  std::vector<ProbeEvidence> probes;
  std::vector<AttestationEvidence> attestations;
  PersonId declared_by;
  std::optional<Instant> until = {};           ///< then it expires; absent in entries of version 1
  std::optional<OverrideId> by_override = {};  ///< without a confirmation
  friend bool operator==(const EmergencyDeclared&, const EmergencyDeclared&) = default;
};
struct EmergencyExtended {  // emergency.extended
  EmergencyId emergency;
  Instant until;
  friend bool operator==(const EmergencyExtended&, const EmergencyExtended&) = default;
};
struct EmergencyClosed {  // emergency.closed
  EmergencyId emergency;
  EmergencyEnd how = EmergencyEnd::over;
  /// What of return_to_normal did not hold, in words, at most 50 lines of 500 bytes; empty when all did.
  std::vector<std::string> missing = {};
  std::optional<Digest> reason = {};  ///< commitment to the reason in the entry's private part
  friend bool operator==(const EmergencyClosed&, const EmergencyClosed&) = default;
};

// --- From request to grant
// -----------------------------------------------------------------------------------------
/// Exactly what is asked for. Its digest is what approvers sign.
struct RequestTerms {
  RequestId request;
  EmergencyId emergency;
  ProcessId process;
  PersonId requester;
  AccountId account;
  std::string emergency_role;
  std::string target_role;
  seconds duration{0};
  seconds session_max{0};
  Digest catalog;                ///< the version whose policy is frozen for this request
  std::optional<Digest> reason;  ///< commitment to the reason, which stands in the entry's private part
  friend bool operator==(const RequestTerms&, const RequestTerms&) = default;
};
struct FrozenTier {
  std::vector<GroupId> from;
  std::vector<PersonId> eligible;  ///< members when the request was made, without the requester; sorted
  int count = 1;
  seconds within{0};
  friend bool operator==(const FrozenTier&, const FrozenTier&) = default;
};
struct RequestSubmitted {  // request.submitted
  RequestTerms terms;
  std::vector<FrozenTier> tiers;
  Instant answer_by;  ///< for the first tier
  friend bool operator==(const RequestSubmitted&, const RequestSubmitted&) = default;
};
struct Check {
  std::string name;
  bool passed = true;  ///< false is a warning: a failed blocking check refuses the request instead
  std::string note;
  friend bool operator==(const Check&, const Check&) = default;
};
struct SelfChecked {  // self.checked: what a person found of their own way in, by `postern me check`
  PersonId person;
  std::vector<Check> checks;
  friend bool operator==(const SelfChecked&, const SelfChecked&) = default;
};
struct UpkeepConfirmed {  // upkeep.confirmed: something that the catalog wants to be found true again and
                          // again
  std::string upkeep;     ///< its name in the catalog
  PersonId person;
  std::string statement;  ///< the catalog's own words
  friend bool operator==(const UpkeepConfirmed&, const UpkeepConfirmed&) = default;
};
struct RequestChecked {  // request.checked
  RequestId request;
  std::vector<Check> checks;
  friend bool operator==(const RequestChecked&, const RequestChecked&) = default;
};
struct RequestEscalated {  // request.escalated
  RequestId request;
  int tier = 2;  ///< counts from 1
  Instant answer_by;
  friend bool operator==(const RequestEscalated&, const RequestEscalated&) = default;
};
struct SignedAnswer {
  RequestId request;
  int tier = 1;
  PersonId person;
  std::string key;        ///< public key line that the signature was checked with
  std::string statement;  ///< the signed bytes, approval_statement()
  std::string signature;  ///< armored SSHSIG, namespace "postern-approval"
  friend bool operator==(const SignedAnswer&, const SignedAnswer&) = default;
};
struct RequestApproved : SignedAnswer {};  // request.approved
struct RequestDenied : SignedAnswer {};    // request.denied
struct RequestWithdrawn {                  // request.withdrawn
  RequestId request;
  friend bool operator==(const RequestWithdrawn&, const RequestWithdrawn&) = default;
};
struct RequestExpired {  // request.expired
  RequestId request;
  ExpiryCause cause = ExpiryCause::unanswered;
  friend bool operator==(const RequestExpired&, const RequestExpired&) = default;
};
struct GrantOpened {  // grant.opened
  GrantId grant;
  RequestId request;
  Instant until;
  friend bool operator==(const GrantOpened&, const GrantOpened&) = default;
};
struct GrantClosed {  // grant.closed
  GrantId grant;
  GrantEnd cause = GrantEnd::expired;
  friend bool operator==(const GrantClosed&, const GrantClosed&) = default;
};

// --- Overrides: going ahead without a confirmation, or without an approval
// --------------------------------------------------------------------------------------------
struct OverriddenDeclaration {
  ModeId mode;
  std::string incident;
  friend bool operator==(const OverriddenDeclaration&, const OverriddenDeclaration&) = default;
};
struct OverriddenApproval {
  RequestId request;
  Digest request_digest;  ///< of its terms
  friend bool operator==(const OverriddenApproval&, const OverriddenApproval&) = default;
};
/// Exactly what is overridden, by whom and under which rule. Its digest is what co-signers sign.
struct OverrideTerms {
  OverrideId id;
  PersonId person;
  std::variant<OverriddenDeclaration, OverriddenApproval> what;
  Digest reason;  ///< commitment to the typed reason. Its salt is the client's, so no two are the same.
  int co_signers = 0;
  seconds objection_window{0};
  Digest catalog;  ///< the version whose rule this is
  friend bool operator==(const OverrideTerms&, const OverrideTerms&) = default;
};
/// A person's signature in the namespace "postern-override".
struct OverrideSignature {
  PersonId person;
  std::string key;        ///< public key line
  std::string statement;  ///< the signed bytes
  std::string signature;  ///< armored SSHSIG
  friend bool operator==(const OverrideSignature&, const OverrideSignature&) = default;
};
struct OverrideMade {  // override.made
  OverrideTerms terms;
  OverrideSignature signature;    ///< over override_statement()
  std::vector<PersonId> skipped;  ///< whose confirmation or approval is gone without; they may object. Sorted
  Instant co_sign_by;             ///< later signatures do not count
  seconds lasts{0};               ///< of the emergency that it declares
  std::vector<ProbeEvidence> probes = {};
  std::vector<AttestationEvidence> attestations = {};
  friend bool operator==(const OverrideMade&, const OverrideMade&) = default;
};
struct OverrideCosigned {  // override.cosigned
  OverrideId id;
  OverrideSignature signature;  ///< over cosignature_statement()
  friend bool operator==(const OverrideCosigned&, const OverrideCosigned&) = default;
};
struct OverrideOpened {  // override.opened: signed, and the time for objections is over
  OverrideId id;
  friend bool operator==(const OverrideOpened&, const OverrideOpened&) = default;
};
struct OverrideObjected {  // override.objected
  OverrideId id;
  PersonId person;
  Digest reason;
  friend bool operator==(const OverrideObjected&, const OverrideObjected&) = default;
};
struct OverrideEnded {  // override.ended: before it opened
  OverrideId id;
  OverrideEnd cause = OverrideEnd::withdrawn;
  friend bool operator==(const OverrideEnded&, const OverrideEnded&) = default;
};
struct OverrideReviewed {  // override.reviewed
  OverrideId id;
  PersonId person;
  bool justified = false;
  Digest note;
  friend bool operator==(const OverrideReviewed&, const OverrideReviewed&) = default;
};

// --- Sessions
// --------------------------------------------------------------------------------------------------------
struct SessionIntended {  // session.intended
  SessionId session;
  GrantId grant;
  std::string role_session_name;
  std::string source_identity;
  seconds duration{0};
  Instant report_by;  ///< no report by then: outcome unknown
  friend bool operator==(const SessionIntended&, const SessionIntended&) = default;
};
struct SessionIssued {  // session.issued: the client's claim, until watch confirms it
  SessionId session;
  std::string access_key_id;
  std::string hop_one_access_key_id;
  std::string assumed_role_arn;
  std::string region;
  Instant expires_at;
  friend bool operator==(const SessionIssued&, const SessionIssued&) = default;
};
struct SessionFailed {  // session.failed
  SessionId session;
  std::string reason;  ///< sanitized, at most 500 bytes
  friend bool operator==(const SessionFailed&, const SessionFailed&) = default;
};
struct SessionOutcomeUnknown {  // session.unknown
  SessionId session;
  friend bool operator==(const SessionOutcomeUnknown&, const SessionOutcomeUnknown&) = default;
};

// --- What else an auditor wants to see
// --------------------------------------------------------------------------------
struct LoginOpened {  // login.opened
  PersonId person;
  std::string key_fingerprint;
  Instant until;
  friend bool operator==(const LoginOpened&, const LoginOpened&) = default;
};
struct CommandRefused {  // command.refused
  std::string command;   ///< e.g. "request.answer"
  std::string resource;  ///< what it was about, e.g. "R-7"; may be ""
  ErrorCode code = ErrorCode::forbidden;
  std::string reason;
  friend bool operator==(const CommandRefused&, const CommandRefused&) = default;
};
struct NoiseCounted {  // noise.counted: attempts that nobody can be named for, one entry for each source and
                       // minute
  std::string source;  ///< peer address, sanitized, at most 100 bytes
  std::string what;    ///< "login" or "request"
  std::int64_t count = 0;
  Instant since;
  friend bool operator==(const NoiseCounted&, const NoiseCounted&) = default;
};
struct ClockJumped {  // clock.jumped: the wall clock left the steady clock; nothing expires until it comes
                      // back
  milliseconds by{0};
  bool in_doubt = true;  ///< false: trusted again
  friend bool operator==(const ClockJumped&, const ClockJumped&) = default;
};

using Fact =
    std::variant<CatalogAdopted, ProbeChanged, SuspicionRaised, SuspicionCleared, AttestationMade,
                 EmergencyDeclared, EmergencyClosed, RequestSubmitted, RequestChecked, RequestEscalated,
                 RequestApproved, RequestDenied, RequestWithdrawn, RequestExpired, GrantOpened, GrantClosed,
                 SessionIntended, SessionIssued, SessionFailed, SessionOutcomeUnknown, LoginOpened,
                 CommandRefused, NoiseCounted, ClockJumped, CatalogProposed, CatalogSigned, ChangeAnnounced,
                 SelfChecked, UpkeepConfirmed, ProbeWarned, EmergencyExtended, OverrideMade, OverrideCosigned,
                 OverrideOpened, OverrideObjected, OverrideEnded, OverrideReviewed>;

/// A fact with its envelope: when, by whom, because of what.
struct Record {
  Instant at;
  Actor by;
  std::string cause;  ///< Ask::cause(), or "system"
  Fact fact;
  friend bool operator==(const Record&, const Record&) = default;
};

/// The thing a fact is about, e.g. "R-7"; "" when it has no number.
std::string resource_of(const Fact& fact);

}  // namespace postern::emergency
