#pragma once

#include <string>
#include <vector>

#include "aws/query.h"

/// What an STS error means for the person in front of it. Pure. Sources: IAM User Guide, "Troubleshoot IAM
/// roles" and "Troubleshoot Signature Version 4 requests"; STS API reference, "Common errors" and the errors
/// of each action.
namespace postern::aws {

/// What was asked, as far as it helps to tell one cause from another.
struct Attempt {
  /// The first hop starts from a person's own key; a chained hop from another role's session.
  enum class Kind { caller_identity, first_hop, chained_hop };
  enum class WithMfa { no, yes };
  Kind kind = Kind::caller_identity;
  WithMfa mfa = WithMfa::no;
  std::string region;
  std::string role_arn;         ///< "" for caller_identity
  std::string source_identity;  ///< "" if none was sent
  /// Regions that got this very request before and did not answer: they may have used up the MFA code.
  std::vector<std::string> unanswered_regions = {};
};

/// The likely cause and what to do next; AWS's own words in the detail.
Error explain(const Refusal& refusal, const Attempt& attempt);

}  // namespace postern::aws
