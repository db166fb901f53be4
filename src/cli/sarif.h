#pragma once

#include <vector>

#include "base/json.h"
#include "catalog_file/catalog_file.h"

namespace postern::cli {

/// The faults as SARIF 2.1.0 (OASIS), which code hosts show at the line. `root` is the catalog's folder, from
/// where the tool was run; "" is here.
json::Value to_sarif(const std::vector<catalog_file::Fault>& faults, const std::string& root);

}  // namespace postern::cli
