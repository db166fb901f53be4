#include "saml/uri.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/encoding.h"

namespace postern::saml {
namespace {

/// The five parts (RFC 3986, appendix B). One that is not there differs from one that is empty.
struct Parts {
  std::optional<std::string_view> scheme = {};
  std::optional<std::string_view> authority = {};
  std::string_view path = {};
  std::optional<std::string_view> query = {};
  std::optional<std::string_view> fragment = {};
};

Parts split(std::string_view uri) {
  Parts parts;
  if (const std::size_t at = uri.find('#'); at != std::string_view::npos) {
    parts.fragment = uri.substr(at + 1);
    uri = uri.substr(0, at);
  }
  if (const std::size_t at = uri.find('?'); at != std::string_view::npos) {
    parts.query = uri.substr(at + 1);
    uri = uri.substr(0, at);
  }
  if (const std::size_t at = uri.find_first_of(":/");
      at != std::string_view::npos && at > 0 && uri[at] == ':') {
    parts.scheme = uri.substr(0, at);
    uri = uri.substr(at + 1);
  }
  if (uri.starts_with("//")) {
    const std::size_t end = std::min(uri.find('/', 2), uri.size());
    parts.authority = uri.substr(2, end - 2);
    uri = uri.substr(end);
  }
  parts.path = uri;
  return parts;
}

/// RFC 3986, section 5.2.4, of a path that begins with '/'.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);  // with the '/' before it
    path = path.substr(end);
    const bool is_up = segment == "/..";
    if (is_up) out.resize(out.empty() ? 0 : out.rfind('/'));
    if (!is_up && segment != "/.") out += segment;
    if (path.empty() && (is_up || segment == "/.")) out += '/';
  }
  return out;
}

/// RFC 3986, section 5.2.3. Both schemes that count here have an authority.
std::string merged(std::string_view base, std::string_view path) {
  return base.empty() ? "/" + std::string(path)
                      : std::string(base.substr(0, base.rfind('/') + 1)) + std::string(path);
}

tl::unexpected<Error> bad_address(std::string_view address, const char* what) {
  // What stands before an '@' may be a password, and a query may hold what signs somebody in.
  const bool may_be_shown = address.find('@') == std::string_view::npos;
  const std::string shown =
      sanitized(address.substr(0, std::min<std::size_t>(address.find_first_of("?#"), 200)), Lines::replace);
  return fail(ErrorCode::invalid, "An address of the identity provider" +
                                      (may_be_shown ? " (" + shown + ") " : std::string(" ")) + what +
                                      ". Check the address, or ask the identity provider's administrators.");
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// A name, an IPv4 address, or an IPv6 address in brackets. No escapes: readers decode them differently.
bool is_plain_host(std::string_view host) {
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [&](char c) {
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (in_brackets) return is_hex || c == ':' || c == '.';
    return is_hex || (c > 'f' && c <= 'z') || c == '-' || c == '.' || c == '_';
  });
}

/// The port in ":port", or the scheme's own; 0 when it is none.
int port_in(std::string_view text, int own) {
  if (text.empty() || text == ":") return own;
  int port = 0;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port > 0 && port <= 65535 ? port : 0;
}

Result<std::string> origin(std::string_view url) {
  if (!is_uri_text(url)) return bad_address(url, "is no URL, or is too long");
  const Parts parts = split(url);
  const std::string scheme = lower_case(parts.scheme.value_or(""));
  if (scheme != "http" && scheme != "https") return bad_address(url, "is neither http nor https");
  const std::string authority = lower_case(parts.authority.value_or(""));
  if (authority.find('@') != std::string::npos) return bad_address(url, "carries a user name or password");
  const std::size_t host_end = authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':');
  const std::string host = authority.substr(0, host_end);
  const std::string rest = authority.substr(host.size());
  if (!is_plain_host(host) || (!rest.empty() && rest.front() != ':'))
    return bad_address(url, "names no host");
  const int port = port_in(rest, scheme == "https" ? 443 : 80);
  if (port == 0) return bad_address(url, "has a port that does not exist");
  return scheme + "://" + host + ":" + std::to_string(port);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\f");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n\f") - first + 1);
}

/// RFC 3986, section 5.2.2.
std::string resolved(const Parts& base, const Parts& reference) {
  const bool has_place = reference.scheme || reference.authority;
  const bool has_path = has_place || !reference.path.empty();
  std::string path(has_path ? reference.path : base.path);
  if (!has_place && has_path && !path.starts_with('/')) path = merged(base.path, path);
  const auto query = has_path || reference.query ? reference.query : base.query;
  std::string out(reference.scheme ? *reference.scheme : *base.scheme);
  out += ":";
  // Without one it is no place at all, as in "https:x"; origin() refuses it.
  if (const auto& place = has_place ? reference.authority : base.authority) out += "//" + std::string(*place);
  out += path.starts_with('/') ? without_dots(path) : path;
  if (query) out += "?" + std::string(*query);
  if (reference.fragment) out += "#" + std::string(*reference.fragment);
  return out;
}

}  // namespace

bool is_uri_text(std::string_view text) {
  return !text.empty() && text.size() <= uri_bytes_max && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < '\x7f' && std::string_view("<>\"\\^`{|}").find(c) == std::string_view::npos;
  });
}

Result<std::string> resolve_url(const std::string& base, const std::string& reference) {
  TRY(origin(base));
  const std::string_view wanted = trimmed(reference);
  if (!wanted.empty() && !is_uri_text(wanted)) return bad_address(wanted, "is no URL, or is too long");
  std::string url = resolved(split(base), split(wanted));
  TRY(origin(url));
  return url;
}

Result<std::string> origin_of(const std::string& url) { return origin(url); }

}  // namespace postern::saml
