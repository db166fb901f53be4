#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "store/file_lock.h"
#include "store/id_index.h"
#include "store/sqlite.h"
#include "store/sqlite_fault.h"
#include "store/sqlite_file.h"

namespace postern::store {

/// The writing half of a ledger file: holds its lock file and the only connection that writes. One caller at
/// a time.
class SqliteWriter {
 public:
  static Result<std::unique_ptr<SqliteWriter>> open(const SqliteOptions& options);

  Result<void> append(std::uint64_t expected_size, std::span<const NewEntry> entries);
  Result<void> erase_private(std::uint64_t index);
  Result<Digest> put(std::string_view bytes);
  Result<std::optional<std::uint64_t>> find(std::string_view id);

 private:
  SqliteWriter(FileLock lock, SQLite::Database db, const SqliteOptions& options);
  /// What a crash left in the write-ahead log becomes durable, the ids are read, space is reserved.
  Result<void> start();
  Result<void> load_ids();

  /// Runs `work` in a transaction of its own, which is durable when this succeeds.
  template <class Work>
  Result<void> transact(Work work);
  Result<void> expect_size(std::uint64_t expected_size);
  Result<void> expect_blobs(const NewEntry& entry);
  void insert(std::uint64_t index, const NewEntry& entry);

  /// Copies the write-ahead log into the database file; `mode` as in sqlite3_wal_checkpoint_v2. True when all
  /// of it was copied.
  Result<bool> checkpoint(int mode);
  void checkpoint_when_due();
  /// Fills the write-ahead log up with zeros to `wal_bytes`.
  Result<void> reserve_wal();
  /// Ends all writing if `code` says so, and gives the error for the caller.
  Error blame(int code, const std::string& what, Moment moment);

  FileLock lock_;
  std::string path_;
  std::size_t wal_bytes_;
  IdIndex ids_;
  std::mutex mutex_;
  std::optional<std::string> damage_;  ///< why nothing may be written any more
  int wal_pages_ = 0;                  ///< in the log after the last commit
  int checkpoint_due_;                 ///< at that many pages
  SQLite::Database db_;
  SQLite::Statement head_;
  SQLite::Statement insert_;
  SQLite::Statement erase_;
  SQLite::Statement has_blob_;
  SQLite::Statement put_;
};

}  // namespace postern::store
