#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/entry.h"
#include "ledger/merkle.h"

/// Reading a whole ledger as its auditor: entry by entry, naming what is wrong and where.
namespace postern::ledger {

struct Fault {
  std::optional<std::uint64_t> index;  ///< the entry; absent when the fault concerns the whole tree
  std::string what;
  friend bool operator==(const Fault&, const Fault&) = default;
};

/// Feeds on entries in order and remembers faults: bytes that are no entry, time that runs backwards, an id
/// that stands twice, a leaf hash that does not fit its bytes. At most 100 faults are kept; `fault_count`
/// counts all.
class Audit {
 public:
  /// Takes the next entry and gives it, if its bytes are one. `recorded_leaf`: the leaf hash kept beside the
  /// bytes, where there is one; it names the damaged entry.
  std::optional<Entry> take(std::string_view bytes,
                            const std::optional<Digest>& recorded_leaf = std::nullopt);
  /// Checks the signed checkpoint against the entries taken so far. Entries beyond its size are allowed (they
  /// are newer than the checkpoint); fewer are a fault.
  void conclude(std::string_view checkpoint_note, const NoteVerifier& log);
  /// Remembers a fault that the caller found by looking further than the tree.
  void add(std::optional<std::uint64_t> index, std::string what);

  [[nodiscard]] const std::vector<Fault>& faults() const { return faults_; }
  [[nodiscard]] std::uint64_t fault_count() const { return fault_count_; }
  [[nodiscard]] std::uint64_t size() const { return leaves_.size(); }
  [[nodiscard]] const std::vector<Digest>& leaves() const { return leaves_; }

 private:
  std::vector<Digest> leaves_;
  std::vector<Fault> faults_;
  std::uint64_t fault_count_ = 0;
  std::unordered_map<std::string, std::uint64_t> first_with_id_;
  Instant last_at_{};
};

}  // namespace postern::ledger
