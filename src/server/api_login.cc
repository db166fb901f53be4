// How people come in.
#include "server/api.h"

namespace postern::server {

Api::Answer Api::challenge(const Call& call) const {
  json::Reader reader(call.body);
  const PersonId person = TRY(PersonId::parse(TRY(reader.text("person", 64))));
  TRY(reader.finish());
  const identity::Challenge challenge = parts_.challenges.issue(person, now());
  return json::Object{{"expires", to_rfc3339(challenge.expires)},
                      {"nonce", challenge.nonce},
                      {"statement", challenge.statement}};
}

Api::Answer Api::login(const Call& call) const {
  json::Reader reader(call.body);
  const PersonId person = TRY(PersonId::parse(TRY(reader.text("person", 64))));
  const std::string nonce = TRY(reader.text("nonce", 256));
  const std::string statement = TRY(reader.text("statement", 4096));
  const std::string signature = TRY(reader.text("signature", 16384));
  TRY(reader.finish());
  std::shared_ptr<const catalog::Catalog> in_force;
  parts_.broker.read([&](const broker::Published& published) { in_force = published.in_force; });
  if (in_force == nullptr)
    return fail(
        ErrorCode::unauthenticated,
        "No catalog is in force, so nobody can log in. Put one in force: postern serve --catalog FILE");

  const Result<std::string> fingerprint = identity::verify_login(*in_force, person, statement, signature);
  if (!fingerprint) {
    parts_.noise.count(call.request.peer.address, "login", now());
    return tl::unexpected(fingerprint.error());
  }
  // From here on the person is known: their key signed, so what goes wrong now is written down under their
  // name.
  const Result<identity::Challenge> challenge = parts_.challenges.redeem(person, nonce, now());
  if (!challenge || challenge->statement != statement) {
    const Error error = challenge
                            ? Error{ErrorCode::unauthenticated,
                                    "The signature is over another challenge. Log in again: postern login"}
                            : challenge.error();
    record_refusal({person, {}}, "login.open", error);
    return tl::unexpected(error);
  }
  const identity::Login login{person, *fingerprint, now() + identity::login_valid_for};
  emergency::Ask ask{
      .by = {person}, .key = nonce, .command = emergency::RecordLogin{login.key_fingerprint, login.until}};
  const Result<broker::Receipt> recorded = parts_.broker.submit({std::move(ask), {}});
  // A damaged ledger takes no entries, and must stay readable all the same. Nothing but reading follows from
  // it.
  if (!recorded && recorded.error().code != ErrorCode::damaged) return tl::unexpected(recorded.error());
  const Secret token = parts_.tokens.issue(login);
  return json::Object{
      {"person", person.text()}, {"token", token.reveal()}, {"until", to_rfc3339(login.until)}};
}

}  // namespace postern::server
