#include "base/instant.h"
#include "notify/alerting.h"
#include "notify/alerting_parts.h"
#include "notify/sender_parts.h"

/// PagerDuty's Events API v2 (developer.pagerduty.com, "Send an event to PagerDuty" and "PD-CEF"): at most
/// 1024 characters of summary, 255 of dedup_key, 512 KB in all; 202 with {"status":"success"} when taken
/// over.
namespace postern::notify {
namespace {

constexpr std::size_t summary_bytes_max = 1024;

const char* severity_of(Urgency urgency) {
  switch (urgency) {
    case Urgency::quiet:
      return "info";
    case Urgency::normal:
      return "warning";
    case Urgency::urgent:
      return "critical";
  }
  return "critical";
}

enum class Action { trigger, resolve };

json::Object payload_of(const Message& message) {
  return {{"summary", on_one_line(message.title, summary_bytes_max)},
          {"source", "postern"},
          {"severity", severity_of(message.urgency)},
          {"timestamp", to_rfc3339(message.at)},
          {"component", alert_key(message)},
          {"group", family_of(message.kind)},
          {"class", message.kind},
          {"custom_details", json::Object{{"body", on_many_lines(message.body, body_bytes_max)},
                                          {"language", message.language},
                                          {"message", message.id}}}};
}

/// The event without its routing key.
std::string event_of(const Message& message, Action action) {
  json::Object event{{"event_action", action == Action::resolve ? "resolve" : "trigger"},
                     {"dedup_key", "postern/" + alert_key(message)},
                     {"client", "Postern"},
                     {"payload", payload_of(message)}};
  if (!message.link.empty()) {
    event.emplace("client_url", message.link);
    event.emplace("links", json::Array{json::Object{{"href", message.link}, {"text", "Read on in Postern"}}});
  }
  return json::canonical(event);
}

/// The key goes in as text, so that no JSON value keeps a copy that is not wiped. key_setting() let only
/// characters pass that stand for themselves in JSON.
std::string with_key(const std::string& event, const Secret& key) {
  constexpr std::string_view before = R"({"routing_key":")";
  std::string out;
  out.reserve(before.size() + key.reveal().size() + event.size() + 2);  // growing would leave copies behind
  out.append(before).append(key.reveal()).append("\",").append(event, 1);
  return out;
}

class PagerDuty : public Sender {
 public:
  PagerDuty(catalog::Channel channel, World world) : channel_(std::move(channel)), world_(std::move(world)) {}

  Result<void> send(const Message& message) override {
    const Secret key = TRY(key_setting(channel_, world_, "routing_key"));
    if (!is_quiet_test(message))
      return send_event(message, message.is_over ? Action::resolve : Action::trigger, key, send_deadline);
    // Both or neither: after a failure of the second one the first is repeated, which its dedup_key makes
    // harmless.
    TRY(send_event(message, Action::trigger, key, send_deadline / 2));
    return send_event(message, Action::resolve, key, send_deadline / 2);
  }

 private:
  Result<void> send_event(const Message& message, Action action, const Secret& key, milliseconds deadline) {
    Call call{.url = address_of(channel_, "https://events.pagerduty.com/v2/enqueue"),
              .body = with_key(event_of(message, action), key),
              .secret = key,
              .deadline = deadline};
    const http::Response response = TRY(post(world_.client, call));
    TRY(judged(response, call));
    // A 200 of a proxy is not PagerDuty's word that somebody is paged.
    const Result<json::Value> answer = json::parse(response.body);
    if (!answer || answer->text_at("status") != "success")
      return fail(ErrorCode::unavailable,
                  "The answer of PagerDuty does not say that it took the event over. Check the channel's "
                  "url, and for a proxy in between.");
    return {};
  }

  catalog::Channel channel_;
  World world_;
};

}  // namespace

std::unique_ptr<Sender> make_pagerduty(const catalog::Channel& channel, const World& world) {
  return std::make_unique<PagerDuty>(channel, world);
}

}  // namespace postern::notify
