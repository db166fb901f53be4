#include "main/adopt.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "catalog_file/catalog_file.h"
#include "cli/judge.h"

namespace postern {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t signature_files_max = 100;
constexpr std::size_t signature_file_bytes_max = 64U << 10U;

struct SignatureFile {
  Digest catalog;
  std::string replaces;
  emergency::OwnerSignature signature;
};

Result<SignatureFile> read_signature(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(signature_file_bytes_max, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  const json::Value value = TRY(json::parse(text));
  json::Reader reader(value, path.filename().string() + ": ");
  return SignatureFile{TRY(Digest::from_hex(TRY(reader.text("catalog")))),
                       TRY(reader.text("replaces")),
                       {TRY(PersonId::parse(TRY(reader.text("person")))), TRY(reader.text("key", 16384)),
                        TRY(reader.text("signature", 16384))}};
}

/// The signatures in the folder beside the catalog that are for this digest and this predecessor. Others may
/// lie there from before.
Result<std::vector<emergency::OwnerSignature>> signatures_for(const Digest& digest,
                                                              const std::optional<Digest>& replaces,
                                                              const fs::path& folder) {
  std::vector<emergency::OwnerSignature> out;
  std::error_code error;
  std::size_t seen = 0;
  for (const fs::directory_entry& each : fs::directory_iterator(folder, error)) {
    if (each.path().extension() != ".json") continue;
    if (++seen > signature_files_max)
      return fail(ErrorCode::invalid, "There are too many files in " + folder.string() + ".");
    SignatureFile found = TRY(read_signature(each.path()));
    if (found.catalog == digest && found.replaces == (replaces ? replaces->hex() : ""))
      out.push_back(std::move(found.signature));
  }
  return out;
}

std::string faults_in(const catalog_file::Reading& reading) {
  std::string out;
  for (const catalog_file::Fault& each : reading.faults)
    if (each.severity() == catalog::Severity::error) out += "\n" + catalog_file::to_text(each);
  return out;
}

}  // namespace

Result<std::shared_ptr<const catalog::Catalog>> read_catalog_blob(std::string_view blob) {
  catalog_file::Reading reading = catalog_file::read_in_force(TRY(catalog_file::unbundle(blob)));
  if (!reading.catalog)
    return fail(ErrorCode::conflict,
                "This version of Postern cannot read the catalog in the ledger:" + faults_in(reading));
  return std::make_shared<const catalog::Catalog>(std::move(*reading.catalog));
}

Result<std::shared_ptr<const catalog::Catalog>> judge_catalog_blob(std::string_view blob) {
  catalog_file::Reading reading = cli::judged(TRY(catalog_file::unbundle(blob)));
  if (!reading.catalog)
    return fail(ErrorCode::invalid, "The catalog must not be put in force:" + faults_in(reading));
  for (const catalog_file::Fault& each : reading.faults)
    if (each.rule == catalog::Rule::stray_file)
      return fail(ErrorCode::invalid, "The file " + each.file + " is part of it, and nothing names it.");
  return std::make_shared<const catalog::Catalog>(std::move(*reading.catalog));
}

Result<void> adopt_catalog(const std::string& file, Signatures signatures, store::Blobs& blobs,
                           broker::Broker& broker) {
  const catalog_file::Sources sources = TRY(catalog_file::load(file));
  catalog_file::Reading reading = cli::judged(sources);
  if (!reading.catalog)
    return fail(ErrorCode::invalid, "The catalog must not be put in force:" + faults_in(reading));
  const Bytes bundle = catalog_file::bundle(sources);
  emergency::AdoptCatalog command{
      .digest = sha256(bundle),
      .candidate = std::make_shared<const catalog::Catalog>(std::move(*reading.catalog)),
      .replaces = {},
      .signatures = {}};
  broker.read([&](const broker::Published& published) { command.replaces = published.situation.catalog; });
  if (command.replaces == command.digest) return {};
  command.accept_unsigned = signatures == Signatures::ignored;
  command.signatures = TRY(signatures_for(command.digest, command.replaces,
                                          fs::path(catalog_file::folder_of(file)) / "signatures"));
  TRY(blobs.put(bundle));
  TRY(broker.submit({{.by = {}, .key = "", .command = std::move(command)}, {}}));
  return {};
}

}  // namespace postern
