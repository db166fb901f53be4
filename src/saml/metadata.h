#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/instant.h"
#include "base/result.h"

/// SAML 2.0 metadata of an identity provider (OASIS saml-metadata-2.0-os), read as outside bytes: one libxml2
/// parse without DTD, entities or network, limited in size and depth.
namespace postern::saml {

inline constexpr std::size_t metadata_bytes_max = 2U << 20U;
inline constexpr std::size_t signing_certificates_max = 32;

struct SigningCertificate {
  Digest sha256;  ///< of the DER bytes
  Instant not_before;
  Instant not_after;
  std::string subject;  ///< RFC 2253 text, sanitized
  Bytes der = {};       ///< the certificate itself; at most `certificate_bytes_max`
  /// `der` adds nothing to its hash, and what stands for a certificate elsewhere need not carry it.
  friend bool operator==(const SigningCertificate& a, const SigningCertificate& b) {
    return a.sha256 == b.sha256 && a.not_before == b.not_before && a.not_after == b.not_after &&
           a.subject == b.subject;
  }
};

/// What an identity provider says of itself.
struct IdpMetadata {
  std::string entity_id;
  std::vector<std::string> sign_on_urls = {};  ///< SingleSignOnService locations
  /// For signing, or without a stated use; at least one.
  std::vector<SigningCertificate> signing_certificates = {};
  /// The earliest `validUntil` of the provider and of what it stands in: nobody should use the metadata then.
  std::optional<Instant> valid_until = {};
  friend bool operator==(const IdpMetadata&, const IdpMetadata&) = default;
};

/// The one IDPSSODescriptor in `xml`. `invalid`, with a message that a person on call understands, when it is
/// not well-formed, has a DOCTYPE, holds no or several identity providers, no sign-on URL, no signing
/// certificate, or one that cannot be read. Expired metadata and certificates are read like any other: the
/// caller judges.
Result<IdpMetadata> read_metadata(std::string_view xml);

}  // namespace postern::saml
