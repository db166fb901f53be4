#pragma once

#include <vector>

#include "catalog/lint.h"

namespace postern::catalog {

/// An error for every name in the catalog that nothing defines. catalog_file finds them at their own place
/// and names the nearest; this stands for catalogs that came another way.
std::vector<Finding> undefined_names(const Catalog& catalog);

}  // namespace postern::catalog
