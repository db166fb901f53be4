#include "main/tickets.h"

#include <future>
#include <system_error>

#include "main/log.h"
#include "main/secrets.h"
#include "notify/words.h"

namespace postern {
namespace {

using emergency::IncidentAnswer;
using emergency::IncidentEvent;

constexpr milliseconds look_every{1000};
constexpr milliseconds look_every_max{60'000};
constexpr int asking_max = 4;
constexpr milliseconds silent_for{5000};
/// An emergency that has ended is looked after for this long: its incident may still be missing, or open.
constexpr seconds after_the_end{86400};

/// What the ticket system is told of an emergency, in the organization's language.
incident::Draft draft_of(const broker::Published& published, const std::string& ledger,
                         const emergency::Emergency& emergency) {
  const emergency::Notice notice{.kind = emergency::NoticeKind::emergency_declared,
                                 .about = emergency.id.text(),
                                 .at = emergency.declared_at,
                                 .give_up_at = emergency.declared_at};
  const notify::Message message = notify::message_for(published, {NoticeId(1), notice}, {"", {}, ""});
  return {.key = ledger + "/" + emergency.id.text(), .title = message.title, .body = message.body};
}

}  // namespace

Tickets::Tickets(broker::Broker& broker, http::Client& client, const Clock& clock)
    : broker_(broker), client_(client), clock_(clock), thread_([this] { run(); }) {}

Tickets::~Tickets() { stop(); }

void Tickets::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return asking_ == 0; });  // each has the provider's own deadline
}

/// The one that the catalog in force names; nullptr when it names none.
std::shared_ptr<incident::Provider> Tickets::provider() {
  std::shared_ptr<const catalog::Catalog> in_force;
  broker_.read([&](const broker::Published& published) { in_force = published.in_force; });
  if (in_force == nullptr || !in_force->incidents) return nullptr;
  const std::lock_guard lock(mutex_);
  if (provider_is_of_ != in_force) {
    provider_ = incident::make_provider(in_force->incidents->provider, {client_, clock_, read_secret});
    provider_is_of_ = in_force;
  }
  return provider_;
}

/// Few ask at once, and none while it has just been silent: a ticket system that hangs must not hold up the
/// workers who take approvals.
bool Tickets::may_ask() {
  const std::lock_guard lock(mutex_);
  if (asking_ >= asking_max || clock_.steady() < silent_until_ || stopping_) return false;
  ++asking_;
  return true;
}

IncidentAnswer Tickets::ask(const std::string& number) {
  const std::shared_ptr<incident::Provider> asked = provider();
  if (asked == nullptr) return IncidentAnswer::not_asked;
  if (!number.empty() && !asked->check(number)) return IncidentAnswer::not_open;
  if (!may_ask()) return IncidentAnswer::unreachable;
  const auto promise = std::make_shared<std::promise<IncidentAnswer>>();
  std::future<IncidentAnswer> answer = promise->get_future();
  const auto look = [this, asked, number, promise] {
    // That nobody's number is not found is an answer.
    const Result<incident::Incident> found = asked->find(number.empty() ? asked->nobodys_number() : number);
    const bool is_unknown = !found && found.error().code == ErrorCode::not_found;
    if (number.empty())
      promise->set_value(found || is_unknown ? IncidentAnswer::reachable : IncidentAnswer::unreachable);
    else if (found)
      promise->set_value(found->is_open ? IncidentAnswer::open : IncidentAnswer::not_open);
    else
      promise->set_value(is_unknown ? IncidentAnswer::not_open : IncidentAnswer::unreachable);
    const std::lock_guard lock(mutex_);
    --asking_;
    wake_.notify_all();
  };
  try {
    std::thread(look).detach();  // it may outlive this call; stop() waits for it
  } catch (const std::system_error&) {
    const std::lock_guard lock(mutex_);
    --asking_;
    return IncidentAnswer::unreachable;
  }
  IncidentAnswer said = IncidentAnswer::unreachable;
  if (answer.wait_for(ask_within) == std::future_status::ready) said = answer.get();
  const std::lock_guard lock(mutex_);
  if (said == IncidentAnswer::unreachable) silent_until_ = clock_.steady() + silent_for;
  return said;
}

Result<void> Tickets::note(EmergencyId id, const notify::Message& message) {
  const std::shared_ptr<incident::Provider> asked = provider();
  if (asked == nullptr) return fail(ErrorCode::not_found, "The catalog in force names no ticket system.");
  std::string number;
  broker_.read([&](const broker::Published& published) {
    const emergency::Emergency* found = published.situation.emergency(id);
    if (found != nullptr && (found->has_known_incident() || found->incident_event == IncidentEvent::linked))
      number = found->incident;
  });
  // Not the ticket system's fault: other emergencies' notes go on.
  if (number.empty()) return fail(ErrorCode::exhausted, id.text() + " has no incident yet.");
  return asked->append(number, message.id, message.title + "\n\n" + message.body);
}

/// What has to be done, for every emergency that is open or has ended lately.
std::vector<Tickets::Task> Tickets::tasks() const {
  std::vector<Task> out;
  const Instant now = broker_.now();
  broker_.read([&](const broker::Published& published) {
    if (published.in_force == nullptr || !published.in_force->incidents) return;
    const catalog::Incidents& rule = *published.in_force->incidents;
    for (const auto& [id, each] : published.situation.emergencies) {
      if (each.closed_at && *each.closed_at + after_the_end < now) continue;
      const bool was_looked_up = each.incident_event && *each.incident_event != IncidentEvent::linked;
      if (each.incident.empty() && rule.creates)
        out.push_back(
            {Task::Kind::create, id, "", draft_of(published, broker_.writer().ledger_origin(), each)});
      else if (!each.incident.empty() && !was_looked_up)
        out.push_back({Task::Kind::verify, id, each.incident, {}});
      else if (each.closed_at && rule.closes && each.has_known_incident() &&
               each.incident_event != IncidentEvent::closed)
        out.push_back({Task::Kind::close, id, each.incident,
                       draft_of(published, broker_.writer().ledger_origin(), each)});
    }
  });
  return out;
}

bool Tickets::record(EmergencyId id, const std::string& number, IncidentEvent event) {
  return broker_.submit({{.by = {}, .key = "", .command = emergency::RecordIncident{id, number, event}}, {}})
      .has_value();
}

bool Tickets::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

/// What was made is remembered until the ledger has it, so that nothing is made twice while it cannot be
/// written.
bool Tickets::create(incident::Provider& provider, const Task& task) {
  auto known = made_.find(task.emergency);
  if (known == made_.end()) {
    const Result<incident::Incident> made = provider.create(task.draft);
    if (!made) {
      log::say("no incident yet for " + task.emergency.text(), made.error().message);
      return false;
    }
    known = made_.emplace(task.emergency, made->number).first;
  }
  if (!record(task.emergency, known->second, IncidentEvent::created)) return false;
  std::string has;
  broker_.read([&](const broker::Published& published) {
    if (const emergency::Emergency* each = published.situation.emergency(task.emergency))
      has = each->incident;
  });
  if (has != known->second)
    log::alarm("an incident too many", known->second + " was made for " + task.emergency.text() +
                                           ", which is linked to " + has + " by now. Close it by hand.");
  made_.erase(known);
  return true;
}

/// False when it has to be tried again later.
bool Tickets::carry_out(incident::Provider& provider, const Task& task) {
  switch (task.kind) {
    case Task::Kind::create:
      return create(provider, task);
    case Task::Kind::verify: {
      const bool has_form = provider.check(task.incident).has_value();
      const Result<incident::Incident> found =
          has_form ? provider.find(task.incident) : fail(ErrorCode::not_found, "no such form");
      // Only the ticket system's own word says that there is none.
      if (!found && found.error().code != ErrorCode::not_found) return false;
      return record(task.emergency, task.incident,
                    found && found->is_open ? IncidentEvent::verified : IncidentEvent::missing);
    }
    case Task::Kind::close: {
      const Result<void> closed = provider.close(task.incident, task.draft.title);
      if (!closed) log::say("incident not closed for " + task.emergency.text(), closed.error().message);
      return closed && record(task.emergency, task.incident, IncidentEvent::closed);
    }
  }
  return true;
}

void Tickets::run() {
  milliseconds pause = look_every;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, pause, [this] { return stopping_; })) return;
    }
    const std::vector<Task> due = tasks();
    if (due.empty()) {
      pause = look_every;
      continue;
    }
    const std::shared_ptr<incident::Provider> with = provider();
    bool all_done = with != nullptr;
    if (with != nullptr)
      for (const Task& each : due) {
        if (is_stopping()) return;
        all_done = carry_out(*with, each) && all_done;
      }
    pause = all_done ? look_every : std::min(pause * 2, look_every_max);
  }
}

}  // namespace postern
