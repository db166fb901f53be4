#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "broker/broker.h"
#include "http/client.h"
#include "incident/provider.h"
#include "notify/message.h"

namespace postern {

/// The server's side of the ticket system: answers whether a number is an open incident, and keeps
/// emergencies and incidents together (creates, verifies, closes), trying again while the ticket system is
/// down. Nothing waits for it. Thread-safe.
class Tickets {
 public:
  Tickets(broker::Broker& broker, http::Client& client, const Clock& clock);
  ~Tickets();
  Tickets(const Tickets&) = delete;
  Tickets& operator=(const Tickets&) = delete;

  /// What a declaration wants to know; `unreachable` when it takes longer than ask_within.
  emergency::IncidentAnswer ask(const std::string& number);
  static constexpr milliseconds ask_within{3000};

  /// Into the incident's timeline; `unavailable` while there is no incident that the ticket system knows.
  Result<void> note(EmergencyId emergency, const notify::Message& message);

  void stop();

 private:
  struct Task {
    enum class Kind { create, verify, close } kind;
    EmergencyId emergency;
    std::string incident;
    incident::Draft draft;
  };
  std::shared_ptr<incident::Provider> provider();
  std::vector<Task> tasks() const;
  bool carry_out(incident::Provider& provider, const Task& task);
  bool create(incident::Provider& provider, const Task& task);
  bool record(EmergencyId emergency, const std::string& number, emergency::IncidentEvent event);
  [[nodiscard]] bool is_stopping();
  bool may_ask();
  void run();

  broker::Broker& broker_;
  http::Client& client_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  int asking_ = 0;                ///< threads of ask() that have not ended; guarded by mutex_
  milliseconds silent_until_{0};  ///< by the steady clock: it did not answer just now; guarded by mutex_
  std::map<EmergencyId, std::string> made_ = {};  ///< created and not recorded yet; the keeper's thread alone
  std::shared_ptr<const catalog::Catalog> provider_is_of_;  ///< guarded by mutex_
  std::shared_ptr<incident::Provider> provider_;            ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace postern
