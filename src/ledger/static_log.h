#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "ledger/audit.h"
#include "ledger/entry.h"

/// A log that lies as static files (C2SP tlog-tiles), read as its auditor reads it: nothing is taken from a
/// tile that was not recomputed from the entries.
namespace postern::ledger {

/// Gives the bytes at a path below the log's folder, such as "tile/entries/000.p/12". `not_found` when there
/// is no such file, `invalid` when it is larger than `bytes_max`, `unavailable` when it cannot be read.
using FileReader = std::function<Result<Bytes>(const std::string& path, std::size_t bytes_max)>;
/// Looks at one entry further than the tree does; its Error is remembered as a fault of that entry.
using EntryCheck = std::function<Result<void>(const Entry& entry)>;

/// Checks the checkpoint, each entry that it vouches for, and each tile of that tree. What is wrong or
/// missing is a fault in the Audit. An Error: `not_found` when there is no checkpoint, `unavailable` when a
/// file cannot be read.
Result<Audit> audit_static_log(const FileReader& read, const NoteVerifier& log,
                               const EntryCheck& check_entry);

}  // namespace postern::ledger
