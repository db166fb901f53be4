#pragma once

#include "cli/run.h"

namespace postern {

/// Plays FM1 from alarm to credentials with nothing but this machine: a real server, real `postern` child
/// processes, a pretend AWS and two pretend IdPs. Gives 0 only if every step went as it must and every
/// expected entry is in the ledger.
int demo(const cli::DemoOptions& options);

}  // namespace postern
