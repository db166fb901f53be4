#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "catalog/calendar.h"

/// What happened. Facts are what the ledger keeps; they never change their meaning. Each has one entry type,
/// named beside it; codec.h turns one into the other. Free text is never in a fact: it is in the entry's
/// private part.
namespace postern::emergency {

/// Who did it: a person of the catalog, another company system, or Postern itself (timers, probes).
struct Actor {
  std::optional<PersonId> person = {};
  std::optional<ServiceId> service = {};  ///< at most one of the two; none: Postern itself
  [[nodiscard]] bool is_postern() const { return !person && !service; }
  /// "person:aiko", "service:desk" or "system".
  [[nodiscard]] std::string text() const {
    if (person) return "person:" + person->text();
    return service ? "service:" + service->text() : "system";
  }
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
/// Why a tier is not asked. It is never an approval.
enum class SkipCause {
  nobody_to_ask,  ///< too few are left without the requester and those who are absent
  out_of_hours
};
enum class IncidentEvent {
  linked,    ///< a person said which one it is, after the declaration
  created,   ///< by Postern
  verified,  ///< the ticket system knows it, and it is open
  missing,   ///< the ticket system does not know it, or it is closed
  closed     ///< by Postern, with the emergency
};
enum class NoticeKind {
  suspicion_raised,
  suspicion_cleared,
  emergency_declared,
  emergency_extended,
  emergency_closed,
  request_waiting,    ///< an approver is asked
  request_reminder,   ///< and has not answered
  request_escalated,  ///< a tier did not answer, or was skipped
  request_answered,   ///< to others who were asked: nothing is left to do
  request_ended,      ///< to whoever asked: denied, expired
  grant_opened,
  grant_extended,
  grant_closed,
  override_made,
  override_opened,
  override_ended,
  override_objected,
  override_reviewed,
  incident_overdue,
  absence_marked,  ///< to the person of whom somebody else says it
  test,
  customers,  ///< a text that a person has sent on to the status page
  partners
};
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
  /// By then it must have an incident that the ticket system knows; absent when that is not asked.
  std::optional<Instant> link_by = {};
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
  /// Of the process's form, but for free text, which is part of the reason. By the field's id.
  std::map<std::string, std::string> fields = {};
  std::optional<Instant> starts_at = {};   ///< absent: with the approval
  std::optional<GrantId> extends = {};     ///< goes on without a gap, while that grant is open
  std::optional<ServiceId> asked_by = {};  ///< on the requester's behalf
  friend bool operator==(const RequestTerms&, const RequestTerms&) = default;
};
struct FrozenCircle {
  std::vector<GroupId> from = {};
  std::vector<PersonId> people = {};
  int managers = 0;
  std::vector<PersonId> eligible = {};  ///< when the request was made, without the requester; sorted
  int count = 1;
  friend bool operator==(const FrozenCircle&, const FrozenCircle&) = default;
};
/// Who answers for an approver who is absent: the first of these who is not.
struct StandIns {
  PersonId person;
  std::vector<PersonId> deputies;
  friend bool operator==(const StandIns&, const StandIns&) = default;
};
struct FrozenTier {
  std::vector<FrozenCircle> circles;  ///< at least one; each needs its own approvals
  std::vector<StandIns> stand_ins = {};
  seconds within{0};
  seconds remind_after{0};  ///< 0: nobody is reminded
  /// When it may be asked, as far as this request can last; absent: always.
  std::optional<std::vector<catalog::Window>> hours = {};
  friend bool operator==(const FrozenTier&, const FrozenTier&) = default;
};
struct RequestSubmitted {  // request.submitted
  RequestTerms terms;
  std::vector<FrozenTier> tiers;
  int tier = 1;       ///< the first that is asked; those before it are skipped, by entries that follow
  Instant answer_by;  ///< for that tier
  friend bool operator==(const RequestSubmitted&, const RequestSubmitted&) = default;
};
struct RequestTierSkipped {  // request.skipped
  RequestId request;
  int tier = 1;
  SkipCause cause = SkipCause::nobody_to_ask;
  friend bool operator==(const RequestTierSkipped&, const RequestTierSkipped&) = default;
};
struct RequestReminded {  // request.reminded: its tier has not answered yet
  RequestId request;
  int tier = 1;
  friend bool operator==(const RequestReminded&, const RequestReminded&) = default;
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
/// What an approver makes of a request: less than was asked for.
struct Conditions {
  std::optional<seconds> duration = {};
  std::optional<std::string> target_role = {};
  [[nodiscard]] bool empty() const { return !duration && !target_role; }
  friend bool operator==(const Conditions&, const Conditions&) = default;
};
struct SignedAnswer {
  RequestId request;
  int tier = 1;
  PersonId person;
  std::string key;                           ///< public key line that the signature was checked with
  std::string statement;                     ///< the signed bytes, approval_statement()
  std::string signature;                     ///< armored SSHSIG, namespace "postern-approval"
  std::vector<PersonId> stands_in_for = {};  ///< who were absent; sorted
  Conditions conditions = {};
  std::optional<Digest> reason = {};  ///< of a denial: commitment to it
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
  std::optional<Instant> from = {};  ///< absent: at once
  std::string target_role = {};      ///< "" as the request says
  friend bool operator==(const GrantOpened&, const GrantOpened&) = default;
};
struct GrantExtended {  // grant.extended
  GrantId grant;
  RequestId request;  ///< that was approved for it
  Instant until;
  friend bool operator==(const GrantExtended&, const GrantExtended&) = default;
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
struct PersonSignature {
  PersonId person;
  std::string key;        ///< public key line
  std::string statement;  ///< the signed bytes
  std::string signature;  ///< armored SSHSIG
  friend bool operator==(const PersonSignature&, const PersonSignature&) = default;
};
struct OverrideMade {  // override.made
  OverrideTerms terms;
  PersonSignature signature;      ///< over override_statement()
  std::vector<PersonId> skipped;  ///< whose confirmation or approval is gone without; they may object. Sorted
  Instant co_sign_by;             ///< later signatures do not count
  seconds lasts{0};               ///< of the emergency that it declares
  std::vector<ProbeEvidence> probes = {};
  std::vector<AttestationEvidence> attestations = {};
  friend bool operator==(const OverrideMade&, const OverrideMade&) = default;
};
struct OverrideCosigned {  // override.cosigned
  OverrideId id;
  PersonSignature signature;  ///< over cosignature_statement()
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

// --- Absence
/// Who is away, from when to when. Signed by the person or their manager.
struct AbsenceMarked {  // absence.marked
  PersonId person;
  Instant from;
  Instant to;
  PersonSignature signature;  ///< over absence_statement()
  friend bool operator==(const AbsenceMarked&, const AbsenceMarked&) = default;
};
struct AbsenceEnded {  // absence.ended: the person is back, or will not go
  PersonId person;
  friend bool operator==(const AbsenceEnded&, const AbsenceEnded&) = default;
};

// --- Telling people
/// Whom a notice is for, and the channels to try, in this order.
struct NoticeRoute {
  std::optional<PersonId> person = {};  ///< absent: a place, such as a chat room
  std::vector<std::string> channels;    ///< at least one
  friend bool operator==(const NoticeRoute&, const NoticeRoute&) = default;
};
struct NoticeDue {  // notice.due
  NoticeId notice;
  NoticeKind kind = NoticeKind::test;
  std::string about;  ///< "R-7", "E-1", a mode; "" of a test
  std::vector<NoticeRoute> routes;
  Instant give_up_at;  ///< what is not delivered by then is a dead letter
  friend bool operator==(const NoticeDue&, const NoticeDue&) = default;
};
/// A message that the channel's other side took over. Several notices when it was a digest.
struct NoticeDelivered {  // notice.delivered
  std::vector<NoticeId> notices;
  std::string channel;
  std::optional<PersonId> person = {};
  int attempts = 1;
  friend bool operator==(const NoticeDelivered&, const NoticeDelivered&) = default;
};
/// The channel was given up for these. The next one of the route is tried; without one they are dead letters.
struct NoticeFailed {  // notice.failed
  std::vector<NoticeId> notices;
  std::string channel;
  std::optional<PersonId> person = {};
  int attempts = 1;
  std::string reason;  ///< sanitized, at most 500 bytes
  friend bool operator==(const NoticeFailed&, const NoticeFailed&) = default;
};
struct NoticeDropped {  // notice.dropped: it was settled before it was delivered to all
  std::vector<NoticeId> notices;
  friend bool operator==(const NoticeDropped&, const NoticeDropped&) = default;
};

// --- The ticket system and the timeline
struct IncidentRecorded {  // incident.recorded
  EmergencyId emergency;
  std::string incident;
  IncidentEvent event = IncidentEvent::linked;
  friend bool operator==(const IncidentRecorded&, const IncidentRecorded&) = default;
};
struct IncidentOverdue {  // incident.overdue: there is none yet that the ticket system knows
  EmergencyId emergency;
  friend bool operator==(const IncidentOverdue&, const IncidentOverdue&) = default;
};
struct EmergencyNoted {  // emergency.noted: what a person wants in the timeline
  EmergencyId emergency;
  PersonId person;
  Digest note;  ///< commitment to the text in the entry's private part
  friend bool operator==(const EmergencyNoted&, const EmergencyNoted&) = default;
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
                 OverrideOpened, OverrideObjected, OverrideEnded, OverrideReviewed, RequestTierSkipped,
                 RequestReminded, GrantExtended, AbsenceMarked, AbsenceEnded, NoticeDue, NoticeDelivered,
                 NoticeFailed, NoticeDropped, IncidentRecorded, IncidentOverdue, EmergencyNoted>;

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
