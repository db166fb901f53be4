#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

/// What is checked and mended before Markdown is parsed. Pure; used by this folder alone.
namespace postern::playbook {

/// `text` as base's sanitized() leaves it, but with its TABs, which commands are copied with.
std::string without_controls(std::string_view text);

/// `markdown` with lines that end in LF, and without control characters. `invalid` for a text of more than
/// markdown_bytes_max, and for one that a parser would blow up (cmark-gfm 0.29.0.gfm.6, measured with 64
/// KiB): more than 100 "|" in a line (1.5 s), tables of more than 20,000 cells, since a short row is filled
/// up (800 MB), and link definitions that could be repeated for more than 16 MiB (CVE-2023-24824 and its
/// family; 179 MB).
Result<std::string> checked_source(std::string_view markdown);

}  // namespace postern::playbook
