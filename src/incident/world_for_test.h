#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "incident/provider.h"

/// A ticket system for tests.
namespace postern::incident::for_test {

/// Answers from a script, per method and URL; the last answer of a script repeats. Fault model: any status
/// and body, unreachable (also what has no script), and slow: every request may take `takes` of the clock's
/// time. It never looks at what it gets; `sent` holds that in order, with its headers as they went out.
class TicketSystem : public http::Client, public Clock {
 public:
  void answer(const std::string& request, int status, std::string body) {
    scripts_[request].push_back(http::Response{.status = status, .body = std::move(body)});
  }

  Result<http::Response> send(const http::Outgoing& request) override {
    sent.push_back(request);
    steady_ += takes;
    const auto script = scripts_.find(request.method + " " + request.url);
    if (script == scripts_.end()) return fail(ErrorCode::unavailable, "The host's name cannot be resolved.");
    Result<http::Response> next = script->second.front();
    if (script->second.size() > 1) script->second.pop_front();
    return next;
  }

  [[nodiscard]] Instant wall() const override { return Instant(steady_); }
  [[nodiscard]] milliseconds steady() const override { return steady_; }

  /// "GET https://…" of each request.
  [[nodiscard]] std::vector<std::string> requests() const {
    std::vector<std::string> out;
    for (const http::Outgoing& each : sent) out.push_back(each.method + " " + each.url);
    return out;
  }

  std::vector<http::Outgoing> sent;
  milliseconds takes{0};

 private:
  milliseconds steady_{0};
  std::map<std::string, std::deque<Result<http::Response>>> scripts_;
};

/// A provider over it. Each secret is the text "secret-" and its name.
inline std::unique_ptr<Provider> provider(TicketSystem& system, catalog::Provider settings) {
  return make_provider(settings, {.client = system,
                                  .clock = system,
                                  .secret = [](const catalog::SecretReference& reference) -> Result<Secret> {
                                    return Secret::copy_of("secret-" + reference.name);
                                  }});
}

inline catalog::SecretReference secret_named(const char* name) {
  return {.place = catalog::SecretReference::Place::environment, .name = name};
}

inline Draft draft() {
  return {.key = "postern.example.net/E-1",
          .title = "Emergency E-1: IdP down",
          .body = "Declared by Ben.\nSee E-1."};
}

/// Numbers with which somebody tries to reach more than one incident, or to look like another one.
inline std::vector<std::string> bad_numbers() {
  return {"",
          "../x",
          "INC1^ORnumber=INC2",
          std::string(1U << 20U, 'A'),
          "INC\xe2\x80\xae"
          "1",
          "INC1\r\n",
          "INC1?x=1",
          "INC1/notes",
          std::string("INC\0001", 5),
          "OPS-1\" OR key=\"X"};
}

/// `invalid` for each of them, before anything is sent.
inline std::vector<std::string> accepted_among_bad_numbers(TicketSystem& system, Provider& asked) {
  std::vector<std::string> accepted;
  for (const std::string& number : bad_numbers()) {
    const bool refused = asked.find(number).error().code == ErrorCode::invalid &&
                         asked.append(number, "k", "note").error().code == ErrorCode::invalid &&
                         asked.close(number, "note").error().code == ErrorCode::invalid;
    if (!refused || !system.sent.empty()) accepted.push_back(number.substr(0, 40));
  }
  return accepted;
}

}  // namespace postern::incident::for_test
