#include "sandbox/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <chrono>

#include "base/result.h"

namespace postern::sandbox {
namespace {

constexpr std::int64_t step_seconds = 30;

std::int64_t step_at(Instant now) {
  return std::chrono::floor<seconds>(now).time_since_epoch().count() / step_seconds;
}

/// HOTP, RFC 4226, section 5.3.
std::string code_of(const Secret& seed, std::int64_t step) {
  std::array<unsigned char, 8> message{};
  for (std::size_t i = 0; i < message.size(); ++i)
    message[i] =
        static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (8 * (message.size() - 1 - i)));
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int size = 0;
  ENSURE(HMAC(EVP_sha1(), seed.reveal().data(), static_cast<int>(seed.reveal().size()), message.data(),
              message.size(), mac.data(), &size) != nullptr &&
         size == 20);
  const std::size_t offset = mac[19] & 0x0fU;
  const std::uint32_t number = (static_cast<std::uint32_t>(mac[offset] & 0x7fU) << 24U) |
                               (static_cast<std::uint32_t>(mac[offset + 1]) << 16U) |
                               (static_cast<std::uint32_t>(mac[offset + 2]) << 8U) | mac[offset + 3];
  const std::string digits = std::to_string(number % 1'000'000);
  return std::string(6 - digits.size(), '0') + digits;
}

}  // namespace

std::string totp(const Secret& seed, Instant now) { return code_of(seed, step_at(now)); }

std::optional<std::int64_t> matching_step(const Secret& seed, std::string_view code, Instant now,
                                          std::int64_t used_until) {
  const Secret given = Secret::copy_of(code);
  for (std::int64_t step = step_at(now) - 1; step <= step_at(now) + 1; ++step)
    if (step > used_until && Secret(code_of(seed, step)) == given) return step;
  return std::nullopt;
}

}  // namespace postern::sandbox
