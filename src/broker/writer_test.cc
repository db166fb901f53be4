#include "broker/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "broker/broker.h"
#include "emergency/codec.h"
#include "emergency/testing.h"
#include "store/memory.h"

namespace postern::broker {
namespace {

using namespace emergency::test_world;  // NOLINT(google-build-using-namespace): the people of the test world
using ::testing::HasSubstr;

/// A store whose answers can be bent: one entry's bytes, and the outcome of the next appends.
class BentStore : public store::Store {
 public:
  std::optional<std::uint64_t> flipped = {};  ///< this entry reads with one bit changed
  std::optional<Error> next_append = {};      ///< what the next append answers
  bool append_anyway = false;                 ///< … although it wrote
  int appends = 0;

  Result<std::uint64_t> head() override { return inner_->head(); }
  Result<void> append(std::uint64_t expected_size, std::span<const store::NewEntry> entries) override {
    ++appends;
    if (!next_append) return inner_->append(expected_size, entries);
    const Error error = *std::exchange(next_append, std::nullopt);
    if (append_anyway) static_cast<void>(inner_->append(expected_size, entries));
    return tl::unexpected(error);
  }
  Result<std::vector<store::StoredEntry>> read(std::uint64_t from, std::size_t count) override {
    auto stored = inner_->read(from, count);
    if (stored && flipped)
      for (store::StoredEntry& each : *stored)
        if (each.index == *flipped)
          each.bytes[each.bytes.size() / 2] = static_cast<char>(each.bytes[each.bytes.size() / 2] ^ 1);
    return stored;
  }
  Result<std::optional<std::uint64_t>> find(std::string_view entry_id) override {
    return inner_->find(entry_id);
  }
  Result<void> erase_private(std::uint64_t index) override { return inner_->erase_private(index); }
  Result<Digest> put(std::string_view bytes) override { return inner_->put(bytes); }
  Result<Bytes> get(const Digest& name) override { return inner_->get(name); }

 private:
  std::unique_ptr<store::Store> inner_ = store::open_memory();
};

const ledger::NoteSigner& signer() {
  static const ledger::NoteSigner made =
      ledger::NoteSigner::from_seed(std::string(ledger_origin), Secret(Bytes(32, 'k'))).value();
  return made;
}

std::unique_ptr<Writer> open(store::Store& store, std::optional<std::string> last_checkpoint = {}) {
  const auto read = [](std::string_view) -> Result<std::shared_ptr<const catalog::Catalog>> {
    return std::make_shared<const catalog::Catalog>(example_catalog());
  };
  return Writer::open(store, signer(), read, {.last_checkpoint = std::move(last_checkpoint)}).value();
}

Submission keyed(emergency::Ask ask, const std::string& key) {
  ask.key = key;
  ask.fingerprint = sha256(key);
  return {std::move(ask), {}};
}

Submission first_catalog(store::Store& store) {
  const Digest blob = store.put("catalog").value();
  emergency::AdoptCatalog adopt{.digest = blob,
                                .candidate = std::make_shared<const catalog::Catalog>(example_catalog()),
                                .replaces = {},
                                .signatures = {}};
  for (const PersonId& owner : {dana, emil})
    adopt.signatures.push_back(signature_of(owner, emergency::catalog_statement(blob, {})));
  return {by_postern(adopt), {}};
}

/// Both IdPs are down and Chie has said so; nothing is declared yet.
class WriterTest : public ::testing::Test {
 protected:
  WriterTest() {
    must({first_catalog(store_)});
    for (const ProbeId& probe : {okta, keycloak})
      must({{by_postern(seen(probe, emergency::Verdict::down, start)), {}}});
    must({keyed(by(chie, attest()), "attest")});
  }
  void must(const std::vector<Submission>& batch) {
    for (const Result<Receipt>& answer : writer_->commit(batch, now_))
      EXPECT_TRUE(answer) << answer.error().message;
  }
  Result<Receipt> commit(const Submission& submission) { return writer_->commit({submission}, now_).front(); }
  std::uint64_t head() { return store_.head().value(); }
  std::string checkpoint() {
    std::string note;
    writer_->read([&](const Published& published) { note = published.checkpoint; });
    return note;
  }

  BentStore store_;
  Instant now_ = start + std::chrono::minutes(6);
  std::unique_ptr<Writer> writer_ = open(store_);
};

TEST_F(WriterTest, LetsEachCommandOfABatchSeeTheOnesBeforeIt) {
  const auto answers =
      writer_->commit({keyed(by(dana, declare()), "a"), keyed(by(emil, declare()), "b")}, now_);
  EXPECT_EQ(answers[0].value().resource, "E-1");
  EXPECT_EQ(answers[1].error().code, ErrorCode::conflict) << "two people racing declare once";
}

TEST_F(WriterTest, AppendsABatchAtOnce) {
  const int before = store_.appends;
  must({keyed(by(dana, declare()), "a"), keyed(by(aiko, ask_for_prod_web()), "b")});
  EXPECT_EQ(store_.appends, before + 1);
}

TEST_F(WriterTest, GivesTheSameReceiptForTheSameCommandAlsoAfterARestart) {
  const Receipt first = commit(keyed(by(dana, declare()), "a")).value();
  writer_ = open(store_);
  const Receipt again = commit(keyed(by(dana, declare()), "a")).value();
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.first_entry, first.first_entry);
  EXPECT_EQ(again.resource, "E-1");
}

TEST_F(WriterTest, KeepsNothingOfABatchThatWasNotWritten) {
  const std::uint64_t before = head();
  store_.next_append = Error{ErrorCode::unavailable, "the disk is full"};
  EXPECT_EQ(commit(keyed(by(dana, declare()), "a")).error().code, ErrorCode::unavailable);
  EXPECT_EQ(head(), before);
  EXPECT_EQ(commit(keyed(by(dana, declare()), "a")).value().resource, "E-1")
      << "the tentative state was dropped";
}

TEST_F(WriterTest, LooksUpWhatBecameOfAnAppendWithoutAnAnswer) {
  store_.next_append = Error{ErrorCode::outcome_unknown, "no answer"};
  store_.append_anyway = true;
  EXPECT_EQ(commit(keyed(by(dana, declare()), "a")).value().resource, "E-1");
  writer_->read(
      [](const Published& published) { EXPECT_EQ(published.situation.open_emergencies.size(), 1U); });
}

TEST_F(WriterTest, NamesADamagedEntryAndWritesNothingMoreButStaysReadable) {
  must({keyed(by(dana, declare()), "a")});
  const std::uint64_t before = head();
  store_.flipped = 2;
  writer_ = open(store_);
  ASSERT_FALSE(writer_->damage().empty());
  EXPECT_EQ(writer_->damage().front().index, 2U);
  const Result<Receipt> refused = commit(keyed(by(aiko, ask_for_prod_web()), "b"));
  EXPECT_EQ(refused.error().code, ErrorCode::damaged);
  EXPECT_THAT(refused.error().message, HasSubstr("entry 2"));
  EXPECT_EQ(head(), before);
  writer_->read([](const Published& published) {
    EXPECT_EQ(published.tree.size(), 2U) << "what stands before the fault is read";
  });
}

TEST_F(WriterTest, RefusesALedgerThatIsOlderThanWhatThisNodeHasSigned) {
  must({keyed(by(dana, declare()), "a")});
  BentStore older;
  auto writer = open(older);
  EXPECT_TRUE(writer->commit({first_catalog(older)}, now_).front());
  writer = open(older, checkpoint());
  ASSERT_FALSE(writer->damage().empty());
  EXPECT_THAT(writer->damage().front().what, HasSubstr("entries are lost"));
  writer->read(
      [](const Published& published) { EXPECT_NE(published.in_force, nullptr) << "it stays readable"; });
}

TEST_F(WriterTest, RefusesALedgerWithAnotherHistoryThanThisNodeHasSigned) {
  BentStore other;
  auto writer = open(other);
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(
        writer
            ->commit({i == 0 ? first_catalog(other) : keyed(by(chie, attest()), "k" + std::to_string(i))},
                     now_ + milliseconds(i))
            .front());
  writer = open(other, checkpoint());
  ASSERT_FALSE(writer->damage().empty());
  EXPECT_THAT(writer->damage().front().what, HasSubstr("not the ones that this node has signed"));
}

TEST_F(WriterTest, DecidesAgainWhenAnotherNodeWasFirst) {
  auto other = open(store_);
  EXPECT_TRUE(other->commit({keyed(by(dana, declare()), "a")}, now_).front());
  EXPECT_EQ(commit(keyed(by(emil, declare()), "b")).error().code, ErrorCode::conflict)
      << "E-1 is open already, and this node must see it";
}

TEST_F(WriterTest, NeverLetsTimeRunBackwards) {
  must({keyed(by(dana, declare()), "a")});
  EXPECT_TRUE(writer_->commit({keyed(by(aiko, ask_for_prod_web()), "b")}, start).front());
  ledger::Audit audit;
  const auto stored = store_.read(0, store::read_entries_max).value();
  for (const auto& each : stored) audit.take(each.bytes, each.leaf);
  audit.conclude(checkpoint(), signer().verifier());
  EXPECT_EQ(audit.fault_count(), 0U);
}

TEST_F(WriterTest, SignsNothingOverADamagedLedgerHoweverOftenItStarts) {
  must({keyed(by(dana, declare()), "a")});
  const std::string good = checkpoint();
  store_.flipped = 2;
  for (int start_again = 0; start_again < 3; ++start_again) {
    writer_ = open(store_, checkpoint());
    EXPECT_FALSE(writer_->damage().empty());
    EXPECT_FALSE(commit(keyed(by(aiko, ask_for_prod_web()), "b")));
    EXPECT_EQ(checkpoint(), good) << "what this node published before stays its last word";
  }
}

TEST_F(WriterTest, NamesAnEntryThatSpeaksOfWhatTheLedgerDoesNotKnow) {
  const emergency::Record record{
      now_, {}, "system", emergency::GrantClosed{GrantId(9), emergency::GrantEnd::expired}};
  const ledger::Entry entry = emergency::to_entry(record, "forged", "node-1");
  const store::NewEntry forged{.bytes = ledger::encode(entry).value(), .id = "forged"};
  ASSERT_TRUE(store_.append(head(), std::span(&forged, 1)));
  writer_ = open(store_);
  ASSERT_FALSE(writer_->damage().empty());
  EXPECT_EQ(writer_->damage().front().index, head() - 1);
  EXPECT_THAT(writer_->damage().front().what, HasSubstr("G-9"));
}

// --- Broker
// ----------------------------------------------------------------------------------------------------------

class StandingClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override { return start + std::chrono::minutes(6); }
  [[nodiscard]] milliseconds steady() const override { return milliseconds(0); }
};

TEST(Broker, AnswersEveryCommandOfManyThreadsOnce) {
  const auto store = store::open_memory();
  const StandingClock clock;
  std::string last_checkpoint;
  Broker broker(open(*store), clock, {.published = [&](const std::string& note) { last_checkpoint = note; }});
  ASSERT_TRUE(broker.submit(first_catalog(*store)));
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread)
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 50; ++i)
        if (!broker.submit(keyed(by(dana, declare()), std::to_string(thread) + "-" + std::to_string(i))))
          ++refused;
    });
  for (std::thread& each : threads) each.join();
  broker.stop();
  EXPECT_EQ(refused, 400);
  EXPECT_EQ(store->head().value(), 401U) << "every refusal is an entry";
  EXPECT_EQ(ledger::open_checkpoint(last_checkpoint, signer().verifier()).value().size, 401U);
  EXPECT_EQ(broker.submit(keyed(by(dana, declare()), "late")).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace postern::broker
