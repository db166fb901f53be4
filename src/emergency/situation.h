#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "emergency/command.h"
#include "emergency/fact.h"

/// Everything that the rules know: the fold of all entries so far. Pure values; the same records give the
/// same Situation, always.
namespace postern::emergency {

/// An attestation counts for a declaration made within this time.
inline constexpr seconds attestation_valid_for{3600};
/// An idempotency key is remembered for this time.
inline constexpr seconds answers_kept_for{86400};
/// Whoever has not checked their own way in for this long is shown red.
inline constexpr seconds self_check_every{30 * 86400};
inline constexpr std::size_t proposals_of_one_owner_max = 3;  ///< a further one takes the place of the oldest

/// An override that waits for co-signers is given up after this time.
inline constexpr seconds co_sign_within{1800};
/// A request that nobody answered may be overridden for this time.
inline constexpr seconds override_within{3600};
/// Whoever overrode wrongly, or against an objection, does not override alone for this time.
inline constexpr seconds bound_for{7 * 86400};
inline constexpr std::size_t dead_letters_max = 1000;
inline constexpr std::size_t timeline_max = 20'000;
/// Where a notice goes that belongs into the incident's timeline in the ticket system. No channel has that
/// name.
inline constexpr std::string_view ticket_system = "@incident";
/// The node under whose name stands what people say of a probe by hand.
inline constexpr std::string_view said_by_people = "people";

enum class Stage { awaiting_approval, granted, denied, expired, withdrawn };
enum class SessionState { intended, issued, failed, outcome_unknown };

/// What one node sees of a probe.
struct ProbeView {
  Verdict verdict = Verdict::unknown;
  Instant since;
  std::string detail;
  std::optional<Instant> until = {};  ///< of what people say by hand
  Instant works_since;                ///< while it is up or degraded: without a break since then
};
struct ProbeState {
  std::map<std::string, ProbeView> nodes = {};
  std::vector<ProbeWarning> warnings = {};

  /// For people to see: down when any node says so, else degraded, else up, when any does.
  [[nodiscard]] Verdict verdict() const;
  /// Since when `count` nodes at once have been seeing it so; degraded counts as up. What people say by hand
  /// counts as seen by all. Absent when fewer do.
  [[nodiscard]] std::optional<Instant> seen(Verdict wanted, int count) const;
};
struct Attestation {
  ModeId mode;
  PersonId person;
  std::string statement;
  Instant at;
};
/// One entry of the ledger that concerns an emergency.
struct TimelineItem {
  std::uint64_t entry = 0;  ///< its place in the ledger, from 0
  Instant at;
  std::string type;                  ///< "request.submitted"
  std::string resource;              ///< "R-7"
  std::string by;                    ///< Actor::text()
  int tier = 0;                      ///< of a request's stages
  std::optional<Digest> words = {};  ///< commitment to what a person wrote
};
struct Emergency {
  EmergencyId id;
  ModeId mode;
  std::string incident;
  Instant declared_at;
  PersonId declared_by;
  std::vector<ProbeEvidence> probes;
  std::vector<AttestationEvidence> attestations;
  std::optional<Instant> until = {};  ///< absent: it was declared by a version that knew no expiry
  std::optional<OverrideId> by_override = {};
  std::optional<Instant> closed_at = {};
  std::optional<EmergencyEnd> end = {};
  std::vector<std::string> missing = {};  ///< of the return to normal, when it was closed
  std::optional<Digest> end_reason = {};
  std::optional<IncidentEvent> incident_event = {};  ///< the last one; absent: only what was said with it
  std::optional<Instant> link_by = {};
  bool is_link_overdue = false;
  std::vector<TimelineItem> timeline = {};  ///< ascending; at most timeline_max

  /// The ticket system is known to know it, or was said to by nobody but Postern.
  [[nodiscard]] bool has_known_incident() const {
    return incident_event && *incident_event != IncidentEvent::linked &&
           *incident_event != IncidentEvent::missing;
  }
};
struct Answer {
  Decision decision = Decision::deny;
  int tier = 1;
  PersonId person;
  std::string key;
  Instant at;
  std::vector<PersonId> stands_in_for = {};
  Conditions conditions = {};
  std::optional<Digest> reason = {};
};
struct Request {
  RequestTerms terms;
  Instant submitted_at;
  std::vector<FrozenTier> tiers;
  int tier = 1;       ///< the one asked now, counts from 1
  Instant answer_by;  ///< by that tier
  Stage stage = Stage::awaiting_approval;
  std::vector<Check> checks = {};
  std::vector<Answer> answers = {};
  std::optional<GrantId> grant = {};
  std::optional<Instant> unanswered_at = {};  ///< when the last tier's time ran out
  std::optional<OverrideId> by_override = {};
  std::map<int, SkipCause> skipped = {};  ///< tiers that were not asked
  Instant asked_at = {};                  ///< when the tier that is asked now was asked first
  int reminded_tier = 0;                  ///< the last one that was reminded; 0: none

  [[nodiscard]] const FrozenTier& asked_tier() const { return tiers.at(static_cast<std::size_t>(tier) - 1); }
};
struct Absence {
  Instant from;
  Instant to;
  PersonId marked_by;
};
/// A notice on its way.
struct Notice {
  NoticeKind kind = NoticeKind::test;
  std::string about;
  Instant at;
  Instant give_up_at;
  std::vector<NoticeRoute> routes = {};  ///< what is left of them
};
/// What nobody could be told.
struct DeadLetter {
  NoticeId notice;
  NoticeKind kind = NoticeKind::test;
  std::string about;
  std::optional<PersonId> person = {};
  std::string channel;
  std::string reason;
  Instant at;
};
enum class OverrideStage {
  awaiting_co_signers,
  open_to_objection,  ///< opens by itself unless somebody objects
  opened,
  ended  ///< it never opened
};
struct Objection {
  PersonId person;
  Instant at;
  Digest reason;
};
struct Review {
  PersonId person;
  Instant at;
  bool justified = false;
  Digest note;
};
struct Override {
  OverrideTerms terms;
  Instant made_at;
  std::vector<PersonId> skipped;
  Instant co_sign_by;
  seconds lasts{0};
  std::vector<ProbeEvidence> probes;
  std::vector<AttestationEvidence> attestations;
  std::vector<PersonId> co_signers = {};  ///< who have signed
  std::optional<Instant> opens_at = {};   ///< all have signed: when the time for objections is over
  std::optional<Instant> opened_at = {};
  std::optional<OverrideEnd> end = {};
  std::vector<Objection> objections = {};
  std::optional<Review> review = {};          ///< owed once it has opened
  std::optional<EmergencyId> emergency = {};  ///< what it led to
  std::optional<GrantId> grant = {};

  [[nodiscard]] OverrideStage stage() const;
};
struct Grant {
  GrantId id;
  RequestId request;
  PersonId person;
  Instant opened_at;
  Instant until;
  std::optional<GrantEnd> end = {};
  std::optional<Instant> closed_at = {};
  std::optional<Instant> from = {};  ///< absent: since opened_at
  std::string target_role = {};      ///< a smaller one than the request's; "" for the request's
  std::vector<RequestId> extended_by = {};
};
struct Session {
  SessionId id;
  GrantId grant;
  PersonId person;
  Instant intended_at;
  Instant report_by;
  std::string role_session_name;
  std::string source_identity;
  seconds duration{0};
  SessionState state = SessionState::intended;
  std::optional<SessionIssued> issued = {};
  std::string failure = {};
};
/// A catalog that owners compare and sign.
struct Proposal {
  std::optional<Digest> replaces;
  PersonId by;
  Instant at;
  std::vector<OwnerSignature> signatures = {};
};
struct Announcement {
  Instant at;
  std::vector<std::string> changes;
};
struct SelfCheck {
  Instant at;
  std::vector<Check> checks;
};
struct UpkeepState {
  Instant at;
  PersonId by;
};
/// What a person's command led to, for a retry with the same key.
struct Answered {
  std::string fingerprint;  ///< 16 hex digits
  std::uint64_t first_entry = 0;
  std::uint64_t entries = 0;
  std::string resource;  ///< of the first fact
  std::optional<Error> refusal = {};
};

struct Situation {
  std::uint64_t entries = 0;  ///< how many records were applied
  Instant last_at;            ///< no record is older than the one before it
  std::optional<Digest> catalog = {};
  bool catalog_unsigned = false;
  std::set<Digest> former_catalogs = {};  ///< each comes in force once: signatures for it are used up
  bool clock_in_doubt = false;
  std::map<ProbeId, ProbeState> probes = {};
  std::map<ModeId, Instant> suspicions = {};   ///< since when
  std::vector<Attestation> attestations = {};  ///< those that may still count
  std::map<EmergencyId, Emergency> emergencies = {};
  std::map<RequestId, Request> requests = {};
  std::map<GrantId, Grant> grants = {};
  std::map<SessionId, Session> sessions = {};
  std::map<OverrideId, Override> overrides = {};
  std::map<PersonId, std::vector<Absence>> absences = {};  ///< that are not over; by their beginning
  std::map<NoticeId, Notice> notices = {};                 ///< those on their way
  std::uint64_t notices_given_out = 0;
  std::deque<DeadLetter> dead_letters = {};        ///< the newest dead_letters_max
  std::map<Digest, Proposal> proposals = {};       ///< those that can still come in force
  std::vector<Announcement> announcements = {};    ///< while an emergency is open
  std::map<PersonId, SelfCheck> self_checks = {};  ///< each person's last
  std::map<std::string, UpkeepState, std::less<>> upkeep = {};
  std::map<std::string, Answered, std::less<>> answers = {};  ///< by "person/key"
  std::deque<std::pair<Instant, std::string>> answer_ages = {};

  // What the rules look at again and again, kept beside the whole so that years of history cost nothing.
  std::set<EmergencyId> open_emergencies = {};
  std::set<RequestId> awaiting = {};
  std::set<GrantId> open_grants = {};
  std::set<SessionId> unreported = {};
  std::set<OverrideId> pending_overrides = {};
  std::set<OverrideId> unreviewed = {};  ///< those that opened
  std::set<ProbeId> said_by_hand = {};   ///< probes of which people's word counts now

  [[nodiscard]] const Emergency* emergency(EmergencyId id) const;
  [[nodiscard]] const Emergency* open_emergency_of(const ModeId& mode) const;
  [[nodiscard]] const Request* request(RequestId id) const;
  [[nodiscard]] const Grant* grant(GrantId id) const;
  [[nodiscard]] const Session* session(SessionId id) const;
  [[nodiscard]] const Override* override_of(OverrideId id) const;
};

/// The situation after `record`. Total; reads no catalog and no clock: what is in the ledger has happened.
Situation apply(Situation&& situation, const Record& record);

/// What is wrong when `fact` speaks of a thing that the situation does not hold. apply() is only for facts
/// without such a fault: decide() never makes one, and whoever reads a ledger checks first.
std::optional<std::string> broken_reference(const Situation& situation, const Fact& fact);

/// SHA-256 over the whole situation's canonical JSON, for golden tests and for comparing nodes. No erasable
/// text is in it.
Digest digest_of(const Situation& situation);

}  // namespace postern::emergency
