#include "main/serve.h"

#include <fmt/format.h>
#include <pthread.h>

#include <csignal>
#include <ctime>
#include <functional>
#include <mutex>

#include "cli/settings.h"
#include "http/listener.h"
#include "identity/noise.h"
#include "main/adopt.h"
#include "main/alarms.h"
#include "main/aws_reading.h"
#include "main/log.h"
#include "main/secrets.h"
#include "main/state_folder.h"
#include "main/system.h"
#include "main/tickets.h"
#include "notify/dispatcher.h"
#include "probe/runner.h"
#include "server/api.h"
#include "store/sqlite.h"

namespace postern {
namespace {

constexpr milliseconds grace{5000};
/// A worker waits while its command becomes durable, so this many commands can share one append.
constexpr std::size_t workers = 64;

/// SIGINT and SIGTERM, taken by sigtimedwait() on the main thread alone. Must be made before any other
/// thread.
class StopSignals {
 public:
  StopSignals() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGINT);
    ::sigaddset(&set_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  /// True when one has come within a second.
  bool wait() const {
    const timespec second{1, 0};
    return ::sigtimedwait(&set_, nullptr, &second) > 0;
  }

 private:
  sigset_t set_{};
};

Result<std::pair<std::string, int>> parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  int port = -1;
  if (colon != std::string::npos && colon + 1 < text.size() && text.size() - colon <= 6 &&
      text.find_first_not_of("0123456789", colon + 1) == std::string::npos)
    port = std::stoi(text.substr(colon + 1));
  if (port < 0 || port > 65535)
    return fail(ErrorCode::invalid, "--listen takes an address and a port, such as 127.0.0.1:8080.");
  return std::pair(text.substr(0, colon), port);
}

Result<http::ListenerOptions> listener_options(const cli::ServeOptions& options) {
  http::ListenerOptions out;
  out.workers = workers;
  out.unix_socket = options.socket.empty() ? options.state + "/postern.sock" : options.socket;
  if (!options.listen.empty()) std::tie(out.address, out.port) = TRY(parse_address(options.listen));
  return out;
}

void announce(const http::Listener& listener, const http::ListenerOptions& where,
              const broker::Broker& broker) {
  std::string text = "listening on unix:" + where.unix_socket;
  if (listener.port() >= 0) text += fmt::format(" and http://{}:{}", where.address, listener.port());
  log::say("started", text + ", ledger " + broker.writer().ledger_origin());
}

/// Lets the writer's thread wake somebody who does not exist yet, and may end before it.
class Bell {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    if (wakes_) wakes_();
  }
  void tie(std::function<void()> wakes) {
    const std::lock_guard lock(mutex_);
    wakes_ = std::move(wakes);
  }

 private:
  std::mutex mutex_;
  std::function<void()> wakes_;
};

probe::Outside outside(const cli::ServeOptions& options, http::Client& client, const Clock& clock,
                       AwsReading& reading) {
  return {.client = client,
          .clock = clock,
          .aws_credentials = [&reading](const std::string& role) { return reading.of(role); },
          .environment = aws::process_environment(),
          .secret = read_secret,
          .programs_folder = options.probe_programs};
}

notify::World world_of_senders(const cli::ServeOptions& options, http::Client& client, const Clock& clock,
                               Random& random, AwsReading& reading) {
  return {.client = client,
          .clock = clock,
          .random = random,
          .secret = read_secret,
          .aws_credentials = [&reading] { return reading.of(""); },
          .sns_endpoint = aws::endpoint_override(aws::process_environment(), "sns"),
          .authorities = options.authorities,
          .programs_folder = options.notice_programs};
}

notify::Dispatcher::Ports ports_of_notices(broker::Broker& broker, const notify::World& world,
                                           Tickets& tickets) {
  return {.read = [&broker](const auto& look) { broker.read(look); },
          .record = [&broker](emergency::RecordDelivery outcome) -> Result<void> {
            TRY(broker.submit({{.by = {}, .key = "", .command = std::move(outcome)}, {}}));
            return {};
          },
          .make_sender = [&world](const catalog::Channel& channel) -> std::shared_ptr<notify::Sender> {
            return notify::make_sender(channel, world);
          },
          .note_incident = [&tickets](EmergencyId id,
                                      const notify::Message& message) { return tickets.note(id, message); },
          .now = [&broker] { return broker.now(); },
          .random = world.random};
}

Result<void> run(const cli::ServeOptions& options, const std::string& version, const StopSignals& stop) {
  // 1. The world.
  const SystemClock clock;
  cli::SystemRandom random;
  const StateFolder state = TRY(StateFolder::open(options.state, options.origin, random));
  // 2. The ledger, verified and folded.
  const std::unique_ptr<store::Store> store = TRY(store::open_sqlite({.path = options.state + "/ledger.db"}));
  auto writer = TRY(broker::Writer::open(*store, state.signer(), read_catalog_blob,
                                         {.node = options.node, .last_checkpoint = state.last_checkpoint()}));
  for (const ledger::Fault& fault : writer->damage())
    log::alarm("ledger damaged", (fault.index ? "entry " + std::to_string(*fault.index) + ": " : "") +
                                     fault.what + "; nothing will be written, reading goes on");
  // 3. The one writer's thread.
  Bell bell;
  broker::Broker broker(
      std::move(writer), clock,
      {.published =
           [&](const std::string& checkpoint) {
             state.keep_checkpoint(checkpoint);
             bell.ring();
           },
       .own_refused =
           [](const Error& error) {
             log::alarm("nothing expires or escalates", error.message + " " + error.detail);
           },
       .clock_changed =
           [](const broker::Timeline::Reading& reading) {
             log::alarm(reading.in_doubt ? "clock in doubt" : "clock trusted again",
                        fmt::format("the wall clock is {} ms from where it should be", reading.by.count()));
           }});
  // 4. The catalog in force.
  if (!options.catalog.empty())
    if (const auto adopted = adopt_catalog(
            options.catalog, options.insecure_unsigned ? Signatures::ignored : Signatures::required, *store,
            broker);
        !adopted) {
      bool any = false;
      broker.read([&](const broker::Published& published) { any = published.in_force != nullptr; });
      if (!any) return tl::unexpected(adopted.error());
      log::alarm("catalog not put in force", adopted.error().message + " The one before stays.");
    }
  // 5. People, and the systems that are not ours.
  const std::unique_ptr<http::Client> client = http::make_client();
  const std::unique_ptr<http::Client> telling = http::make_client(options.authorities);
  AwsReading reading(broker, *client, clock);
  Tickets tickets(broker, *telling, clock);
  identity::Challenges challenges(broker.writer().ledger_origin(), random);
  const identity::Tokens tokens(state.token_key());
  identity::NoiseMeter noise;
  const server::Api api(
      {.broker = broker,
       .store = *store,
       .challenges = challenges,
       .tokens = tokens,
       .noise = noise,
       .random = random,
       .version = version,
       .judge_catalog = judge_catalog_blob,
       .ask_ticket_system = [&tickets](const std::string& number) { return tickets.ask(number); },
       .text_for = notify::text_for});
  // 6. The doors, 7. the probes, and 8. whoever must hear of it.
  const http::ListenerOptions where = TRY(listener_options(options));
  const auto listener =
      TRY(http::listen(where, [&api](const http::Request& request) { return api.handle(request); }));
  std::optional<probe::Runner> probes;
  if (!options.no_probes)
    probes.emplace(broker, outside(options, *client, clock, reading),
                   probe::Runner::Options{.node = options.node, .trouble = [](const std::string& what) {
                                            log::alarm("probes in trouble", what);
                                          }});
  const notify::World world = world_of_senders(options, *telling, clock, random, reading);
  notify::Dispatcher notices(ports_of_notices(broker, world, tickets), {.page = options.page});
  bell.tie([&notices] { notices.poke(); });
  announce(*listener, where, broker);
  Alarms alarms;
  while (!stop.wait()) {
    api.flush_noise();
    alarms.look(broker);
  }
  // Backwards: no new work, then what is under way, then the last notes.
  log::say("stopping", "finishing what is under way");
  listener->stop(grace);
  probes.reset();
  bell.tie({});
  notices.stop();
  tickets.stop();
  api.flush_noise(identity::NoiseMeter::Which::all);
  broker.stop();
  return {};
}

}  // namespace

int serve(const cli::ServeOptions& options, const std::string& version) {
  const StopSignals stop;
  const auto done = run(options, version, stop);
  return done ? cli::exit_ok : cli::report(done.error(), cli::Format::text);
}

}  // namespace postern
