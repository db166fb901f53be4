#pragma once

#include "lockout/picture_case.h"
#include "lockout/picture_text.h"

/// The matrix of a picture: a row for each failure, a column for each way. Pure; used by this folder alone.
namespace postern::lockout {

Fragment matrix(const Case& each, const WeighedCase& weighed);

}  // namespace postern::lockout
