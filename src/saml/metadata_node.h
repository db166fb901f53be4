#pragma once

#include <libxml/tree.h>

#include "base/result.h"
#include "saml/metadata.h"

namespace postern::saml {

/// read_metadata() of a root element that is parsed already, so that signed metadata is read from the very
/// nodes whose signature was checked. Inside `saml` only.
Result<IdpMetadata> read_metadata_node(const xmlNode* root);

}  // namespace postern::saml
