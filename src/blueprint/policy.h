#pragma once

#include <string>
#include <vector>

#include "base/json.h"

/// IAM policy documents that templates hold. Inside this folder only.
namespace postern::blueprint {

json::Value document(json::Array statements);

/// Whom the emergency role lets in: these users, with MFA, each only under their own name for ever
/// (SourceIdentity).
json::Value emergency_trust(const std::string& emergency_account, const std::vector<std::string>& user_arns);
/// Whom a target role lets in: sessions of these emergency roles.
json::Value target_trust(const std::string& emergency_account,
                         const std::vector<std::string>& emergency_role_arns);
/// What a user of the emergency account may do: look at themselves; and, whatever else somebody gives them,
/// nothing without MFA.
json::Value user_policy(const std::string& emergency_account);
/// Taking these roles.
json::Value assume_policy(const std::vector<std::string>& role_arns);

/// As IAM counts it: without white space.
std::size_t size_of(const json::Value& document);

}  // namespace postern::blueprint
