#include "notify/webhook.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/encoding.h"
#include "base/hash.h"
#include "http/text.h"
#include "notify/sender_parts.h"

namespace postern::notify {
namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::size_t secret_bytes_min = 24;
constexpr std::size_t secret_bytes_max = 64;
constexpr std::size_t id_bytes_max = 256;
constexpr std::size_t signatures_bytes_max = 4096;
constexpr std::size_t event_bytes_max = 256U << 10U;

Result<Secret> key_of(const Secret& secret) {
  const std::string_view text = secret.reveal();
  Secret key = secret;
  if (text.starts_with(secret_prefix)) {
    Result<std::string> bytes = from_base64(text.substr(secret_prefix.size()));
    key = bytes ? Secret(*std::move(bytes)) : Secret();
  }
  if (key.reveal().size() < secret_bytes_min || key.reveal().size() > secret_bytes_max)
    return fail(ErrorCode::invalid,
                "The webhook's secret is not whsec_ and Base64 of 24 to 64 bytes, nor so many bytes. Make a "
                "new one.");
  return key;
}

bool is_signable_id(std::string_view id) {
  return !id.empty() && id.size() <= id_bytes_max && std::all_of(id.begin(), id.end(), [](char c) {
    return http::is_alphanumeric(c) || c == '_' || c == '-' || c == '~';
  });
}

std::string signature(std::string_view id, std::string_view at, std::string_view body, const Secret& key) {
  std::string signed_text;
  signed_text.append(id).append(".").append(at).append(".").append(body);
  return "v1," + to_base64(hmac_sha256(key.reveal(), signed_text).view());
}

std::string unix_seconds(Instant at) {
  return std::to_string(std::chrono::floor<seconds>(at).time_since_epoch().count());
}

std::string_view field(const http::Headers& headers, std::string_view name) {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

/// Unix seconds in digits alone; nullopt for anything else.
std::optional<Instant> parse_seconds(std::string_view text) {
  if (text.empty() || text.size() > 11) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return Instant(seconds(value));
}

/// True when one of the signatures, with a space between each two, is the expected one.
bool holds(std::string_view signatures, const std::string& expected) {
  const Secret wanted = Secret::copy_of(expected);
  bool found = false;
  while (!signatures.empty()) {
    const std::size_t end = std::min(signatures.find(' '), signatures.size());
    found = (Secret::copy_of(signatures.substr(0, end)) == wanted) || found;
    signatures.remove_prefix(std::min(end + 1, signatures.size()));
  }
  return found;
}

tl::unexpected<Error> not_believed() {
  return fail(ErrorCode::unauthenticated,
              "The webhook's signature is not valid. Check the secret on both sides, and that the body is "
              "signed as it is sent.");
}

/// Where events come from: the ledger's origin when the message tells it (a URI reference, as CloudEvents
/// want it), else our name.
std::string source_of(const Message& message) {
  const auto origin = message.data.find("origin");
  const std::string* const text = origin == message.data.end() ? nullptr : origin->second.as_string();
  const bool is_reference =
      text != nullptr && !text->empty() && text->size() <= 256 &&
      std::all_of(text->begin(), text->end(), [](char c) {
        return http::is_alphanumeric(c) || std::string_view("-._~/").find(c) != std::string_view::npos;
      });
  return is_reference ? *text : "postern";
}

json::Object event_data(const Message& message) {
  json::Object data = message.data;
  json::Array recipients;
  for (const Recipient& each : message.to) recipients.emplace_back(each.person);
  json::Object texts = as_json(message);
  texts.erase("data");
  texts.insert_or_assign("recipients", std::move(recipients));
  for (auto& [name, value] : texts) data.insert_or_assign(name, std::move(value));
  return data;
}

std::string event_of(const Message& message) {
  json::Object event = {{"data", event_data(message)},
                        {"datacontenttype", "application/json"},
                        {"id", message.id},
                        {"source", source_of(message)},
                        {"specversion", "1.0"},
                        {"time", to_rfc3339(message.at)},
                        {"type", "postern." + message.kind}};
  if (!message.about.empty()) event.emplace("subject", message.about);  // not empty, if it is there at all
  return json::canonical(event);
}

class Webhook final : public Sender {
 public:
  Webhook(catalog::Channel channel, const World& world) : channel_(std::move(channel)), world_(world) {}

  Result<void> send(const Message& message) override {
    http::Outgoing request{.url = text_setting(channel_, "url"),
                           .headers = {{"content-type", "application/cloudevents+json; charset=utf-8"},
                                       {"user-agent", "Postern"}},
                           .body = event_of(message)};
    const std::string host = host_of(request.url);
    if (request.body.size() > event_bytes_max)
      return fail(ErrorCode::invalid, "The message is too long for a webhook.");
    TRY(add_signature(request, message.id));
    const http::Response response = TRY(post(std::move(request), world_));
    return judged(response, host);
  }

 private:
  Result<void> add_signature(http::Outgoing& request, std::string id) const {
    std::replace(id.begin(), id.end(), '.', '~');
    const Instant now = world_.clock.wall();
    const std::optional<Secret> secret = TRY(optional_secret(channel_, "secret", world_));
    if (!is_signable_id(id))
      return fail(ErrorCode::invalid, "The message has an id that webhooks cannot have.");
    request.headers["webhook-id"] = id;
    request.headers["webhook-timestamp"] = unix_seconds(now);
    if (secret) request.headers["webhook-signature"] = TRY(sign(id, now, request.body, *secret));
    return {};
  }

  const catalog::Channel channel_;
  const World world_;
};

}  // namespace

Result<std::string> sign(std::string_view id, Instant at, std::string_view body, const Secret& secret) {
  const Secret key = TRY(key_of(secret));
  if (!is_signable_id(id))
    return fail(ErrorCode::invalid, "The message has an id that webhooks cannot have.");
  return signature(id, unix_seconds(at), body, key);
}

Result<void> verify_webhook(const http::Headers& headers, std::string_view body, const Secret& secret,
                            Instant now) {
  const Secret key = TRY(key_of(secret));
  const std::string_view id = field(headers, "webhook-id");
  const std::string_view at = field(headers, "webhook-timestamp");
  const std::string_view signatures = field(headers, "webhook-signature");
  const std::optional<Instant> sent = parse_seconds(at);
  if (!is_signable_id(id) || !sent || signatures.size() > signatures_bytes_max) return not_believed();
  // The signature first: the time of what nobody signed is nobody's.
  if (!holds(signatures, signature(id, at, body, key))) return not_believed();
  if (*sent < now - webhook_tolerance || *sent > now + webhook_tolerance)
    return fail(ErrorCode::unauthenticated,
                "The webhook was signed too long before or after our time. Check both clocks.");
  return {};
}

std::unique_ptr<Sender> make_webhook(const catalog::Channel& channel, const World& world) {
  return std::make_unique<Webhook>(channel, world);
}

}  // namespace postern::notify
