#pragma once

#include <string_view>

namespace postern::catalog_file {

/// The JSON Schema (draft 2020-12) of the catalog, with which editors complete and check. It says what can be
/// said of each value by itself; read() says the rest. The text is catalog.schema.json, as it stands here.
std::string_view schema();

}  // namespace postern::catalog_file
