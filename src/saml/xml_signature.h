#pragma once

#include <libxml/tree.h>

#include <vector>

#include "base/hash.h"
#include "base/result.h"

/// Who signed an element. All of xmlsec stands behind this header, as all of libxml2's parser behind
/// document.h. Inside `saml` only.
namespace postern::saml {

/// A certificate that may have made a signature.
struct Pin {
  Digest sha256;   ///< of its DER bytes
  Bytes der = {};  ///< when known: for a signature that carries no certificate
};

/// That `signature`, a child of `element`, has the form of check_shape() and was made over `element` with the
/// key of one of `pins`. After this, all of `element` but what is below `signature` is what the owner of that
/// key signed; comments are not. `forbidden` otherwise. Whether the certificate has expired is not asked.
/// From any thread, but a document is one thread's.
Result<void> check_signature(xmlNode* signature, xmlNode* element, const std::vector<Pin>& pins);

}  // namespace postern::saml
