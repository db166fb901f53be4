#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "saml/metadata.h"

/// XML signatures over metadata and over a Response, by certificates that the caller pins. The document is
/// parsed once (document.h), and what is read afterwards is read from the verified node of that same parse.
namespace postern::saml {

/// read_metadata(), but only of a document whose root carries an enveloped signature made with the
/// certificate of that SHA-256. Whatever KeyInfo says counts only as a place to find that certificate. One
/// reference, to the root; exclusive canonicalisation; RSA or ECDSA with SHA-256 or better. `forbidden` when
/// unsigned, signed by somebody else, or altered; `invalid` as read_metadata.
Result<IdpMetadata> read_signed_metadata(std::string_view xml, const Digest& signed_by);

/// What a sign-in yields, read from what a pinned certificate of `idp` signed.
struct Assertion {
  std::string issuer;
  std::string subject;                  ///< NameID
  Instant not_on_or_after;              ///< of the Conditions
  std::vector<std::string> audiences;   ///< "urn:amazon:webservices"
  std::vector<std::string> roles = {};  ///< values of https://aws.amazon.com/SAML/Attributes/Role
};

/// The one assertion in a Response (XML, after base64). Either the Response or the Assertion must be signed
/// with one of `idp`'s certificates; when both are, both must be good. `forbidden` when no pinned certificate
/// made it, when it was altered, when the issuer is another one, or when `now` is outside its conditions (60
/// s of clock skew are forgiven). `invalid` for anything that is not one such Response, a status other than
/// Success included, which the message names; an encrypted assertion too. Not looked at, because only
/// AWS can judge them: Destination, InResponseTo and the subject confirmation; nor whether a certificate of
/// `idp` has expired (trust.h).
Result<Assertion> read_response(std::string_view xml, const IdpMetadata& idp, Instant now);

}  // namespace postern::saml
