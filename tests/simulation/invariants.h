#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "world.h"

/// What must hold after every step, whatever fails. Checked on the ledger itself, entry by entry, with a
/// bookkeeping of its own: it shares the meaning of facts with the rules, and nothing of how they decide.
///
///  1. No session without an open grant of that person, in an open emergency, and its entry before it.
///  2. Nobody approves themselves; a grant opens only on enough valid signatures of different people who were
///  asked, each over
///     exactly this request, in time.
///  3. Every refusal that a person was told is an entry; every receipt that a person holds is found again.
///  4. The tree only grows: each checkpoint that any node publishes is consistent with the ones before it.
///  5. One command, however often sent, happens once.
///  6. Time in the ledger never runs backwards, and nothing expires before its true time.
///  7. After the faults heal, everything owed is met.
///  9. An override opens only with valid signatures of its maker and of enough others who may override, after
///  the time for
///     objections and without one; only then is there an emergency or a grant without the usual.
///  8. All nodes come to the same state as a fresh fold of the ledger.
namespace postern::simulation {

class Invariants {
 public:
  explicit Invariants(World& world) : world_(world) {}

  /// Reads what is new in the ledger. A broken invariant in words, or nothing.
  std::optional<std::string> check();
  /// To be called at the end, after heal() and after everybody has settled.
  std::optional<std::string> check_healed();

  void told_refusal(const std::string& cause) { refusals_told_.insert(cause); }
  void holds_receipt(const std::string& cause, const broker::Receipt& receipt) {
    receipts_.emplace(cause, receipt);
  }
  /// STS has issued credentials for this session.
  std::optional<std::string> sts_issues(SessionId session);

 private:
  using Broken = std::optional<std::string>;
  Broken look(std::uint64_t index, const ledger::Entry& entry, const emergency::Record& record);
  Broken look_at_approval(const emergency::SignedAnswer& answer, const emergency::Record& record,
                          emergency::Decision decision);
  Broken look_at_override(const emergency::Record& record);
  Broken look_at_making(const emergency::OverrideMade& made, const emergency::Record& record);
  Broken look_at_cosigning(const emergency::OverrideCosigned& cosigned, const emergency::Record& record);
  Broken look_at_opening(const emergency::OverrideOpened& opened, const emergency::Record& record);
  Broken look_at_emergency(const emergency::Record& record);
  Broken look_at_grant(const emergency::GrantOpened& grant, const emergency::Record& record);
  [[nodiscard]] seconds shortest(RequestId id) const;
  Broken look_at_extension(const emergency::GrantExtended& extended, const emergency::Record& record);
  Broken look_at_enough(RequestId id);
  [[nodiscard]] bool is_away(const PersonId& person, Instant at) const;
  Broken look_at_session(const emergency::SessionIntended& session, const emergency::Record& record);
  Broken look_at_cause(std::uint64_t index, const emergency::Record& record);
  Broken look_at_expiry(const emergency::Record& record);
  Broken check_checkpoints();

  World& world_;
  std::uint64_t seen_ = 0;
  ledger::Tree tree_;
  Instant last_at_{};
  emergency::Situation fold_;
  // The bookkeeping, kept apart from fold_ on purpose.
  std::map<RequestId, emergency::RequestSubmitted> requests_;
  std::map<RequestId, int> tiers_;
  std::map<RequestId, Instant> answer_by_;
  std::map<RequestId, std::set<PersonId>> approvals_;
  struct OpenGrant {
    PersonId person;
    EmergencyId emergency;
    Instant until;
    std::optional<Instant> from = {};
  };
  std::map<PersonId, std::vector<catalog::Window>> absences_;
  std::set<RequestId> skipped_;  // one of its tiers, at least
  std::map<GrantId, OpenGrant> open_grants_;
  std::map<EmergencyId, Instant> open_emergencies_;  // and until when
  struct Overriding {
    emergency::OverrideTerms terms;
    Instant co_sign_by, last_signed_at;
    std::set<PersonId> co_signers = {};
    bool is_over = false, is_open = false;  // objected to, withdrawn or lapsed; opened
  };
  std::map<OverrideId, Overriding> overrides_;
  std::set<RequestId> overridden_requests_;
  std::set<RequestId> answer_by_ended_;  // granted, denied, withdrawn or expired
  std::set<SessionId> intended_;
  std::set<SessionId> reported_;                                           // or known to be unknown
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> causes_;  // first and last entry
  std::set<std::string> refused_causes_;
  std::set<std::string> refusals_told_;
  std::map<std::string, broker::Receipt> receipts_;
  std::map<std::string, std::uint64_t> published_sizes_;  // by node
  std::map<std::string, std::string> published_;          // by node, the newest checkpoint looked at
};

}  // namespace postern::simulation
