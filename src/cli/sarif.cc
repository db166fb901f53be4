#include "cli/sarif.h"

#include <map>

namespace postern::cli {
namespace {

using catalog::RuleText;
using catalog_file::Fault;

json::Object text(std::string_view words) { return {{"text", std::string(words)}}; }

const char* level(catalog::Severity severity) {
  return severity == catalog::Severity::error ? "error" : "warning";
}

json::Object to_json(const RuleText& rule) {
  return {{"id", std::string(catalog::code_of(rule.rule))},
          {"shortDescription", text(rule.title)},
          {"fullDescription", text(rule.why)},
          {"help", text(rule.fix)},
          {"defaultConfiguration", json::Object{{"level", level(rule.severity)}}}};
}

/// A path as a relative URI reference (RFC 3986): what is not unreserved is escaped.
std::string as_uri(const std::string& path) {
  constexpr std::string_view plain = "-._~/";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
        plain.find(c) != std::string_view::npos)
      out += c;
    else
      (out += '%') += {digits[byte >> 4U], digits[byte & 15U]};
  }
  return out;
}

json::Object location(const Fault& fault, const std::string& root) {
  std::string folder = root;
  while (folder.ends_with('/') && folder.size() > 1) folder.pop_back();
  const std::string path = folder.empty() || folder == "." ? fault.file : folder + "/" + fault.file;
  json::Object physical{{"artifactLocation", json::Object{{"uri", as_uri(path)}}}};
  // SARIF counts from 1, and leaves out the region of a file as a whole.
  if (fault.line > 0)
    physical.emplace("region", json::Object{{"startColumn", fault.column}, {"startLine", fault.line}});
  return {{"physicalLocation", std::move(physical)}};
}

}  // namespace

json::Value to_sarif(const std::vector<Fault>& faults, const std::string& root) {
  json::Array rules;
  std::map<catalog::Rule, int> index;
  for (const RuleText& each : catalog::all_rules()) {
    index.emplace(each.rule, static_cast<int>(rules.size()));
    rules.push_back(to_json(each));
  }
  json::Array results;
  for (const Fault& each : faults)
    results.push_back(
        json::Object{{"level", level(each.severity())},
                     {"locations", json::Array{location(each, root)}},
                     {"message", text(each.fix.empty() ? each.what : each.what + " " + each.fix)},
                     {"ruleId", std::string(catalog::code_of(each.rule))},
                     {"ruleIndex", index.at(each.rule)}});
  const json::Object driver{{"informationUri",
                             "https://docs.aws.amazon.com/wellarchitected/latest/framework/"
                             "sec_permissions_emergency_process.html"},
                            {"name", "postern check"},
                            {"rules", std::move(rules)}};
  return json::Object{
      {"$schema",
       "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"},
      {"runs", json::Array{json::Object{{"columnKind", "unicodeCodePoints"},
                                        {"results", std::move(results)},
                                        {"tool", json::Object{{"driver", driver}}}}}},
      {"version", "2.1.0"}};
}

}  // namespace postern::cli
