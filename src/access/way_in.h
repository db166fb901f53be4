#pragma once

#include <functional>
#include <optional>
#include <string>

#include "access/iam_user.h"
#include "wallet/wallet.h"

/// One grant's way in, kept open on the person's own machine: credentials that are still good are handed out
/// again; when they run out, hop two is taken anew from hop one, which costs no MFA code; only at the very
/// first is the person asked for one. Every session that AWS issues is written down by the server before it
/// is asked for.
namespace postern::access {

/// The server's side of a session.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// Writes down that a session of the grant is intended; gives what to ask STS for.
  virtual Result<Plan> open_session() = 0;
  /// Tells what became of it: report_of(), or {"failure": …}. `conflict` when that is known already. It
  /// matters for the record, not for the way in: one that does not arrive is kept in the wallet and told
  /// again before the next session, and whoever implements this says so aloud.
  virtual Result<void> report(const std::string& session, const json::Value& what) = 0;
};

/// What only the person has. Asked for when it is needed, and as far as can be before a session is opened, so
/// that a mistake on this machine is no entry in the ledger.
struct Person {
  /// The IAM user's own long-lived access key.
  std::function<Result<aws::Credentials>()> access_key;
  /// Six digits, from the device of the plan's serial. May ask on the terminal, and wait; whoever is asked
  /// must see which account and role the code leads to.
  std::function<Result<Secret>(const Plan& plan)> mfa_code;
};

struct Ways {
  Recorder& recorder;
  http::Client& http;
  const Clock& clock;
  std::optional<std::string> sts_endpoint = {};  ///< AWS_ENDPOINT_URL_STS
  /// The account that the person asked for, where this machine knows it: no plan may lead elsewhere.
  std::optional<std::string> account_asked = {};
  /// Nullptr where there is no safe place to keep anything: every call takes both hops.
  const wallet::Wallet* wallet = nullptr;
  /// Absent when nobody can be asked (credential_process): then only what is kept helps, and after a failure
  /// there is a pause, because tools try again at once and each attempt is an entry in the ledger.
  std::optional<Person> person = {};
};

/// After a failed attempt, unattended.
inline constexpr seconds pause_after_failure{10};

struct WayIn {
  wallet::Keys keys;
  std::string region;        ///< where STS answered
  std::string session;       ///< "S-40"
  std::string target_role;   ///< its ARN
  bool is_new = false;       ///< false: handed out before, too
  bool is_kept = false;      ///< the next call finds it
  std::string trouble = {};  ///< why it was not renewed although it was time to
};

/// Credentials of `name.grant` that last for more than a minute. While those that are kept do, trouble of the
/// server or of AWS is no error: they are handed out, and renewed another time. Errors: those of the
/// recorder, of both hops and of `person`; `damaged` when the server plans something that this person's grant
/// cannot mean (another name, another account, a session beyond its end): a stolen server must not lead the
/// person's key elsewhere; `unauthenticated` when an MFA code is needed and nobody can be asked; `invalid`
/// when the person's own key is itself of a session. What is kept of a grant that the server says is over is
/// forgotten. A person is never kept out by trouble with the wallet.
Result<WayIn> way_in(const wallet::Name& name, const Ways& ways);

}  // namespace postern::access
