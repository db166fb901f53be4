#include "catalog/catalog.h"

#include <algorithm>

namespace postern::catalog {
namespace {

template <class Map, class Key>
auto find_in(const Map& map, const Key& key) -> const typename Map::mapped_type* {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

void collect(const Condition& condition, std::set<ProbeId>& out) {
  if (const auto* down = std::get_if<ProbeDown>(&condition.is)) out.insert(down->probe);
  if (const auto* up = std::get_if<ProbeUp>(&condition.is)) out.insert(up->probe);
  if (const auto* tree = std::get_if<AtLeast>(&condition.is))
    for (const Condition& each : tree->of) collect(each, out);
}

}  // namespace

const Person* Catalog::person(const PersonId& id) const { return find_in(people, id); }
const FailureMode* Catalog::mode(const ModeId& id) const { return find_in(modes, id); }
const Process* Catalog::process(const ProcessId& id) const { return find_in(processes, id); }

const Account* Catalog::account(const AccountId& id) const {
  const auto found =
      std::find_if(accounts.begin(), accounts.end(), [&](const Account& each) { return each.id == id; });
  return found == accounts.end() ? nullptr : &*found;
}

bool Catalog::is_member(const GroupId& group, const PersonId& person) const {
  const auto* members = find_in(groups, group);
  return members != nullptr && std::find(members->begin(), members->end(), person) != members->end();
}

bool Catalog::is_member_of_any(const std::vector<GroupId>& any_of, const PersonId& person) const {
  return std::any_of(any_of.begin(), any_of.end(),
                     [&](const GroupId& group) { return is_member(group, person); });
}

bool covers(const Process& process, const Account& account) {
  if (process.access.target_accounts.contains(account.id)) return true;
  return std::any_of(account.tags.begin(), account.tags.end(),
                     [&](const std::string& tag) { return process.access.target_tags.contains(tag); });
}

bool handles(const Catalog& catalog, const FailureMode& mode, const ProcessId& process) {
  if (mode.process == process) return true;
  const Process* own = catalog.process(mode.process);
  return own != nullptr &&
         std::find(own->alternatives.begin(), own->alternatives.end(), process) != own->alternatives.end();
}

std::set<ProbeId> probes_in(const Condition& condition) {
  std::set<ProbeId> out;
  collect(condition, out);
  return out;
}

std::string_view name_of(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::iam_user:
      return "iam-user";
    case Mechanism::standby_saml:
      return "standby-saml";
    case Mechanism::root_vault:
      return "root-vault";
    case Mechanism::idp_direct_saml:
      return "idp-direct-saml";
  }
  return "";
}

bool is_detected(Mechanism mechanism) {
  return mechanism == Mechanism::iam_user || mechanism == Mechanism::idp_direct_saml;
}

}  // namespace postern::catalog
