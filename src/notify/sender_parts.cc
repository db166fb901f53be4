#include "notify/sender_parts.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/encoding.h"
#include "http/text.h"

namespace postern::notify {
namespace {

constexpr std::string_view ellipsis = "…";
constexpr std::size_t said_bytes_max = 160;

std::string cut(std::string_view text, std::size_t bytes_max, Lines lines) {
  // Cut roughly before: a text of a megabyte is not worth reading to its end.
  std::string safe = sanitized(text.substr(0, bytes_max + 4), lines);
  if (safe.size() <= bytes_max && text.size() <= bytes_max) return safe;
  safe.resize(std::min(safe.size(), bytes_max - ellipsis.size()));
  while (!safe.empty() && !is_utf8(safe)) safe.pop_back();
  return safe.append(ellipsis);
}

bool may_pass(int status) { return status == 408 || status == 425 || status == 429 || status >= 500; }

std::string part_of(const std::string& url, CURLUPart which) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  char* text = nullptr;
  if (!parsed || url.find('\0') != std::string::npos ||
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), which, &text, 0) != CURLUE_OK)
    return "";
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
  return text;
}

void wipe_secrets(http::Outgoing& request) {
  wipe(request.body);
  wipe(request.url);
  for (auto& [name, value] : request.headers) wipe(value);
}

}  // namespace

std::string on_one_line(std::string_view text, std::size_t bytes_max) {
  return cut(text, bytes_max, Lines::replace);
}

std::string on_many_lines(std::string_view text, std::size_t bytes_max) {
  return cut(text, bytes_max, Lines::keep);
}

std::string body_with_link(const Message& message) {
  std::string body = on_many_lines(message.body, body_bytes_max);
  const std::string link = on_one_line(message.link, 2000);
  if (link.empty() || body.find(link) != std::string::npos) return body;
  while (body.ends_with('\n')) body.pop_back();
  return body.empty() ? link : body + "\n\n" + link;
}

std::string_view name_of(Urgency urgency) {
  switch (urgency) {
    case Urgency::quiet:
      return "quiet";
    case Urgency::normal:
      return "normal";
    case Urgency::urgent:
      return "urgent";
  }
  return "normal";
}

json::Object as_json(const Message& message) {
  return {{"about", message.about},
          {"at", to_rfc3339(message.at)},
          {"body", on_many_lines(message.body, body_bytes_max)},
          {"data", message.data},
          {"id", message.id},
          {"is_over", message.is_over},
          {"kind", message.kind},
          {"language", message.language},
          {"link", message.link},
          {"title", on_one_line(message.title, title_bytes_max)},
          {"urgency", name_of(message.urgency)}};
}

std::string text_setting(const catalog::Channel& channel, std::string_view name) {
  const auto found = channel.provider.settings.find(std::string(name));
  if (found == channel.provider.settings.end()) return "";
  const auto* const text = std::get_if<std::string>(&found->second);
  return text == nullptr ? "" : *text;
}

Result<std::optional<Secret>> optional_secret(const catalog::Channel& channel, std::string_view name,
                                              const World& world) {
  const auto found = channel.provider.settings.find(std::string(name));
  if (found == channel.provider.settings.end()) return std::nullopt;
  const auto* const reference = std::get_if<catalog::SecretReference>(&found->second);
  if (reference == nullptr || !world.secret)
    return fail(ErrorCode::invalid,
                fmt::format("The channel's {} cannot be read on this host. Say in the catalog where it is "
                            "kept.",
                            name));
  Result<Secret> secret = world.secret(*reference);
  if (!secret) return fail(ErrorCode::not_found, std::move(secret).error().message);
  return std::optional(*std::move(secret));
}

Result<Secret> required_secret(const catalog::Channel& channel, std::string_view name, const World& world) {
  std::optional<Secret> secret = TRY(optional_secret(channel, name, world));
  if (!secret || secret->empty())
    return fail(ErrorCode::invalid,
                fmt::format("The channel has no {}. Say in the catalog where it is kept.", name));
  return *std::move(secret);
}

std::string host_of(const std::string& url) { return part_of(url, CURLUPART_HOST); }

bool is_loopback(std::string_view host) {
  in_addr four{};
  if (::inet_pton(AF_INET, std::string(host).c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24U) == 127;
  return http::lower_case(host) == "localhost" || host == "[::1]" || host == "::1";
}

bool is_confidential(const std::string& url) {
  const std::string scheme = part_of(url, CURLUPART_SCHEME);
  const std::string host = host_of(url);
  return !host.empty() && (scheme == "https" || (scheme == "http" && is_loopback(host)));
}

Result<http::Response> post(http::Outgoing request, const World& world) {
  request.method = "POST";
  request.deadline = send_deadline;
  request.connect_deadline = std::min(request.connect_deadline, send_deadline);
  request.body_bytes_max = 64U << 10U;
  Result<http::Response> response = world.client.send(request);
  wipe_secrets(request);
  // Not HTTP, or too much of it: something that stands in between, and may be gone in a minute.
  if (!response) return fail(ErrorCode::unavailable, std::move(response).error().message);
  return response;
}

Result<void> judged(const http::Response& response, const std::string& host, std::string_view said) {
  const std::size_t begins = response.body.find_first_not_of(" \t\r\n");
  if (begins != std::string::npos && response.body[begins] == '<')
    return fail(
        ErrorCode::unavailable,
        fmt::format(
            "A page for people answered in the place of {} ({}). Check for a login page or proxy in between.",
            host, response.status));
  if (response.status >= 200 && response.status < 300) return {};
  const std::string words = said.empty() ? "" : " (" + on_one_line(said, said_bytes_max) + ")";
  if (may_pass(response.status))
    return fail(ErrorCode::unavailable,
                fmt::format("{} answered {}{}. Wait and try again.", host, response.status, words));
  return fail(ErrorCode::conflict, fmt::format("{} refused the message with {}{}. Check the channel.", host,
                                               response.status, words));
}

}  // namespace postern::notify
