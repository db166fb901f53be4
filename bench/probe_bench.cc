// What watching costs: many http probes on one node, against a server of our own on the loopback, in real
// time.   Usage: probe_bench [SECONDS [PROBES]]
//
// Two runs: all servers answer; one in ten accepts and never answers. `looks` are held against what the
// intervals allow, `late` is how long after its time a look began. CPU is the runner's: the server's thread
// is taken off. VmHWM is of the whole process, server and ledger (in memory) included.

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "broker/broker.h"
#include "probe/runner.h"
#include "store/memory.h"

namespace postern::bench {
namespace {

constexpr std::string_view answer = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n";

double cpu_seconds(clockid_t of) {
  timespec spent{};
  ::clock_gettime(of, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

/// Answers every request in one thread, but those whose path begins with /hang: they are never answered.
class Server {
 public:
  Server() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ENSURE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    ENSURE(::listen(listener_, 1024) == 0);
    ENSURE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    watch(listener_);
    thread_ = std::thread([this] { run(); });
  }
  ~Server() {
    stopping_ = true;
    thread_.join();
    for (const int each : connections_) ::close(each);
    ::close(listener_);
    ::close(epoll_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  [[nodiscard]] double cpu() {
    clockid_t of{};
    return ::pthread_getcpuclockid(thread_.native_handle(), &of) == 0 ? cpu_seconds(of) : 0;
  }

 private:
  void watch(int socket) const {
    epoll_event event{.events = EPOLLIN, .data = {.fd = socket}};
    ENSURE(::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0);
  }
  void run() {
    std::array<epoll_event, 64> events{};
    while (!stopping_) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < count; ++i) {
        const int socket = events[static_cast<std::size_t>(i)].data.fd;
        socket == listener_ ? accept() : serve(socket);
      }
    }
  }
  void accept() {
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    connections_.insert(connection);
    watch(connection);
  }
  /// A request of these probes comes in one piece.
  void serve(int connection) {
    std::array<char, 4096> request{};
    const ssize_t size = ::recv(connection, request.data(), request.size(), 0);
    if (size <= 0) {
      connections_.erase(connection);
      ::close(connection);
      return;
    }
    const std::string_view text(request.data(), static_cast<std::size_t>(size));
    if (!text.starts_with("GET /hang"))
      static_cast<void>(::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL));
  }

  int listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  int epoll_ = ::epoll_create1(0);
  int port_ = 0;
  std::set<int> connections_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

class RealClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] milliseconds steady() const override {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

/// A figure of /proc/self/status, such as VmHWM (in KiB) or Threads.
long of_status(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return std::strtol(line.c_str() + name.size() + 1, nullptr, 10);
  return 0;
}

catalog::Catalog watching(const Server& server, int probes, int hang_one_in) {
  catalog::Catalog catalog{.owners = {},
                           .organization = {.name = "Example Corp",
                                            .emergency_account = AccountId::parse("100000000009").value(),
                                            .sts_regions = {}},
                           .accounts = {},
                           .people = {},
                           .groups = {},
                           .probes = {},
                           .modes = {},
                           .processes = {},
                           .playbooks = {}};
  for (int i = 0; i < probes; ++i) {
    const bool hangs = hang_one_in > 0 && i % hang_one_in == 0;
    const std::string name = (hangs ? "hang-" : "well-") + std::to_string(i);
    const ProbeId id = ProbeId::parse(name).value();
    catalog.probes.emplace(id, catalog::Probe{.id = id, .check = catalog::HttpProbe{server.url("/" + name)}});
  }
  return catalog;
}

/// How late looks began, of servers that answer and of those that hang.
struct Lateness {
  std::mutex mutex;
  std::map<bool, std::vector<milliseconds>> of;
  void take(const probe::Look& look, milliseconds late) {
    const std::lock_guard lock(mutex);
    of[look.probe.text().starts_with("hang")].push_back(late);
  }
};

/// What the intervals allow in so many seconds: one look at once, the second after a tenth of the interval to
/// all of it, the others an interval apart.
double planned(std::size_t probes, double interval, double seconds) {
  constexpr int parts = 100;
  const double left = seconds - 1;  // the first looks come in the first two seconds
  double looks = 0;
  for (int i = 0; i < parts; ++i) {
    const double second_look = interval * (0.1 + 0.9 * (i + 0.5) / parts);
    if (second_look <= left) looks += std::floor((left - second_look) / interval) + 1;
  }
  return static_cast<double>(probes) * (1 + looks / parts);
}

void print(const char* what, std::vector<milliseconds> late, std::size_t probes, double seconds) {
  if (late.empty()) return;
  std::sort(late.begin(), late.end());
  std::printf("  %-8s %6zu looks, planned %6.0f; late: median %lld ms, 99 %% %lld ms, worst %lld ms\n", what,
              late.size(), planned(probes, 30, seconds),
              static_cast<long long>(late[late.size() / 2].count()),
              static_cast<long long>(late[late.size() * 99 / 100].count()),
              static_cast<long long>(late.back().count()));
}

void measure(int probes, int hang_one_in, int seconds) {
  Server server;
  const RealClock clock;
  const auto store = store::open_memory();
  const auto signer =
      ledger::NoteSigner::from_seed("postern.example.net/ledger", Secret(Bytes(32, 'k'))).value();
  const auto catalog = std::make_shared<const catalog::Catalog>(watching(server, probes, hang_one_in));
  const auto read = [&](std::string_view) -> Result<std::shared_ptr<const catalog::Catalog>> {
    return catalog;
  };
  broker::Broker broker(broker::Writer::open(*store, signer, read, {}).value(), clock, {});
  emergency::AdoptCatalog adopt{.digest = store->put("catalog").value(),
                                .candidate = catalog,
                                .replaces = {},
                                .signatures = {},
                                .accept_unsigned = true};
  ENSURE(broker.submit({{.by = {}, .key = "", .command = std::move(adopt)}, {}}).has_value());
  const auto client = http::make_client();
  Lateness lateness;
  const probe::Outside outside{.client = *client,
                               .clock = clock,
                               .aws_credentials = [](const std::string&) -> Result<aws::Credentials> {
                                 return fail(ErrorCode::not_found, "none");
                               },
                               .environment = [](const std::string&) { return std::nullopt; },
                               .secret = [](const catalog::SecretReference&) -> Result<Secret> {
                                 return fail(ErrorCode::not_found, "none");
                               }};
  const double cpu_before = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - server.cpu();
  long threads = 0, resident = 0;
  double cpu = 0;
  {
    const probe::Runner runner(broker, outside,
                               {.node = "node-1", .looking = [&](const probe::Look& look, milliseconds late) {
                                  lateness.take(look, late);
                                }});
    for (int second = 0; second < seconds; ++second) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      threads = std::max(threads, of_status("Threads"));
      resident = std::max(resident, of_status("VmRSS"));
    }
    cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - server.cpu() - cpu_before;
  }
  const std::size_t hung = lateness.of[true].empty() ? 0 : static_cast<std::size_t>(probes / hang_one_in);
  std::printf("%d probes every 30 s for %d s, %zu of them hang:\n", probes, seconds, hung);
  std::printf(
      "  %.2f s CPU a minute, %ld threads at most (main, server, writer included), VmRSS %.1f MiB, "
      "VmHWM %.1f MiB\n",
      cpu * 60 / seconds, threads, static_cast<double>(resident) / 1024,
      static_cast<double>(of_status("VmHWM")) / 1024);
  print("well", lateness.of[false], static_cast<std::size_t>(probes) - hung, seconds);
  print("hanging", lateness.of[true], hung, seconds);
}

}  // namespace
}  // namespace postern::bench

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 60;
  const int probes = argc > 2 ? std::atoi(argv[2]) : 1000;
  if (seconds < 1 || probes < 10) return 2;
  postern::bench::measure(probes, 0, seconds);
  postern::bench::measure(probes, 10, seconds);
  return 0;
}
