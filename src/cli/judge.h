#pragma once

#include "catalog_file/catalog_file.h"

namespace postern::cli {

/// catalog_file::read, and what several folders know together: placeholders of the playbooks (PC009) and,
/// when `today` is given, certificates that are about to expire (PC604, PC605). In the order of the file.
catalog_file::Reading judged(const catalog_file::Sources& sources, catalog_file::Today today = {});

}  // namespace postern::cli
