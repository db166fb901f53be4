#include "broker/broker.h"

#include <algorithm>

namespace postern::broker {
namespace {

/// Clocks are compared at least this often.
constexpr milliseconds heartbeat{1000};

Instant last_at(const Writer& writer) {
  Instant at;
  writer.read([&](const Published& published) { at = published.situation.last_at; });
  return at;
}

Submission by_system(emergency::Command command) {
  return {{.by = {}, .key = "", .command = std::move(command)}, {}};
}

}  // namespace

Broker::Broker(std::unique_ptr<Writer> writer, const Clock& clock, Options options)
    : writer_(std::move(writer)),
      clock_(clock),
      options_(std::move(options)),
      timeline_(last_at(*writer_), clock.wall(), clock.steady()),
      reading_(timeline_.read(clock.wall(), clock.steady())),
      read_at_(clock.steady()),
      thread_([this] { run(); }) {}

Broker::~Broker() { stop(); }

void Broker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Instant Broker::now() const {
  const std::lock_guard lock(mutex_);
  // The steady clock goes on between readings. Without it a moment could lie before the one that it follows.
  return reading_.now + (clock_.steady() - read_at_);
}

Result<Receipt> Broker::submit(Submission submission) {
  std::future<Result<Receipt>> answer;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_)
      return fail(ErrorCode::unavailable, "The server is stopping. Try another node, or again in a moment.");
    if (queue_.size() >= options_.queue_max)
      return fail(ErrorCode::exhausted, "Too many commands are waiting. Try again in a moment.");
    queue_.push_back({std::move(submission), {}});
    answer = queue_.back().answer.get_future();
  }
  work_.notify_one();
  if (answer.wait_for(options_.answer_within) != std::future_status::ready)
    return fail(ErrorCode::outcome_unknown,
                "The ledger has not answered in time. The command may still be carried out: look before "
                "asking again, or ask again with the same idempotency key.");
  return answer.get();
}

/// Reads both clocks.
Instant Broker::tick() {
  const milliseconds steady = clock_.steady();
  const Timeline::Reading reading = timeline_.read(clock_.wall(), steady);
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = reading.in_doubt != reading_.in_doubt;
    reading_ = reading;
    read_at_ = steady;
  }
  if (changed && options_.clock_changed) options_.clock_changed(reading);
  return reading.now;
}

/// What Postern itself has to write down at `now`: a change of trust in the clock, and everything owed.
std::vector<Submission> Broker::own_business(Instant now) const {
  Timeline::Reading reading;
  {
    const std::lock_guard lock(mutex_);
    reading = reading_;
  }
  std::vector<Submission> own;
  writer_->read([&](const Published& published) {
    if (published.situation.clock_in_doubt != reading.in_doubt)
      own.push_back(by_system(emergency::RecordClockJump{{reading.by, reading.in_doubt}}));
    const auto due = emergency::next_due(published.situation);
    if (due && *due <= now && !emergency::owed(published.situation, now).empty())
      own.push_back(by_system(emergency::Settle{}));
  });
  return own;
}

std::deque<Broker::Waiting> Broker::take_batch() {
  std::deque<Waiting> batch;
  const std::size_t room = Writer::batch_max - 2;  // for our own business
  while (!queue_.empty() && batch.size() < room) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

/// Tells the newest checkpoint, when there is a new one. A damaged ledger has none: the one kept must stay.
void Broker::announce() {
  if (!options_.published || !writer_->damage().empty()) return;
  std::string checkpoint;
  writer_->read([&](const Published& published) { checkpoint = published.checkpoint; });
  if (checkpoint == announced_) return;
  options_.published(checkpoint);
  announced_ = std::move(checkpoint);
}

void Broker::carry_out(std::deque<Waiting> batch, Instant now) {
  std::vector<Submission> submissions = own_business(now);
  const std::size_t own = submissions.size();
  if (own == 0 && batch.empty()) return;
  for (Waiting& each : batch) submissions.push_back(std::move(each.submission));
  std::vector<Result<Receipt>> answers = writer_->commit(submissions, now);
  ENSURE(answers.size() == submissions.size());
  announce();
  for (std::size_t i = 0; i < own; ++i)
    if (!answers[i] && options_.own_refused) options_.own_refused(answers[i].error());
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i].answer.set_value(std::move(answers[own + i]));
}

void Broker::run() {
  for (;;) {
    std::deque<Waiting> batch;
    {
      std::unique_lock lock(mutex_);
      work_.wait_for(lock, heartbeat, [this] { return stopping_ || !queue_.empty(); });
      batch = take_batch();
      if (stopping_) {
        for (Waiting& each : queue_)
          each.answer.set_value(fail(ErrorCode::unavailable,
                                     "The server is stopping. Try another node, or again in a moment."));
        queue_.clear();
      }
    }
    carry_out(std::move(batch), tick());
    const std::lock_guard lock(mutex_);
    if (stopping_ && queue_.empty()) return;
  }
}

}  // namespace postern::broker
