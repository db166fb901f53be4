#pragma once

#include <span>
#include <string>
#include <string_view>

/// Playbooks on paper. Pure.
namespace postern::playbook {

struct Sheet {
  std::string title;  ///< plain text, for the footer
  std::string html;   ///< from to_html(), and from nowhere else: it is not looked at again
};

/// A complete HTML5 document with the sheets, each from a new page: A4, black on white, with its title and
/// the page's number in the footer where the browser has margin boxes (Chromium 131). A rule (<hr>) in a
/// playbook starts a new page. It needs nothing from outside, and its Content-Security-Policy lets nothing in
/// but its own style, so that it can be kept as a file. `language` is a BCP 47 tag such as "ja"; the
/// document's title is that of the first sheet.
std::string page(std::span<const Sheet> sheets, std::string_view language);

}  // namespace postern::playbook
