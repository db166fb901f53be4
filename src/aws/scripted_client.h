#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/instant.h"
#include "http/client.h"

/// A network for tests of what talks to AWS.
namespace postern::aws {

/// Answers from a script, per URL. Fault model: a URL may be unreachable, answer anything with any status,
/// and change its answer from call to call (the last one in its script repeats); a URL without a script is
/// unreachable. It never delays, never checks a signature and never loses what it got: `sent` holds every
/// request in order.
class ScriptedClient : public http::Client {
 public:
  /// Adds to the script of `url`.
  void answer(const std::string& url, int status, std::string body, http::Headers headers = {}) {
    scripts_[url].push_back(
        http::Response{.status = status, .headers = std::move(headers), .body = std::move(body)});
  }
  void be_unreachable(const std::string& url) {
    scripts_[url].push_back(fail(ErrorCode::unavailable, "The time ran out before an answer came."));
  }

  Result<http::Response> send(const http::Outgoing& request) override {
    const std::scoped_lock lock(mutex_);
    sent.push_back(request);
    const auto script = scripts_.find(request.url);
    if (script == scripts_.end()) return fail(ErrorCode::unavailable, "The host's name cannot be resolved.");
    Result<http::Response> next = script->second.front();
    if (script->second.size() > 1) script->second.pop_front();
    return next;
  }

  /// The URLs asked so far.
  [[nodiscard]] std::vector<std::string> urls() const {
    std::vector<std::string> out;
    for (const http::Outgoing& each : sent) out.push_back(each.url);
    return out;
  }

  std::vector<http::Outgoing> sent;

 private:
  std::mutex mutex_;
  std::map<std::string, std::deque<Result<http::Response>>> scripts_;
};

/// Stands still until it is moved.
class StoppedClock : public Clock {
 public:
  explicit StoppedClock(Instant now) : now_(now) {}
  [[nodiscard]] Instant wall() const override { return now_; }
  [[nodiscard]] milliseconds steady() const override { return now_.time_since_epoch(); }
  void move(milliseconds by) { now_ += by; }

 private:
  Instant now_;
};

}  // namespace postern::aws
