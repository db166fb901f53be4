#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "http/parse.h"

// The bytes of one connection. Whatever they are: the parser stays within its limits, what it lets through is
// what message.h promises, and the reading does not depend on how the bytes were cut into pieces.

namespace {

using postern::http::ParseLimits;
using postern::http::Request;
using postern::http::RequestParser;
using Stage = RequestParser::Stage;

constexpr ParseLimits limits = {.header_bytes_max = 512, .body_bytes_max = 64};

void require(bool condition) {
  if (!condition) __builtin_trap();
}

void inspect(const Request& request) {
  static const std::vector<std::string> methods = {"GET", "HEAD", "POST", "PUT", "DELETE"};
  require(std::find(methods.begin(), methods.end(), request.method) != methods.end());
  require(request.path.starts_with('/') && postern::is_utf8(request.path));
  require(std::none_of(request.path.begin(), request.path.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\';
  }));
  require((request.path + "/").find("/../") == std::string::npos);
  require((request.path + "/").find("/./") == std::string::npos);
  require(request.headers.contains("host") && !request.headers.contains("expect"));
  require(!(request.headers.contains("content-length") && request.headers.contains("transfer-encoding")));
  require(request.body.size() <= limits.body_bytes_max);
  if (!request.headers.contains("content-length") && !request.headers.contains("transfer-encoding"))
    require(request.body.empty());
}

/// Every request, and where the connection stands at the end.
std::string reading_of(std::string_view bytes, std::size_t piece) {
  static const postern::http::GuardOptions guard = {.hosts = {"localhost"}};
  RequestParser parser(limits, guard);
  std::string reading;
  while (!bytes.empty() && parser.stage() != Stage::refused) {
    parser.take(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (parser.stage() == Stage::complete) {
      reading += parser.keep_alive() ? "keep " : "close ";
      const Request request = parser.next();
      inspect(request);
      reading += request.method + " " + request.path + "\n";
      for (const auto& [name, value] : request.query)
        reading.append(name).append("=").append(value).append("\n");
      for (const auto& [name, value] : request.headers)
        reading.append(name).append(":").append(value).append("\n");
      reading += request.body + "\n";
    }
  }
  return reading;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = reading_of(bytes, std::max<std::size_t>(size, 1));
  for (const std::size_t piece : {1U, 3U, 7U}) require(reading_of(bytes, piece) == whole);
  return 0;
}
