#include "store/sqlite_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace postern::store {
namespace {

// `idx` counts from 0 without gaps. There is no index over `id`: random keys would dirty one more page for
// nearly every entry of a batch (bench/append_bench.cc); the writer keeps the ids in memory instead.
constexpr const char* schema = R"sql(
CREATE TABLE entry (
  idx INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  leaf BLOB NOT NULL,
  bytes BLOB NOT NULL,
  private_salt BLOB,
  private_value TEXT
) STRICT;
CREATE TABLE blob (
  hash BLOB PRIMARY KEY NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
)sql";

int number(SQLite::Database& db, const char* query) { return db.execAndGet(query).getInt(); }

std::string pragma(const char* name, int value) {
  return std::string("PRAGMA ") + name + " = " + std::to_string(value);
}

Result<void> check_format(SQLite::Database& db, const std::string& path) {
  const int found_id = number(db, "PRAGMA application_id");
  if (found_id != application_id) {
    return fail(ErrorCode::invalid,
                path + " is a database of another program and no Postern ledger. Name another file.",
                "application_id " + std::to_string(found_id) + ", needed " + std::to_string(application_id));
  }
  const int version = number(db, "PRAGMA user_version");
  if (version != format_version) {
    return fail(ErrorCode::invalid, path + " has ledger format " + std::to_string(version) +
                                        "; this Postern reads and writes format " +
                                        std::to_string(format_version) +
                                        ". Use the version of Postern that wrote it.");
  }
  return {};
}

/// One transaction, so that a crash leaves an empty database or a finished one.
void lay_out(SQLite::Database& db) {
  SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
  db.exec(schema);
  db.exec(pragma("application_id", application_id));
  db.exec(pragma("user_version", format_version));
  transaction.commit();
}

bool is_empty(SQLite::Database& db) {
  return number(db, "PRAGMA application_id") == 0 && number(db, "SELECT count(*) FROM sqlite_schema") == 0;
}

Result<void> turn_on_wal(SQLite::Database& db, const std::string& path) {
  if (db.execAndGet("PRAGMA journal_mode = WAL").getString() == "wal") return {};
  return fail(ErrorCode::unavailable, "SQLite cannot keep a write-ahead log for " + path +
                                          ". Put the ledger on a local disk, not on a network file system.");
}

Result<void> check_pages(SQLite::Database& db, const std::string& path) {
  const std::string verdict = db.execAndGet("PRAGMA quick_check(1)").getString();
  if (verdict == "ok") return {};
  return fail(
      ErrorCode::damaged,
      path + " is damaged and will not be written. It can still be read: `postern ledger verify` says what " +
          "is whole. Restore it from a backup.",
      "quick_check: " + verdict);
}

void checkpoint_when_closed(SQLite::Database& db, bool wanted) {
  sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1, nullptr);
}

}  // namespace

Result<void> create_empty(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
    return {};
  }
  if (errno == EEXIST) return {};
  return fail(ErrorCode::unavailable, path + " cannot be made: " + std::strerror(errno) +
                                          ". Check that its directory is there and may be written.");
}

Result<SQLite::Database> connect_for_writing(const std::string& path, std::chrono::milliseconds deadline) {
  SQLite::Database db(path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX,
                      static_cast<int>(deadline.count()));
  checkpoint_when_closed(db, false);
  db.exec("PRAGMA trusted_schema = OFF");
  db.exec("PRAGMA cell_size_check = ON");
  const bool fresh = is_empty(db);
  if (fresh) {
    db.exec(pragma("page_size", page_bytes));
  } else {
    TRY(check_format(db, path));
  }
  TRY(turn_on_wal(db, path));
  db.exec("PRAGMA synchronous = FULL");
  db.exec("PRAGMA secure_delete = ON");
  if (fresh) {
    lay_out(db);
  } else {
    TRY(check_pages(db, path));
  }
  checkpoint_when_closed(db, true);
  return db;
}

Result<SQLite::Database> connect_for_reading(const std::string& path, std::chrono::milliseconds deadline) {
  // Without write access to the file SQLite cannot checkpoint into it, which query_only alone would allow.
  SQLite::Database db(path, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX, static_cast<int>(deadline.count()));
  db.exec("PRAGMA query_only = ON");
  db.exec("PRAGMA trusted_schema = OFF");
  TRY(check_format(db, path));
  return db;
}

}  // namespace postern::store
