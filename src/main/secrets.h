#pragma once

#include "base/secret.h"
#include "catalog/channel.h"

namespace postern {

/// A secret that the catalog names, read from the host now; without white space around it, as editors leave
/// it at the end of a file. `not_found` when the place is empty.
Result<Secret> read_secret(const catalog::SecretReference& reference);

}  // namespace postern
