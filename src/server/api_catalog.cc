// The catalog in force and those that are proposed; what people confirm again and again.
#include <algorithm>

#include "base/encoding.h"
#include "emergency/describe.h"
#include "emergency/may.h"
#include "server/api.h"

namespace postern::server {
namespace {

using broker::Published;

/// An OpenSSH signature is some 300 bytes for Ed25519 and 1.5 KiB for RSA.
constexpr std::size_t signature_bytes_max = 16U << 10U;

/// Who may not propose keeps nothing here: a blob is stored before the rules are asked.
Result<void> must_be_owner(const Published& published, const PersonId& person) {
  const emergency::Policy policy{published.in_force.get(), ""};
  const emergency::Permission permission =
      emergency::may(policy, published.situation, {person}, emergency::Action::propose_catalog);
  if (permission.allowed) return {};
  return fail(ErrorCode::forbidden, permission.reason);
}

Result<std::vector<emergency::Check>> read_checks(json::Reader& reader) {
  constexpr std::size_t checks_max = 20;
  constexpr std::size_t note_bytes_max = 500;
  std::vector<emergency::Check> out;
  for (const json::Value& each : *TRY(reader.array("checks", checks_max))) {
    json::Reader check(each, "checks.");
    out.push_back({.name = TRY(check.text("name", 64)),
                   .passed = TRY(check.boolean("passed")),
                   .note = TRY(check.text_or("note", "", note_bytes_max))});
    TRY(check.finish());
  }
  return out;
}

}  // namespace

Api::Answer Api::catalog(const Call& /*call*/) const {
  json::Object out;
  parts_.broker.read([&](const Published& published) {
    const emergency::Situation& situation = published.situation;
    json::Array owners;
    for (const PersonId& each : published.in_force->owners.people) owners.push_back(each.text());
    out.emplace("catalog", situation.catalog ? json::Value(situation.catalog->hex()) : json::Value());
    out.emplace("owners", std::move(owners));
    out.emplace("proposals", emergency::proposals(situation));
    out.emplace("quorum", published.in_force->owners.quorum);
    out.emplace("unsigned", situation.catalog_unsigned);
  });
  return out;
}

Api::Answer Api::catalog_bundle(const Call& call) const {
  const Digest digest = TRY(Digest::from_hex(call.captures[0]));
  bool is_known = false;
  parts_.broker.read([&](const Published& published) {
    is_known = published.situation.catalog == digest || published.situation.proposals.contains(digest);
  });
  if (!is_known)
    return fail(ErrorCode::not_found,
                "This catalog is neither in force nor proposed. See what there is: postern catalog status");
  const Bytes bundle = TRY(parts_.store.get(digest));
  return json::Object{{"bundle", bundle}};
}

Api::Answer Api::propose_catalog(const Call& call) const {
  Result<void> is_owner;
  parts_.broker.read(
      [&](const Published& published) { is_owner = must_be_owner(published, call.login->person); });
  TRY(is_owner);
  const Bytes bundle = json::canonical(call.body);
  TRY(parts_.judge_catalog(bundle));
  return carry_out(call, emergency::ProposeCatalog{TRY(parts_.store.put(bundle))});
}

Api::Answer Api::sign_catalog(const Call& call) const {
  const Digest digest = TRY(Digest::from_hex(call.captures[0]));
  json::Reader reader(call.body);
  emergency::OwnerSignature signature{.person = call.login->person,
                                      .key = TRY(reader.text("key", signature_bytes_max)),
                                      .signature = TRY(reader.text("signature", signature_bytes_max))};
  TRY(reader.finish());
  bool is_proposed = false;
  parts_.broker.read(
      [&](const Published& published) { is_proposed = published.situation.proposals.contains(digest); });
  if (!is_proposed)
    return fail(
        ErrorCode::not_found,
        "This catalog is not proposed, or another one came in force since. See: postern catalog status");
  const Bytes bundle = TRY(parts_.store.get(digest));
  auto candidate = TRY(parts_.judge_catalog(bundle));
  return carry_out(call, emergency::SignCatalog{digest, std::move(candidate), std::move(signature)});
}

Api::Answer Api::check_self(const Call& call) const {
  json::Reader reader(call.body);
  emergency::RecordSelfCheck command{TRY(read_checks(reader))};
  TRY(reader.finish());
  return carry_out(call, std::move(command));
}

Api::Answer Api::confirm_upkeep(const Call& call) const {
  constexpr std::size_t statement_bytes_max = 4096;
  json::Reader reader(call.body);
  emergency::ConfirmUpkeep command{call.captures[0], TRY(reader.text("statement", statement_bytes_max))};
  TRY(reader.finish());
  return carry_out(call, std::move(command));
}

}  // namespace postern::server
