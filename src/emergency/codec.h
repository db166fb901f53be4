#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emergency/situation.h"
#include "ledger/entry.h"

/// Facts as ledger entries and back. Decoders for every (type, v) ever written are kept for ever;
/// docs/formats.md lists them, tests/vectors/emergency/ holds one golden entry of each.
namespace postern::emergency {

/// The entry type of a fact, e.g. "grant.opened".
std::string_view type_of(const Fact& fact);

/// `id` is the entry's idempotency key, `node` who writes it.
ledger::Entry to_entry(const Record& record, std::string id, std::string node,
                       std::optional<Digest> private_digest = std::nullopt);

/// `conflict` for a type or version that this program does not know - then it must stop writing, and the
/// message says so; `damaged` when the data of a known type does not read.
Result<Record> to_record(const ledger::Entry& entry);

/// The blobs that an entry names; an append needs them to be there.
std::vector<Digest> blobs_named_by(const Fact& fact);

}  // namespace postern::emergency
