#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "saml/metadata.h"

/// The doctor of failure mode FM2: what an IdP says of itself, beside what AWS holds of it. Pure.
namespace postern::saml {

/// Where AWS's side was read.
enum class Held { copy, live };

struct TrustFinding {
  enum class Kind {
    not_trusted,     ///< the IdP signs with a certificate that AWS does not hold
    no_longer_used,  ///< AWS holds a certificate that the IdP does not sign with any more
    expired,         ///< of a certificate on either side
    not_yet_valid,
    entity_differs,  ///< AWS would not even find the IdP by its issuer
    sign_on_differs  ///< people would be sent to another address
  };
  Kind kind;
  std::string text;  ///< one sentence for the person on call, in plain words
  friend bool operator==(const TrustFinding&, const TrustFinding&) = default;
};

struct Trust {
  /// Whether an assertion that the IdP signs now would be believed: same entity id, and at least one of the
  /// IdP's certificates that is valid now is held by AWS. IAM's documents do not say that it looks at expiry,
  /// Identity Center's call for rotating expired certificates: an expired one alone never counts as good.
  bool works = false;
  std::vector<TrustFinding> findings;  ///< what stops it first; empty when both sides say the same
};

/// `idp`: the IdP's metadata as served now. `aws`: the metadata that AWS was given.
Trust compare(const IdpMetadata& idp, const IdpMetadata& aws, Instant now);

/// "CN=idp.example.net, 3F:A1:…:9C (SHA-256), until 2027-01-05": how a person finds the same certificate in a
/// console or on the phone. The fingerprint stands in full.
std::string describe(const SigningCertificate& certificate);

/// The warnings that are due for something that ends at `not_after`: the smallest of `before` that has been
/// reached, or nothing while none has. Zero when it has ended.
std::optional<seconds> due_warning(Instant not_after, const std::vector<seconds>& before, Instant now);

}  // namespace postern::saml
