#pragma once

#include <string>

#include "aws/query.h"

namespace postern::aws {

/// What it means that a service refuses a call that only reads, for the person in front of it: the likely
/// cause and what to do next in the message, AWS's own words in the detail. Codes of both protocols: Query
/// (IAM: AccessDenied, NoSuchEntity) and JSON 1.1 (Identity Center: AccessDeniedException, with status 400).
/// `service` and `what` complete the sentences "IAM could not … just now" and "read the SAML provider okta".
Error explain_refused_read(const Refusal& refusal, const std::string& service, const std::string& what);

}  // namespace postern::aws
