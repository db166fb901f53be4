// Overrides: bodies to commands, and what whoever signs one must see.
#include "base/encoding.h"
#include "emergency/describe.h"
#include "emergency/may.h"
#include "emergency/statement.h"
#include "server/api.h"
#include "server/described.h"

namespace postern::server {
namespace {

using broker::Published;

constexpr std::size_t reason_bytes_max = 2000;
constexpr std::size_t salt_bytes = 32;

/// The reason comes with a salt of the client's, because its commitment is signed before the server sees it.
Result<ledger::PrivatePart> signed_reason(json::Reader& reader) {
  const std::string reason = TRY(reader.text("reason", reason_bytes_max));
  if (reason.empty() || !is_printable_text(reason))
    return fail(ErrorCode::invalid, "Give a reason in printable text: others read it, and auditors.");
  Bytes salt = TRY(from_base64(TRY(reader.text("reason_salt", 64))));
  if (salt.size() != salt_bytes)
    return fail(ErrorCode::invalid, "\"reason_salt\" is 32 random bytes in base64.");
  return ledger::PrivatePart{std::move(salt), json::Object{{"reason", reason}}};
}

}  // namespace

Api::Answer Api::make_override(const Call& call) const {
  json::Reader reader(call.body);
  ledger::PrivatePart part = TRY(signed_reason(reader));
  emergency::MakeOverride command{
      .what = RequestId(1), .reason = ledger::commitment(part), .statement = {}, .signature = {}};
  if (reader.has("request"))
    command.what = TRY(RequestId::parse(TRY(reader.text("request", 64))));
  else
    command.what = emergency::OverriddenDeclaration{TRY(ModeId::parse(TRY(reader.text("mode", 64)))),
                                                    TRY(reader.text_or("incident", "", 64))};
  command.statement = TRY(reader.text("statement", 4096));
  command.signature = TRY(reader.text("signature", 16384));
  TRY(reader.finish());
  return carry_out(call, std::move(command), std::move(part));
}

Api::Answer Api::overriding(const Call& call) const {
  const OverrideId id = TRY(OverrideId::parse(call.captures[0]));
  Answer answer =
      fail(ErrorCode::not_found, "There is no override " + id.text() + ". See what there is: postern status");
  parts_.broker.read([&](const Published& published) {
    const emergency::Override* found = published.situation.override_of(id);
    if (found == nullptr) return;
    const emergency::Policy policy{published.in_force.get(), parts_.broker.writer().ledger_origin()};
    const bool may_sign = found->stage() == emergency::OverrideStage::awaiting_co_signers &&
                          emergency::may(policy, published.situation, {call.login->person},
                                         emergency::Action::cosign_override, found)
                              .allowed;
    json::Value value = described(published, *found);
    value.as_object()->emplace("to_sign", may_sign ? json::Value(emergency::cosignature_statement(
                                                         policy.ledger, found->terms, call.login->person))
                                                   : json::Value());
    answer = std::move(value);
  });
  return answer;
}

Api::Answer Api::cosign_override(const Call& call) const {
  json::Reader reader(call.body);
  emergency::CosignOverride command{.id = TRY(OverrideId::parse(call.captures[0])),
                                    .statement = TRY(reader.text("statement", 4096)),
                                    .signature = TRY(reader.text("signature", 16384))};
  TRY(reader.finish());
  return carry_out(call, std::move(command));
}

Api::Answer Api::object_to_override(const Call& call) const {
  json::Reader reader(call.body);
  ledger::PrivatePart part = TRY(private_reason(TRY(reader.text("reason", reason_bytes_max))));
  TRY(reader.finish());
  const OverrideId id = TRY(OverrideId::parse(call.captures[0]));
  return carry_out(call, emergency::ObjectToOverride{id, ledger::commitment(part)}, std::move(part));
}

Api::Answer Api::withdraw_override(const Call& call) const {
  TRY(json::Reader(call.body).finish());
  const OverrideId id = TRY(OverrideId::parse(call.captures[0]));
  return carry_out(call, emergency::WithdrawOverride{id});
}

Api::Answer Api::review_override(const Call& call) const {
  json::Reader reader(call.body);
  ledger::PrivatePart part = TRY(private_reason(TRY(reader.text("reason", reason_bytes_max))));
  const bool justified = TRY(reader.boolean("justified"));
  TRY(reader.finish());
  const OverrideId id = TRY(OverrideId::parse(call.captures[0]));
  return carry_out(call, emergency::ReviewOverride{id, justified, ledger::commitment(part)}, std::move(part));
}

}  // namespace postern::server
