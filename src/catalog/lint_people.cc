#include <fmt/format.h>

#include <map>
#include <set>

#include "catalog/lint_parts.h"
#include "catalog/standing.h"

namespace postern::catalog {
namespace {

/// Everybody whose chain of managers comes back to themselves. Linear: nobody is walked over twice.
std::set<PersonId> in_manager_circles(const Catalog& catalog) {
  std::set<PersonId> out;
  std::map<PersonId, const Person*> walked_from;  ///< with whom the walk began that first came by
  for (const auto& [id, start] : catalog.people) {
    const Person* at = &start;
    while (at != nullptr && walked_from.emplace(at->id, &start).second)
      at = at->manager ? catalog.person(*at->manager) : nullptr;
    if (at == nullptr || walked_from.at(at->id) != &start) continue;
    for (const Person* each = at; out.insert(each->id).second;) each = catalog.person(*each->manager);
  }
  return out;
}

void judge_iam_user(const Catalog& catalog, const Person& person, const std::string& path, Findings& found) {
  // The emergency role's trust demands sts:SourceIdentity = ${aws:username}, and Postern sets it to the
  // person's id.
  if (person.iam_user->name != person.id.text())
    found.add(Rule::iam_user_name, path + ".iam_user.name",
              fmt::format("The IAM user of {0} must be named \"{0}\" too: the emergency role's trust policy "
                          "compares it with the source identity.",
                          person.id.text()));
  const std::string& account = catalog.organization.emergency_account.text();
  if (person.iam_user->mfa_serial.find(":iam::" + account + ":") == std::string::npos)
    found.add(
        Rule::mfa_device_elsewhere, path + ".iam_user.mfa_serial",
        fmt::format("The MFA device of {} is not in the emergency account {}.", person.id.text(), account));
}

void judge_person(const Catalog& catalog, const Person& person, Findings& found) {
  const std::string path = "people." + person.id.text();
  if (person.ssh_keys.empty())
    found.add(Rule::no_key, path,
              fmt::format("{} has no key, and can neither log in nor sign.", person.id.text()),
              "Add one under keys.");
  if (person.deputy == person.id)
    found.add(Rule::own_deputy, path + ".deputy",
              fmt::format("{} cannot be their own deputy.", person.id.text()));
  if (!catalog.channels.empty() && channels_of(catalog, person).empty())
    found.add(Rule::unreachable_person, path, fmt::format("No channel reaches {}.", person.id.text()));
  if (person.iam_user) judge_iam_user(catalog, person, path, found);
}

}  // namespace

void judge_people(const Catalog& catalog, Findings& found) {
  for (const PersonId& each : std::set<PersonId>(catalog.owners.people.begin(), catalog.owners.people.end()))
    if (const Person* person = catalog.person(each); person != nullptr && person->ssh_keys.empty())
      found.add(Rule::no_key, "owners.people",
                fmt::format("Owner {} has no key and cannot sign for a catalog.", each.text()), "Add a key.");
  int administrators = 0;
  for (const auto& [id, person] : catalog.people) {
    judge_person(catalog, person, found);
    administrators += person.iam_user ? 1 : 0;
  }
  for (const PersonId& each : in_manager_circles(catalog))
    found.add(Rule::managers_in_circle, "people." + each.text() + ".manager",
              fmt::format("The managers of {} go round in a circle, so an escalation would never end.",
                          each.text()),
              "Break it.");
  if (catalog.emergency_administrators_max && administrators > *catalog.emergency_administrators_max)
    found.add(Rule::too_many_administrators, "emergency_administrators_max",
              fmt::format("{} people have an IAM user in the emergency account, and the limit is {}.",
                          administrators, *catalog.emergency_administrators_max));
}

}  // namespace postern::catalog
