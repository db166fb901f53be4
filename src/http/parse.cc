#include "http/parse.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <exception>
#include <utility>

namespace postern::http {
namespace {

namespace beast = boost::beast;

/// A chunk of one byte takes six on the wire; whoever needs more than eight for one sends chunk extensions to
/// keep us busy.
constexpr std::size_t wire_bytes_per_body_byte = 8;
/// "0\r\n\r\n": no chunked body ends with less, so waiting for this much never waits in vain. (Beast 1.81
/// asserts it in the last chunk, and an assertion would stop the process.)
constexpr std::size_t chunk_bytes_min = 5;
/// Beast counts the length of a field in 16 bits.
constexpr std::size_t header_bytes_limit = 60U << 10U;

std::string text(beast::string_view view) { return {view.data(), view.size()}; }

/// What is wrong with the line ends of a header that may not be all there; "" if nothing. Beast unfolds the
/// second kind, and of the first waits for a proper end when the header comes in pieces.
std::string_view fault_of_lines(std::string_view head) {
  for (std::size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
    if (at == 0 || head[at - 1] != '\r') return "A line of the header does not end in CR LF.";
    // RFC 9112, section 5.2: a value that goes on in the next line is read in different ways by different
    // readers.
    if (at + 1 < head.size() && (head[at + 1] == ' ' || head[at + 1] == '\t'))
      return "A header field goes on in the next line. Send each field in one line.";
  }
  return "";
}

}  // namespace

/// Beast's parser with its exceptions (allocation, length errors) turned into error codes.
class RequestParser::Beast {
 public:
  Beast() {
    // Beast's own limits apply to parts of the header; ours, which are tighter, to the whole.
    parser_.header_limit(static_cast<std::uint32_t>(header_bytes_limit));
  }
  void limit_body(std::size_t bytes) { parser_.body_limit(bytes); }

  /// Reads on; returns how many bytes were used up.
  std::size_t put(std::string_view bytes, beast::error_code& failed) {
    try {
      const std::size_t used = parser_.put(boost::asio::const_buffer(bytes.data(), bytes.size()), failed);
      if (failed == beast::http::error::need_more) failed = {};
      return used;
    } catch (const std::exception&) {
      failed = beast::http::error::bad_value;
      return 0;
    }
  }
  void read_whole_body() { parser_.eager(true); }

  [[nodiscard]] bool head_done() const { return parser_.is_header_done(); }
  [[nodiscard]] bool done() const { return parser_.is_done(); }
  [[nodiscard]] bool chunked() const { return parser_.chunked(); }
  [[nodiscard]] bool keep_alive() const { return parser_.keep_alive(); }
  std::string take_body() { return std::move(parser_.get().body()); }

  [[nodiscard]] RawHead head() const {
    const auto& message = parser_.get();
    RawHead head;
    head.method = text(message.method_string());
    head.target = text(message.target());
    head.version = message.version();
    for (const auto& field : message)
      head.fields.emplace_back(text(field.name_string()), text(field.value()));
    return head;
  }

 private:
  beast::http::request_parser<beast::http::string_body> parser_;
};

RequestParser::RequestParser(const ParseLimits& limits, const GuardOptions& guard)
    : limits_(limits), guard_(guard), beast_(std::make_unique<Beast>()) {
  limits_.header_bytes_max = std::min(limits_.header_bytes_max, header_bytes_limit);
  beast_->limit_body(limits_.body_bytes_max);
}

RequestParser::~RequestParser() = default;

RequestParser::Stage RequestParser::take(std::string_view bytes) {
  ENSURE(stage_ == Stage::head || stage_ == Stage::body);
  bytes_.append(bytes);
  advance();
  return stage_;
}

void RequestParser::advance() {
  if (stage_ == Stage::head && !bytes_.empty()) read_head();
  if (stage_ == Stage::body) read_body();
}

void RequestParser::read_head() {
  beast::error_code failed;
  used_ += beast_->put(std::string_view(bytes_).substr(used_), failed);
  const bool done = beast_->head_done();
  if (failed == beast::http::error::body_limit) return refuse_length_of_body();
  if (failed && failed != beast::http::error::header_limit)
    return refuse(400, "This is not an HTTP/1.1 request: " + failed.message() + ".");
  if (failed || (done ? used_ : bytes_.size()) > limits_.header_bytes_max)
    return refuse(431, "The header is longer than " + std::to_string(limits_.header_bytes_max) + " bytes.");
  const std::string_view head = std::string_view(bytes_).substr(0, done ? used_ : bytes_.size());
  if (const std::string_view fault = fault_of_lines(head); !fault.empty())
    return refuse(400, std::string(fault));
  if (done) examine_head();
}

void RequestParser::examine_head() {
  const RawHead head = beast_->head();
  Result<Request> request = check(head, guard_);
  if (!request) return refuse(400, request.error().message);
  request_ = std::move(request).value();
  chunked_ = beast_->chunked();
  // Where guard and Beast disagree about the end of the body, the rest would be taken for the next request.
  if (chunked_ != request_.headers.contains("transfer-encoding"))
    return refuse(400, "The length of the body is not clear.");
  keep_alive_ = head.version == 11 && beast_->keep_alive();
  bytes_.erase(0, used_);
  used_ = 0;
  body_arrived_ = 0;
  beast_->read_whole_body();
  stage_ = beast_->done() ? Stage::complete : Stage::body;
}

void RequestParser::read_body() {
  if (chunked_ && bytes_.size() < chunk_bytes_min) return;
  if (bytes_.empty()) return;
  beast::error_code failed;
  const std::size_t used = beast_->put(bytes_, failed);
  body_arrived_ += used;
  bytes_.erase(0, used);
  if (failed == beast::http::error::body_limit ||
      body_arrived_ / wire_bytes_per_body_byte > limits_.body_bytes_max + limits_.header_bytes_max)
    return refuse_length_of_body();
  if (failed) return refuse(400, "The body is malformed: " + failed.message() + ".");
  if (beast_->done()) {
    request_.body = beast_->take_body();
    stage_ = Stage::complete;
  } else if (bytes_.size() > limits_.header_bytes_max) {
    // Chunk extensions and trailers, which Beast would collect without end.
    refuse(431, "A chunk header or trailer is longer than " + std::to_string(limits_.header_bytes_max) +
                    " bytes.");
  }
}

Request RequestParser::next() {
  ENSURE(stage_ == Stage::complete);
  Request request = std::exchange(request_, Request{});
  beast_ = std::make_unique<Beast>();
  beast_->limit_body(limits_.body_bytes_max);
  stage_ = Stage::head;
  advance();
  return request;
}

void RequestParser::refuse_length_of_body() {
  refuse(413, "The body is longer than " + std::to_string(limits_.body_bytes_max) + " bytes.");
}

void RequestParser::refuse(int status, std::string detail) {
  refusal_ = {status, std::move(detail)};
  stage_ = Stage::refused;
}

}  // namespace postern::http
