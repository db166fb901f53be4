// Checking and signing a catalog, before any server sees it.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "catalog_file/catalog_file.h"
#include "cli/commands.h"
#include "cli/ssh.h"
#include "playbook/playbook.h"

namespace postern::cli {
namespace {

/// Faults of the playbooks: placeholders that nobody fills in.
std::vector<catalog_file::Fault> playbook_faults(const catalog_file::Sources& sources) {
  std::vector<catalog_file::Fault> faults;
  for (const auto& [path, text] : sources.files) {
    if (!path.ends_with(".md")) continue;
    const auto filled = playbook::fill(text, {});
    if (!filled) faults.push_back({catalog::Severity::error, path, 0, 0, filled.error().message});
  }
  return faults;
}

json::Value to_json(const std::vector<catalog_file::Fault>& faults) {
  json::Array out;
  for (const catalog_file::Fault& each : faults)
    out.push_back(json::Object{{"column", each.column},
                               {"file", each.file},
                               {"line", each.line},
                               {"severity", each.severity == catalog::Severity::error ? "error" : "warning"},
                               {"what", each.what}});
  return out;
}

bool any_error(const std::vector<catalog_file::Fault>& faults) {
  for (const catalog_file::Fault& each : faults)
    if (each.severity == catalog::Severity::error) return true;
  return false;
}

Result<int> write_signature(const SignOptions& options, Format format) {
  const catalog_file::Sources sources = TRY(catalog_file::load(options.file));
  const catalog_file::Reading reading = catalog_file::read(sources);
  if (!reading.catalog)
    return fail(ErrorCode::invalid,
                "This catalog has errors, so nothing was signed. See them: postern check " + options.file);
  const Digest digest = sha256(catalog_file::bundle(sources));
  if (!options.replaces.empty()) TRY(Digest::from_hex(options.replaces));
  const PersonId person = TRY(PersonId::parse(options.person));
  // The format is emergency::catalog_statement, docs/formats.md.
  const std::string statement = json::canonical(json::Object{
      {"catalog", digest.hex()}, {"replaces", options.replaces}, {"statement", "postern-catalog/1"}});
  const std::string signature = TRY(ssh_sign(options.key, "postern-catalog", statement));
  const std::filesystem::path folder = std::filesystem::path(options.file).parent_path() / "signatures";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::filesystem::path path = folder / (person.text() + ".json");
  std::ofstream file(path, std::ios::trunc);
  file << json::pretty(json::Object{{"catalog", digest.hex()},
                                    {"key", TRY(ssh_public_key(options.key))},
                                    {"person", person.text()},
                                    {"replaces", options.replaces},
                                    {"signature", signature}})
       << "\n";
  if (!file.flush())
    return fail(ErrorCode::unavailable, "The signature cannot be written to " + path.string() + ".");
  return print(
      json::Object{{"catalog", digest.hex()}, {"file", path.string()}},
      fmt::format("Signed catalog {} as {}: {}", digest.hex().substr(0, 12), person.text(), path.string()),
      format);
}

}  // namespace

int check(const std::string& path, Format format) {
  const auto sources = catalog_file::load(path);
  if (!sources) return report(sources.error(), format);
  catalog_file::Reading reading = catalog_file::read(*sources);
  for (catalog_file::Fault& each : playbook_faults(*sources)) reading.faults.push_back(std::move(each));
  std::string text;
  for (const catalog_file::Fault& each : reading.faults) text += catalog_file::to_text(each) + "\n";
  const bool good = reading.catalog.has_value() && !any_error(reading.faults);
  if (reading.catalog) {
    for (const auto& [id, process] : reading.catalog->processes) {
      const bool detected = process.access.mechanism == catalog::Mechanism::iam_user ||
                            process.access.mechanism == catalog::Mechanism::idp_direct_saml;
      text += fmt::format(
          "{}: the gate is {} ({})\n", id.text(),
          detected
              ? "detected - AWS or the IdP would let the person in; the alarm and the review keep it honest"
              : "enforced - without a grant there is no way in",
          catalog::name_of(process.access.mechanism));
    }
  }
  text += good ? "This catalog may be put in force." : "This catalog must not be put in force.";
  const int printed = print(json::Object{{"faults", to_json(reading.faults)}, {"good", good}}, text, format);
  return good ? printed : exit_not_verified;
}

int sign_catalog(const SignOptions& options, Format format) {
  const auto written = write_signature(options, format);
  return written ? *written : report(written.error(), format);
}

}  // namespace postern::cli
