#include "catalog/standing.h"

#include <algorithm>
#include <map>

namespace postern::catalog {
namespace {

using NeededBy = std::map<std::string, std::vector<std::string>>;

void note(const Needs& needs, const std::string& by, NeededBy& out) {
  if (!needs.dependency.empty()) out[needs.dependency].push_back(by);
  for (const Needs& each : needs.of) note(each, by, out);
}

}  // namespace

Fallen fallen(const Catalog& catalog, const std::vector<std::string>& gone) {
  NeededBy needed_by;
  for (const auto& [name, dependency] : catalog.dependencies)
    if (dependency.needs) note(*dependency.needs, name, needed_by);
  Fallen out(gone.begin(), gone.end());
  std::vector<std::string> to_tell(gone);
  while (!to_tell.empty()) {
    const std::string name = std::move(to_tell.back());
    to_tell.pop_back();
    for (const std::string& each : needed_by[name])
      if (!out.contains(each) && !is_met(catalog.dependencies.at(each).needs, out)) {
        out.insert(each);
        to_tell.push_back(each);
      }
  }
  return out;
}

bool is_met(const Needs& needs, const Fallen& fallen) {
  if (!needs.dependency.empty()) return !fallen.contains(needs.dependency);
  return std::count_if(needs.of.begin(), needs.of.end(),
                       [&](const Needs& each) { return is_met(each, fallen); }) >= needs.at_least;
}

bool is_met(const std::optional<Needs>& needs, const Fallen& fallen) {
  return !needs || is_met(*needs, fallen);
}

std::vector<std::string> channels_of(const Catalog& catalog, const Person& person) {
  std::vector<std::string> out;
  const auto fits = [&](const Channel& channel) {
    return channel.provider.kind != "sms" || !person.phone.empty();
  };
  for (const auto& [name, channel] : catalog.channels) {
    const bool is_chosen =
        person.reached_by.empty() ||
        std::find(person.reached_by.begin(), person.reached_by.end(), name) != person.reached_by.end();
    if (is_chosen && fits(channel)) out.push_back(name);
  }
  return out;
}

bool is_reachable(const Catalog& catalog, const Person& person, const Fallen& fallen) {
  const std::vector<std::string> channels = channels_of(catalog, person);
  return std::any_of(channels.begin(), channels.end(), [&](const std::string& each) {
    return is_met(catalog.channels.at(each).needs, fallen);
  });
}

std::set<PersonId> people_of(const Catalog& catalog, const std::vector<GroupId>& groups) {
  std::set<PersonId> out;
  for (const GroupId& each : groups)
    if (const auto found = catalog.groups.find(each); found != catalog.groups.end())
      out.insert(found->second.begin(), found->second.end());
  return out;
}

}  // namespace postern::catalog
