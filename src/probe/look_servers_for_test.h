#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// Servers on loopback that do what a test wants done with a connection or a datagram.
namespace postern::probe::for_test {

/// One socket, bound to a free port of 127.0.0.1, and a thread that serves it until the end of the test.
class LoopbackServer {
 public:
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] bool is_over() const { return is_over_; }

 protected:
  explicit LoopbackServer(int kind) : socket_(::socket(AF_INET, kind | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~LoopbackServer() { ::close(socket_); }
  /// For the destructor of whoever has what the thread uses.
  void end() {
    is_over_ = true;
    thread_.join();
  }
  /// Waits a moment for something to come; false at the end of the test.
  [[nodiscard]] bool await() const {
    while (!is_over_) {
      pollfd waiting{socket_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) == 1) return true;
    }
    return false;
  }
  void serve_with(std::function<void()> serve) { thread_ = std::thread(std::move(serve)); }
  [[nodiscard]] int socket() const { return socket_; }

 private:
  int socket_;
  int port_ = 0;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

class TcpServer : public LoopbackServer {
 public:
  using Serve = std::function<void(int peer, const TcpServer& server)>;
  explicit TcpServer(Serve serve) : LoopbackServer(SOCK_STREAM), serve_(std::move(serve)) {
    EXPECT_EQ(::listen(socket(), 8), 0);
    serve_with([this] {
      while (await()) {
        const int peer = ::accept(socket(), nullptr, nullptr);
        if (peer < 0) break;
        peers_.emplace_back([this, peer] {
          serve_(peer, *this);
          ::close(peer);
        });
      }
      for (std::thread& each : peers_) each.join();
    });
  }
  ~TcpServer() { end(); }
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

 private:
  Serve serve_;
  std::vector<std::thread> peers_;
};

/// Answers each datagram with what `serve` makes of it; nothing for "".
class UdpServer : public LoopbackServer {
 public:
  explicit UdpServer(std::function<std::string(std::string_view)> serve)
      : LoopbackServer(SOCK_DGRAM), serve_(std::move(serve)) {
    serve_with([this] {
      while (await()) {
        std::array<char, 4096> bytes{};
        sockaddr_in from{};
        socklen_t size = sizeof from;
        const ssize_t got =
            ::recvfrom(socket(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
        if (got <= 0) continue;
        ++asked;
        const std::string answer = serve_({bytes.data(), static_cast<std::size_t>(got)});
        if (!answer.empty())
          ::sendto(socket(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
      }
    });
  }
  ~UdpServer() { end(); }
  UdpServer(const UdpServer&) = delete;
  UdpServer& operator=(const UdpServer&) = delete;
  std::atomic<int> asked = 0;

 private:
  std::function<std::string(std::string_view)> serve_;
};

/// Says nothing until the test is over.
inline void hang(int /*peer*/, const TcpServer& server) {
  while (!server.is_over()) ::poll(nullptr, 0, 20);
}
/// Sends `text` one byte each 300 ms, so that no single wait is long.
inline TcpServer::Serve drip(std::string text) {
  return [text = std::move(text)](int peer, const TcpServer& server) {
    for (const char c : text) {
      if (server.is_over() || ::send(peer, &c, 1, MSG_NOSIGNAL) != 1) return;
      for (int i = 0; i < 15 && !server.is_over(); ++i) ::poll(nullptr, 0, 20);
    }
  };
}

/// How long a look took.
class Stopwatch {
 public:
  [[nodiscard]] std::chrono::milliseconds passed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin_);
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace postern::probe::for_test
