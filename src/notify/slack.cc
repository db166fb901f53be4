#include "notify/slack.h"

#include <algorithm>

#include "base/json.h"
#include "http/text.h"
#include "notify/sender_parts.h"

namespace postern::notify {
namespace {

/// Slack's answers are one word: "ok", "no_service", "invalid_payload". Anything else is not repeated: a page
/// of somebody in between may hold the URL, which is the credential.
std::string_view word_of(std::string_view body) {
  const bool is_word = body.size() <= 64 && std::all_of(body.begin(), body.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || c == '_';
                       });
  return is_word ? body : std::string_view();
}

std::string payload_of(const Message& message) {
  const std::string title = on_one_line(message.title, title_bytes_max);
  return json::canonical(json::Object{
      {"text", slack_text(title + "\n" + body_with_link(message))},
      // What people typed is not formatted, and nobody's server follows a link before a person does.
      {"mrkdwn", false},
      {"unfurl_links", false},
      {"unfurl_media", false}});
}

class Slack final : public Sender {
 public:
  Slack(catalog::Channel channel, const World& world) : channel_(std::move(channel)), world_(world) {}

  Result<void> send(const Message& message) override {
    const Secret webhook = TRY(required_secret(channel_, "webhook", world_));
    http::Outgoing request{.url = std::string(webhook.reveal()),
                           .headers = {{"content-type", "application/json; charset=utf-8"}},
                           .body = payload_of(message)};
    const std::string host = host_of(request.url);
    if (!is_confidential(request.url)) {
      wipe(request.url);
      return fail(ErrorCode::invalid,
                  "The channel's webhook is not an https:// address. Put the address that "
                  "Slack gave you where the catalog says.");
    }
    const http::Response response = TRY(post(std::move(request), world_));
    return judged(response, host, word_of(response.body));
  }

 private:
  const catalog::Channel channel_;
  const World world_;
};

}  // namespace

std::string slack_text(std::string_view text) {
  std::string out;
  char before = ' ';
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '@' && !http::is_alphanumeric(before)) {
      out += "＠";
    } else if (c == '(' && before == ']') {
      out += " (";
    } else {
      out += c;
    }
    before = c;
  }
  return out;
}

std::unique_ptr<Sender> make_slack(const catalog::Channel& channel, const World& world) {
  return std::make_unique<Slack>(channel, world);
}

}  // namespace postern::notify
