#include "notify/alerting.h"
#include "notify/alerting_parts.h"
#include "notify/sender_parts.h"

/// Opsgenie's Alert API, v2 (docs.opsgenie.com, "Alert API": create and close), which others speak as well.
/// At most 130 characters of message, 15000 of description, 20 tags of 50; 202 when taken over.
namespace postern::notify {
namespace {

constexpr std::size_t message_characters_max = 130;
constexpr std::size_t tag_bytes_max = 50;
static_assert(body_bytes_max <= 15000);

/// At most so many UTF-16 units of well-formed `text`, which is what Java counts as characters. A limit in
/// bytes would leave a third of a Japanese title.
std::string first_characters(std::string text, std::size_t characters_max) {
  std::size_t units = 0;
  std::size_t kept = 0;  // bytes that leave room for "…"
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if ((byte & 0xC0U) == 0x80U) continue;
    if (units < characters_max) kept = at;
    units += byte >= 0xF0U ? 2 : 1;
  }
  return units <= characters_max ? text : text.substr(0, kept) + "…";
}

const char* priority_of(Urgency urgency) {
  switch (urgency) {
    case Urgency::quiet:
      return "P5";
    case Urgency::normal:
      return "P3";
    case Urgency::urgent:
      return "P1";
  }
  return "P1";
}

std::string creation_of(const Message& message) {
  json::Object details{{"about", alert_key(message)}, {"kind", message.kind}, {"message", message.id}};
  if (!message.link.empty()) details.emplace("link", message.link);
  return json::canonical(json::Object{
      {"alias", alert_key(message)},
      {"message", first_characters(on_one_line(message.title, title_bytes_max), message_characters_max)},
      {"description", on_many_lines(message.body, body_bytes_max)},
      {"priority", priority_of(message.urgency)},
      {"source", "postern"},
      {"entity", alert_key(message)},
      {"tags", json::Array{"postern", on_one_line(family_of(message.kind), tag_bytes_max)}},
      {"details", std::move(details)}});
}

std::string closing_of(const Message& message) {
  return json::canonical(
      json::Object{{"source", "postern"}, {"note", on_one_line(message.title, title_bytes_max)}});
}

class Opsgenie : public Sender {
 public:
  Opsgenie(catalog::Channel channel, World world) : channel_(std::move(channel)), world_(std::move(world)) {}

  Result<void> send(const Message& message) override {
    const Secret key = TRY(key_setting(channel_, world_, "api_key"));
    if (message.is_over) return close(message, key, send_deadline);
    if (!is_quiet_test(message)) return create(message, key, send_deadline);
    TRY(create(message, key, send_deadline / 2));
    return close(message, key, send_deadline / 2);
  }

 private:
  Result<void> create(const Message& message, const Secret& key, milliseconds deadline) {
    Call call = call_of("/v2/alerts", creation_of(message), key, deadline);
    const http::Response response = TRY(post(world_.client, call));
    return judged(response, call);
  }

  Result<void> close(const Message& message, const Secret& key, milliseconds deadline) {
    const std::string path =
        "/v2/alerts/" + http::percent_encoded(alert_key(message)) + "/close?identifierType=alias";
    Call call = call_of(path, closing_of(message), key, deadline);
    const http::Response response = TRY(post(world_.client, call));
    // Nothing is open under that alias: somebody closed it, or it was never raised. That is what we want.
    if (response.status == 404 && json::parse(response.body)) return {};
    return judged(response, call);
  }

  Call call_of(const std::string& path, std::string body, const Secret& key, milliseconds deadline) {
    return {.url = address_of(channel_, "https://api.opsgenie.com") + path,
            .body = std::move(body),
            .headers = {{"authorization", "GenieKey " + std::string(key.reveal())}},
            .secret = key,
            .deadline = deadline};
  }

  catalog::Channel channel_;
  World world_;
};

}  // namespace

std::unique_ptr<Sender> make_opsgenie(const catalog::Channel& channel, const World& world) {
  return std::make_unique<Opsgenie>(channel, world);
}

}  // namespace postern::notify
