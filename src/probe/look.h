#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "base/instant.h"
#include "base/secret.h"
#include "catalog/catalog.h"
#include "emergency/fact.h"
#include "http/client.h"

/// One look at what a probe watches. Everything that it reads comes from outside: limited, never believed,
/// never blocking longer than the probe's time-out.
namespace postern::probe {

enum class Sight {
  good,
  slow,  ///< it works, and took longer than it should
  bad,   ///< it does not work
  blind  ///< we could not see: proves nothing, neither way
};

struct Observation {
  Sight sight = Sight::blind;
  std::string detail = {};  ///< in words for the person on call; no secret, no path or query of a URL
  /// What will break or has changed, as it stands now; empty when there is nothing to say. Absent: this look
  /// could not tell, so that what was said before still stands.
  std::optional<std::vector<emergency::ProbeWarning>> warnings = std::nullopt;
};

/// What looking needs of the world. All members outlive the look and are safe for many threads.
struct Outside {
  http::Client& client;
  const Clock& clock;  ///< steady(): how long an answer took, and when time is up
  /// Credentials for reading in AWS: the host's own, or a role's (ARN) that they may assume. `not_found` when
  /// the host has none.
  std::function<Result<aws::Credentials>(const std::string& role_arn)> aws_credentials;
  aws::Environment environment;  ///< for endpoint overrides
  std::function<Result<Secret>(const catalog::SecretReference&)> secret;
  std::string programs_folder = {};  ///< where exec probes find their program; "" refuses them
};

/// Looks once. `catalog` is the one that the probe stands in. Never throws, never changes anything outside.
/// A manual probe is `blind` here: people speak for it (emergency::ReportProbe).
Observation look(const catalog::Probe& probe, const catalog::Catalog& catalog, const Outside& outside,
                 Instant now);

}  // namespace postern::probe
