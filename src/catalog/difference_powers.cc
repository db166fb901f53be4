#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <variant>

#include "catalog/approvers.h"
#include "catalog/difference_parts.h"
#include "catalog/standing.h"

namespace postern::catalog {
namespace {

/// Something that the members of a group, or one person, may do, by the field that says so.
struct Deed {
  std::string where;
  std::string words;  ///< "approve operate (tier 1)"
  std::variant<GroupId, PersonId> by;
  bool is_approval = false;  ///< then their deputies may, too
  friend auto operator<=>(const Deed&, const Deed&) = default;
};
using Deeds = std::vector<Deed>;

void add_attesting(const Condition& condition, const std::string& where, const std::string& what,
                   Deeds& out) {
  if (const auto* attested = std::get_if<Attested>(&condition.is))
    out.push_back({where, "attest " + what, attested->by});
  if (const auto* tree = std::get_if<AtLeast>(&condition.is))
    for (const Condition& each : tree->of) add_attesting(each, where, what, out);
}

void add_all(const std::vector<GroupId>& groups, const std::string& where, const std::string& words,
             Deeds& out) {
  for (const GroupId& each : groups) out.push_back({where, words, each});
}

/// Managers are others for each requester: Standing tells of them.
void add_approving(const Process& process, std::size_t tier, Deeds& out) {
  const std::string words = fmt::format("approve {} (tier {})", process.id.text(), tier + 1);
  const std::string path = fmt::format("processes.{}.approval.tiers[{}].", process.id.text(), tier);
  bool is_own = true;
  for (const Circle& circle : circles_of(process.tiers[tier])) {
    for (const GroupId& each : circle.from)
      out.push_back({path + (is_own ? "from" : "and"), words, each, true});
    for (const PersonId& each : circle.people)
      out.push_back({path + (is_own ? "people" : "and"), words, each, true});
    is_own = false;
  }
}

void add_deeds(const Process& process, Deeds& out) {
  const std::string& id = process.id.text();
  const std::string where = "processes." + id;
  add_all(process.who_may_request, where + ".who_may_request", "request " + id, out);
  for (std::size_t i = 0; i < process.tiers.size(); ++i) add_approving(process, i, out);
  if (process.override_rule)
    add_all(process.override_rule->by, where + ".override.by", "override " + id, out);
  for (const Condition& each : process.return_to_normal)
    add_attesting(each, where + ".return_to_normal", "the return to normal of " + id, out);
}

/// Every deed once, in the order in which an emergency goes.
Deeds deeds_in(const Catalog& catalog) {
  Deeds all;
  for (const auto& [id, mode] : catalog.modes) {
    add_attesting(mode.confirm, "failure_modes." + id.text() + ".confirm", id.text(), all);
    add_all(mode.declared_by, "failure_modes." + id.text() + ".declared_by", "declare " + id.text(), all);
  }
  for (const auto& [id, process] : catalog.processes) add_deeds(process, all);
  for (const auto& [name, upkeep] : catalog.upkeep)
    all.push_back({"upkeep." + name + ".by", "attest the upkeep " + name, upkeep.by});
  Deeds out;
  std::set<Deed> seen;
  for (Deed& each : all)
    if (seen.insert(each).second) out.push_back(std::move(each));
  return out;
}

bool is_for(const Deed& deed, const PersonId& person, const std::set<GroupId>& groups) {
  if (const auto* group = std::get_if<GroupId>(&deed.by)) return groups.contains(*group);
  return std::get<PersonId>(deed.by) == person;
}

/// So many levels of managers does some tier of the process ask.
int levels_asked(const Process& process) {
  int out = 0;
  for (const Tier& tier : process.tiers)
    for (const Circle& each : circles_of(tier)) out = std::max(out, each.managers);
  return out;
}

/// What each person is and may do by one catalog.
class Standing {
 public:
  Standing(const Pair& pair, const Catalog& catalog)
      : pair_(pair), catalog_(catalog), deeds_(deeds_in(catalog)) {
    for (const auto& [group, members] : catalog.groups)
      for (const PersonId& each : members) groups_[each].insert(group);
    for (const auto& [id, person] : catalog.people)
      if (person.deputy) stands_in_for_[*person.deputy].push_back(id);
    for (const auto& [id, process] : catalog.processes) add_managers(process);
  }
  [[nodiscard]] bool is_there(const PersonId& person) const { return catalog_.person(person) != nullptr; }
  [[nodiscard]] bool is_owner(const PersonId& person) const {
    const auto& owners = catalog_.owners.people;
    return std::find(owners.begin(), owners.end(), person) != owners.end();
  }
  [[nodiscard]] std::set<GroupId> groups_of(const PersonId& person) const {
    const auto found = groups_.find(person);
    return found == groups_.end() ? std::set<GroupId>{} : found->second;
  }

  /// What the person may do without being anybody's deputy.
  [[nodiscard]] Says own_powers(const PersonId& person) const {
    if (!is_there(person)) return {};
    Says out{"log in and read"};
    if (is_owner(person)) out.push_back("sign catalogs");
    const std::set<GroupId> groups = groups_of(person);
    std::set<std::string> known;
    for (const Deed& each : deeds_)
      if (is_for(each, person, groups) && known.insert(each.words).second) out.push_back(each.words);
    return out;
  }
  /// What the person may do for others and not in their own right.
  [[nodiscard]] Says powers_as_deputy(const PersonId& person) const {
    const auto found = stands_in_for_.find(person);
    if (found == stands_in_for_.end() || !is_there(person)) return {};
    const Says own_list = own_powers(person);
    const std::set<std::string> own(own_list.begin(), own_list.end());
    const bool is_crowd = found->second.size() > principals_named_max;
    Says out;
    std::set<std::string> known;
    for (const PersonId& principal : found->second) {
      const std::set<GroupId> groups = groups_of(principal);
      for (const Deed& each : deeds_) {
        if (!each.is_approval || !is_for(each, principal, groups) || own.contains(each.words)) continue;
        std::string words = each.words + " in place of ";
        words +=
            is_crowd ? "one of " + std::to_string(found->second.size()) + " people" : pair_.person(principal);
        if (known.insert(words).second) out.push_back(std::move(words));
      }
    }
    return out;
  }

  /// What the person may approve since others have them as a manager.
  [[nodiscard]] Says powers_as_manager(const PersonId& person) const {
    Says out;
    const auto found = manages_.find(person);
    if (found == manages_.end() || !is_there(person)) return out;
    for (const auto& [process, requesters] : found->second) {
      if (requesters.size() > principals_named_max)
        out.push_back(fmt::format("approve {} as a manager of {} people", process.text(), requesters.size()));
      else
        for (const PersonId& each : requesters)
          out.push_back(fmt::format("approve {} as a manager of {}", process.text(), pair_.person(each)));
    }
    return out;
  }

 private:
  void add_managers(const Process& process) {
    const int levels = levels_asked(process);
    if (levels == 0) return;
    for (const PersonId& requester : people_of(catalog_, process.who_may_request))
      for (const PersonId& each : managers_of(catalog_, requester, levels))
        manages_[each][process.id].insert(requester);
  }

  /// Whoever stands in for more people than that does not get a sentence for each.
  static constexpr std::size_t principals_named_max = 20;

  const Pair& pair_;
  const Catalog& catalog_;
  Deeds deeds_;
  std::map<PersonId, std::set<GroupId>> groups_;
  std::map<PersonId, std::vector<PersonId>> stands_in_for_;
  std::map<PersonId, std::map<ProcessId, std::set<PersonId>>> manages_;
};

/// How a person's place changes: "leaves leads", with the paths where that is written.
struct Moves {
  Says clauses;
  Says where;
  bool by_group_or_owner = false;

  void groups(const std::string& verb, const std::set<GroupId>& of, const std::set<GroupId>& but_not) {
    Says names;
    for (const GroupId& each : of)
      if (!but_not.contains(each)) names.push_back(each.text());
    if (names.empty()) return;
    clauses.push_back(verb + " " + joined(names));
    for (const std::string& each : names) where.push_back("groups." + each);
    by_group_or_owner = true;
  }
};

Moves moves_of(const PersonId& person, const Standing& before, const Standing& after) {
  Moves out;
  if (before.is_there(person) != after.is_there(person)) {
    out.clauses.emplace_back(after.is_there(person) ? "joins the catalog" : "leaves the catalog");
    out.where.push_back("people." + person.text());
  }
  out.groups("leaves", before.groups_of(person), after.groups_of(person));
  out.groups("joins", after.groups_of(person), before.groups_of(person));
  if (before.is_owner(person) == after.is_owner(person)) return out;
  out.clauses.emplace_back(after.is_owner(person) ? "becomes an owner" : "is no longer an owner");
  out.where.emplace_back("owners.people");
  out.by_group_or_owner = true;
  return out;
}

/// "may now request operate, but may no longer declare idp-down"; "" when nothing changes.
std::string powers_in_words(const Says& before, const Says& after) {
  const std::string gained = joined(surplus(after, before));
  const std::string lost = joined(surplus(before, after));
  if (gained.empty()) return lost.empty() ? "" : "may no longer " + lost;
  return "may now " + gained + (lost.empty() ? "" : ", but may no longer " + lost);
}

void compare_person(const Pair& pair, const PersonId& person, const Standing& before, const Standing& after,
                    Changes& out) {
  Moves moves = moves_of(person, before, after);
  const auto powers_for_others = [&](const Standing& standing) {
    Says powers = standing.powers_as_deputy(person);
    for (std::string& each : standing.powers_as_manager(person)) powers.push_back(std::move(each));
    return powers;
  };
  Says was = powers_for_others(before);
  Says is = powers_for_others(after);
  // What changes for a group as a whole is told by compare_deeds(); a deputy need not be in any.
  if (moves.clauses.empty() && was == is) return;
  if (moves.where.empty()) moves.where.push_back("people." + person.text());
  const Says own_before = before.own_powers(person);
  const Says own_after = after.own_powers(person);
  was.insert(was.begin(), own_before.begin(), own_before.end());
  is.insert(is.begin(), own_after.begin(), own_after.end());
  const std::string powers = powers_in_words(was, is);
  std::string what = pair.person(person) + (moves.clauses.empty() ? "" : " ") + joined(moves.clauses);
  if (powers.empty())
    what += ", which changes nothing of what they may do.";
  else
    what += (moves.clauses.empty() ? " " : " and ") + powers + ".";
  out.add(Weight::power, joined(moves.where), std::move(what),
          moves.by_group_or_owner ? Told::everybody : Told::owners);
}

void add_people(const Catalog& catalog, std::set<PersonId>& out) {
  for (const auto& [id, person] : catalog.people) {
    out.insert(id);
    if (person.deputy) out.insert(*person.deputy);
  }
  for (const auto& [group, members] : catalog.groups) out.insert(members.begin(), members.end());
  out.insert(catalog.owners.people.begin(), catalog.owners.people.end());
}

struct Rules {
  const Catalog& catalog;
  Deeds deeds;
};

/// Tells the deeds of one catalog that the other does not have, with the people whom they are for.
void tell_deeds(const Pair& pair, const Rules& of, const Rules& but_not, std::string_view verb,
                Changes& out) {
  const std::set<Deed> known(but_not.deeds.begin(), but_not.deeds.end());
  for (const Deed& each : of.deeds) {
    if (known.contains(each)) continue;
    if (const auto* person = std::get_if<PersonId>(&each.by)) {
      out.add(Weight::power, each.where, fmt::format("{} {} {}.", pair.person(*person), verb, each.words));
      continue;
    }
    const GroupId& group = std::get<GroupId>(each.by);
    const std::set<PersonId> people = people_of(of.catalog, {group});
    out.add(Weight::power, each.where,
            fmt::format("Group {} {} {}: {}.", group.text(), verb, each.words,
                        people.empty() ? "nobody" : pair.people(people)));
  }
}

Says reached_by(const Pair& pair, const Catalog& catalog, const Process* process) {
  Says out;
  if (process == nullptr) return out;
  for (const Account& each : catalog.accounts)
    if (covers(*process, each)) out.push_back(pair.account(each.id));
  return out;
}

}  // namespace

void compare_standing(const Pair& pair, Changes& out) {
  const Standing before(pair, pair.before);
  const Standing after(pair, pair.after);
  std::set<PersonId> people;
  add_people(pair.before, people);
  add_people(pair.after, people);
  for (const PersonId& each : people) compare_person(pair, each, before, after, out);
}

void compare_deeds(const Pair& pair, Changes& out) {
  const Rules before{pair.before, deeds_in(pair.before)};
  const Rules after{pair.after, deeds_in(pair.after)};
  tell_deeds(pair, after, before, "may now", out);
  tell_deeds(pair, before, after, "may no longer", out);
}

void compare_reach(const Pair& pair, Changes& out) {
  const auto tell = [&](const ProcessId& process, std::string_view verb, const Says& accounts) {
    if (!accounts.empty())
      out.add(Weight::power, "processes." + process.text() + ".access.targets",
              fmt::format("{} {} {} {}.", process.text(), verb, accounts.size() == 1 ? "account" : "accounts",
                          joined(accounts)));
  };
  walk_both(pair.before.processes, pair.after.processes,
            [&](const ProcessId& id, const Process* was, const Process* is) {
              const Says before = reached_by(pair, pair.before, was);
              const Says after = reached_by(pair, pair.after, is);
              tell(id, "now reaches", surplus(after, before));
              tell(id, "no longer reaches", surplus(before, after));
            });
}

Says ways_of_iam_user(const Catalog& catalog, const PersonId& person) {
  Says out;
  for (const auto& [id, process] : catalog.processes)
    if (process.access.mechanism == Mechanism::iam_user &&
        catalog.is_member_of_any(process.who_may_request, person))
      out.push_back(id.text());
  return out;
}

}  // namespace postern::catalog
