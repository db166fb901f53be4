// Signing a catalog, before any server sees it.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "catalog_file/catalog_file.h"
#include "cli/commands.h"
#include "cli/judge.h"
#include "cli/ssh.h"

namespace postern::cli {
namespace {

Result<int> write_signature(const SignOptions& options, Format format) {
  const catalog_file::Sources sources = TRY(catalog_file::load(options.file));
  if (!judged(sources).catalog)
    return fail(ErrorCode::invalid,
                "This catalog has errors, so nothing was signed. See them: postern check " + options.file);
  const Digest digest = sha256(catalog_file::bundle(sources));
  if (!options.replaces.empty()) TRY(Digest::from_hex(options.replaces));
  const PersonId person = TRY(PersonId::parse(options.person));
  // The format is emergency::catalog_statement, docs/formats.md.
  const std::string statement = json::canonical(json::Object{
      {"catalog", digest.hex()}, {"replaces", options.replaces}, {"statement", "postern-catalog/1"}});
  const std::string signature = TRY(ssh_sign(options.key, "postern-catalog", statement));
  const std::filesystem::path folder =
      std::filesystem::path(catalog_file::folder_of(options.file)) / "signatures";
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

int sign_catalog(const SignOptions& options, Format format) {
  const auto written = write_signature(options, format);
  return written ? *written : report(written.error(), format);
}

}  // namespace postern::cli
