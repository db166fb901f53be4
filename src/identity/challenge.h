#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/hash.h"
#include "base/id.h"
#include "base/instant.h"

/// How a person proves to Postern who they are: by signing a challenge with a key of the catalog in force.
namespace postern::identity {

/// What is handed out to be signed.
struct Challenge {
  PersonId person;
  std::string nonce;  ///< 32 random bytes, hex
  Instant expires;
  std::string statement;  ///< emergency::login_statement of the above: the bytes to sign
};

/// The challenges that are out. Each is good for one login, by one person, for a short time. In memory: after
/// a restart people ask again. Thread-safe.
class Challenges {
 public:
  static constexpr seconds valid_for{120};
  static constexpr std::size_t outstanding_max = 4096;

  Challenges(std::string ledger, Random& random) : ledger_(std::move(ledger)), random_(random) {}

  /// Also for a name that nobody has: the answer must not tell who exists. `exhausted` when too many are out.
  Result<Challenge> issue(const PersonId& person, Instant now);
  /// Takes the challenge back. `unauthenticated` when it was never issued to that person, is used, or is too
  /// old.
  Result<Challenge> redeem(const PersonId& person, std::string_view nonce, Instant now);

 private:
  std::string ledger_;
  Random& random_;
  std::mutex mutex_;
  std::map<std::string, Challenge, std::less<>> outstanding_;  // by nonce
};

}  // namespace postern::identity
