#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace postern::incident {

/// What a JSON pointer (RFC 6901) points at, or nullptr when there is nothing, or when it is no pointer. ""
/// is the whole document.
const json::Value* pointed_at(const json::Value& document, std::string_view pointer);

/// A string, whole number or boolean as text, the way an operator would write it in the catalog; "" for
/// anything else.
std::string as_text(const json::Value* value);

}  // namespace postern::incident
