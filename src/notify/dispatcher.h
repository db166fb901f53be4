#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "broker/writer.h"
#include "notify/outbox.h"
#include "notify/sender.h"
#include "notify/words.h"

namespace postern::notify {

/// Carries notices from the ledger to people. A thread looks at those that are on their way and asks the
/// Outbox what may go; workers send, each message within send_deadline, so that one that hangs holds up its
/// own channel's line and nothing else; what became of each is recorded by the writer. At least once: an
/// outcome is recorded after the sender said so, and what was not recorded is sent again after a restart,
/// with the same message id.
class Dispatcher {
 public:
  /// What it uses of the server. Everything outlives it; all are called from several threads.
  struct Ports {
    std::function<void(const std::function<void(const broker::Published&)>&)> read;
    /// Makes the outcome durable; tried again while it fails.
    std::function<Result<void>(emergency::RecordDelivery)> record;
    std::function<std::shared_ptr<Sender>(const catalog::Channel&)> make_sender;
    /// Adds a note to the incident of an emergency in the ticket system; errors as Sender's.
    std::function<Result<void>(EmergencyId, const Message&)> note_incident;
    std::function<Instant()> now;  ///< never runs back: what is given up late is late by it
    Random& random;
  };
  struct Options {
    std::string page = {};  ///< what links begin with; "" for none
    std::size_t in_flight_max = 4;
    std::size_t workers_max = 48;
    milliseconds beat{100};  ///< how often it looks
  };

  Dispatcher(Ports ports, Options options);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// Looks at once: something was written into the ledger.
  void poke();
  /// Waits for what is being sent, at most send_deadline. Idempotent.
  void stop();

 private:
  /// A parcel on its way to a worker; or, without one, an outcome that has to be recorded.
  struct Job {
    std::optional<Parcel> parcel = {};
    Message message = {};
    std::shared_ptr<Sender> sender = {};        ///< nullptr: into the ticket system
    std::optional<EmergencyId> emergency = {};  ///< whose incident
    std::optional<emergency::RecordDelivery> outcome = {};
    int attempts = 1;
  };
  struct Done {
    std::uint64_t parcel = 0;
    std::optional<Error> error = {};
    std::vector<Leg> legs = {};
    int attempts = 1;
  };

  void run();
  void look();
  void hear_outcomes();
  void send_what_may_go(Instant now);
  void give_up(const std::vector<Leg>& legs, int attempts, const std::string& why);
  Result<Job> job_for(const broker::Published& published, Parcel parcel);
  Result<std::shared_ptr<Sender>> sender_for(const broker::Published& published, const std::string& channel);
  void queue(Job job);
  void work();
  void do_job(Job job);
  bool record(const emergency::RecordDelivery& outcome);
  void record_again();
  double jitter();

  Ports ports_;
  Options options_;
  Outbox outbox_;                                           ///< the looking thread's alone
  std::uint64_t seen_entries_ = UINT64_MAX;                 ///< the same
  std::shared_ptr<const catalog::Catalog> senders_are_of_;  ///< the same
  std::map<std::string, std::shared_ptr<Sender>> senders_;  ///< the same
  Instant recorded_again_at_ = {};                          ///< the same
  std::map<std::string, int> attempts_of_ = {};             ///< by notice, channel and person; the same

  std::mutex mutex_;
  std::condition_variable something_;  ///< for the looking thread
  std::condition_variable work_;       ///< for workers
  std::deque<Job> jobs_;
  std::deque<Done> done_;
  std::vector<emergency::RecordDelivery> unrecorded_;  ///< outcomes that the ledger did not take yet
  std::size_t idle_ = 0;
  bool stopping_ = false;
  bool poked_ = false;
  std::vector<std::thread> workers_;
  std::thread thread_;
};

}  // namespace postern::notify
