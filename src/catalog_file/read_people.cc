#include "catalog_file/forms.h"
#include "catalog_file/sections.h"
#include "signature/ssh_key.h"

namespace postern::catalog_file {
namespace {

using signature::SshPublicKey;

/// Whose key is whose. A key proves who signed, so that no two people may have the same.
using KeyHolders = std::map<SshPublicKey, PersonId>;

std::string read_key(const Value& value, const PersonId& person, KeyHolders& holders) {
  const Value line = Mapping(value, {"ssh"}).required("ssh");
  if (!line.present()) return "";
  std::string text = line.line(signature::public_key_line_bytes_max);
  const auto key = SshPublicKey::parse(text);
  if (!key) {
    line.fault(catalog::Rule::unreadable_key,
               "This key of " + person.text() + " cannot be read, and signs nothing: " + key.error().message);
    return text;
  }
  const auto [holder, is_new] = holders.emplace(*key, person);
  if (!is_new && holder->second == person)
    line.fault(catalog::Rule::stands_twice,
               "This key of " + person.text() + " stands twice. Remove one of them.");
  if (!is_new && holder->second != person)
    line.fault(catalog::Rule::shared_key,
               "This is also the key of " + holder->second.text() +
                   ": a signature would not tell the two apart. Give each person a key of their own.");
  return text;
}

catalog::IamUser read_iam_user(const Value& value) {
  const Mapping user(value, {"name", "mfa_serial"});
  return {.name = user.required("name").matching(is_user_name, "an IAM user's name"),
          .mfa_serial =
              user.required("mfa_serial")
                  .matching(
                      is_mfa_serial,
                      "the ARN of a virtual or hardware TOTP device, arn:aws:iam::<account>:mfa/<name>; STS "
                      "takes no security keys (u2f/)")};
}

std::optional<catalog::Person> read_person(const Value& value, KeyHolders& holders) {
  Mapping person(value, {"id", "name", "email", "phone", "manager", "deputy", "keys", "iam_user",
                         "reached_by", "language"});
  const Value id_value = person.required("id");
  const auto id = id_value.id<PersonId>();
  if (!id) return std::nullopt;
  // AWS role session names and source identities have 2 to 64 characters (STS API reference, AssumeRole).
  if (id->text().size() < 2)
    id_value.error("A person's id has at least 2 characters, as AWS session names do.");
  person.rename("people." + id->text());
  catalog::Person out{.id = *id,
                      .name = person.required("name").matching(
                          is_person_name, "a name without brackets, commas, quotes or ;"),
                      .email = person.required("email").matching(is_email, "an e-mail address"),
                      .phone = person.optional("phone").line(64),
                      .manager = person.optional("manager").name<PersonId>(Kind::person),
                      .deputy = person.optional("deputy").name<PersonId>(Kind::person)};
  for (const Value& each : person.optional("keys").items(true))
    out.ssh_keys.push_back(read_key(each, *id, holders));
  for (const Value& each : person.optional("reached_by").distinct_items())
    out.reached_by.push_back(each.name_text(Kind::channel));
  out.language = read_language(person.optional("language"));
  if (person.has("iam_user")) out.iam_user = read_iam_user(person.optional("iam_user"));
  return out;
}

}  // namespace

catalog::Owners read_owners(const Value& value) {
  const Mapping owners(value, {"people", "quorum"});
  return {.people = owners.required("people").names<PersonId>(Kind::person),
          .quorum = owners.required("quorum").integer(1, 100, 1)};
}

std::map<PersonId, catalog::Person> read_people(const Value& value) {
  std::map<PersonId, catalog::Person> out;
  KeyHolders holders;
  for (const Value& each : value.items()) {
    auto person = read_person(each, holders);
    if (!person) continue;
    const PersonId id = person->id;
    if (!out.emplace(id, *std::move(person)).second)
      each.fault(catalog::Rule::stands_twice,
                 "There are two people with the id \"" + id.text() + "\". Give one of them another.");
  }
  return out;
}

std::map<GroupId, std::vector<PersonId>> read_groups(const Value& value) {
  std::map<GroupId, std::vector<PersonId>> out;
  for (const Entry& each : value.entries())
    if (const auto id = each.key.id<GroupId>())
      out.emplace(*id, each.value.names<PersonId>(Kind::person, true));
  return out;
}

}  // namespace postern::catalog_file
