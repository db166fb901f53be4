#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

/// The one place of this folder that talks to OpenSSL: SSH keys become EVP keys, and EVP says yes or no.
namespace postern::signature {

struct FreeEvpKey {
  void operator()(EVP_PKEY* key) const;
};
using EvpKey = std::unique_ptr<EVP_PKEY, FreeEvpKey>;

enum class Scheme { ed25519, ecdsa, rsa, security_key };

/// A public key, checked and ready to verify.
struct ImportedKey {
  Scheme scheme;
  std::string type;  ///< as SSH calls it, e.g. "ecdsa-sha2-nistp256"
  std::string digest_name =
      {};  ///< what an ECDSA curve hashes with (RFC 5656 section 6.2.1), e.g. "SHA2-256"
  std::string application = {};  ///< of a security key, e.g. "ssh:"
  EvpKey handle;
};

/// Reads a public key blob. `invalid` for types and sizes that ssh_key.h does not name, for points that are
/// not on their curve, and for keys under which anybody could sign (Ed25519 of small order, RSA with exponent
/// 1).
Result<ImportedKey> import_key(std::string_view blob);

/// True only when `signature` is `key`'s over `message`. Ed25519 hashes by itself and takes an empty
/// `digest_name`; ECDSA takes the signature in DER; RSA is PKCS #1 v1.5 and the signature must be as long as
/// the modulus.
bool verifies(const EvpKey& key, const std::string& digest_name, std::string_view message,
              std::string_view signature);

/// Ecdsa-Sig-Value (RFC 3279 section 2.2.3) of two big-endian numbers.
Bytes ecdsa_der(std::string_view r, std::string_view s);

Bytes sha512(std::string_view bytes);

}  // namespace postern::signature
