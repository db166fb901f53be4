#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <string>

#include "base/result.h"

/// Connections to a ledger file, ready for use. docs/storage.md describes the format. Everything here but
/// `create_empty` throws SQLite::Exception, and is called inside `guarded`.
namespace postern::store {

inline constexpr int application_id = 0x5073746e;  ///< "Pstn", bytes 68 to 71 of the file
inline constexpr int format_version = 1;           ///< bytes 60 to 63
inline constexpr int page_bytes = 4096;

/// Makes an empty file of mode 0600 unless there is one. Must come before any connection of this process to
/// it: closing a file drops the process's POSIX locks on it (https://sqlite.org/howtocorrupt.html, 2.2).
Result<void> create_empty(const std::string& path);

/// For the one writer. Lays the format out in an empty file. `invalid` for another program's file or another
/// version, `damaged` when SQLite's own check fails; such a file is left as it is.
Result<SQLite::Database> connect_for_writing(const std::string& path, std::chrono::milliseconds deadline);

/// Changes nothing in the file, ever: not even a checkpoint when it closes. Works beside a writer.
Result<SQLite::Database> connect_for_reading(const std::string& path, std::chrono::milliseconds deadline);

/// One use of a kept statement. Resets it in the end, since a statement in the middle of its rows holds a
/// snapshot.
class Use {
 public:
  explicit Use(SQLite::Statement& statement) : statement_(statement) {}
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() { statement_.tryReset(); }
  SQLite::Statement* operator->() const { return &statement_; }

 private:
  SQLite::Statement& statement_;
};

}  // namespace postern::store
