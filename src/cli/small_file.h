#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

/// Small files of one person's own: drafts, statements to sign, signatures.
namespace postern::cli {

/// `not_found` when it cannot be read, `exhausted` when it is larger; a pipe or a device is `invalid`.
Result<std::string> read_small_file(const std::string& path, std::size_t bytes_max);

/// Readable by its owner alone, and there as a whole or not at all: written beside it, made durable, renamed.
Result<void> write_own_file(const std::string& path, std::string_view text);

/// As above, but replaces nothing: `conflict` when something is there.
Result<void> write_new_file(const std::string& path, std::string_view text);

}  // namespace postern::cli
