#pragma once

#include <libxml/tree.h>

#include <vector>

#include "base/result.h"
#include "saml/metadata.h"

/// What a Signature element says, before anything is computed. Inside `saml` only.
namespace postern::saml {

/// Holds a Signature (W3C XML-DSig 1.1) against the one form in which it is checked at all: one reference, to
/// `element`, its parent; transforms enveloped signature, then exclusive canonicalisation without comments;
/// SHA-256, 384 or 512; RSA (PKCS #1 v1.5) or ECDSA; no Object. No other element of the document may bear the
/// ID of `element`. `forbidden` otherwise.
Result<void> check_shape(xmlNode* signature, xmlNode* element);

/// The certificates in its KeyInfo that can be read, at most `signing_certificates_max`. They are a claim.
std::vector<SigningCertificate> claimed_certificates(xmlNode* signature);

}  // namespace postern::saml
