#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "ledger/entry.h"

/// Where the ledger's entries and blobs are kept. The vocabulary is three verbs: append, read, head. Storage
/// knows nothing of what entries mean, and every implementation passes the same contract test
/// (store/contract.h).
namespace postern::store {

/// An entry on its way in.
struct NewEntry {
  Bytes bytes;                                           ///< what ledger::encode made
  std::string id;                                        ///< the entry's `id`
  std::optional<ledger::PrivatePart> private_part = {};  ///< kept beside the log, erasable
  std::vector<Digest> blobs = {};  ///< blobs that the entry names; each must be there already
};

/// An entry as it was found. `leaf` is the hash recorded when it was appended: it names the damaged entry
/// when the bytes have changed since.
struct StoredEntry {
  std::uint64_t index = 0;
  Bytes bytes;
  Digest leaf;
  std::optional<ledger::PrivatePart> private_part = {};
};

/// Limits of one call. An entry has at most ledger::entry_bytes_max bytes.
inline constexpr std::size_t append_entries_max = 4096;
inline constexpr std::size_t read_entries_max = 4096;
inline constexpr std::size_t blob_bytes_max = 8U << 20U;
inline constexpr std::size_t private_bytes_max = 65'535;  ///< canonical JSON of one private part
inline constexpr std::size_t entry_blobs_max = 1024;      ///< more hex names than an entry could hold

/// An append-only sequence of entries. One thread at a time may append; reads may come from any thread at any
/// time and see only what is durable.
class Log {
 public:
  virtual ~Log() = default;

  /// How many entries are durable.
  virtual Result<std::uint64_t> head() = 0;

  /// Appends all of `entries` behind entry `expected_size`-1, or none. On success they are durable: they
  /// survive power loss. Errors: `conflict` - the log has another size now (somebody else was first), nothing
  /// was written; `not_found` - a named blob is missing, nothing was written; `invalid` - an id stands twice
  /// or a limit is broken, nothing was written; `unavailable` - nothing was written; `outcome_unknown` - look
  /// the entries up by id before deciding again; `damaged` - this store must not be written again.
  virtual Result<void> append(std::uint64_t expected_size, std::span<const NewEntry> entries) = 0;

  /// Up to `count` entries from index `from` on, in order; fewer at the end. `count` <= read_entries_max.
  virtual Result<std::vector<StoredEntry>> read(std::uint64_t from, std::size_t count) = 0;

  /// The index of the entry with that id, if there is one. `outcome_unknown` as long as only opening the
  /// store again can tell, because an append of unknown outcome may have left it.
  virtual Result<std::optional<std::uint64_t>> find(std::string_view id) = 0;

  /// Forgets the private part of the entry at `index`, for good. The entry and its commitment stay. Doing it
  /// again, or where there is none, is fine; `not_found` when there is no such entry. Errors else as
  /// `append`.
  virtual Result<void> erase_private(std::uint64_t index) = 0;
};

/// Documents named by their SHA-256: catalogs, evidence.
class Blobs {
 public:
  virtual ~Blobs() = default;
  /// Keeps `bytes` durably and gives their name. Putting the same bytes again is fine. At most
  /// blob_bytes_max.
  virtual Result<Digest> put(std::string_view bytes) = 0;
  /// `not_found` when there is no such blob, `damaged` when what is there does not have that hash.
  virtual Result<Bytes> get(const Digest& name) = 0;
};

/// Both, as one place.
class Store : public Log, public Blobs {};

}  // namespace postern::store
