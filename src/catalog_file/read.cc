#include <algorithm>
#include <set>
#include <tuple>

#include "base/encoding.h"
#include "catalog/lint.h"
#include "catalog_file/forms.h"
#include "catalog_file/sections.h"

namespace postern::catalog_file {
namespace {

using catalog::Catalog;
using catalog::Rule;

/// What the sections gave; a stand-in where a section was missing or wrong.
Catalog read_sections(const Mapping& file) {
  (void)file.required("version").integer(1, 1, 1);
  catalog::Federation federation = read_federation(file.optional("federation"));
  std::vector<catalog::Account> accounts = read_accounts(file.required("accounts"), federation);
  Postern postern = read_postern(file.optional("postern"));
  std::optional<int> administrators_max;
  if (file.has("emergency_administrators_max"))
    administrators_max = file.optional("emergency_administrators_max").integer(1, 1000, 1);
  auto owners = read_owners(file.required("owners"));
  const int min_people = file.optional("min_people").integer(1, 100, 2);
  auto organization = read_organization(file.required("organization"));
  catalog::Organization stand_in{
      .name = "", .emergency_account = AccountId::parse("000000000000").value(), .sts_regions = {}};
  return {.owners = std::move(owners),
          .min_people = min_people,
          .emergency_administrators_max = administrators_max,
          .organization = organization ? *std::move(organization) : std::move(stand_in),
          .federation = std::move(federation),
          .accounts = std::move(accounts),
          .people = read_people(file.required("people")),
          .groups = read_groups(file.required("groups")),
          .calendars = read_calendars(file.optional("calendars")),
          .dependencies = read_dependencies(file.optional("dependencies")),
          .channels = read_channels(file.optional("channels")),
          .incidents = read_incidents(file.optional("incidents")),
          .nodes = std::move(postern.nodes),
          .postern_needs = std::move(postern.needs),
          .playbook_store = read_playbook_store(file.optional("playbook_store")),
          .upkeep = read_upkeep(file.optional("upkeep")),
          .probes = read_probes(file.optional("probes")),
          .modes = read_modes(file.required("failure_modes")),
          .processes = read_processes(file.required("processes"), file.optional("approval_default")),
          .templates = read_templates(file.optional("templates")),
          .services = read_services(file.optional("services")),
          .playbooks = {}};
}

/// Takes the text of a file that the catalog names, or notes that it cannot be used.
const std::string* named_file(Scope& scope, const Sources& sources, const std::string& path,
                              std::size_t bytes_max, Rule when_empty) {
  const auto found = sources.files.find(path);
  if (found == sources.files.end()) return nullptr;
  const std::string& text = found->second;
  if (auto flaw = flaw_of_text(text)) scope.note_of_file(flaw->rule, path, flaw->at, std::move(flaw->what));
  if (text.size() > bytes_max)
    scope.note_of_file(Rule::too_large, path, {},
                       "This file has more than " + std::to_string(bytes_max) + " bytes. Shorten it.");
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    scope.note_of_file(when_empty, path, {},
                       path.ends_with(".md") ? "This playbook is empty. Write it." : "This file is empty.");
  return &text;
}

void add_playbooks(Catalog& catalog, Scope& scope, const Sources& sources) {
  for (const auto& [id, process] : catalog.processes) {
    if (!is_playbook_path(process.playbook)) continue;  // noted already
    if (!sources.files.contains(process.playbook))
      scope.note(Rule::playbook_file, scope.place_of("processes." + id.text() + ".playbook"),
                 "There is no playbook " + process.playbook + " beside the catalog file. Write it.");
    if (catalog.playbooks.contains(process.playbook)) continue;
    for (const std::string& path : {process.playbook, translated_path(process.playbook, "ja")})
      if (const auto* text = named_file(scope, sources, path, playbook_bytes_max, Rule::playbook_file))
        catalog.playbooks.emplace(path, *text);
  }
}

void add_trusted_copies(Catalog& catalog, Scope& scope, const Sources& sources) {
  for (const auto& [id, probe] : catalog.probes) {
    const auto* certificate = std::get_if<catalog::CertificateProbe>(&probe.check);
    if (certificate == nullptr || !is_metadata_path(certificate->trusted_copy)) continue;
    const std::string& path = certificate->trusted_copy;
    if (const auto* text = named_file(scope, sources, path, metadata_bytes_max, Rule::no_trusted_copy))
      catalog.trusted_copies.emplace(path, *text);
    else
      scope.note(Rule::no_trusted_copy, scope.place_of("probes." + id.text()),
                 "There is no file " + path + " beside the catalog file.",
                 std::string(catalog::about(Rule::no_trusted_copy).fix));
  }
}

void find_strays(const Catalog& catalog, Scope& scope, const Sources& sources) {
  for (const auto& [path, text] : sources.files)
    if (!is_part_path(path) && !catalog.playbooks.contains(path) && !catalog.trusted_copies.contains(path))
      scope.note_of_file(Rule::stray_file, is_safe_path(path) ? path : "(a file)", {},
                         "No process names this file. Remove it.");
}

Catalog read_all(Scope& scope, const Node& root, const Sources& sources) {
  const Mapping file(Value(scope, &root, ""),
                     {"version",       "owners",           "min_people",     "emergency_administrators_max",
                      "organization",  "federation",       "accounts",       "people",
                      "groups",        "calendars",        "dependencies",   "probes",
                      "failure_modes", "approval_default", "processes",      "channels",
                      "incidents",     "postern",          "playbook_store", "upkeep",
                      "templates",     "services"});
  Catalog catalog = read_sections(file);
  add_playbooks(catalog, scope, sources);
  add_trusted_copies(catalog, scope, sources);
  if (!scope.has_errors()) find_strays(catalog, scope, sources);  // a misspelt path would make a stray
  return catalog;
}

void judge(const Catalog& catalog, Scope& scope, Today today) {
  std::vector<catalog::Finding> found = catalog::lint(catalog);
  if (today)
    for (catalog::Finding& each : catalog::grown_old(catalog, *today)) found.push_back(std::move(each));
  for (catalog::Finding& each : found)
    scope.note(each.rule, scope.place_of(each.where), std::move(each.what), std::move(each.fix));
}

/// In the order of the file, the catalog before its playbooks; what an alias repeats is said once.
std::vector<Fault> in_order(std::vector<Fault> faults) {
  const auto rank = [](const Fault& each) {
    return std::tuple(!is_part_path(each.file), std::string_view(each.file), each.line, each.column,
                      each.rule, std::string_view(each.what));
  };
  std::sort(faults.begin(), faults.end(), [&](const Fault& a, const Fault& b) { return rank(a) < rank(b); });
  faults.erase(std::unique(faults.begin(), faults.end()), faults.end());
  return faults;
}

std::optional<std::string> too_much(const Sources& sources) {
  std::size_t bytes = 0;
  for (const auto& [path, text] : sources.files) bytes += text.size();
  if (sources.files.size() <= files_max && bytes <= sources_bytes_max) return std::nullopt;
  return "The catalog and its playbooks are more than " + std::to_string(files_max) + " files or " +
         std::to_string(sources_bytes_max) + " bytes. Shorten them.";
}

/// All parts as one mapping.
struct Whole {
  std::vector<std::string> parts;
  Tree tree;
};

void join(Tree& whole, Tree part) {
  for (Flaw& each : part.flaws) whole.flaws.push_back(std::move(each));
  if (part.root == nullptr) return;
  if (whole.root == nullptr) {
    whole.root = std::move(part.root);
    return;
  }
  auto joined = std::make_shared<Node>(*whole.root);
  std::set<std::string_view> known;
  for (const Member& each : whole.root->members) known.insert(each.key->text);
  if (part.root->kind != Node::Kind::mapping)
    whole.flaws.push_back({part.root->at, "A part of a catalog is a mapping, such as `people: [ … ]`."});
  for (const Member& each : part.root->members) {
    if (!known.insert(each.key->text).second)
      whole.flaws.push_back({each.key->at,
                             "The key \"" + each.key->text.substr(0, 64) +
                                 "\" stands in another file already. Keep it in one of them.",
                             Rule::stands_twice});
    else
      joined->members.push_back(each);
  }
  whole.root = std::move(joined);
}

/// A part that cannot be read leaves the whole without a root: its names would seem to be missing elsewhere.
Whole parsed(const Sources& sources) {
  Whole out;
  bool is_whole = true;
  std::size_t nodes = 0;
  const auto add = [&](const std::string& path, const std::string& text) {
    Tree part = parse_yaml(text, static_cast<int>(out.parts.size()));
    out.parts.push_back(path);
    nodes += part.root == nullptr ? 0 : part.root->nodes;
    if (nodes > nodes_max && part.root != nullptr)
      part.flaws.push_back({part.root->at,
                            "The parts of the catalog have more than " + std::to_string(nodes_max) +
                                " values together, aliases followed. Write less.",
                            Rule::too_large});
    is_whole = is_whole && part.root != nullptr && nodes <= nodes_max;
    join(out.tree, std::move(part));
  };
  add(std::string(catalog_path), sources.files.at(std::string(catalog_path)));
  for (const auto& [path, text] : sources.files)
    if (path != catalog_path && is_part_path(path)) add(path, text);
  if (!is_whole) out.tree.root = nullptr;
  return out;
}

enum class Judging { off, on };

Reading read_sources(const Sources& sources, Judging judging, Today today) {
  const auto refused = [](Rule rule, std::string what) {
    return Reading{std::nullopt,
                   {Fault{.rule = rule, .file = std::string(catalog_path), .what = std::move(what)}}};
  };
  if (!sources.files.contains(std::string(catalog_path)))
    return refused(Rule::not_readable, "There is no catalog.yaml.");
  if (auto what = too_much(sources)) return refused(Rule::too_large, *std::move(what));
  const Whole whole = parsed(sources);
  const Tree& tree = whole.tree;
  Scope scope(tree.root == nullptr ? Names{} : Names::in(*tree.root), whole.parts);
  for (const Flaw& each : tree.flaws) scope.note(each.rule, each.at, each.what);
  if (judging == Judging::off) scope.forgive();
  Reading out;
  if (tree.root != nullptr) out.catalog = read_all(scope, *tree.root, sources);
  if (out.catalog && !scope.has_errors() && judging == Judging::on) judge(*out.catalog, scope, today);
  if (scope.has_errors()) out.catalog.reset();
  out.left_out = scope.left_out();
  out.faults = in_order(scope.take_faults());
  return out;
}

}  // namespace

std::string to_text(const Fault& fault) {
  std::string out = fault.file;
  if (fault.line > 0) out += ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column);
  out += fault.severity() == catalog::Severity::error ? ": error: " : ": warning: ";
  // One line a fault, whatever names stand in it.
  return out + sanitized(fault.what + (fault.fix.empty() ? "" : " " + fault.fix), Lines::replace) + " [" +
         std::string(catalog::code_of(fault.rule)) + "]";
}

Reading read(const Sources& sources, Today today) { return read_sources(sources, Judging::on, today); }

Reading read_in_force(const Sources& sources) { return read_sources(sources, Judging::off, {}); }

}  // namespace postern::catalog_file
