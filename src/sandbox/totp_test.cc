#include "sandbox/totp.h"

#include <gtest/gtest.h>

#include <chrono>

namespace postern::sandbox {
namespace {

using namespace std::chrono_literals;

Instant at(std::int64_t unix_seconds) { return Instant(seconds(unix_seconds)); }

/// RFC 6238, appendix B, SHA-1, cut to six digits.
const Secret seed = Secret::copy_of("12345678901234567890");

TEST(Totp, MatchesThePublishedVectors) {
  EXPECT_EQ(totp(seed, at(59)), "287082");
  EXPECT_EQ(totp(seed, at(1111111109)), "081804");
  EXPECT_EQ(totp(seed, at(1111111111)), "050471");
  EXPECT_EQ(totp(seed, at(1234567890)), "005924");
  EXPECT_EQ(totp(seed, at(2000000000)), "279037");
  EXPECT_EQ(totp(seed, at(20000000000)), "353130");
}

TEST(Totp, ForgivesHalfAMinuteOnEitherSide) {
  const Instant now = at(1234567890);
  for (const seconds off : {-30s, 0s, 30s})
    EXPECT_TRUE(matching_step(seed, totp(seed, now + off), now, 0)) << off.count();
  for (const seconds off : {-60s, 60s})
    EXPECT_FALSE(matching_step(seed, totp(seed, now + off), now, 0)) << off.count();
  EXPECT_FALSE(matching_step(seed, "", now, 0));
  EXPECT_FALSE(matching_step(Secret::copy_of("another seed"), totp(seed, now), now, 0));
}

TEST(Totp, TakesNoCodeTwiceNorAnyOlderOne) {
  const Instant now = at(1234567890);
  const std::int64_t used = matching_step(seed, totp(seed, now), now, 0).value();
  EXPECT_FALSE(matching_step(seed, totp(seed, now), now + 29s, used));
  EXPECT_FALSE(matching_step(seed, totp(seed, now - 30s), now, used));
  EXPECT_TRUE(matching_step(seed, totp(seed, now + 30s), now, used));
}

}  // namespace
}  // namespace postern::sandbox
