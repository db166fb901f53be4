#pragma once

#include <set>
#include <vector>

#include "catalog/catalog.h"

/// Whom a tier asks. Pure.
namespace postern::catalog {

/// All circles of a tier, its own first.
std::vector<Circle> circles_of(const Tier& tier);

/// The managers of a person, nearest first, at most `levels`; a chain that comes back to where it was ends
/// there.
std::vector<PersonId> managers_of(const Catalog& catalog, const PersonId& person, int levels);

/// Who may approve in this circle when `requester` asks: never the requester. Only people of the catalog.
std::set<PersonId> people_of(const Catalog& catalog, const Circle& circle, const PersonId& requester);

/// Everybody of the tier's groups and people, whoever asks; managers are not among them.
std::set<PersonId> named_in(const Catalog& catalog, const Tier& tier);

/// Whether each circle can have its approvals from different people: `eligible[i]` are those of circle i.
/// Nobody counts twice.
bool can_be_met(const std::vector<Circle>& circles, const std::vector<std::set<PersonId>>& eligible);

}  // namespace postern::catalog
