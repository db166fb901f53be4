// Looking at the ledger: verify, show, proof, export.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "base/encoding.h"
#include "cli/ledger_source.h"
#include "ledger/audit.h"
#include "ledger/proof.h"
#include "ledger/tile.h"
#include "ledger/tree.h"

namespace postern::cli {
namespace {

constexpr std::size_t page = 500;

Format format_of(const Settings& settings) { return settings.json ? Format::json : Format::text; }

/// Opens the source that the options name and runs `command` on it.
template <class Command>
int with_source(const Settings& settings, const LedgerOptions& options, const OpenState& open,
                Command&& command) {
  const auto done = [&]() -> Result<int> {
    const std::unique_ptr<LedgerSource> source =
        options.state.empty() ? from_server(settings) : TRY(open(options.state));
    return command(*source);
  }();
  return done ? *done : report(done.error(), format_of(settings));
}

/// Calls `take` for every row from `from` on.
template <class Take>
Result<void> for_each_row(LedgerSource& source, std::uint64_t from, Take&& take) {
  const std::uint64_t size = TRY(source.size());
  while (from < size) {
    const std::vector<LedgerSource::Row> rows = TRY(source.read(from, page));
    if (rows.empty()) break;
    for (const LedgerSource::Row& row : rows) TRY(take(row));
    from += rows.size();
  }
  return {};
}

json::Value to_json(const ledger::Fault& fault) {
  return json::Object{{"index", fault.index ? json::Value(*fault.index) : json::Value()},
                      {"what", fault.what}};
}

Result<ledger::NoteVerifier> log_key(LedgerSource& source, const LedgerOptions& options) {
  return ledger::NoteVerifier::parse(options.key.empty() ? TRY(source.vkey()) : options.key);
}

/// One entry on one line, for people.
std::string line_of(const LedgerSource::Row& row, const ledger::Entry& entry) {
  return fmt::format("{:>6}  {}  {:<20} {:<16} {}", row.index, to_rfc3339(entry.at), entry.type, entry.by,
                     json::canonical(entry.data));
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) return fail(ErrorCode::unavailable, "Cannot write " + path.string() + ".");
  return {};
}

Result<void> write_tiles(const std::filesystem::path& folder, const std::vector<Digest>& leaves) {
  for (unsigned level = 0; level < 8; ++level) {
    for (std::uint64_t index = 0;; ++index) {
      const Bytes tile = ledger::tile_bytes(level, index, leaves);
      if (tile.empty()) break;
      TRY(write_file(folder / ledger::tile_path(level, index, tile.size() / 32), tile));
    }
  }
  return {};
}

}  // namespace

int ledger_verify(const Settings& settings, const LedgerOptions& options, const OpenState& open) {
  return with_source(settings, options, open, [&](LedgerSource& source) -> Result<int> {
    const ledger::NoteVerifier key = TRY(log_key(source, options));
    const std::string checkpoint =
        TRY(source.checkpoint());  // before the entries: later ones are allowed, missing ones are not
    ledger::Audit audit;
    TRY(for_each_row(source, 0, [&](const LedgerSource::Row& row) -> Result<void> {
      audit.take(row.bytes, row.leaf);
      return {};
    }));
    audit.conclude(checkpoint, key);
    std::string text;
    json::Array faults;
    for (const ledger::Fault& fault : audit.faults()) {
      faults.push_back(to_json(fault));
      text += fmt::format("{}: {}\n", fault.index ? "entry " + std::to_string(*fault.index) : "ledger",
                          fault.what);
    }
    const bool good = audit.fault_count() == 0;
    text += good ? fmt::format("{} entries verified against the checkpoint signed by {}.", audit.size(),
                               key.vkey())
                 : fmt::format(
                       "DAMAGED: {} fault(s) in {} entries. Do not build on this ledger; see "
                       "docs/damaged-ledger.md.",
                       audit.fault_count(), audit.size());
    const int printed = print(
        json::Object{
            {"entries", audit.size()}, {"faults", std::move(faults)}, {"good", good}, {"vkey", key.vkey()}},
        text, format_of(settings));
    return good ? printed : exit_not_verified;
  });
}

int ledger_show(const Settings& settings, const LedgerOptions& options, const OpenState& open) {
  return with_source(settings, options, open, [&](LedgerSource& source) -> Result<int> {
    TRY(for_each_row(source, options.from, [&](const LedgerSource::Row& row) -> Result<void> {
      const auto entry = ledger::decode(row.bytes);
      if (!entry) {
        fmt::print("{:>6}  DAMAGED: {}\n", row.index, sanitized(entry.error().message, Lines::replace));
        return {};
      }
      if (!options.type.empty() && entry->type != options.type) return {};
      if (settings.json)
        fmt::print("{}\n", row.bytes);
      else
        fmt::print("{}\n", sanitized(line_of(row, *entry), Lines::replace));
      return {};
    }));
    return static_cast<int>(exit_ok);
  });
}

int ledger_proof(const Settings& settings, const LedgerOptions& options, const OpenState& open) {
  return with_source(settings, options, open, [&](LedgerSource& source) -> Result<int> {
    const std::string note = TRY(source.checkpoint());
    const ledger::Checkpoint checkpoint = TRY(ledger::open_checkpoint(note, TRY(log_key(source, options))));
    ledger::Tree tree;
    Bytes entry;
    TRY(for_each_row(source, 0, [&](const LedgerSource::Row& row) -> Result<void> {
      if (row.index < checkpoint.size) tree.append(ledger::leaf_hash(row.bytes));
      if (row.index == options.index) entry = row.bytes;
      return {};
    }));
    if (options.index >= tree.size())
      return fail(ErrorCode::not_found, "The ledger has no entry " + std::to_string(options.index) + ".");
    const ledger::Proof proof{options.index,
                              TRY(ledger::inclusion_proof(options.index, tree.size(), tree.nodes())), note};
    TRY(ledger::verify(proof, entry, TRY(log_key(source, options))));
    if (!options.out.empty()) {
      TRY(write_file(options.out, to_text(proof)));
      TRY(write_file(options.out + ".entry", entry));
    }
    return print(json::Object{{"entry", entry}, {"proof", to_text(proof)}},
                 options.out.empty()
                     ? to_text(proof)
                     : fmt::format("Wrote {} and {}.entry. Check them anywhere: postern-ledger-verify "
                                   "--proof {} --entry {}.entry --key {}",
                                   options.out, options.out, options.out, options.out, TRY(source.vkey())),
                 format_of(settings));
  });
}

int ledger_export(const Settings& settings, const LedgerOptions& options, const OpenState& open) {
  return with_source(settings, options, open, [&](LedgerSource& source) -> Result<int> {
    const std::filesystem::path folder = options.out;
    const std::string note = TRY(source.checkpoint());
    const ledger::Checkpoint checkpoint = TRY(ledger::open_checkpoint(note, TRY(log_key(source, options))));
    std::vector<Digest> leaves;
    std::vector<Bytes> bundle;
    const auto flush = [&]() -> Result<void> {
      if (bundle.empty()) return {};
      TRY(write_file(folder / ledger::bundle_path((leaves.size() - 1) / ledger::tile_width, bundle.size()),
                     ledger::encode_bundle(bundle)));
      bundle.clear();
      return {};
    };
    TRY(for_each_row(source, 0, [&](const LedgerSource::Row& row) -> Result<void> {
      if (row.index >= checkpoint.size) return {};
      leaves.push_back(ledger::leaf_hash(row.bytes));
      bundle.push_back(row.bytes);
      return bundle.size() == ledger::tile_width ? flush() : Result<void>();
    }));
    TRY(flush());
    TRY(write_tiles(folder, leaves));
    TRY(write_file(folder / "checkpoint", note));
    return print(
        json::Object{{"entries", static_cast<std::uint64_t>(leaves.size())}, {"folder", folder.string()}},
        fmt::format("Wrote {} entries to {}. Verify them with a program that is not this one: "
                    "postern-ledger-verify {} --key {}",
                    leaves.size(), folder.string(), folder.string(), TRY(source.vkey())),
        format_of(settings));
  });
}

}  // namespace postern::cli
