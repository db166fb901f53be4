#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "base/instant.h"
#include "http/client.h"

/// AWS Security Token Service (API version 2011-06-15): the only AWS service between a grant and credentials.
namespace postern::aws {

struct Mfa {
  std::string serial_number;  ///< the device's ARN
  Secret token_code;          ///< six digits, good once
};

struct AssumeRole {
  std::string role_arn;
  std::string role_session_name;  ///< [\w+=,.@-]{2,64}; shown in the other account's CloudTrail
  std::string source_identity;    ///< "" on hop two: it is inherited and cannot be changed
  /// 900 .. 43200. At most 3600 in a chain, which AWS refuses beyond it: credentials with a session token
  /// count as one.
  std::chrono::seconds duration{3600};
  std::string session_policy =
      {};  ///< JSON, at most 2048 bytes; narrows what the session may do. "" for none
  std::optional<Mfa> mfa = {};
};

struct AssumedRole {
  Credentials credentials;  ///< with expires_at
  std::string arn;          ///< arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
  std::string assumed_role_id;
  std::string region;  ///< which endpoint answered
};

/// True for the error of a request whose duration is longer than the role's MaxSessionDuration.
bool is_longer_than_role_allows(const Error& error);

/// Talks to Regional STS endpoints in the given order, never to the global one. An endpoint that cannot be
/// reached, answers 5xx, throttles or says RegionDisabledException makes it try the next and is remembered as
/// failed for a while, so that only the first call pays for the time-out. Thread-safe. What AWS would refuse
/// for its form (names, codes, durations, ARNs) is `invalid` before anything is sent, so that no MFA code is
/// used up for it. Errors: what AWS refuses is `forbidden` (AccessDenied, wrong MFA code, expired or unknown
/// keys) or `invalid`, each with a likely cause and what to do next in the message and AWS's own words in the
/// detail; no endpoint answering is `unavailable`. No error holds a secret.
class Sts {
 public:
  struct Options {
    std::vector<std::string> regions;  ///< at least one
    /// An override (AWS_ENDPOINT_URL_STS): one endpoint for all Regions.
    std::optional<std::string> endpoint_url = {};
    std::chrono::milliseconds connect_deadline{2000};
    std::chrono::milliseconds deadline{5000};
    std::chrono::seconds avoid_failed_for{300};
  };
  Sts(Options options, http::Client& client, const Clock& clock);
  ~Sts();
  Sts(const Sts&) = delete;
  Sts& operator=(const Sts&) = delete;

  Result<AssumedRole> assume_role(const AssumeRole& request, const Credentials& credentials);
  /// The ARN of whoever the credentials belong to.
  Result<std::string> caller_identity(const Credentials& credentials);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace postern::aws
