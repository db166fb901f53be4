#include "store/sqlite_writer.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "ledger/merkle.h"
#include "store/batch.h"

namespace postern::store {
namespace {

constexpr std::size_t frame_bytes = page_bytes + 24;  // https://sqlite.org/fileformat2.html, 4.1

/// Checkpoint at three quarters of the reserve, so that the append that crosses the line still fits.
int pages_before_checkpoint(std::size_t wal_bytes) {
  const std::size_t pages = wal_bytes / frame_bytes * 3 / 4;
  return static_cast<int>(std::clamp<std::size_t>(pages, 16, 1U << 20U));
}

int on_commit(void* wal_pages, sqlite3*, const char*, int pages) {
  *static_cast<int*>(wal_pages) = pages;
  return SQLITE_OK;
}

void bind_bytes(const Use& use, int parameter, std::string_view bytes) {
  // An empty view may point nowhere, and SQLite would take that for NULL.
  use->bindNoCopy(parameter, bytes.empty() ? "" : bytes.data(), static_cast<int>(bytes.size()));
}

/// Makes the file up to `wanted` bytes long, as far as there is space: without a reserve appends still work,
/// until the disk is full. A failed sync shows again at the next commit, since the system reports it to each
/// descriptor.
void fill_with_zeros(const std::string& path, std::size_t wanted) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  const std::string zeros(1U << 20U, '\0');
  struct stat status{};
  std::size_t size = ::fstat(descriptor, &status) == 0 ? static_cast<std::size_t>(status.st_size) : wanted;
  while (size < wanted) {
    const std::size_t step = std::min(zeros.size(), wanted - size);
    const ssize_t written = ::pwrite(descriptor, zeros.data(), step, static_cast<off_t>(size));
    if (written <= 0) break;
    size += static_cast<std::size_t>(written);
  }
  ::fdatasync(descriptor);
  ::close(descriptor);
}

}  // namespace

Result<std::unique_ptr<SqliteWriter>> SqliteWriter::open(const SqliteOptions& options) {
  FileLock lock = TRY(FileLock::take(options.path + ".lock"));
  TRY(create_empty(options.path));
  return guarded(options.path, [&]() -> Result<std::unique_ptr<SqliteWriter>> {
    SQLite::Database db = TRY(connect_for_writing(options.path, options.deadline));
    std::unique_ptr<SqliteWriter> writer(new SqliteWriter(std::move(lock), std::move(db), options));
    TRY(writer->start());
    return writer;
  });
}

SqliteWriter::SqliteWriter(FileLock lock, SQLite::Database db, const SqliteOptions& options)
    : lock_(std::move(lock)),
      path_(options.path),
      wal_bytes_(options.wal_bytes),
      checkpoint_due_(pages_before_checkpoint(options.wal_bytes)),
      db_(std::move(db)),
      head_(db_, "SELECT coalesce(max(idx) + 1, 0) FROM entry"),
      insert_(
          db_,
          "INSERT INTO entry (idx, id, leaf, bytes, private_salt, private_value) VALUES (?, ?, ?, ?, ?, ?)"),
      erase_(db_, "UPDATE entry SET private_salt = NULL, private_value = NULL WHERE idx = ?"),
      has_blob_(db_, "SELECT 1 FROM blob WHERE hash = ?"),
      // Putting a document again also heals a copy that was damaged.
      put_(db_,
           "INSERT INTO blob (hash, bytes) VALUES (?, ?) "
           "ON CONFLICT (hash) DO UPDATE SET bytes = excluded.bytes WHERE bytes IS NOT excluded.bytes") {
  // Takes the place of SQLite's own automatic checkpoint, which would hide a failure.
  sqlite3_wal_hook(db_.getHandle(), on_commit, &wal_pages_);
}

Result<void> SqliteWriter::start() {
  // A process killed between write and fsync leaves a commit that recovery shows and power loss would take
  // back. Copying it into the database file writes it once more, so that even a page that failed to reach the
  // disk before and counts as clean now is made durable.
  if (!TRY(checkpoint(SQLITE_CHECKPOINT_FULL))) {
    return fail(ErrorCode::unavailable, "Another program reads an old state of " + path_ +
                                            ". Open the ledger again when it has finished.");
  }
  TRY(load_ids());
  return reserve_wal();
}

Result<void> SqliteWriter::load_ids() {
  SQLite::Statement rows(db_, "SELECT idx, id FROM entry ORDER BY idx");
  while (rows.executeStep()) {
    const std::uint64_t expected = ids_.size();
    const std::int64_t index = rows.getColumn(0).getInt64();
    if (static_cast<std::uint64_t>(index) == expected && ids_.add(rows.getColumn(1).getString(), expected))
      continue;
    return fail(ErrorCode::damaged, path_ + " is damaged at entry " + std::to_string(expected) +
                                        ": one is missing, or an id stands twice. " +
                                        "It can still be read: `postern ledger verify` says what is whole.");
  }
  return {};
}

template <class Work>
Result<void> SqliteWriter::transact(Work work) {
  if (damage_) {
    return fail(ErrorCode::damaged,
                path_ + " is not written any more since a write failed. Look at the disk, restart.",
                *damage_);
  }
  Moment moment = Moment::before_commit;
  try {
    SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
    TRY(work());
    moment = Moment::commit;
    transaction.commit();
  } catch (const SQLite::Exception& fault) {
    return tl::unexpected(blame(fault.getExtendedErrorCode(), fault.what(), moment));
  }
  checkpoint_when_due();
  return {};
}

Result<void> SqliteWriter::append(std::uint64_t expected_size, std::span<const NewEntry> entries) {
  TRY(check_batch(entries));
  const std::lock_guard lock(mutex_);
  Result<void> done = transact([&]() -> Result<void> {
    TRY(expect_size(expected_size));
    for (const NewEntry& entry : entries) {
      if (TRY(ids_.find(entry.id))) return repeated_id(entry.id);
      TRY(expect_blobs(entry));
    }
    std::uint64_t index = expected_size;
    for (const NewEntry& entry : entries) insert(index++, entry);
    return {};
  });
  if (!done && done.error().code == ErrorCode::outcome_unknown) ids_.doubt(entries);
  if (!done) return done;
  std::uint64_t index = expected_size;
  for (const NewEntry& entry : entries) ids_.add(entry.id, index++);
  return {};
}

Result<void> SqliteWriter::expect_size(std::uint64_t expected_size) {
  const Use row(head_);
  row->executeStep();
  const auto actual = static_cast<std::uint64_t>(row->getColumn(0).getInt64());
  if (actual != ids_.size()) {
    damage_ = "head " + std::to_string(actual) + ", expected " + std::to_string(ids_.size());
    return fail(ErrorCode::damaged,
                "Another program changed " + path_ + " in spite of its lock. Stop it, run " +
                    "`postern ledger verify`, then restart.",
                *damage_);
  }
  if (actual != expected_size) return other_size(expected_size, actual);
  return {};
}

Result<void> SqliteWriter::expect_blobs(const NewEntry& entry) {
  for (const Digest& name : entry.blobs) {
    const Use row(has_blob_);
    bind_bytes(row, 1, name.view());
    if (!row->executeStep()) return missing_blob(entry.id, name);
  }
  return {};
}

void SqliteWriter::insert(std::uint64_t index, const NewEntry& entry) {
  const Digest leaf = ledger::leaf_hash(entry.bytes);
  const std::string private_text = entry.private_part ? json::canonical(entry.private_part->value) : "";
  const Use use(insert_);
  use->bind(1, static_cast<std::int64_t>(index));
  use->bindNoCopy(2, entry.id);
  bind_bytes(use, 3, leaf.view());
  bind_bytes(use, 4, entry.bytes);
  if (entry.private_part) {
    bind_bytes(use, 5, entry.private_part->salt);
    use->bindNoCopy(6, private_text);
  } else {
    use->bind(5);
    use->bind(6);
  }
  use->exec();
}

Result<std::optional<std::uint64_t>> SqliteWriter::find(std::string_view id) {
  if (const std::optional<std::uint64_t> found = TRY(ids_.find(id))) return found;
  // An append may just have committed what readers see already and `ids_` does not have yet: wait for it.
  const std::lock_guard lock(mutex_);
  return ids_.find(id);
}

Result<void> SqliteWriter::erase_private(std::uint64_t index) {
  if (index > std::numeric_limits<std::int64_t>::max()) return no_such_entry(index);
  const std::lock_guard lock(mutex_);
  TRY(transact([&]() -> Result<void> {
    const Use use(erase_);
    use->bind(1, static_cast<std::int64_t>(index));
    if (use->exec() == 0) return no_such_entry(index);
    return {};
  }));
  // The text still stands in frames of the write-ahead log, and would until they are overwritten.
  const Result<bool> all = checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
  if (!all || !*all) {
    return fail(ErrorCode::unavailable,
                "The private part of entry " + std::to_string(index) + " is erased from " + path_ +
                    " but not yet from " + path_ + "-wal. Try again when no other program reads the ledger.",
                all ? "busy" : all.error().detail);
  }
  return reserve_wal();
}

Result<Digest> SqliteWriter::put(std::string_view bytes) {
  TRY(check_blob(bytes));
  const Digest name = sha256(bytes);
  const std::lock_guard lock(mutex_);
  TRY(transact([&]() -> Result<void> {
    const Use use(put_);
    bind_bytes(use, 1, name.view());
    bind_bytes(use, 2, bytes);
    use->exec();
    return {};
  }));
  return name;
}

Result<bool> SqliteWriter::checkpoint(int mode) {
  int in_log = 0;
  int copied = 0;
  sqlite3* const handle = db_.getHandle();
  const int code = sqlite3_wal_checkpoint_v2(handle, nullptr, mode, &in_log, &copied);
  if (code == SQLITE_OK) return copied == in_log;
  if (code == SQLITE_BUSY) return false;
  return tl::unexpected(
      blame(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle), Moment::before_commit));
}

void SqliteWriter::checkpoint_when_due() {
  if (wal_pages_ < checkpoint_due_) return;
  // What was appended is durable whatever comes of this. A failed fsync ends the next append (blame sees to
  // it); a reader in the way, or a full disk, only leaves more to copy the next time.
  const Result<bool> all = checkpoint(SQLITE_CHECKPOINT_PASSIVE);
  const int step = pages_before_checkpoint(wal_bytes_);
  checkpoint_due_ = all && *all ? step : wal_pages_ + step;
}

Result<void> SqliteWriter::reserve_wal() {
  return guarded(path_, [&]() -> Result<void> {
    // Zeros behind the last frame mean nothing to SQLite, but only the holder of the write lock may add them.
    const SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
    fill_with_zeros(path_ + "-wal", wal_bytes_);
    return {};
  });
}

Error SqliteWriter::blame(int code, const std::string& what, Moment moment) {
  Error error = to_error(code, what, path_, moment);
  if (!ends_writing(code, moment)) return error;
  damage_ = error.detail;
  // The file stays as it is, for whoever looks into it.
  sqlite3_db_config(db_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return error;
}

}  // namespace postern::store
