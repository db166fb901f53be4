#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "base/secret.h"

/// Where one person's emergency credentials lie between commands, on that person's own machine, so that the
/// MFA code is asked for once and tools can fetch credentials by themselves. One file a grant in
/// $XDG_RUNTIME_DIR/postern: memory, not disk, gone when the person logs out (XDG Base Directory
/// Specification 0.8), readable by its owner alone. docs/formats.md has the file's format.
namespace postern::wallet {

/// Temporary credentials: what AWS's tools need of them.
struct Keys {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;
  Instant expires_at;
  friend bool operator==(const Keys&, const Keys&) = default;
};

/// Whose grant, at which server: one server's G-1 is not another's.
struct Name {
  std::string server;  ///< as Settings::server
  std::string person;
  std::string grant;
  friend bool operator==(const Name&, const Name&) = default;
};

/// What a grant gave so far.
struct Kept {
  Instant grant_until;
  std::string emergency_role;       ///< ARN of the role that `emergency` is a session of
  std::string target_role;          ///< and of the one role that it may take
  Keys emergency;                   ///< hop one: good for further hops two, without another MFA code
  std::optional<Keys> target = {};  ///< hop two: what tools get
  std::string session = {};         ///< "S-40", which `target` belongs to
  Instant renew_at = {};            ///< from when on another `target` is taken, if it can be had
  std::string region = {};          ///< where STS answered last: asked first next time
  friend bool operator==(const Kept&, const Kept&) = default;
};

/// Tools refresh a quarter of an hour ahead (botocore: advisory refresh), so that much is renewed ahead too;
/// but at most a quarter of a session's life, or the shortest sessions would be renewed at every call.
inline constexpr seconds renewed_ahead_max{900};
Instant renew_at(Instant taken_at, Instant expires_at);
inline constexpr std::size_t owed_reports_max = 20;
/// A session that ends within this is not worth starting a call with.
inline constexpr seconds margin{60};

/// True while `kept.emergency` can still be asked for another session of the target role.
bool can_renew(const Kept& kept, Instant now);
/// True when `kept.target` should be handed out as it is: it lasts, or nothing better can be had.
bool is_usable(const Kept& kept, Instant now);

/// The file's text, and back. to_text: `invalid` for a value that no key, ARN or Region has. parse: `damaged`
/// for anything that to_text would not write of that name, saying nothing of what stands in it.
Result<Secret> to_text(const Name& name, const Kept& kept);
Result<Kept> parse(std::string_view text, const Name& name);

/// The answer that AWS's tools read from a credential_process (AWS SDKs and Tools reference guide, "Process
/// credential provider"), on one line. `damaged` when a value would need escaping, which no key of AWS's
/// does.
Result<Secret> process_answer(const Keys& keys);

/// Held while one process renews, so that ten tools that start at once cause one session and not ten.
class Lock {
 public:
  explicit Lock(int file) : file_(file) {}
  Lock(Lock&& other) noexcept;
  Lock& operator=(Lock&&) = delete;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock();

 private:
  int file_;
};

/// The folder of one person's wallets. Any thread; several processes may use it at once.
class Wallet {
 public:
  /// `folder` must be private_folder()'s.
  explicit Wallet(std::string folder) : folder_(std::move(folder)) {}

  /// Nullopt when nothing is kept. A file that others can read or that is not ours is `forbidden`: somebody
  /// put it there. One that cannot be read as a wallet counts as nothing kept.
  [[nodiscard]] Result<std::optional<Kept>> find(const Name& name) const;
  /// Replaces what is kept, all or nothing.
  [[nodiscard]] Result<void> keep(const Name& name, const Kept& kept) const;
  void forget(const Name& name) const;
  /// That the emergency role allows sessions of one hour only: known when AWS has refused a longer one, which
  /// may have cost an MFA code.
  void note_one_hour_only(const Name& name) const;
  [[nodiscard]] bool is_one_hour_only(const Name& name) const;
  /// That an attempt to renew has failed at `now`, and when the last one did.
  void note_failure(const Name& name, Instant now) const;
  void forget_failure(const Name& name) const;
  [[nodiscard]] std::optional<Instant> last_failure(const Name& name) const;
  /// A report of a session that the server has not got yet, one line; the last `owed_reports_max` of them are
  /// kept, also when the credentials are forgotten. Needs the lock.
  void owe_report(const Name& name, const std::string& report) const;
  /// In the order of owing; they are owed no more.
  [[nodiscard]] std::vector<std::string> take_owed_reports(const Name& name) const;
  /// Which account this person asked for, on this machine: what the server plans later is held against it.
  /// `request` is "R-1".
  void note_account(const std::string& server, const std::string& person, const std::string& request,
                    const std::string& account) const;
  [[nodiscard]] std::optional<std::string> account_asked(const std::string& server, const std::string& person,
                                                         const std::string& request) const;
  /// The grants of that person at that server of which something is kept.
  [[nodiscard]] std::vector<std::string> grants(const std::string& server, const std::string& person) const;
  /// Waits for at most `deadline`; then `unavailable`.
  [[nodiscard]] Result<Lock> lock(const Name& name, std::chrono::milliseconds deadline) const;

 private:
  [[nodiscard]] Result<std::string> path_of(const Name& name, std::string_view ending) const;
  [[nodiscard]] Result<std::string> path_of_account(const std::string& server, const std::string& person,
                                                    const std::string& request) const;
  std::string folder_;
};

using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// $XDG_RUNTIME_DIR/postern, made with mode 0700; "" where there is no such place, or it is not ours alone.
std::string private_folder(const Environment& environment);

}  // namespace postern::wallet
