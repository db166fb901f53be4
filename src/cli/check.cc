// Judging a catalog, and explaining the rules.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/json.h"
#include "catalog_file/catalog_file.h"
#include "catalog_file/schema.h"
#include "catalog_file/suggest.h"
#include "cli/commands.h"
#include "cli/judge.h"
#include "cli/sarif.h"
#include "notify/template.h"
#include "playbook/playbook.h"

namespace postern::cli {
namespace {

using catalog::RuleText;
using catalog::Severity;
using catalog_file::Fault;

const char* word_for(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

json::Object to_json(const Fault& fault) {
  const std::string_view fix = fault.fix.empty() ? catalog::about(fault.rule).fix : fault.fix;
  return {{"code", std::string(catalog::code_of(fault.rule))},
          {"column", fault.column},
          {"file", fault.file},
          {"fix", std::string(fix)},
          {"line", fault.line},
          {"severity", word_for(fault.severity())},
          {"what", fault.what}};
}

std::string gate_of(const catalog::Process& process) {
  return fmt::format(
      "{}: the gate is {} ({})\n", process.id.text(),
      catalog::is_detected(process.access.mechanism)
          ? "detected - AWS or the IdP would let the person in; the alarm and the review keep it honest"
          : "enforced - without a grant there is no way in",
      catalog::name_of(process.access.mechanism));
}

std::string in_words(const catalog_file::Reading& reading) {
  std::string out;
  for (const Fault& each : reading.faults) out += catalog_file::to_text(each) + "\n";
  if (reading.catalog)
    for (const auto& [id, process] : reading.catalog->processes) out += gate_of(process);
  const auto errors = std::count_if(reading.faults.begin(), reading.faults.end(),
                                    [](const Fault& each) { return each.severity() == Severity::error; });
  if (reading.left_out > 0) out += fmt::format("… and {} more\n", reading.left_out);
  if (!reading.faults.empty())
    out += fmt::format("{} errors, {} warnings; what a code means: postern explain {}\n", errors,
                       static_cast<std::ptrdiff_t>(reading.faults.size()) - errors,
                       catalog::code_of(reading.faults.front().rule));
  return out +
         (reading.catalog ? "This catalog may be put in force." : "This catalog must not be put in force.");
}

Result<Instant> day_of(const std::string& today) {
  if (today.empty()) return SystemClock().wall();
  auto day = parse_rfc3339(today + "T00:00:00Z");
  if (!day) return fail(ErrorCode::invalid, "A day looks like 2026-12-01.");
  return day;
}

/// The catalog is catalog.yaml in its bundle, whatever the file is called here.
void show_own_name(catalog_file::Reading& reading, const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return;
  for (Fault& each : reading.faults)
    if (each.file == catalog_file::catalog_path) each.file = std::filesystem::path(path).filename().string();
}

Result<int> judge(const CheckOptions& options, Format format) {
  const Instant today = TRY(day_of(options.today));
  catalog_file::Reading reading = judged(TRY(catalog_file::load(options.file)), today);
  show_own_name(reading, options.file);
  if (options.format == "sarif") {
    print(to_sarif(reading.faults, catalog_file::folder_of(options.file)), "", Format::json);
  } else {
    json::Array faults;
    for (const Fault& each : reading.faults) faults.push_back(to_json(each));
    print(json::Object{{"faults", std::move(faults)}, {"good", reading.catalog.has_value()}},
          in_words(reading), options.format == "json" ? Format::json : format);
  }
  return reading.catalog ? exit_ok : exit_not_verified;
}

json::Object to_json(const RuleText& rule) {
  return {{"code", std::string(catalog::code_of(rule.rule))},
          {"fix", std::string(rule.fix)},
          {"severity", word_for(rule.severity)},
          {"title", std::string(rule.title)},
          {"why", std::string(rule.why)}};
}

int list_rules(Format format) {
  json::Array rules;
  std::string text;
  for (const RuleText& each : catalog::all_rules()) {
    rules.push_back(to_json(each));
    text += fmt::format("{}{} {:7} {}", text.empty() ? "" : "\n", catalog::code_of(each.rule),
                        word_for(each.severity), each.title);
  }
  return print(std::move(rules), text, format);
}

int list_placeholders(Format format) {
  json::Array names;
  std::string text = "A playbook may use these; each is filled in for the grant, or left open on paper.";
  for (const std::string_view each : playbook::known_names()) {
    names.emplace_back(std::string(each));
    text += fmt::format("\n{{{{{}}}}}", each);
  }
  text += "\n\nA notice (`templates`) may use these; what is not known then is a dash.";
  for (const std::string_view each : notify::known_fields()) {
    names.emplace_back(std::string(each));
    text += fmt::format("\n{{{{{}}}}}", each);
  }
  return print(std::move(names), text, format);
}

}  // namespace

int check(const CheckOptions& options, Format format) {
  const auto judgement = judge(options, format);
  return judgement ? *judgement : report(judgement.error(), format);
}

int explain(const std::string& given, Format format) {
  if (given.empty()) return list_rules(format);
  std::string what = given;
  if (what.starts_with("pc")) what.replace(0, 2, "PC");
  if (what == "placeholders") return list_placeholders(format);
  std::vector<std::string_view> codes;
  for (const RuleText& each : catalog::all_rules()) {
    if (catalog::code_of(each.rule) == what)
      return print(to_json(each),
                   fmt::format("{} ({})\n{}\n\nWhy: {}\nWhat to do: {}", what, word_for(each.severity),
                               each.title, each.why, each.fix),
                   format);
    codes.push_back(catalog::code_of(each.rule));
  }
  return report({ErrorCode::invalid, "There is no rule of this code." + catalog_file::hint(what, codes) +
                                         " See all: postern explain"},
                format);
}

int schema() {
  fmt::print("{}", catalog_file::schema());
  return exit_ok;
}

}  // namespace postern::cli
