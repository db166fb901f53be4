#pragma once

#include <string_view>
#include <vector>

#include "catalog/catalog.h"

/// The notices as we word them, in English and Japanese. They stand in texts/<kind>.<language>.txt: the title
/// on the first line, an empty line, the body. What notices are called ("request.waiting") never changes:
/// receivers sort by it.
namespace postern::notify {

/// Every kind, sorted.
const std::vector<std::string_view>& kinds();

/// Our text for that kind, or nullptr for a kind that does not exist. Placeholders as in notify/template.h.
const catalog::Text* builtin(std::string_view kind, catalog::Language language);

}  // namespace postern::notify
