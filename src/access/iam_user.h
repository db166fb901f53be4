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
/// read_plan and take_both_hops refuse one that AWS would refuse, before an MFA code is used up.
struct Plan {
  std::string session;                  ///< "S-40"
  std::string emergency_role_arn;       ///< hop one, in the emergency account
  std::string target_role_arn;          ///< hop two, in the account of the workload
  std::string source_identity;          ///< the person, for ever in both accounts' CloudTrail
  std::string role_session_name;        ///< of both hops; names the session, not the person
  std::chrono::seconds duration{3600};  ///< of hop two: 15m to 1h, since it is a chain
  std::vector<std::string> regions;     ///< where to ask STS, in this order
  std::string mfa_serial;               ///< the ARN of the person's device
  std::string iam_user;                 ///< whose key hop one must be signed with; for messages
  friend bool operator==(const Plan&, const Plan&) = default;
};

/// Reads members session, emergency_role_arn, target_role_arn, source_identity, role_session_name,
/// duration_seconds, regions, mfa_serial, iam_user. Others are left alone: a newer server may say more.
/// `invalid` names the member.
Result<Plan> read_plan(const json::Value& answer);

struct Outcome {
  aws::Credentials credentials;  ///< of hop two; those of hop one are gone
  std::string access_key_id;     ///< of hop two
  std::string hop_one_access_key_id;
  std::string assumed_role_arn;  ///< of hop two
  Instant expires_at;
  std::string region;  ///< where STS answered hop two
};

/// Hop one assumes the emergency role with `own` key, MFA code and source identity, for 15 minutes; hop two
/// assumes the target role with what hop one gave. Errors are those of aws::Sts, with a word on which hop it
/// was and whether the MFA code is spent; `damaged` when AWS's answer is a session of another account, role
/// or name than planned.
Result<Outcome> take_both_hops(const Plan& plan, const aws::Credentials& own, const Secret& mfa_code,
                               aws::Sts& sts);

/// What the client tells the server afterwards: access_key_id, hop_one_access_key_id, assumed_role_arn,
/// region, expires_at. Never a secret.
json::Value report_of(const Outcome& outcome);

}  // namespace postern::access
