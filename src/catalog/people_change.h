#pragma once

#include <vector>

#include "catalog/catalog.h"

/// Catalogs as they would be after somebody came or went, for comparing and judging before anybody edits a
/// file. Pure.
namespace postern::catalog {

/// Without the person: out of the people, every group, the owners, and as anybody's manager or deputy.
Catalog without(Catalog catalog, const PersonId& person);

/// With the person (replaced, if there is one of that id) and a member of `groups`. Groups that do not exist
/// are made.
Catalog with(Catalog catalog, const Person& person, const std::vector<GroupId>& groups);

}  // namespace postern::catalog
