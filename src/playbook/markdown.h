#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

/// Playbooks for the page, paper and terminal: CommonMark with GitHub's tables, strikethrough and task lists.
/// Pure; any thread may call this, though texts are parsed one after the other. Limits, each `invalid` with a
/// message for its author: 64 KiB (markdown_bytes_max), 100 levels of nesting, 100 columns in a table and
/// 20,000 cells in all (source.h). Within them a text takes a fraction of a second. The text is not trusted:
/// what is not understood, raw HTML above all, is shown as it was written (but comments are left out), and
/// neither control nor bidirectional characters come through (but TAB), not even as "&#27;".
namespace postern::playbook {

/// An HTML fragment in UTF-8, safe inside any element that holds blocks: no scripts, styles, ids or handlers,
/// nothing that loads by itself (an image is a link), and links only to http, https, mailto, tel or a path.
Result<std::string> to_html(std::string_view markdown);

struct TerminalStyle {
  bool colour = false;  ///< ECMA-48 escapes; otherwise Markdown's own marks stand for bold, code and so on
  int columns = 80;     ///< from 20 to 400; what is beyond is taken as the nearest
};

/// Text in lines that end in LF; empty for a text without words. Lines fit into the columns, except for what
/// must stay whole to be copied: a code block (indented with spaces alone, and never coloured), inline code,
/// a long word or address. Japanese is broken as its typography asks (columns.h).
Result<std::string> to_terminal(std::string_view markdown, const TerminalStyle& style);

}  // namespace postern::playbook
