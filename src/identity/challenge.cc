#include "identity/challenge.h"

#include <charconv>

#include "base/encoding.h"
#include "emergency/statement.h"

namespace postern::identity {
namespace {

constexpr std::size_t random_digits = 32;
constexpr std::size_t time_digits = 16;  // milliseconds since 1970, hexadecimal
constexpr std::size_t payload_digits = random_digits + time_digits;
constexpr std::size_t nonce_digits = payload_digits + 64;

std::string hex_time(Instant at) {
  std::string out(time_digits, '0');
  auto value = static_cast<std::uint64_t>(at.time_since_epoch().count());
  for (std::size_t i = time_digits; i-- > 0; value >>= 4U) out[i] = "0123456789abcdef"[value & 15U];
  return out;
}

Instant read_hex_time(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return Instant(milliseconds(value));
}

}  // namespace

Challenges::Challenges(std::string ledger, Random& random)
    : ledger_(std::move(ledger)), random_(random), key_(random.bytes(32)) {}

std::string Challenges::seal(std::string_view payload, const PersonId& person) const {
  return hmac_sha256(key_.reveal(), "postern-challenge/1\n" + std::string(payload) + "\n" + person.text())
      .hex();
}

Challenge Challenges::issue(const PersonId& person, Instant now) {
  const Instant expires = now + valid_for;
  const std::lock_guard lock(mutex_);  // the source of random bytes is shared
  const std::string payload = to_hex(random_.bytes(random_digits / 2)) + hex_time(expires);
  const std::string nonce = payload + seal(payload, person);
  return {person, nonce, expires, emergency::login_statement(ledger_, person, nonce, expires)};
}

Result<Challenge> Challenges::redeem(const PersonId& person, std::string_view nonce, Instant now) {
  const auto refuse = [] {
    return fail(
        ErrorCode::unauthenticated,
        "This challenge has expired, was used before, or was never issued. Log in again: postern login");
  };
  if (nonce.size() != nonce_digits) return refuse();
  const std::string_view payload = nonce.substr(0, payload_digits);
  if (!(Secret::copy_of(nonce.substr(payload_digits)) == Secret(seal(payload, person)))) return refuse();
  const Instant expires = read_hex_time(payload.substr(random_digits));
  if (now >= expires) return refuse();
  const std::lock_guard lock(mutex_);
  std::erase_if(redeemed_, [&](const auto& each) { return each.second <= now; });
  if (redeemed_.contains(nonce)) return refuse();
  if (redeemed_.size() >= redeemed_max)
    return fail(ErrorCode::exhausted, "Too many people log in at once. Try again in two minutes.");
  redeemed_.emplace(nonce, expires);
  return Challenge{person, std::string(nonce), expires,
                   emergency::login_statement(ledger_, person, nonce, expires)};
}

}  // namespace postern::identity
