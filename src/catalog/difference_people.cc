#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/hash.h"
#include "catalog/difference_parts.h"

namespace postern::catalog {
namespace {

/// A line as in authorized_keys, taken apart: "<type> <base64> [comment]".
struct KeyLine {
  std::string type;
  std::string blob;
  std::string comment;
  explicit KeyLine(std::string_view line) : type(word(line)), blob(word(line)), comment(line) {}

  /// As `ssh-keygen -l` shows it. The end of a key would say less: that of an RSA key can be chosen.
  [[nodiscard]] std::string text() const {
    const auto bytes = from_base64(blob);
    if (!bytes) return "(not readable) " + quoted(type + " " + blob);
    std::string out = type + " SHA256:" + to_base64(sha256(*bytes).view());
    while (out.ends_with('=')) out.pop_back();
    return out;
  }

 private:
  static std::string word(std::string_view& line) {
    const std::string_view out = line.substr(0, line.find_first_of(" \t"));
    line.remove_prefix(out.size());
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return std::string(out);
  }
};

std::string with_comment(const KeyLine& key) {
  return key.text() + (key.comment.empty() ? "" : " " + quoted(key.comment));
}

/// Takes the first line with the same key out of `lines`.
std::optional<std::string> take_same_key(const KeyLine& key, Says& lines) {
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const std::string& each) {
    const KeyLine other(each);
    return other.type == key.type && other.blob == key.blob;
  });
  if (found == lines.end()) return std::nullopt;
  std::string out = std::move(*found);
  lines.erase(found);
  return out;
}

void compare_keys(const Pair& pair, const PersonId& person, const Says& before, const Says& after,
                  Changes& out) {
  const std::string where = "people." + person.text() + ".keys";
  const std::string name = pair.person(person);
  const Says gained = surplus(after, before);
  Says lost = surplus(before, after);
  for (const std::string& each : gained) {
    const KeyLine key(each);
    if (const auto same = take_same_key(key, lost))
      out.add(Weight::detail, where,
              fmt::format("The key {} of {} now is written {}, was {}.", key.text(), name, quoted(each),
                          quoted(*same)));
    else
      out.add(Weight::power, where, fmt::format("{} gains a key: {}.", name, with_comment(key)),
              Told::everybody);
  }
  const bool none_left = after.empty() && pair.after.person(person) != nullptr;
  for (const std::string& each : lost)
    out.add(Weight::power, where,
            fmt::format("{} loses a key: {}.{}", name, with_comment(KeyLine(each)),
                        none_left ? " None is left to log in or sign with." : ""),
            Told::everybody);
  if (gained.empty() && lost.empty() && before != after)
    out.add(Weight::detail, where, fmt::format("The keys of {} stand in another order.", name));
}

std::string ways_in_words(std::string_view verb, const Says& ways) {
  return ways.empty() ? "" : fmt::format(", and {} get in by {}", verb, joined(ways));
}

void compare_iam_users(const Pair& pair, const PersonId& person, const std::optional<IamUser>& before,
                       const std::optional<IamUser>& after, Changes& out) {
  const std::string where = "people." + person.text() + ".iam_user";
  const std::string name = pair.person(person);
  const auto tell = [&](const std::string& field, std::string what) {
    out.add(Weight::power, where + field, std::move(what), Told::everybody);
  };
  if (before && !after) {
    const Says ways = ways_of_iam_user(pair.before, person);
    tell("", fmt::format("{} loses the IAM user {} with the MFA device {}{}.", name, before->name,
                         before->mfa_serial, ways_in_words("can no longer", ways)));
  }
  if (!after) return;
  const auto& [user, mfa_serial] = *after;
  if (!before) {
    const Says ways = ways_of_iam_user(pair.after, person);
    return tell("", fmt::format("{} gains the IAM user {} with the MFA device {}{}.", name, user, mfa_serial,
                                ways_in_words("can now", ways)));
  }
  if (before->name != user)
    tell(".name", fmt::format("The IAM user of {} now is {}, was {}.", name, user, before->name));
  if (before->mfa_serial != mfa_serial)
    tell(".mfa_serial", fmt::format("{} loses the MFA device {} of the IAM user; it becomes {}.", name,
                                    before->mfa_serial, mfa_serial));
}

Says says_person(const Pair& pair, const std::optional<PersonId>& id) {
  return id ? says(pair.person(*id)) : Says{};
}

/// Keys and the IAM user are compared on their own.
Part part_of(const Pair& pair, const Person& person) {
  const auto& [id, name, email, phone, manager, deputy, ssh_keys, iam_user, reached_by, language] = person;
  Part out{.where = "people." + id.text(), .name = pair.person(id)};
  out.say(Weight::power, "deputy", "has as deputy", says_person(pair, deputy));
  out.say(Weight::safety, "manager", "has as manager", says_person(pair, manager));
  out.say(Weight::safety, "email", "is written to at", says(email));
  out.say(Weight::safety, "phone", "is called at", phone.empty() ? Says{} : says(phone));
  out.say(Weight::safety, "reached_by", "is told by no other channels than",
          reached_by.empty() ? Says{} : says(joined(reached_by)));
  out.say(Weight::detail, "name", "is named", says(quoted(name)));
  out.say(Weight::detail, "language", "is told in", says_language(language));
  return out;
}

void compare_person(const Pair& pair, const PersonId& id, const Person* was, const Person* is, Changes& out) {
  compare_keys(pair, id, was == nullptr ? Says{} : was->ssh_keys, is == nullptr ? Says{} : is->ssh_keys, out);
  compare_iam_users(pair, id, was == nullptr ? std::nullopt : was->iam_user,
                    is == nullptr ? std::nullopt : is->iam_user, out);
  if (is == nullptr) return;  // compare_standing() tells that they leave
  compare(was == nullptr ? std::vector<Aspect>{} : part_of(pair, *was).aspects, part_of(pair, *is).aspects,
          out);
}

/// Told where the same people stand otherwise; who comes and goes is told by compare_standing().
void compare_order(const std::string& where, const std::string& what, const std::vector<PersonId>& before,
                   const std::vector<PersonId>& after, Changes& out) {
  const auto people = [](const std::vector<PersonId>& list) {
    return std::set<PersonId>(list.begin(), list.end());
  };
  if (before != after && people(before) == people(after))
    out.add(Weight::detail, where, what + " are the same people, written in another order.", Told::everybody);
}

}  // namespace

void compare_owners(const Pair& pair, Changes& out) {
  const auto& [people, quorum] = pair.after.owners;
  compare_numbers({Weight::power, "owners.quorum", "The quorum of owners", "", {}}, pair.before.owners.quorum,
                  quorum, out, Told::everybody);
  compare_order("owners.people", "The owners", pair.before.owners.people, people, out);
}

void compare_people(const Pair& pair, Changes& out) {
  walk_both(pair.before.people, pair.after.people,
            [&](const PersonId& id, const Person* was, const Person* is) {
              compare_person(pair, id, was, is, out);
            });
}

void compare_groups(const Pair& pair, Changes& out) {
  using Members = std::vector<PersonId>;
  walk_both(pair.before.groups, pair.after.groups,
            [&](const GroupId& id, const Members* was, const Members* is) {
              const std::string where = "groups." + id.text();
              if (was == nullptr || is == nullptr)
                out.add(Weight::power, where,
                        fmt::format("Group {} is {}.", id.text(), was == nullptr ? "new" : "removed"),
                        Told::everybody);
              else
                compare_order(where, "The members of " + id.text(), *was, *is, out);
            });
}

}  // namespace postern::catalog
