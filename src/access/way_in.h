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
  /// Tells what became of it: report_of(), or {"failure": …}. It matters for the record, not for the way in,
  /// so whoever implements it says aloud what does not arrive.
  virtual void report(const std::string& session, const json::Value& what) = 0;
};

/// What only the person has.
struct Own {
  aws::Credentials key;  ///< of the IAM user
  Secret mfa_code;
};

struct Ways {
  Recorder& recorder;
  http::Client& http;
  const Clock& clock;
  std::optional<std::string> sts_endpoint = {};  ///< AWS_ENDPOINT_URL_STS
  /// Nullptr where there is no safe place to keep anything: every call takes both hops.
  const wallet::Wallet* wallet = nullptr;
  /// Asks the person, if need be on the terminal. Empty when nobody can be asked: then only what is kept
  /// helps.
  std::function<Result<Own>(const Plan&)> ask_person = {};
};

struct WayIn {
  wallet::Keys keys;
  std::string region;   ///< where STS answered
  std::string session;  ///< "S-40"
  bool is_new = false;  ///< false: handed out before, too
};

/// Credentials of `name.grant` that last for more than a minute. Errors: those of the recorder, of both hops
/// and of `ask_person`; `unauthenticated` when the person's MFA code is needed and nobody can be asked. What
/// is kept of a grant that is over, or that AWS takes no more, is forgotten.
Result<WayIn> way_in(const wallet::Name& name, const Ways& ways);

}  // namespace postern::access
