#include "probe/look_cookies.h"

#include <algorithm>

namespace postern::probe {
namespace {

constexpr std::size_t cookies_max = 40;
constexpr std::size_t cookie_bytes_max = 4096;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < '\x7f' && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

/// Printable, so that nothing in it can end the field or the cookie.
bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f' && c != ';'; });
}

/// "Expires=Wed, 21 Oct 2026 …" holds the same ", " that joins cookies; but after a date's no "name="
/// follows.
std::size_t end_of_first(std::string_view joined) {
  for (std::size_t at = joined.find(", "); at != std::string_view::npos; at = joined.find(", ", at + 1)) {
    const std::string_view next = joined.substr(at + 2);
    if (is_name(next.substr(0, next.find_first_of("=;,")))) {
      const std::size_t end = next.find_first_of("=;,");
      if (end != std::string_view::npos && next[end] == '=') return at;
    }
  }
  return joined.size();
}

bool takes_back(std::string_view attributes) {
  std::string lower(attributes);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower.find("max-age=0") != std::string::npos || lower.find("max-age=-") != std::string::npos ||
         lower.find("01-jan-1970") != std::string::npos || lower.find("01 jan 1970") != std::string::npos;
}

}  // namespace

void Cookies::take(std::string_view set_cookie) {
  while (!set_cookie.empty()) {
    const std::size_t end = end_of_first(set_cookie);
    take_one(set_cookie.substr(0, end));
    set_cookie.remove_prefix(std::min(end + 2, set_cookie.size()));
  }
}

void Cookies::take_one(std::string_view cookie) {
  const std::string_view pair = cookie.substr(0, cookie.find(';'));
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos || cookie.size() > cookie_bytes_max) return;
  const std::string_view name = trimmed(pair.substr(0, equals));
  const std::string_view value = trimmed(pair.substr(equals + 1));
  if (!is_name(name) || !is_value(value)) return;
  if (takes_back(cookie.substr(pair.size()))) {
    if (const auto old = values_.find(name); old != values_.end()) values_.erase(old);
  } else if (values_.size() < cookies_max || values_.contains(name)) {
    values_.insert_or_assign(std::string(name), std::string(value));
  }
}

std::string Cookies::header() const {
  std::string out;
  for (const auto& [name, value] : values_)
    out.append(out.empty() ? "" : "; ").append(name).append("=").append(value);
  return out;
}

}  // namespace postern::probe
