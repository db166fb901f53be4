#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/id.h"
#include "base/instant.h"
#include "catalog/catalog.h"
#include "catalog/form.h"
#include "emergency/fact.h"

/// What people, probes and timers ask for.
namespace postern::emergency {

/// Puts a catalog in force. The first one needs a quorum of its own owners, every later one a quorum of the
/// owners of the catalog that it replaces.
struct AdoptCatalog {
  Digest digest;
  std::shared_ptr<const catalog::Catalog>
      candidate;  ///< what the blob `digest` reads as; linted, without errors
  std::optional<Digest> replaces;
  std::vector<OwnerSignature> signatures;
  bool accept_unsigned = false;  ///< --insecure-unsigned, demonstrations only
};
/// Puts a catalog up for the owners to compare and sign. It must have been judged without errors.
struct ProposeCatalog {
  Digest digest;  ///< of a blob that is kept already
};
/// One owner's signature of a proposal. The one that completes the quorum puts it in force.
struct SignCatalog {
  Digest digest;
  std::shared_ptr<const catalog::Catalog> candidate;  ///< as in AdoptCatalog
  OwnerSignature signature;                           ///< its person is who asks
};
/// What `postern me check` found.
struct RecordSelfCheck {
  std::vector<Check> checks;  ///< 1 to 20
};
struct ConfirmUpkeep {
  std::string upkeep;
  std::string statement;  ///< the catalog's, word by word
};
struct ObserveProbe {
  ProbeId probe;
  std::string node;  ///< that looked
  Verdict verdict = Verdict::unknown;
  Instant since;
  std::string detail;
};
/// The warnings of a probe, as they stand now.
struct WarnOfProbe {
  ProbeId probe;
  std::vector<ProbeWarning> warnings;  ///< at most 20
};
struct Attest {
  ModeId mode;
  std::string statement;  ///< one that the mode's confirmation or, while an emergency of it is open, its
                          ///< process's return to normal asks for, word by word
};
/// What the ticket system said of the number that comes with a declaration.
enum class IncidentAnswer {
  not_asked,  ///< there is no ticket system, or no number
  open,
  not_open,     ///< it does not know the number, or says that it is closed
  unreachable,  ///< it is down: the emergency goes on, and is linked later
  reachable     ///< there is no number, and the system would answer
};
struct Declare {
  ModeId mode;
  std::string incident;
  IncidentAnswer answer = IncidentAnswer::not_asked;
};
struct ExtendEmergency {
  EmergencyId emergency;
  std::optional<seconds> by = {};  ///< from now on; absent: as long as the mode lasts, which is also the most
};
struct CloseEmergency {
  EmergencyId emergency;
  EmergencyEnd how = EmergencyEnd::over;  ///< `over` or `false_alarm`
  /// Commitment to the reason: needed for a false alarm, and when the return to normal is not proven.
  std::optional<Digest> reason = {};
};
/// What a person says of a probe that is asked by hand.
struct ReportProbe {
  ProbeId probe;
  Verdict verdict = Verdict::unknown;
  std::string because;  ///< what they saw, 1 to 300 printable characters; not erasable
};
/// Goes ahead without confirmation or approval. `statement` must be override_statement() of exactly this.
struct MakeOverride {
  std::variant<OverriddenDeclaration, RequestId> what;
  Digest reason;
  std::string statement;
  std::string signature;
};
struct CosignOverride {
  OverrideId id;
  std::string statement;  ///< cosignature_statement()
  std::string signature;
};
struct ObjectToOverride {
  OverrideId id;
  Digest reason;
};
struct WithdrawOverride {
  OverrideId id;
};
struct ReviewOverride {
  OverrideId id;
  bool justified = false;
  Digest note;
};
struct SubmitRequest {
  EmergencyId emergency;
  ProcessId process;
  AccountId account;
  seconds duration{0};
  std::optional<Digest> reason = {};  ///< commitment to the reason and the form's free texts
  catalog::FormValues fields = {};    ///< all of the form; free texts are checked here and kept in the reason
  std::optional<Instant> starts_at = {};
  std::optional<GrantId> extends = {};
  /// Names of the warnings that whoever asks has read. One that is missing here refuses the request.
  std::vector<std::string> acknowledged = {};
  std::optional<PersonId> on_behalf_of = {};  ///< of a service: for whom it asks
};
/// An approver's signed answer. `statement` must be, byte for byte, approval_statement() of this request.
struct AnswerRequest {
  RequestId request;
  Decision decision = Decision::deny;
  std::string statement;
  std::string signature;
  Conditions conditions = {};         ///< of an approval
  std::optional<Digest> reason = {};  ///< of a denial
  /// Whose answer it is, when somebody else brings what they have signed elsewhere; absent: whoever asks.
  std::optional<PersonId> signer = {};
};
/// `statement` must be absence_statement() of exactly this.
struct MarkAbsent {
  PersonId person;
  Instant from;
  Instant to;
  std::string statement;
  std::string signature;
};
struct EndAbsence {
  PersonId person;
};
/// A message to whoever asks, by each of their channels, that says that it is a test.
struct TestNotice {
  std::string channel;  ///< one channel; "" for all that reach the person
};
/// What became of a message. The dispatcher's own.
struct RecordDelivery {
  std::variant<NoticeDelivered, NoticeFailed> outcome;
};
/// What the ticket system was asked, or Postern did there.
struct RecordIncident {
  EmergencyId emergency;
  std::string incident;
  IncidentEvent event = IncidentEvent::verified;
};
struct LinkIncident {
  EmergencyId emergency;
  std::string incident;
};
struct NoteTimeline {
  EmergencyId emergency;
  Digest note;
};
/// Sends the prepared text for customers or partners to the status page.
struct PublishText {
  EmergencyId emergency;
  NoticeKind audience = NoticeKind::customers;  ///< or partners
};
struct WithdrawRequest {
  RequestId request;
};
struct OpenSession {
  GrantId grant;
};
/// What the requester's machine says became of a session. Late reports are welcome: the truth is recorded.
struct ReportSession {
  SessionId session;
  std::variant<SessionIssued, SessionFailed> outcome;  ///< its `session` member is set by decide
};
struct CloseGrant {
  GrantId grant;
};
struct RecordLogin {
  std::string key_fingerprint;
  Instant until;
};
/// Something that the shell refused to a person whom it knows: an expired challenge, an unreadable body.
struct RecordRefusal {
  CommandRefused refusal;
};
struct RecordNoise {
  NoiseCounted noise;
};
struct RecordClockJump {
  ClockJumped jump;
};
/// Meets everything that is owed now and that needs nobody from outside: escalations, expiries.
struct Settle {};

using Command =
    std::variant<AdoptCatalog, ObserveProbe, Attest, Declare, CloseEmergency, SubmitRequest, AnswerRequest,
                 WithdrawRequest, OpenSession, ReportSession, CloseGrant, RecordLogin, RecordRefusal,
                 RecordNoise, RecordClockJump, Settle, ProposeCatalog, SignCatalog, RecordSelfCheck,
                 ConfirmUpkeep, WarnOfProbe, ExtendEmergency, ReportProbe, MakeOverride, CosignOverride,
                 ObjectToOverride, WithdrawOverride, ReviewOverride, MarkAbsent, EndAbsence, TestNotice,
                 RecordDelivery, RecordIncident, LinkIncident, NoteTimeline, PublishText>;

/// The stable name of a command, e.g. "request.answer", and what it is about, e.g. "R-7".
std::string name_of(const Command& command);
/// The catalog that a command brings along, which comes in force if its facts say so; nullptr for others.
std::shared_ptr<const catalog::Catalog> candidate_of(const Command& command);
std::string resource_of(const Command& command);

/// A command with its envelope.
struct Ask {
  Actor by;
  /// Idempotency key, 1 to 64 plain characters, chosen by the client; within one person it names one command
  /// for 24 hours: asking again gives the first answer again. "" for the system.
  std::string key;
  /// Digest of the command as it came in, so that the same key with another command is a conflict.
  Digest fingerprint = {};
  Command command;

  /// "command:aiko/KEY#<16 hex of the fingerprint>", or "system". Of a service "command:service:desk/KEY#…".
  [[nodiscard]] std::string cause() const;
  /// "aiko/KEY" or "service:desk/KEY": what an answer is remembered by.
  [[nodiscard]] std::string answer_name() const;
};

}  // namespace postern::emergency
