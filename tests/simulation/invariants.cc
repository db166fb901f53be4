#include "invariants.h"

#include <fmt/format.h>

#include <algorithm>

#include "emergency/codec.h"
#include "signature/sshsig.h"

namespace postern::simulation {
namespace {

using namespace emergency;  // NOLINT(google-build-using-namespace)

bool is_in(const FrozenTier& tier, const PersonId& person) {
  return std::any_of(tier.circles.begin(), tier.circles.end(), [&](const FrozenCircle& each) {
    return std::find(each.eligible.begin(), each.eligible.end(), person) != each.eligible.end();
  });
}

/// A wall clock may be off by this much before it is in doubt.
constexpr milliseconds clock_slack = broker::Timeline::tolerance * 2;

}  // namespace

std::optional<std::string> Invariants::check() {
  const std::uint64_t size = world_.durable().head().value();
  if (size < seen_) return "4: entries are gone";
  while (seen_ < size) {
    const auto stored = world_.durable().read(seen_, store::read_entries_max).value();
    for (const store::StoredEntry& each : stored) {
      const ledger::Entry entry = ledger::decode(each.bytes).value();
      const Record record = to_record(entry).value();
      if (Broken broken = look(each.index, entry, record))
        return fmt::format("{} (entry {}: {})", *broken, each.index, each.bytes.substr(0, 400));
      fold_ = apply(std::move(fold_), record);
      tree_.append(ledger::leaf_hash(each.bytes));
      ++seen_;
    }
  }
  for (const std::string& cause : refusals_told_)
    if (!refused_causes_.contains(cause)) return "3: a refusal was told and not recorded: " + cause;
  for (const auto& [cause, receipt] : receipts_) {
    const auto found = causes_.find(cause);
    if (receipt.entries > 0 && (found == causes_.end() || found->second.first != receipt.first_entry))
      return "3: a receipt is not found again: " + cause;
  }
  refusals_told_.clear();
  receipts_.clear();
  return check_checkpoints();
}

std::optional<std::string> Invariants::check_checkpoints() {
  for (const Node& node : world_.nodes) {
    if (node.last_checkpoint.empty() || node.last_checkpoint == published_[node.name]) continue;
    published_[node.name] = node.last_checkpoint;
    const auto checkpoint = ledger::open_checkpoint(node.last_checkpoint, world_.signer().verifier());
    if (!checkpoint) return "4: a checkpoint does not verify";
    if (checkpoint->size > tree_.size()) return "4: a checkpoint speaks of entries that are not durable";
    if (checkpoint->size < published_sizes_[node.name])
      return "4: a node publishes a smaller tree than before";
    if (tree_.root_at(checkpoint->size) != checkpoint->root) return "4: a checkpoint is of another tree";
    published_sizes_[node.name] = checkpoint->size;
  }
  return std::nullopt;
}

std::optional<std::string> Invariants::look(std::uint64_t index, const ledger::Entry& entry,
                                            const Record& record) {
  if (entry.at < last_at_) return "6: time runs backwards";
  last_at_ = entry.at;
  if (Broken broken = look_at_cause(index, record)) return broken;
  if (Broken broken = look_at_expiry(record)) return broken;
  if (Broken broken = look_at_emergency(record)) return broken;
  if (Broken broken = look_at_override(record)) return broken;
  if (const auto* fact = std::get_if<RequestSubmitted>(&record.fact)) {
    requests_.emplace(fact->terms.request, *fact);
    tiers_[fact->terms.request] = fact->tier;
    answer_by_.insert_or_assign(fact->terms.request, fact->answer_by);
    if (!open_emergencies_.contains(fact->terms.emergency)) return "1: a request without an open emergency";
  }
  if (const auto* fact = std::get_if<RequestDenied>(&record.fact)) answer_by_ended_.insert(fact->request);
  if (const auto* fact = std::get_if<RequestWithdrawn>(&record.fact)) answer_by_ended_.insert(fact->request);
  if (const auto* fact = std::get_if<RequestExpired>(&record.fact)) answer_by_ended_.insert(fact->request);
  if (const auto* fact = std::get_if<GrantOpened>(&record.fact)) answer_by_ended_.insert(fact->request);
  if (const auto* fact = std::get_if<GrantExtended>(&record.fact)) answer_by_ended_.insert(fact->request);
  if (const auto* fact = std::get_if<SessionIssued>(&record.fact)) reported_.insert(fact->session);
  if (const auto* fact = std::get_if<SessionFailed>(&record.fact)) reported_.insert(fact->session);
  if (const auto* fact = std::get_if<SessionOutcomeUnknown>(&record.fact)) reported_.insert(fact->session);
  if (const auto* fact = std::get_if<AbsenceMarked>(&record.fact)) {
    const PersonId& signer = fact->signature.person;
    if (record.by.person != signer || (signer != fact->person && signer != fumi))
      return "10: an absence by somebody who may not say so";
    absences_[fact->person].push_back({fact->from, fact->to});
  }
  if (const auto* fact = std::get_if<AbsenceEnded>(&record.fact)) absences_.erase(fact->person);
  if (const auto* fact = std::get_if<RequestTierSkipped>(&record.fact)) skipped_.insert(fact->request);
  if (const auto* fact = std::get_if<RequestEscalated>(&record.fact)) {
    tiers_[fact->request] = fact->tier;
    answer_by_.insert_or_assign(fact->request, fact->answer_by);
    approvals_[fact->request].clear();
  }
  if (const auto* fact = std::get_if<RequestApproved>(&record.fact))
    return look_at_approval(*fact, record, Decision::approve);
  if (const auto* fact = std::get_if<RequestDenied>(&record.fact))
    return look_at_approval(*fact, record, Decision::deny);
  if (const auto* fact = std::get_if<GrantOpened>(&record.fact)) return look_at_grant(*fact, record);
  if (const auto* fact = std::get_if<GrantExtended>(&record.fact)) return look_at_extension(*fact, record);
  if (const auto* fact = std::get_if<GrantClosed>(&record.fact)) open_grants_.erase(fact->grant);
  if (const auto* fact = std::get_if<SessionIntended>(&record.fact)) return look_at_session(*fact, record);
  if (const auto* fact = std::get_if<SessionIssued>(&record.fact);
      fact != nullptr && !intended_.contains(fact->session))
    return "1: a session was issued that nobody intended";
  return std::nullopt;
}

std::optional<std::string> Invariants::look_at_cause(std::uint64_t index, const Record& record) {
  if (!record.cause.starts_with("command:")) return std::nullopt;
  if (std::holds_alternative<CommandRefused>(record.fact)) refused_causes_.insert(record.cause);
  const auto [found, is_new] = causes_.try_emplace(record.cause, index, index);
  if (!is_new && found->second.second + 1 != index)
    return "5: one command has happened twice: " + record.cause;
  found->second.second = index;
  return std::nullopt;
}

/// Against the true time, which no node knows.
std::optional<std::string> Invariants::look_at_expiry(const Record& record) {
  if (const auto* fact = std::get_if<GrantClosed>(&record.fact);
      fact != nullptr && fact->cause == GrantEnd::expired) {
    const auto grant = open_grants_.find(fact->grant);
    if (grant != open_grants_.end() && world_.true_time + clock_slack < grant->second.until)
      return "6: a grant ended before its true time";
  }
  const auto* fact = std::get_if<RequestExpired>(&record.fact);
  if (fact != nullptr && fact->cause == ExpiryCause::unanswered && !skipped_.contains(fact->request) &&
      world_.true_time + clock_slack < answer_by_.at(fact->request))
    return "6: a request expired before its true time";
  return std::nullopt;
}

bool Invariants::is_away(const PersonId& person, Instant at) const {
  const auto found = absences_.find(person);
  return found != absences_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const catalog::Window& each) { return each.from <= at && at < each.to; });
}

std::optional<std::string> Invariants::look_at_approval(const SignedAnswer& answer, const Record& record,
                                                        Decision decision) {
  const RequestSubmitted& request = requests_.at(answer.request);
  if (answer.person == request.terms.requester) return "2: somebody answered their own request";
  if (record.by.person != answer.person) return "2: an answer under another name";
  if (record.at >= answer_by_.at(answer.request)) return "2: an answer after its time";
  const FrozenTier& tier = request.tiers.at(static_cast<std::size_t>(tiers_.at(answer.request)) - 1);
  if (!is_in(tier, answer.person)) {
    // A deputy, for somebody of the tier who is away.
    if (answer.stands_in_for.empty()) return "2: somebody answered who was not asked";
    for (const PersonId& absent : answer.stands_in_for)
      if (!is_in(tier, absent) || deputy_of(absent) != answer.person || !is_away(absent, record.at))
        return "2: a deputy answered for somebody who was there";
  }
  if (answer.statement != approval_statement(ledger_origin, request.terms, tiers_.at(answer.request),
                                             answer.person, decision, answer.conditions))
    return "2: an answer over something else than the request";
  const auto key = signature::SshPublicKey::parse(TestKey(answer.person.text()).line());
  if (!signature::verify(answer.signature, approval_namespace, answer.statement, *key))
    return "2: an answer without a valid signature";
  if (decision == Decision::approve && !approvals_[answer.request].insert(answer.person).second)
    return "2: somebody approved twice in one tier";
  return std::nullopt;
}

std::optional<std::string> Invariants::look_at_grant(const GrantOpened& grant, const Record& record) {
  if (Broken broken = look_at_enough(grant.request)) return broken;
  const RequestSubmitted& request = requests_.at(grant.request);
  if (!open_emergencies_.contains(request.terms.emergency)) return "1: a grant in a closed emergency";
  const Instant begins = grant.from.value_or(record.at);
  if (grant.until > begins + shortest(grant.request)) return "2: a grant for longer than somebody approved";
  open_grants_.insert_or_assign(
      grant.grant, OpenGrant{request.terms.requester, request.terms.emergency, grant.until, grant.from});
  return std::nullopt;
}

std::optional<std::string> Invariants::look_at_extension(const GrantExtended& extended,
                                                         const Record& record) {
  if (Broken broken = look_at_enough(extended.request)) return broken;
  const auto grant = open_grants_.find(extended.grant);
  if (grant == open_grants_.end() || record.at >= grant->second.until)
    return "1: a grant was extended that was over";
  const RequestTerms& terms = requests_.at(extended.request).terms;
  if (terms.requester != grant->second.person || terms.extends != extended.grant)
    return "1: a grant was extended by a request for another one";
  if (extended.until > grant->second.until + shortest(extended.request))
    return "1: a grant was extended by too much";
  grant->second.until = extended.until;
  return std::nullopt;
}

/// What every approver of the tier has agreed to.
seconds Invariants::shortest(RequestId id) const {
  seconds out = requests_.at(id).terms.duration;
  for (const Answer& each : fold_.request(id)->answers)
    if (each.tier == tiers_.at(id) && each.decision == Decision::approve)
      out = std::min(out, each.conditions.duration.value_or(out));
  return out;
}

std::optional<std::string> Invariants::look_at_enough(RequestId id) {
  const RequestSubmitted& request = requests_.at(id);
  const FrozenTier& tier = request.tiers.at(static_cast<std::size_t>(tiers_.at(id)) - 1);
  int needed = 0;
  for (const FrozenCircle& circle : tier.circles) needed += circle.count;
  if (std::ssize(approvals_[id]) < needed && !overridden_requests_.contains(id))
    return "2: a grant without enough approvals";
  return std::nullopt;
}

std::optional<std::string> Invariants::look_at_emergency(const Record& record) {
  if (const auto* fact = std::get_if<EmergencyDeclared>(&record.fact)) {
    open_emergencies_.insert_or_assign(fact->emergency, fact->until.value());
    if (fact->by_override && !overrides_.at(*fact->by_override).is_open)
      return "9: an emergency by an override that has not opened";
  }
  if (const auto* fact = std::get_if<EmergencyExtended>(&record.fact))
    open_emergencies_.at(fact->emergency) = fact->until;
  if (const auto* fact = std::get_if<EmergencyClosed>(&record.fact)) {
    if (fact->how == EmergencyEnd::expired &&
        world_.true_time + clock_slack < open_emergencies_.at(fact->emergency))
      return "6: an emergency expired before its true time";
    open_emergencies_.erase(fact->emergency);
  }
  return std::nullopt;
}

// --- Overrides

namespace {

/// Whom the simulated company lets override.
bool may_override(const PersonId& person) { return person != chie && person != fumi; }

bool is_signed(const PersonSignature& made, const std::string& statement) {
  const auto key = signature::SshPublicKey::parse(TestKey(made.person.text()).line());
  return made.statement == statement &&
         signature::verify(made.signature, override_namespace, made.statement, *key).has_value();
}

}  // namespace

std::optional<std::string> Invariants::look_at_override(const Record& record) {
  if (const auto* fact = std::get_if<OverrideMade>(&record.fact)) return look_at_making(*fact, record);
  if (const auto* fact = std::get_if<OverrideCosigned>(&record.fact)) return look_at_cosigning(*fact, record);
  if (const auto* fact = std::get_if<OverrideOpened>(&record.fact)) return look_at_opening(*fact, record);
  if (const auto* fact = std::get_if<OverrideObjected>(&record.fact)) overrides_.at(fact->id).is_over = true;
  if (const auto* fact = std::get_if<OverrideEnded>(&record.fact)) overrides_.at(fact->id).is_over = true;
  return std::nullopt;
}

std::optional<std::string> Invariants::look_at_making(const OverrideMade& made, const Record& record) {
  const OverrideTerms& terms = made.terms;
  if (record.by.person != terms.person || made.signature.person != terms.person)
    return "9: an override under another name";
  if (!may_override(terms.person)) return "9: an override by somebody who may not";
  if (!is_signed(made.signature, override_statement(ledger_origin, terms.person, terms.what, terms.reason)))
    return "9: an override without a valid signature";
  if (const auto* approval = std::get_if<OverriddenApproval>(&terms.what)) {
    const RequestSubmitted& request = requests_.at(approval->request);
    if (request.terms.requester != terms.person) return "9: an override of somebody else's request";
    if (!answer_by_ended_.contains(approval->request)) return "9: an override while approvers are asked";
  }
  overrides_.emplace(terms.id, Overriding{terms, made.co_sign_by, record.at});
  return std::nullopt;
}

std::optional<std::string> Invariants::look_at_cosigning(const OverrideCosigned& cosigned,
                                                         const Record& record) {
  Overriding& overriding = overrides_.at(cosigned.id);
  const PersonId& person = cosigned.signature.person;
  if (record.by.person != person) return "9: a co-signature under another name";
  if (person == overriding.terms.person || !may_override(person))
    return "9: a co-signature by somebody who may not";
  if (!overriding.co_signers.insert(person).second) return "9: a co-signature twice";
  if (record.at >= overriding.co_sign_by) return "9: a co-signature after its time";
  if (!is_signed(cosigned.signature, cosignature_statement(ledger_origin, overriding.terms, person)))
    return "9: a co-signature that does not verify";
  overriding.last_signed_at = record.at;
  return std::nullopt;
}

std::optional<std::string> Invariants::look_at_opening(const OverrideOpened& opened, const Record& record) {
  Overriding& overriding = overrides_.at(opened.id);
  if (overriding.is_over || overriding.is_open) return "9: an override opens that is over";
  if (std::ssize(overriding.co_signers) < std::max(1, overriding.terms.co_signers))
    return "9: an override opens without enough signatures";
  if (record.at < overriding.last_signed_at + override_window)
    return "9: an override opens before the time for objections is over";
  overriding.is_open = true;
  if (const auto* approval = std::get_if<OverriddenApproval>(&overriding.terms.what))
    overridden_requests_.insert(approval->request);
  return std::nullopt;
}

std::optional<std::string> Invariants::look_at_session(const SessionIntended& session, const Record& record) {
  const auto grant = open_grants_.find(session.grant);
  if (grant == open_grants_.end()) return "1: a session without an open grant";
  if (!open_emergencies_.contains(grant->second.emergency)) return "1: a session in a closed emergency";
  if (record.by.person != grant->second.person)
    return "1: a session for somebody else than the grant's person";
  if (grant->second.from && record.at < *grant->second.from) return "1: a session before its grant begins";
  if (record.at >= grant->second.until || record.at + session.duration > grant->second.until)
    return "1: a session beyond its grant";
  intended_.insert(session.session);
  return std::nullopt;
}

std::optional<std::string> Invariants::sts_issues(SessionId session) {
  if (Broken broken = check()) return broken;
  if (!intended_.contains(session)) return "1: credentials were issued before session.intended was durable";
  return std::nullopt;
}

std::optional<std::string> Invariants::check_healed() {
  if (Broken broken = check()) return broken;
  for (const auto& [id, grant] : open_grants_)
    if (grant.until <= world_.true_time) return "7: grant " + id.text() + " is still open after its time";
  for (const auto& [id, until] : open_emergencies_)
    if (until <= world_.true_time) return "7: emergency " + id.text() + " is still open after its time";
  for (const auto& [id, answer_by] : answer_by_)
    if (answer_by <= world_.true_time && !answer_by_ended_.contains(id))
      return "7: request " + id.text() + " still awaits an answer after its time";
  for (const SessionId id : intended_)
    if (!reported_.contains(id)) return "7: nothing became of session " + id.text();
  for (Node& node : world_.nodes) {
    if (!node.writer->catch_up()) return "8: a node cannot read the ledger";
    Broken broken;
    node.writer->read([&](const broker::Published& published) {
      if (!owed(published.situation, world_.true_time).empty()) broken = "7: something is still owed";
      if (published.situation.clock_in_doubt) broken = "7: the clock is still in doubt";
      if (digest_of(published.situation) != digest_of(fold_))
        broken = "8: a node's state is not the fold of the ledger";
    });
    if (broken) return broken;
  }
  return std::nullopt;
}

}  // namespace postern::simulation
