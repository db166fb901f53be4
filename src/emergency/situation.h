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

enum class Stage { awaiting_approval, granted, denied, expired, withdrawn };
enum class SessionState { intended, issued, failed, outcome_unknown };

struct ProbeState {
  Verdict verdict = Verdict::unknown;
  Instant since;
  std::string detail;
};
struct Attestation {
  ModeId mode;
  PersonId person;
  std::string statement;
  Instant at;
};
struct Emergency {
  EmergencyId id;
  ModeId mode;
  std::string incident;
  Instant declared_at;
  PersonId declared_by;
  std::vector<ProbeEvidence> probes;
  std::vector<AttestationEvidence> attestations;
  std::optional<Instant> closed_at = {};
};
struct Answer {
  Decision decision = Decision::deny;
  int tier = 1;
  PersonId person;
  std::string key;
  Instant at;
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
};
struct Grant {
  GrantId id;
  RequestId request;
  PersonId person;
  Instant opened_at;
  Instant until;
  std::optional<GrantEnd> end = {};
  std::optional<Instant> closed_at = {};
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

  [[nodiscard]] const Emergency* emergency(EmergencyId id) const;
  [[nodiscard]] const Emergency* open_emergency_of(const ModeId& mode) const;
  [[nodiscard]] const Request* request(RequestId id) const;
  [[nodiscard]] const Grant* grant(GrantId id) const;
  [[nodiscard]] const Session* session(SessionId id) const;
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
