#include "catalog/undefined_names.h"

#include <utility>

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
  void condition(const std::string& where, const Condition& condition) {
    for (const ProbeId& each : probes_in(condition)) probe(where, each);
    attesting_groups(where, condition);
  }
  std::vector<Finding> take() { return std::move(found_); }

 private:
  void attesting_groups(const std::string& where, const Condition& condition) {
    if (const auto* attested = std::get_if<Attested>(&condition.is)) groups(where, {attested->by});
    if (const auto* tree = std::get_if<AtLeast>(&condition.is))
      for (const Condition& each : tree->of) attesting_groups(where, each);
  }
  void add(const std::string& where, const std::string& kind, const std::string& name) {
    found_.push_back({Severity::error, where,
                      "There is no " + kind + " \"" + name + "\". Define it, or correct the name."});
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
  for (std::size_t i = 0; i < process.tiers.size(); ++i)
    search.groups(path + ".approval.tiers[" + std::to_string(i) + "]", process.tiers[i].from);
}

}  // namespace

std::vector<Finding> undefined_names(const Catalog& catalog) {
  Search search(catalog);
  search.people("owners.people", catalog.owners.people);
  for (const auto& [id, person] : catalog.people) {
    if (person.manager) search.people("people." + id.text() + ".manager", {*person.manager});
    if (person.deputy) search.people("people." + id.text() + ".deputy", {*person.deputy});
  }
  for (const auto& [id, members] : catalog.groups) search.people("groups." + id.text(), members);
  for (const auto& [id, mode] : catalog.modes) {
    const std::string path = "failure_modes." + id.text();
    search.condition(path + ".confirm", mode.confirm);
    search.groups(path + ".declared_by", mode.declared_by);
    search.process(path + ".process", mode.process);
  }
  for (const auto& [id, process] : catalog.processes) search_process(search, process);
  return search.take();
}

}  // namespace postern::catalog
