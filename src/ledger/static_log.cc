#include "ledger/static_log.h"

#include <algorithm>
#include <utility>

#include "ledger/tile.h"

namespace postern::ledger {
namespace {

constexpr std::size_t hash_bytes = 32;
constexpr std::size_t bundle_bytes_max = tile_width * (2 + entry_bytes_max);

/// A tile or a bundle as it was found.
struct Part {
  std::uint64_t width = 0;
  Bytes bytes;
};

/// One walk over a log's files.
class Walk {
 public:
  Walk(const FileReader& read, const EntryCheck& check_entry) : read_(read), check_entry_(check_entry) {}

  /// Takes entries until a bundle is missing or damaged: behind it, no index would be certain.
  Result<void> take_entries(std::uint64_t size) {
    for (std::uint64_t first = 0; first < size; first += tile_width) {
      const std::uint64_t width = std::min(tile_width, size - first);
      const auto entries = read_bundle(first / tile_width, width);
      if (!entries) return fault_unless_unavailable(first, "The bundle that starts here: ", entries.error());
      const auto tile = read_tile(0, first / tile_width, width);
      if (!tile) TRY(fault_unless_unavailable(first, "The tile that starts here: ", tile.error()));
      for (std::uint64_t i = 0; i < width; ++i) {
        std::optional<Digest> recorded;
        if (tile)
          recorded =
              TRY(Digest::from_bytes(std::string_view(tile->bytes).substr(i * hash_bytes, hash_bytes)));
        take_entry(first + i, entries->at(i), recorded);
      }
    }
    return {};
  }

  /// Compares every tile above the leaves with what the entries lead to: a client that trusts a tile
  /// unchecked can be led astray by a forged one (CVE-2026-56865).
  Result<void> check_upper_tiles(std::uint64_t size) {
    for (unsigned level = 1; size >> (8 * level) > 0; ++level) {
      const std::uint64_t count = size >> (8 * level);
      for (std::uint64_t first = 0; first < count; first += tile_width) {
        const std::uint64_t index = first / tile_width;
        const auto tile = read_tile(level, index, std::min(tile_width, count - first));
        if (!tile)
          TRY(fault_unless_unavailable(std::nullopt, "", tile.error()));
        else if (!tile->bytes.starts_with(tile_bytes(level, index, std::span(audit.leaves()).first(size))))
          audit.add(std::nullopt, tile_path(level, index, tile->width) +
                                      " does not hold the hashes that the entries lead to.");
      }
    }
    return {};
  }

  Audit audit;

 private:
  void take_entry(std::uint64_t index, std::string_view bytes, const std::optional<Digest>& recorded) {
    const auto entry = audit.take(bytes, recorded);
    if (!entry) return;
    if (const auto verdict = check_entry_(*entry); !verdict)
      audit.add(index, entry->type + ": " + verdict.error().message);
  }

  Result<void> fault_unless_unavailable(std::optional<std::uint64_t> index, const char* what,
                                        const Error& error) {
    if (error.code == ErrorCode::unavailable) return tl::unexpected(error);
    audit.add(index, what + error.message);
    return {};
  }

  /// Reads `path(width)`, or the full file that may have replaced a partial one since (tlog-tiles, "Partial
  /// Tiles").
  template <class Path>
  Result<Part> read_part(std::uint64_t width, std::size_t bytes_max, const Path& path) {
    auto bytes = read_(path(width), bytes_max);
    if (!bytes && bytes.error().code == ErrorCode::not_found && width < tile_width) {
      width = tile_width;
      bytes = read_(path(width), bytes_max);
    }
    return Part{.width = width, .bytes = TRY(std::move(bytes))};
  }

  Result<Part> read_tile(unsigned level, std::uint64_t index, std::uint64_t width) {
    const auto path = [&](std::uint64_t w) { return tile_path(level, index, w); };
    Part tile = TRY(read_part(width, tile_width * hash_bytes, path));
    if (tile.bytes.size() != tile.width * hash_bytes)
      return fail(ErrorCode::damaged,
                  path(tile.width) + " does not hold " + std::to_string(tile.width) + " hashes.");
    return tile;
  }

  /// The entries of bundle `index`, the first `width` of which the checkpoint vouches for.
  Result<std::vector<Bytes>> read_bundle(std::uint64_t index, std::uint64_t width) {
    const auto path = [&](std::uint64_t w) { return bundle_path(index, w); };
    const Part bundle = TRY(read_part(width, bundle_bytes_max, path));
    auto entries = TRY(decode_bundle(bundle.bytes));
    if (entries.size() != bundle.width)
      return fail(ErrorCode::damaged,
                  path(bundle.width) + " does not hold " + std::to_string(bundle.width) + " entries.");
    return entries;
  }

  const FileReader& read_;
  const EntryCheck& check_entry_;
};

}  // namespace

Result<Audit> audit_static_log(const FileReader& read, const NoteVerifier& log,
                               const EntryCheck& check_entry) {
  const Bytes note = TRY(read("checkpoint", note_bytes_max));
  const auto checkpoint = open_checkpoint(note, log);
  Walk walk(read, check_entry);
  if (checkpoint) TRY(walk.take_entries(checkpoint->size));
  walk.audit.conclude(note, log);
  if (checkpoint && walk.audit.size() == checkpoint->size) TRY(walk.check_upper_tiles(checkpoint->size));
  return std::move(walk.audit);
}

}  // namespace postern::ledger
