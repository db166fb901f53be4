#include "cli/settings.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "aws/credentials.h"
#include "base/encoding.h"
#include "base/instant.h"
#include "cli/ssh.h"
#include "wallet/wallet.h"

namespace postern::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
  return value == nullptr ? "" : value;
}

std::string token_path(const Settings& settings) {
  const std::string folder = runtime_folder();
  if (folder.empty()) return "";
  return folder + "/login-" +
         sha256({"postern-token-file/1\n", settings.server, "\n", settings.person}).hex().substr(0, 16);
}

/// The kept token, if it will still be good for a minute.
std::optional<Secret> kept_token(const std::string& path) {
  std::ifstream file(path);
  std::string until;
  std::string token;
  if (path.empty() || !std::getline(file, until) || !std::getline(file, token)) return std::nullopt;
  const auto end = parse_rfc3339(until);
  if (!end || *end < SystemClock().wall() + seconds(60)) return std::nullopt;
  return Secret(std::move(token));
}

void keep_token(const std::string& path, const client::LoggedIn& login) {
  if (path.empty()) return;
  const std::string text = login.until + "\n" + std::string(login.token.reveal()) + "\n";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return;
  static_cast<void>(::fchmod(file, 0600));
  const bool whole = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  if (!whole) ::unlink(path.c_str());
}

}  // namespace

void SystemRandom::fill(std::span<std::uint8_t> out) {
  ENSURE(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

Instant SystemClock::wall() const {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}
milliseconds SystemClock::steady() const {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

std::string runtime_folder() { return wallet::private_folder(aws::process_environment()); }

Settings completed(Settings settings) {
  if (settings.server.empty()) settings.server = environment("POSTERN_SERVER");
  if (settings.person.empty()) settings.person = environment("POSTERN_PERSON");
  if (settings.key.empty()) settings.key = environment("POSTERN_KEY");
  if (settings.ledger.empty()) settings.ledger = environment("POSTERN_LEDGER");
  if (settings.server.empty()) {
    const std::string folder = runtime_folder();
    settings.server = "unix:" + (folder.empty() ? std::string("/run/postern") : folder) + "/postern.sock";
  }
  return settings;
}

Connection::Connection(Settings settings)
    : settings_(completed(std::move(settings))), http_(http::make_client()) {}

Result<PersonId> Connection::person() const {
  if (settings_.person.empty())
    return fail(ErrorCode::unauthenticated,
                "Say who you are: --person ID, or POSTERN_PERSON in the environment.");
  return PersonId::parse(settings_.person);
}

client::Signer Connection::signer() const {
  return [key = settings_.key](std::string_view name_space, std::string_view message) {
    return ssh_sign(key, name_space, message);
  };
}

Result<client::LoggedIn> Connection::log_in() {
  if (!api_) api_.emplace(*http_, TRY(client::Endpoint::parse(settings_.server)), random_);
  if (settings_.key.empty())
    return fail(ErrorCode::unauthenticated,
                "Say which SSH key is yours: --key FILE, or POSTERN_KEY in the environment.");
  client::LoggedIn login = TRY(api_->log_in(TRY(person()), signer(), settings_.ledger));
  keep_token(token_path(settings_), login);
  return login;
}

Result<client::Api*> Connection::api() {
  if (api_) return &*api_;
  TRY(person());
  if (std::optional<Secret> token = kept_token(token_path(settings_))) {
    api_.emplace(*http_, TRY(client::Endpoint::parse(settings_.server)), random_);
    api_->use_token(std::move(*token));
    // The key may have left the catalog since; only the server knows.
    const auto me = api_->get("/api/v1/me");
    if (me) return &*api_;
    if (me.error().code != ErrorCode::unauthenticated) return tl::unexpected(me.error());
  }
  if (!settings_.may_log_in)
    return fail(ErrorCode::unauthenticated,
                "The last login is over, and this command asks nobody for a key. Run: postern login");
  TRY(log_in());
  return &*api_;
}

}  // namespace postern::cli
