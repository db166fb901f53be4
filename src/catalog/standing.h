#pragma once

#include <set>
#include <string>

#include "catalog/catalog.h"

/// What still works when something does not. Pure.
namespace postern::catalog {

using Fallen = std::set<std::string, std::less<>>;

/// The dependencies that do not work when those of `gone` do not: these, and all whose needs are then unmet.
/// Dependencies that need themselves count as working unless something else takes them away.
Fallen fallen(const Catalog& catalog, const std::vector<std::string>& gone);

bool is_met(const Needs& needs, const Fallen& fallen);
/// No needs are always met.
bool is_met(const std::optional<Needs>& needs, const Fallen& fallen);

/// The channels by which a person is told: those of reached_by, or all; a text message needs a phone number.
std::vector<std::string> channels_of(const Catalog& catalog, const Person& person);

/// The channels that do not work then.
struct Silence {
  Fallen channels;
  bool of_all = true;            ///< but for text messages
  bool of_text_messages = true;  ///< which need a phone number
};
Silence silence(const Catalog& catalog, const Fallen& fallen);

/// True when some channel by which the person is told is not silent.
bool is_reachable(const Catalog& catalog, const Person& person, const Silence& silence);

/// Every member of the groups, once.
std::set<PersonId> people_of(const Catalog& catalog, const std::vector<GroupId>& groups);

}  // namespace postern::catalog
