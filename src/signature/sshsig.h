#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "signature/ssh_key.h"

/// SSHSIG (OpenSSH PROTOCOL.sshsig), what `ssh-keygen -Y sign` writes and `ssh-keygen -Y verify` reads.
namespace postern::signature {

inline constexpr std::size_t armored_bytes_max = 16 * 1024;

/// A parsed signature: well-formed, not yet verified.
struct SshSignature {
  SshPublicKey key;              ///< the key that claims to have signed
  std::string name_space;        ///< e.g. "postern-approval"
  std::string hash_algorithm;    ///< "sha256" or "sha512"
  std::string algorithm;         ///< e.g. "ssh-ed25519", "rsa-sha2-512"
  Bytes signature;               ///< in the algorithm's wire form
  Bytes key_flags_counter = {};  ///< for sk- keys: flags byte and 32-bit counter
  friend bool operator==(const SshSignature&, const SshSignature&) = default;
};

/// Reads the armored form (`-----BEGIN SSH SIGNATURE-----` …) and nothing beside it but final white space.
/// Refused beside what cannot be read: hashes but sha256 and sha512, an empty namespace, an algorithm that is
/// not the key's (so SHA-1 with RSA), and every encoding but the shortest. The field `reserved` is ignored,
/// as ssh-keygen does: it is not under the signature, so nothing may be read from it.
Result<SshSignature> parse_armored(std::string_view armored);
/// The armored form with an empty `reserved`, byte for byte as `ssh-keygen -Y sign` writes it.
std::string to_armored(const SshSignature& signature);

/// Success only if `armored` holds a signature over `message` in `name_space`, made by `key` itself. ssh-rsa
/// keys sign with rsa-sha2-256 or -512 only; SHA-1 is refused. An `sk-` signature needs the user-present
/// flag. Otherwise `forbidden`, saying what does not fit; `invalid` when it cannot be read.
Result<void> verify(std::string_view armored, std::string_view name_space, std::string_view message,
                    const SshPublicKey& key);

}  // namespace postern::signature
