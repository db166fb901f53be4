#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "aws/credentials.h"
#include "aws/sts.h"
#include "base/instant.h"

namespace postern::aws {

/// Credentials for reading in AWS: the host's own, or a role's that they may assume. For probes that look
/// every few seconds, so a role's session is kept until five minutes before its end, and a refusal is
/// repeated for 30 s without asking again: a broken role must not turn into a stream of calls to STS, nor of
/// records in CloudTrail.
///
/// Thread-safe. Threads that want the same role wait for one call; others are not held up by it. A call takes
/// as long as `sts` may take in all of its Regions. No error holds a secret.
class RoleCredentials {
 public:
  /// `sts` and `clock` must outlive this. `profile`: as for load_credentials().
  RoleCredentials(Environment environment, std::optional<std::string> profile, Sts& sts, const Clock& clock);
  ~RoleCredentials();
  RoleCredentials(const RoleCredentials&) = delete;
  RoleCredentials& operator=(const RoleCredentials&) = delete;

  /// "" gives the host's own, read afresh each time, so that a key that was replaced counts at once. A role's
  /// session is called "postern-read", lasts 900 s, and has no source identity. Errors as load_credentials()
  /// and Sts::assume_role().
  Result<Credentials> of(const std::string& role_arn);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace postern::aws
