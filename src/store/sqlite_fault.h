#pragma once

#include <SQLiteCpp/Exception.h>

#include <string>
#include <type_traits>

#include "base/result.h"

/// What a failed call of SQLite means for the caller of a store (https://sqlite.org/rescode.html).
namespace postern::store {

/// Up to the commit a failure leaves nothing behind. During it the disk may hold all of the transaction or
/// none.
enum class Moment { before_commit, commit };

/// `damaged` for SQLITE_CORRUPT and SQLITE_NOTADB; during a commit `outcome_unknown`, but for SQLITE_FULL and
/// SQLITE_BUSY, which come before the commit record is written; `unavailable` for everything else.
Error to_error(int extended_code, const std::string& what, const std::string& path, Moment moment);

/// Whether the file must not be written again by this process: it is damaged, or the system failed to bring
/// it to the disk and may report the same pages as clean the next time.
bool ends_writing(int extended_code, Moment moment);

/// Runs `work`, which returns a Result and calls SQLiteCpp: exceptions become Errors here and go no further.
template <class Work>
std::invoke_result_t<Work> guarded(const std::string& path, Work&& work) {
  try {
    return work();
  } catch (const SQLite::Exception& fault) {
    return tl::unexpected(to_error(fault.getExtendedErrorCode(), fault.what(), path, Moment::before_commit));
  }
}

}  // namespace postern::store
