#include "notify/smtp.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/deadline.h"
#include "base/pipe_signal.h"
#include "http/text.h"
#include "notify/mail.h"
#include "notify/sender_parts.h"

namespace postern::notify {
namespace {

constexpr long certificate_checks_name = 2;  // CURLOPT_SSL_VERIFYHOST counts: 0 no, 2 yes
constexpr std::size_t said_bytes_max = 160;
constexpr std::size_t replies_bytes_max = 64U << 10U;
/// The goodbye may take so much of the time after the message itself has used up its own.
constexpr milliseconds for_goodbye{1000};

/// Where the relay is, and how to talk to it.
struct Relay {
  std::string url;
  std::string host = {};
  bool in_the_clear = false;
};

Result<Relay> relay_of(const catalog::Channel& channel) {
  Relay relay{.url = text_setting(channel, "url")};
  relay.host = host_of(relay.url);
  const bool has_tls = relay.url.starts_with("smtps://");
  if (relay.host.empty() || (!has_tls && !relay.url.starts_with("smtp://")))
    return fail(ErrorCode::invalid,
                "The channel's url is not smtp:// or smtps://. Correct it in the catalog.");
  relay.in_the_clear = !has_tls && is_loopback(relay.host);
  return relay;
}

/// What we say and hear in one exchange. libcurl calls it from C, so nothing may be thrown.
class Conversation {
 public:
  Conversation(std::string_view mail, const Deadline& deadline) : left_(mail), deadline_(deadline) {}

  static std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self) noexcept {
    return static_cast<Conversation*>(self)->give(out, size * count);
  }
  static std::size_t on_reply(char* bytes, std::size_t size, std::size_t count, void* self) noexcept {
    return static_cast<Conversation*>(self)->hear({bytes, size * count}) ? size * count : 0;
  }
  /// Not 0 ends the exchange: libcurl's own time limit does not hold for the goodbye.
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
    return static_cast<const Conversation*>(self)->deadline_.is_over() ? 1 : 0;
  }

  /// The last reply but the answer to our goodbye: "550 5.1.1 unknown". "" for none.
  [[nodiscard]] const std::string& last_reply() const { return last_reply_; }

 private:
  std::size_t give(char* out, std::size_t room) {
    const std::size_t size = std::min(room, left_.size());
    std::memcpy(out, left_.data(), size);
    left_.remove_prefix(size);
    return size;
  }
  bool hear(std::string_view line) {
    heard_ += line.size();
    if (heard_ > replies_bytes_max) return false;
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() >= 3 && !line.starts_with("221")) last_reply_ = line.substr(0, said_bytes_max);
    return true;
  }

  std::string_view left_;
  const Deadline& deadline_;
  std::size_t heard_ = 0;
  std::string last_reply_;
};

/// One use of libcurl.
class Exchange {
 public:
  Exchange() : easy_(curl_easy_init()) { known_ = easy_ != nullptr; }
  ~Exchange() {
    const PipeSignalHeldBack held_back;  // closing says goodbye over TLS
    curl_easy_cleanup(easy_);
    curl_slist_free_all(recipients_);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  template <class T>
  void set(CURLoption option, T value) {
    known_ = known_ && curl_easy_setopt(easy_, option, value) == CURLE_OK;
  }
  void add_recipient(const std::string& address) {
    curl_slist* longer = curl_slist_append(recipients_, address.c_str());
    known_ = known_ && longer != nullptr;
    if (longer != nullptr) recipients_ = longer;
    set(CURLOPT_MAIL_RCPT, recipients_);
  }
  /// CURLE_FAILED_INIT when an option was not taken: then nothing was sent.
  CURLcode perform() {
    const PipeSignalHeldBack held_back;
    return known_ ? curl_easy_perform(easy_) : CURLE_FAILED_INIT;
  }

 private:
  CURL* easy_;
  curl_slist* recipients_ = nullptr;
  bool known_ = false;
};

void set_up_safety(Exchange& exchange, const Relay& relay, const std::string& authorities) {
  exchange.set(CURLOPT_NOSIGNAL, 1L);
  exchange.set(CURLOPT_QUICK_EXIT, 1L);  // a hanging name server's thread ends by itself
  exchange.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  exchange.set(CURLOPT_NOPROXY, "*");  // whatever the environment says
  exchange.set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  exchange.set(CURLOPT_USE_SSL, static_cast<long>(relay.in_the_clear ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  exchange.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  exchange.set(CURLOPT_SSL_VERIFYPEER, 1L);
  exchange.set(CURLOPT_SSL_VERIFYHOST, certificate_checks_name);
  exchange.set(CURLOPT_FORBID_REUSE, 1L);  // else the goodbye would come later, outside of every time limit
  if (!authorities.empty()) exchange.set(CURLOPT_CAINFO, authorities.c_str());
}

void set_up_conversation(Exchange& exchange, Conversation& conversation, std::size_t mail_bytes,
                         const Deadline& deadline) {
  const milliseconds for_message = std::max(deadline.left() - for_goodbye, milliseconds(1));
  exchange.set(CURLOPT_TIMEOUT_MS, static_cast<long>(for_message.count()));
  exchange.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(for_message.count()));
  exchange.set(CURLOPT_UPLOAD, 1L);
  exchange.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail_bytes));
  exchange.set(CURLOPT_READFUNCTION, &Conversation::on_read);
  exchange.set(CURLOPT_READDATA, &conversation);
  exchange.set(CURLOPT_HEADERFUNCTION, &Conversation::on_reply);
  exchange.set(CURLOPT_HEADERDATA, &conversation);
  exchange.set(CURLOPT_WRITEFUNCTION, &Conversation::on_reply);
  exchange.set(CURLOPT_WRITEDATA, &conversation);
  exchange.set(CURLOPT_XFERINFOFUNCTION, &Conversation::on_progress);
  exchange.set(CURLOPT_XFERINFODATA, &conversation);
  exchange.set(CURLOPT_NOPROGRESS, 0L);
}

tl::unexpected<Error> passing(std::string message) {
  return fail(ErrorCode::unavailable, std::move(message));
}

/// What the server's last word means, when there is one that ends an exchange.
Result<void> judged(std::string_view reply, const std::string& host) {
  const std::string said = on_one_line(reply, said_bytes_max);
  const std::string_view code = reply.substr(0, 3);
  const bool mailbox_is_full =
      code == "552" || code == "452" || (code.starts_with('5') && reply.substr(3).starts_with(" 5.2.2"));
  // Of this recipient alone, so that the channel is not at fault for it.
  if (mailbox_is_full || code == "450")
    return fail(
        ErrorCode::exhausted,
        fmt::format("{} does not take mail for this recipient now: {}. Wait and try again.", host, said));
  if (code.starts_with('4'))
    return passing(fmt::format("{} does not take the mail now: {}. Wait and try again.", host, said));
  if (code.starts_with('5'))
    return fail(ErrorCode::conflict,
                fmt::format("{} refused the mail: {}. Check the address and the channel.", host, said));
  return passing(fmt::format("The connection to {} broke. Try again.", host));
}

Result<void> outcome_of(CURLcode code, const std::string& reply, const std::string& host) {
  switch (code) {
    case CURLE_OK:
      return {};
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_ABORTED_BY_CALLBACK:
      return passing(host + " did not answer in time. Try again.");
    case CURLE_COULDNT_RESOLVE_HOST:
      return passing("The name " + host + " could not be resolved. Check the name and DNS.");
    case CURLE_COULDNT_CONNECT:
      return passing(host +
                     " could not be reached. Check that it runs and that the network lets you through.");
    case CURLE_USE_SSL_FAILED:
      return passing(host + " offers no TLS, and mail is not sent in the clear. Check address and port.");
    case CURLE_PEER_FAILED_VERIFICATION:
      return passing("The TLS certificate of " + host +
                     " is not valid for it. Check the name, the certificate and the clock.");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return passing("No TLS connection to " + host + " could be made. It must offer TLS 1.2 or newer.");
    case CURLE_FAILED_INIT:
    case CURLE_OUT_OF_MEMORY:
      return fail(ErrorCode::internal, "The mail could not be sent. Look into the log.");
    default:  // several dozen codes, which the server's last reply explains better
      return judged(reply, host);
  }
}

class Smtp final : public Sender {
 public:
  Smtp(catalog::Channel channel, const World& world, milliseconds deadline)
      : channel_(std::move(channel)), world_(world), deadline_(deadline) {
    static const CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
    ENSURE(begun == CURLE_OK);
  }

  Result<void> send(const Message& message) override {
    const Relay relay = TRY(relay_of(channel_));
    if (message.to.size() != 1) return fail(ErrorCode::invalid, "A mail is for exactly one person.");
    const std::string from = text_setting(channel_, "from");
    const std::string mail = TRY(mail_for(message, message.to.front(), from));
    const Deadline deadline(world_.clock, deadline_);
    Exchange exchange;
    TRY(log_in(exchange));
    set_up_safety(exchange, relay, world_.authorities);
    Conversation conversation(mail, deadline);
    set_up_conversation(exchange, conversation, mail.size(), deadline);
    exchange.set(CURLOPT_URL, relay.url.c_str());
    exchange.set(CURLOPT_MAIL_FROM, from.c_str());
    exchange.add_recipient(message.to.front().email);
    const CURLcode code = exchange.perform();
    return outcome_of(code, conversation.last_reply(), relay.host);
  }

 private:
  Result<void> log_in(Exchange& exchange) const {
    const std::string username = text_setting(channel_, "username");
    if (username.empty()) return {};
    const Secret password = TRY(required_secret(channel_, "password", world_));
    exchange.set(CURLOPT_USERNAME, username.c_str());
    exchange.set(CURLOPT_PASSWORD, Password(password).text());
    return {};
  }

  /// A password with the NUL that C asks for, wiped afterwards.
  class Password {
   public:
    explicit Password(const Secret& secret) : text_(secret.reveal()) {}
    ~Password() { wipe(text_); }
    Password(const Password&) = delete;
    Password& operator=(const Password&) = delete;
    [[nodiscard]] const char* text() const { return text_.c_str(); }

   private:
    std::string text_;
  };

  const catalog::Channel channel_;
  const World world_;
  const milliseconds deadline_;
};

}  // namespace

std::unique_ptr<Sender> make_smtp(const catalog::Channel& channel, const World& world,
                                  milliseconds deadline) {
  return std::make_unique<Smtp>(channel, world, deadline);
}

}  // namespace postern::notify
