#include "broker/writer.h"

#include <algorithm>
#include <mutex>

#include "emergency/codec.h"

namespace postern::broker {
namespace {

using emergency::CatalogAdopted;
using emergency::Record;

/// An append may lose the race against another node this often before the batch is given up.
constexpr int attempts_max = 8;

/// For showing reasons to those who decide on them.
void keep_private(Published& published, const std::optional<ledger::PrivatePart>& part) {
  if (part) published.private_parts.insert_or_assign(ledger::commitment(*part), *part);
}

std::string where(const ledger::Fault& fault) {
  return fault.index ? "entry " + std::to_string(*fault.index) : "the ledger as a whole";
}

}  // namespace

Writer::Writer(store::Store& store, const ledger::NoteSigner& signer, CatalogReader read_catalog,
               Options options)
    : store_(store), signer_(signer), read_catalog_(std::move(read_catalog)), options_(std::move(options)) {}

Result<std::unique_ptr<Writer>> Writer::open(store::Store& store, const ledger::NoteSigner& signer,
                                             CatalogReader read_catalog, Options options) {
  std::unique_ptr<Writer> writer(new Writer(store, signer, std::move(read_catalog), std::move(options)));
  TRY(writer->replay());
  // Nothing is signed over a ledger that is not whole: what this node published before stays its last word.
  if (writer->damage_.empty()) writer->sign_checkpoint();
  writer->drop_tentative();
  return writer;
}

/// One reading of the whole: every hash is checked before its entry is folded, folding ends at the first
/// entry that is damaged, and at the end it must be the history that this node has signed.
Result<void> Writer::replay() {
  ledger::Audit audit;
  ledger::Tree tree;  // goes on beyond damage
  std::optional<ledger::Fault> unfoldable;
  const std::uint64_t size = TRY(store_.head());
  while (tree.size() < size) {
    const std::vector<store::StoredEntry> stored = TRY(store_.read(tree.size(), store::read_entries_max));
    if (stored.empty()) break;
    for (const store::StoredEntry& each : stored) {
      const std::optional<ledger::Entry> entry = audit.take(each.bytes, each.leaf);
      tree.append(ledger::leaf_hash(each.bytes));
      if (!audit.faults().empty() || unfoldable) continue;
      ENSURE(entry.has_value());
      if (const Result<void> folded = fold(*entry, each); !folded)
        unfoldable = ledger::Fault{each.index, folded.error().message};
    }
  }
  damage_ = audit.faults();
  if (unfoldable) damage_.insert(damage_.begin(), *unfoldable);
  if (options_.last_checkpoint) {
    published_.checkpoint = *options_.last_checkpoint;
    refuse_rollback(*options_.last_checkpoint, tree);
  }
  return {};
}

/// A database that was put back to an older state, or whose history was changed, does not hold what this node
/// has signed before.
void Writer::refuse_rollback(const std::string& last_checkpoint, const ledger::Tree& tree) {
  const Result<ledger::Checkpoint> last = ledger::open_checkpoint(last_checkpoint, signer_.verifier());
  // A file cut off by a power failure says nothing; whoever could cut it off could also have deleted it.
  if (!last && last.error().code == ErrorCode::invalid) return;
  if (!last) {
    damage_.push_back(
        {std::nullopt, "the checkpoint that this node kept does not verify: " + last.error().message});
    return;
  }
  const std::uint64_t size = tree.size();
  if (last->size > size)
    damage_.push_back({std::nullopt, "this node has signed " + std::to_string(last->size) +
                                         " entries and finds " + std::to_string(size) +
                                         ": entries are lost"});
  else if (tree.root_at(last->size) != last->root)
    damage_.push_back({std::nullopt, "the first " + std::to_string(last->size) +
                                         " entries are not the ones that this node has signed"});
}

Result<void> Writer::fold(const ledger::Entry& entry, const store::StoredEntry& stored) {
  const Record record = TRY(emergency::to_record(entry));
  if (const auto* adopted = std::get_if<CatalogAdopted>(&record.fact)) {
    const Bytes blob = TRY(store_.get(adopted->catalog));
    published_.in_force = TRY(read_catalog_(blob));
  }
  if (const auto broken = emergency::broken_reference(published_.situation, record.fact))
    return fail(ErrorCode::damaged, *broken);
  published_.situation = apply(std::move(published_.situation), record);
  published_.tree.append(stored.leaf);
  keep_private(published_, stored.private_part);
  return {};
}

Result<void> Writer::catch_up() {
  const std::unique_lock lock(mutex_);
  for (;;) {
    const std::vector<store::StoredEntry> stored =
        TRY(store_.read(published_.tree.size(), store::read_entries_max));
    for (const store::StoredEntry& each : stored) {
      const Result<void> folded = [&]() -> Result<void> {
        if (ledger::leaf_hash(each.bytes) != each.leaf)
          return fail(ErrorCode::damaged, "its bytes do not match its leaf hash");
        return fold(TRY(ledger::decode(each.bytes)), each);
      }();
      if (folded) continue;
      damage_.push_back({each.index, folded.error().message});
      return fail(ErrorCode::damaged, folded.error().message);
    }
    if (stored.empty()) break;
  }
  sign_checkpoint();
  drop_tentative();
  must_catch_up_ = false;
  return {};
}

void Writer::drop_tentative() {
  tentative_ = published_.situation;
  tentative_in_force_ = published_.in_force;
}

void Writer::sign_checkpoint() {
  published_.checkpoint =
      ledger::sign({ledger_origin(), published_.tree.size(), published_.tree.root()}, signer_);
}

void Writer::read(const std::function<void(const Published&)>& look) const {
  const std::shared_lock lock(mutex_);
  look(published_);
}

/// Stable for one attempt to write one record at one place, so that an append with an unknown outcome can be
/// looked up.
std::string Writer::entry_id(const Record& record, std::uint64_t position) const {
  return sha256({"postern-entry/1\n", options_.node, "\n", record.cause, "\n", std::to_string(position), "\n",
                 to_rfc3339(record.at)})
      .hex()
      .substr(0, 32);
}

std::vector<Result<Receipt>> Writer::commit(const std::vector<Submission>& batch, Instant now) {
  ENSURE(batch.size() <= batch_max);
  const auto all_fail = [&](const Error& error) {
    return std::vector<Result<Receipt>>(batch.size(), tl::unexpected(error));
  };
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    if (!damage_.empty())
      return all_fail({ErrorCode::damaged, "The ledger is damaged (" + where(damage_.front()) + ": " +
                                               damage_.front().what +
                                               "). Nothing is written to it any more; it stays readable. Use "
                                               "the sealed kit or the playbook's second page."});
    if (must_catch_up_)
      if (Result<void> caught_up = catch_up(); !caught_up) return all_fail(caught_up.error());
    Draft drafted = draft(batch, now);
    if (drafted.entries.empty()) return std::move(drafted.answers);
    const Result<void> appended = append(drafted);
    if (appended) {
      publish(drafted);
      return std::move(drafted.answers);
    }
    drop_tentative();
    if (appended.error().code != ErrorCode::conflict) return all_fail(appended.error());
    must_catch_up_ = true;  // another node was first: decide all again on what it wrote
  }
  return all_fail({ErrorCode::unavailable, "Other nodes were faster every time. Try again."});
}

Writer::Draft Writer::draft(const std::vector<Submission>& batch, Instant now) {
  Draft drafted;
  for (const Submission& each : batch) draft_one(drafted, each, now);
  return drafted;
}

void Writer::draft_one(Draft& draft, const Submission& submission, Instant now) {
  const Instant at = std::max(now, tentative_.last_at);
  const emergency::Policy policy{tentative_in_force_.get(), ledger_origin()};
  emergency::Outcome outcome = emergency::answer(tentative_, policy, submission.ask, at);
  if (outcome.repeat) {
    if (outcome.refusal)
      draft.answers.emplace_back(tl::unexpected(*outcome.refusal));
    else
      draft.answers.emplace_back(
          Receipt{outcome.repeat->first_entry, outcome.repeat->entries, outcome.repeat->resource, true});
    return;
  }
  std::vector<Record> records;
  std::vector<store::NewEntry> entries;
  for (emergency::Fact& fact : outcome.facts) {
    Record record{at, submission.ask.by, submission.ask.cause(), std::move(fact)};
    const bool takes_private = records.empty() && submission.private_part && !outcome.refusal;
    const std::optional<Digest> commitment =
        takes_private ? std::optional(ledger::commitment(*submission.private_part)) : std::nullopt;
    ledger::Entry entry = emergency::to_entry(record, entry_id(record, tentative_.entries + records.size()),
                                              options_.node, commitment);
    Result<Bytes> bytes = ledger::encode(entry);
    if (!bytes) {
      draft.answers.emplace_back(tl::unexpected(std::move(bytes).error()));
      return;
    }
    entries.push_back({std::move(*bytes), std::move(entry.id),
                       takes_private ? submission.private_part : std::nullopt,
                       emergency::blobs_named_by(record.fact)});
    records.push_back(std::move(record));
  }
  const std::uint64_t first = tentative_.entries;
  const std::string resource = records.empty() ? emergency::resource_of(submission.ask.command)
                                               : emergency::resource_of(records.front().fact);
  for (Record& record : records) {
    if (std::holds_alternative<CatalogAdopted>(record.fact))
      tentative_in_force_ = emergency::candidate_of(submission.ask.command);
    tentative_ = apply(std::move(tentative_), record);
    draft.records.push_back(std::move(record));
  }
  std::move(entries.begin(), entries.end(), std::back_inserter(draft.entries));
  if (outcome.refusal)
    draft.answers.emplace_back(tl::unexpected(std::move(*outcome.refusal)));
  else
    draft.answers.emplace_back(Receipt{first, tentative_.entries - first, resource, false});
}

Result<void> Writer::append(const Draft& draft) {
  const std::uint64_t expected = published_.tree.size();
  Result<void> appended = store_.append(expected, draft.entries);
  if (appended || appended.error().code != ErrorCode::outcome_unknown) return appended;
  // The batch is one transaction: its first entry is there if and only if all of them are.
  const Result<std::optional<std::uint64_t>> found = store_.find(draft.entries.front().id);
  if (found && *found) return **found == expected ? Result<void>() : fail(ErrorCode::conflict, "");
  must_catch_up_ = true;
  return appended;
}

void Writer::publish(const Draft& draft) {
  const std::unique_lock lock(mutex_);
  for (std::size_t i = 0; i < draft.records.size(); ++i) {
    published_.situation = apply(std::move(published_.situation), draft.records[i]);
    published_.tree.append(ledger::leaf_hash(draft.entries[i].bytes));
    keep_private(published_, draft.entries[i].private_part);
  }
  published_.in_force = tentative_in_force_;
  sign_checkpoint();
}

}  // namespace postern::broker
