#include <algorithm>

#include "base/instant.h"
#include "notify/alerting.h"
#include "notify/alerting_parts.h"
#include "notify/sender_parts.h"

/// Prometheus Alertmanager (its api/v2/openapi.yaml, POST /api/v2/alerts; tried with 0.25.0). Alerts with the
/// same labels are one alert, so the labels hold only what routes an alert and what it is about; the kind
/// changes while a thing goes on, and stands in an annotation.
namespace postern::notify {
namespace {

/// Without an end, Alertmanager calls an alert resolved after its resolve_timeout (5 minutes): it expects to
/// be told again and again, as Prometheus does, and we tell once.
constexpr std::chrono::hours alert_lasts{24};
/// A test ends by itself. At once would be too soon: it would be over before group_wait, and reach nobody.
constexpr std::chrono::minutes test_lasts{5};
/// An end that Alertmanager's clock has not reached yet does not end an alert that lasts longer, and no
/// second message comes. So the end is told to be earlier by what clocks may differ.
constexpr std::chrono::minutes clocks_differ{1};

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

json::Object alert_of(const Message& message, Urgency urgency) {
  json::Object alert{
      {"labels",
       json::Object{
           {"alertname", "Postern"}, {"about", alert_key(message)}, {"severity", severity_of(urgency)}}},
      {"annotations", json::Object{{"title", on_one_line(message.title, title_bytes_max)},
                                   {"description", on_many_lines(message.body, body_bytes_max)},
                                   {"kind", message.kind}}}};
  if (!message.link.empty()) alert.emplace("generatorURL", message.link);
  return alert;
}

json::Array raised(const Message& message, Instant now) {
  json::Object alert = alert_of(message, message.urgency);
  const milliseconds lasts = is_quiet_test(message) ? milliseconds(test_lasts) : milliseconds(alert_lasts);
  // It may begin at most now: an end before the beginning is refused.
  alert.emplace("startsAt", to_rfc3339(std::min(message.at, now)));
  alert.emplace("endsAt", to_rfc3339(now + lasts));
  return {std::move(alert)};
}

/// The message that something is over has an urgency of its own, and not the one that it was raised with. So
/// each that it can have been is ended; an end of what never began is told to nobody by itself. Without
/// startsAt an alert keeps the beginning that it has.
json::Array resolved(const Message& message, Instant now) {
  json::Array alerts;
  for (const Urgency each : {Urgency::urgent, Urgency::normal, Urgency::quiet}) {
    json::Object alert = alert_of(message, each);
    alert.emplace("endsAt", to_rfc3339(now - clocks_differ));
    alerts.emplace_back(std::move(alert));
  }
  return alerts;
}

class Alertmanager : public Sender {
 public:
  Alertmanager(catalog::Channel channel, World world)
      : channel_(std::move(channel)), world_(std::move(world)) {}

  Result<void> send(const Message& message) override {
    const Instant now = world_.clock.wall();
    Call call{.url = address_of(channel_) + "/api/v2/alerts",
              .body = json::canonical(message.is_over ? resolved(message, now) : raised(message, now))};
    const http::Response response = TRY(post(world_.client, call));
    return judged(response, call);
  }

 private:
  catalog::Channel channel_;
  World world_;
};

}  // namespace

std::unique_ptr<Sender> make_alertmanager(const catalog::Channel& channel, const World& world) {
  return std::make_unique<Alertmanager>(channel, world);
}

}  // namespace postern::notify
