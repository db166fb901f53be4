#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "probe/look_for_test.h"
#include "probe/look_servers_for_test.h"
#include "probe/tls.h"

// tcp and tls over real sockets, and what a slow server can do to any look.
namespace postern::probe {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(TcpLook, IsGoodWhereAPortAcceptsConnections) {
  World world;
  const TcpServer server(hang);
  EXPECT_EQ(world.look_really(catalog::TcpProbe{"127.0.0.1", server.port()}).sight, Sight::good);
  EXPECT_EQ(world.look_really(catalog::TcpProbe{"localhost", server.port()}).sight, Sight::good)
      << "another of its addresses refuses";
}

TEST(TcpLook, SaysWhyAPortCannotBeReached) {
  World world;
  const Observation seen = world.look_really(catalog::TcpProbe{"127.0.0.1", 1});
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_EQ(seen.detail, "does not accept connections: Connection refused");
}

TEST(TcpLook, GivesUpInTimeWhereNobodyAnswers) {
  // A queue of one that nobody takes from: Linux then leaves further connections without an answer.
  const int full = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(full, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(full, 0), 0);
  ASSERT_EQ(::getsockname(full, reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::vector<int> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    (void)::connect(waiting.back(), reinterpret_cast<sockaddr*>(&address), size);
  }
  World world;
  const Stopwatch watch;
  const Observation seen = world.look_really(catalog::TcpProbe{"127.0.0.1", ntohs(address.sin_port)}, 1s);
  EXPECT_EQ(seen.detail, "does not accept connections: no answer in time");
  EXPECT_LT(watch.passed(), 1500ms);
  for (const int each : waiting) ::close(each);
  ::close(full);
}

/// A certificate that is its own authority, for the names that it is given.
Signer with_names(const char* end, const std::string& names) {
  Signer signer = until("loopback", end);
  const auto* begin = reinterpret_cast<const unsigned char*>(signer.der.data());
  const std::unique_ptr<X509, decltype(&X509_free)> x509(
      d2i_X509(nullptr, &begin, static_cast<long>(signer.der.size())), X509_free);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()), X509_EXTENSION_free);
  X509_add_ext(x509.get(), extension.get(), -1);
  X509_sign(x509.get(), signer.key.get(), EVP_sha256());
  signer.der.resize(static_cast<std::size_t>(i2d_X509(x509.get(), nullptr)));
  auto* out = reinterpret_cast<unsigned char*>(signer.der.data());
  i2d_X509(x509.get(), &out);
  return signer;
}

/// A TLS server of that certificate and newest version, for HTTP too.
TcpServer::Serve speak_tls(const Signer& signer, int version = TLS1_3_VERSION) {
  return [signer, version](int peer, const TcpServer& server) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                    SSL_CTX_free);
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_use_certificate_ASN1(context.get(), static_cast<int>(signer.der.size()),
                                 reinterpret_cast<const unsigned char*>(signer.der.data()));
    SSL_CTX_use_PrivateKey(context.get(), signer.key.get());
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
    SSL_set_fd(tls.get(), peer);
    std::array<char, 4096> bytes{};
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    if (SSL_accept(tls.get()) == 1 && !server.is_over() &&
        SSL_read(tls.get(), bytes.data(), static_cast<int>(bytes.size())) > 0)
      SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
  };
}

class TlsLook : public testing::Test {
 protected:
  void SetUp() override { ::signal(SIGPIPE, SIG_IGN); }  // of the server's side, which OpenSSL writes for
  void TearDown() override {
    ::unsetenv("SSL_CERT_FILE");
    ::signal(SIGPIPE, SIG_DFL);
    std::filesystem::remove(file_);
  }
  void believe(const Signer& signer) {
    const auto* begin = reinterpret_cast<const unsigned char*>(signer.der.data());
    const std::unique_ptr<X509, decltype(&X509_free)> x509(
        d2i_X509(nullptr, &begin, static_cast<long>(signer.der.size())), X509_free);
    std::FILE* file = std::fopen(file_.c_str(), "w");
    ASSERT_NE(file, nullptr);
    PEM_write_X509(file, x509.get());
    std::fclose(file);
    ::setenv("SSL_CERT_FILE", file_.c_str(), 1);
  }
  Observation look(const TcpServer& server, const std::string& host = "127.0.0.1") {
    World world;
    return world.look_really(catalog::TlsProbe{host, server.port()}, 2s);
  }

  std::string file_ = testing::TempDir() + "postern-look-" + std::to_string(::getpid()) + ".pem";
};

TEST_F(TlsLook, IsGoodWithACertificateThatABrowserWouldBelieve) {
  const Signer signer = with_names("2060-01-01T00:00:00Z", "IP:127.0.0.1,DNS:localhost");
  believe(signer);
  const TcpServer server(speak_tls(signer));
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const Observation seen = look(server, host);
    EXPECT_EQ(seen.sight, Sight::good) << seen.detail;
    EXPECT_EQ(seen.detail, "shakes hands by TLSv1.3");
    EXPECT_THAT(warnings_of(seen), IsEmpty());
  }
}

TEST_F(TlsLook, WarnsBeforeTheCertificateExpires) {
  const Instant soon = RealClock().wall() + std::chrono::days(13);
  const Signer signer = with_names(to_rfc3339(soon).c_str(), "IP:127.0.0.1");
  believe(signer);
  const TcpServer server(speak_tls(signer, TLS1_2_VERSION));
  World world;
  const Outside outside{
      .client = world.network, .clock = world.clock, .aws_credentials = {}, .environment = {}, .secret = {}};
  const Observation seen = postern::probe::look(World::probe(catalog::TlsProbe{"127.0.0.1", server.port()}),
                                                world.catalog, outside, RealClock().wall());
  EXPECT_EQ(seen.detail, "shakes hands by TLSv1.2");
  EXPECT_THAT(warnings_of(seen),
              ElementsAre(Warns(Kind::expires, "The TLS certificate of 127.0.0.1 expires on ")));
  EXPECT_THAT(warnings_of(seen)[0].second, HasSubstr("in less than 14 days"));
}

TEST_F(TlsLook, IsBadWithACertificateThatIsNotToBeBelieved) {
  const Signer signer = with_names("2060-01-01T00:00:00Z", "IP:127.0.0.1");
  const Signer over = with_names("2021-01-01T00:00:00Z", "IP:127.0.0.1");
  const TcpServer server(speak_tls(signer));
  const TcpServer late(speak_tls(over));
  Observation seen = look(server);
  EXPECT_EQ(seen.sight, Sight::bad) << "nobody vouches for it";
  EXPECT_THAT(seen.detail, HasSubstr("not to be believed: self-signed certificate"));
  believe(signer);
  seen = look(server, "localhost");
  EXPECT_THAT(seen.detail, HasSubstr("hostname mismatch")) << "it is somebody else's";
  believe(over);
  seen = look(late);
  EXPECT_EQ(seen.detail, "its TLS certificate has expired");
  EXPECT_THAT(warnings_of(seen), ElementsAre(Warns(Kind::expired, "has expired")));
}

TEST_F(TlsLook, TellsAnHttpProbeThatTheCertificateHasExpired) {
  const Signer over = with_names("2021-01-01T00:00:00Z", "IP:127.0.0.1");
  const TcpServer late(speak_tls(over));
  believe(over);
  World world;
  const Observation seen = world.look_really(
      catalog::HttpProbe{"https://127.0.0.1:" + std::to_string(late.port()) + "/start"}, 2s);
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_EQ(seen.detail, "its TLS certificate has expired");
  EXPECT_THAT(warnings_of(seen),
              ElementsAre(Warns(Kind::expired, "The TLS certificate of 127.0.0.1 has expired.")));
}

TEST_F(TlsLook, IsBadWhereNoHandshakeComesAbout) {
  const Signer signer = with_names("2060-01-01T00:00:00Z", "IP:127.0.0.1");
  believe(signer);
  const TcpServer old(speak_tls(signer, TLS1_1_VERSION));
  EXPECT_THAT(look(old).detail, HasSubstr("TLS 1.2 or newer"));
  const TcpServer plain(
      [](int peer, const TcpServer&) { (void)::send(peer, "220 mail\r\n", 10, MSG_NOSIGNAL); });
  EXPECT_THAT(look(plain).detail, HasSubstr("no TLS handshake came about"));
  const TcpServer gone([](int, const TcpServer&) {});
  EXPECT_THAT(look(gone).detail, HasSubstr("the connection broke"));
  EXPECT_EQ(look(gone, "no-such-host.invalid").sight, Sight::bad);
}

TEST_F(TlsLook, GivesUpInTimeOnAServerThatHangsOrDrips) {
  // A record of TLS that says it is 16 KB long, byte by byte.
  for (const TcpServer::Serve& serve :
       {TcpServer::Serve(hang), drip(std::string("\x16\x03\x03\x40\x00\x02", 6) + std::string(100, '\0'))}) {
    const TcpServer server(serve);
    const Stopwatch watch;
    const Observation seen = look(server);
    EXPECT_THAT(seen.detail, HasSubstr("no answer in time"));
    EXPECT_LT(watch.passed(), 2500ms);
  }
}

TEST_F(TlsLook, TakesTheAuthoritiesOfAFileThatIsNamed) {
  const Signer signer = with_names("2060-01-01T00:00:00Z", "IP:127.0.0.1");
  believe(signer);
  ::unsetenv("SSL_CERT_FILE");
  const TcpServer server(speak_tls(signer));
  const RealClock clock;
  EXPECT_EQ(greet("127.0.0.1", server.port(), Deadline(clock, 2s), file_)->certificate,
            Greeting::Certificate::believed);
  EXPECT_EQ(greet("127.0.0.1", server.port(), Deadline(clock, 2s))->certificate,
            Greeting::Certificate::not_believed);
  EXPECT_EQ(greet("127.0.0.1", server.port(), Deadline(clock, 2s), "/nonexistent").error().code,
            ErrorCode::internal);
}

TEST_F(TlsLook, OfHttpSeesTheCertificateOverRealSockets) {
  const Signer signer =
      with_names(to_rfc3339(RealClock().wall() + std::chrono::days(3)).c_str(), "IP:127.0.0.1");
  believe(signer);
  const TcpServer server(speak_tls(signer));
  World world;
  const auto client = http::make_client(file_);
  world.client = client.get();
  const catalog::HttpProbe probe{.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/",
                                 .warn_before = {seconds(100LL * 365 * 86400)}};
  for (int i = 0; i < 2; ++i) {
    const Observation seen = world.look_really(probe);
    EXPECT_EQ(seen.sight, Sight::good) << seen.detail;
    EXPECT_THAT(warnings_of(seen),
                ElementsAre(Warns(Kind::expires, "The TLS certificate of 127.0.0.1 expires on ")))
        << i;
  }
}

const ProbeId idp = ProbeId::parse("idp").value();

/// Every kind that asks by HTTP, and would be answered by that server.
std::vector<decltype(catalog::Probe::check)> checks_of(const std::string& url) {
  return {catalog::HttpProbe{.url = url},
          catalog::SamlMetadataProbe{.url = url},
          catalog::CertificateProbe{.of = idp},
          catalog::SamlLoginProbe{.of = idp, .url = url, .username = "u", .password = {.name = "S"}},
          catalog::OidcDiscoveryProbe{url},
          catalog::IdentityCenterProbe{.portal = url, .region = "eu-west-1"},
          catalog::ScimGroupProbe{.url = url, .group = "g", .token = {.name = "S"}}};
}

TEST(SlowServer, HoldsNoLookLongerThanItsTimeOut) {
  const auto client = http::make_client();
  for (const TcpServer::Serve& serve :
       {TcpServer::Serve(hang), drip("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nxxxx")}) {
    const TcpServer server(serve);
    const std::string url = "http://" + server.address();
    std::vector<std::thread> looks;
    for (const decltype(catalog::Probe::check)& each : checks_of(url))
      looks.emplace_back([&client, &url, each] {
        World world;
        world.client = client.get();
        world.secrets["S"] = "s";
        EXPECT_EQ(world.have_idp(url), idp);
        const Stopwatch watch;
        const Observation seen = world.look_really(each, 1s);
        EXPECT_TRUE(seen.sight == Sight::bad || seen.sight == Sight::blind) << each.index();
        EXPECT_THAT(seen.detail, HasSubstr("in time")) << each.index();
        EXPECT_LT(watch.passed(), 1500ms) << each.index();
      });
    for (std::thread& each : looks) each.join();
  }
}

}  // namespace
}  // namespace postern::probe
