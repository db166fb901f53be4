#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/guard.h"
#include "http/message.h"

/// Bytes to requests, without a socket: parser (all of Beast), limits and guard in one place, so that the
/// fuzzer drives exactly what the listener drives.
namespace postern::http {

struct ParseLimits {
  std::size_t header_bytes_max = 16U << 10U;  ///< request line and fields; at most 60 KiB
  std::size_t body_bytes_max = 1U << 20U;
};

/// Why a request is not served.
struct Refusal {
  int status = 400;    ///< 400, 413 or 431
  std::string detail;  ///< for the person at the other end
};

/// The requests of one connection, one after the other (pipelining included). Not thread-safe. What it holds
/// is bounded by the limits, whatever arrives and however it is cut into pieces.
class RequestParser {
 public:
  enum class Stage {
    head,      ///< more bytes are needed for the header
    body,      ///< the header has passed the guard; more bytes are needed for the body
    complete,  ///< `next()` has the request
    refused,   ///< `refusal()` says why; the connection cannot be used any more
  };

  /// `guard` must outlive the parser.
  RequestParser(const ParseLimits& limits, const GuardOptions& guard);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Takes what came over the wire next. Only for the stages `head` and `body`.
  Stage take(std::string_view bytes);
  [[nodiscard]] Stage stage() const { return stage_; }
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }
  /// Whether any byte of the next request is there.
  [[nodiscard]] bool begun() const { return !bytes_.empty(); }
  /// Whether the request that is `complete` wants the connection kept: HTTP/1.1 without "Connection: close".
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }

  /// Hands out the `complete` request and goes on with the bytes that came after it, so that `stage()` speaks
  /// of the next one.
  Request next();

 private:
  class Beast;

  void advance();
  void read_head();
  void read_body();
  /// What the header says, once Beast has read it: framing and guard.
  void examine_head();
  void refuse(int status, std::string detail);
  void refuse_length_of_body();

  ParseLimits limits_;
  const GuardOptions& guard_;
  std::unique_ptr<Beast> beast_;
  Stage stage_ = Stage::head;
  std::string bytes_;             ///< arrived, and not yet used up
  std::size_t used_ = 0;          ///< how many of `bytes_` Beast has read
  std::size_t body_arrived_ = 0;  ///< bytes of the body as sent, chunk headers included
  bool chunked_ = false;
  bool keep_alive_ = false;
  Request request_;
  Refusal refusal_;
};

}  // namespace postern::http
