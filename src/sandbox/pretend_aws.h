#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/secret.h"
#include "http/message.h"
#include "sandbox/aws_query.h"
#include "sandbox/signer.h"

/// A pretend AWS and a pretend IdP for rehearsals: nothing but this machine is needed to go from alarm to
/// credentials.
namespace postern::sandbox {

/// An IAM user of the emergency account, with one access key and one virtual MFA device.
struct PretendUser {
  std::string name;           ///< also what SourceIdentity must say
  std::string access_key_id;  ///< at least 16 letters and digits: AWS's clients take nothing shorter
  Secret secret_access_key;
  std::string mfa_serial;  ///< the device's ARN
  Secret totp_seed;        ///< raw bytes; see totp()
};

struct AutoScalingGroup {
  std::string name;
  std::string region = "us-east-1";
  int min = 1;
  int max = 1;
  int desired = 1;
  friend bool operator==(const AutoScalingGroup&, const AutoScalingGroup&) = default;
};

/// An account with a workload, and the role there that trusts the emergency role.
struct TargetAccount {
  AccountId account;
  std::string role;
  AutoScalingGroup group;
};

struct PretendAwsOptions {
  AccountId emergency_account;
  std::string emergency_role;
  std::vector<PretendUser> users;      ///< names and access key ids are all different
  std::vector<TargetAccount> targets;  ///< accounts are all different
  std::set<std::string, std::less<>> regions = {"us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1"};
  seconds emergency_session_max{3600};  ///< MaxSessionDuration of the emergency role
};

/// One call, as CloudTrail would tell it.
struct Call {
  Instant at;
  std::string event_name;
  std::string principal_arn;  ///< who called
  std::string
      source_identity;  ///< who stands behind the session; on AssumeRole, what was asked for or inherited
  std::string account;  ///< whose trail it is in: the role's when a role was assumed, the caller's otherwise
  std::string error_code;  ///< "" when it went well
  friend bool operator==(const Call&, const Call&) = default;
};

/// The part of AWS that stands between a grant and a repaired workload, as far as a rehearsal can tell the
/// difference: STS AssumeRole and GetCallerIdentity, Auto Scaling DescribeAutoScalingGroups and
/// UpdateAutoScalingGroup, all on one endpoint. Signatures, expiry and trust are checked for real:
///  - the emergency role trusts the users, with MFA and with SourceIdentity equal to their name;
///  - a target role trusts the emergency role only, for one hour at most (role chaining), and inherits
///  SourceIdentity;
///  - Auto Scaling obeys sessions of that account's target role only.
/// A session policy may narrow an emergency session to one target role. A parameter or a policy that it does
/// not know is refused, never ignored: left out, it would give more than was asked. Thread-safe. `clock` and
/// `random` must outlive it; `random` is used by it alone.
class PretendAws {
 public:
  static constexpr std::size_t calls_max = 10'000;     ///< older ones are forgotten
  static constexpr std::size_t sessions_max = 10'000;  ///< beyond it AWS is "throttling"

  PretendAws(PretendAwsOptions options, const Clock& clock, Random& random);

  http::Response handle(const http::Request& request);

  /// Every call whose caller proved who it is, oldest first.
  [[nodiscard]] std::vector<Call> calls() const;
  /// The group of that account as it is now; the account must be one of the targets.
  [[nodiscard]] AutoScalingGroup group(const AccountId& account) const;

 private:
  struct RoleRequest;

  http::Response answer(const http::Request& request, Instant now, const std::string& request_id);
  Answer<std::string> run(const QueryCall& query, const Signer& signer, Instant now, Call& call);
  Answer<std::string> caller_identity(const QueryCall& query, const Principal& caller) const;
  Answer<std::string> assume_role(const QueryCall& query, const Principal& caller, Instant now, Call& call);
  Answer<Principal> hop_one(const RoleRequest& request, const Principal& caller, Instant now);
  Answer<Principal> hop_two(const RoleRequest& request, const Principal& caller, std::size_t target) const;
  Answer<std::string> open_session(Principal principal, seconds duration, Instant now);
  /// The TOTP step of the code in `request`; AccessDenied unless it is one of this user's device, never used
  /// before.
  Answer<std::int64_t> check_mfa(const RoleRequest& request, const Principal& caller, Instant now) const;
  Answer<std::string> describe_groups(const QueryCall& query, const Signer& signer) const;
  Answer<std::string> update_group(const QueryCall& query, const Signer& signer);
  std::string random_name(std::size_t size);
  void remember(Call call);

  const PretendAwsOptions options_;
  const Clock& clock_;
  const Instant started_;
  mutable std::mutex mutex_;  ///< guards everything below
  Random& random_;
  Keyring keyring_;
  std::map<std::string, std::int64_t, std::less<>>
      mfa_used_until_;                    ///< by user name: the last TOTP step used
  std::vector<AutoScalingGroup> groups_;  ///< as options_.targets
  std::deque<Call> calls_;
};

}  // namespace postern::sandbox
