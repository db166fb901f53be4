#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/store_for_test.h"

/// What every store promises, sentence by sentence of log.h. Only tests include this, and only one file of a
/// test program, which instantiates it for each kind of store (store_test.cc).
namespace postern::store {

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<Store>(const TestDirectory&)> open;
};

class StoreContract : public testing::TestWithParam<StoreKind> {
 protected:
  Result<void> append(std::uint64_t expected_size, const std::vector<NewEntry>& entries) {
    return store->append(expected_size, entries);
  }
  std::vector<StoredEntry> all() { return store->read(0, read_entries_max).value(); }

  TestDirectory directory;
  std::unique_ptr<Store> store = GetParam().open(directory);
};

TEST_P(StoreContract, StartsEmpty) {
  EXPECT_EQ(store->head().value(), 0U);
  EXPECT_TRUE(all().empty());
}

TEST_P(StoreContract, GivesBackInOrderWhatWasAppended) {
  const Bytes binary("\0\xff{}\0", 5);
  ASSERT_EQ(outcome_of(append(0, {entry("a", "first"), entry("b", binary)})), "ok");
  ASSERT_EQ(outcome_of(append(2, {entry("c", "")})), "ok");

  const std::vector<StoredEntry> found = all();

  EXPECT_EQ(store->head().value(), 3U);
  ASSERT_EQ(found.size(), 3U);
  const std::vector<Bytes> expected = {"first", binary, ""};
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].index, i);
    EXPECT_EQ(found[i].bytes, expected[i]);
    EXPECT_EQ(found[i].leaf, ledger::leaf_hash(expected[i]));
    EXPECT_EQ(found[i].private_part, std::nullopt);
  }
}

TEST_P(StoreContract, RefusesAnAppendBehindAnotherSizeThanTheLogHas) {
  ASSERT_EQ(outcome_of(append(0, entries_from(0, 2))), "ok");
  for (const std::uint64_t expected :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3}, ~std::uint64_t{0}})
    EXPECT_EQ(outcome_of(append(expected, entries_from(2, 1))), "conflict") << expected;
  EXPECT_EQ(store->head().value(), 2U);
  EXPECT_EQ(outcome_of(append(2, entries_from(2, 1))), "ok");
}

TEST_P(StoreContract, TellsALoserOfTheRaceSoEvenWhenItsEntryIsThereAlready) {
  ASSERT_EQ(outcome_of(append(0, {entry("a")})), "ok");
  EXPECT_EQ(outcome_of(append(0, {entry("a")})), "conflict");
}

TEST_P(StoreContract, ComparesTheSizeEvenWhenThereIsNothingToAppend) {
  EXPECT_EQ(outcome_of(append(0, {})), "ok");
  EXPECT_EQ(outcome_of(append(1, {})), "conflict");
}

TEST_P(StoreContract, RefusesABatchThatNamesAMissingBlob) {
  NewEntry names_one = entry("b");
  names_one.blobs = {sha256("the catalog")};
  EXPECT_EQ(outcome_of(append(0, {entry("a"), names_one})), "not_found");
  EXPECT_EQ(store->head().value(), 0U);
  EXPECT_EQ(store->find("a").value(), std::nullopt);

  ASSERT_EQ(outcome_of(store->put("the catalog")), "ok");
  EXPECT_EQ(outcome_of(append(0, {entry("a"), names_one})), "ok");
}

TEST_P(StoreContract, RefusesAnIdThatStandsTwice) {
  EXPECT_EQ(outcome_of(append(0, {entry("a"), entry("b"), entry("a")})), "invalid");
  ASSERT_EQ(outcome_of(append(0, {entry("a", "kept")})), "ok");
  EXPECT_EQ(outcome_of(append(1, {entry("b"), entry("a", "other")})), "invalid");

  EXPECT_EQ(store->head().value(), 1U);
  EXPECT_EQ(all()[0].bytes, "kept");
  EXPECT_EQ(store->find("b").value(), std::nullopt);
  EXPECT_EQ(outcome_of(append(1, {entry("b")})), "ok") << "the refused batch must leave its ids free";
}

TEST_P(StoreContract, RefusesIdsThatAreNotPlain) {
  for (const std::string& id : {std::string(), std::string("a b"), std::string("-a"), std::string(65, 'a')})
    EXPECT_EQ(outcome_of(append(0, {entry(id)})), "invalid") << id;
  EXPECT_EQ(outcome_of(append(0, {entry(std::string(64, 'a'))})), "ok");
}

TEST_P(StoreContract, TakesEntriesUpToTheLargestSizeOnly) {
  EXPECT_EQ(outcome_of(append(0, {entry("a"), entry("b", Bytes(ledger::entry_bytes_max + 1, 'x'))})),
            "invalid");
  EXPECT_EQ(store->head().value(), 0U);
  const Bytes largest(ledger::entry_bytes_max, 'x');
  ASSERT_EQ(outcome_of(append(0, {entry("b", largest)})), "ok");
  EXPECT_EQ(all()[0].bytes, largest);
}

TEST_P(StoreContract, TakesBatchesUpToTheLargestNumberOfEntriesOnly) {
  EXPECT_EQ(outcome_of(append(0, entries_from(0, append_entries_max + 1))), "invalid");
  EXPECT_EQ(store->head().value(), 0U);
  ASSERT_EQ(outcome_of(append(0, entries_from(0, append_entries_max))), "ok");
  EXPECT_EQ(store->head().value(), append_entries_max);
}

TEST_P(StoreContract, RefusesAnEntryThatNamesTooManyBlobs) {
  const Digest name = store->put("one").value();
  NewEntry many = entry("a");
  many.blobs.assign(entry_blobs_max + 1, name);
  EXPECT_EQ(outcome_of(append(0, {many})), "invalid");
  many.blobs.pop_back();
  EXPECT_EQ(outcome_of(append(0, {many})), "ok");
}

TEST_P(StoreContract, ReadsPageByPage) {
  ASSERT_EQ(outcome_of(append(0, entries_from(0, 10))), "ok");
  std::vector<Bytes> seen;
  for (std::uint64_t from = 0; from < 12; from += 4)
    for (const std::vector<StoredEntry> page = store->read(from, 4).value(); const StoredEntry& each : page)
      seen.push_back(each.bytes);
  ASSERT_EQ(seen.size(), 10U);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], "entry " + std::to_string(i));
}

TEST_P(StoreContract, ReadsNothingBehindTheEnd) {
  ASSERT_EQ(outcome_of(append(0, entries_from(0, 3))), "ok");
  EXPECT_EQ(store->read(1, 0).value().size(), 0U);
  EXPECT_EQ(store->read(2, 9).value().size(), 1U);
  EXPECT_EQ(store->read(3, 9).value().size(), 0U);
  EXPECT_EQ(store->read(~std::uint64_t{0}, 9).value().size(), 0U);
}

TEST_P(StoreContract, RefusesToReadMoreThanOnePage) {
  EXPECT_EQ(outcome_of(store->read(0, read_entries_max)), "ok");
  EXPECT_EQ(outcome_of(store->read(0, read_entries_max + 1)), "invalid");
}

TEST_P(StoreContract, FindsAnEntryByItsId) {
  ASSERT_EQ(outcome_of(append(0, {entry("a"), entry("b")})), "ok");
  ASSERT_EQ(outcome_of(append(2, {entry("c")})), "ok");
  EXPECT_EQ(store->find("b").value(), 1U);
  EXPECT_EQ(store->find("c").value(), 2U);
  EXPECT_EQ(store->find("d").value(), std::nullopt);
  EXPECT_EQ(store->find("").value(), std::nullopt);
}

TEST_P(StoreContract, KeepsAPrivatePartUntilItIsErased) {
  NewEntry with_reason = entry("b");
  with_reason.private_part = private_part("IdP が停止しました");
  ASSERT_EQ(outcome_of(append(0, {entry("a"), with_reason})), "ok");
  EXPECT_EQ(all()[0].private_part, std::nullopt);
  EXPECT_EQ(all()[1].private_part, with_reason.private_part);

  ASSERT_EQ(outcome_of(store->erase_private(1)), "ok");

  EXPECT_EQ(all()[1].private_part, std::nullopt);
  EXPECT_EQ(all()[1].bytes, with_reason.bytes);
  EXPECT_EQ(all()[1].leaf, ledger::leaf_hash(with_reason.bytes));
  EXPECT_EQ(outcome_of(store->erase_private(1)), "ok") << "again";
  EXPECT_EQ(outcome_of(store->erase_private(0)), "ok") << "where there is none";
}

TEST_P(StoreContract, ErasesOnlyThePrivatePartThatIsNamed) {
  std::vector<NewEntry> batch = entries_from(0, 3);
  for (NewEntry& each : batch) each.private_part = private_part("reason of " + each.id);
  ASSERT_EQ(outcome_of(append(0, batch)), "ok");
  ASSERT_EQ(outcome_of(store->erase_private(1)), "ok");
  EXPECT_EQ(all()[0].private_part, batch[0].private_part);
  EXPECT_EQ(all()[2].private_part, batch[2].private_part);
}

TEST_P(StoreContract, ErasesNothingOfAnEntryThatIsNotThere) {
  EXPECT_EQ(outcome_of(store->erase_private(0)), "not_found");
  EXPECT_EQ(outcome_of(store->erase_private(~std::uint64_t{0})), "not_found");
}

TEST_P(StoreContract, RefusesAPrivatePartThatCouldNotBeReadBack) {
  const auto with = [](ledger::PrivatePart part) {
    NewEntry made = entry("a");
    made.private_part = std::move(part);
    return made;
  };
  json::Value deep = json::Object{};
  for (int i = 0; i < 40; ++i) deep = json::Object{{"in", std::move(deep)}};
  const Bytes salt(32, 's');
  EXPECT_EQ(outcome_of(append(0, {with({.salt = "short", .value = json::Object{}})})), "invalid");
  EXPECT_EQ(outcome_of(append(0, {with({.salt = salt, .value = "no object"})})), "invalid");
  EXPECT_EQ(outcome_of(append(0, {with({.salt = salt, .value = deep})})), "invalid");
  EXPECT_EQ(outcome_of(append(0, {with(private_part(std::string(private_bytes_max, 'x')))})), "invalid");
  EXPECT_EQ(store->head().value(), 0U);
  const std::string frame = R"({"reason":""})";
  EXPECT_EQ(outcome_of(append(0, {with(private_part(std::string(private_bytes_max - frame.size(), 'x')))})),
            "ok");
}

TEST_P(StoreContract, KeepsBlobsUnderTheirHash) {
  const Bytes binary("\0\xff\0", 3);
  for (const Bytes& each : {Bytes("a catalog"), binary, Bytes()}) {
    const Digest name = store->put(each).value();
    EXPECT_EQ(name, sha256(each));
    EXPECT_EQ(store->get(name).value(), each);
    EXPECT_EQ(store->put(each).value(), name) << "again";
    EXPECT_EQ(store->get(name).value(), each);
  }
  EXPECT_EQ(outcome_of(store->get(sha256("never put"))), "not_found");
}

TEST_P(StoreContract, TakesBlobsUpToTheLargestSizeOnly) {
  const Bytes largest(blob_bytes_max, 'x');
  EXPECT_EQ(outcome_of(store->put(largest + "x")), "invalid");
  EXPECT_EQ(store->get(store->put(largest).value()).value(), largest);
}

TEST_P(StoreContract, ShowsConcurrentReadersOnlyWholeBatches) {
  constexpr std::size_t batch = 7;
  constexpr std::size_t batches = 120;
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::atomic<int> lost{0};
  const auto watch = [&] {
    while (!done) {
      const std::uint64_t head = store->head().value();
      if (head > 0 && store->find("e-" + std::to_string(head - 1)).value_or(std::nullopt) == std::nullopt)
        ++lost;
      const std::vector<StoredEntry> seen = all();
      if (head % batch != 0 || seen.size() % batch != 0) ++torn;
      if (seen.size() < head) ++lost;
      for (std::size_t i = 0; i < seen.size(); ++i)
        if (seen[i].bytes != "entry " + std::to_string(i)) ++torn;
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) readers.emplace_back(watch);
  for (std::size_t i = 0; i < batches; ++i)
    EXPECT_EQ(outcome_of(append(i * batch, entries_from(i * batch, batch))), "ok");
  done = true;
  for (std::thread& reader : readers) reader.join();

  EXPECT_EQ(torn, 0);
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(store->head().value(), batch * batches);
}

}  // namespace postern::store
