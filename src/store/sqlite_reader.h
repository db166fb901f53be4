#pragma once

#include <mutex>
#include <string>

#include "store/log.h"
#include "store/sqlite_file.h"

namespace postern::store {

/// The reading half of a ledger file: one connection, one caller at a time. Checks nothing but the hash of a
/// blob, so that what is damaged can still be seen.
class SqliteReader {
 public:
  static Result<std::unique_ptr<SqliteReader>> open(const std::string& path,
                                                    std::chrono::milliseconds deadline);

  Result<std::uint64_t> head();
  Result<std::vector<StoredEntry>> read(std::uint64_t from, std::size_t count);
  /// Looks at every entry.
  Result<std::optional<std::uint64_t>> find(std::string_view id);
  Result<Bytes> get(const Digest& name);

 private:
  SqliteReader(SQLite::Database db, std::string path);

  std::string path_;
  std::mutex mutex_;
  SQLite::Database db_;
  SQLite::Statement head_;
  SQLite::Statement read_;
  SQLite::Statement find_;
  SQLite::Statement get_;
};

}  // namespace postern::store
