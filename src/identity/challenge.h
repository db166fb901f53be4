#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/secret.h"

/// How a person proves to Postern who they are: by signing a challenge with a key of the catalog in force.
namespace postern::identity {

/// What is handed out to be signed.
struct Challenge {
  PersonId person;
  std::string nonce;  ///< 16 random bytes, the time it ends, and a MAC over all of it; hex
  Instant expires;
  std::string statement;  ///< emergency::login_statement of the above: the bytes to sign
};

/// Challenges are good for one login, by one person, for a short time. Handing one out costs no memory, so
/// nobody can use them up for the others; only the redeemed ones are remembered, and redeeming takes a
/// person's signature. The MAC key lives as long as the process: after a restart people ask again.
/// Thread-safe.
class Challenges {
 public:
  static constexpr seconds valid_for{120};
  static constexpr std::size_t redeemed_max = 100'000;

  Challenges(std::string ledger, Random& random);

  /// Also for a name that nobody has: the answer must not tell who exists.
  Challenge issue(const PersonId& person, Instant now);
  /// Uses the challenge up; call it when the signature over it is known to be good. `unauthenticated` when it
  /// was never issued to that person, is used, or is too old; `exhausted` beyond redeemed_max logins in two
  /// minutes.
  Result<Challenge> redeem(const PersonId& person, std::string_view nonce, Instant now);

 private:
  [[nodiscard]] std::string seal(std::string_view payload, const PersonId& person) const;
  std::string ledger_;
  Random& random_;
  Secret key_;
  std::mutex mutex_;
  std::map<std::string, Instant, std::less<>> redeemed_;  ///< until when each must be remembered
};

}  // namespace postern::identity
