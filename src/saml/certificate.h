#pragma once

#include <string_view>

#include "base/result.h"
#include "saml/metadata.h"

namespace postern::saml {

inline constexpr std::size_t certificate_bytes_max = 64U << 10U;

/// Reads one X.509 certificate from the base64 text of an X509Certificate element (XML-DSig 4.5.4); white
/// space is free, bytes after the certificate are not. Says nothing about trust or expiry: those are the
/// caller's to judge.
Result<SigningCertificate> read_certificate(std::string_view base64);

}  // namespace postern::saml
