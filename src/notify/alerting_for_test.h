#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "notify/world_for_test.h"

/// What the tests of alerting senders share.
namespace postern::notify::for_test {

using Make = std::unique_ptr<Sender> (*)(const catalog::Channel&, const World&);

/// The JSON that was sent as the n-th request.
inline json::Value sent_json(const SenderWorld& world, std::size_t n = 0) {
  return json::parse(world.client.sent.at(n).body).value();
}

inline std::string all_of(const Error& error) { return error.message + error.detail; }

/// How sending ends when `url` answers so.
inline Result<void> sent_when(Make make, const catalog::Channel& channel, SenderWorld& world,
                              const std::string& url, http::Response response) {
  world.client.answer(url, response.status, std::move(response.body));
  return make(channel, world.world())->send(waiting_request());
}

inline Message quiet_test() {
  Message message = waiting_request();
  message.id = "N-1-pager";
  message.kind = "notice.test";
  message.about = "";
  message.urgency = Urgency::quiet;
  return message;
}

/// A megabyte of what must not reach a receiver: a line break, an escape sequence, a right-to-left override.
inline std::string hostile_megabyte() {
  std::string text;
  while (text.size() < (1U << 20U))
    text +=
        "\x1b[31mR-7\r\n\xe2\x80\xae"
        "approved 承認 \xff";
  return text;
}

}  // namespace postern::notify::for_test
