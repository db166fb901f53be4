#include "http/client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "http/listener.h"

namespace postern::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

/// Answers with what it was asked, in a form that tests can read.
Response echo(const Request& request) {
  Response response;
  response.headers["content-type"] = "text/plain";
  if (request.path == "/moved") {
    response.status = 302;
    response.headers["location"] = "/elsewhere";
  } else if (request.path == "/large") {
    response.body.assign(100000, 'x');
  } else if (request.path == "/slow") {
    std::this_thread::sleep_for(500ms);
  } else {
    response.body =
        request.method + " " + request.path + " " + request.peer.address + " [" + request.body + "]";
    for (const auto& [name, value] : request.headers) response.body += "\n" + name + "=" + value;
  }
  return response;
}

/// A TCP server of one connection that does what a test wants done with it.
class RawServer {
 public:
  explicit RawServer(std::function<void(int)> serve)
      : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listening_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listening_, 8), 0);
    EXPECT_EQ(::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, serve = std::move(serve)] {
      const int peer = ::accept(listening_, nullptr, nullptr);
      if (peer < 0) return;
      serve(peer);
      ::close(peer);
    });
  }
  ~RawServer() {
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    ::close(listening_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  [[nodiscard]] std::string url(const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port_) + "/secret-path";
  }

 private:
  int listening_;
  int port_ = 0;
  std::thread thread_;
};

std::string receive(int socket) {
  std::string text(65536, '\0');
  const ssize_t size = ::recv(socket, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}
void transmit(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}
/// Waits until the client has gone.
void await_end(int socket) {
  while (!receive(socket).empty()) {
  }
}

/// What the client makes of an answer of these very bytes.
Result<Response> answer_to(const std::string& bytes, Outgoing request = {}) {
  const RawServer server([&bytes](int socket) {
    receive(socket);
    transmit(socket, bytes);
  });
  request.url = server.url();
  return make_client()->send(request);
}

class ClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "postern-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    socket_ = (directory_ / "s").string();
    auto listener = listen({.unix_socket = socket_, .port = 0, .body_bytes_max = 4U << 20U}, echo);
    ASSERT_TRUE(listener) << listener.error().message;
    listener_ = std::move(listener).value();
  }
  void TearDown() override {
    listener_.reset();
    std::filesystem::remove_all(directory_);
  }
  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(listener_->port()) + path;
  }

  std::filesystem::path directory_;
  std::string socket_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Client> client_ = make_client();
};

TEST_F(ClientTest, SendsEveryMethodWithItsBodyOverTcp) {
  for (const char* method : {"GET", "POST", "PUT", "DELETE"}) {
    Outgoing request{.method = method, .url = url("/a")};
    if (request.method != "GET") request.body = "the body";
    const auto response = client_->send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->headers.at("content-type"), "text/plain");
    EXPECT_THAT(response->body, HasSubstr(std::string(method) + " /a 127.0.0.1 [" + request.body + "]"));
  }
  for (const char* method : {"POST", "PUT"})
    EXPECT_THAT(client_->send({.method = method, .url = url("/a")})->body, HasSubstr("[]\ncontent-length=0"));
  const auto head = client_->send({.method = "HEAD", .url = url("/large")});
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->headers.at("content-length"), "100000");
  EXPECT_EQ(head->body, "");
}

TEST_F(ClientTest, ReachesAUnixSocketAndIsKnownThereByItsUser) {
  const auto response = client_->send({.url = "http://localhost/a", .unix_socket = socket_});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_THAT(response->body, HasSubstr("GET /a uid:" + std::to_string(::getuid()) + " []"));
}

TEST_F(ClientTest, SendsTheHeadersItWasGivenAndNoneOfItsOwnAccord) {
  const auto response = client_->send({.method = "POST",
                                       .url = url("/a"),
                                       .headers = {{"x-a", "1"}, {"x-empty", ""}},
                                       .body = std::string(2U << 20U, 'b'),
                                       .body_bytes_max = 4U << 20U});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_THAT(response->body, HasSubstr("\nx-a=1"));
  EXPECT_THAT(response->body, HasSubstr("\nx-empty="));
  for (const char* name : {"expect", "content-type", "accept", "user-agent"})
    EXPECT_THAT(response->body, Not(HasSubstr("\n" + std::string(name) + "="))) << name;
}

TEST_F(ClientTest, ForgetsARequestBeforeTheNext) {
  ASSERT_TRUE(client_->send(
      {.method = "POST", .url = url("/a"), .headers = {{"authorization", "secret"}}, .body = "secret"}));
  EXPECT_THAT(client_->send({.url = url("/b")})->body, Not(HasSubstr("secret")));
  EXPECT_FALSE(client_->send({.url = "http://127.0.0.1:1/", .headers = {{"authorization", "secret"}}}));
  EXPECT_THAT(client_->send({.url = url("/b")})->body, Not(HasSubstr("secret")));
}

TEST_F(ClientTest, ReturnsARedirectInsteadOfFollowingIt) {
  const auto response = client_->send({.url = url("/moved")});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->headers.at("location"), "/elsewhere");
}

TEST_F(ClientTest, CutsALongAnswerOff) {
  EXPECT_TRUE(client_->send({.url = url("/large"), .body_bytes_max = 100000}));
  const auto cut = client_->send({.url = url("/large"), .body_bytes_max = 99999});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::invalid);
  EXPECT_THAT(cut.error().message, HasSubstr("99999"));
}

TEST_F(ClientTest, UsesNoProxyFromTheEnvironment) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  EXPECT_TRUE(client_->send({.url = url("/a")}));
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
}

TEST_F(ClientTest, ServesManyThreadsAtOnce) {
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int k = 0; k < 20; ++k) {
        const std::string path = "/" + std::to_string(i) + "-" + std::to_string(k);
        const auto response = client_->send({.url = url(path)});
        if (response && response->body.find("GET " + path + " ") == 0) ++right;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 80);
}

TEST(Client, GivesUpAtTheDeadlineWhenNobodyAnswers) {
  const RawServer silent(await_end);
  const auto start = std::chrono::steady_clock::now();
  const auto response = make_client()->send({.url = silent.url(), .deadline = 200ms});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::unavailable);
  EXPECT_THAT(response.error().message, HasSubstr("in time"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
}

TEST(Client, SharesNoConnectionWhereAFreshOneIsAskedFor) {
  for (const auto connection : {Outgoing::Connection::kept, Outgoing::Connection::fresh}) {
    std::atomic<bool> came_again = false;
    {
      const RawServer server([&came_again](int socket) {
        receive(socket);
        transmit(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        came_again = !receive(socket).empty();
      });
      const auto client = make_client();
      for (int i = 0; i < 2; ++i)
        (void)client->send({.url = server.url(), .deadline = 300ms, .connection = connection});
    }
    EXPECT_EQ(came_again, connection == Outgoing::Connection::kept);
  }
}

TEST(Client, ShowsNoCertificateWhereThereIsNone) {
  const RawServer server([](int socket) {
    receive(socket);
    transmit(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  bool was_called = false;
  ASSERT_TRUE(make_client()->send(
      {.url = server.url(), .on_certificate = [&was_called](std::string_view) { was_called = true; }}));
  EXPECT_FALSE(was_called);
}

TEST(Client, SaysWhenNobodyIsThere) {
  const auto tcp = make_client()->send({.url = "http://127.0.0.1:1/secret-path"});
  ASSERT_FALSE(tcp);
  EXPECT_EQ(tcp.error().code, ErrorCode::unavailable);
  EXPECT_THAT(tcp.error().message, HasSubstr("127.0.0.1 could not be reached"));
  EXPECT_THAT(tcp.error().message, Not(HasSubstr("secret-path")));
  const auto local = make_client()->send({.url = "http://localhost/", .unix_socket = "/nonexistent/socket"});
  ASSERT_FALSE(local);
  EXPECT_EQ(local.error().code, ErrorCode::unavailable);
  EXPECT_THAT(local.error().message, HasSubstr("/nonexistent/socket"));
}

TEST(Client, JoinsHeadersThatStandTwiceAndDropsInterimOnesAndTrailers) {
  const auto response = answer_to(
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nX-A:  1 \r\nx-a: "
      "2\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\nhi\r\n0\r\nX-A: trailer\r\n\r\n");
  ASSERT_TRUE(response) << response.error().message << response.error().detail;
  EXPECT_EQ(response->headers.at("x-a"), "1, 2");
  EXPECT_FALSE(response->headers.contains("link"));
  EXPECT_EQ(response->body, "hi");
}

TEST(Client, RefusesAnswersThatAreNotHttp) {
  for (const char* bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n", "hello, this is HTTP/0.9", "\x15\x03\x01\x02\x02\x02\x16\r\n"}) {
    const auto response = answer_to(bytes);
    ASSERT_FALSE(response) << bytes;
    EXPECT_EQ(response.error().code, ErrorCode::invalid) << bytes << response.error().detail;
  }
  EXPECT_EQ(answer_to("").error().code, ErrorCode::unavailable);
  EXPECT_EQ(answer_to("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").error().code,
            ErrorCode::unavailable);
}

TEST(Client, CutsALongHeaderOff) {
  std::string fields;
  for (int i = 0; i < 70; ++i) fields += "X-" + std::to_string(i) + ": " + std::string(1000, 'a') + "\r\n";
  const auto response = answer_to("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 0\r\n\r\n");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::invalid);
  EXPECT_THAT(response.error().message, HasSubstr("header longer than"));
}

TEST(Client, RefusesRequestsThatItShouldNotSend) {
  const auto refused = [](Outgoing request) {
    if (request.url.empty()) request.url = "http://127.0.0.1:1/";
    const auto response = make_client()->send(request);
    return !response && response.error().code == ErrorCode::invalid;
  };
  for (const char* url :
       {"localhost/", "ftp://localhost/", "file:///etc/passwd", "gopher://localhost/", "/a", "http://",
        "http://a b/", "http://user:word@localhost/", "http://localhost/\r\nX: y", "http://localhost:99999/"})
    EXPECT_TRUE(refused({.url = url})) << url;
  EXPECT_TRUE(refused({.headers = {{"x-a", "1\r\nx-b: 2"}}}));
  EXPECT_TRUE(refused({.headers = {{"x a", "1"}}}));
  EXPECT_TRUE(refused({.headers = {{"Content-Length", "1"}}}));
  EXPECT_TRUE(refused({.headers = {{"transfer-encoding", "chunked"}}}));
  EXPECT_TRUE(refused({.headers = {{"x-a", std::string(70000, 'a')}}}));
  EXPECT_TRUE(refused({.method = "GE T"}));
  EXPECT_TRUE(refused({.method = "GET", .body = "x"}));
  EXPECT_TRUE(refused({.deadline = 0ms}));
  EXPECT_TRUE(refused({.connect_deadline = -1ms}));
}

/// A TLS server with a certificate that nobody vouches for.
void serve_tls(int socket, std::atomic<bool>& shook_hands) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("127.0.0.1"),
                             -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                  &SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), key.get());
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(tls.get(), socket);
  shook_hands = SSL_accept(tls.get()) == 1;
}

TEST(Client, TalksToNobodyWhoseCertificateIsNotVouchedFor) {
  std::atomic<bool> shook_hands = false;
  {
    const RawServer server([&shook_hands](int socket) { serve_tls(socket, shook_hands); });
    const auto response = make_client()->send({.url = server.url("https")});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::unavailable);
    EXPECT_THAT(response.error().message, HasSubstr("certificate"));
  }
  EXPECT_FALSE(shook_hands);
}

TEST(Client, SaysWhenTheOtherSideSpeaksNoTls) {
  const RawServer server([](int socket) { transmit(socket, "HTTP/1.1 400 Bad Request\r\n\r\n"); });
  const auto response = make_client()->send({.url = server.url("https")});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::unavailable);
  EXPECT_THAT(response.error().message, HasSubstr("TLS"));
}

TEST(Encoding, LeavesOnlyUnreservedCharactersAsTheyAre) {
  EXPECT_EQ(percent_encoded("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encoded("a b/c?d=e&f+g%\xc3\xa4"), "a%20b%2Fc%3Fd%3De%26f%2Bg%25%C3%A4");
  EXPECT_EQ(form_encoded({{"b", "1&2"}, {"a", ""}, {"b c", "="}}), "b=1%262&a=&b%20c=%3D");
  EXPECT_EQ(form_encoded({}), "");
}

}  // namespace
}  // namespace postern::http
