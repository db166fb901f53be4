#pragma once

#include <string>

#include "catalog_file/catalog_file.h"
#include "client/api.h"

namespace postern::cli {

/// The files of a catalog that the server has, by its digest. `damaged` when they are others than that.
Result<catalog_file::Sources> fetch_catalog(client::Api& api, const std::string& digest);

}  // namespace postern::cli
