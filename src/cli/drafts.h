#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"

/// Requests that were written and not sent, on this person's own machine: one JSON file each in
/// ${XDG_STATE_HOME:-~/.local/state}/postern/drafts, mode 0600. They hold reasons that people wrote.
namespace postern::cli {

inline constexpr std::size_t drafts_max = 50;
inline constexpr std::size_t draft_bytes_max = 32U << 10U;

/// Replaces the one of that name. `invalid` for a name that is no plain id, `exhausted` beyond the limits.
Result<void> keep_draft(const std::string& name, const RequestOptions& options);
/// What was kept, under what is given now. `not_found` when there is none, `damaged` when it cannot be read.
Result<RequestOptions> with_draft(const RequestOptions& given);
/// True when there was one.
bool forget_draft(const std::string& name);
std::vector<std::string> draft_names();

}  // namespace postern::cli
