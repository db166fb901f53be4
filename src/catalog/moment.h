#pragma once

#include <array>
#include <string_view>

#include "catalog/catalog.h"

namespace postern::catalog {

inline constexpr std::array moments{Moment::suspicion, Moment::declared, Moment::escalation, Moment::grant,
                                    Moment::override,  Moment::finding,  Moment::close};

std::string_view key_of(Moment moment);  ///< as in the file: "on_declared"

}  // namespace postern::catalog
