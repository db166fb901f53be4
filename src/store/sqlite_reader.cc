#include "store/sqlite_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/encoding.h"
#include "store/batch.h"
#include "store/sqlite_fault.h"

namespace postern::store {
namespace {

Bytes bytes_at(const Use& row, int column) {
  const SQLite::Column value = row->getColumn(column);
  const void* data = value.getBlob();
  return data == nullptr ? Bytes()
                         : Bytes(static_cast<const char*>(data), static_cast<std::size_t>(value.getBytes()));
}

/// A leaf of the wrong length becomes zeros: it fits no entry, which is what its reader needs to notice.
Digest leaf_at(const Use& row, int column) {
  return Digest::from_bytes(bytes_at(row, column)).value_or(Digest{});
}

/// A text that is no JSON any more becomes a JSON string: it does not fit the entry's commitment, but can be
/// read.
std::optional<ledger::PrivatePart> private_part_at(const Use& row, int salt, int text) {
  if (row->isColumnNull(salt) || row->isColumnNull(text)) return std::nullopt;
  const Bytes stored = bytes_at(row, text);
  Result<json::Value> parsed = json::parse(stored);
  json::Value value = parsed ? *std::move(parsed) : json::Value(sanitized(stored, Lines::keep));
  return ledger::PrivatePart{.salt = bytes_at(row, salt), .value = std::move(value)};
}

}  // namespace

Result<std::unique_ptr<SqliteReader>> SqliteReader::open(const std::string& path,
                                                         std::chrono::milliseconds deadline) {
  return guarded(path, [&]() -> Result<std::unique_ptr<SqliteReader>> {
    SQLite::Database db = TRY(connect_for_reading(path, deadline));
    return std::unique_ptr<SqliteReader>(new SqliteReader(std::move(db), path));
  });
}

SqliteReader::SqliteReader(SQLite::Database db, std::string path)
    : path_(std::move(path)),
      db_(std::move(db)),
      head_(db_, "SELECT coalesce(max(idx) + 1, 0) FROM entry"),
      read_(db_,
            "SELECT idx, leaf, bytes, private_salt, private_value FROM entry WHERE idx >= ? ORDER BY idx "
            "LIMIT ?"),
      find_(db_, "SELECT idx FROM entry WHERE id = ? LIMIT 1"),
      get_(db_, "SELECT bytes FROM blob WHERE hash = ?") {}

Result<std::uint64_t> SqliteReader::head() {
  const std::lock_guard lock(mutex_);
  return guarded(path_, [&]() -> Result<std::uint64_t> {
    const Use row(head_);
    row->executeStep();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, row->getColumn(0).getInt64()));
  });
}

Result<std::vector<StoredEntry>> SqliteReader::read(std::uint64_t from, std::size_t count) {
  TRY(check_read(count));
  std::vector<StoredEntry> entries;
  if (from > std::numeric_limits<std::int64_t>::max()) return entries;
  const std::lock_guard lock(mutex_);
  return guarded(path_, [&]() -> Result<std::vector<StoredEntry>> {
    const Use row(read_);
    row->bind(1, static_cast<std::int64_t>(from));
    row->bind(2, static_cast<std::int64_t>(count));
    while (row->executeStep()) {
      entries.push_back({.index = static_cast<std::uint64_t>(row->getColumn(0).getInt64()),
                         .bytes = bytes_at(row, 2),
                         .leaf = leaf_at(row, 1),
                         .private_part = private_part_at(row, 3, 4)});
    }
    return std::move(entries);
  });
}

Result<std::optional<std::uint64_t>> SqliteReader::find(std::string_view id) {
  const std::lock_guard lock(mutex_);
  return guarded(path_, [&]() -> Result<std::optional<std::uint64_t>> {
    const Use row(find_);
    row->bind(1, std::string(id));
    if (!row->executeStep()) return std::nullopt;
    return static_cast<std::uint64_t>(row->getColumn(0).getInt64());
  });
}

Result<Bytes> SqliteReader::get(const Digest& name) {
  const std::lock_guard lock(mutex_);
  return guarded(path_, [&]() -> Result<Bytes> {
    const Use row(get_);
    row->bindNoCopy(1, name.bytes.data(), static_cast<int>(name.bytes.size()));
    if (!row->executeStep()) return no_such_blob(name);
    Bytes bytes = bytes_at(row, 0);
    if (sha256(bytes) != name) {
      return fail(ErrorCode::damaged,
                  "The blob " + name.hex() + " in " + path_ +
                      " is not what was stored under that name. Restore it from a backup.");
    }
    return bytes;
  });
}

}  // namespace postern::store
