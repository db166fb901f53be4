#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/difference.h"

/// The parts of difference(). Private to this folder. Each struct of the catalog is taken apart by a
/// structured binding of all its fields, so that a new field does not compile until somebody says what its
/// change means.
namespace postern::catalog {

enum class Told { owners, everybody };

class Changes {
 public:
  void add(Weight weight, std::string where, std::string what, Told told = Told::owners) {
    found_.push_back({weight, std::move(where), std::move(what), told == Told::everybody});
  }
  std::vector<Change> take() { return std::move(found_); }

 private:
  std::vector<Change> found_;
};

/// Both catalogs, and the one name that somebody or something has in all sentences about them.
struct Pair {
  const Catalog& before;
  const Catalog& after;
  [[nodiscard]] std::string person(const PersonId& id) const;  ///< "Dana Sato (dana)", or the id alone
  [[nodiscard]] std::string people(const std::set<PersonId>& ids) const;
  [[nodiscard]] std::string account(const AccountId& id) const;  ///< "prod-web (200000000001)"
};

/// What a catalog says of one thing: nothing, a value, or the items of a list. Different things must have
/// different words here, or their change would go unseen.
using Says = std::vector<std::string>;
inline Says says(std::string value) { return {std::move(value)}; }
std::string quoted(std::string_view text);
Says says_text(const std::string& text);  ///< quoted; nothing when empty
Says says_duration(const std::optional<seconds>& duration);
Says says_needs(const std::optional<Needs>& needs);
template <class Ids>
Says says_ids(const Ids& ids) {
  Says out;
  for (const auto& each : ids) out.push_back(each.text());
  return out;
}
std::string joined(const Says& items);
std::string counted(std::ptrdiff_t count, std::string_view noun);  ///< "1 approval", "2 approvals"
/// The items that `a` has more often than `b`.
Says surplus(const Says& a, const Says& b);

std::string in_words(const Needs& needs);          ///< "all of (dns; any of (a; b))"
std::string in_words(const Condition& condition);  ///< "probe idp is down for at least 5m"

/// One field with its sentence: "Sessions of operate | may last | 1h".
struct Aspect {
  Weight weight = Weight::detail;
  std::string where;
  std::string subject;
  std::string verb;  ///< "" where the value is too long to stand inside a sentence
  Says says = {};
  bool only_order = false;  ///< which items there are is told by compare_deeds()
};

/// Something of the catalog that can be there or not.
struct Part {
  std::string where;
  std::string name;  ///< "Probe idp"
  Weight weight = Weight::safety;
  std::vector<Aspect> aspects = {};

  void say(Weight weight_of_field, const std::string& field, std::string verb, Says what) {
    say_of(name, weight_of_field, field, std::move(verb), std::move(what));
  }
  /// `field` is the rest of the path; "" for the part's own.
  void say_of(std::string subject, Weight weight_of_field, const std::string& field, std::string verb,
              Says what) {
    aspects.push_back({weight_of_field, where + (field.empty() ? "" : ".") + field, std::move(subject),
                       std::move(verb), std::move(what)});
  }
  void say_order(const std::string& field, std::string verb, Says what) {
    aspects.push_back({Weight::detail, where + "." + field, name, std::move(verb), std::move(what), true});
  }
};

void compare(const std::vector<Aspect>& before, const std::vector<Aspect>& after, Changes& out);
void compare(const std::optional<Part>& before, const std::optional<Part>& after, Changes& out);
/// "The quorum of owners falls from 2 to 1."
void compare_numbers(const Aspect& about, int before, int after, Changes& out, Told told);

template <class T, class PartOf>
std::optional<Part> part_of_optional(const std::optional<T>& value, const PartOf& part_of) {
  return value ? std::optional<Part>(part_of(*value)) : std::nullopt;
}

/// Calls `each(key, before or nullptr, after or nullptr)` for every key of both.
template <class Map, class Each>
void walk_both(const Map& before, const Map& after, const Each& each) {
  for (const auto& [key, value] : before) {
    const auto found = after.find(key);
    each(key, &value, found == after.end() ? nullptr : &found->second);
  }
  for (const auto& [key, value] : after)
    if (!before.contains(key)) each(key, static_cast<decltype(&value)>(nullptr), &value);
}

/// Compares the parts that `part_of(key, value)` makes of both maps.
template <class Map, class PartOf>
void compare_maps(const Map& before, const Map& after, const PartOf& part_of, Changes& out) {
  walk_both(before, after, [&](const auto& key, const auto* was, const auto* is) {
    std::optional<Part> old_part;
    std::optional<Part> new_part;
    if (was != nullptr) old_part = part_of(key, *was);
    if (is != nullptr) new_part = part_of(key, *is);
    compare(old_part, new_part, out);
  });
}

// difference_powers.cc: what each person may do, what each group may do, which accounts are reached
void compare_standing(const Pair& pair, Changes& out);
void compare_deeds(const Pair& pair, Changes& out);
void compare_reach(const Pair& pair, Changes& out);
/// The processes by which `person` gets in with an IAM user of their own.
Says ways_of_iam_user(const Catalog& catalog, const PersonId& person);

// difference_people.cc
void compare_owners(const Pair& pair, Changes& out);
void compare_people(const Pair& pair, Changes& out);
void compare_groups(const Pair& pair, Changes& out);

// difference_processes.cc
void compare_modes(const Pair& pair, Changes& out);
void compare_processes(const Pair& pair, Changes& out);

// difference_probes.cc
void compare_probes(const Pair& pair, Changes& out);
std::string in_words(const SecretReference& secret);  ///< "the variable POSTERN_SMTP_PASSWORD"

// difference_infrastructure.cc: channels, calendars, dependencies, upkeep, incidents, Postern itself
void compare_infrastructure(const Pair& pair, Changes& out);

// difference_telling.cc: who is told, texts, forms, limits; company systems that may ask
Part communication_of(const Process& process, const Communication& communication);
std::vector<Part> parts_of_form(const Process& process);
void say_limits(const Limits& limits, const std::string& name, Part& out);
void compare_services(const Pair& pair, Changes& out);
void compare_templates(const Pair& pair, Changes& out);
Says says_language(Language language);  ///< nothing for English, in which everybody is told by default

// difference_company.cc: organization, federation, accounts; playbooks and copies of metadata
void compare_company(const Pair& pair, Changes& out);
void compare_files(const Pair& pair, Changes& out);

}  // namespace postern::catalog
