#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/secret.h"

/// Time-based one-time passwords (RFC 6238) as AWS's virtual MFA devices make them: HMAC-SHA-1, steps of 30
/// seconds since 1970, six digits.
namespace postern::sandbox {

/// The code that a device with this seed shows at `now`. `seed` is the raw key, not its base32 text.
std::string totp(const Secret& seed, Instant now);

/// The step whose code this is, among the one before, at and after `now`, so that a device's clock may be off
/// by half a minute. A code is good once: remember the step and pass it as `used_until`, and it is refused
/// along with all before it.
std::optional<std::int64_t> matching_step(const Secret& seed, std::string_view code, Instant now,
                                          std::int64_t used_until);

}  // namespace postern::sandbox
