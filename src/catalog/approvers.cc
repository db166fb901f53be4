#include "catalog/approvers.h"

#include <algorithm>
#include <map>

#include "catalog/standing.h"

namespace postern::catalog {
namespace {

/// Seats are what circles need, one for each approval; people are given seats one after the other, moving
/// others where that helps (Kuhn's algorithm for bipartite matching).
class Seating {
 public:
  explicit Seating(const std::vector<std::set<PersonId>>& eligible) : eligible_(eligible) {}

  /// A person for one more seat of the circle.
  bool fill(std::size_t circle) {
    tried_.clear();
    return find_for(circle);
  }

 private:
  bool find_for(std::size_t circle) {
    for (const PersonId& each : eligible_[circle]) {
      if (!tried_.insert(each).second) continue;
      const auto sits = sits_in_.find(each);
      if (sits != sits_in_.end() && !find_for(sits->second)) continue;
      sits_in_.insert_or_assign(each, circle);
      return true;
    }
    return false;
  }

  const std::vector<std::set<PersonId>>& eligible_;
  std::map<PersonId, std::size_t> sits_in_;
  std::set<PersonId> tried_;
};

}  // namespace

std::vector<Circle> circles_of(const Tier& tier) {
  std::vector<Circle> out;
  out.push_back({.from = tier.from, .people = tier.people, .managers = tier.managers, .count = tier.count});
  out.insert(out.end(), tier.besides.begin(), tier.besides.end());
  return out;
}

std::vector<PersonId> managers_of(const Catalog& catalog, const PersonId& person, int levels) {
  std::vector<PersonId> out;
  std::set<PersonId> seen{person};
  const Person* each = catalog.person(person);
  for (int level = 0; level < levels && each != nullptr && each->manager; ++level) {
    if (!seen.insert(*each->manager).second) break;
    each = catalog.person(*each->manager);
    if (each != nullptr) out.push_back(each->id);
  }
  return out;
}

std::set<PersonId> people_of(const Catalog& catalog, const Circle& circle, const PersonId& requester) {
  std::set<PersonId> out = people_of(catalog, circle.from);
  out.insert(circle.people.begin(), circle.people.end());
  for (PersonId& each : managers_of(catalog, requester, circle.managers)) out.insert(std::move(each));
  out.erase(requester);
  std::erase_if(out, [&](const PersonId& each) { return catalog.person(each) == nullptr; });
  return out;
}

std::set<PersonId> named_in(const Catalog& catalog, const Tier& tier) {
  std::set<PersonId> out;
  for (const Circle& each : circles_of(tier)) {
    out.merge(people_of(catalog, each.from));
    out.insert(each.people.begin(), each.people.end());
  }
  return out;
}

bool can_be_met(const std::vector<Circle>& circles, const std::vector<std::set<PersonId>>& eligible) {
  Seating seating(eligible);
  for (std::size_t i = 0; i < circles.size(); ++i)
    for (int seat = 0; seat < circles[i].count; ++seat)
      if (!seating.fill(i)) return false;
  return true;
}

}  // namespace postern::catalog
