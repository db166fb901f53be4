#include "catalog/people_change.h"

#include <algorithm>

namespace postern::catalog {

Catalog without(Catalog catalog, const PersonId& person) {
  catalog.people.erase(person);
  for (auto& [id, members] : catalog.groups) std::erase(members, person);
  std::erase(catalog.owners.people, person);
  for (auto& [id, other] : catalog.people) {
    if (other.manager == person) other.manager.reset();
    if (other.deputy == person) other.deputy.reset();
  }
  return catalog;
}

Catalog with(Catalog catalog, const Person& person, const std::vector<GroupId>& groups) {
  catalog.people.insert_or_assign(person.id, person);
  for (const GroupId& each : groups) {
    std::vector<PersonId>& members = catalog.groups[each];
    if (std::find(members.begin(), members.end(), person.id) == members.end()) members.push_back(person.id);
  }
  return catalog;
}

}  // namespace postern::catalog
