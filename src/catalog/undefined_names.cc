#include "catalog/undefined_names.h"

#include <utility>

#include "catalog/approvers.h"

namespace postern::catalog {
namespace {

class Search {
 public:
  explicit Search(const Catalog& catalog) : catalog_(catalog) {}

  void people(const std::string& where, const std::vector<PersonId>& names) {
    for (const PersonId& each : names)
      if (catalog_.person(each) == nullptr) add(where, "person", each.text());
  }
  void groups(const std::string& where, const std::vector<GroupId>& names) {
    for (const GroupId& each : names)
      if (!catalog_.groups.contains(each)) add(where, "group", each.text());
  }
  void probe(const std::string& where, const ProbeId& name) {
    if (!catalog_.probes.contains(name)) add(where, "probe", name.text());
  }
  void process(const std::string& where, const ProcessId& name) {
    if (catalog_.process(name) == nullptr) add(where, "process", name.text());
  }
  void account(const std::string& where, const AccountId& name) {
    if (catalog_.account(name) == nullptr) add(where, "account", name.text());
  }
  void channels(const std::string& where, const std::vector<std::string>& names) {
    for (const std::string& each : names)
      if (!catalog_.channels.contains(each)) add(where, "channel", each);
  }
  void calendar(const std::string& where, const std::optional<std::string>& name) {
    if (name && !catalog_.calendars.contains(*name)) add(where, "calendar", *name);
  }
  void needs(const std::string& where, const std::optional<Needs>& needs) {
    if (needs) needed(where, *needs);
  }
  void dependency(const std::string& where, const std::string& name) {
    if (!catalog_.dependencies.contains(name)) add(where, "dependency", name);
  }
  void condition(const std::string& where, const Condition& condition) {
    for (const ProbeId& each : probes_in(condition)) probe(where, each);
    attesting_groups(where, condition);
  }
  std::vector<Finding> take() { return std::move(found_); }

 private:
  void needed(const std::string& where, const Needs& needs) {
    if (!needs.dependency.empty()) dependency(where, needs.dependency);
    for (const Needs& each : needs.of) needed(where, each);
  }
  void attesting_groups(const std::string& where, const Condition& condition) {
    if (const auto* attested = std::get_if<Attested>(&condition.is)) groups(where, {attested->by});
    if (const auto* tree = std::get_if<AtLeast>(&condition.is))
      for (const Condition& each : tree->of) attesting_groups(where, each);
  }
  void add(const std::string& where, const std::string& kind, const std::string& name) {
    found_.push_back({Rule::unknown_name, where, "There is no " + kind + " \"" + name + "\".",
                      "Define it, or correct the name."});
  }

  const Catalog& catalog_;
  std::vector<Finding> found_;
};

void search_process(Search& search, const Process& process) {
  const std::string path = "processes." + process.id.text();
  for (const ProcessId& each : process.alternatives) search.process(path + ".alternatives", each);
  for (const Assumption& each : process.assumptions)
    if (each.probe) search.probe(path + ".assumptions", *each.probe);
  search.groups(path + ".who_may_request", process.who_may_request);
  for (const AccountId& each : process.access.target_accounts) search.account(path + ".access.targets", each);
  search.needs(path + ".access.needs", process.access.needs);
  for (std::size_t i = 0; i < process.tiers.size(); ++i) {
    const std::string tier = path + ".approval.tiers[" + std::to_string(i) + "]";
    for (const Circle& each : circles_of(process.tiers[i])) {
      search.groups(tier, each.from);
      search.people(tier, each.people);
    }
    search.calendar(tier, process.tiers[i].calendar);
  }
  if (process.override_rule) search.groups(path + ".override.by", process.override_rule->by);
  for (const Condition& each : process.return_to_normal) search.condition(path + ".return_to_normal", each);
  if (!process.communication) return;
  for (const auto& [moment, telling] : process.communication->on) {
    search.groups(path + ".communication", telling.to);
    search.channels(path + ".communication", telling.channels);
  }
  if (const std::string& page = process.communication->status_page; !page.empty())
    search.channels(path + ".communication.status_page", {page});
}

void search_service(Search& search, const std::string& name, const Service& service) {
  const std::string path = "services." + name;
  for (const ProcessId& each : service.processes) search.process(path + ".processes", each);
  search.groups(path + ".may_ask_for", service.may_ask_for);
  if (!service.channel.empty()) search.channels(path + ".channel", {service.channel});
}

void search_probe(Search& search, const Probe& probe) {
  const std::string path = "probes." + probe.id.text();
  if (const auto* manual = std::get_if<ManualProbe>(&probe.check))
    search.groups(path + ".manual.by", {manual->by});
  if (const auto* certificate = std::get_if<CertificateProbe>(&probe.check))
    search.probe(path + ".saml_certificate.of", certificate->of);
  if (const auto* login = std::get_if<SamlLoginProbe>(&probe.check))
    search.probe(path + ".saml_login.of", login->of);
}

void search_infrastructure(Search& search, const Catalog& catalog) {
  for (const auto& [name, dependency] : catalog.dependencies)
    search.needs("dependencies." + name + ".needs", dependency.needs);
  for (const auto& [name, channel] : catalog.channels)
    search.needs("channels." + name + ".needs", channel.needs);
  search.needs("postern.needs", catalog.postern_needs);
  if (catalog.playbook_store) search.needs("playbook_store.needs", catalog.playbook_store->needs);
  for (const auto& [name, upkeep] : catalog.upkeep) search.groups("upkeep." + name + ".by", {upkeep.by});
}

}  // namespace

std::vector<Finding> undefined_names(const Catalog& catalog) {
  Search search(catalog);
  search.people("owners.people", catalog.owners.people);
  for (const auto& [id, person] : catalog.people) {
    if (person.manager) search.people("people." + id.text() + ".manager", {*person.manager});
    if (person.deputy) search.people("people." + id.text() + ".deputy", {*person.deputy});
    search.channels("people." + id.text() + ".reached_by", person.reached_by);
  }
  for (const auto& [id, members] : catalog.groups) search.people("groups." + id.text(), members);
  for (const auto& [id, mode] : catalog.modes) {
    const std::string path = "failure_modes." + id.text();
    search.condition(path + ".confirm", mode.confirm);
    search.groups(path + ".declared_by", mode.declared_by);
    search.process(path + ".process", mode.process);
    for (const std::string& each : mode.takes_away) search.dependency(path + ".takes_away", each);
  }
  for (const auto& [id, probe] : catalog.probes) search_probe(search, probe);
  search_infrastructure(search, catalog);
  for (const auto& [id, process] : catalog.processes) search_process(search, process);
  for (const auto& [name, service] : catalog.services) search_service(search, name, service);
  return search.take();
}

}  // namespace postern::catalog
