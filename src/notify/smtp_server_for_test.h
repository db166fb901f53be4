#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/pipe_signal.h"

namespace postern::notify::for_test {

/// A key and the certificate that it has signed itself, for one name.
struct Identity {
  explicit Identity(const std::string& name)
      : key(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate(X509_new(), X509_free) {
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>("mail"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    X509_set_pubkey(certificate.get(), key.get());
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str()),
        X509_EXTENSION_free);
    X509_add_ext(certificate.get(), names.get(), -1);
    EXPECT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  }
  /// Writes the certificate where a client takes it as an authority.
  void write_to(const std::string& file) const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new_file(file.c_str(), "w"), BIO_free);
    EXPECT_EQ(PEM_write_bio_X509(out.get(), certificate.get()), 1);
  }
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key;
  std::unique_ptr<X509, decltype(&X509_free)> certificate;
};

/// What an SmtpServer does. Replies are by verb ("RCPT"), with "greeting" for the first, "mail" for the end
/// of DATA and "hang" for none at all; what is not named goes well.
struct SmtpScript {
  std::map<std::string, std::string> replies = {};
  const Identity* starttls = nullptr;  ///< offers it with that certificate
  const Identity* tls = nullptr;       ///< speaks TLS from the beginning
  bool offers_login = false;
};

/// A mail server on a free port of loopback that knows one connection after the other. It keeps what it was
/// told: every line, and the text of mails.
class SmtpServer {
 public:
  explicit SmtpServer(SmtpScript script)
      : script_(std::move(script)), listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listening_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(::listen(listening_, 4), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~SmtpServer() {
    stop();
    ::close(listening_);
  }
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;
  [[nodiscard]] std::string port() const { return std::to_string(port_); }

  /// What it was told, when the conversation is over.
  std::vector<std::string> lines() {
    stop();
    return lines_;
  }
  /// The mails that it took over, with CRLF and without what SMTP adds for dots.
  std::vector<std::string> mails() {
    stop();
    return mails_;
  }
  bool was_told(const std::string& beginning) {
    for (const std::string& each : lines())
      if (each.starts_with(beginning)) return true;
    return false;
  }

 private:
  void stop() {
    is_over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] bool await(int descriptor) const {
    for (int i = 0; i < 1000 && (!is_over_ || i < 10); ++i) {
      pollfd waiting{descriptor, POLLIN, 0};
      if (::poll(&waiting, 1, 20) == 1) return true;
    }
    return false;
  }
  void serve() {
    const PipeSignalHeldBack held_back;
    while (await(listening_)) {
      peer_ = ::accept(listening_, nullptr, nullptr);
      if (peer_ < 0) return;
      if (script_.tls == nullptr || shake_hands(*script_.tls)) converse();
      tls_.reset();
      pending_.clear();
      ::close(peer_);
    }
  }
  bool shake_hands(const Identity& identity) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                    SSL_CTX_free);
    SSL_CTX_use_certificate(context.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
    tls_.reset(SSL_new(context.get()));
    SSL_set_fd(tls_.get(), peer_);
    return SSL_accept(tls_.get()) == 1;
  }
  bool say(const std::string& text) {
    if (text == "hang") {
      while (!is_over_) ::poll(nullptr, 0, 20);
      return false;
    }
    const std::string line = text + "\r\n";
    if (tls_ != nullptr) return SSL_write(tls_.get(), line.data(), static_cast<int>(line.size())) > 0;
    return ::send(peer_, line.data(), line.size(), MSG_NOSIGNAL) > 0;
  }
  bool hear(std::string& line) {
    std::size_t end = 0;
    while ((end = pending_.find("\r\n")) == std::string::npos) {
      std::array<char, 4096> bytes{};
      if ((tls_ == nullptr || SSL_pending(tls_.get()) == 0) && !await(peer_)) return false;
      const auto got = tls_ != nullptr ? SSL_read(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                       : static_cast<int>(::recv(peer_, bytes.data(), bytes.size(), 0));
      if (got <= 0) return false;
      pending_.append(bytes.data(), static_cast<std::size_t>(got));
    }
    line = pending_.substr(0, end);
    pending_.erase(0, end + 2);
    return true;
  }
  std::string reply(const std::string& verb, const std::string& otherwise) const {
    const auto found = script_.replies.find(verb);
    return found == script_.replies.end() ? otherwise : found->second;
  }
  void converse() {
    if (!say(reply("greeting", "220 test ESMTP"))) return;
    std::string line;
    while (hear(line)) {
      lines_.push_back(line);
      const std::string verb = line.substr(0, 4);
      bool goes_on = true;
      if (verb == "EHLO") {
        goes_on = say(greeting_of_ehlo());
      } else if (verb == "STAR") {
        goes_on = say(reply("STARTTLS", "220 go ahead")) && shake_hands(*script_.starttls);
      } else if (verb == "AUTH") {
        goes_on = say("334 ") && hear(line) && say(reply("AUTH", "235 welcome"));
      } else if (verb == "DATA") {
        const std::string go_ahead = reply("DATA", "354 go ahead");
        goes_on = say(go_ahead) &&
                  (!go_ahead.starts_with("354") || (take_mail() && say(reply("mail", "250 taken"))));
      } else {
        goes_on = say(reply(verb, verb == "QUIT" ? "221 bye" : "250 fine"));
      }
      if (!goes_on || verb == "QUIT") return;
    }
  }
  [[nodiscard]] std::string greeting_of_ehlo() const {
    std::string text = "250-test\r\n";
    if (script_.starttls != nullptr && tls_ == nullptr) text += "250-STARTTLS\r\n";
    if (script_.offers_login) text += "250-AUTH PLAIN\r\n";
    return text + "250 SIZE 1000000";
  }
  bool take_mail() {
    std::string mail;
    std::string line;
    while (hear(line)) {
      if (line == ".") {
        mails_.push_back(mail);
        return true;
      }
      mail += (line.starts_with("..") ? line.substr(1) : line) + "\r\n";
    }
    return false;
  }

  const SmtpScript script_;
  int listening_;
  int port_ = 0;
  int peer_ = -1;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
  std::string pending_;
  std::vector<std::string> lines_;
  std::vector<std::string> mails_;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

}  // namespace postern::notify::for_test
