#include "http/client.h"

#include <curl/curl.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

#include "base/pipe_signal.h"
#include "base/secret.h"
#include "http/text.h"

namespace postern::http {
namespace {

/// Of one answer, interim answers and trailers included.
constexpr std::size_t header_bytes_max = 64U << 10U;
constexpr std::size_t request_header_bytes_max = 64U << 10U;
constexpr long certificate_checks_name = 2;  // CURLOPT_SSL_VERIFYHOST counts: 0 no, 2 yes

/// This thread's handle, which keeps connections and TLS sessions, and between uses nothing of a request.
class Handle {
 public:
  Handle() : easy_(curl_easy_init()) {}
  ~Handle() {
    const PipeSignalHeldBack held_back;  // closing says goodbye over TLS
    curl_easy_cleanup(easy_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  static CURL* of_this_thread() {
    static thread_local const Handle handle;
    return handle.easy_;
  }

 private:
  CURL* easy_;
};

/// Makes the handle forget URL, headers and body when the exchange is over, however it ends.
class Exchange {
 public:
  explicit Exchange(CURL* easy) : easy_(easy) {}
  ~Exchange() {
    if (easy_ != nullptr) curl_easy_reset(easy_);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

 private:
  CURL* easy_;
};

/// Header lines for libcurl, wiped afterwards: one of them is often a credential.
class HeaderList {
 public:
  HeaderList() = default;
  ~HeaderList() {
    for (const curl_slist* line = list_; line != nullptr; line = line->next)
      wipe(line->data, std::strlen(line->data));
    curl_slist_free_all(list_);
  }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  /// False when memory ran out.
  bool add(std::string line) {
    curl_slist* longer = curl_slist_append(list_, line.c_str());
    wipe(line);
    if (longer == nullptr) return false;
    list_ = longer;
    return true;
  }
  [[nodiscard]] curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

/// The certificate of the server that `easy` is talking to, as DER; "" over http.
std::string server_certificate(CURL* easy) {
  curl_tlssessioninfo* session = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == nullptr ||
      session->backend != CURLSSLBACKEND_OPENSSL || session->internals == nullptr)
    return "";
  const X509* const certificate = SSL_get0_peer_certificate(static_cast<const SSL*>(session->internals));
  unsigned char* der = nullptr;
  const int size = certificate == nullptr ? 0 : i2d_X509(certificate, &der);
  if (size <= 0) return "";
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

/// What arrives, kept within its limits.
class Answer {
 public:
  Answer(CURL* easy, const Outgoing& request)
      : easy_(easy), request_(request), body_bytes_max_(request.body_bytes_max) {}

  // noexcept: an exception must not travel through libcurl's C frames.
  static std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* self) noexcept {
    return static_cast<Answer*>(self)->take_header({bytes, size}) ? size : 0;
  }
  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) noexcept {
    return static_cast<Answer*>(self)->take_body({bytes, size}) ? size : 0;
  }

  /// Which limit it broke; "" for none.
  [[nodiscard]] const std::string& broken_limit() const { return broken_limit_; }
  Response take() { return std::move(response_); }

 private:
  bool take_header(std::string_view line) {
    if (header_bytes_ == 0) report_certificate();
    header_bytes_ += line.size();
    if (header_bytes_ > header_bytes_max) {
      broken_limit_ = "a header longer than " + std::to_string(header_bytes_max) + " bytes";
      return false;
    }
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    if (line.substr(0, 5) == "HTTP/" && !header_done_) {
      response_.headers.clear();  // the one before was interim (1xx)
      in_header_ = true;
    } else if (line.empty()) {
      in_header_ = false;
    } else if (in_header_) {
      take_field(line);
    }  // else a trailer, which must not change what the header said
    return true;
  }

  /// Here, because libcurl gives the TLS session away only while the exchange is going on.
  void report_certificate() {
    if (!request_.on_certificate) return;
    const std::string der = server_certificate(easy_);
    if (!der.empty()) request_.on_certificate(der);
  }

  void take_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    std::string name = lower_case(line.substr(0, colon));
    if (!is_token(name)) return;
    const auto [at, is_new] = response_.headers.emplace(std::move(name), value);
    if (!is_new) at->second.append(", ").append(value);
  }

  bool take_body(std::string_view bytes) {
    header_done_ = true;
    in_header_ = false;
    if (bytes.size() > body_bytes_max_ - response_.body.size()) {
      broken_limit_ = "more than " + std::to_string(body_bytes_max_) + " bytes";
      return false;
    }
    response_.body.append(bytes);
    return true;
  }

  CURL* const easy_;
  const Outgoing& request_;
  const std::size_t body_bytes_max_;
  std::size_t header_bytes_ = 0;
  bool in_header_ = false;
  bool header_done_ = false;
  std::string broken_limit_;
  Response response_;
};

tl::unexpected<Error> invalid(std::string message) { return fail(ErrorCode::invalid, std::move(message)); }

/// The host of an absolute http or https URL, for messages.
Result<std::string> host_of(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  const auto part = [&parsed](CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, 0) != CURLUE_OK) return std::string();
    const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
    return std::string(text);
  };
  if (!parsed || url.find('\0') != std::string::npos ||
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return invalid("The URL is malformed. Give an absolute http or https URL.");
  if (const std::string scheme = part(CURLUPART_SCHEME); scheme != "http" && scheme != "https")
    return invalid("The URL is neither http nor https. Give an absolute http or https URL.");
  if (!part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty())
    return invalid("The URL holds a user name or password. Send credentials in a header.");
  return part(CURLUPART_HOST);
}

Result<void> check_outgoing(const Outgoing& request) {
  if (!is_token(request.method) || request.method.size() > 16)
    return invalid("The request's method is malformed.");
  if (!request.body.empty() && (request.method == "GET" || request.method == "HEAD"))
    return invalid(request.method + " requests have no body.");
  // Zero means "for ever" to libcurl.
  if (request.connect_deadline.count() <= 0 || request.deadline.count() <= 0)
    return invalid("The request's deadline must be longer than nothing.");
  if (request.unix_socket.find('\0') != std::string::npos)
    return invalid("The path of the Unix socket is malformed.");
  static constexpr std::array<std::string_view, 4> ours = {"content-length", "transfer-encoding",
                                                           "connection", "expect"};
  std::size_t size = 0;
  for (const auto& [name, value] : request.headers) {
    size += name.size() + value.size();
    if (!is_token(name) || !is_field_value(value))
      return invalid("A header field of the request is malformed.");
    if (std::find(ours.begin(), ours.end(), lower_case(name)) != ours.end())
      return invalid("The header field " + name + " is set by the client itself.");
  }
  if (size > request_header_bytes_max)
    return invalid("The request's header is longer than " + std::to_string(request_header_bytes_max) +
                   " bytes.");
  return {};
}

bool fill(HeaderList& list, const Outgoing& request) {
  // libcurl adds these three by itself: waiting for "100 Continue" costs a second, and the types would be
  // guesses.
  bool added = list.add("Expect:");
  if (!request.headers.contains("content-type")) added = list.add("Content-Type:") && added;
  if (!request.headers.contains("accept")) added = list.add("Accept:") && added;
  for (const auto& [name, value] : request.headers)
    added = list.add(value.empty() ? name + ";" : name + ": " + value) && added;
  return added;
}

/// Sets every option that makes the exchange what client.h promises; false when libcurl does not know one.
bool set_up_safety(CURL* easy) {
  bool known = true;
  const auto set = [easy, &known](CURLoption option, auto value) {
    known = curl_easy_setopt(easy, option, value) == CURLE_OK && known;
  };
  set(CURLOPT_NOSIGNAL, 1L);
  // Without it libcurl waits for its resolver's thread after the deadline, as long as a hanging name server
  // pleases. The thread then ends by itself.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOPROXY, "*");  // whatever the environment says
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, certificate_checks_name);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_PATH_AS_IS, 1L);  // a signed URL must arrive as it was signed
  set(CURLOPT_TCP_NODELAY, 1L);
  return known;
}

bool set_up_request(CURL* easy, const Outgoing& request) {
  bool taken = true;
  const auto set = [easy, &taken](CURLoption option, auto value) {
    taken = curl_easy_setopt(easy, option, value) == CURLE_OK && taken;
  };
  set(CURLOPT_URL, request.url.c_str());
  if (!request.unix_socket.empty()) set(CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_deadline.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.deadline.count()));
  if (request.connection == Outgoing::Connection::fresh) {
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  }
  const bool bodiless = request.method == "GET" || (request.method == "DELETE" && request.body.empty());
  if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (!bodiless) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.data());  // not copied
  }
  if (request.method != "HEAD") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  return taken;
}

Error failure_of(CURLcode code, const std::string& place, const char* words) {
  const std::string detail = words[0] != '\0' ? words : curl_easy_strerror(code);
  const auto error = [&detail](ErrorCode kind, std::string message) {
    return Error{.code = kind, .message = std::move(message), .detail = detail};
  };
  switch (code) {
    case CURLE_URL_MALFORMAT:
      return error(ErrorCode::invalid, "The URL is malformed. Give an absolute http or https URL.");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return error(ErrorCode::invalid, "What " + place + " answered is not HTTP. Check address and port.");
    case CURLE_OPERATION_TIMEDOUT:
      return error(ErrorCode::unavailable, place + " did not answer in time. Try again.");
    case CURLE_COULDNT_RESOLVE_HOST:
      return error(ErrorCode::unavailable,
                   "The name " + place + " could not be resolved. Check the name and DNS.");
    case CURLE_COULDNT_CONNECT:
      return error(
          ErrorCode::unavailable,
          place + " could not be reached. Check that it runs and that the network lets you through.");
    case CURLE_PEER_FAILED_VERIFICATION:
      return error(ErrorCode::unavailable,
                   "The TLS certificate of " + place +
                       " is not valid for it. Check the name, the certificate and the clock.");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return error(ErrorCode::unavailable,
                   "No TLS connection to " + place + " could be made. It must offer TLS 1.2 or newer.");
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
      return error(ErrorCode::internal, "The request could not be made. Look into the log.");
    default:  // several dozen codes, most of which cannot happen over HTTP
      return error(ErrorCode::unavailable, "The connection to " + place + " broke. Try again.");
  }
}

class CurlClient final : public Client {
 public:
  explicit CurlClient(std::string authorities) : authorities_(std::move(authorities)) {}

  Result<Response> send(const Outgoing& request) override {
    TRY(check_outgoing(request));
    const std::string host = TRY(host_of(request.url));
    const std::string& place = request.unix_socket.empty() ? host : request.unix_socket;
    CURL* const easy = Handle::of_this_thread();
    HeaderList headers;
    Answer answer(easy, request);
    std::array<char, CURL_ERROR_SIZE> words{};
    const Exchange exchange(easy);
    if (easy == nullptr || !fill(headers, request) || !set_up_safety(easy) || !set_up_request(easy, request))
      return tl::unexpected(failure_of(CURLE_FAILED_INIT, place, words.data()));
    if (!authorities_.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, authorities_.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words.data());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Answer::on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &answer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Answer::on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    const CURLcode code = perform(easy);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (!answer.broken_limit().empty())
      return invalid("The answer of " + place + " has " + answer.broken_limit() + " and was cut off.");
    if (code != CURLE_OK) return tl::unexpected(failure_of(code, place, words.data()));
    Response response = answer.take();
    response.status = static_cast<int>(status);
    return response;
  }

 private:
  static CURLcode perform(CURL* easy) {
    const PipeSignalHeldBack held_back;
    return curl_easy_perform(easy);
  }

  const std::string authorities_;
};

}  // namespace

std::unique_ptr<Client> make_client(std::string authorities) {
  static std::once_flag once;
  std::call_once(once, [] { ENSURE(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
  return std::make_unique<CurlClient>(std::move(authorities));
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_alphanumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      encoded.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded.append({'%', digits[byte >> 4U], digits[byte & 15U]});
    }
  }
  return encoded;
}

std::string form_encoded(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string encoded;
  for (const auto& [name, value] : fields) {
    if (!encoded.empty()) encoded.push_back('&');
    encoded.append(percent_encoded(name)).append("=").append(percent_encoded(value));
  }
  return encoded;
}

}  // namespace postern::http
