#include "identity/challenge.h"

#include "base/encoding.h"
#include "emergency/statement.h"

namespace postern::identity {

Result<Challenge> Challenges::issue(const PersonId& person, Instant now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(outstanding_, [&](const auto& each) { return each.second.expires <= now; });
  if (outstanding_.size() >= outstanding_max)
    return fail(
        ErrorCode::exhausted,
        "Too many logins are under way. Try again in two minutes, or use the Unix socket of another node.");
  const std::string nonce = to_hex(random_.bytes(32));
  const Instant expires = now + valid_for;
  Challenge challenge{person, nonce, expires, emergency::login_statement(ledger_, person, nonce, expires)};
  outstanding_.emplace(nonce, challenge);
  return challenge;
}

Result<Challenge> Challenges::redeem(const PersonId& person, std::string_view nonce, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = outstanding_.find(nonce);
  const bool good =
      found != outstanding_.end() && found->second.person == person && now < found->second.expires;
  if (!good)
    return fail(
        ErrorCode::unauthenticated,
        "This challenge has expired, was used before, or was never issued. Log in again: postern login");
  Challenge challenge = std::move(found->second);
  outstanding_.erase(found);
  return challenge;
}

}  // namespace postern::identity
