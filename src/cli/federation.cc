// The doctor of failure mode FM2: what the IdP says of itself beside what AWS holds, and what to do about it.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "aws/role_credentials.h"
#include "base/json.h"
#include "catalog_file/catalog_file.h"
#include "cli/commands.h"
#include "federation/comparison.h"
#include "federation/destinations.h"
#include "federation/import_steps.h"

namespace postern::cli {
namespace {

namespace fs = std::filesystem;

using federation::Comparison;
using federation::Idp;
using federation::Language;
using federation::Verdict;
using Idps = std::map<ProbeId, Result<Idp>>;
using Files = std::map<std::string, std::string>;

Result<Instant> day_of(const std::string& today) {
  if (today.empty()) return SystemClock().wall();
  auto day = parse_rfc3339(today + "T00:00:00Z");
  if (!day) return fail(ErrorCode::invalid, "A day looks like 2026-12-01.");
  return day;
}

Result<catalog::Catalog> catalog_in(const std::string& path) {
  catalog_file::Reading reading = catalog_file::read(TRY(catalog_file::load(path)));
  if (!reading.catalog)
    return fail(ErrorCode::invalid, "This catalog cannot be read. See why: postern check " + path);
  return *std::move(reading.catalog);
}

Result<std::string> read_whole(const std::string& path, std::size_t bytes_max) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return fail(ErrorCode::not_found, "There is no file " + path + ".");
  if (fs::file_size(path, error) > bytes_max || error)
    return fail(ErrorCode::invalid, path + " is larger than any SAML metadata.");
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file || text.size() > bytes_max) return fail(ErrorCode::unavailable, path + " cannot be read.");
  return text;
}

/// True for the IdP that a given file is of: the only one, or the one that the catalog expects that entity
/// of.
bool is_meant(const catalog::Catalog& catalog, const ProbeId& id, std::size_t idps,
              const std::string& entity_id) {
  const auto at = catalog.probes.find(id);
  const auto* probe =
      at == catalog.probes.end() ? nullptr : std::get_if<catalog::SamlMetadataProbe>(&at->second.check);
  return idps == 1 || (probe != nullptr && probe->entity_id == entity_id);
}

/// Each IdP's metadata: from the file where it is meant, otherwise as it is served now.
Result<Idps> read_idps(const catalog::Catalog& catalog, const FederationOptions& options,
                       http::Client& client) {
  const std::vector<ProbeId> ids = federation::compared_idps(catalog);
  if (ids.empty())
    return fail(ErrorCode::not_found,
                "The catalog does not say which IdP AWS believes. Add a probe of kind saml_certificate.");
  std::string given;
  std::string entity_id;
  if (!options.idp_metadata.empty()) {
    given = TRY(read_whole(options.idp_metadata, saml::metadata_bytes_max));
    entity_id = TRY(saml::read_metadata(given)).entity_id;
  }
  Idps out;
  bool is_used = given.empty();
  for (const ProbeId& id : ids) {
    const bool from_file = !given.empty() && is_meant(catalog, id, ids.size(), entity_id);
    is_used = is_used || from_file;
    out.emplace(id, from_file ? federation::read_idp(catalog, id, given)
                              : federation::fetch_idp(catalog, id, client));
  }
  if (!is_used)
    return fail(ErrorCode::invalid, "The file is of \"" + entity_id +
                                        "\", which no saml_metadata probe states as its entity_id.");
  return out;
}

/// All that reading in AWS needs, held together.
class AwsReader {
 public:
  AwsReader(const catalog::Catalog& catalog, const std::string& profile, http::Client& client)
      : environment_(aws::process_environment()),
        sts_({.regions = catalog.organization.sts_regions,
              .endpoint_url = aws::endpoint_override(environment_, "sts")},
             client, clock_),
        credentials_(environment_, profile.empty() ? std::nullopt : std::optional(profile), sts_, clock_),
        aws_{.client = client,
             .environment = environment_,
             .credentials = [this](const std::string& role) { return credentials_.of(role); },
             .caller = [this](const aws::Credentials& whose) { return sts_.caller_identity(whose); },
             .now = clock_.wall()} {}

  /// nullptr where this host has no credentials. A profile that was named and does not exist is an error.
  Result<const federation::Aws*> if_any(const std::string& profile) {
    const Result<aws::Credentials> own = credentials_.of("");
    if (own) return &aws_;
    if (profile.empty() && own.error().code == ErrorCode::not_found) return nullptr;
    return tl::unexpected(own.error());
  }

 private:
  SystemClock clock_;
  aws::Environment environment_;
  aws::Sts sts_;
  aws::RoleCredentials credentials_;
  federation::Aws aws_;
};

// --- diff

/// A copy is as old as its file, as far as the file system knows.
void date_copies(std::vector<Comparison>& comparisons, const std::string& catalog) {
  for (Comparison& each : comparisons) {
    if (each.copy_path.empty()) continue;
    std::error_code error;
    const auto written =
        fs::last_write_time(fs::path(catalog_file::folder_of(catalog)) / each.copy_path, error);
    if (!error) each.since = std::chrono::floor<milliseconds>(std::chrono::file_clock::to_sys(written));
  }
}

const char* word_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::same:
      return "same";
    case Verdict::differs:
      return "differs";
    case Verdict::would_not_work:
      return "would_not_work";
    case Verdict::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string sentence_for(const Comparison& comparison) {
  switch (verdict_of(comparison)) {
    case Verdict::same:
      return "the same as the IdP says";
    case Verdict::differs:
      return "sign-in works, but the two differ";
    case Verdict::would_not_work:
      return comparison.is_deleted ? "DELETED: nobody can sign in" : "SIGN-IN WOULD NOT WORK";
    case Verdict::unknown:
      return "not compared";
  }
  return "not compared";
}

std::string in_words(const Comparison& comparison) {
  std::string out = comparison.side;
  if (comparison.since)
    out += fmt::format(", {} {}", comparison.copy_path.empty() ? "created" : "a file of",
                       to_rfc3339(*comparison.since).substr(0, 10));
  out += ": " + sentence_for(comparison) + "\n";
  if (!comparison.trust) return out + "  - " + comparison.trust.error().message + "\n";
  for (const saml::TrustFinding& each : comparison.trust->findings) out += "  - " + each.text + "\n";
  return out;
}

std::string in_words(const Idps& idps) {
  std::string out;
  for (const auto& [id, idp] : idps) {
    if (!idp) {
      out += fmt::format("The IdP of probe {} could not be asked: {}\n", id.text(), idp.error().message);
      continue;
    }
    out += fmt::format("The IdP of probe {}, {}, signs with\n", id.text(), idp->metadata.entity_id);
    for (const auto& each : idp->metadata.signing_certificates) out += "  " + saml::describe(each) + "\n";
  }
  return out;
}

json::Array to_json(const Idps& idps) {
  json::Array out;
  for (const auto& [id, idp] : idps) {
    json::Array certificates;
    if (idp)
      for (const auto& each : idp->metadata.signing_certificates)
        certificates.emplace_back(saml::describe(each));
    out.emplace_back(json::Object{{"certificates", std::move(certificates)},
                                  {"entity_id", idp ? idp->metadata.entity_id : ""},
                                  {"probe", id.text()}});
  }
  return out;
}

json::Value to_json(const Comparison& comparison) {
  json::Array findings;
  if (comparison.trust)
    for (const saml::TrustFinding& each : comparison.trust->findings) findings.emplace_back(each.text);
  json::Object out{{"findings", std::move(findings)},
                   {"held", comparison.copy_path.empty() ? "live" : "copy"},
                   {"side", comparison.side},
                   {"verdict", word_for(verdict_of(comparison))}};
  if (comparison.idp) out.emplace("idp", comparison.idp->text());
  if (comparison.since) out.emplace("since", to_rfc3339(*comparison.since));
  if (!comparison.trust) out.emplace("why", comparison.trust.error().message);
  return out;
}

/// What differs counts before what could not be seen.
int exit_code_for(const std::vector<Comparison>& comparisons) {
  int code = comparisons.empty() ? exit_refused : exit_ok;
  for (const Comparison& each : comparisons) {
    const Verdict verdict = verdict_of(each);
    if (verdict == Verdict::differs || verdict == Verdict::would_not_work) return exit_not_verified;
    if (verdict == Verdict::unknown && code == exit_ok) code = exit_code_of(each.trust.error().code);
  }
  return code;
}

std::string what_next(int code, const std::string& catalog) {
  if (code == exit_ok) return "AWS holds what the IdP says.";
  if (code == exit_not_verified)
    return "What to do: postern federation prepare --catalog " + catalog +
           "\nCompare the fingerprints on the phone with somebody who runs the IdP before you change "
           "anything.";
  return "Not everything could be compared, so that nothing is proven either way.";
}

Result<int> show_difference(const FederationOptions& options, Format format) {
  const Instant judged_at = TRY(day_of(options.today));
  const catalog::Catalog catalog = TRY(catalog_in(options.catalog));
  const std::unique_ptr<http::Client> client = http::make_client();
  const Idps idps = TRY(read_idps(catalog, options, *client));
  AwsReader reader(catalog, options.aws_profile, *client);
  const federation::Aws* aws = TRY(reader.if_any(options.aws_profile));
  std::vector<Comparison> comparisons = federation::compare_all(catalog, idps, aws, judged_at);
  date_copies(comparisons, options.catalog);

  const int code = exit_code_for(comparisons);
  std::string text = in_words(idps);
  json::Array sides;
  for (const Comparison& each : comparisons) {
    text += in_words(each);
    sides.push_back(to_json(each));
  }
  if (catalog.federation.identity_center)
    text += "What Identity Center itself holds can be seen in its console only; its copy stands for it.\n";
  const int printed =
      print(json::Object{{"idps", to_json(idps)}, {"same", code == exit_ok}, {"sides", std::move(sides)}},
            text + what_next(code, options.catalog), format);
  return printed == exit_ok ? code : printed;
}

// --- prepare

/// A name in the folder, as commands run from here say it.
std::string path_in(const std::string& folder, const std::string& name) {
  return folder.empty() || folder == "." ? name : (fs::path(folder) / name).string();
}

/// The IdP's metadata and certificates as files, which are added to `files`.
Result<federation::NewMetadata> metadata_files(const Idp& idp, const std::string& folder, Files& files) {
  const std::string& name = idp.probe.text();
  federation::NewMetadata out{.file = path_in(folder, name + ".xml"),
                              .text = TRY(federation::importable(idp.text)),
                              .idp = idp.metadata,
                              .certificates = {}};
  files[out.file] = out.text;
  for (const saml::SigningCertificate& each : idp.metadata.signing_certificates) {
    const std::string file = path_in(folder, fmt::format("{}-{}.pem", name, out.certificates.size() + 1));
    files[file] = federation::pem(each);
    out.certificates.push_back({each, file});
  }
  return out;
}

void add_policies(const catalog::Catalog& catalog, const std::string& folder, Files& files) {
  std::map<std::string, std::vector<catalog::SamlProvider>> by_account;
  for (const federation::Assigned& each : federation::destinations(catalog))
    if (const auto* provider = std::get_if<catalog::SamlProvider>(&each.destination.aws))
      by_account[provider->account.text()].push_back(*provider);
  for (const auto& [account, providers] : by_account)
    files[path_in(folder, "policy-" + account + ".json")] =
        json::pretty(federation::repair_policy(providers)) + "\n";
}

struct Prepared {
  Files files = {};
  std::string english = {};
  std::string japanese = {};
  std::vector<std::string> notes = {};
};

/// What stands in the way of steps for a destination is noted: the others' steps are wanted all the same.
Result<void> add_steps(federation::Assigned assigned, const Idps& idps, const federation::Aws* aws,
                       const std::string& folder, Prepared& out) {
  const auto* provider = std::get_if<catalog::SamlProvider>(&assigned.destination.aws);
  const std::string where = provider == nullptr ? "Identity Center" : federation::provider_arn(*provider);
  const auto idp = assigned.idp ? idps.find(*assigned.idp) : idps.end();
  if (idp == idps.end()) {
    out.notes.push_back(where +
                        ": the catalog does not say which IdP it is for. Name it in a saml_certificate "
                        "probe, with iam_provider.");
    return {};
  }
  if (!idp->second) {
    out.notes.push_back(where + ": " + idp->second.error().message);
    return {};
  }
  const federation::NewMetadata metadata = TRY(metadata_files(*idp->second, folder, out.files));
  if (provider != nullptr && aws != nullptr) {
    const auto held = federation::read_provider(*provider, assigned.reading_role, *aws);
    assigned.destination.is_deleted = !held && held.error().code == ErrorCode::not_found;
  }
  out.english += (out.english.empty() ? "" : "\n") + steps(assigned.destination, metadata, Language::en);
  out.japanese += (out.japanese.empty() ? "" : "\n") + steps(assigned.destination, metadata, Language::ja);
  return {};
}

/// False when exactly this is there already; `conflict` when something else is.
Result<bool> is_to_be_written(const std::string& path, const std::string& text) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (!fs::exists(status)) return true;
  const auto conflict = fail(ErrorCode::conflict, path +
                                                      " is there already, with other content. Name another "
                                                      "folder: --out FOLDER");
  if (!fs::is_regular_file(status)) return conflict;
  const Result<std::string> there = read_whole(path, saml::metadata_bytes_max);
  if (!there || *there != text) return conflict;
  return false;
}

/// All or nothing is there with other content before the first is written.
Result<void> write_all(const Files& files) {
  std::vector<std::string> fresh;
  for (const auto& [path, text] : files)
    if (TRY(is_to_be_written(path, text))) fresh.push_back(path);
  for (const std::string& path : fresh) {
    std::error_code error;
    if (const fs::path parent = fs::path(path).parent_path(); !parent.empty())
      fs::create_directories(parent, error);
    const std::string& text = files.at(path);
    std::FILE* const file = std::fopen(path.c_str(), "wx");
    if (file == nullptr) return fail(ErrorCode::unavailable, path + " cannot be written.");
    const bool is_written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    if (std::fclose(file) != 0 || !is_written)
      return fail(ErrorCode::unavailable, path + " cannot be written to its end.");
  }
  return {};
}

Result<Prepared> prepare(const FederationOptions& options) {
  const catalog::Catalog catalog = TRY(catalog_in(options.catalog));
  const std::unique_ptr<http::Client> client = http::make_client();
  const Idps idps = TRY(read_idps(catalog, options, *client));
  AwsReader reader(catalog, options.aws_profile, *client);
  const federation::Aws* aws = TRY(reader.if_any(options.aws_profile));
  Prepared out;
  for (const federation::Assigned& each : federation::destinations(catalog))
    TRY(add_steps(each, idps, aws, options.out, out));
  if (out.english.empty()) {
    std::string why = "There is nothing to prepare.";
    for (const std::string& each : out.notes) why += " " + each;
    if (out.notes.empty()) why += " Name Identity Center or IAM providers under federation in the catalog.";
    return fail(ErrorCode::not_found, why);
  }
  add_policies(catalog, options.out, out.files);
  out.files[path_in(options.out, "steps.en.md")] = out.english;
  out.files[path_in(options.out, "steps.ja.md")] = out.japanese;
  TRY(write_all(out.files));
  return out;
}

int show(const Prepared& prepared, const std::string& language, Format format) {
  const std::string& steps = language == "ja" ? prepared.japanese : prepared.english;
  std::string text = steps + "\n---\n\nWritten:\n";
  json::Array files;
  json::Array notes;
  for (const auto& [path, content] : prepared.files) {
    text += "  " + path + "\n";
    files.emplace_back(path);
  }
  for (const std::string& each : prepared.notes) {
    text += "Note: " + each + "\n";
    notes.emplace_back(each);
  }
  text.pop_back();
  return print(json::Object{{"files", std::move(files)}, {"notes", std::move(notes)}, {"steps", steps}}, text,
               format);
}

}  // namespace

int federation_diff(const FederationOptions& options, Format format) {
  const auto code = show_difference(options, format);
  return code ? *code : report(code.error(), format);
}

int federation_prepare(const FederationOptions& options, Format format) {
  const auto prepared = prepare(options);
  return prepared ? show(*prepared, options.language, format) : report(prepared.error(), format);
}

}  // namespace postern::cli
