#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/instant.h"
#include "base/secret.h"
#include "catalog/catalog.h"

namespace postern::identity {

/// Who somebody has proven to be, for a while.
struct Login {
  PersonId person;
  std::string key_fingerprint;
  Instant until;
};

inline constexpr seconds login_valid_for{12 * 3600};

/// The fingerprint of the key with which `person` signed `statement`. `unauthenticated`, with one and the
/// same message, when there is no such person, the key is not theirs in the catalog in force, or the
/// signature is not good.
Result<std::string> verify_login(const catalog::Catalog& in_force, const PersonId& person,
                                 std::string_view statement, std::string_view armored_signature);

/// Whose token that is: another company system of the catalog, which keeps SHA-256 of it. Such tokens begin
/// with "postern-service-" and are made by `postern service-token`.
std::optional<ServiceId> service_of(std::string_view token, const catalog::Catalog& in_force);
inline constexpr std::string_view service_token_prefix = "postern-service-";

/// Bearer tokens that need no memory: what they say, and an HMAC-SHA-256 over it by the server's own key.
/// They name the key that was used at login, so that they end with it.
class Tokens {
 public:
  /// `key`: 32 random bytes that stay on the host, so that logins survive a restart.
  explicit Tokens(Secret key) : key_(std::move(key)) {}

  [[nodiscard]] Secret issue(const Login& login) const;
  /// `unauthenticated` when the token is not ours, is too old, or when its person or key is no longer in the
  /// catalog.
  [[nodiscard]] Result<Login> check(std::string_view token, const catalog::Catalog& in_force,
                                    Instant now) const;

 private:
  Secret key_;
};

}  // namespace postern::identity
