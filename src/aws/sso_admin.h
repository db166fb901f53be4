#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "aws/query.h"
#include "base/instant.h"
#include "http/client.h"

/// AWS IAM Identity Center's administration API, as far as seeing whether it answers (JSON 1.1 protocol,
/// target SWBExternalService). It has no call that reads the external IdP's settings: none of the 79
/// operations of its model 2020-07-20 in botocore 1.43.11 does.
namespace postern::aws {

struct IdentityCenterInstance {
  std::string arn;
  std::string owner_account;
  std::string status;  ///< "ACTIVE"; "" where AWS does not say
};

/// sso:ListInstances in one Region, first page (an account has few). Errors as in iam.h.
Result<std::vector<IdentityCenterInstance>> list_instances(http::Client& client, const std::string& region,
                                                           const Credentials& credentials, Instant now,
                                                           const std::optional<std::string>& endpoint_url,
                                                           Deadlines deadlines);

}  // namespace postern::aws
