#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/id.h"
#include "base/json.h"
#include "base/secret.h"
#include "http/client.h"

/// Postern's HTTP API from outside.
namespace postern::client {

/// Where a server is: "unix:/run/postern/postern.sock" or "http://127.0.0.1:8080".
struct Endpoint {
  std::string url;          ///< scheme and authority, no path
  std::string unix_socket;  ///< "" for TCP
  /// Plain http goes to loopback only: anywhere else a bearer token would travel in the clear.
  static Result<Endpoint> parse(std::string_view text);
  [[nodiscard]] std::string text() const { return unix_socket.empty() ? url : "unix:" + unix_socket; }
};

/// Signs bytes with the person's own key: the armored SSHSIG in that namespace.
using Signer = std::function<Result<std::string>(std::string_view name_space, std::string_view message)>;

struct LoggedIn {
  Secret token;
  std::string until;  ///< RFC 3339
};

/// One server. Not thread-safe.
class Api {
 public:
  Api(http::Client& http, Endpoint endpoint, Random& random)
      : http_(http), endpoint_(std::move(endpoint)), random_(random) {}

  void use_token(Secret token) { token_ = std::move(token); }
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

  /// The answer's JSON, or the server's problem as the Error that it was there.
  Result<json::Value> get(const std::string& path_and_query);

  /// Sends a command under an idempotency key (`key`, or a fresh one). When no answer arrives it is sent
  /// again with the same key, up to three times in all, so that it happens at most once and its outcome
  /// becomes known.
  Result<json::Value> post(const std::string& path, const json::Value& body, std::string key = "");

  /// Asks for a challenge, has it signed, and uses the token from then on. With `ledger`, only a challenge of
  /// that ledger is signed: a challenge of another server could be one that somebody passes on.
  Result<LoggedIn> log_in(const PersonId& person, const Signer& sign, const std::string& ledger = "");

 private:
  Result<json::Value> send(const http::Outgoing& request);
  [[nodiscard]] http::Outgoing prepare(std::string method, const std::string& path) const;

  http::Client& http_;
  Endpoint endpoint_;
  Random& random_;
  Secret token_;
};

}  // namespace postern::client
