#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/id.h"
#include "sandbox/aws_query.h"

/// Who calls the pretend AWS, and how IAM names people and things.
namespace postern::sandbox {

/// Somebody who holds an access key.
struct Principal {
  enum class Kind { user, emergency_session, target_session };
  Kind kind = Kind::user;
  std::string arn;
  std::string user_id;  ///< AIDA… for a user, AROA…:session for a session
  AccountId account;
  std::size_t index = 0;             ///< which user, or which target account
  std::string source_identity = {};  ///< of a session; set on hop one and never changed
  std::string narrowed_to =
      {};  ///< the one role that a session may assume, by its session policy; "" for any
};

std::string user_arn(const AccountId& account, std::string_view name);
std::string role_arn(const AccountId& account, std::string_view name);
/// The unique id that IAM gives a user ("AIDA") or a role ("AROA"): always the same for the same ARN.
std::string unique_id(std::string_view prefix, std::string_view arn);

/// AccessDenied in IAM's words. They name the caller, the action and the resource, and never the condition
/// that failed.
Fault not_authorized(const Principal& caller, std::string_view action, std::string_view resource);

}  // namespace postern::sandbox
