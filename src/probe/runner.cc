#include "probe/runner.h"

#include <algorithm>

namespace postern::probe {
namespace {

/// How often a catalog that came in force is noticed at the latest.
constexpr milliseconds look_for_catalog_every{1000};

}  // namespace

Runner::Runner(broker::Broker& broker, http::Client& client, const Clock& clock, Options options)
    : broker_(broker), client_(client), clock_(clock) {
  for (std::size_t i = 0; i < options.threads; ++i) threads_.emplace_back([this] { work(); });
}

Runner::~Runner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& each : threads_) each.join();
}

/// Starts anew when another catalog is in force. The mutex is held.
void Runner::refresh() {
  std::shared_ptr<const catalog::Catalog> in_force;
  broker_.read([&](const broker::Published& published) { in_force = published.in_force; });
  if (in_force == in_force_) return;
  in_force_ = in_force;
  ++generation_;
  watched_.clear();
  queue_ = {};
  milliseconds at = clock_.steady();
  for (const auto& [id, probe] : in_force_->probes) {
    if (!can_run(probe)) continue;
    watched_.emplace(id, Watched{probe, Hysteresis({probe.down_after, probe.up_after})});
    queue_.push({at, id, generation_});
    at += milliseconds(probe.every) / static_cast<long>(in_force_->probes.size() + 1) /
          4;  // not all at the same moment
  }
}

void Runner::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    refresh();
    const milliseconds now = clock_.steady();
    if (queue_.empty() || queue_.top().at > now) {
      const milliseconds wait =
          queue_.empty() ? look_for_catalog_every : std::min(look_for_catalog_every, queue_.top().at - now);
      wake_.wait_for(lock, wait);
      continue;
    }
    const Due due = queue_.top();
    queue_.pop();
    const catalog::Probe probe = watched_.at(due.probe).probe;
    lock.unlock();
    const Observation observation = check(probe, client_, broker_.now());
    lock.lock();
    take(due, observation);
    tell(due.probe, lock);
  }
}

bool Runner::uplink_is_down() const {
  return std::any_of(watched_.begin(), watched_.end(), [](const auto& each) {
    return each.second.probe.control && each.second.hysteresis.verdict() == Verdict::down;
  });
}

/// The mutex is held.
void Runner::take(const Due& due, const Observation& observation) {
  if (due.generation != generation_) return;  // seen under a catalog that is no longer in force
  Watched& watched = watched_.at(due.probe);
  queue_.push(
      {std::max(due.at + milliseconds(watched.probe.every), clock_.steady()), due.probe, generation_});
  wake_.notify_one();
  const Instant now = broker_.now();
  const bool blind = !watched.probe.control && uplink_is_down();
  const std::optional<Change> change =
      blind ? watched.hysteresis.observe_unknown(now) : watched.hysteresis.observe(observation.success, now);
  if (change)
    watched.untold = emergency::ObserveProbe{due.probe, change->verdict, change->since,
                                             blind ? "our own uplink is down" : observation.detail};
}

/// Brings a change into the ledger. One that cannot be written now is told again at the next look: a verdict
/// that the ledger never hears of would let nobody declare. The lock is let go while the broker works.
void Runner::tell(const ProbeId& probe, std::unique_lock<std::mutex>& lock) {
  const auto watched = watched_.find(probe);
  if (watched == watched_.end() || !watched->second.untold) return;
  const emergency::ObserveProbe change = *watched->second.untold;
  const std::uint64_t generation = generation_;
  lock.unlock();
  emergency::Ask ask{.by = {}, .key = "", .command = change};
  const auto told = broker_.submit({std::move(ask), {}});
  lock.lock();
  const auto still = watched_.find(probe);
  const bool unchanged = generation == generation_ && still != watched_.end() && still->second.untold &&
                         still->second.untold->since == change.since &&
                         still->second.untold->verdict == change.verdict;
  if (told && unchanged) still->second.untold.reset();
}

}  // namespace postern::probe
