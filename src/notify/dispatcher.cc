#include "notify/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "emergency/describe.h"

namespace postern::notify {
namespace {

using broker::Published;
using emergency::NoticeDelivered;
using emergency::NoticeFailed;
using emergency::ticket_system;

/// What is recorded in vain is tried again after this time.
constexpr milliseconds record_again_after{500};

std::optional<EmergencyId> emergency_of(const emergency::Situation& situation, const std::string& about) {
  if (const auto id = EmergencyId::parse(about)) return *id;
  if (const auto id = RequestId::parse(about); id && situation.request(*id) != nullptr)
    return situation.request(*id)->terms.emergency;
  if (const auto id = GrantId::parse(about); id && situation.grant(*id) != nullptr)
    return situation.request(situation.grant(*id)->request)->terms.emergency;
  if (const auto id = OverrideId::parse(about); id && situation.override_of(*id) != nullptr) {
    const emergency::Override& each = *situation.override_of(*id);
    if (const auto* approval = std::get_if<emergency::OverriddenApproval>(&each.terms.what))
      return situation.request(approval->request)->terms.emergency;
    return each.emergency;
  }
  return std::nullopt;
}

/// Everything on its way, leg by leg: each route at its first channel. A place is one leg of a notice.
std::vector<Leg> legs_of(const Published& published) {
  std::vector<Leg> out;
  for (const auto& [id, notice] : published.situation.notices)
    for (const emergency::NoticeRoute& route : notice.routes) {
      std::string channel = route.channels.front();
      const auto known = published.in_force->channels.find(channel);
      const bool is_known = known != published.in_force->channels.end();
      const bool personal = is_known && catalog::reaches_a_person(known->second);
      const std::string kind = is_known ? known->second.provider.kind : "";
      const bool may_join = personal || kind == "slack";
      // Each emergency has a line of its own: one without an incident holds up no other's notes.
      if (channel == ticket_system)
        if (const auto emergency = emergency_of(published.situation, notice.about))
          channel += "/" + emergency->text();
      out.push_back(
          {.notice = id.text(),
           .number = id.value(),
           .kind = std::string(emergency::name_of(notice.kind)),
           .about = notice.about,
           .channel = channel,
           // A test is told to each of a person's channels, and each answers for itself.
           .person = personal || notice.kind == emergency::NoticeKind::test ? route.person : std::nullopt,
           .at = notice.at,
           .give_up_at = notice.give_up_at,
           .urgency = urgency_of(notice.kind),
           .may_join = may_join || route.channels.front() == ticket_system,
           .has_second = route.channels.size() > 1});
    }
  return out;
}

/// As routes name it.
std::string channel_of(const Leg& leg) {
  return leg.channel.starts_with(ticket_system) ? std::string(ticket_system) : leg.channel;
}

/// What somebody else's system says may repeat an address, and an entry is for ever.
std::string without_addresses(const std::string& text, const Message& message) {
  std::string out = text;
  for (const Recipient& each : message.to)
    for (const std::string& secret : {each.email, each.phone})
      for (std::size_t at = out.find(secret); !secret.empty() && at != std::string::npos;
           at = out.find(secret, at))
        out.replace(at, secret.size(), "…");
  for (std::size_t at = out.find('@'); at != std::string::npos; at = out.find('@', at + 1)) {
    const std::size_t from = out.find_last_of(" <\t\"'(:,", at) + 1;
    const std::size_t to = std::min(out.find_first_of(" >\t\"'):,;", at), out.size());
    out.replace(from, to - from, "…");
    at = from;
  }
  return out;
}

/// For whom the leg is, as the ledger has it now.
std::vector<PersonId> people_of(const emergency::Notice& notice, const Leg& leg) {
  std::vector<PersonId> out;
  for (const emergency::NoticeRoute& route : notice.routes)
    if (route.person && route.channels.front() == channel_of(leg) &&
        (!leg.person || route.person == leg.person))
      out.push_back(*route.person);
  return out;
}

std::vector<NoticeId> notices_of(const std::vector<Leg>& legs) {
  std::vector<NoticeId> out;
  for (const Leg& each : legs) out.emplace_back(each.number);
  return out;
}

std::string key_of(const Leg& leg) {
  return leg.notice + "/" + leg.channel + "/" + (leg.person ? leg.person->text() : "");
}

}  // namespace

Dispatcher::Dispatcher(Ports ports, Options options)
    : ports_(std::move(ports)),
      options_(std::move(options)),
      outbox_(options_.in_flight_max),
      thread_([this] { run(); }) {}

Dispatcher::~Dispatcher() { stop(); }

void Dispatcher::poke() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
  }
  something_.notify_one();
}

void Dispatcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  something_.notify_all();
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (std::thread& each : workers_)
    if (each.joinable()) each.join();
}

double Dispatcher::jitter() {
  const Bytes bytes = ports_.random.bytes(2);
  const auto number = static_cast<unsigned>(static_cast<unsigned char>(bytes[0])) * 256U +
                      static_cast<unsigned char>(bytes[1]);
  return 0.5 + 0.5 * number / 65535.0;
}

void Dispatcher::run() {
  for (;;) {
    hear_outcomes();
    look();
    std::unique_lock lock(mutex_);
    something_.wait_for(lock, options_.beat, [this] { return stopping_ || poked_ || !done_.empty(); });
    poked_ = false;
    if (stopping_) return;
  }
}

void Dispatcher::look() {
  bool is_new = false;
  std::vector<Leg> legs;
  ports_.read([&](const Published& published) {
    if (published.in_force == nullptr || published.situation.entries == seen_entries_) return;
    is_new = true;
    seen_entries_ = published.situation.entries;
    legs = legs_of(published);
  });
  if (is_new) {
    std::set<std::string> open;
    for (const Leg& each : legs) open.insert(key_of(each));
    std::erase_if(attempts_of_, [&](const auto& each) { return !open.contains(each.first); });
    outbox_.replace(std::move(legs));
  }
  record_again();
  send_what_may_go(ports_.now());
}

void Dispatcher::send_what_may_go(Instant now) {
  std::vector<Parcel> parcels = outbox_.take(now);
  for (const GivenUp& each : outbox_.given_up()) give_up({each.leg}, std::max(1, each.attempts), each.why);
  for (Parcel& parcel : parcels) {
    int attempts = 0;
    for (const Leg& each : parcel.legs) attempts = std::max(attempts, ++attempts_of_[key_of(each)]);
    std::optional<Result<Job>> job;
    const Parcel copy = parcel;
    ports_.read([&](const Published& published) { job = job_for(published, std::move(parcel)); });
    if (*job) {
      (*job)->attempts = attempts;
      queue(std::move(**job));
    } else {
      const std::lock_guard lock(mutex_);
      done_.push_back({copy.id, job->error(), copy.legs, attempts});
    }
  }
}

Result<Dispatcher::Job> Dispatcher::job_for(const Published& published, Parcel parcel) {
  const std::string channel = channel_of(parcel.legs.front());
  Job job;
  if (channel != ticket_system) job.sender = TRY(sender_for(published, channel));
  std::vector<NumberedNotice> notices;
  Destination destination{channel, {}, options_.page};
  for (const Leg& leg : parcel.legs) {
    const auto found = published.situation.notices.find(NoticeId(leg.number));
    if (found == published.situation.notices.end()) continue;  // settled in this very moment
    notices.emplace_back(found->first, found->second);
    for (PersonId& each : people_of(found->second, leg))
      if (std::find(destination.people.begin(), destination.people.end(), each) == destination.people.end())
        destination.people.push_back(std::move(each));
  }
  if (notices.empty()) return fail(ErrorCode::not_found, "It was settled before it was sent.");
  if (parcel.legs.front().person && published.in_force->person(*parcel.legs.front().person) == nullptr)
    return fail(ErrorCode::not_found, "The person is no longer in the catalog.");
  job.message = notices.size() > 1 ? digest_for(published, notices, destination)
                                   : message_for(published, notices.front(), destination);
  if (channel == ticket_system) {
    job.emergency = emergency_of(published.situation, notices.front().second.about);
    if (!job.emergency) return fail(ErrorCode::not_found, "No emergency that it belongs to is known.");
  }
  job.parcel = std::move(parcel);
  return job;
}

Result<std::shared_ptr<Sender>> Dispatcher::sender_for(const Published& published,
                                                       const std::string& channel) {
  if (senders_are_of_ != published.in_force) {
    senders_.clear();
    senders_are_of_ = published.in_force;
  }
  if (const auto known = senders_.find(channel); known != senders_.end()) return known->second;
  const auto found = published.in_force->channels.find(channel);
  if (found == published.in_force->channels.end())
    return fail(ErrorCode::not_found, "The catalog in force has no channel " + channel + ".");
  return senders_.emplace(channel, ports_.make_sender(found->second)).first->second;
}

void Dispatcher::hear_outcomes() {
  std::deque<Done> done;
  {
    const std::lock_guard lock(mutex_);
    done.swap(done_);
  }
  const Instant now = ports_.now();
  for (const Done& each : done) {
    if (!each.error) {
      outbox_.succeeded(each.parcel);
      for (const Leg& leg : each.legs) attempts_of_.erase(key_of(leg));
      continue;
    }
    if (outbox_.failed(each.parcel, *each.error, now, jitter()) == Verdict::given_up)
      give_up(each.legs, each.attempts, each.error->message);
  }
  for (const GivenUp& each : outbox_.given_up()) give_up({each.leg}, std::max(1, each.attempts), each.why);
}

void Dispatcher::give_up(const std::vector<Leg>& legs, int attempts, const std::string& why) {
  for (const Leg& each : legs) attempts_of_.erase(key_of(each));
  queue({.outcome = emergency::RecordDelivery{NoticeFailed{.notices = notices_of(legs),
                                                           .channel = channel_of(legs.front()),
                                                           .person = legs.front().person,
                                                           .attempts = attempts,
                                                           .reason = why}}});
}

void Dispatcher::queue(Job job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  try {
    if (idle_ < jobs_.size() && workers_.size() < options_.workers_max)
      workers_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // No thread to be had: those that there are go on, and the next job tries again.
  }
  work_.notify_one();
}

void Dispatcher::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    ++idle_;
    work_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty() || stopping_) return;  // what is left is found again in the ledger
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    do_job(std::move(job));
  }
}

void Dispatcher::do_job(Job job) {
  if (job.outcome) {
    record(*job.outcome);
    return;
  }
  const Result<void> sent = job.sender != nullptr ? job.sender->send(job.message)
                                                  : ports_.note_incident(*job.emergency, job.message);
  const std::vector<Leg>& legs = job.parcel->legs;
  // Recorded before the next one to the same recipient may go, so that entries keep the order of messages.
  if (sent)
    record({NoticeDelivered{.notices = notices_of(legs),
                            .channel = channel_of(legs.front()),
                            .person = legs.front().person,
                            .attempts = job.attempts}});
  std::optional<Error> error;
  if (!sent) error = Error{sent.error().code, without_addresses(sent.error().message, job.message)};
  {
    const std::lock_guard lock(mutex_);
    done_.push_back({job.parcel->id, std::move(error), legs, job.attempts});
  }
  something_.notify_one();
}

/// A delivery that is not recorded would be repeated after a restart, and its notice would never end.
bool Dispatcher::record(const emergency::RecordDelivery& outcome) {
  if (ports_.record(outcome)) return true;
  const std::lock_guard lock(mutex_);
  unrecorded_.push_back(outcome);
  return false;
}

/// Workers do not wait for a ledger that cannot be written: sending goes on meanwhile.
void Dispatcher::record_again() {
  const Instant now = ports_.now();
  if (now < recorded_again_at_ + record_again_after) return;
  recorded_again_at_ = now;
  std::vector<emergency::RecordDelivery> outcomes;
  {
    const std::lock_guard lock(mutex_);
    outcomes.swap(unrecorded_);
  }
  for (emergency::RecordDelivery& each : outcomes) queue({.outcome = std::move(each)});
}

}  // namespace postern::notify
