#include "aws/sts_refusal.h"

#include <array>
#include <cstdlib>
#include <string_view>

#include "base/encoding.h"

namespace postern::aws {
namespace {

/// AWS takes signatures up to five minutes off (IAM User Guide, "Troubleshoot Signature Version 4 requests").
constexpr std::chrono::seconds tolerated_skew{300};
/// Date has whole seconds and an answer takes a while; below this, the clocks agree.
constexpr std::chrono::seconds noticeable_skew{60};

bool says(const Refusal& refusal, std::string_view words) {
  return refusal.message.find(words) != std::string::npos;
}

bool is_denial(const Refusal& refusal) {
  return refusal.code == "AccessDenied" || refusal.code == "AccessDeniedException";
}

std::string clock_message(std::chrono::seconds ahead) {
  const long minutes = static_cast<long>((std::abs(ahead.count()) + 30) / 60);
  return "This machine's clock is about " + std::to_string(minutes) +
         (minutes == 1 ? " minute " : " minutes ") + (ahead.count() > 0 ? "ahead of" : "behind") +
         " AWS's, and AWS refuses what is signed more than five minutes off. Set the clock (`sudo "
         "timedatectl set-ntp "
         "true`, or `sudo date -u -s …` without a network time source) and try again.";
}

/// A signature refused for its time, or "" if it was not. AWS's texts name the direction; the Date field of
/// the answer tells a wrong clock from a request that was held up on its way.
std::string time_trouble(const Refusal& refusal) {
  const bool expired = says(refusal, "Signature expired") || refusal.code == "RequestExpired";
  const bool too_early = says(refusal, "Signature not yet current");
  const bool about_signing = refusal.code == "SignatureDoesNotMatch" ||
                             refusal.code == "RequestTimeTooSkewed" ||
                             refusal.code == "InvalidSignatureException";
  if (refusal.clock_ahead) {
    const auto ahead = *refusal.clock_ahead;
    const auto threshold = expired || too_early ? noticeable_skew : tolerated_skew;
    if ((expired || too_early || about_signing) && std::chrono::abs(ahead) >= threshold)
      return clock_message(ahead);
    if (expired)
      return "AWS says that the signature has expired, yet this machine's clock agrees with AWS's: the "
             "request was "
             "held up on its way (a proxy, a suspended machine). Try again.";
  }
  if (expired)
    return "AWS says that the signature has expired: this machine's clock is probably behind. Compare it "
           "with another "
           "source, set it (`sudo timedatectl set-ntp true`) and try again.";
  if (too_early)
    return "AWS says that the signature is not yet current: this machine's clock is ahead. Set it (`sudo "
           "timedatectl "
           "set-ntp true`) and try again.";
  return "";
}

std::string code_trouble(const Attempt& attempt) {
  std::string message =
      "AWS did not accept the MFA code. The likely causes: it was mistyped, it was used before (each code "
      "works once), "
      "the device's clock is off, or the code is of another device. ";
  if (!attempt.unanswered_regions.empty())
    message += "STS in " + attempt.unanswered_regions.front() +
               " got this code first without answering and may have used it up. ";
  return message + "Wait for the next code and try again.";
}

std::string first_hop_denial(const Refusal& refusal, const Attempt& attempt) {
  if (attempt.mfa == Attempt::WithMfa::yes && says(refusal, "MultiFactorAuthentication failed")) {
    if (says(refusal, "unable to validate"))
      return "AWS could not check the MFA code against the device named. The likely causes: the device is "
             "not "
             "registered to this user, or it is a passkey or FIDO key, whose codes STS cannot take. Compare "
             "the MFA "
             "serial in the catalog with the device in IAM, and use a TOTP device.";
    return code_trouble(attempt);
  }
  std::string message =
      "AWS denied the first hop, to " + attempt.role_arn + ". The likely causes, in this order: ";
  if (attempt.mfa == Attempt::WithMfa::yes)
    message += "the MFA code was wrong or already used (wait for the next one); ";
  else
    message += "the role's trust policy wants MFA and no code was sent; ";
  if (!attempt.source_identity.empty())
    message +=
        "the trust policy wants sts:SourceIdentity to be the IAM user's name, and these keys are not those "
        "of "
        "user \"" +
        attempt.source_identity +
        "\"; the trust policy or the user's policy does not allow "
        "sts:SetSourceIdentity; ";
  return message +
         "the user's policy does not allow sts:AssumeRole on this role; the role does not exist. Check whose "
         "keys are in use with `aws sts get-caller-identity`, then try again with a fresh code.";
}

std::string chained_hop_denial(const Attempt& attempt) {
  return "AWS denied the second hop, to " + attempt.role_arn +
         ". The likely causes, in this order: its trust policy does not name the emergency role (or holds a "
         "dead AROA… "
         "id because that role was created anew); the trust policy or the emergency role's policy does not "
         "allow "
         "sts:SetSourceIdentity, which an inherited source identity needs on every hop; the trust policy "
         "wants MFA, "
         "which a role's session never has; the emergency role's policy does not allow sts:AssumeRole on it; "
         "the role "
         "does not exist. Somebody who can still reach that account must correct it; `postern check` names "
         "such faults "
         "beforehand.";
}

std::string denial(const Refusal& refusal, const Attempt& attempt) {
  // AWS names the policy type that denied explicitly; then there is nothing to guess.
  for (const char* policy : {"service control policy", "resource control policy", "permissions boundary",
                             "session policy", "identity-based policy"})
    if (says(refusal, std::string("explicit deny in a ") + policy) ||
        says(refusal, std::string("explicit deny in an ") + policy))
      return std::string("AWS denied the call because a ") + policy +
             " says so explicitly. The owner of that policy must except " +
             (attempt.role_arn.empty() ? "this caller" : attempt.role_arn) +
             " from it; asking again cannot help.";
  if (says(refusal, "sts:TagSession"))
    return "AWS denied the hop to " + attempt.role_arn +
           " because sts:TagSession is not allowed. Session tags that are passed on need it in the role's "
           "trust policy "
           "and in the caller's own.";
  if (says(refusal, "sts:SetSourceIdentity"))
    return "AWS denied the hop to " + attempt.role_arn +
           " because sts:SetSourceIdentity is not allowed. It must be allowed twice: in the caller's own "
           "policy and in "
           "the role's trust policy.";
  switch (attempt.kind) {
    case Attempt::Kind::first_hop:
      return first_hop_denial(refusal, attempt);
    case Attempt::Kind::chained_hop:
      return chained_hop_denial(attempt);
    case Attempt::Kind::caller_identity:
      break;
  }
  return "AWS denied the call. The likely cause is a policy that denies everything to these keys, such as a "
         "quarantine "
         "after a suspected leak. Ask the account's owner.";
}

struct Meaning {
  std::string_view aws_code;
  ErrorCode code;
  std::string_view message;
};

constexpr std::string_view session_ran_out =
    "These temporary credentials have run out. Start again from your own access key (unset AWS_SESSION_TOKEN "
    "if an old "
    "session is still in the environment).";
constexpr std::string_view assertion_not_accepted =
    "AWS did not accept the identity provider's assertion. The likely causes: it is older than five minutes, "
    "its "
    "signature does not fit the metadata that AWS holds, or its audience is wrong. Sign in again; if that "
    "does not "
    "help, compare the provider's metadata in IAM with the IdP's.";
constexpr std::string_view another_region_next =
    "AWS has trouble in this Region. Try again, with another Region first.";

constexpr std::array meanings = {
    Meaning{"ExpiredToken", ErrorCode::forbidden, session_ran_out},
    Meaning{"ExpiredTokenException", ErrorCode::forbidden, session_ran_out},
    Meaning{
        "InvalidClientTokenId", ErrorCode::forbidden,
        "AWS does not know this access key. The likely causes: it was deleted or deactivated, a session "
        "token does "
        "not belong to it, or the Region is one that its account has not opted in to. Check the key in IAM "
        "(it "
        "must be Active), unset AWS_SESSION_TOKEN if you use a long-lived key, or put another Region first."},
    Meaning{"SignatureDoesNotMatch", ErrorCode::forbidden,
            "The secret access key does not belong to this access key id. The likely causes: one of the two "
            "was pasted "
            "wrongly or is of another key, or a proxy changes requests on their way. Copy both again."},
    Meaning{"MissingAuthenticationToken", ErrorCode::forbidden,
            "AWS saw no signature: something on the way removes the Authorization field. Connect without "
            "that proxy."},
    Meaning{"InvalidIdentityToken", ErrorCode::forbidden, assertion_not_accepted},
    Meaning{"IDPRejectedClaim", ErrorCode::forbidden, assertion_not_accepted},
    Meaning{"IDPCommunicationError", ErrorCode::unavailable,
            "AWS could not reach the identity provider. Try again in a minute; if it goes on, the provider "
            "is down."},
    Meaning{"MalformedPolicyDocument", ErrorCode::invalid,
            "AWS could not read a policy sent with the request. This is a fault of Postern's; report it."},
    Meaning{"PackedPolicyTooLarge", ErrorCode::invalid,
            "The session's tags and policies are too large together. Use a role with fewer of them."},
    Meaning{"RegionDisabledException", ErrorCode::unavailable,
            "STS is not activated in this Region in the target account. Put another Region first, and "
            "activate this "
            "one under IAM, Account settings, when there is time."},
    Meaning{"Throttling", ErrorCode::unavailable, "AWS limits the rate of calls. Try again in a minute."},
    Meaning{"ServiceUnavailable", ErrorCode::unavailable, another_region_next},
    Meaning{"InternalFailure", ErrorCode::unavailable, another_region_next},
};

std::string validation_message(const Refusal& refusal, const Attempt& attempt) {
  if (says(refusal, "role chaining"))
    return "A session taken from another role's session lasts at most one hour. Ask for 1h or less.";
  if (says(refusal, "MaxSessionDuration"))
    return "The duration asked for is longer than " + attempt.role_arn +
           " allows. Ask for less, or raise the role's maximum session duration beforehand.";
  return "AWS does not take the request for " + (attempt.role_arn.empty() ? "the caller" : attempt.role_arn) +
         " as it is. Compare the role's ARN, the session name and the duration with the catalog.";
}

}  // namespace

Error explain(const Refusal& refusal, const Attempt& attempt) {
  const std::string detail = "STS in " + attempt.region + ": " + detail_of(refusal);
  if (std::string message = time_trouble(refusal); !message.empty())
    return {ErrorCode::forbidden, std::move(message), detail};
  if (says(refusal, "Credential should be scoped to"))
    return {ErrorCode::invalid,
            "The endpoint belongs to another Region than " + attempt.region +
                ". Correct AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_STS), or unset it.",
            detail};
  if (is_denial(refusal)) return {ErrorCode::forbidden, denial(refusal, attempt), detail};
  if (refusal.code == "ValidationError")
    return {ErrorCode::invalid, validation_message(refusal, attempt), detail};
  for (const Meaning& meaning : meanings)
    if (meaning.aws_code == refusal.code) return {meaning.code, std::string(meaning.message), detail};
  return {refusal.status == 401 || refusal.status == 403 ? ErrorCode::forbidden : ErrorCode::invalid,
          "AWS refused the call with " + refusal.code + ". The operator's log has AWS's own words.", detail};
}

}  // namespace postern::aws
