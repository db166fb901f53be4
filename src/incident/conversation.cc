#include "incident/conversation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/hash.h"
#include "http/text.h"

namespace postern::incident {
namespace {

constexpr std::size_t answer_bytes_max = 1U << 20U;
constexpr std::size_t number_bytes_max = 64;
constexpr std::size_t key_bytes_max = 500;

bool may_pass(int status) { return status == 408 || status == 425 || status == 429 || status >= 500; }

/// A page for people: of a login, a proxy or a portal that stands where the ticket system should.
bool is_page(const http::Response& response) {
  const std::size_t begins = response.body.find_first_not_of(" \t\r\n");
  return begins != std::string::npos && response.body[begins] == '<';
}

Result<void> judged(const http::Response& response) {
  const int status = response.status;
  // What stands in between says nothing of the ticket system, and may be gone in a minute.
  if (is_page(response) || (status >= 300 && status < 400))
    return fail(ErrorCode::unavailable,
                fmt::format("Something else answered in the ticket system's place ({}). Check the address in "
                            "incidents.provider, and for a login page or proxy in between.",
                            status));
  if (status >= 200 && status < 300) return {};
  if (may_pass(status))
    return fail(ErrorCode::unavailable,
                fmt::format("The ticket system answered {}. Wait and try again.", status));
  if (status == 401 || status == 403)
    return fail(ErrorCode::forbidden,
                fmt::format("The ticket system refused our credentials ({}). Check incidents.provider in the "
                            "catalog and what that account may do.",
                            status));
  if (status == 404 || status == 410)
    return fail(ErrorCode::not_found, "The ticket system knows no such incident. Check the number.");
  return fail(ErrorCode::invalid, fmt::format("The ticket system answered {}, which we cannot use. Check "
                                              "incidents.provider in the catalog.",
                                              status));
}

/// A login page or a captive portal answers 200, too: only JSON is the ticket system's word.
Result<json::Value> read(const http::Response& response) {
  if (response.body.empty()) return json::Value();
  Result<json::Value> answer = json::parse(response.body, {.bytes_max = answer_bytes_max});
  // The parser's words are left out: they quote the answer, which may echo our credentials.
  if (!answer)
    return fail(ErrorCode::unavailable,
                "The ticket system's answer is not JSON that can be read. Check the address in "
                "incidents.provider, and for a login page or proxy in between.");
  return answer;
}

std::string cut(std::string_view text, std::size_t bytes_max, Lines lines) {
  // Cut roughly before: a text of a megabyte is not worth reading to its end.
  std::string safe = sanitized(text.substr(0, bytes_max), lines);
  safe.resize(std::min(safe.size(), bytes_max));
  while (!is_utf8(safe)) safe.pop_back();
  return safe;
}

/// What of "http://…" is this very machine: the name, and after it a port, the path, or nothing.
bool is_loopback(std::string_view after_scheme) {
  for (const std::string_view host : {"localhost", "127.0.0.1", "[::1]"}) {
    if (!after_scheme.starts_with(host)) continue;
    std::string_view rest = after_scheme.substr(host.size());
    if (rest.starts_with(':'))
      rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
    return rest.empty() || rest.front() == '/' || rest.front() == '?';
  }
  return false;
}

}  // namespace

std::string Settings::text(std::string_view name) const {
  const auto found = provider_.settings.find(std::string(name));
  if (found == provider_.settings.end()) return "";
  const auto* const text = std::get_if<std::string>(&found->second);
  return text == nullptr ? "" : *text;
}

Result<std::string> Settings::needed(std::string_view name) const {
  std::string value = text(name);
  if (value.empty())
    return fail(ErrorCode::invalid,
                fmt::format("incidents.provider has no {}, which this needs. Add it to the catalog.", name));
  return value;
}

bool Settings::has(std::string_view name) const { return provider_.settings.contains(std::string(name)); }

Result<Secret> Settings::secret(std::string_view name) const {
  const auto found = provider_.settings.find(std::string(name));
  const auto* const reference =
      found == provider_.settings.end() ? nullptr : std::get_if<catalog::SecretReference>(&found->second);
  if (reference == nullptr || !world_.secret)
    return fail(ErrorCode::forbidden,
                fmt::format("incidents.provider has no {}. Say in the catalog where it is kept.", name));
  Result<Secret> secret = world_.secret(*reference);
  if (!secret) return fail(ErrorCode::forbidden, std::move(secret).error().message);
  if (secret->empty() || !http::is_field_value(secret->reveal()))
    return fail(ErrorCode::forbidden,
                fmt::format("The {} of incidents.provider is empty or holds a control character. Store it "
                            "again.",
                            name));
  return secret;
}

std::string Settings::address(std::string_view otherwise) const {
  std::string url = text("url");
  if (url.empty()) url = otherwise;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

Result<json::Value> Conversation::ask(Call call) {
  if (!authorization_.empty() && !is_confidential(call.url))
    return fail(ErrorCode::invalid,
                "The ticket system's address is not https, so no credentials are sent there. Correct it in "
                "incidents.provider.");
  if (deadline_.is_over())
    return fail(ErrorCode::unavailable, "The ticket system took too long. Wait and try again.");
  http::Outgoing request{.method = std::move(call.method),
                         .url = std::move(call.url),
                         .headers = std::move(call.headers),
                         .deadline = deadline_.left(),
                         .body_bytes_max = answer_bytes_max};
  request.connect_deadline = std::min(request.connect_deadline, request.deadline);
  if (call.delivery == Call::Delivery::once) request.connection = http::Outgoing::Connection::fresh;
  request.headers.try_emplace("accept", "application/json");
  if (!call.body.empty()) {
    request.headers["content-type"] = "application/json";
    request.body = json::canonical(std::move(call.body));
  }
  if (!authorization_.empty()) request.headers["authorization"] = authorization_;
  const Result<http::Response> response = settings_.world().client.send(request);
  for (auto& [name, value] : request.headers) wipe(value);
  if (!response) return fail(ErrorCode::unavailable, response.error().message);
  TRY(judged(*response));
  return read(*response);
}

Result<std::string> bearer(const Settings& settings, std::string_view name) {
  const Secret token = TRY(settings.secret(name));
  return "Bearer " + std::string(token.reveal());
}

Result<std::string> basic(const Settings& settings, std::string_view secret_name) {
  const std::string username = TRY(settings.needed("username"));
  // RFC 7617: the first colon ends the name.
  if (username.find(':') != std::string::npos || !http::is_field_value(username))
    return fail(ErrorCode::invalid,
                "The username of incidents.provider holds a colon or a control "
                "character. Correct it in the catalog.");
  const Secret password = TRY(settings.secret(secret_name));
  std::string pair = username + ":" + std::string(password.reveal());
  std::string header = "Basic " + to_base64(pair);
  wipe(pair);
  return header;
}

std::string one_line(std::string_view text, std::size_t bytes_max) {
  return cut(text, bytes_max, Lines::replace);
}

std::string many_lines(std::string_view text, std::size_t bytes_max) {
  return cut(text, bytes_max, Lines::keep);
}

std::string for_people(std::string_view url) {
  const bool is_web = url.starts_with("https://") || url.starts_with("http://");
  const bool is_plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  return is_web && is_plain && url.size() <= url_bytes_max ? std::string(url) : "";
}

bool is_confidential(std::string_view url) {
  const std::string_view scheme = url.starts_with("https://") ? "https://" : "http://";
  if (!url.starts_with(scheme)) return false;
  const std::string_view rest = url.substr(scheme.size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.empty() || authority.find_first_of("@\\") != std::string_view::npos) return false;
  return scheme == "https://" || is_loopback(rest);
}

Result<void> check_number(std::string_view number, std::string_view besides) {
  const auto fits = [&](char c) { return http::is_alphanumeric(c) || besides.find(c) != besides.npos; };
  if (!number.empty() && number.size() <= number_bytes_max && http::is_alphanumeric(number.front()) &&
      std::all_of(number.begin(), number.end(), fits))
    return {};
  return fail(ErrorCode::invalid,
              fmt::format("\"{}\" cannot be the number of an incident here. Give it as the "
                          "ticket system shows it.",
                          one_line(number, number_bytes_max)));
}

Result<void> check_key(std::string_view key) {
  const bool is_plain = std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
  if (!key.empty() && key.size() <= key_bytes_max && is_plain) return {};
  return fail(ErrorCode::invalid,
              "The key of an incident or note is not 1 to 500 printable ASCII characters. "
              "This is a fault in Postern: report it.");
}

std::string tag_of(std::string_view key) {
  return "postern-" + sha256({"postern incident key v1\n", key}).hex().substr(0, 32);
}

tl::unexpected<Error> unexpected_answer(std::string_view what) {
  return fail(ErrorCode::invalid,
              fmt::format("The ticket system's answer {}. Check incidents.provider in the "
                          "catalog.",
                          what));
}

}  // namespace postern::incident
