#pragma once

#include "lockout/picture_case.h"
#include "lockout/picture_text.h"

/// The fault tree of a picture, one line for each node below its gate. What several gates stand on is drawn
/// once and named where it comes again, as the transfer symbols of NUREG-0492, chapter IV, do. Pure; used by
/// this folder alone.
namespace postern::lockout {

/// Gates of one and lost SSH keys are passed over. A tree of more than picture_tree_nodes_max lines becomes a
/// sentence that says so.
Fragment tree_drawing(const Case& each, const WeighedCase& weighed);

}  // namespace postern::lockout
