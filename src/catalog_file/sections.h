#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "catalog_file/yaml_reader.h"

/// One reader for each section of the file. Each notes its faults in the value's scope and gives what it
/// could read.
namespace postern::catalog_file {

// read_people.cc
catalog::Owners read_owners(const Value& value);
std::map<PersonId, catalog::Person> read_people(const Value& value);
std::map<GroupId, std::vector<PersonId>> read_groups(const Value& value);

// read_telling.cc
catalog::Language read_language(const Value& value);
std::optional<catalog::Communication> read_communication(const Value& value);
std::vector<catalog::FormField> read_form(const Value& value);
catalog::Limits read_limits(const Value& value);
std::map<std::string, catalog::Template> read_templates(const Value& value);
std::map<std::string, catalog::Service> read_services(const Value& value);

// read_infrastructure.cc
std::optional<catalog::Organization> read_organization(const Value& value);
catalog::Federation read_federation(const Value& value);
/// `federation` adds the accounts that FM2 repairs, so that a process can cover them.
std::vector<catalog::Account> read_accounts(const Value& accounts, const catalog::Federation& federation);
std::map<std::string, catalog::Calendar> read_calendars(const Value& value);
std::map<std::string, catalog::Dependency> read_dependencies(const Value& value);
/// An all/any/k_of tree over dependencies.
std::optional<catalog::Needs> read_needs(const Value& value);
/// Where Postern itself runs, and what it stands on.
struct Postern {
  std::vector<std::string> nodes = {};
  std::optional<catalog::Needs> needs = {};
};
Postern read_postern(const Value& value);
std::optional<catalog::PlaybookStore> read_playbook_store(const Value& value);
std::map<std::string, catalog::Upkeep> read_upkeep(const Value& value);

// read_channels.cc
std::map<std::string, catalog::Channel> read_channels(const Value& value);
std::optional<catalog::Incidents> read_incidents(const Value& value);

/// Where the host keeps a secret. One that stands here is noted without being repeated.
catalog::SecretReference read_secret(const Value& value);

// read_probes.cc
std::map<ProbeId, catalog::Probe> read_probes(const Value& value);

// read_modes.cc
std::optional<catalog::Condition> read_condition(const Value& value);
std::map<ModeId, catalog::FailureMode> read_modes(const Value& value);

// read_processes.cc
std::map<ProcessId, catalog::Process> read_processes(const Value& processes, const Value& approval_default);

}  // namespace postern::catalog_file
