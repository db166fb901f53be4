#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "saml/uri.h"

/// The forms of an IdP's HTML pages, read as outside bytes: how a synthetic user signs in without a browser.
/// Where a form leads is for resolve_url() and origin_of() (uri.h) to say.
namespace postern::saml {

inline constexpr std::size_t html_bytes_max = 1U << 20U;

struct HtmlForm {
  std::string action;  ///< as written; "" is the page itself
  bool is_post = false;
  std::vector<std::pair<std::string, std::string>> fields =
      {};  ///< inputs with a name, in order, with values
};

/// All forms of a page, at most 16 of at most 100 fields. Of check boxes and radio buttons only the checked
/// ones are there, of buttons none; what is disabled or stands outside of its form is left out, and so are
/// `select` and `textarea`. Scripts are not run and `<base>` is not heeded. `invalid` for what is no HTML, is
/// not UTF-8, or is too large, too deep or too crowded.
Result<std::vector<HtmlForm>> read_forms(std::string_view html);

}  // namespace postern::saml
