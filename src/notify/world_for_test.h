#pragma once

#include <chrono>
#include <map>
#include <string>

#include "aws/scripted_client.h"
#include "notify/sender.h"

namespace postern::notify::for_test {

/// Real for what passes, and stopped at 2026-11-23T03:04:05Z for what is written.
class TestClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override { return parse_rfc3339("2026-11-23T03:04:05Z").value(); }
  [[nodiscard]] milliseconds steady() const override {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

class NoRandom : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& each : out) each = 4;
  }
};

/// A network from a script, and secrets by name.
struct SenderWorld {
  aws::ScriptedClient client = {};
  TestClock clock = {};
  NoRandom random = {};
  std::map<std::string, std::string> secrets = {};
  std::string authorities = {};
  std::string programs_folder = {};

  World world() {
    return {.client = client,
            .clock = clock,
            .random = random,
            .secret = [this](const catalog::SecretReference& reference) -> Result<Secret> {
              const auto found = secrets.find(reference.name);
              if (found == secrets.end()) return fail(ErrorCode::unavailable, reference.name + " is not set");
              return Secret::copy_of(found->second);
            },
            .aws_credentials = {},
            .authorities = authorities,
            .programs_folder = programs_folder};
  }
};

inline catalog::SecretReference secret_named(const char* name) {
  return {.place = catalog::SecretReference::Place::environment, .name = name};
}

inline Message waiting_request() {
  return {.id = "N-12-mail-aiko",
          .kind = "request.waiting",
          .about = "R-7",
          .urgency = Urgency::urgent,
          .at = parse_rfc3339("2026-11-23T03:04:05Z").value(),
          .title = "R-7 waits for you",
          .body = "Ben asks for the payments account.\nAnswer by 03:14 UTC.",
          .link = "https://postern.example.net/requests/R-7",
          .to = {{.person = "aiko",
                  .name = "Aiko Tanaka",
                  .email = "aiko@example.net",
                  .phone = "+819012345678"}},
          .data = {{"process", "payments"}}};
}

}  // namespace postern::notify::for_test
