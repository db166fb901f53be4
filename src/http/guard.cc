#include "http/guard.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "http/text.h"

namespace postern::http {
namespace {

constexpr std::array<std::string_view, 5> methods = {"GET", "HEAD", "POST", "PUT", "DELETE"};

tl::unexpected<Error> refuse(std::string message) { return fail(ErrorCode::invalid, std::move(message)); }

enum class Plus { stays, is_space };

/// Percent-decodes exactly once. What comes out is UTF-8 without control characters, so that nothing behind
/// the guard can be cut short by a NUL or forge a log line.
Result<std::string> decoded(std::string_view text, Plus plus) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const Result<std::string> byte = from_hex(text.substr(i + 1, 2));
      if (!byte || byte->size() != 1) return refuse("The target holds a malformed percent escape.");
      c = byte->front();
      i += 2;
    } else if (c == '+' && plus == Plus::is_space) {
      c = ' ';
    }
    if (is_control(c)) return refuse("The target holds a control character.");
    plain.push_back(c);
  }
  if (!is_utf8(plain)) return refuse("The target is not UTF-8.");
  return plain;
}

Result<std::string> path_of(std::string_view raw) {
  std::string path;
  for (std::size_t start = 1; start <= raw.size();) {
    const std::size_t end = std::min(raw.find('/', start), raw.size());
    const std::string segment = TRY(decoded(raw.substr(start, end - start), Plus::stays));
    // An encoded slash or a backslash would move the border between segments for whoever looks next.
    if (segment.find_first_of("/\\") != std::string::npos)
      return refuse("A path segment holds a slash or a backslash.");
    if (segment == "." || segment == "..") return refuse("The path holds a \".\" or \"..\" segment.");
    path.append("/").append(segment);
    start = end + 1;
  }
  return path;
}

Result<std::map<std::string, std::string, std::less<>>> query_of(std::string_view raw) {
  std::map<std::string, std::string, std::less<>> query;
  for (std::size_t start = 0; start < raw.size();) {
    const std::size_t end = std::min(raw.find('&', start), raw.size());
    const std::string_view pair = raw.substr(start, end - start);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name = TRY(decoded(pair.substr(0, equals), Plus::is_space));
    std::string value = TRY(decoded(pair.substr(std::min(equals + 1, pair.size())), Plus::is_space));
    if (name.empty()) return refuse("The query holds a parameter without a name.");
    if (!query.emplace(std::move(name), std::move(value)).second)
      return refuse("A query parameter stands twice. Give each one once.");
    start = end + 1;
  }
  return query;
}

Result<void> read_target(std::string_view target, Request& request) {
  if (target.empty() || target.front() != '/')
    return refuse("The target must be in origin form: a path that starts with '/'.");
  for (const char c : target)
    if (c <= ' ' || c > '~' || c == '#') return refuse("The target holds a character that must be escaped.");
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = TRY(path_of(target.substr(0, mark)));
  request.query = TRY(query_of(target.substr(std::min(mark + 1, target.size()))));
  return {};
}

Result<Headers> headers_of(const RawHead& head) {
  Headers headers;
  for (const auto& [name, value] : head.fields) {
    if (!is_token(name)) return refuse("A header field has a malformed name.");
    if (!is_field_value(value)) return refuse("A header field holds a control character.");
    if (!headers.emplace(lower_case(name), value).second)
      return refuse("A header field stands twice: " + lower_case(name).substr(0, 64) + ".");
  }
  return headers;
}

Result<void> check_host(const Headers& headers, const GuardOptions& options) {
  const auto host = headers.find("host");
  if (host == headers.end()) return refuse("The Host field is missing.");
  // A page on evil.example whose name was made to resolve to 127.0.0.1 still says "Host: evil.example".
  if (!options.hosts.contains(lower_case(host->second)))
    return refuse("The Host field names a host that is not served here.");
  return {};
}

/// The body's length must have one reading only (RFC 9112, section 6.3): where two readers disagree, the rest
/// of one request is smuggled in as the next.
Result<void> check_framing(const Headers& headers, unsigned version) {
  const auto encoding = headers.find("transfer-encoding");
  const auto length = headers.find("content-length");
  if (encoding != headers.end()) {
    if (version != 11) return refuse("Transfer-Encoding needs HTTP/1.1.");
    if (lower_case(encoding->second) != "chunked")
      return refuse("The only Transfer-Encoding is \"chunked\".");
    if (length != headers.end()) return refuse("Content-Length and Transfer-Encoding exclude each other.");
  }
  // "5, 5" is one length to some readers.
  if (length != headers.end() &&
      (length->second.empty() || length->second.find_first_not_of("0123456789") != std::string::npos))
    return refuse("Content-Length must be one whole number.");
  return {};
}

}  // namespace

Result<Request> check(const RawHead& head, const GuardOptions& options) {
  if (head.version != 10 && head.version != 11) return refuse("The version must be HTTP/1.0 or HTTP/1.1.");
  if (std::find(methods.begin(), methods.end(), head.method) == methods.end())
    return refuse("The method must be GET, HEAD, POST, PUT or DELETE.");
  Request request;
  request.method = head.method;
  request.headers = TRY(headers_of(head));
  TRY(check_host(request.headers, options));
  TRY(check_framing(request.headers, head.version));
  if (request.headers.contains("expect")) return refuse("Expect is not supported. Send the body at once.");
  TRY(read_target(head.target, request));
  return request;
}

}  // namespace postern::http
