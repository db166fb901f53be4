#include "ledger/static_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "ledger/tile.h"

namespace postern::ledger {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A folder in memory. Fault model: a file may be missing, hold anything, or be unreadable (listed in
/// `broken`).
struct Folder {
  std::map<std::string, Bytes> files;
  std::string broken;

  [[nodiscard]] FileReader reader() const {
    return [this](const std::string& path, std::size_t bytes_max) -> Result<Bytes> {
      if (path == broken) return fail(ErrorCode::unavailable, "The disk is gone.");
      const auto file = files.find(path);
      if (file == files.end()) return fail(ErrorCode::not_found, path + " is missing.");
      if (file->second.size() > bytes_max) return fail(ErrorCode::invalid, path + " is too large.");
      return file->second;
    };
  }
};

NoteSigner log_key() { return NoteSigner::from_seed("log.example", Secret(std::string(32, 'k'))).value(); }

std::vector<Bytes> entries_of(std::size_t size) {
  std::vector<Bytes> entries;
  for (std::size_t i = 0; i < size; ++i)
    entries.push_back(encode({.id = "e" + std::to_string(i),
                              .type = "drill.held",
                              .at = Instant{} + seconds(i),
                              .node = "n",
                              .by = "system",
                              .cause = "test",
                              .data = json::Object{}})
                          .value());
  return entries;
}

/// The files of a log with a checkpoint over the first `size` of `entries`.
Folder log_of(const std::vector<Bytes>& entries, std::size_t size) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < size; ++i) leaves.push_back(leaf_hash(entries[i]));
  Folder folder;
  for (std::uint64_t first = 0; first < size; first += tile_width) {
    const std::uint64_t width = std::min<std::uint64_t>(tile_width, size - first);
    folder.files[bundle_path(first / tile_width, width)] =
        encode_bundle(std::span(entries).subspan(first, width));
    folder.files[tile_path(0, first / tile_width, width)] = tile_bytes(0, first / tile_width, leaves);
  }
  if (size >= tile_width) folder.files[tile_path(1, 0, size / tile_width)] = tile_bytes(1, 0, leaves);
  const Digest root = root_at(size, nodes_over(leaves)).value();
  folder.files["checkpoint"] = sign({.origin = "log.example", .size = size, .root = root}, log_key());
  return folder;
}

Result<Audit> audit(
    const Folder& folder, const EntryCheck& check = [](const Entry&) { return Result<void>(); }) {
  return audit_static_log(folder.reader(), log_key().verifier(), check);
}
std::vector<Fault> faults_in(const Folder& folder) { return audit(folder).value().faults(); }

auto fault(const std::optional<std::uint64_t>& index, const std::string& what) {
  return testing::AllOf(testing::Field(&Fault::index, index), testing::Field(&Fault::what, HasSubstr(what)));
}

TEST(StaticLog, IsGoodAtEveryWidthOfItsLastTile) {
  const auto entries = entries_of(600);
  for (const std::size_t size : {0U, 1U, 255U, 256U, 257U, 512U, 600U}) {
    const Audit audited = audit(log_of(entries, size)).value();
    EXPECT_THAT(audited.faults(), IsEmpty()) << size;
    EXPECT_EQ(audited.size(), size);
  }
}

TEST(StaticLog, IsFaultyWhenAnyByteOfAnyFileIsForged) {
  const Folder good = log_of(entries_of(520), 520);
  for (const auto& [path, bytes] : good.files) {
    for (const std::size_t at : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
      Folder forged = good;
      forged.files[path][at] = static_cast<char>(bytes[at] ^ 1);
      EXPECT_FALSE(faults_in(forged).empty()) << path << " at " << at;
    }
  }
}

TEST(StaticLog, IsFaultyWhenAnyFileIsMissingCutShortOrLonger) {
  const Folder good = log_of(entries_of(520), 520);
  for (const auto& [path, bytes] : good.files) {
    if (path == "checkpoint") continue;
    Folder missing = good;
    missing.files.erase(path);
    EXPECT_FALSE(faults_in(missing).empty()) << path;
    Folder cut = good;
    cut.files[path].pop_back();
    EXPECT_FALSE(faults_in(cut).empty()) << path;
    Folder longer = good;
    longer.files[path] += std::string(32, '\0');
    EXPECT_FALSE(faults_in(longer).empty()) << path;
  }
}

TEST(StaticLog, NamesTheEntryWhoseBytesDoNotFitItsTile) {
  auto entries = entries_of(300);
  Folder folder = log_of(entries, 300);
  entries[270] = entries_of(271)[269];
  folder.files[bundle_path(1, 44)] = encode_bundle(std::span(entries).subspan(256));
  EXPECT_THAT(faults_in(folder), Contains(fault(270, "recorded")));
  EXPECT_THAT(faults_in(folder), Contains(fault(std::nullopt, "root")));
}

TEST(StaticLog, NamesAForgedUpperTile) {
  Folder folder = log_of(entries_of(520), 520);
  folder.files["tile/1/000.p/2"][40] ^= 1;
  EXPECT_THAT(faults_in(folder), ElementsAre(fault(std::nullopt, "tile/1/000.p/2 does not hold the hashes")));
}

TEST(StaticLog, MayHaveGrownPastItsCheckpointSinceItsPartialTilesWereWritten) {
  const auto entries = entries_of(512);
  Folder folder = log_of(entries, 512);
  folder.files["checkpoint"] = log_of(entries, 300).files["checkpoint"];
  folder.files["tile/1/000.p/1"] = folder.files["tile/1/000.p/2"].substr(0, 32);
  EXPECT_THAT(faults_in(folder), IsEmpty());
  EXPECT_EQ(audit(folder).value().size(), 300U);
}

TEST(StaticLog, IsFaultyWhenItsCheckpointPromisesEntriesThatNobodyServes) {
  Folder folder = log_of(entries_of(300), 300);
  folder.files["checkpoint"] =
      sign({.origin = "log.example", .size = std::uint64_t{1} << 52U, .root = empty_root()}, log_key());
  EXPECT_THAT(faults_in(folder),
              ElementsAre(fault(256, "missing"), fault(std::nullopt, "only 256 are here")));
}

TEST(StaticLog, HasTheFaultsThatTheCallerFinds) {
  const Folder folder = log_of(entries_of(3), 3);
  const auto audited = audit(folder, [](const Entry& entry) -> Result<void> {
    if (entry.id == "e1") return fail(ErrorCode::forbidden, "Nobody signed this.");
    return {};
  });
  EXPECT_THAT(audited.value().faults(), ElementsAre(fault(1, "drill.held: Nobody signed this.")));
}

TEST(StaticLog, IsNotJudgedWhenAFileCannotBeRead) {
  Folder folder = log_of(entries_of(300), 300);
  for (const auto& [path, bytes] : folder.files) {
    folder.broken = path;
    EXPECT_EQ(audit(folder).error().code, ErrorCode::unavailable) << path;
  }
  EXPECT_EQ(audit(Folder{}).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace postern::ledger
