#include "store/sqlite_fault.h"

#include <sqlite3.h>

namespace postern::store {
namespace {

constexpr int primary(int extended_code) { return extended_code & 0xff; }

bool is_corrupt(int code) { return primary(code) == SQLITE_CORRUPT || primary(code) == SQLITE_NOTADB; }

bool is_harmless_in_commit(int code) { return primary(code) == SQLITE_FULL || primary(code) == SQLITE_BUSY; }

std::string message_before_commit(int code, const std::string& path) {
  switch (primary(code)) {
    case SQLITE_FULL:
      return "The disk that holds " + path + " is full; nothing was written. Free some space and try again.";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "Another program holds a lock on " + path + "; nothing was written. `fuser " + path +
             "` names it; try again when it has finished.";
    case SQLITE_CANTOPEN:
      return path +
             " cannot be opened. Check that it is there, that it may be read, and that its directory may "
             "be " +
             "written (or copy it together with its -wal file into one that may).";
    default:
      return path +
             " cannot be read or written at the moment; nothing was written. Try again, and look at the "
             "disk " +
             "when this goes on.";
  }
}

}  // namespace

Error to_error(int extended_code, const std::string& what, const std::string& path, Moment moment) {
  std::string detail = "SQLite " + std::to_string(extended_code) + ": " + what;
  if (is_corrupt(extended_code)) {
    return {
        .code = ErrorCode::damaged,
        .message = path +
                   " is damaged, or is no ledger at all, and will not be written. It can still be read: " +
                   "`postern ledger verify` says what is whole. Restore it from a backup.",
        .detail = std::move(detail)};
  }
  if (moment == Moment::commit && !is_harmless_in_commit(extended_code)) {
    return {.code = ErrorCode::outcome_unknown,
            .message = "The disk failed while " + path +
                       " was being written. Whether the last entries are there shows when the " +
                       "ledger is opened again: look at the disk, then restart.",
            .detail = std::move(detail)};
  }
  return {.code = ErrorCode::unavailable,
          .message = message_before_commit(extended_code, path),
          .detail = std::move(detail)};
}

bool ends_writing(int extended_code, Moment moment) {
  if (is_corrupt(extended_code)) return true;
  if (extended_code == SQLITE_IOERR_FSYNC || extended_code == SQLITE_IOERR_DIR_FSYNC) return true;
  return moment == Moment::commit && !is_harmless_in_commit(extended_code);
}

}  // namespace postern::store
