#include "probe/runner.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace postern::probe {
namespace {

/// Several, so that many changes at once share one append.
constexpr std::size_t tellers = 4;

}  // namespace

Runner::Runner(broker::Broker& broker, Outside outside, Options options)
    : broker_(broker), outside_(std::move(outside)), options_(std::move(options)), rounds_(options_.node) {
  for (std::size_t i = 0; i < tellers; ++i) tellers_.emplace_back([this] { tell(); });
  time_keeper_ = std::thread([this] { keep_time(); });
  follower_ = std::thread([this] { follow(); });
}

Runner::~Runner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for (std::condition_variable* each : {&time_, &ready_, &news_, &catalog_}) each->notify_all();
  time_keeper_.join();  // before the workers: it is who starts them
  follower_.join();
  for (std::thread& each : workers_) each.join();
  for (std::thread& each : tellers_) each.join();
}

void Runner::say(const std::string& trouble) const {
  if (!trouble.empty() && options_.trouble) options_.trouble(trouble);
}

// --- Time
// -------------------------------------------------------------------------------------------------

void Runner::follow() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    std::shared_ptr<const catalog::Catalog> in_force;
    broker_.read([&](const broker::Published& published) { in_force = published.in_force; });
    const Instant at = broker_.now();
    lock.lock();
    if (in_force) rounds_.follow(std::move(in_force), outside_.clock.steady(), at);
    threads_needed_ = rounds_.threads_needed();
    wake_up();
    if (!stopping_) catalog_.wait_for(lock, options_.notice_within);
  }
}

/// Wakes who has something to do now, after the rounds have changed. The mutex is held.
void Runner::wake_up() {
  if (rounds_.has_telling()) news_.notify_one();
  if (rounds_.next_due().value_or(milliseconds::max()) < wakes_at_) time_.notify_one();
}

void Runner::keep_time() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    hand_out();
    if (const std::string trouble = shortage(); !trouble.empty()) {
      lock.unlock();  // whoever listens may be slow
      say(trouble);
      lock.lock();
    }
    const milliseconds now = outside_.clock.steady();
    wakes_at_ = std::min(now + options_.notice_within, rounds_.next_due().value_or(milliseconds::max()));
    if (!stopping_) time_.wait_for(lock, std::max(milliseconds(0), wakes_at_ - now));
  }
}

/// Every look that is due becomes ready, with a thread to make it.
void Runner::hand_out() {
  while (std::optional<Look> look = rounds_.begin(outside_.clock.steady())) {
    ready_looks_.push_back(*std::move(look));
    ready_.notify_one();
  }
  hire();
}

/// Starts threads until each look that is ready has one, or there are as many as there may be.
void Runner::hire() {
  while (idle() < ready_looks_.size() && workers_.size() < options_.threads_max) {
    try {
      workers_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      return;  // the host has no more; those that we have go on
    }
  }
}

/// What to tell the operator when looks wait although threads are missing; "" when not, or when it was told.
std::string Runner::shortage() {
  const bool short_before =
      std::exchange(short_of_threads_, idle() < ready_looks_.size() && workers_.size() < threads_needed_);
  if (!short_of_threads_ || short_before) return "";
  return "There are only " + std::to_string(workers_.size()) + " threads for probes, of " +
         std::to_string(threads_needed_) +
         " that they need: looks start late. Give the probes longer intervals or shorter time-outs, or the "
         "server more threads.";
}

// --- Looking
// ----------------------------------------------------------------------------------------------

void Runner::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ready_.wait(lock, [this] { return stopping_ || !ready_looks_.empty(); });
    if (stopping_) return;
    const Look look = std::move(ready_looks_.front());
    ready_looks_.pop_front();
    ++busy_;
    lock.unlock();
    const Instant at = broker_.now();
    Observation seen = look_safely(look, at);
    lock.lock();
    --busy_;
    rounds_.end(look, std::move(seen), outside_.clock.steady(), at);
    wake_up();
  }
}

/// probe::look promises to throw nothing. If it breaks that promise, the probe is not seen; all others are.
Observation Runner::look_safely(const Look& look, Instant at) {
  try {
    if (options_.looking) options_.looking(look, outside_.clock.steady() - look.due);
    return probe::look(look.definition(), *look.catalog, outside_, at);
  } catch (...) {
    say("The look at probe " + look.probe.text() +
        " ended with an exception, which is a fault of ours. It counts as not seen.");
    return {.sight = Sight::blind, .detail = "the look itself failed, which is a fault of ours"};
  }
}

// --- Telling
// ----------------------------------------------------------------------------------------------

void Runner::tell() {
  std::unique_lock lock(mutex_);
  for (;;) {
    news_.wait(lock, [this] { return stopping_ || rounds_.has_telling(); });
    if (stopping_) return;
    const std::optional<Telling> telling = rounds_.begin_telling();
    if (!telling) continue;
    if (rounds_.has_telling()) news_.notify_one();
    lock.unlock();
    const auto receipt = broker_.submit({{.by = {}, .key = "", .command = telling->command}, {}});
    lock.lock();
    rounds_.told(*telling, receipt.has_value());
    const bool deaf_before = std::exchange(ledger_is_deaf_, !receipt);
    if (receipt || deaf_before || stopping_) continue;
    lock.unlock();
    say("The ledger does not take what probe " + telling->probe.text() + " says: " + receipt.error().message +
        " It is told again after the next look.");
    lock.lock();
  }
}

}  // namespace postern::probe
