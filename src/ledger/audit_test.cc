#include "ledger/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postern::ledger {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

NoteSigner log_key() { return NoteSigner::from_seed("log.example", Secret(std::string(32, 'k'))).value(); }

Bytes entry(const std::string& id, int at_seconds) {
  return encode({.id = id,
                 .type = "drill.held",
                 .at = Instant{} + seconds(at_seconds),
                 .node = "n",
                 .by = "system",
                 .cause = "test",
                 .data = json::Object{}})
      .value();
}

std::string checkpoint_over(const std::vector<Bytes>& entries) {
  Frontier tree;
  for (const Bytes& bytes : entries) tree.append(leaf_hash(bytes));
  return sign({.origin = "log.example", .size = tree.size(), .root = tree.root()}, log_key());
}

Audit audit_of(const std::vector<Bytes>& entries, const std::string& checkpoint) {
  Audit audit;
  for (const Bytes& bytes : entries) audit.take(bytes);
  audit.conclude(checkpoint, log_key().verifier());
  return audit;
}

auto fault(const std::optional<std::uint64_t>& index, const char* what) {
  return testing::AllOf(testing::Field(&Fault::index, index), testing::Field(&Fault::what, HasSubstr(what)));
}

const std::vector<Bytes> three = {entry("a", 1), entry("b", 1), entry("c", 2)};

TEST(Audit, FindsNoFaultInAGoodLedger) {
  const Audit audit = audit_of(three, checkpoint_over(three));
  EXPECT_TRUE(audit.faults().empty());
  EXPECT_EQ(audit.size(), 3U);
  EXPECT_EQ(audit.leaves().at(1), leaf_hash(three[1]));
  EXPECT_TRUE(audit_of({}, checkpoint_over({})).faults().empty());
}

TEST(Audit, GivesTheEntryThatItTook) {
  Audit audit;
  EXPECT_EQ(audit.take(three[0]).value().id, "a");
  EXPECT_FALSE(audit.take("no entry"));
}

TEST(Audit, AllowsEntriesNewerThanTheCheckpointButNotFewer) {
  EXPECT_TRUE(audit_of(three, checkpoint_over({three[0], three[1]})).faults().empty());
  EXPECT_THAT(audit_of({three[0]}, checkpoint_over(three)).faults(),
              ElementsAre(fault(std::nullopt, "only 1 are here")));
}

TEST(Audit, SeesThatAnEntryWasReplacedByAnotherGoodOne) {
  const std::vector<Bytes> changed = {three[0], entry("b2", 1), three[2]};
  EXPECT_THAT(audit_of(changed, checkpoint_over(three)).faults(), ElementsAre(fault(std::nullopt, "root")));
  const std::vector<Bytes> swapped = {three[1], three[0], three[2]};
  EXPECT_THAT(audit_of(swapped, checkpoint_over(three)).faults(), ElementsAre(fault(std::nullopt, "root")));
}

TEST(Audit, NamesTheDamagedEntryByItsRecordedLeaf) {
  Audit audit;
  audit.take(three[0], leaf_hash(three[0]));
  audit.take(entry("b2", 1), leaf_hash(three[1]));
  EXPECT_THAT(audit.faults(), ElementsAre(fault(1, "recorded")));
}

TEST(Audit, NamesBytesThatAreNoEntry) {
  const std::vector<Bytes> entries = {three[0], "{}", three[2]};
  EXPECT_THAT(audit_of(entries, checkpoint_over(entries)).faults(), ElementsAre(fault(1, "missing")));
}

TEST(Audit, NamesTimeThatRunsBackwards) {
  const std::vector<Bytes> entries = {entry("a", 5), entry("b", 4), entry("c", 5)};
  EXPECT_THAT(audit_of(entries, checkpoint_over(entries)).faults(),
              ElementsAre(fault(1, "Time runs backwards")));
}

TEST(Audit, NamesAnIdThatStandsTwice) {
  const std::vector<Bytes> entries = {entry("a", 1), entry("b", 1), entry("a", 2)};
  EXPECT_THAT(audit_of(entries, checkpoint_over(entries)).faults(), ElementsAre(fault(2, "entry 0 already")));
}

TEST(Audit, RefusesACheckpointThatTheLogDidNotSign) {
  std::string note = checkpoint_over(three);
  note.replace(note.find("\n3\n"), 3, "\n2\n");
  EXPECT_THAT(audit_of(three, note).faults(), ElementsAre(fault(std::nullopt, "signature")));
}

TEST(Audit, KeepsAHundredFaultsAndCountsAll) {
  Audit audit;
  for (int i = 0; i < 250; ++i) audit.take("no entry");
  EXPECT_EQ(audit.faults().size(), 100U);
  EXPECT_EQ(audit.fault_count(), 250U);
}

}  // namespace
}  // namespace postern::ledger
