#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"
#include "base/secret.h"

namespace postern::aws {

/// What signs a request. The id is no secret; the key and the token are.
struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token = {};  ///< empty for long-lived keys
  std::optional<Instant> expires_at = {};
};

/// The environment, as a function, so that tests bring their own: nullopt when a variable is not set.
using Environment = std::function<std::optional<std::string>(const std::string&)>;
/// The process's own environment.
Environment process_environment();

/// The settings that AWS's own tools share (AWS SDKs and Tools reference guide): AWS_ACCESS_KEY_ID with
/// AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), else the profile AWS_PROFILE ("default") in the files
/// AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials) and AWS_CONFIG_FILE (~/.aws/config).
/// `not_found` says where it looked and what to do; `invalid` names file and line of a syntax fault.
/// Never follows role_arn, credential_process or SSO settings: hop one must start from the person's own key.
Result<Credentials> load_credentials(const Environment& environment, std::optional<std::string> profile = {});

/// AWS_ENDPOINT_URL_<SERVICE>, else AWS_ENDPOINT_URL, else nothing. `service` as in "sts".
std::optional<std::string> endpoint_override(const Environment& environment, std::string_view service);

}  // namespace postern::aws
