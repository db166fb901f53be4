// Notices on their way, and what people write into an emergency's timeline.
#include <fmt/format.h>

#include <map>
#include <set>
#include <thread>

#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/shown.h"
#include "ledger/entry.h"

namespace postern::cli {
namespace {

std::string emergency_path(const std::string& id) {
  return "/api/v1/emergencies/" + http::percent_encoded(id);
}

/// The notice with that id among those on their way; nullptr when it is gone.
const json::Value* on_its_way(const json::Value& notices, const std::string& id) {
  for (const json::Value& each : items_of(notices, "on_their_way"))
    if (each.text_at("notice") == id) return &each;
  return nullptr;
}

std::set<std::string> channels_of(const json::Value& notice) {
  std::set<std::string> out;
  for (const json::Value& route : items_of(notice, "routes"))
    for (const std::string& each : texts_of(route, "channels")) out.insert(each);
  return out;
}

/// What became of one notice.
struct Watched {
  std::set<std::string> channels;  ///< all that were seen on the way
  std::set<std::string> waiting;   ///< those that are still
  json::Value notices;
};

Result<Watched> watch(const std::string& id, client::Api& api) {
  constexpr std::chrono::seconds patience{30};
  constexpr std::chrono::milliseconds between{250};
  const SystemClock clock;
  const milliseconds deadline = clock.steady() + patience;
  Watched out;
  for (;;) {
    out.notices = TRY(api.get("/api/v1/notices"));
    const json::Value* notice = on_its_way(out.notices, id);
    out.waiting = notice == nullptr ? std::set<std::string>() : channels_of(*notice);
    out.channels.insert(out.waiting.begin(), out.waiting.end());
    if (notice == nullptr || clock.steady() >= deadline) return out;
    std::this_thread::sleep_for(between);
  }
}

/// The channels that the notice was made for, as its entry says: one may have taken it before anybody looked.
std::set<std::string> addressed(const json::Value& answer, client::Api& api) {
  const json::Value* receipt = answer.find("receipt");
  const json::Value* first = receipt == nullptr ? nullptr : receipt->find("first_entry");
  if (first == nullptr || first->as_integer() == nullptr) return {};
  const auto page = api.get(fmt::format("/api/v1/ledger/entries?from={}&count=8", *first->as_integer()));
  if (!page) return {};
  for (const json::Value& row : items_of(*page, "entries")) {
    const auto bytes = from_base64(row.text_at("bytes"));
    const auto entry = bytes ? ledger::decode(*bytes) : tl::unexpected(bytes.error());
    if (entry && entry->data.text_at("notice") == answer.text_at("resource")) return channels_of(entry->data);
  }
  return {};
}

std::string describe_dead(const json::Value& letter) {
  return fmt::format("  {}  {} about {} to {} by {}, {}: {}\n", letter.text_at("notice"),
                     letter.text_at("kind"), letter.text_at("about").empty() ? "-" : letter.text_at("about"),
                     letter.text_at("person").empty() ? "a place" : letter.text_at("person"),
                     letter.text_at("channel"), letter.text_at("at"),
                     sanitized(letter.text_at("reason"), Lines::replace));
}

std::string describe_route(const json::Value& route) {
  const std::string_view person = route.text_at("person");
  return fmt::format("    {} by {}\n", person.empty() ? "a place" : person, list(route.find("channels")));
}

/// One line a channel: delivered, failed with the reason, or still on its way.
json::Array outcome_of(const Watched& watched, const std::string& id, std::string& text, bool& is_well) {
  json::Array out;
  std::set<std::string> channels = watched.channels;
  std::map<std::string, std::string> failed;
  for (const json::Value& letter : items_of(watched.notices, "dead_letters"))
    if (letter.text_at("notice") == id)
      failed[std::string(letter.text_at("channel"))] = letter.text_at("reason");
  for (const auto& [channel, reason] : failed) channels.insert(channel);
  for (const std::string& channel : channels) {
    const auto reason = failed.find(channel);
    const bool waits = watched.waiting.contains(channel);
    const std::string outcome = reason != failed.end() ? "failed" : waits ? "on its way" : "delivered";
    const std::string why = reason == failed.end() ? "" : sanitized(reason->second, Lines::replace);
    is_well = is_well && outcome == "delivered";
    text += fmt::format("  {:<20} {}{}\n", channel, outcome, why.empty() ? "" : ": " + why);
    out.push_back(json::Object{{"channel", channel}, {"outcome", outcome}, {"reason", why}});
  }
  return out;
}

}  // namespace

int test_notices(const Settings& settings, const std::string& channel) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    json::Object body;
    if (!channel.empty()) body.emplace("channel", channel);
    const json::Value answer = TRY(api.post("/api/v1/notices/test", body, settings.idempotency_key));
    const std::string id(answer.text_at("resource"));
    Watched watched = TRY(watch(id, api));
    watched.channels.merge(addressed(answer, api));
    bool is_well = true;
    std::string text = "This is a test; nothing is to be done. " + id + ":\n";
    json::Array channels = outcome_of(watched, id, text, is_well);
    if (channels.empty())
      text += "  delivered before anybody could look. See the ledger: postern ledger show\n";
    text += is_well ? "Look whether it arrived: \"delivered\" means that the channel took it."
                    : "What could not be delivered: postern notify list";
    const int printed =
        print(json::Object{{"answer", answer}, {"channels", std::move(channels)}, {"notice", id}}, text,
              format_of(settings));
    return is_well ? printed : exit_unavailable;
  });
}

int list_notices(const Settings& settings) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value notices = TRY(api.get("/api/v1/notices"));
    std::string text = "On their way\n";
    for (const json::Value& each : items_of(notices, "on_their_way")) {
      text += fmt::format("  {}  {} about {}, since {}, given up at {}\n", each.text_at("notice"),
                          each.text_at("kind"), each.text_at("about").empty() ? "-" : each.text_at("about"),
                          each.text_at("at"), each.text_at("give_up_at"));
      for (const json::Value& route : items_of(each, "routes")) text += describe_route(route);
    }
    if (items_of(notices, "on_their_way").empty()) text += "  none\n";
    text += "\nNever delivered: tell these people yourself\n";
    for (const json::Value& each : items_of(notices, "dead_letters")) text += describe_dead(each);
    if (items_of(notices, "dead_letters").empty()) text += "  none\n";
    return print(notices, text, format_of(settings));
  });
}

int timeline(const Settings& settings, const std::string& emergency) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value found = TRY(api.get(emergency_path(emergency) + "/timeline"));
    return print(found, emergency + "\n" + describe_timeline(items_of(found, "timeline")),
                 format_of(settings));
  });
}

int note(const Settings& settings, const NoteOptions& options) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value answer = TRY(api.post(emergency_path(options.emergency) + "/notes",
                                            json::Object{{"note", options.text}}, settings.idempotency_key));
    return print_answer(answer, "Noted in the timeline of " + options.emergency + ".", settings);
  });
}

int link_incident(const Settings& settings, const NoteOptions& options) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const json::Value answer =
        TRY(api.post(emergency_path(options.emergency) + "/incident",
                     json::Object{{"incident", options.text}}, settings.idempotency_key));
    return print_answer(answer, fmt::format("{} is linked to {}.", options.emergency, options.text),
                        settings);
  });
}

int announce(const Settings& settings, const AnnounceOptions& options) {
  return with_server(settings, [&](Connection& /*connection*/, client::Api& api) -> Result<int> {
    const std::string path =
        emergency_path(options.emergency) + "/texts/" + http::percent_encoded(options.audience);
    const json::Value text = TRY(api.get(path + "?language=" + http::percent_encoded(options.language)));
    const std::string shown = fmt::format("{}\n\n{}\n", text.text_at("title"), text.text_at("body"));
    if (!options.publish)
      return print(text,
                   shown + fmt::format("\nNothing was sent. To publish it: postern announce {} {} --publish",
                                       options.emergency, options.audience),
                   format_of(settings));
    if (!settings.json) fmt::print(stderr, "{}", sanitized(shown, Lines::keep));
    if (!options.yes && !confirmed("Publish this, for people outside of the company to read?"))
      return fail(ErrorCode::invalid, "Nothing was published. To publish without being asked: --yes");
    const json::Value answer = TRY(api.post(path + "/publish", json::Object{}, settings.idempotency_key));
    return print_answer(answer, "It is on its way. See: postern notify list", settings);
  });
}

}  // namespace postern::cli
