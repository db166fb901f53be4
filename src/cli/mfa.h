#pragma once

#include <optional>
#include <string>

#include "access/iam_user.h"

/// What only the person at this machine has.
namespace postern::cli {

/// Six digits from POSTERN_MFA_CODE or asked for on the terminal, not shown; says first where the code leads.
Result<Secret> ask_for_mfa_code(const access::Plan& plan);

/// The person's own key; and whether a code can be had at all, before anything is written down.
Result<aws::Credentials> own_access_key(const std::string& aws_profile);

/// AWS_ENDPOINT_URL_STS, or AWS_ENDPOINT_URL.
std::optional<std::string> sts_endpoint();

}  // namespace postern::cli
