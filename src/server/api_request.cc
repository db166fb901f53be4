// Asking for access: what one may ask for, what would be asked of whom, and the answers.
#include <algorithm>

#include "base/encoding.h"
#include "emergency/asking.h"
#include "emergency/decide.h"
#include "emergency/describe.h"
#include "emergency/statement.h"
#include "server/api.h"
#include "server/described.h"

namespace postern::server {
namespace {

using broker::Published;
using emergency::to_json;

constexpr std::size_t reason_bytes_max = 2000;
/// Of the reason with the form's free texts.
constexpr std::size_t words_bytes_max = 16'000;
constexpr std::size_t acknowledged_max = 50;

Result<catalog::FormValues> read_fields(json::Reader& reader) {
  catalog::FormValues out;
  if (!reader.has("fields")) return out;
  const auto* fields = TRY(reader.any("fields"))->as_object();
  if (fields == nullptr || fields->size() > catalog::form_fields_max)
    return fail(ErrorCode::invalid, "\"fields\" is an object of at most 20 fields, each with its text.");
  for (const auto& [id, value] : *fields) {
    if (value.as_string() == nullptr || value.as_string()->size() > catalog::form_value_bytes_max)
      return fail(ErrorCode::invalid, "Field \"" + sanitized(id.substr(0, 64), Lines::replace) +
                                          "\" holds no text, or more than 2,000 bytes.");
    out.emplace(id, *value.as_string());
  }
  return out;
}

Result<std::vector<std::string>> read_acknowledged(json::Reader& reader) {
  std::vector<std::string> out;
  if (!reader.has("acknowledge")) return out;
  for (const json::Value& each : *TRY(reader.array("acknowledge", acknowledged_max))) {
    if (each.as_string() == nullptr)
      return fail(ErrorCode::invalid, "\"acknowledge\" holds names of checks.");
    out.push_back(*each.as_string());
  }
  return out;
}

/// All but the reason.
Result<emergency::SubmitRequest> read_request(json::Reader& reader) {
  emergency::SubmitRequest out{.emergency = TRY(EmergencyId::parse(TRY(reader.text("emergency", 64)))),
                               .process = TRY(ProcessId::parse(TRY(reader.text("process", 64)))),
                               .account = TRY(AccountId::parse(TRY(reader.text("account", 64)))),
                               .duration = TRY(parse_duration(TRY(reader.text("duration", 16))))};
  out.fields = TRY(read_fields(reader));
  out.acknowledged = TRY(read_acknowledged(reader));
  if (reader.has("starts_at")) out.starts_at = TRY(parse_rfc3339(TRY(reader.text("starts_at", 64))));
  if (reader.has("extends")) out.extends = TRY(GrantId::parse(TRY(reader.text("extends", 32))));
  if (reader.has("for")) out.on_behalf_of = TRY(PersonId::parse(TRY(reader.text("for", 64))));
  return out;
}

/// The reason with the form's free texts, each after its label: what people wrote stands in one place, beside
/// the ledger, and can be erased there.
std::string words_of(const catalog::Process* process, const std::string& reason,
                     const catalog::FormValues& fields) {
  std::string out = reason;
  if (process == nullptr) return out;
  for (const catalog::FormField& each : process->form)
    if (const auto value = fields.find(each.id);
        value != fields.end() && each.kind == catalog::FormField::Kind::text)
      out += "\n\n" + each.label + ": " + value->second;
  return out;
}

/// The bytes that `person` would sign to answer as it stands.
json::Value statements_to_sign(const std::string& ledger, const emergency::Request& request,
                               const PersonId& person) {
  json::Object out;
  for (const auto decision : {emergency::Decision::approve, emergency::Decision::deny})
    out.emplace(emergency::name_of(decision),
                emergency::approval_statement(ledger, request.terms, request.tier, person, decision));
  return out;
}

json::Value asked_in(const emergency::FrozenTier& tier, const emergency::Situation& situation,
                     const PersonId& requester, int number, Instant now) {
  json::Value out = to_json(tier);
  json::Array asked;
  for (const PersonId& each : emergency::everybody_asked(tier, {situation, requester, now}))
    asked.push_back(each.text());
  const auto skipped = emergency::why_skipped(tier, {situation, requester, now});
  out.as_object()->emplace("asked_now", std::move(asked));
  out.as_object()->emplace("skipped_now",
                           skipped ? json::Value(emergency::name_of(*skipped)) : json::Value());
  out.as_object()->emplace("tier", number);
  return out;
}

/// What a request would lead to, without making it.
json::Object explained(const Published& published, const emergency::Actor& by,
                       emergency::SubmitRequest command, const std::string& ledger, Instant now) {
  json::Object out{{"allowed", false},
                   {"checks", json::Array{}},
                   {"refusal", nullptr},
                   {"tiers", json::Array{}},
                   {"to_acknowledge", json::Array{}}};
  const catalog::Process* process = published.in_force->process(command.process);
  if (process != nullptr) {
    out.emplace("process", described(published, *process));
    // Asked as if everything were acknowledged, so that all of it can be shown at once.
    for (const catalog::Assumption& each : process->assumptions)
      command.acknowledged.push_back("assumption: " + each.text);
    for (const std::string_view each :
         {emergency::own_way_in, emergency::drilled_lately, emergency::signed_catalog})
      command.acknowledged.emplace_back(each);
  }
  const emergency::Policy policy{published.in_force.get(), ledger};
  const auto facts =
      emergency::decide(published.situation, policy, {.by = by, .key = "", .command = command}, now);
  if (!facts) {
    out["refusal"] = json::Object{{"code", name_of(facts.error().code)}, {"message", facts.error().message}};
    return out;
  }
  out["allowed"] = true;
  for (const emergency::Fact& fact : *facts) {
    if (const auto* submitted = std::get_if<emergency::RequestSubmitted>(&fact)) {
      int number = 0;
      for (const emergency::FrozenTier& each : submitted->tiers)
        out["tiers"].as_array()->push_back(
            asked_in(each, published.situation, submitted->terms.requester, ++number, now));
    }
    if (const auto* checked = std::get_if<emergency::RequestChecked>(&fact))
      for (const emergency::Check& each : checked->checks) {
        out["checks"].as_array()->push_back(
            json::Object{{"name", each.name}, {"note", each.note}, {"passed", each.passed}});
        if (!each.passed) out["to_acknowledge"].as_array()->push_back(each.name);
      }
  }
  return out;
}

}  // namespace

Api::Answer Api::submit_request(const Call& call) const {
  json::Reader reader(call.body);
  const std::string reason = TRY(reader.text("reason", reason_bytes_max));
  emergency::SubmitRequest command = TRY(read_request(reader));
  TRY(reader.finish());
  std::shared_ptr<const catalog::Catalog> in_force;
  parts_.broker.read([&](const Published& published) { in_force = published.in_force; });
  std::string words = words_of(in_force->process(command.process), reason, command.fields);
  if (words.size() > words_bytes_max)
    return fail(ErrorCode::invalid, "Reason and form together have at most 16,000 bytes.");
  ledger::PrivatePart part = TRY(private_reason(words));
  command.reason = ledger::commitment(part);
  return carry_out(call, std::move(command), std::move(part));
}

Api::Answer Api::explain_request(const Call& call) const {
  json::Reader reader(call.body);
  emergency::SubmitRequest command = TRY(read_request(reader));
  TRY(reader.finish());
  Answer answer = json::Value();
  parts_.broker.read([&](const Published& published) {
    answer =
        explained(published, call.actor(), std::move(command), parts_.broker.writer().ledger_origin(), now());
  });
  return answer;
}

Api::Answer Api::processes(const Call& call) const {
  json::Array out;
  parts_.broker.read([&](const Published& published) {
    const emergency::Policy policy{published.in_force.get(), parts_.broker.writer().ledger_origin()};
    for (const auto& [id, process] : published.in_force->processes) {
      json::Value value = described(published, process);
      value.as_object()->emplace("may_request", emergency::may(policy, published.situation, call.actor(),
                                                               emergency::Action::submit_request, &process)
                                                    .allowed);
      json::Array emergencies;
      for (const EmergencyId open : published.situation.open_emergencies) {
        const auto* mode = published.in_force->mode(published.situation.emergency(open)->mode);
        if (mode != nullptr && catalog::handles(*published.in_force, *mode, id))
          emergencies.push_back(open.text());
      }
      value.as_object()->emplace("emergencies", std::move(emergencies));
      out.push_back(std::move(value));
    }
  });
  return json::Object{{"processes", std::move(out)}};
}

Api::Answer Api::request(const Call& call) const {
  const RequestId id = TRY(RequestId::parse(call.captures[0]));
  Answer answer = fail(ErrorCode::not_found, "There is no request " + id.text() + ". See: postern status");
  parts_.broker.read([&](const Published& published) {
    const emergency::Request* found = published.situation.request(id);
    // A service does not learn what others ask for, not even that they do.
    if (found == nullptr || (call.service && found->terms.asked_by != call.service)) return;
    json::Value value = described(published, *found, now());
    const emergency::Policy policy{published.in_force.get(), parts_.broker.writer().ledger_origin()};
    const bool may_answer =
        found->stage == emergency::Stage::awaiting_approval &&
        emergency::may(policy, published.situation, call.actor(), emergency::Action::answer_request, found)
            .allowed;
    value.as_object()->emplace("to_sign", may_answer
                                              ? statements_to_sign(policy.ledger, *found, call.login->person)
                                              : json::Value());
    if (call.service) (*value.as_object())["earlier_denials"] = json::Array{};
    value.as_object()->emplace("ledger", policy.ledger);
    if (const catalog::Process* process = published.in_force->process(found->terms.process))
      value.as_object()->emplace("process", described(published, *process));
    answer = std::move(value);
  });
  return answer;
}

Api::Answer Api::answer_request(const Call& call) const {
  json::Reader reader(call.body);
  const std::string decision = TRY(reader.text("decision", 16));
  if (decision != "approve" && decision != "deny")
    return fail(ErrorCode::invalid, "\"decision\" is \"approve\" or \"deny\".");
  emergency::AnswerRequest command{
      .request = TRY(RequestId::parse(call.captures[0])),
      .decision = decision == "approve" ? emergency::Decision::approve : emergency::Decision::deny,
      .statement = TRY(reader.text("statement", 4096)),
      .signature = TRY(reader.text("signature", 16384))};
  if (reader.has("duration"))
    command.conditions.duration = TRY(parse_duration(TRY(reader.text("duration", 16))));
  if (reader.has("target_role")) command.conditions.target_role = TRY(reader.text("target_role", 64));
  if (reader.has("signer")) command.signer = TRY(PersonId::parse(TRY(reader.text("signer", 64))));
  const std::string reason = TRY(reader.text_or("reason", "", reason_bytes_max));
  TRY(reader.finish());
  if (reason.empty()) return carry_out(call, std::move(command));
  ledger::PrivatePart part = TRY(private_reason(reason));
  command.reason = ledger::commitment(part);
  return carry_out(call, std::move(command), std::move(part));
}

Api::Answer Api::withdraw_request(const Call& call) const {
  TRY(json::Reader(call.body).finish());
  const RequestId id = TRY(RequestId::parse(call.captures[0]));
  return carry_out(call, emergency::WithdrawRequest{id});
}

}  // namespace postern::server
