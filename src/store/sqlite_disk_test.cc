#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <map>

#include "store/sqlite.h"
#include "store/store_for_test.h"

/// The disk's fault model. SQLite's writes, and every fdatasync of this program, come by here and are
/// counted. The n-th call from `fail_at` on fails with an error of choice, once or for good; what failed
/// changed nothing. A disk that loses what it reported as synced is not modelled.
namespace {

enum class Fault : std::uint8_t { none, once, for_good, kill, full };

struct Disk {
  Fault fault = Fault::none;
  int first_fault = 0;  ///< the call that fails, counted from 1
  int error = 0;
  int calls = 0;
  int writes = 0;
  int database_writes = 0;  ///< those to the database file itself
  int syncs = 0;
  bool fired = false;
  bool synced = true;  ///< nothing was written since the last sync

  /// True when this call must fail, with errno set.
  bool fails() {
    ++calls;
    if (fault == Fault::none || fault == Fault::full || calls < first_fault) return false;
    if (fault == Fault::once && calls > first_fault) return false;
    if (fault == Fault::kill) ::raise(SIGKILL);
    fired = true;
    errno = error;
    return true;
  }
  /// True when a full disk would have to make the file longer.
  bool has_no_space_for(int descriptor, off_t end) {
    struct stat status{};
    if (fault != Fault::full || ::fstat(descriptor, &status) != 0 || end <= status.st_size) return false;
    fired = true;
    errno = ENOSPC;
    return true;
  }
};

Disk disk;
bool syncs_for_real = true;  ///< these tests cut no power, and make thousands of syncs

ssize_t counted_pwrite(int descriptor, const void* bytes, std::size_t size, off_t offset) {
  if (disk.fails() || disk.has_no_space_for(descriptor, offset + static_cast<off_t>(size))) return -1;
  ++disk.writes;
  std::error_code ignored;
  const auto file = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor), ignored);
  if (file.extension() == ".db") ++disk.database_writes;
  disk.synced = false;
  return ::pwrite(descriptor, bytes, size, offset);
}

}  // namespace

/// Takes the place of the C library's for this program and for the SQLite that it loads.
extern "C" int fdatasync(int descriptor) {
  if (disk.fails()) return -1;
  ++disk.syncs;
  disk.synced = true;
  return syncs_for_real ? static_cast<int>(::syscall(SYS_fdatasync, descriptor)) : 0;
}

namespace postern::store {
namespace {

using testing::AnyOf;

enum class Operation : std::uint8_t { append, put, erase };

class SqliteDisk : public testing::Test {
 protected:
  SqliteDisk() {
    syncs_for_real = false;
    use(reinterpret_cast<sqlite3_syscall_ptr>(&counted_pwrite));
  }
  ~SqliteDisk() override {
    use(nullptr);
    syncs_for_real = true;
    disk = {};
  }

  static void use(sqlite3_syscall_ptr pwrite) {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    ENSURE(vfs->xSetSystemCall(vfs, "pwrite64", pwrite) == SQLITE_OK);
  }
  static std::unique_ptr<Store> open(const TestDirectory& directory) {
    // So small a log that some appends come with a checkpoint.
    return open_sqlite({.path = directory.file("ledger.db"), .wal_bytes = 64U << 10U}).value();
  }
  /// A store with `size` entries, the first of which has a private part.
  static std::unique_ptr<Store> open_with(const TestDirectory& directory, std::uint64_t size) {
    std::unique_ptr<Store> store = open(directory);
    for (std::uint64_t i = 0; i < size; ++i) {
      std::vector<NewEntry> batch = entries_from(i, 1);
      if (i == 0) batch[0].private_part = private_part("outage");
      EXPECT_EQ(outcome_of(store->append(i, batch)), "ok");
    }
    return store;
  }
  static std::string run(Store& store, Operation operation, std::uint64_t size) {
    switch (operation) {
      case Operation::append:
        return outcome_of(store.append(size, entries_from(size, 30)));
      case Operation::put:
        return outcome_of(store.put(std::string(30'000, 'b')));
      case Operation::erase:
        return outcome_of(store.erase_private(0));
    }
    return "";
  }

  /// Runs `operation` with a fault at call 1, 2, 3, … until it no longer meets the fault, and holds the store
  /// to its word each time. How often each outcome was seen.
  static std::map<std::string, int> sweep(Operation operation, int error, Fault fault, std::uint64_t size);
};

void expect_whole(Store& store, std::uint64_t size) {
  const std::vector<StoredEntry> found = store.read(0, read_entries_max).value();
  ASSERT_EQ(found.size(), size);
  for (std::uint64_t i = 0; i < size; ++i) {
    EXPECT_EQ(found[i].index, i);
    EXPECT_EQ(found[i].bytes, "entry " + std::to_string(i));
    EXPECT_EQ(found[i].leaf, ledger::leaf_hash(found[i].bytes));
  }
}

std::map<std::string, int> SqliteDisk::sweep(Operation operation, int error, Fault fault,
                                             std::uint64_t size) {
  std::map<std::string, int> seen;
  for (int call = 1;; ++call) {
    SCOPED_TRACE("fault at call " + std::to_string(call));
    const TestDirectory directory;
    std::unique_ptr<Store> store = open_with(directory, size);
    disk = {.fault = fault, .first_fault = call, .error = error};
    const std::string outcome = run(*store, operation, size);
    const bool fired = disk.fired;
    disk = {};
    ++seen[outcome];

    const std::uint64_t grown = operation == Operation::append ? size + 30 : size;
    std::uint64_t expected = outcome == "ok" ? grown : size;
    const std::string next = outcome_of(store->append(expected, entries_from(expected, 1)));
    if (next == "ok") ++expected;
    EXPECT_THAT(next, AnyOf("ok", "damaged"));
    if (!fired) {
      EXPECT_EQ(outcome, "ok");
      EXPECT_EQ(next, "ok");
    }
    if (outcome == "outcome_unknown") {
      EXPECT_EQ(next, "damaged");
      const std::string found = outcome_of(store->find("e-" + std::to_string(size)));
      EXPECT_EQ(found, operation == Operation::append ? "outcome_unknown" : "ok");
    }
    store.reset();
    store = open(directory);
    if (outcome == "outcome_unknown" && store->head().value() == grown) expected = grown;
    expect_whole(*store, expected);
    EXPECT_EQ(outcome_of(store->append(expected, entries_from(expected, 1))), "ok");
    if (!fired || testing::Test::HasFailure()) return seen;
  }
}

TEST_F(SqliteDisk, IsSyncedWhenAnAppendReturns) {
  const TestDirectory directory;
  const std::unique_ptr<Store> store = open_with(directory, 0);
  for (std::uint64_t i = 0; i < 40; ++i) {
    disk = {};
    ASSERT_EQ(outcome_of(store->append(i, entries_from(i, 1))), "ok");
    EXPECT_GT(disk.writes, 0);
    EXPECT_TRUE(disk.synced);
  }
  disk = {};
  ASSERT_EQ(outcome_of(store->put("the catalog")), "ok");
  EXPECT_TRUE(disk.writes > 0 && disk.synced);
}

TEST_F(SqliteDisk, FullLeavesTheLedgerAsItWasAndWritableWhenThereIsSpaceAgain) {
  for (const Fault fault : {Fault::once, Fault::for_good}) {
    for (const std::uint64_t size : {1U, 13U}) {
      for (const Operation operation : {Operation::append, Operation::put}) {
        const std::map<std::string, int> seen = sweep(operation, ENOSPC, fault, size);
        EXPECT_GT(seen.at("unavailable"), 0);
      }
    }
  }
}

TEST_F(SqliteDisk, FullStillTakesWhatTheReserveHolds) {
  const TestDirectory directory;
  const std::unique_ptr<Store> store = open_with(directory, 3);
  std::uint64_t size = 3;
  disk = {.fault = Fault::full};
  std::string outcome = "ok";
  while (outcome == "ok") {
    outcome = outcome_of(store->append(size, entries_from(size, 1)));
    if (outcome == "ok") ++size;
    ASSERT_LT(size, 1000U);
  }
  EXPECT_TRUE(disk.fired);
  EXPECT_EQ(outcome, "unavailable");
  EXPECT_GE(size, 10U) << "the reserve has 15 pages, of which 7 were used";

  disk = {};
  ASSERT_EQ(outcome_of(store->append(size, entries_from(size, 1))), "ok");
  expect_whole(*store, size + 1);
}

TEST_F(SqliteDisk, FailingEndsWritingAndLosesNothingAcknowledged) {
  for (const Fault fault : {Fault::once, Fault::for_good}) {
    for (const std::uint64_t size : {1U, 13U}) {
      for (const Operation operation : {Operation::append, Operation::put, Operation::erase}) {
        const std::map<std::string, int> seen = sweep(operation, EIO, fault, size);
        EXPECT_GT(seen.at("outcome_unknown"), 0);
      }
    }
  }
}

TEST_F(SqliteDisk, FailingLeavesTheFileAsItIsForWhoeverLooksIntoIt) {
  const TestDirectory directory;
  std::unique_ptr<Store> store = open_with(directory, 3);
  const std::string before = contents_of(directory.file("ledger.db"));
  disk = {.fault = Fault::once, .first_fault = 3, .error = EIO};
  ASSERT_EQ(outcome_of(store->append(3, entries_from(3, 1))), "outcome_unknown");
  store.reset();
  EXPECT_EQ(contents_of(directory.file("ledger.db")), before);
  EXPECT_TRUE(std::filesystem::exists(directory.file("ledger.db-wal")));
}

TEST_F(SqliteDisk, FailingToSyncACheckpointEndsWritingThoughTheAppendHolds) {
  // An append syncs once, or twice when it begins the log anew; with a checkpoint behind it, log and database
  // file are synced too, the latter by the last call of all.
  std::uint64_t size = 1;
  int last_call = 0;
  {
    const TestDirectory directory;
    const std::unique_ptr<Store> store = open_with(directory, size);
    for (disk = {}; disk.syncs < 3 && size < 100; ++size) {
      disk = {};
      ASSERT_EQ(outcome_of(store->append(size, entries_from(size, 1))), "ok");
    }
    last_call = disk.calls;
  }
  const TestDirectory directory;
  const std::unique_ptr<Store> store = open_with(directory, size - 1);
  disk = {.fault = Fault::once, .first_fault = last_call, .error = EIO};

  EXPECT_EQ(outcome_of(store->append(size - 1, entries_from(size - 1, 1))), "ok");

  EXPECT_TRUE(disk.fired);
  EXPECT_EQ(outcome_of(store->append(size, entries_from(size, 1))), "damaged");
  EXPECT_EQ(store->head().value(), size);
}

TEST_F(SqliteDisk, HoldsWhatOpeningShowsEvenAfterAKillBetweenWriteAndSync) {
  const TestDirectory directory;
  const pid_t child = ::fork();
  if (child == 0) {
    const std::unique_ptr<Store> store = open_with(directory, 2);
    disk = {};
    if (!store->append(2, entries_from(2, 1))) ::_exit(1);
    disk = {.fault = Fault::kill, .first_fault = disk.calls};  // the sync comes last
    if (store->append(3, entries_from(3, 1))) ::_exit(2);
    ::_exit(3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));

  disk = {};
  const std::unique_ptr<Store> store = open(directory);

  EXPECT_EQ(store->head().value(), 4U) << "written, if not synced";
  EXPECT_GT(disk.database_writes, 0)
      << "so it must be written again, since a page that once failed may count as clean,";
  EXPECT_TRUE(disk.synced) << "and synced before anybody sees it";
}

}  // namespace
}  // namespace postern::store
