#include "probe/resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <optional>

#include "probe/look_dns_message.h"

namespace postern::probe {
namespace {

constexpr std::size_t addresses_max = 8;
constexpr int tries_max = 3;
constexpr int class_internet = 1;

/// The sockets of c-ares: it writes to TCP with writev(), and a server that has gone would end the process by
/// SIGPIPE; and its descriptors would be inherited by programs that we start.
ares_socket_t open_socket(int family, int kind, int protocol, void* /*user*/) {
  return ::socket(family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}
int close_socket(ares_socket_t socket, void* /*user*/) { return ::close(socket); }
int connect_socket(ares_socket_t socket, const sockaddr* to, ares_socklen_t size, void* /*user*/) {
  return ::connect(socket, to, size);
}
// NOLINTNEXTLINE(readability-function-size): so many parameters has c-ares
ares_ssize_t receive(ares_socket_t socket, void* bytes, std::size_t size, int flags, sockaddr* from,
                     ares_socklen_t* from_size, void* /*user*/) {
  return ::recvfrom(socket, bytes, size, flags, from, from_size);
}
ares_ssize_t transmit(ares_socket_t socket, const iovec* parts, int count, void* /*user*/) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);  // sendmsg() only reads it
  message.msg_iovlen = static_cast<std::size_t>(count);
  return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}
constexpr ares_socket_functions quiet_sockets{open_socket, close_socket, connect_socket, receive, transmit};

tl::unexpected<Error> failure(int status, const std::string& name) {
  const auto error = [](ErrorCode code, std::string message) { return fail(code, std::move(message)); };
  switch (status) {
    case ARES_ENOTFOUND:
      return error(ErrorCode::not_found, "the name " + name + " does not exist");
    case ARES_ENODATA:
      return error(ErrorCode::not_found, "the name " + name + " has no such record");
    case ARES_EBADNAME:
    case ARES_EBADSTR:
      return error(ErrorCode::invalid, "\"" + name + "\" is not a name of DNS");
    case ARES_ETIMEOUT:
    case ARES_ECANCELLED:
      return error(ErrorCode::unavailable, "the resolver did not answer in time");
    case ARES_ECONNREFUSED:
      return error(ErrorCode::unavailable, "the resolver could not be reached, or refused to answer");
    default:
      return error(ErrorCode::unavailable,
                   std::string("the resolver did not help: ") + ares_strerror(status));
  }
}

/// One question to c-ares. `state` of a callback must outlive this: destroying it calls what still waits.
class Resolver {
 public:
  Resolver() = default;
  ~Resolver() {
    if (channel_ != nullptr) ares_destroy(channel_);
  }
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Once, before anything else.
  Result<void> open(const std::string& server, const Deadline& deadline) {
    static std::once_flag once;
    std::call_once(once, [] { ENSURE(ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS); });
    ares_options options{};
    // Several tries and several servers must fit into the time that is left.
    options.timeout = static_cast<int>(std::clamp<std::int64_t>(deadline.left().count() / 4, 50, 2000));
    options.tries = tries_max;
    if (ares_init_options(&channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS) {
      channel_ = nullptr;
      return fail(ErrorCode::unavailable, "the host's resolver settings cannot be read");
    }
    ares_set_socket_functions(channel_, &quiet_sockets, nullptr);
    if (!server.empty() && ares_set_servers_ports_csv(channel_, server.c_str()) != ARES_SUCCESS)
      return fail(ErrorCode::invalid, "the resolver's address must be numeric, such as 192.0.2.53:53");
    return {};
  }
  [[nodiscard]] ares_channel channel() const { return channel_; }

  /// Until `is_done`; at the deadline what still waits is called back with ARES_ECANCELLED.
  void run(const bool& is_done, const Deadline& deadline) {
    while (!is_done && !deadline.is_over()) step(deadline);
    if (!is_done) ares_cancel(channel_);
  }

 private:
  void step(const Deadline& deadline) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const int wanted = ares_getsock(channel_, sockets.data(), ARES_GETSOCK_MAXNUM);
    std::array<pollfd, ARES_GETSOCK_MAXNUM> waiting{};
    nfds_t count = 0;
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      const bool reads = ARES_GETSOCK_READABLE(static_cast<unsigned>(wanted), i) != 0;
      const bool writes = ARES_GETSOCK_WRITABLE(static_cast<unsigned>(wanted), i) != 0;
      if (!reads && !writes) continue;
      waiting.at(count++) = {sockets.at(i), static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)),
                             0};
    }
    timeval left{deadline.left().count() / 1000,
                 static_cast<suseconds_t>(deadline.left().count() % 1000 * 1000)};
    timeval next{};
    const timeval* sooner = ares_timeout(channel_, &left, &next);
    const int ready =
        ::poll(waiting.data(), count, static_cast<int>(sooner->tv_sec * 1000 + sooner->tv_usec / 1000 + 1));
    if (ready <= 0) return ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // its own time-outs
    for (nfds_t i = 0; i < count; ++i) {
      const pollfd& each = waiting.at(i);
      if (each.revents == 0) continue;
      ares_process_fd(channel_, (each.events & POLLIN) != 0 ? each.fd : ARES_SOCKET_BAD,
                      (each.events & POLLOUT) != 0 ? each.fd : ARES_SOCKET_BAD);
    }
  }

  ares_channel channel_ = nullptr;
};

std::optional<Address> numeric(std::string host, int port) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  Address address;
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&address.bytes, &four, address.size = sizeof four);
    return address;
  }
  if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) != 1) return std::nullopt;
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(static_cast<std::uint16_t>(port));
  std::memcpy(&address.bytes, &six, address.size = sizeof six);
  return address;
}

struct Found {
  bool is_done = false;
  int status = ARES_ECANCELLED;
  std::vector<Address> addresses = {};
  std::string message = {};
};

void on_addresses(void* user, int status, int /*timeouts*/, ares_addrinfo* result) {
  auto* found = static_cast<Found*>(user);
  found->is_done = true;
  found->status = status;
  if (result == nullptr) return;
  for (const ares_addrinfo_node* each = result->nodes; each != nullptr; each = each->ai_next) {
    if (found->addresses.size() == addresses_max || each->ai_addrlen > sizeof(sockaddr_storage)) continue;
    Address& address = found->addresses.emplace_back();
    std::memcpy(&address.bytes, each->ai_addr, address.size = each->ai_addrlen);
  }
  ares_freeaddrinfo(result);
}

void on_message(void* user, int status, int /*timeouts*/, unsigned char* bytes, int size) {
  auto* found = static_cast<Found*>(user);
  found->is_done = true;
  found->status = status;
  if (status == ARES_SUCCESS)
    found->message.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

}  // namespace

Result<std::vector<Address>> resolve(const std::string& host, int port, const Deadline& deadline) {
  if (const std::optional<Address> address = numeric(host, port)) return std::vector{*address};
  Found found;
  Resolver resolver;
  TRY(resolver.open("", deadline));
  ares_addrinfo_hints hints{};
  hints.ai_flags = ARES_AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(resolver.channel(), host.c_str(), std::to_string(port).c_str(), &hints, on_addresses,
                   &found);
  resolver.run(found.is_done, deadline);
  if (found.status != ARES_SUCCESS)
    return fail(ErrorCode::unavailable, failure(found.status, host).value().message);
  return found.addresses;
}

Result<std::vector<std::string>> ask_resolver(const Question& question, const Deadline& deadline) {
  Found found;
  Resolver resolver;
  TRY(resolver.open(question.server, deadline));
  ares_query(resolver.channel(), question.name.c_str(), class_internet, number_of(question.record),
             on_message, &found);
  resolver.run(found.is_done, deadline);
  if (found.status != ARES_SUCCESS) return failure(found.status, question.name);
  Result<std::vector<std::string>> records = records_in(found.message, question.record);
  if (!records) return fail(ErrorCode::unavailable, records.error().message);
  if (records->empty()) return failure(ARES_ENODATA, question.name);
  return records;
}

}  // namespace postern::probe
