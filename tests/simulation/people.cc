#include "people.h"

namespace postern::simulation {
namespace {

using namespace emergency;  // NOLINT(google-build-using-namespace)

const std::vector<PersonId> everybody{aiko, ben, chie, dana, emil, fumi};
constexpr std::size_t in_flight_max = 40;

CosignOverride cosign_of(const OverrideTerms& terms, const PersonId& person, const PersonId& signer) {
  CosignOverride command{
      .id = terms.id, .statement = cosignature_statement(ledger_origin, terms, person), .signature = ""};
  command.signature = TestKey(signer.text()).sign(override_namespace, command.statement);
  return command;
}

}  // namespace

Node* People::some_node() {
  Node& node = world_.nodes[world_.dice.number(world_.nodes.size())];
  return node.writer == nullptr ? nullptr : &node;
}

/// Mostly the newest, sometimes any, sometimes one that does not exist yet.
template <class Map>
typename Map::key_type People::some_id(const Map& map) {
  using Id = typename Map::key_type;
  if (map.empty() || world_.dice.one_in(30)) return Id(map.size() + 1);
  if (world_.dice.one_in(3))
    return std::next(map.begin(), static_cast<std::ptrdiff_t>(world_.dice.number(map.size())))->first;
  return map.rbegin()->first;
}

/// An answer to a request, most often as it should be, else wrong in one of the ways an attacker would try.
Command People::invent_answer(const Situation& situation, const PersonId& by) {
  const RequestId id = some_id(situation.requests);
  const Request* request = situation.request(id);
  const Decision decision = world_.dice.one_in(8) ? Decision::deny : Decision::approve;
  AnswerRequest command{.request = id, .decision = decision, .statement = "{}", .signature = ""};
  if (request == nullptr) return command;
  PersonId signer = by;
  RequestTerms signed_terms = request->terms;
  std::string ledger(ledger_origin);
  switch (world_.dice.number(14)) {
    case 0:
      signer = world_.dice.pick(everybody);
      break;
    case 1:
      signed_terms.duration = seconds(900);
      break;
    case 2:
      ledger = "another.example/ledger";
      break;
    default:
      break;
  }
  if (decision == Decision::deny) command.reason = commitment_to("no");
  if (decision == Decision::approve && world_.dice.one_in(6)) command.conditions.duration = grant_min;
  if (decision == Decision::approve && world_.dice.one_in(9))
    command.conditions.target_role = "EmergencyAccess_ReadOnly";
  command.statement =
      approval_statement(ledger, signed_terms, request->tier, by, decision, command.conditions);
  const bool forged =
      world_.dice.one_in(12);  // a real signature of the right person, but over something else
  command.signature =
      TestKey(signer.text()).sign(approval_namespace, forged ? "something harmless" : command.statement);
  return command;
}

/// Somebody goes away or comes back; said by them, by their manager, or by somebody who has no business to.
Command People::invent_absence(const PersonId& by) {
  const PersonId person = world_.dice.one_in(3) ? world_.dice.pick(everybody) : by;
  if (world_.dice.one_in(4)) return EndAbsence{person};
  const Instant from =
      world_.true_time + seconds(static_cast<std::int64_t>(world_.dice.number(1200))) - seconds(300);
  MarkAbsent command{.person = person,
                     .from = from,
                     .to = from + seconds(600 + static_cast<std::int64_t>(world_.dice.number(7200))),
                     .statement = "",
                     .signature = ""};
  command.statement = absence_statement(ledger_origin, person, command.from, command.to, by);
  const PersonId signer = world_.dice.one_in(10) ? world_.dice.pick(everybody) : by;
  command.signature = TestKey(signer.text()).sign(absence_namespace, command.statement);
  return command;
}

/// What is asked for in another way than at once and for an hour.
void People::vary(SubmitRequest& request, const Situation& situation, const PersonId& by) {
  if (world_.dice.one_in(5)) request.starts_at = world_.true_time + seconds(600);
  if (world_.dice.one_in(4)) return;
  for (const GrantId id : situation.open_grants) {
    const Grant& grant = *situation.grant(id);
    if (grant.person != by && !world_.dice.one_in(4)) continue;
    if (world_.dice.one_in(3)) request.duration = seconds(1800);
    request.extends = id;
    request.starts_at.reset();
    request.emergency = situation.request(grant.request)->terms.emergency;
  }
}

/// Going ahead, alone or with others, and what those who were skipped do about it; now and then forged.
Command People::invent_override(const Situation& situation, const PersonId& by) {
  const OverrideId id = some_id(situation.overrides);
  const Override* known = situation.override_of(id);
  const std::string why = "why " + std::to_string(next_key_);
  const PersonId signer = world_.dice.one_in(10) ? world_.dice.pick(everybody) : by;
  switch (world_.dice.number(8)) {
    case 0:
      return ObjectToOverride{id, commitment_to(why)};
    case 1:
      return world_.dice.one_in(3) ? Command(WithdrawOverride{id})
                                   : Command(ReviewOverride{id, true, commitment_to(why)});
    case 2:
    case 3:
    case 4:
      if (known != nullptr) {
        OverrideTerms signed_terms = known->terms;
        if (world_.dice.one_in(8)) signed_terms.reason = commitment_to("something else");
        CosignOverride command = cosign_of(signed_terms, by, signer);
        return command;
      }
      break;
    case 5:
    case 6: {
      RequestId request = some_id(situation.requests);
      for (const auto& [own, each] : situation.requests)
        if (each.terms.requester == by && !world_.dice.one_in(4)) request = own;
      if (const Request* asked = situation.request(request))
        return overriding(signer, OverriddenApproval{request, digest_of(asked->terms)}, why).command;
      break;
    }
    default:
      break;
  }
  Command command = overriding(signer, OverriddenDeclaration{idp_unavailable, ""}, why).command;
  // Signed for one thing, sent for another.
  if (world_.dice.one_in(8))
    std::get<MakeOverride>(command).what = OverriddenDeclaration{idp_unavailable, "INC-8"};
  return command;
}

Command People::invent_work(const Situation& situation, const PersonId& by) {
  switch (world_.dice.number(10)) {
    case 8:
      return invent_override(situation, by);
    case 9:
      return world_.dice.one_in(4) ? Command(ExtendEmergency{some_id(situation.emergencies)})
                                   : invent_override(situation, by);
    case 0:
      return OpenSession{some_id(situation.grants)};
    case 1:
      return OpenSession{some_id(situation.grants)};
    case 2:
      return world_.dice.one_in(3) ? report_failed(some_id(situation.sessions))
                                   : report_issued(some_id(situation.sessions));
    case 3:
      return world_.dice.one_in(4) ? Command(CloseGrant{some_id(situation.grants)})
                                   : Command(OpenSession{some_id(situation.grants)});
    case 4:
      return world_.dice.one_in(12) ? Command(CloseEmergency{some_id(situation.emergencies)})
                                    : Command(Declare{idp_unavailable, "INC-7"});
    case 5:
      return world_.dice.one_in(6) ? Command(WithdrawRequest{some_id(situation.requests)})
                                   : invent_answer(situation, by);
    default:
      return invent_answer(situation, by);
  }
}

Ask People::invent(const Situation& situation) {
  PersonId by = world_.dice.pick(everybody);
  if (!situation.open_grants.empty() && world_.dice.one_in(5))
    by = situation.grant(*situation.open_grants.begin())->person;
  Ask ask{.by = {by}, .key = "key-" + std::to_string(next_key_++), .command = attest()};
  ask.fingerprint = sha256(ask.key);
  switch (world_.dice.number(10)) {
    case 0:
      if (world_.dice.one_in(2)) ask.command = invent_absence(by);
      break;  // or attest
    case 1:
      ask.command = declare();
      break;
    case 2:
    case 3: {
      SubmitRequest request = ask_for_prod_web();
      request.emergency = some_id(situation.emergencies);
      request.duration = seconds(600 + 60 * static_cast<std::int64_t>(world_.dice.number(240)));
      vary(request, situation, by);
      ask.command = request;
      break;
    }
    default:
      ask.command = invent_work(situation, by);
  }
  if (world_.dice.one_in(12)) {
    ask = by_postern(seen(world_.dice.one_in(2) ? okta : keycloak,
                          world_.dice.one_in(4) ? Verdict::up : Verdict::down, world_.true_time));
  }
  return ask;
}

std::optional<std::string> People::take_answer(const Ask& ask, const Result<broker::Receipt>& answer) {
  if (!ask.by.person) return std::nullopt;
  if (answer) {
    invariants_.holds_receipt(ask.cause(), *answer);
    // A credential leaves as soon as the receipt is there.
    if (std::holds_alternative<OpenSession>(ask.command))
      return invariants_.sts_issues(SessionId::parse(answer->resource).value());
    return std::nullopt;
  }
  const ErrorCode code = answer.error().code;
  const bool is_refusal = code == ErrorCode::forbidden || code == ErrorCode::conflict ||
                          code == ErrorCode::not_found || code == ErrorCode::invalid ||
                          code == ErrorCode::exhausted;
  if (is_refusal) invariants_.told_refusal(ask.cause());
  return std::nullopt;
}

std::optional<std::string> People::send(const Ask& ask) {
  Node* node = some_node();
  if (node == nullptr) return std::nullopt;
  const Result<broker::Receipt> answer = world_.submit(*node, {ask, {}});
  if (world_.dice.one_in(20)) {  // the node dies between append and answer
    World::kill(*node);
    return std::nullopt;
  }
  return take_answer(ask, answer);
}

std::optional<std::string> People::act() {
  if (!in_flight_.empty() &&
      world_.dice.one_in(5)) {  // an old message arrives, perhaps again, perhaps elsewhere
    const Ask ask = in_flight_[world_.dice.number(in_flight_.size())];
    return send(ask);
  }
  std::optional<Ask> invented;  // by somebody who looks at what a node shows, if it shows anything
  if (const Node* node = some_node())
    node->writer->read([&](const broker::Published& published) { invented = invent(published.situation); });
  const Ask ask = invented ? *invented : invent(Situation{});
  if (ask.by.person) in_flight_.push_back(ask);
  if (in_flight_.size() > in_flight_max) in_flight_.pop_front();
  if (world_.dice.one_in(15)) return std::nullopt;  // lost, or only late
  return send(ask);
}

}  // namespace postern::simulation
