#pragma once

#include <string>
#include <string_view>

#include "base/id.h"

namespace postern::aws {

/// arn:PARTITION:iam::ACCOUNT:role/PATH/NAME (IAM User Guide, "IAM identifiers").
struct RoleArn {
  std::string partition;  ///< "aws", "aws-cn", "aws-us-gov"
  AccountId account;
  std::string name;  ///< without the path
};

Result<RoleArn> parse_role_arn(std::string_view text);

/// The ARN that STS gives a session of that role: arn:PARTITION:sts::ACCOUNT:assumed-role/NAME/SESSION.
std::string assumed_role_arn(const RoleArn& role, std::string_view session_name);

/// [\w+=,.@-]{2,64}: a RoleSessionName or a SourceIdentity.
bool is_session_name(std::string_view text);

}  // namespace postern::aws
