#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "store/log.h"

namespace postern::store {

struct SqliteOptions {
  std::string path;                          ///< the database file; made with mode 0600 if it is not there
  std::chrono::milliseconds deadline{5000};  ///< how long an append may wait for a lock
  std::size_t wal_bytes = 32U << 20U;  ///< held in reserve as `<path>-wal`, so that appends overwrite space
                                       ///< that is there already: faster, and it works on a full disk
};

/// A store in one SQLite file (WAL, synchronous=FULL: an append is durable when it returns). Format:
/// docs/storage.md. Opening refuses a file of another format or version, a file that another process writes
/// (one writer: an exclusive lock on `<path>.lock`), and a file that SQLite itself finds damaged. Opening
/// reads the whole file and keeps every entry's id in memory (about 120 bytes each): an index on disk made
/// appends several times slower. After an I/O error during a commit the store answers `damaged` to every
/// further append: a page that failed to reach the disk once may be reported as clean the next time
/// (PostgreSQL wiki, "Fsync Errors").
Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options);

/// The same file for reading only, also while a server writes it: for `postern ledger verify` and for a
/// ledger that is damaged. Appends, puts and erasures answer `forbidden`; `find` looks through all entries.
Result<std::unique_ptr<Store>> open_sqlite_read_only(const std::string& path);

}  // namespace postern::store
