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
  // In rounds, so that what needs many that fell together is looked at once.
  for (Fallen last = out; !last.empty();) {
    std::set<std::string> touched;
    for (const std::string& name : last)
      if (const auto found = needed_by.find(name); found != needed_by.end())
        touched.insert(found->second.begin(), found->second.end());
    last.clear();
    for (const std::string& each : touched)
      if (!out.contains(each) && !is_met(catalog.dependencies.at(each).needs, out)) last.insert(each);
    out.insert(last.begin(), last.end());
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

namespace {

bool fits(const Channel& channel, const Person& person) {
  return channel.provider.kind != "sms" || !person.phone.empty();
}

}  // namespace

std::vector<std::string> channels_of(const Catalog& catalog, const Person& person) {
  std::vector<std::string> out;
  if (!person.reached_by.empty()) {
    for (const std::string& each : person.reached_by)
      if (const auto found = catalog.channels.find(each);
          found != catalog.channels.end() && fits(found->second, person))
        out.push_back(each);
    return out;
  }
  for (const auto& [name, channel] : catalog.channels)
    if (fits(channel, person)) out.push_back(name);
  return out;
}

Silence silence(const Catalog& catalog, const Fallen& fallen) {
  Silence out;
  for (const auto& [name, channel] : catalog.channels) {
    if (!is_met(channel.needs, fallen))
      out.channels.insert(name);
    else
      (channel.provider.kind == "sms" ? out.of_text_messages : out.of_all) = false;
  }
  return out;
}

bool is_reachable(const Catalog& catalog, const Person& person, const Silence& silence) {
  if (person.reached_by.empty())
    return !silence.of_all || (!silence.of_text_messages && !person.phone.empty());
  return std::any_of(person.reached_by.begin(), person.reached_by.end(), [&](const std::string& each) {
    const auto found = catalog.channels.find(each);
    return found != catalog.channels.end() && fits(found->second, person) && !silence.channels.contains(each);
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
