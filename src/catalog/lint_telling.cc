// Who is told, by which channels and texts; which company systems may ask.
#include <fmt/format.h>

#include <algorithm>

#include "catalog/lint_parts.h"
#include "catalog/moment.h"
#include "catalog/standing.h"

namespace postern::catalog {
namespace {

std::string_view name_of(Language language) {
  return language == Language::japanese ? "Japanese" : "English";
}

/// What the company and its people are told in.
std::set<Language> languages_in_use(const Catalog& catalog) {
  std::set<Language> out{catalog.organization.language};
  for (const auto& [id, person] : catalog.people) out.insert(person.language);
  return out;
}

/// A text for people outside, by the name that `path` gives it.
void judge_text(const Catalog& catalog, const std::string& name, const std::set<Language>& languages,
                const std::string& path, Findings& found) {
  if (name.empty()) return;
  const auto text = catalog.templates.find(name);
  if (text == catalog.templates.end())
    return found.add(Rule::text_missing, path, fmt::format("There is no text \"{}\" under templates.", name));
  for (const Language each : languages) {
    const auto& [english, japanese] = text->second;
    if (!(each == Language::japanese ? japanese : english))
      found.add(Rule::text_language_missing, path,
                fmt::format("The text {} is not there in {}.", name, name_of(each)));
  }
}

/// A channel by which another system hears of what happens.
void judge_hook(const Catalog& catalog, const std::string& name, const std::string& path, Findings& found) {
  const auto channel = catalog.channels.find(name);
  if (channel == catalog.channels.end()) return;  // none is named, or it is found as an unknown name
  const Provider& provider = channel->second.provider;
  if (provider.kind != "webhook")
    found.add(Rule::no_webhook, path,
              fmt::format("The channel {} is of the kind {}, and only a webhook serves here.", name,
                          provider.kind));
  else if (!provider.settings.contains("secret"))
    found.add(Rule::unsigned_webhook, path,
              fmt::format("The webhook {} has no secret, so that nobody there can tell our messages from "
                          "somebody else's.",
                          name));
}

/// Where nobody is named, a channel must reach a place.
void judge_telling(const Catalog& catalog, const Telling& telling, const std::string& path, Findings& found) {
  const bool names_somebody = !people_of(catalog, telling.to).empty();
  const auto reaches_nobody = [&](const std::string& name) {
    const auto channel = catalog.channels.find(name);
    return channel != catalog.channels.end() && reaches_a_person(channel->second);
  };
  const auto silent = std::find_if(telling.channels.begin(), telling.channels.end(), reaches_nobody);
  if (!names_somebody && silent != telling.channels.end())
    found.add(
        Rule::tells_nobody, path,
        fmt::format("The channel {} reaches people one by one, and nobody is named under `to`.", *silent));
}

void judge_communication(const Catalog& catalog, const Process& process, const std::set<Language>& languages,
                         Findings& found) {
  if (!process.communication) return;
  const std::string path = "processes." + process.id.text() + ".communication";
  const Communication& plan = *process.communication;
  for (const auto& [moment, telling] : plan.on)
    judge_telling(catalog, telling, fmt::format("{}.{}", path, key_of(moment)), found);
  judge_text(catalog, plan.customer_template, languages, path + ".customers", found);
  judge_text(catalog, plan.partner_template, languages, path + ".partners", found);
  judge_hook(catalog, plan.status_page, path + ".status_page", found);
}

void judge_service(const Catalog& catalog, const std::string& name, const Service& service, Findings& found) {
  const std::string path = "services." + name;
  judge_hook(catalog, service.channel, path + ".channel", found);
  const std::set<PersonId> people = people_of(catalog, service.may_ask_for);
  for (const ProcessId& each : service.processes) {
    const Process* process = catalog.process(each);
    if (process == nullptr) continue;  // found as an unknown name
    const std::set<PersonId> requesters = people_of(catalog, process->who_may_request);
    if (std::none_of(people.begin(), people.end(),
                     [&](const PersonId& id) { return requesters.contains(id); }))
      found.add(Rule::service_asks_for_nobody, path + ".may_ask_for",
                fmt::format("Nobody for whom {} may ask may request {}.", name, each.text()));
  }
}

}  // namespace

void judge_telling_of_all(const Catalog& catalog, Findings& found) {
  const std::set<Language> languages = languages_in_use(catalog);
  for (const auto& [id, process] : catalog.processes) judge_communication(catalog, process, languages, found);
  for (const auto& [name, service] : catalog.services) judge_service(catalog, name, service, found);
}

}  // namespace postern::catalog
