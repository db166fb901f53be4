#include "http/listener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

namespace postern::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Milliseconds = std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr Milliseconds patience{5000};  // how long a test waits before it gives up

/// One raw connection.
class Wire {
 public:
  explicit Wire(const Listener& listener) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(listener.port()));
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Wire() { ::close(socket_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }
  void finish_writing() { ::shutdown(socket_, SHUT_WR); }
  /// Reads until `text` has come, or, without one, to the end.
  std::string read(std::string_view text = {}) {
    const auto end = Steady::now() + patience;
    while (text.empty() || read_.find(text) == std::string::npos) {
      pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
      const auto left = std::chrono::duration_cast<Milliseconds>(end - Steady::now()).count();
      if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) <= 0) return read_ + "<still open>";
      std::string bytes(65536, '\0');
      const ssize_t size = ::recv(socket_, bytes.data(), bytes.size(), 0);
      if (size < 0) return read_ + "<reset>";
      if (size == 0) return read_;
      read_.append(bytes, 0, static_cast<std::size_t>(size));
    }
    return read_;
  }

 private:
  int socket_;
  bool connected_ = false;
  std::string read_;
};

const std::string host = "Host: localhost\r\n";
const std::string get = "GET /hello HTTP/1.1\r\n" + host + "\r\n";
const std::string last_get = "GET /hello HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n";

Response hello(const Request& request) {
  if (request.path == "/throw") throw std::runtime_error("secret");
  Response response;
  response.body = "hello " + request.method + " [" + request.body + "]";
  return response;
}

std::unique_ptr<Listener> started(ListenerOptions options = {}, Handler handler = hello,
                                  std::vector<std::string> hosts = {}) {
  options.port = 0;
  auto listener = listen(options, std::move(handler), std::move(hosts));
  EXPECT_TRUE(listener) << listener.error().message;
  return std::move(listener).value();
}

/// The statuses of all answers to `bytes`, as "200 400 "; then "<…>" if the connection did not end.
std::string statuses(const Listener& listener, std::string_view bytes) {
  Wire wire(listener);
  wire.write(bytes);
  const std::string answer = wire.read();
  std::string found;
  for (std::size_t at = answer.find("HTTP/1.1 "); at != std::string::npos;
       at = answer.find("HTTP/1.1 ", at + 1))
    if (answer[at + 9] >= '0' && answer[at + 9] <= '9') found += answer.substr(at + 9, 3) + " ";
  return answer.ends_with(">") ? found + answer.substr(answer.rfind('<')) : found;
}

TEST(Listener, AnswersAndKeepsTheConnection) {
  const auto listener = started();
  Wire wire(*listener);
  wire.write(get);
  EXPECT_THAT(wire.read("hello GET []"),
              StartsWith("HTTP/1.1 200 OK\r\ncache-control: no-store\r\ncontent-length: 12\r\n"));
  wire.write("POST /b HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc");
  EXPECT_THAT(wire.read("hello POST [abc]"), Not(HasSubstr("connection: close")));
  wire.write("HEAD /b HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n");
  const std::string all = wire.read();
  EXPECT_THAT(all, HasSubstr("content-length: 13\r\n"));
  EXPECT_THAT(all, HasSubstr("connection: close\r\n"));
  EXPECT_THAT(all, Not(HasSubstr("HEAD")));
}

TEST(Listener, AnswersPipelinedRequestsInOrder) {
  const auto listener = started();
  EXPECT_EQ(statuses(*listener, get + get + last_get), "200 200 200 ");
  EXPECT_EQ(statuses(*listener, "GET / HTTP/1.0\r\n" + host + "\r\n"), "200 ");
}

TEST(Listener, AnswersSomebodyWhoHasFinishedWriting) {
  const auto listener = started();
  Wire wire(*listener);
  wire.write(get);
  wire.finish_writing();
  EXPECT_THAT(wire.read(), HasSubstr("hello GET []"));
}

TEST(Listener, RefusesWhatCouldSmuggleARequest) {
  const auto listener = started();
  const std::string post = "POST /hello HTTP/1.1\r\n" + host;
  const std::string smuggled = "0\r\n\r\n" + last_get;
  const std::vector<std::pair<const char*, std::string>> vectors = {
      {"CL and TE", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled},
      {"TE and CL", post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + smuggled},
      {"two CL that differ", post + "Content-Length: 0\r\nContent-Length: 5\r\n\r\nAAAAA" + last_get},
      {"two CL that agree", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nAAAAA" + last_get},
      {"CL +5", post + "Content-Length: +5\r\n\r\nAAAAA"},
      {"CL negative", post + "Content-Length: -1\r\n\r\n"},
      {"CL overflow", post + "Content-Length: 18446744073709551617\r\n\r\nA"},
      {"unknown TE", post + "Transfer-Encoding: xchunked\r\n\r\n" + smuggled},
      {"TE list", post + "Transfer-Encoding: chunked, identity\r\n\r\n" + smuggled},
      {"TE folded", post + "Transfer-Encoding:\r\n chunked\r\n\r\n" + smuggled},
      {"TE twice", post + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled},
      {"TE on 1.0", "POST /hello HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n" + smuggled},
      {"space before colon", post + "Content-Length : 5\r\n\r\nAAAAA"},
      {"bare LF", "GET /hello HTTP/1.1\nHost: localhost\n\n"},
      {"bare CR", "GET /hello HTTP/1.1\r\n" + host + "X: a\rY: b\r\n\r\n"},
      {"NUL", "GET /hello HTTP/1.1\r\n" + host + "X: a" + std::string(1, '\0') + "b\r\n\r\n"},
      {"chunk size overflow", post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nAA"},
      {"chunk size negative", post + "Transfer-Encoding: chunked\r\n\r\n-1\r\nAA"},
      {"chunk longer than it says", post + "Transfer-Encoding: chunked\r\n\r\n1\r\nAA\r\n0\r\n\r\n"},
      {"HTTP/0.9", "GET /hello\r\n\r\n"},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"TLS", "\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03 garbage"},
      {"no Host", "GET /hello HTTP/1.1\r\n\r\n"},
      {"two Hosts", "GET /hello HTTP/1.1\r\n" + host + host + "\r\n"},
      {"foreign Host", "GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n"},
      {"absolute form", "GET http://localhost/hello HTTP/1.1\r\n" + host + "\r\n"},
      {"lower-case method", "get /hello HTTP/1.1\r\n" + host + "\r\n"},
      {"unknown method", "BREW /hello HTTP/1.1\r\n" + host + "\r\n"},
      {"Expect", post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"},
      {"NUL in path", "GET /hello%00x HTTP/1.1\r\n" + host + "\r\n"},
      {"dot segments", "GET /../../etc/passwd HTTP/1.1\r\n" + host + "\r\n"},
  };
  for (const auto& [name, bytes] : vectors) EXPECT_EQ(statuses(*listener, bytes), "400 ") << name;
  EXPECT_EQ(statuses(*listener, last_get), "200 ");
}

TEST(Listener, RefusesWhatIsTooLongAndSaysSoEvenWhileItIsStillComing) {
  const auto listener = started();
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "X" + std::to_string(i) + ": a\r\n";
  EXPECT_EQ(statuses(*listener, "GET / HTTP/1.1\r\n" + host + "X: " + std::string(65536, 'a') + "\r\n\r\n"),
            "431 ");
  EXPECT_EQ(statuses(*listener, "GET / HTTP/1.1\r\n" + host + many + "\r\n"), "431 ");
  EXPECT_EQ(statuses(*listener, "GET /" + std::string(65536, 'a') + " HTTP/1.1\r\n" + host + "\r\n"), "431 ");
  const std::string post = "POST / HTTP/1.1\r\n" + host;
  EXPECT_EQ(statuses(*listener, post + "Content-Length: 104857600\r\n\r\nA"), "413 ");
  EXPECT_EQ(statuses(*listener, post + "Content-Length: 3000000\r\n\r\n" + std::string(3000000, 'a')),
            "413 ");
  EXPECT_EQ(
      statuses(*listener, post + "Transfer-Encoding: chunked\r\n\r\n200000\r\n" + std::string(0x200000, 'a')),
      "413 ");
}

TEST(Listener, ExplainsARefusalAsAProblem) {
  const auto listener = started();
  Wire wire(*listener);
  wire.write("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  const std::string answer = wire.read();
  EXPECT_THAT(answer, HasSubstr("content-type: application/problem+json\r\n"));
  EXPECT_THAT(answer, HasSubstr("x-content-type-options: nosniff\r\n"));
  EXPECT_THAT(answer, HasSubstr("connection: close\r\n"));
  EXPECT_THAT(answer,
              HasSubstr(R"({"detail":"The Host field names a host that is not served here.","status":400,)"
                        R"("title":"Bad Request","type":"about:blank"})"));
}

TEST(Listener, KnowsItsOwnNames) {
  const auto listener = started({}, hello, {"Postern.Example"});
  const std::string port = ":" + std::to_string(listener->port());
  for (const std::string& name :
       {std::string("localhost"), "localhost" + port, "127.0.0.1" + port, std::string("postern.example")})
    EXPECT_EQ(statuses(*listener, "GET / HTTP/1.1\r\nHost: " + name + "\r\nConnection: close\r\n\r\n"),
              "200 ")
        << name;
}

TEST(Listener, OutlivesAHandlerThatThrows) {
  const auto listener = started();
  Wire wire(*listener);
  wire.write("GET /throw HTTP/1.1\r\n" + host + "\r\n" + last_get);
  const std::string answer = wire.read();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, Not(HasSubstr("secret")));
  EXPECT_THAT(answer, HasSubstr("hello GET []"));
}

TEST(Listener, CutsOffWhoDribblesWhileOthersAreServed) {
  const auto listener = started({.header_deadline = 400ms, .body_deadline = 400ms});
  const auto start = Steady::now();
  std::vector<std::unique_ptr<Wire>> attackers;
  for (int i = 0; i < 50; ++i) {
    attackers.push_back(std::make_unique<Wire>(*listener));
    attackers.back()->write(i % 2 == 0 ? "GET / HTTP/1.1\r\n" + host
                                       : "POST / HTTP/1.1\r\n" + host + "Content-Length: 9999\r\n\r\n");
  }
  int served = 0;
  // Each byte that arrives in time must not buy more time, so they go on until they are cut.
  while (!attackers.empty() && Steady::now() - start < patience) {
    std::erase_if(attackers, [](const auto& attacker) { return !attacker->write("X"); });
    served += statuses(*listener, last_get) == "200 " ? 1 : 0;
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(attackers.size(), 0U);
  EXPECT_GT(Steady::now() - start, 300ms);
  EXPECT_GT(served, 3);
}

TEST(Listener, CutsOffWhoSendsNothing) {
  const auto listener = started({.header_deadline = 200ms, .body_deadline = 200ms, .idle_deadline = 200ms});
  for (const std::string& start :
       {std::string(), "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nabc", get, get + "GET "}) {
    Wire wire(*listener);
    wire.write(start);
    const auto from = Steady::now();
    EXPECT_THAT(wire.read(), Not(HasSubstr("<still open>"))) << start;
    EXPECT_LT(Steady::now() - from, 2s) << start;
  }
}

TEST(Listener, GivesALaterRequestItsOwnTimeForTheHeader) {
  const auto listener = started({.header_deadline = 200ms, .idle_deadline = 3000ms});
  Wire wire(*listener);
  wire.write(get);
  wire.read("hello GET []");
  std::this_thread::sleep_for(400ms);  // longer than a header may take, shorter than a connection may idle
  const auto from = Steady::now();
  EXPECT_TRUE(wire.write("GET /"));
  EXPECT_THAT(wire.read(), Not(HasSubstr("<still open>")));
  EXPECT_GT(Steady::now() - from, 100ms);
  EXPECT_LT(Steady::now() - from, 2s);
}

TEST(Listener, CutsOffWhoDoesNotReadTheAnswer) {
  const auto listener = started({.body_deadline = 200ms}, [](const Request&) {
    Response large;
    large.body.assign(32U << 20U, 'x');
    return large;
  });
  Wire wire(*listener);
  wire.write(get);
  std::this_thread::sleep_for(600ms);
  EXPECT_LT(wire.read().size(), 32U << 20U);
}

/// A handler that waits until the test lets it go on.
struct Gate {
  std::atomic<int> waiting = 0;
  std::promise<void> promise;
  std::shared_future<void> open = promise.get_future().share();
  Handler handler() {
    return [this](const Request& request) {
      if (request.path != "/wait") return hello(request);
      ++waiting;
      open.wait();
      return Response{.status = 200, .headers = {}, .body = "waited"};
    };
  }
  void await(int count) const {
    const auto end = Steady::now() + patience;
    while (waiting < count && Steady::now() < end) std::this_thread::sleep_for(1ms);
    EXPECT_EQ(waiting, count);
  }
};
const std::string wait = "GET /wait HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n";

TEST(Listener, SaysThatItIsBusyWhenTheQueueIsFull) {
  Gate gate;
  const auto listener = started({.workers = 1, .queue_max = 1}, gate.handler());
  Wire running(*listener);
  running.write(wait);
  gate.await(1);
  Wire queued(*listener);
  queued.write(wait);
  std::string refused;
  for (int i = 0; i < 100 && refused.empty(); ++i) {
    Wire late(*listener);
    late.write(get + last_get);
    std::this_thread::sleep_for(10ms);  // for `queued` to be read first
    refused = late.read();
  }
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refused, HasSubstr("retry-after: 1\r\n"));
  gate.promise.set_value();
  EXPECT_THAT(running.read(), HasSubstr("waited"));
  EXPECT_THAT(queued.read(), HasSubstr("waited"));
  EXPECT_EQ(statuses(*listener, last_get), "200 ");
}

TEST(Listener, TurnsConnectionsAwayBeyondItsLimitAndTakesThemAgainLater) {
  const auto listener = started({.connections_max = 2});
  {
    Wire first(*listener);
    Wire second(*listener);
    first.write(get);
    second.write(get);
    first.read("hello");
    second.read("hello");
    Wire third(*listener);
    EXPECT_THAT(third.read(), StartsWith("HTTP/1.1 503 "));
  }
  const auto end = Steady::now() + patience;
  while (statuses(*listener, last_get) != "200 " && Steady::now() < end) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(statuses(*listener, last_get), "200 ");
}

TEST(Listener, FinishesARequestUnderWayWhenItStops) {
  Gate gate;
  const auto listener = started({}, gate.handler());
  Wire idle(*listener);
  idle.write(get);
  idle.read("hello");
  Wire busy(*listener);
  busy.write("GET /wait HTTP/1.1\r\n" + host + "\r\n");
  gate.await(1);
  std::thread stopper([&listener] { listener->stop(patience); });
  EXPECT_THAT(idle.read(), Not(HasSubstr("<still open>")));
  EXPECT_FALSE(Wire(*listener).connected());
  gate.promise.set_value();
  const std::string answer = busy.read();
  EXPECT_THAT(answer, HasSubstr("waited"));
  EXPECT_THAT(answer, HasSubstr("connection: close\r\n"));
  stopper.join();
  listener->stop(patience);
}

TEST(Listener, CutsWhatIsNotFinishedAfterTheGrace) {
  Gate gate;
  const auto listener = started({.workers = 1}, gate.handler());
  Wire busy(*listener);
  busy.write(wait);
  gate.await(1);
  Wire queued(*listener);
  queued.write(wait);
  Wire half(*listener);
  half.write("GET / HT");
  std::this_thread::sleep_for(50ms);
  std::thread stopper([&listener] { listener->stop(100ms); });
  EXPECT_EQ(busy.read(), "");
  EXPECT_EQ(queued.read(), "");
  EXPECT_EQ(half.read(), "");
  gate.promise.set_value();
  stopper.join();
  EXPECT_EQ(gate.waiting, 1);
}

TEST(Listener, ListensOnLoopbackOnly) {
  for (const char* address :
       {"0.0.0.0", "::", "192.0.2.1", "localhost", "", "127.0.0.1.evil", "::ffff:192.0.2.1"}) {
    const auto listener = listen({.address = address, .port = 0}, hello);
    ASSERT_FALSE(listener) << address;
    EXPECT_EQ(listener.error().code, ErrorCode::invalid);
    EXPECT_THAT(listener.error().message, HasSubstr("loopback"));
  }
  EXPECT_EQ(listen({}, hello).error().code, ErrorCode::invalid);
  EXPECT_EQ(listen({.port = 65536}, hello).error().code, ErrorCode::invalid);
}

TEST(Listener, SaysWhenItsPortIsTaken) {
  const auto first = started();
  const auto second = listen({.port = first->port()}, hello);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(first->port())));
}

}  // namespace
}  // namespace postern::http
