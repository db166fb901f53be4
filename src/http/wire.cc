#include "http/wire.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/json.h"
#include "http/text.h"

namespace postern::http {
namespace {

std::string_view phrase_of(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 28> phrases = {{
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
  }};
  for (const auto& [number, phrase] : phrases)
    if (number == status) return phrase;
  return "";
}

/// Fields that say how this one message travels, and therefore are not the handler's to set.
bool is_ours(std::string_view name) {
  static constexpr std::array<std::string_view, 6> ours = {
      "connection", "keep-alive", "content-length", "transfer-encoding", "upgrade", "trailer"};
  return std::find(ours.begin(), ours.end(), name) != ours.end();
}

bool can_be_written(const Response& response) {
  return response.status >= 200 && response.status <= 599 &&
         std::all_of(response.headers.begin(), response.headers.end(),
                     [](const auto& field) { return is_token(field.first) && is_field_value(field.second); });
}

}  // namespace

Response problem(int status, std::string_view detail) {
  Response response;
  response.status = status;
  response.headers["content-type"] = "application/problem+json";
  response.body = json::canonical(json::Object{
      {"type", "about:blank"}, {"title", phrase_of(status)}, {"status", status}, {"detail", detail}});
  return response;
}

std::string to_wire(const Response& response, Body body, After after) {
  if (!can_be_written(response))
    return to_wire(problem(500, "The answer could not be written. Look into the server's log."), body, after);
  std::string wire = "HTTP/1.1 " + std::to_string(response.status) + " ";
  wire.append(phrase_of(response.status)).append("\r\n");
  Headers headers;
  for (const auto& [name, value] : response.headers)
    if (std::string lower = lower_case(name); !is_ours(lower)) headers.emplace(std::move(lower), value);
  headers.emplace("cache-control", "no-store");
  headers.insert_or_assign("x-content-type-options", "nosniff");
  if (after == After::close) headers.emplace("connection", "close");
  // These two have no body, whatever the handler put there (RFC 9110, sections 15.3.5 and 15.4.5).
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) headers.emplace("content-length", std::to_string(response.body.size()));
  for (const auto& [name, value] : headers) wire.append(name).append(": ").append(value).append("\r\n");
  wire.append("\r\n");
  if (!bodiless && body == Body::send) wire.append(response.body);
  return wire;
}

}  // namespace postern::http
