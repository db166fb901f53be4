#include "probe/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>

#include "probe/tcp.h"

namespace postern::probe {
namespace {

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* tls) const { SSL_free(tls); }
};

/// What a server may send before the handshake is over; OpenSSL's own limit for a chain is 100 KB.
constexpr std::size_t received_bytes_max = 256U << 10U;

tl::unexpected<Error> no_handshake(const std::string& why) {
  return fail(ErrorCode::unavailable, "accepts connections, but no TLS handshake came about: " + why);
}

/// One client's side of a handshake. OpenSSL reads and writes memory and never the socket, because it writes
/// without MSG_NOSIGNAL: a server that has gone would end the process.
class Handshake {
 public:
  Handshake(const Socket& socket, const Deadline& deadline) : socket_(socket), deadline_(deadline) {
    ERR_clear_error();
  }
  ~Handshake() { ERR_clear_error(); }  // what OpenSSL queued belongs to this handshake
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;

  bool prepare(const std::string& host, const std::string& authorities) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (context_ == nullptr || SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION) != 1)
      return false;
    const int trusting = authorities.empty() ? SSL_CTX_set_default_verify_paths(context_.get())
                                             : SSL_CTX_load_verify_file(context_.get(), authorities.c_str());
    tls_.reset(SSL_new(context_.get()));
    if (trusting != 1 || tls_ == nullptr) return false;
    SSL_set_verify(tls_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_set_connect_state(tls_.get());
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    ENSURE(in != nullptr && out != nullptr);
    SSL_set_bio(tls_.get(), in, out);  // owns both
    return expect(host);
  }

  Result<Greeting> run() {
    std::size_t received = 0;
    for (;;) {
      const int result = SSL_do_handshake(tls_.get());
      const int wants = SSL_get_error(tls_.get(), result);
      TRY(transmit());
      if (result == 1) return believed();
      if (wants != SSL_ERROR_WANT_READ) return refused();
      received += TRY(receive());
      if (received > received_bytes_max) return no_handshake("it sends more than a handshake needs");
    }
  }

 private:
  bool expect(const std::string& host) {
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(tls_.get());
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1)
      return true;  // no SNI for addresses (RFC 6066)
    ERR_clear_error();
    return SSL_set1_host(tls_.get(), host.c_str()) == 1 &&
           SSL_set_tlsext_host_name(tls_.get(), host.c_str()) == 1;
  }

  Result<void> transmit() {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(tls_.get()), &bytes);
    std::string_view left(bytes, size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!left.empty()) {
      if (!wait_for(socket_, POLLOUT, deadline_)) return no_handshake("no answer in time");
      const ssize_t sent = ::send(socket_.descriptor(), left.data(), left.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) continue;
      if (sent <= 0) return no_handshake("the connection broke");
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
    BIO_reset(SSL_get_wbio(tls_.get()));
    return {};
  }

  Result<std::size_t> receive() {
    if (!wait_for(socket_, POLLIN, deadline_)) return no_handshake("no answer in time");
    std::array<char, 16384> bytes{};
    const ssize_t size = ::recv(socket_.descriptor(), bytes.data(), bytes.size(), 0);
    if (size < 0 && errno == EAGAIN) return 0;
    if (size <= 0) return no_handshake("the connection broke");
    ENSURE(BIO_write(SSL_get_rbio(tls_.get()), bytes.data(), static_cast<int>(size)) == size);
    return static_cast<std::size_t>(size);
  }

  Result<Greeting> believed() {
    // Verified by the handshake already; asked again because everything hangs on it.
    const X509* const certificate = SSL_get0_peer_certificate(tls_.get());
    if (certificate == nullptr || SSL_get_verify_result(tls_.get()) != X509_V_OK) return refused();
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    ENSURE(size > 0);
    Greeting greeting{.certificate = Greeting::Certificate::believed,
                      .der = std::string(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)),
                      .protocol = SSL_get_version(tls_.get())};
    OPENSSL_free(der);
    return greeting;
  }

  Result<Greeting> refused() {
    const long verified = SSL_get_verify_result(tls_.get());
    if (verified == X509_V_OK) return no_handshake("it must offer TLS 1.2 or newer");
    using Certificate = Greeting::Certificate;
    return Greeting{.certificate = verified == X509_V_ERR_CERT_HAS_EXPIRED ? Certificate::expired
                                                                           : Certificate::not_believed,
                    .why = X509_verify_cert_error_string(verified)};
  }

  const Socket& socket_;
  const Deadline& deadline_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> tls_;
};

}  // namespace

Result<Greeting> greet(const std::string& host, int port, const Deadline& deadline,
                       const std::string& authorities) {
  const Socket socket = TRY(connect_to(host, port, deadline));
  Handshake handshake(socket, deadline);
  if (!handshake.prepare(host, authorities))
    return fail(ErrorCode::internal,
                "TLS could not be set up. Check the certificates that this host believes.");
  return handshake.run();
}

}  // namespace postern::probe
