#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "broker/broker.h"
#include "probe/look.h"
#include "probe/rounds.h"

namespace postern::probe {

/// Makes the rounds: follows the catalog in force, looks at its probes, and tells the broker what the ledger
/// should hear. Rounds has the rules, this has the threads.
///
/// One that hangs delays no other: each look has a thread for itself. They are started when no other is idle,
/// and kept; so there are as many as ever looked at once, at most one for each probe and `threads_max` (some
/// 55 KiB each). Healthy probes by the thousand share a few. Beyond `threads_max` looks still start in time
/// on the whole while Rounds::threads_needed() is not above it. Whoever looks never waits for the ledger:
/// telling and following the catalog have threads of their own.
///
/// The destructor returns when the looks and the tellings under way have ended: within the longest time-out
/// of a probe and the broker's `answer_within`; at once when nothing is under way. What has not been told
/// then is not.
class Runner {
 public:
  struct Options {
    std::string node = {};             ///< whose looks these are; told with each verdict
    std::size_t threads_max = 512;     ///< that look
    milliseconds notice_within{1000};  ///< a catalog that came in force
    /// For the operator's log: what stands in the way of looking or telling, once each time that it begins.
    std::function<void(const std::string&)> trouble = {};
    /// For figures: called before each look, on its thread, with how late it starts.
    std::function<void(const Look&, milliseconds late)> looking = {};
  };
  /// `broker` and what `outside` refers to outlive the runner.
  Runner(broker::Broker& broker, Outside outside, Options options);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

 private:
  void follow();
  void keep_time();
  void wake_up();
  void hand_out();
  void hire();
  [[nodiscard]] std::string shortage();
  [[nodiscard]] std::size_t idle() const { return workers_.size() - busy_; }
  void work();
  Observation look_safely(const Look& look, Instant at);
  void tell();
  void say(const std::string& trouble) const;

  broker::Broker& broker_;
  Outside outside_;
  Options options_;

  std::mutex mutex_;  ///< guards everything below
  std::condition_variable time_, ready_, news_, catalog_;
  Rounds rounds_;
  milliseconds wakes_at_{0};  ///< when the time-keeper looks again
  std::deque<Look> ready_looks_;
  std::size_t busy_ = 0;            ///< workers that look
  std::size_t threads_needed_ = 0;  ///< of the catalog in force
  bool short_of_threads_ = false, ledger_is_deaf_ = false;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
  std::vector<std::thread> tellers_;
  std::thread time_keeper_, follower_;
};

}  // namespace postern::probe
