#pragma once

#include "cli/run.h"

namespace postern {

/// Runs a server until SIGINT or SIGTERM; gives the exit code.
int serve(const cli::ServeOptions& options, const std::string& version);

}  // namespace postern
