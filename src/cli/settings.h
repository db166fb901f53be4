#pragma once

#include <optional>
#include <string>

#include "base/hash.h"
#include "base/instant.h"
#include "base/result.h"
#include "client/api.h"

namespace postern::cli {

/// What every command that talks to a server needs: from options, else the environment (POSTERN_SERVER,
/// POSTERN_PERSON, POSTERN_KEY), else a default.
struct Settings {
  std::string server;
  std::string person;
  std::string key;     ///< SSH private key file, or public key file of a key in ssh-agent
  std::string ledger;  ///< the one ledger that this person signs for; "" trusts the server's word
  std::string idempotency_key;
  bool json = false;
  /// False for programs that nobody sits in front of: without a token from an earlier login they fail,
  /// instead of asking for a passphrase or a touch.
  bool may_log_in = true;
};

/// Fills in what the options left open.
Settings completed(Settings settings);

/// Random bytes of the operating system.
class SystemRandom : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

/// The operating system's clocks.
class SystemClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override;
  [[nodiscard]] milliseconds steady() const override;
};

/// A logged-in connection: with the token that is kept from the last login, else by logging in now.
class Connection {
 public:
  explicit Connection(Settings settings);
  /// `unauthenticated` says which option is missing.
  Result<client::Api*> api();
  /// Logs in anew and keeps the token in $XDG_RUNTIME_DIR/postern (mode 0600), or not at all where there is
  /// no such folder.
  Result<client::LoggedIn> log_in();
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] client::Signer signer() const;
  [[nodiscard]] Result<PersonId> person() const;

 private:
  Settings settings_;
  SystemRandom random_;
  std::unique_ptr<http::Client> http_;
  std::optional<client::Api> api_;
};

/// Where per-user runtime files go: wallet::private_folder() of this process's environment.
std::string runtime_folder();

}  // namespace postern::cli
