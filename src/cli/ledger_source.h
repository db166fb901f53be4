#pragma once

#include <memory>

#include "cli/commands.h"

namespace postern::cli {

/// The ledger as a server shows it, page by page.
std::unique_ptr<LedgerSource> from_server(const Settings& settings);

}  // namespace postern::cli
