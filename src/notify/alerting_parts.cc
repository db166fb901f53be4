#include "notify/alerting_parts.h"

#include <algorithm>

#include "base/json.h"
#include "http/text.h"
#include "notify/sender_parts.h"

namespace postern::notify {
namespace {

/// The other side's words, unless they hold the secret: a gateway may repeat what it was asked.
std::string_view own_words(const http::Response& response, const Secret& secret) {
  if (!secret.empty() && response.body.find(secret.reveal()) != std::string::npos) return "";
  return response.body;
}

}  // namespace

std::string alert_key(const Message& message) {
  constexpr std::size_t bytes_max = 200;  // PagerDuty takes 255 characters, our prefix among them
  return on_one_line(message.about.empty() ? "test/" + message.id : message.about, bytes_max);
}

bool is_quiet_test(const Message& message) { return message.kind == "notice.test"; }

std::string family_of(std::string_view kind) { return std::string(kind.substr(0, kind.find('.'))); }

std::string address_of(const catalog::Channel& channel, std::string_view otherwise) {
  std::string url = text_setting(channel, "url");
  if (url.empty()) url = otherwise;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

Result<Secret> key_setting(const catalog::Channel& channel, const World& world, std::string_view name) {
  constexpr std::size_t bytes_max = 256;
  Secret key = TRY(required_secret(channel, name, world));
  const bool is_key = std::all_of(key.reveal().begin(), key.reveal().end(), [](char c) {
    return http::is_alphanumeric(c) || std::string_view("-._~+/=").find(c) != std::string_view::npos;
  });
  if (key.reveal().size() > bytes_max || !is_key)
    return fail(ErrorCode::invalid, "The channel's " + std::string(name) +
                                        " holds blanks, line breaks or quotes, or is too long. Store the key "
                                        "alone where the catalog says.");
  return key;
}

Result<http::Response> post(http::Client& client, Call& call) {
  if (!call.secret.empty() && !is_confidential(call.url))
    return fail(ErrorCode::invalid,
                "The channel's url is not https, so its key would be sent for everybody "
                "to read. Correct it in the catalog.");
  http::Outgoing request{.method = "POST",
                         .url = call.url,
                         .headers = std::move(call.headers),
                         .body = std::move(call.body),
                         .deadline = call.deadline};
  request.headers["content-type"] = "application/json";
  Result<http::Response> response = client.send(request);
  wipe(request.body);
  for (auto& [name, value] : request.headers) wipe(value);
  if (!response) return fail(ErrorCode::unavailable, response.error().message, response.error().detail);
  return response;
}

Result<void> judged(const http::Response& response, const Call& call) {
  const std::string host = host_of(call.url);
  TRY(judged(response, host, own_words(response, call.secret)));
  if (response.body.empty() || json::parse(response.body)) return {};
  return fail(ErrorCode::unavailable, host + " answered " + std::to_string(response.status) +
                                          ", but not in JSON. Check for a proxy or a captive portal in "
                                          "between, and the channel's url.");
}

}  // namespace postern::notify
