#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "lockout/fault_tree.h"

/// Fault trees as other tools read and write them: the Open-PSA Model Exchange Format 2.0d, as much of it as
/// a tree without negation needs.
namespace postern::open_psa {

inline constexpr std::size_t model_bytes_max = 64U << 20U;

/// Names hold letters, digits and '_', and start with "e" or "g" and a number; ids and titles become labels.
std::string write(const lockout::FaultTree& tree, std::string_view name);

/// One fault tree with exactly one gate that no other names: the top. `invalid` for anything that it cannot
/// be held exactly to (negation, house events, several trees, parameters), for a DOCTYPE, a circle, or an
/// event that is used and not defined; the message names the element's line.
Result<lockout::FaultTree> read(std::string_view xml);

}  // namespace postern::open_psa
