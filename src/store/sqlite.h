#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "store/log.h"

namespace postern::store {

struct SqliteOptions {
  std::string path;                                   ///< the database file; made with mode 0600 if it is not there
  std::chrono::milliseconds deadline{5000};           ///< how long an append may wait for a lock
};

/// A store in one SQLite file (WAL, synchronous=FULL: an append is durable when it returns). Format: docs/storage.md.
/// Opening refuses a file of another format or version, a file that another process writes (one writer: an
/// exclusive lock on `<path>.lock`), and a file that SQLite itself finds damaged.
/// After an I/O error during a commit the store answers `damaged` to every further append: a page that failed to
/// reach the disk once may be reported as clean the next time (PostgreSQL wiki, "Fsync Errors").
Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options);

/// The same file for reading only, also while a server writes it: for `postern ledger verify` and for a ledger that
/// is damaged. Appends and puts answer `forbidden`.
Result<std::unique_ptr<Store>> open_sqlite_read_only(const std::string& path);

}  // namespace postern::store
