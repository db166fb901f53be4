#include "incident/kinds.h"

/// PagerDuty's REST API v2 (github.com/PagerDuty/api-schema, reference/REST/openapiv3.json): incidents by id,
/// searched by incident_key. Writing needs a From header with the address of a user of that account.
namespace postern::incident {
namespace {

constexpr std::string_view api = "https://api.pagerduty.com";

Result<Incident> read(const json::Value* answer) {
  if (answer == nullptr) return unexpected_answer("describes no incident");
  const std::string number(answer->text_at("id"));
  const std::string_view status = answer->text_at("status");
  if (!check_number(number, "")) return unexpected_answer("describes an incident without an id");
  if (status != "triggered" && status != "acknowledged" && status != "resolved")
    return unexpected_answer("does not say whether the incident is open");
  return Incident{.number = number,
                  .is_open = status != "resolved",
                  .title = one_line(answer->text_at("title"), title_bytes_max),
                  .url = for_people(answer->text_at("html_url"))};
}

json::Object draft_of(const Draft& draft, const std::string& service) {
  return {{"incident",
           json::Object{{"type", "incident"},
                        {"title", one_line(draft.title, draft_title_bytes_max)},
                        {"service", json::Object{{"id", service}, {"type", "service_reference"}}},
                        {"incident_key", draft.key},
                        {"body", json::Object{{"type", "incident_body"},
                                              {"details", many_lines(draft.body, text_bytes_max)}}}}}};
}

class PagerDuty : public Provider {
 public:
  explicit PagerDuty(Settings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] Result<void> check(const std::string& number) const override {
    return check_number(number, "");
  }
  [[nodiscard]] std::string nobodys_number() const override { return "P000000"; }
  Result<Incident> find(const std::string& number) override {
    TRY(check_number(number, ""));
    Conversation conversation(settings_, TRY(authorization()));
    return look_up(conversation, number);
  }

  Result<Incident> create(const Draft& draft) override {
    TRY(check_key(draft.key));
    const std::string service = TRY(settings_.needed("service"));
    Call call{.method = "POST",
              .url = settings_.address(api) + "/incidents",
              .body = draft_of(draft, service),
              .headers = TRY(headers_to_write()),
              .delivery = Call::Delivery::once};
    Conversation conversation(settings_, TRY(authorization()));
    if (std::optional<Incident> before = TRY(with_key(conversation, draft.key))) return *std::move(before);
    Result<json::Value> answer = conversation.ask(std::move(call));
    if (answer) return read(answer->find("incident"));
    if (answer.error().code != ErrorCode::invalid) return tl::unexpected(std::move(answer).error());
    // PagerDuty refuses a second open incident with this key: an earlier try of ours may have come first.
    if (std::optional<Incident> rival = TRY(with_key(conversation, draft.key))) return *std::move(rival);
    return tl::unexpected(std::move(answer).error());
  }

  Result<void> append(const std::string& number, const std::string& /*key*/,
                      const std::string& note) override {
    TRY(check_number(number, ""));
    Call call{.method = "POST",
              .url = address_of(number) + "/notes",
              .body = {{"note", json::Object{{"content", many_lines(note, text_bytes_max)}}}},
              .headers = TRY(headers_to_write()),
              .delivery = Call::Delivery::once};
    Conversation conversation(settings_, TRY(authorization()));
    const json::Value answer = TRY(conversation.ask(std::move(call)));
    return answer.find("note") != nullptr ? Result<void>() : unexpected_answer("does not hold the new note");
  }

  Result<void> close(const std::string& number, const std::string& note) override {
    TRY(check_number(number, ""));
    Call call{.method = "PUT",
              .url = address_of(number),
              .body = {{"incident", json::Object{{"type", "incident_reference"},
                                                 {"status", "resolved"},
                                                 {"resolution", many_lines(note, text_bytes_max)}}}},
              .headers = TRY(headers_to_write())};
    Conversation conversation(settings_, TRY(authorization()));
    if (!TRY(look_up(conversation, number)).is_open) return {};
    const json::Value answer = TRY(conversation.ask(std::move(call)));
    if (TRY(read(answer.find("incident"))).is_open)
      return unexpected_answer("says that the incident is still open");
    return {};
  }

 private:
  [[nodiscard]] Result<std::string> authorization() const {
    const Secret key = TRY(settings_.secret("api_key"));
    return "Token token=" + std::string(key.reveal());
  }

  [[nodiscard]] static http::Headers headers() {
    return {{"accept", "application/vnd.pagerduty+json;version=2"}, {"content-type", "application/json"}};
  }

  [[nodiscard]] Result<http::Headers> headers_to_write() const {
    http::Headers out = headers();
    out["from"] = TRY(settings_.needed("from"));
    return out;
  }

  [[nodiscard]] std::string address_of(const std::string& number) const {
    return settings_.address(api) + "/incidents/" + http::percent_encoded(number);
  }

  [[nodiscard]] Result<Incident> look_up(Conversation& conversation, const std::string& number) const {
    const json::Value answer = TRY(conversation.ask({.url = address_of(number), .headers = headers()}));
    Incident found = TRY(read(answer.find("incident")));
    if (found.number != number) return unexpected_answer("describes another incident");
    return found;
  }

  /// The incident with that key, an open one before others. The default of the search is one month, so all
  /// dates are asked for; what the answer holds is compared, because a server that ignores a parameter
  /// answers with every incident that it has.
  [[nodiscard]] Result<std::optional<Incident>> with_key(Conversation& conversation,
                                                         const std::string& key) const {
    const json::Value answer = TRY(conversation.ask(
        {.url = settings_.address(api) +
                "/incidents?date_range=all&limit=25&incident_key=" + http::percent_encoded(key),
         .headers = headers()}));
    const json::Value* const incidents = answer.find("incidents");
    if (incidents == nullptr || incidents->as_array() == nullptr)
      return unexpected_answer("lists no incidents");
    std::optional<Incident> best;
    for (const json::Value& each : *incidents->as_array()) {
      if (each.text_at("incident_key") != key) continue;
      Incident found = TRY(read(&each));
      if (!best || found.is_open) best = std::move(found);
    }
    return best;
  }

  Settings settings_;
};

}  // namespace

std::unique_ptr<Provider> make_pagerduty(Settings settings) {
  return std::make_unique<PagerDuty>(std::move(settings));
}

}  // namespace postern::incident
