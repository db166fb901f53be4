#include <algorithm>
#include <tuple>

#include "catalog_file/forms.h"
#include "catalog_file/sections.h"

namespace postern::catalog_file {
namespace {

using catalog::Catalog;
using catalog::Severity;

/// What the sections gave; a stand-in where a section was missing or wrong.
Catalog read_sections(const Mapping& file) {
  (void)file.required("version").integer(1, 1, 1);
  const Value federation = file.optional("federation");
  check_calendars(file.optional("calendars"));
  auto dependencies = read_dependencies(file.optional("dependencies"));
  check_channels(file.optional("channels"));
  check_incidents(file.optional("incidents"));
  auto postern_needs = read_postern(file.optional("postern"));
  auto owners = read_owners(file.required("owners"));
  const int min_people = file.optional("min_people").integer(1, 100, 2);
  auto organization = read_organization(file.required("organization"));
  catalog::Organization stand_in{
      .name = "", .emergency_account = AccountId::parse("000000000000").value(), .sts_regions = {}};
  return {.owners = std::move(owners),
          .min_people = min_people,
          .organization = organization ? *std::move(organization) : std::move(stand_in),
          .accounts = read_accounts(file.required("accounts"), federation),
          .people = read_people(file.required("people")),
          .groups = read_groups(file.required("groups")),
          .dependencies = std::move(dependencies),
          .postern_needs = std::move(postern_needs),
          .probes = read_probes(file.optional("probes")),
          .modes = read_modes(file.required("failure_modes")),
          .processes = read_processes(file.required("processes"), file.optional("approval_default")),
          .playbooks = {}};
}

/// Takes the playbook's text over, or notes that it is missing or cannot be used.
void add_playbook(Catalog& catalog, Scope& scope, const Sources& sources, const std::string& path) {
  const auto found = sources.files.find(path);
  if (found == sources.files.end()) return;
  const std::string& text = found->second;
  if (auto flaw = flaw_of_text(text)) scope.note(Severity::error, flaw->at, std::move(flaw->what), path);
  if (text.size() > playbook_bytes_max)
    scope.note(Severity::error, {},
               "A playbook has at most " + std::to_string(playbook_bytes_max) + " bytes. Shorten it.", path);
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    scope.note(Severity::error, {}, "This playbook is empty. Write it.", path);
  catalog.playbooks.emplace(path, text);
}

void add_playbooks(Catalog& catalog, Scope& scope, const Sources& sources) {
  for (const auto& [id, process] : catalog.processes) {
    if (!is_playbook_path(process.playbook)) continue;  // noted already
    if (!sources.files.contains(process.playbook))
      scope.note(Severity::error, scope.place_of("processes." + id.text() + ".playbook"),
                 "There is no playbook " + process.playbook + " beside the catalog file. Write it.");
    if (catalog.playbooks.contains(process.playbook)) continue;
    add_playbook(catalog, scope, sources, process.playbook);
    add_playbook(catalog, scope, sources, translated_path(process.playbook, "ja"));
  }
  if (scope.has_errors()) return;  // a misspelt path would make its file look like a stray one
  for (const auto& [path, text] : sources.files)
    if (path != catalog_path && !catalog.playbooks.contains(path))
      scope.note(Severity::warning, {}, "No process names this file. Remove it.",
                 is_safe_path(path) ? path : "(a file)");
}

Catalog read_all(Scope& scope, const Node& root, const Sources& sources) {
  const Mapping file(Value(scope, &root, ""),
                     {"version", "owners", "min_people", "organization", "federation", "accounts", "people",
                      "groups", "calendars", "dependencies", "probes", "failure_modes", "approval_default",
                      "processes", "channels", "incidents", "postern"});
  Catalog catalog = read_sections(file);
  add_playbooks(catalog, scope, sources);
  if (scope.has_errors()) return catalog;
  for (catalog::Finding& each : catalog::lint(catalog))
    scope.note(each.severity, scope.place_of(each.where), std::move(each.what));
  return catalog;
}

/// In the order of the file, the catalog before its playbooks; what an alias repeats is said once.
std::vector<Fault> in_order(std::vector<Fault> faults) {
  const auto rank = [](const Fault& each) {
    return std::tuple(each.file != catalog_path, std::string_view(each.file), each.line, each.column,
                      each.severity, std::string_view(each.what));
  };
  std::sort(faults.begin(), faults.end(), [&](const Fault& a, const Fault& b) { return rank(a) < rank(b); });
  faults.erase(std::unique(faults.begin(), faults.end()), faults.end());
  return faults;
}

std::optional<std::string> too_much(const Sources& sources) {
  std::size_t bytes = 0;
  for (const auto& [path, text] : sources.files) bytes += text.size();
  if (!sources.files.contains(std::string(catalog_path))) return "There is no catalog.yaml.";
  if (sources.files.size() <= files_max && bytes <= sources_bytes_max) return std::nullopt;
  return "The catalog and its playbooks are more than " + std::to_string(files_max) + " files or " +
         std::to_string(sources_bytes_max) + " bytes. Shorten them.";
}

}  // namespace

std::string to_text(const Fault& fault) {
  std::string out = fault.file;
  if (fault.line > 0) out += ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column);
  return out + (fault.severity == Severity::error ? ": error: " : ": warning: ") + fault.what;
}

Reading read(const Sources& sources) {
  if (auto what = too_much(sources))
    return {std::nullopt, {Fault{.file = std::string(catalog_path), .what = *std::move(what)}}};
  const Tree tree = parse_yaml(sources.files.at(std::string(catalog_path)));
  Scope scope(tree.root == nullptr ? Names{} : Names::in(*tree.root));
  for (const Flaw& each : tree.flaws) scope.note(Severity::error, each.at, each.what);
  Reading out;
  if (tree.root != nullptr) out.catalog = read_all(scope, *tree.root, sources);
  if (scope.has_errors()) out.catalog.reset();
  out.faults = in_order(scope.take_faults());
  return out;
}

}  // namespace postern::catalog_file
