#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "catalog/rules.h"

/// The catalog as files: YAML with precise faults, and the bundle that is signed and kept in the ledger.
namespace postern::catalog_file {

inline constexpr std::string_view catalog_path = "catalog.yaml";
inline constexpr std::size_t file_bytes_max = 1U << 20U;
inline constexpr std::size_t playbook_bytes_max = 64U << 10U;
inline constexpr std::size_t metadata_bytes_max = 256U << 10U;
inline constexpr std::size_t files_max = 200;
inline constexpr std::size_t sources_bytes_max = 4U << 20U;  ///< all files together
inline constexpr std::size_t bundle_bytes_max =
    9U << 20U;  ///< JSON makes a text at most twice as long: it has no control characters
inline constexpr int nesting_max = 32;
inline constexpr std::size_t nodes_max = 200'000;  ///< after aliases are followed: stands against alias bombs

/// The sources by path relative to the catalog's folder. "catalog.yaml" is the catalog itself (whatever the
/// file was called on disk), other .yaml files directly beside it are further parts of it: each top-level key
/// stands in one of them. The rest are the playbooks that it names, their translations into Japanese beside
/// them ("playbooks/x.md" and "playbooks/x.ja.md"), and copies of SAML metadata that its probes name.
struct Sources {
  std::map<std::string, std::string> files;
  friend bool operator==(const Sources&, const Sources&) = default;
};

/// A fault at a place in a file; lines and columns count from 1, 0 means the file as a whole.
struct Fault {
  catalog::Rule rule = catalog::Rule::wrong_value;
  std::string file;
  int line = 0;
  int column = 0;
  std::string what;      ///< one sentence; for a fault of form, what to do as well
  std::string fix = {};  ///< what to do, where `what` does not say it
  [[nodiscard]] catalog::Severity severity() const { return catalog::about(rule).severity; }
  friend bool operator==(const Fault&, const Fault&) = default;
};
/// "catalog.yaml:12:5: error: … [PC004]"
std::string to_text(const Fault& fault);

/// The catalog, if there is no fault of severity error; and all faults at once, in the order of the file.
struct Reading {
  std::optional<catalog::Catalog> catalog;
  std::vector<Fault> faults;
  std::size_t left_out = 0;  ///< faults beyond the first 500; errors come before warnings there
};

/// Whether what has grown old is a fault, too: it depends on the day, so that whoever asks names it.
using Today = std::optional<Instant>;

/// Reads, and lints what has no error so far. Accepts all of design/catalog-example.yaml; sections that this
/// version does not use are checked for syntax and otherwise kept in the bundle untouched. Unknown keys are
/// errors that name the nearest known key; keys that stand twice, wrong types, unknown names, malformed ids,
/// durations, URLs and account ids are errors at their own position. Never throws; never reads anything but
/// `sources`.
Reading read(const Sources& sources, Today today = {});

/// Reads a catalog that owners have put in force. It is not judged again, nor is the form of its values: what
/// they signed stays in force even where a later version of Postern would no longer accept it, and where a
/// time zone is not known on this machine (its calendar then goes by UTC). Only what is not YAML has no
/// catalog. Not for files from elsewhere: what has another form than it must have reads as something else or
/// nothing.
Reading read_in_force(const Sources& sources);

/// Loads `path` and every file that it names from disk, with the translations that exist. A folder is a
/// catalog of several parts: its catalog.yaml and every other .yaml file directly in it. `not_found`,
/// `unavailable` (the disk), `invalid` (size, not UTF-8, path that leaves the folder, also through a link;
/// not a regular file). A missing playbook is not an error here: `read` reports it with its position. Nor is
/// a catalog that is not YAML.
Result<Sources> load(const std::string& path);

/// The folder that paths in the catalog at `path` are relative to: that of the file, or the folder itself.
std::string folder_of(const std::string& path);

/// One blob that holds the sources: canonical JSON {"format":"postern-catalog/1","files":{path: text}}. Its
/// SHA-256 is the catalog's version, and what the owners sign for. `sources` must come from load() or
/// unbundle(), or be accepted by read().
Bytes bundle(const Sources& sources);
/// `invalid` unless `bytes` is exactly what bundle() writes, so that no catalog has two versions.
Result<Sources> unbundle(std::string_view bytes);

}  // namespace postern::catalog_file
