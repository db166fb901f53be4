#include "http/listener.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "http/parse.h"
#include "http/text.h"
#include "http/unix_socket.h"
#include "http/wire.h"
#include "http/worker_pool.h"

// g++ 12 destroys aggregate and lambda temporaries twice when they stand in the same expression as a
// co_await: such arguments are named variables here, always.
namespace postern::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Stream = asio::generic::stream_protocol::socket;
using Local = asio::local::stream_protocol;
using Tcp = asio::ip::tcp;
using std::chrono::milliseconds;

constexpr auto resume = asio::as_tuple(asio::use_awaitable);
/// How long, and for how many bytes, we listen to somebody whose request is refused: closing earlier would
/// make the kernel reset the connection and take our answer with it (RFC 9112, section 9.6).
constexpr milliseconds linger_deadline{1000};
constexpr std::size_t linger_bytes_max = 4U << 20U;
/// Accepting fails when descriptors run out; others must first have time to close theirs.
constexpr milliseconds accept_pause{20};
constexpr const char* retry_after_seconds = "1";

Response busy(std::string_view detail) {
  Response response = problem(503, detail);
  response.headers["retry-after"] = retry_after_seconds;
  return response;
}

class Edge;

/// One connection, on the edge's thread only.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Edge& edge, Stream socket, Peer peer);

  asio::awaitable<void> run();
  /// The handler's answer to the request under way.
  void answer(Response response);
  /// Ends the session if it is between two requests; otherwise it ends after the answer.
  void drain();
  /// Ends the session now.
  void cut();

 private:
  asio::awaitable<bool> read_request();
  asio::awaitable<bool> receive();
  asio::awaitable<bool> serve(std::shared_ptr<const Request> request, After after);
  asio::awaitable<void> refuse();
  asio::awaitable<bool> send(std::string wire);
  void allow(milliseconds time);
  void allow_any_time() { deadline_.expires_at(std::chrono::steady_clock::time_point::max()); }

  Edge& edge_;
  Stream socket_;
  Peer peer_;
  RequestParser parser_;
  asio::steady_timer deadline_;  ///< cuts when it expires
  asio::steady_timer answered_;  ///< never expires; cancelled when the answer is there
  std::optional<Response> answer_;
  bool between_requests_ = true;
  bool first_ = true;
};

class Edge final : public Listener {
 public:
  Edge(ListenerOptions options, Handler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        keep_running_(io_.get_executor()),
        pool_(options_.workers, options_.queue_max) {}
  ~Edge() override { stop(milliseconds{0}); }
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  Result<void> open(const std::vector<std::string>& extra_hosts);
  void start();
  [[nodiscard]] int port() const override { return port_; }
  void stop(milliseconds grace) override;

  // For sessions, on the edge's thread.
  [[nodiscard]] const ListenerOptions& options() const { return options_; }
  [[nodiscard]] const GuardOptions& guard() const { return guard_; }
  [[nodiscard]] asio::io_context& io() { return io_; }
  [[nodiscard]] bool draining() const { return draining_; }
  /// Where every session receives: what is in it is used up before anybody else runs.
  [[nodiscard]] std::array<char, 65536>& received() { return received_; }
  /// Has the pool call the handler and the session's answer(); false when the queue is full.
  bool submit(std::shared_ptr<Session> session, std::shared_ptr<const Request> request);

 private:
  Result<void> open_tcp();
  Result<void> open_unix();
  template <class Acceptor>
  asio::awaitable<void> accept_on(Acceptor& acceptor);
  void admit(Tcp::socket socket);
  void admit(Local::socket socket);
  void admit(Stream socket, Peer peer);
  void turn_away(Stream& socket);
  void ended(const std::shared_ptr<Session>& session);
  Response handled(const Request& request) const;
  void begin_drain();

  const ListenerOptions options_;
  const Handler handler_;
  GuardOptions guard_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> keep_running_;
  std::optional<Tcp::acceptor> tcp_;
  std::optional<UnixSocket> unix_file_;
  std::optional<Local::acceptor> unix_;
  int port_ = -1;
  std::array<char, 65536> received_{};
  std::unordered_set<std::shared_ptr<Session>> sessions_;
  bool draining_ = false;

  std::mutex stop_mutex_;  ///< held for all of stop()
  std::mutex drained_mutex_;
  std::condition_variable drained_changed_;
  bool drained_ = false;
  std::thread thread_;
  WorkerPool pool_;  ///< last, so that its threads end before anything they use
};

// --- Session
// ------------------------------------------------------------------------------------------------

Session::Session(Edge& edge, Stream socket, Peer peer)
    : edge_(edge),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      parser_({.header_bytes_max = edge.options().header_bytes_max,
               .body_bytes_max = edge.options().body_bytes_max},
              edge.guard()),
      deadline_(edge.io()),
      answered_(edge.io(), std::chrono::steady_clock::time_point::max()) {}

asio::awaitable<void> Session::run() {
  for (bool open = true; open;) {
    if (!co_await read_request()) co_return;
    if (parser_.stage() == RequestParser::Stage::refused) {
      co_await refuse();
      co_return;
    }
    const After after = parser_.keep_alive() && !edge_.draining() ? After::keep_open : After::close;
    auto request = std::make_shared<Request>(parser_.next());
    request->peer = peer_;
    open = co_await serve(std::move(request), after);
  }
  error_code ignored;
  socket_.shutdown(Stream::shutdown_both, ignored);
}

/// True when the parser has a request or a refusal; false when the connection is over.
asio::awaitable<bool> Session::read_request() {
  using Stage = RequestParser::Stage;
  const ListenerOptions& options = edge_.options();
  between_requests_ = !parser_.begun();
  allow(first_ || parser_.begun() ? options.header_deadline : options.idle_deadline);
  Stage before = Stage::head;
  while (parser_.stage() == Stage::head || parser_.stage() == Stage::body) {
    if (parser_.stage() != before) allow(options.body_deadline);
    before = parser_.stage();
    if (between_requests_ && edge_.draining()) co_return false;
    if (!co_await receive()) co_return false;
    // The first byte of a later request starts the time for its header; on a new connection it runs since
    // accept.
    if (between_requests_ && !first_) allow(options.header_deadline);
    between_requests_ = false;
  }
  first_ = false;
  co_return true;
}

/// Gives the parser what has arrived; false at the end of the connection.
asio::awaitable<bool> Session::receive() {
  for (;;) {
    const auto [failed] = co_await socket_.async_wait(Stream::wait_read, resume);
    if (failed) co_return false;
    error_code error;
    const std::size_t size = socket_.read_some(asio::buffer(edge_.received()), error);
    if (error == asio::error::would_block) continue;
    if (error || size == 0) co_return false;
    parser_.take(std::string_view(edge_.received().data(), size));
    co_return true;
  }
}

/// True when the connection can be used again.
asio::awaitable<bool> Session::serve(std::shared_ptr<const Request> request, After after) {
  const Body body = request->method == "HEAD" ? Body::leave_out : Body::send;
  answer_.reset();
  allow_any_time();
  if (edge_.submit(shared_from_this(), std::move(request))) {
    // Nothing can be answered before this waits: the answer comes in through the same thread.
    co_await answered_.async_wait(resume);
    if (!answer_) co_return false;
  } else {
    answer_ = busy("Too many requests are waiting. Try again in a moment.");
  }
  if (edge_.draining()) after = After::close;
  std::string wire = to_wire(*answer_, body, after);
  answer_.reset();
  const bool sent = co_await send(std::move(wire));
  co_return sent&& after == After::keep_open;
}

asio::awaitable<void> Session::refuse() {
  const Response response = problem(parser_.refusal().status, parser_.refusal().detail);
  std::string wire = to_wire(response, Body::send, After::close);
  if (!co_await send(std::move(wire))) co_return;
  error_code error;
  socket_.shutdown(Stream::shutdown_send, error);
  allow(linger_deadline);
  for (std::size_t dropped = 0; !error && dropped < linger_bytes_max;) {
    const auto [failed] = co_await socket_.async_wait(Stream::wait_read, resume);
    if (failed) co_return;
    const std::size_t size = socket_.read_some(asio::buffer(edge_.received()), error);
    if (error == asio::error::would_block) error.clear();
    dropped += size;
  }
}

asio::awaitable<bool> Session::send(std::string wire) {
  allow(edge_.options().body_deadline);
  const asio::const_buffer bytes = asio::buffer(wire);
  const auto [failed, size] = co_await asio::async_write(socket_, bytes, resume);
  co_return !failed && size == wire.size();
}

void Session::answer(Response response) {
  answer_ = std::move(response);
  answered_.cancel();
}

void Session::drain() {
  if (between_requests_) cut();
}

void Session::cut() {
  error_code ignored;
  socket_.close(ignored);
  deadline_.cancel();
  answered_.cancel();
}

void Session::allow(milliseconds time) {
  deadline_.expires_after(time);
  deadline_.async_wait([session = shared_from_this()](error_code) {
    // An expiry that was already on its way when the deadline was moved does not count.
    if (session->deadline_.expiry() <= std::chrono::steady_clock::now()) session->cut();
  });
}

// --- Edge
// ---------------------------------------------------------------------------------------------------

Result<void> Edge::open(const std::vector<std::string>& extra_hosts) {
  if (options_.port < 0 && options_.unix_socket.empty())
    return fail(ErrorCode::invalid,
                "There is nothing to listen on. Give a Unix socket, a TCP port, or both.");
  if (!options_.unix_socket.empty()) TRY(open_unix());
  if (options_.port >= 0) TRY(open_tcp());
  const std::string literal =
      options_.address.find(':') == std::string::npos ? options_.address : "[" + options_.address + "]";
  for (const std::string& host : {std::string("localhost"), literal}) {
    guard_.hosts.insert(host);
    if (port_ >= 0) guard_.hosts.insert(host + ":" + std::to_string(port_));
  }
  for (const std::string& host : extra_hosts) guard_.hosts.insert(lower_case(host));
  return {};
}

Result<void> Edge::open_tcp() {
  error_code failed;
  const asio::ip::address address = asio::ip::make_address(options_.address, failed);
  if (failed || !address.is_loopback())
    return fail(ErrorCode::invalid, "Postern serves plain HTTP on loopback only, and " + options_.address +
                                        " is not a loopback address. Use 127.0.0.1, ::1 or a Unix socket.");
  if (options_.port > 65535)
    return fail(ErrorCode::invalid, "A TCP port is a number from 0 to 65535. Name one of these.");
  const Tcp::endpoint endpoint(address, static_cast<std::uint16_t>(options_.port));
  tcp_.emplace(io_);
  tcp_->open(endpoint.protocol(), failed);
  if (!failed) tcp_->set_option(Tcp::acceptor::reuse_address(true), failed);
  if (!failed) tcp_->bind(endpoint, failed);
  if (!failed) tcp_->listen(asio::socket_base::max_listen_connections, failed);
  if (!failed) port_ = tcp_->local_endpoint(failed).port();
  if (failed)
    return fail(ErrorCode::unavailable, "Cannot listen on " + options_.address + " port " +
                                            std::to_string(options_.port) + ": " + failed.message() +
                                            ". Stop whoever uses it, or choose another port.");
  return {};
}

Result<void> Edge::open_unix() {
  unix_file_.emplace(TRY(UnixSocket::listen_at(options_.unix_socket)));
  unix_.emplace(io_);
  error_code failed;
  const int descriptor = unix_file_->release();
  unix_->assign(Local(), descriptor, failed);
  ENSURE(!failed);
  return {};
}

void Edge::start() {
  // A listener that went deaf would look alive; an exception here (out of memory) stops the process instead.
  const auto fatal = [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  };
  if (tcp_) asio::co_spawn(io_, accept_on(*tcp_), fatal);
  if (unix_) asio::co_spawn(io_, accept_on(*unix_), fatal);
  thread_ = std::thread([this] { io_.run(); });
}

template <class Acceptor>
asio::awaitable<void> Edge::accept_on(Acceptor& acceptor) {
  asio::steady_timer pause(io_);
  while (acceptor.is_open()) {
    auto [failed, socket] = co_await acceptor.async_accept(resume);
    if (!failed) {
      admit(std::move(socket));
    } else if (acceptor.is_open()) {
      pause.expires_after(accept_pause);
      co_await pause.async_wait(resume);
    }
  }
}

void Edge::admit(Tcp::socket socket) {
  error_code failed;
  socket.set_option(Tcp::no_delay(true), failed);
  const Tcp::endpoint remote = socket.remote_endpoint(failed);
  if (failed) return;  // gone already
  admit(Stream(std::move(socket)),
        {.transport = Peer::Transport::tcp, .address = remote.address().to_string()});
}

void Edge::admit(Local::socket socket) {
  std::string address = peer_of_unix_socket(socket.native_handle());
  admit(Stream(std::move(socket)),
        {.transport = Peer::Transport::unix_socket, .address = std::move(address)});
}

void Edge::admit(Stream socket, Peer peer) {
  error_code failed;
  socket.non_blocking(true, failed);
  if (failed || draining_) return;
  if (sessions_.size() >= options_.connections_max) return turn_away(socket);
  auto session = std::make_shared<Session>(*this, std::move(socket), std::move(peer));
  sessions_.insert(session);
  // What a session may throw (out of memory) ends this session only.
  asio::co_spawn(io_, session->run(), [this, session](const std::exception_ptr&) { ended(session); });
}

/// Says why, if the kernel takes it at once; nobody waits for this.
void Edge::turn_away(Stream& socket) {
  const std::string wire =
      to_wire(busy("Too many connections are open. Try again in a moment."), Body::send, After::close);
  error_code ignored;
  socket.write_some(asio::buffer(wire), ignored);
  socket.shutdown(Stream::shutdown_send, ignored);
}

void Edge::ended(const std::shared_ptr<Session>& session) {
  session->cut();
  sessions_.erase(session);
  if (!draining_ || !sessions_.empty()) return;
  const std::lock_guard lock(drained_mutex_);
  drained_ = true;
  drained_changed_.notify_all();
}

bool Edge::submit(std::shared_ptr<Session> session, std::shared_ptr<const Request> request) {
  return pool_.submit([this, session = std::move(session), request = std::move(request)]() mutable {
    Response response = handled(*request);
    // The session goes back with the answer, so that it is never destroyed on a worker's thread.
    asio::post(io_, [session = std::move(session), response = std::move(response)]() mutable {
      session->answer(std::move(response));
    });
  });
}

Response Edge::handled(const Request& request) const {
  try {
    return handler_(request);
  } catch (...) {
    return problem(500, "The server failed on this request. Look into its log.");
  }
}

void Edge::begin_drain() {
  draining_ = true;
  error_code ignored;
  if (tcp_) tcp_->close(ignored);
  if (unix_file_) unix_file_->remove_file();
  if (unix_) unix_->close(ignored);
  for (const auto& session : sessions_) session->drain();
  if (!sessions_.empty()) return;
  const std::lock_guard lock(drained_mutex_);
  drained_ = true;
  drained_changed_.notify_all();
}

void Edge::stop(milliseconds grace) {
  const std::lock_guard stopping(stop_mutex_);
  if (!thread_.joinable()) return;
  asio::post(io_, [this] { begin_drain(); });
  {
    std::unique_lock lock(drained_mutex_);
    drained_changed_.wait_for(lock, grace, [this] { return drained_; });
  }
  pool_.drop_waiting();  // before the cut: what nobody waits for any more must not be carried out
  asio::post(io_, [this] {
    for (const auto& session : sessions_) session->cut();
  });
  // Handlers that run now still post their answers; the edge's thread ends when these are done with, too.
  pool_.stop();
  keep_running_.reset();
  thread_.join();
}

}  // namespace

Result<std::unique_ptr<Listener>> listen(const ListenerOptions& options, Handler handler,
                                         std::vector<std::string> extra_hosts) {
  ENSURE(handler);
  try {
    auto edge = std::make_unique<Edge>(options, std::move(handler));
    TRY(edge->open(extra_hosts));
    edge->start();
    return std::unique_ptr<Listener>(std::move(edge));
  } catch (const std::exception& failure) {
    return fail(ErrorCode::unavailable, "Cannot start the listener. Check the limits on threads and files.",
                failure.what());
  }
}

}  // namespace postern::http
