#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "emergency/decide.h"
#include "ledger/audit.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/tree.h"
#include "store/log.h"

/// The shell around the rules: decide, then append, then act.
namespace postern::broker {

/// Reads the catalog that a blob holds; brings catalog_file in without this folder knowing it.
using CatalogReader = std::function<Result<std::shared_ptr<const catalog::Catalog>>(std::string_view blob)>;

/// A command on its way to the rules.
struct Submission {
  emergency::Ask ask;
  std::optional<ledger::PrivatePart> private_part = {};  ///< goes with the first entry that the ask makes
};

/// What a client holds of a command that was carried out: where its entries stand.
struct Receipt {
  std::uint64_t first_entry = 0;
  std::uint64_t entries = 0;  ///< 0: nothing had to change
  std::string resource;       ///< "R-7", "G-12", …
  bool repeated = false;      ///< the same command was carried out before, this is its receipt
};

/// What readers see: only what is durable.
struct Published {
  emergency::Situation situation;
  std::shared_ptr<const catalog::Catalog> in_force;
  ledger::Tree tree;
  std::string checkpoint;  ///< signed note over the tree
  /// What entries commit to and do not contain, by its commitment, as far as it was not erased: reasons.
  std::map<Digest, ledger::PrivatePart> private_parts;
};

/// Turns commands into durable entries, one batch at a time. Single-threaded and deterministic, so that the
/// simulation can run it; Broker gives it a thread. One process may hold several (the simulation does): they
/// race by compare-and-set.
class Writer {
 public:
  struct Options {
    std::string node = "node-1";                      ///< plain id; stands in every entry
    std::optional<std::string> last_checkpoint = {};  ///< the newest one that this node published before
  };

  /// Reads the whole ledger, verifies every hash, folds the state. Never fails because of a damaged ledger:
  /// then `damage()` says what is wrong, reads work up to the first fault, and every commit is refused.
  /// `unavailable` when the store cannot be read.
  static Result<std::unique_ptr<Writer>> open(store::Store& store, const ledger::NoteSigner& signer,
                                              CatalogReader read_catalog, Options options);

  /// Decides each submission on top of the ones before it, appends all entries at once, publishes, and gives
  /// each its answer. A refusal is an answer, and durable like any other. When the append fails, so do all of
  /// them. At most batch_max submissions.
  std::vector<Result<Receipt>> commit(const std::vector<Submission>& batch, Instant now);
  static constexpr std::size_t batch_max = 256;

  /// Calls `look` with what is durable, under a shared lock: look quickly, keep no reference.
  void read(const std::function<void(const Published&)>& look) const;

  /// Reads what other nodes have appended.
  Result<void> catch_up();

  /// Empty while the ledger is whole.
  [[nodiscard]] const std::vector<ledger::Fault>& damage() const { return damage_; }
  [[nodiscard]] const std::string& ledger_origin() const { return signer_.verifier().name(); }
  [[nodiscard]] const ledger::NoteVerifier& verifier() const { return signer_.verifier(); }

 private:
  /// The batch under construction.
  struct Draft {
    std::vector<emergency::Record> records;
    std::vector<store::NewEntry> entries;
    std::vector<Result<Receipt>> answers;
  };

  Writer(store::Store& store, const ledger::NoteSigner& signer, CatalogReader read_catalog, Options options);
  Result<void> replay();
  void refuse_rollback(const std::string& last_checkpoint, const ledger::Tree& tree);
  Result<void> fold(const ledger::Entry& entry, const store::StoredEntry& stored);
  Draft draft(const std::vector<Submission>& batch, Instant now);
  void draft_one(Draft& draft, const Submission& submission, Instant now);
  Result<void> append(const Draft& draft);
  void publish(const Draft& draft);
  void sign_checkpoint();
  void drop_tentative();
  [[nodiscard]] std::string entry_id(const emergency::Record& record, std::uint64_t position) const;

  store::Store& store_;
  const ledger::NoteSigner& signer_;
  CatalogReader read_catalog_;
  Options options_;

  mutable std::shared_mutex mutex_;  ///< guards published_ against readers on other threads
  Published published_;
  emergency::Situation tentative_;  ///< equals published_.situation between batches
  std::shared_ptr<const catalog::Catalog> tentative_in_force_;
  std::vector<ledger::Fault> damage_;
  bool must_catch_up_ = false;  ///< an append ended without a known outcome
};

}  // namespace postern::broker
