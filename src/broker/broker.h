#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "base/instant.h"
#include "broker/timeline.h"
#include "broker/writer.h"

namespace postern::broker {

/// The one writer with its thread: takes commands from any thread, commits them in batches (everything that
/// waits when the disk is free goes into one append), meets what is owed when its time comes, and watches the
/// clocks.
class Broker {
 public:
  struct Options {
    std::size_t queue_max = 4096;  ///< commands waiting; beyond it `exhausted`
    milliseconds answer_within{
        15000};  ///< then the caller gets `outcome_unknown`; the command may still be carried out
    /// Called after each batch, on the writer's thread, with the newest checkpoint: to keep it beside the
    /// database.
    std::function<void(const std::string& checkpoint)> published = {};
    /// Called when what Postern itself has to write down is not written: nothing expires or escalates then.
    std::function<void(const Error&)> own_refused = {};
    /// Called when the wall clock is in doubt, and when it is trusted again.
    std::function<void(const Timeline::Reading&)> clock_changed = {};
  };

  Broker(std::unique_ptr<Writer> writer, const Clock& clock, Options options);
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// Carries out one command and waits until it is durable.
  Result<Receipt> submit(Submission submission);

  void read(const std::function<void(const Published&)>& look) const { writer_->read(look); }
  /// The time as the writer sees it.
  [[nodiscard]] Instant now() const;
  [[nodiscard]] const Writer& writer() const { return *writer_; }

  /// Finishes the batch under way; what still waits is answered `unavailable`. Idempotent.
  void stop();

 private:
  struct Waiting {
    Submission submission;
    std::promise<Result<Receipt>> answer;
  };
  void run();
  Instant tick();
  std::deque<Waiting> take_batch();
  void announce();
  void carry_out(std::deque<Waiting> batch, Instant now);
  [[nodiscard]] std::vector<Submission> own_business(Instant now) const;

  std::unique_ptr<Writer> writer_;
  const Clock& clock_;
  Options options_;
  std::string announced_;      ///< writer's thread only: the newest checkpoint told
  Timeline timeline_;          ///< writer's thread only
  Timeline::Reading reading_;  ///< guarded by mutex_
  milliseconds read_at_;       ///< steady time of that reading; guarded by mutex_
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Waiting> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace postern::broker
