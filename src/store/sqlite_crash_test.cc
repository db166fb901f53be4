#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <random>

#include "store/sqlite.h"
#include "store/store_for_test.h"

namespace postern::store {
namespace {

constexpr std::uint64_t seed = 20261123;
constexpr int rounds = 20;

/// The batch that stands behind `size` entries: its length depends on `size` alone, so that a reader knows
/// where batches end.
std::size_t batch_size_at(std::uint64_t size) { return 1 + size * 7 % 40; }

Bytes bytes_at(std::uint64_t index) {
  return "entry " + std::to_string(index) +
         std::string(1 + index * 13 % 900, static_cast<char>('a' + index % 26));
}

std::vector<NewEntry> batch_at(std::uint64_t size) {
  std::vector<NewEntry> batch = entries_from(size, batch_size_at(size));
  for (std::uint64_t i = 0; i < batch.size(); ++i) batch[i].bytes = bytes_at(size + i);
  return batch;
}

Result<std::unique_ptr<Store>> open(const std::string& path) {
  // A small log, so that kills meet checkpoints too.
  return open_sqlite({.path = path, .wal_bytes = 512U << 10U});
}

/// The child: appends until it is killed, and writes each size to the pipe once the append has returned.
[[noreturn]] void append_for_ever(const std::string& path, int acknowledgements) {
  auto store = open(path);
  if (!store) ::_exit(1);
  std::uint64_t size = (*store)->head().value();
  for (;;) {
    const std::vector<NewEntry> batch = batch_at(size);
    if (!(*store)->append(size, batch)) ::_exit(2);
    size += batch.size();
    if (::write(acknowledgements, &size, sizeof size) != sizeof size) ::_exit(3);
  }
}

/// Starts the child, kills it after `delay` counted from its first acknowledgement, and gives the last one.
std::uint64_t acknowledged_until_killed(const std::string& path, std::chrono::microseconds delay) {
  std::array<int, 2> ends{};
  ENSURE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  ENSURE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    append_for_ever(path, ends[1]);
  }
  ::close(ends[1]);
  std::uint64_t last = 0;
  std::uint64_t size = 0;
  const auto next = [&] { return ::read(ends[0], &size, sizeof size) == sizeof size; };
  EXPECT_TRUE(next()) << "the child could not append at all";
  last = size;
  const auto end = std::chrono::steady_clock::now() + delay;
  while (std::chrono::steady_clock::now() < end) {
    pollfd waiting{.fd = ends[0], .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 1) > 0 && next()) last = size;
  }
  ::kill(child, SIGKILL);
  while (next()) last = size;
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with status " << status;
  return last;
}

/// Every entry from `from` on is whole and in order, and the last batch is complete.
void expect_whole(Store& store, std::uint64_t from, std::uint64_t head) {
  std::uint64_t end_of_batch = from;
  while (end_of_batch < head) end_of_batch += batch_size_at(end_of_batch);
  EXPECT_EQ(end_of_batch, head) << "part of a batch";
  for (std::uint64_t next = from; next < head;) {
    const std::vector<StoredEntry> page = store.read(next, read_entries_max).value();
    ASSERT_FALSE(page.empty());
    for (const StoredEntry& each : page) {
      ASSERT_EQ(each.index, next);
      ASSERT_EQ(each.bytes, bytes_at(next));
      ASSERT_EQ(each.leaf, ledger::leaf_hash(each.bytes));
      ++next;
    }
  }
}

TEST(SqliteCrash, LosesNothingAcknowledgedWhenTheProcessIsKilled) {
  const TestDirectory directory;
  const std::string path = directory.file("ledger.db");
  std::mt19937_64 random(seed);
  std::uint64_t verified = 0;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const std::uint64_t acknowledged =
        acknowledged_until_killed(path, std::chrono::microseconds(random() % 150'000));
    const auto store = open(path);
    ASSERT_EQ(outcome_of(store), "ok") << store.error().message;
    const std::uint64_t head = (*store)->head().value();
    ASSERT_GE(head, acknowledged);
    expect_whole(**store, verified, head);
    EXPECT_EQ((*store)->find("e-" + std::to_string(head - 1)).value(), head - 1);
    verified = head;
  }
  expect_whole(*open_sqlite_read_only(path).value(), 0, verified);
}

TEST(SqliteCrash, LeavesALedgerThatCanBeReadBeforeAnybodyWritesItAgain) {
  const TestDirectory directory;
  const std::string path = directory.file("ledger.db");
  const std::uint64_t acknowledged = acknowledged_until_killed(path, std::chrono::milliseconds(20));
  const std::unique_ptr<Store> store = open_sqlite_read_only(path).value();
  const std::uint64_t head = store->head().value();
  EXPECT_GE(head, acknowledged);
  expect_whole(*store, 0, head);
}

}  // namespace
}  // namespace postern::store
