#pragma once

#include <string>

#include "broker/broker.h"
#include "store/log.h"

namespace postern {

/// Reads the catalog in a blob, for the broker.
Result<std::shared_ptr<const catalog::Catalog>> read_catalog_blob(std::string_view blob);

/// The same for one that is proposed: `invalid` with its faults unless it may be put in force.
Result<std::shared_ptr<const catalog::Catalog>> judge_catalog_blob(std::string_view blob);

enum class Signatures { required, ignored };

/// Puts the catalog in `file` in force, with the signatures in signatures/*.json beside it, unless it is
/// already. The refusal says what is missing; the catalog in force stays.
Result<void> adopt_catalog(const std::string& file, Signatures signatures, store::Blobs& blobs,
                           broker::Broker& broker);

}  // namespace postern
