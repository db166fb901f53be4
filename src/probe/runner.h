#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <thread>
#include <vector>

#include "broker/broker.h"
#include "http/client.h"
#include "probe/check.h"
#include "probe/hysteresis.h"

namespace postern::probe {

/// Runs the probes of the catalog in force, each at its own interval, on a few threads, so that one that
/// hangs delays no other; and tells the broker when a verdict changes. While a control probe is down every
/// other verdict is unknown: then our own uplink is what failed. Follows the catalog when another one comes
/// in force.
class Runner {
 public:
  struct Options {
    std::size_t threads = 8;
  };
  Runner(broker::Broker& broker, http::Client& client, const Clock& clock, Options options);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

 private:
  struct Watched {
    catalog::Probe probe;
    Hysteresis hysteresis;
    std::optional<emergency::ObserveProbe> untold = {};  ///< a change that the ledger does not have yet
  };
  struct Due {
    milliseconds at;  ///< steady time
    ProbeId probe;
    std::uint64_t generation;
    bool operator>(const Due& other) const { return at > other.at; }
  };
  void work();
  void refresh();
  void take(const Due& due, const Observation& observation);
  void tell(const ProbeId& probe, std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool uplink_is_down() const;

  broker::Broker& broker_;
  http::Client& client_;
  const Clock& clock_;
  std::mutex mutex_;  ///< guards everything below
  std::condition_variable wake_;
  std::shared_ptr<const catalog::Catalog> in_force_;
  std::map<ProbeId, Watched> watched_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> queue_;
  std::uint64_t generation_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace postern::probe
