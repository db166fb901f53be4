#pragma once

#include "base/json.h"
#include "emergency/fact.h"
#include "ledger/entry.h"

/// Inside of the codec: facts to the data of an entry, and back. Not for other folders.
namespace postern::emergency {

/// What stands under "data" in the version that is written today.
json::Object data_of(const Fact& fact);
/// The name of the entry's type and its version.
struct TypeAndVersion {
  std::string_view type;
  std::int64_t v;
};
TypeAndVersion type_and_version_of(const Fact& fact);

/// The fact in an entry. `conflict` for a type or version that this program does not know, anything else when
/// it does not read.
Result<Fact> fact_in(const ledger::Entry& entry, const Actor& by);

}  // namespace postern::emergency
