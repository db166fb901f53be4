#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "base/instant.h"
#include "http/client.h"

/// Amazon EC2 Auto Scaling (API version 2011-01-01), as little of it as an on-call engineer needs to raise a
/// limit: what the demonstration does with emergency credentials.
namespace postern::aws {

struct AutoScalingGroup {
  std::string name;
  std::int64_t min_size = 0;
  std::int64_t max_size = 0;
  std::int64_t desired_capacity = 0;
  friend bool operator==(const AutoScalingGroup&, const AutoScalingGroup&) = default;
};

/// One Region. Thread-safe. Errors: `forbidden` when AWS does not let these credentials do it, `invalid` when
/// it does not take the request (a limit below the desired capacity, an unknown group), `unavailable` when it
/// does not answer; AWS's own words are in the detail.
class AutoScaling {
 public:
  struct Options {
    std::string region;
    /// An override (AWS_ENDPOINT_URL_AUTO_SCALING or AWS_ENDPOINT_URL).
    std::optional<std::string> endpoint_url = {};
    std::chrono::milliseconds connect_deadline{2000};
    std::chrono::milliseconds deadline{10000};
  };
  AutoScaling(Options options, http::Client& client, const Clock& clock);

  /// All groups, in AWS's order; at most 5,000, beyond which `exhausted`.
  Result<std::vector<AutoScalingGroup>> groups(const Credentials& credentials);
  /// Only the largest size changes. Doing it twice is harmless.
  Result<void> set_max_size(const std::string& group, std::int64_t max_size, const Credentials& credentials);

 private:
  Options options_;
  http::Client& client_;
  const Clock& clock_;
};

}  // namespace postern::aws
