#include "store/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "base/encoding.h"
#include "store/store_for_test.h"

namespace postern::store {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// A connection past the store, as somebody with a shell on the machine has it.
class RawConnection {
 public:
  explicit RawConnection(const std::string& path) { ENSURE(sqlite3_open(path.c_str(), &db_) == SQLITE_OK); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  ~RawConnection() { sqlite3_close(db_); }
  void run(const std::string& sql) {
    ENSURE(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  std::string ask(const std::string& sql) {
    std::string answer;
    const auto keep = [](void* out, int, char** values, char**) {
      *static_cast<std::string*>(out) = values[0] == nullptr ? "" : values[0];
      return 0;
    };
    ENSURE(sqlite3_exec(db_, sql.c_str(), keep, &answer, nullptr) == SQLITE_OK);
    return answer;
  }

 private:
  sqlite3* db_ = nullptr;
};

unsigned mode_of(const std::string& path) {
  struct stat status{};
  ENSURE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

class Sqlite : public testing::Test {
 protected:
  Result<std::unique_ptr<Store>> try_open() const {
    return open_sqlite({.path = path, .deadline = 50ms, .wal_bytes = 256U << 10U});
  }
  std::unique_ptr<Store> open() const { return try_open().value(); }
  std::unique_ptr<Store> open_to_read() const { return open_sqlite_read_only(path).value(); }
  /// A closed ledger of `count` entries.
  void given_a_ledger_of(std::size_t count) const {
    const std::unique_ptr<Store> store = open();
    ASSERT_EQ(outcome_of(store->append(0, entries_from(0, count))), "ok");
  }

  /// A ledger of `count` entries as a crash leaves it: the last of them stands in the write-ahead log only.
  void given_a_crashed_ledger_of(std::size_t count) const {
    given_a_ledger_of(count - 1);
    const pid_t child = ::fork();
    if (child == 0) {
      const std::unique_ptr<Store> store = open();
      ::_exit(store->append(count - 1, entries_from(count - 1, 1)) ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  /// Overwrites page 4, the index over blobs, which stands behind the schema and the two tables.
  void damage_the_blobs() const {
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(3L * 4096).write("garbage", 7);
  }

  TestDirectory directory;
  std::string path = directory.file("ledger.db");
};

TEST_F(Sqlite, KeepsEverythingWhenItIsOpenedAgain) {
  NewEntry first = entry("a", "first");
  first.private_part = private_part("outage");
  {
    const std::unique_ptr<Store> store = open();
    first.blobs = {store->put("the catalog").value()};
    ASSERT_EQ(outcome_of(store->append(0, std::vector{first, entry("b")})), "ok");
  }
  const std::unique_ptr<Store> store = open();
  EXPECT_EQ(store->head().value(), 2U);
  EXPECT_EQ(store->find("b").value(), 1U);
  EXPECT_EQ(store->get(sha256("the catalog")).value(), "the catalog");
  EXPECT_EQ(store->read(0, 1).value()[0].private_part, first.private_part);
  EXPECT_EQ(outcome_of(store->append(2, std::vector{entry("a")})), "invalid");
  EXPECT_EQ(outcome_of(store->append(2, std::vector{entry("c")})), "ok");
}

TEST_F(Sqlite, LetsOnlyItsOwnerReadTheFiles) {
  const mode_t before = ::umask(0);
  const std::unique_ptr<Store> store = open();
  ::umask(before);
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) EXPECT_EQ(mode_of(path + suffix), 0600U) << suffix;
}

TEST_F(Sqlite, IsRecognisedByItsHeader) {
  given_a_ledger_of(1);
  const std::string file = contents_of(path);
  EXPECT_EQ(file.substr(0, 16), std::string("SQLite format 3\0", 16));
  EXPECT_EQ(to_hex(file.substr(60, 4)), "00000001");
  EXPECT_EQ(file.substr(68, 4), "Pstn");
}

TEST_F(Sqlite, KeepsTheWriteAheadLogInReserveAndWithinBounds) {
  const std::unique_ptr<Store> store = open();
  EXPECT_EQ(std::filesystem::file_size(path + "-wal"), 256U << 10U);
  for (std::uint64_t i = 0; i < 300; ++i) {
    const std::vector batch{entry("e-" + std::to_string(i), Bytes(2000, 'x'))};
    ASSERT_EQ(outcome_of(store->append(i, batch)), "ok");
  }
  EXPECT_EQ(std::filesystem::file_size(path + "-wal"), 256U << 10U);
}

TEST_F(Sqlite, LeavesOneFileWhenItIsClosed) {
  given_a_ledger_of(3);
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(path + "-shm"));
}

TEST_F(Sqlite, RefusesASecondWriter) {
  std::unique_ptr<Store> first = open();
  const auto second = try_open();
  ASSERT_EQ(outcome_of(second), "conflict");
  EXPECT_THAT(second.error().message, HasSubstr(path + ".lock"));
  first.reset();
  EXPECT_EQ(outcome_of(try_open()), "ok");
}

TEST_F(Sqlite, RefusesASecondWriterInAnotherProcessAndByAnotherName) {
  const std::unique_ptr<Store> first = open();
  const std::string other_name = directory.file("link.db");
  std::filesystem::create_symlink(path, other_name);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto second = open_sqlite({.path = other_name});
    ::_exit(outcome_of(second) == "conflict" ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(Sqlite, RefusesAnotherProgramsDatabaseAndLeavesItAlone) {
  RawConnection(path).run("CREATE TABLE accounts (name TEXT)");
  const std::string before = contents_of(path);
  const auto opened = try_open();
  ASSERT_EQ(outcome_of(opened), "invalid");
  EXPECT_THAT(opened.error().message, HasSubstr("another program"));
  EXPECT_EQ(outcome_of(open_sqlite_read_only(path)), "invalid");
  EXPECT_EQ(contents_of(path), before);
}

TEST_F(Sqlite, RefusesAnotherFormatAndSaysWhatIsNeeded) {
  given_a_ledger_of(1);
  RawConnection(path).run("PRAGMA user_version = 2");
  for (const auto& opened : {outcome_of(try_open()), outcome_of(open_sqlite_read_only(path))})
    EXPECT_EQ(opened, "invalid");
  EXPECT_THAT(try_open().error().message,
              HasSubstr("has ledger format 2; this Postern reads and writes format 1"));
}

TEST_F(Sqlite, RefusesWhatIsNoDatabase) {
  std::ofstream(path) << std::string(8192, 'x');
  EXPECT_EQ(outcome_of(try_open()), "damaged");
  EXPECT_EQ(outcome_of(open_sqlite_read_only(path)), "damaged");
}

TEST_F(Sqlite, SaysWhatToDoWhenTheDirectoryIsMissing) {
  const auto opened = open_sqlite({.path = directory.file("none/ledger.db")});
  ASSERT_EQ(outcome_of(opened), "unavailable");
  EXPECT_THAT(opened.error().message, HasSubstr("Check that its directory is there"));
  EXPECT_EQ(outcome_of(open_sqlite_read_only(path)), "not_found");
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Sqlite, FinishesAFileThatACrashLeftEmpty) {
  std::ofstream(path).flush();
  EXPECT_EQ(outcome_of(open()->append(0, entries_from(0, 1))), "ok");
}

TEST_F(Sqlite, ReadsBesideAWriterAndChangesNothing) {
  const std::unique_ptr<Store> writer = open();
  ASSERT_EQ(outcome_of(writer->append(0, entries_from(0, 2))), "ok");
  const std::unique_ptr<Store> reader = open_to_read();
  EXPECT_EQ(reader->head().value(), 2U);
  ASSERT_EQ(outcome_of(writer->append(2, entries_from(2, 1))), "ok");
  EXPECT_EQ(reader->head().value(), 3U);
  EXPECT_EQ(reader->read(2, 1).value()[0].bytes, "entry 2");
  EXPECT_EQ(reader->find("e-1").value(), 1U);
  EXPECT_EQ(reader->find("e-7").value(), std::nullopt);

  EXPECT_EQ(outcome_of(reader->append(3, entries_from(3, 1))), "forbidden");
  EXPECT_EQ(outcome_of(reader->put("bytes")), "forbidden");
  EXPECT_EQ(outcome_of(reader->erase_private(0)), "forbidden");
  EXPECT_EQ(outcome_of(writer->append(3, entries_from(3, 1))), "ok");
}

TEST_F(Sqlite, LeavesAClosedFileAsItIsWhenOnlyRead) {
  given_a_ledger_of(5);
  const std::string before = contents_of(path);
  EXPECT_EQ(open_to_read()->read(0, 9).value().size(), 5U);
  EXPECT_EQ(contents_of(path), before);
  EXPECT_EQ(outcome_of(open()->append(5, entries_from(5, 1))), "ok");
}

TEST_F(Sqlite, ShowsAChangedEntryBesideTheLeafThatWasRecorded) {
  given_a_ledger_of(3);
  RawConnection(path).run("UPDATE entry SET bytes = CAST('entry X' AS BLOB) WHERE idx = 1");
  for (const std::unique_ptr<Store>& store : {open(), open_to_read()}) {
    const std::vector<StoredEntry> found = store->read(0, 9).value();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[1].bytes, "entry X");
    EXPECT_EQ(found[1].leaf, ledger::leaf_hash("entry 1"));
    EXPECT_EQ(found[2].leaf, ledger::leaf_hash(found[2].bytes));
  }
}

TEST_F(Sqlite, ShowsAFlippedBitOfTheFile) {
  given_a_ledger_of(3);
  const std::size_t at = contents_of(path).find("entry 1");
  ASSERT_NE(at, std::string::npos);
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(static_cast<std::streamoff>(at))
      .put('E');
  const StoredEntry found = open_to_read()->read(1, 1).value()[0];
  EXPECT_EQ(found.bytes, "Entry 1");
  EXPECT_NE(found.leaf, ledger::leaf_hash(found.bytes));
}

TEST_F(Sqlite, ShowsALeafOrPrivatePartOfTheWrongShape) {
  NewEntry with_reason = entry("a");
  with_reason.private_part = private_part("outage");
  ASSERT_EQ(outcome_of(open()->append(0, std::vector{with_reason})), "ok");
  RawConnection(path).run("UPDATE entry SET leaf = x'00ff', private_value = '{\"reason\":'");
  const StoredEntry found = open_to_read()->read(0, 1).value()[0];
  EXPECT_EQ(found.leaf, Digest{});
  ASSERT_TRUE(found.private_part.has_value());
  EXPECT_EQ(found.private_part->value,
            json::Value("{\"reason\":"));  // NOLINT(bugprone-unchecked-optional-access)
}

TEST_F(Sqlite, RefusesToWriteAFileThatSqliteFindsDamagedAndStillReadsIt) {
  given_a_crashed_ledger_of(400);
  damage_the_blobs();
  const std::string before = contents_of(path);

  const auto opened = try_open();

  ASSERT_EQ(outcome_of(opened), "damaged");
  EXPECT_THAT(opened.error().message, HasSubstr("postern ledger verify"));
  EXPECT_EQ(contents_of(path), before);
  EXPECT_EQ(open_to_read()->read(0, 400).value().size(), 400U);
  EXPECT_EQ(outcome_of(open_to_read()->get(sha256("any"))), "damaged");
}

TEST_F(Sqlite, LeavesWhatACrashLeftAsItIsWhenOnlyRead) {
  given_a_crashed_ledger_of(5);
  const std::string before = contents_of(path);
  const std::string log_before = contents_of(path + "-wal");
  EXPECT_EQ(open_to_read()->read(0, 9).value().size(), 5U);
  EXPECT_EQ(contents_of(path), before);
  EXPECT_EQ(contents_of(path + "-wal"), log_before);
  EXPECT_EQ(outcome_of(open()->append(5, entries_from(5, 1))), "ok");
}

TEST_F(Sqlite, RefusesToWriteALedgerWithAGapOrARepeatedId) {
  given_a_ledger_of(4);
  RawConnection(path).run("UPDATE entry SET id = 'e-0' WHERE idx = 3");
  EXPECT_EQ(outcome_of(try_open()), "damaged");
  RawConnection(path).run("UPDATE entry SET id = 'e-3' WHERE idx = 3");
  EXPECT_EQ(outcome_of(try_open()), "ok");
  RawConnection(path).run("DELETE FROM entry WHERE idx = 1");
  EXPECT_EQ(outcome_of(try_open()), "damaged");
  const std::vector<StoredEntry> found = open_to_read()->read(1, 9).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].index, 2U);
}

TEST_F(Sqlite, StopsWritingWhenSomebodyElseDidInSpiteOfTheLock) {
  const std::unique_ptr<Store> store = open();
  ASSERT_EQ(outcome_of(store->append(0, entries_from(0, 1))), "ok");
  RawConnection(path).run("INSERT INTO entry VALUES (1, 'forged', zeroblob(32), zeroblob(9), NULL, NULL)");
  EXPECT_EQ(outcome_of(store->append(1, entries_from(1, 1))), "damaged");
  EXPECT_EQ(outcome_of(store->append(2, entries_from(1, 1))), "damaged");
  EXPECT_EQ(store->head().value(), 2U);
}

TEST_F(Sqlite, WaitsForALockNoLongerThanItsDeadline) {
  const std::unique_ptr<Store> store = open();
  RawConnection other(path);
  other.run("BEGIN IMMEDIATE");
  const auto begin = std::chrono::steady_clock::now();
  const Result<void> refused = store->append(0, entries_from(0, 1));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  ASSERT_EQ(outcome_of(refused), "unavailable");
  EXPECT_THAT(refused.error().message, HasSubstr("nothing was written"));
  other.run("ROLLBACK");
  EXPECT_EQ(outcome_of(store->append(0, entries_from(0, 1))), "ok");
}

TEST_F(Sqlite, SaysWhenABlobIsNotWhatWasPutAndTakesItAgain) {
  const std::unique_ptr<Store> store = open();
  const Digest name = store->put("the catalog").value();
  RawConnection(path).run("UPDATE blob SET bytes = CAST('the catalOg' AS BLOB)");
  EXPECT_EQ(outcome_of(store->get(name)), "damaged");
  EXPECT_EQ(outcome_of(store->put("the catalog")), "ok");
  EXPECT_EQ(store->get(name).value(), "the catalog");
}

TEST_F(Sqlite, LeavesNoTraceOfAnErasedPrivatePartInItsFiles) {
  constexpr std::size_t count = 200;
  const std::unique_ptr<Store> store = open();
  // Texts of many sizes, some over several pages, so that erasing moves neighbours about in the pages.
  const auto text_of = [](std::size_t i) {
    return "<secret-" + std::to_string(i) + ">" + std::string(i * i % 9000, '.');
  };
  for (std::size_t i = 0; i < count; i += 10) {
    std::vector<NewEntry> batch = entries_from(i, 10);
    for (std::size_t k = 0; k < batch.size(); ++k) batch[k].private_part = private_part(text_of(i + k));
    ASSERT_EQ(outcome_of(store->append(i, batch)), "ok");
  }
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(),
               std::mt19937(7));  // NOLINT(cert-msc32-c,cert-msc51-cpp): a fixed order

  for (std::size_t i = 0; i < count / 2; ++i) {
    ASSERT_EQ(outcome_of(store->erase_private(order[i])), "ok");
    const std::string secret = "<secret-" + std::to_string(order[i]) + ">";
    for (const char* suffix : {"", "-wal"}) {
      ASSERT_EQ(contents_of(path + suffix).find(secret), std::string::npos) << secret << suffix;
    }
  }
  for (const StoredEntry& each : store->read(0, count).value_or(std::vector<StoredEntry>{}))
    EXPECT_EQ(each.bytes, "entry " + std::to_string(each.index));
}

}  // namespace
}  // namespace postern::store
