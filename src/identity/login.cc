#include "identity/login.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "emergency/statement.h"
#include "signature/sshsig.h"

namespace postern::identity {
namespace {

constexpr std::size_t token_bytes_max = 2048;

/// Whether `person` has a key with that fingerprint in the catalog.
bool has_key(const catalog::Catalog& in_force, const PersonId& id, std::string_view fingerprint) {
  const catalog::Person* person = in_force.person(id);
  return person != nullptr &&
         std::any_of(person->ssh_keys.begin(), person->ssh_keys.end(), [&](const std::string& line) {
           const auto key = signature::SshPublicKey::parse(line);
           return key && key->fingerprint() == fingerprint;
         });
}

tl::unexpected<Error> not_logged_in() {
  return fail(ErrorCode::unauthenticated,
              "You are not logged in, or your login has ended. Log in: postern login");
}

std::string mac(const Secret& key, std::string_view payload) {
  return std::string(hmac_sha256(key.reveal(), "postern-token/1\n" + std::string(payload)).view());
}

Result<Login> read_payload(std::string_view payload) {
  const json::Value value = TRY(json::parse(payload, {.bytes_max = token_bytes_max, .depth_max = 2}));
  json::Reader reader(value);
  return Login{TRY(PersonId::parse(TRY(reader.text("person")))), TRY(reader.text("key")),
               TRY(parse_rfc3339(TRY(reader.text("until"))))};
}

}  // namespace

Result<std::string> verify_login(const catalog::Catalog& in_force, const PersonId& id,
                                 std::string_view statement, std::string_view armored_signature) {
  const tl::unexpected<Error> refusal = fail(ErrorCode::unauthenticated,
                                             "The signature is not by a key that the catalog in force lists "
                                             "for this person. See which key you use: ssh-keygen -lf KEY");
  const catalog::Person* person = in_force.person(id);
  if (person == nullptr) return refusal;
  for (const std::string& line : person->ssh_keys) {
    const auto key = signature::SshPublicKey::parse(line);
    if (key && signature::verify(armored_signature, emergency::login_namespace, statement, *key))
      return key->fingerprint();
  }
  return refusal;
}

std::optional<ServiceId> service_of(std::string_view token, const catalog::Catalog& in_force) {
  if (!token.starts_with(service_token_prefix) || token.size() > token_bytes_max) return std::nullopt;
  const Digest digest = sha256(token);
  for (const auto& [name, service] : in_force.services)
    if (service.token == digest)
      if (auto id = ServiceId::parse(name)) return std::move(*id);
  return std::nullopt;
}

Secret Tokens::issue(const Login& login) const {
  const std::string payload = json::canonical(json::Object{
      {"key", login.key_fingerprint}, {"person", login.person.text()}, {"until", to_rfc3339(login.until)}});
  return Secret(to_base64url(payload) + "." + to_base64url(mac(key_, payload)));
}

Result<Login> Tokens::check(std::string_view token, const catalog::Catalog& in_force, Instant now) const {
  const std::size_t dot = token.find('.');
  if (token.size() > token_bytes_max || dot == std::string_view::npos) return not_logged_in();
  const auto payload = from_base64url(token.substr(0, dot));
  auto given = from_base64url(token.substr(dot + 1));
  if (!payload || !given || !(Secret(std::move(*given)) == Secret(mac(key_, *payload))))
    return not_logged_in();
  Result<Login> login = read_payload(*payload);
  if (!login || now >= login->until || !has_key(in_force, login->person, login->key_fingerprint))
    return not_logged_in();
  return login;
}

}  // namespace postern::identity
