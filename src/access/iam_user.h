#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "aws/sts.h"
#include "base/instant.h"
#include "base/json.h"
#include "base/secret.h"

/// The mechanism iam-user: emergency credentials from a person's own access key and MFA code, taken on the
/// person's own machine. The server only plans and records; AWS would let this person in without it
/// (DESIGN.md, "two kinds of gate").
namespace postern::access {

/// What the server intends and has written down before STS is asked. It is outside input all the same:
/// read_plan and both hops refuse one that AWS would refuse, before an MFA code is used up.
struct Plan {
  std::string session;             ///< "S-40"
  std::string emergency_role_arn;  ///< hop one, in the emergency account
  std::string target_role_arn;     ///< hop two, in the account of the workload
  std::string source_identity;     ///< the person, for ever in both accounts' CloudTrail
  std::string role_session_name;   ///< of both hops; names the session, not the person
  /// Of hop one: 15m to 12h. It lasts as long as the grant, so that hop two can be taken again when its hour
  /// is over without asking for another MFA code.
  std::chrono::seconds emergency_duration{900};
  std::chrono::seconds duration{3600};  ///< of hop two: 15m to 1h, since it is a chain
  Instant grant_until;                  ///< nothing is handed out after it
  std::vector<std::string> regions;     ///< where to ask STS, in this order
  std::string mfa_serial;               ///< the ARN of the person's device
  std::string iam_user;                 ///< whose key hop one must be signed with; for messages
  friend bool operator==(const Plan&, const Plan&) = default;
};

/// Reads members session, emergency_role_arn, target_role_arn, source_identity, role_session_name,
/// emergency_duration_seconds, duration_seconds, grant_until, regions, mfa_serial, iam_user. Others are left
/// alone: a newer server may say more. `invalid` names the member.
Result<Plan> read_plan(const json::Value& answer);

/// A session of either role.
struct Taken {
  aws::Credentials credentials;  ///< with expires_at
  std::string assumed_role_arn;
  std::string region;  ///< where STS answered
};

/// What a session of the target role is good for: to work with, or only to know that it can be had.
enum class SessionMay { what_the_role_may, nothing };

/// Hop one: assumes the emergency role with the person's `own` key, MFA code and source identity. Its session
/// can do one thing, which a session policy sees to: take hop two. When the role allows no session as long as
/// planned, one hour is taken, which every role allows.
Result<Taken> take_emergency_role(const Plan& plan, const aws::Credentials& own, const Secret& mfa_code,
                                  aws::Sts& sts);
/// Hop two: assumes the target role with what hop one gave.
///
/// Errors of both are those of aws::Sts, with a word on which hop it was; `damaged` when AWS's answer is a
/// session of another account, role or name than planned.
Result<Taken> take_target_role(const Plan& plan, const aws::Credentials& emergency, aws::Sts& sts,
                               SessionMay may = SessionMay::what_the_role_may);

/// What the client tells the server afterwards: access_key_id, hop_one_access_key_id, assumed_role_arn,
/// region, expires_at. Never a secret.
json::Value report_of(const Taken& target, const std::string& hop_one_access_key_id);

}  // namespace postern::access
