#include "signature/sshsig.h"

#include <utility>

#include "base/encoding.h"
#include "signature/evp.h"
#include "signature/wire.h"

namespace postern::signature {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view first_line = "-----BEGIN SSH SIGNATURE-----\n";
constexpr std::string_view last_line = "\n-----END SSH SIGNATURE-----";
constexpr std::string_view magic = "SSHSIG";
constexpr std::string_view version_one = "\0\0\0\1"sv;
constexpr std::size_t armor_width = 70;  // as ssh-keygen
constexpr std::size_t ed25519_signature_bytes = 64;
constexpr std::size_t flags_counter_bytes = 5;
constexpr unsigned char user_present = 0x01;  // OpenSSH PROTOCOL.u2f, WebAuthn section 6.1

tl::unexpected<Error> malformed(const std::string& what) {
  return fail(ErrorCode::invalid, "This SSH signature cannot be read: " + what +
                                      " Sign again with ssh-keygen -Y sign and send all it writes.");
}

/// The bytes inside the armor. Line breaks may stand anywhere in the Base64, other white space may not.
Result<Bytes> unarmored(std::string_view armored) {
  if (armored.size() > armored_bytes_max) return malformed("it is longer than 16 KiB.");
  armored = armored.substr(0, armored.find_last_not_of(" \t\r\n") + 1);
  if (!armored.starts_with(first_line)) return malformed("the BEGIN line is missing.");
  armored.remove_prefix(first_line.size());
  if (!armored.ends_with(last_line)) return malformed("the END line is missing.");
  armored.remove_suffix(last_line.size());
  std::string base64(armored);
  std::erase(base64, '\n');
  auto blob = from_base64(base64);
  if (!blob) return malformed("between BEGIN and END stands no Base64.");
  return blob;
}

/// Whether a key of that type may sign with that algorithm. RSA keys have one type and several algorithms
/// (RFC 8332); "ssh-rsa" is the one with SHA-1, under which two messages can be made to share a signature.
bool fits(std::string_view algorithm, std::string_view key_type) {
  if (key_type == "ssh-rsa") return algorithm == "rsa-sha2-256" || algorithm == "rsa-sha2-512";
  return algorithm == key_type;
}

bool is_ed25519(std::string_view algorithm) {
  return algorithm == "ssh-ed25519" || algorithm == "sk-ssh-ed25519@openssh.com";
}

struct EcdsaPair {
  std::string_view r;
  std::string_view s;
};

/// RFC 5656 section 3.1.2.
Result<EcdsaPair> read_ecdsa(std::string_view signature) {
  WireReader reader(signature);
  const std::string_view r = TRY(reader.positive_mpint());
  const std::string_view s = TRY(reader.positive_mpint());
  TRY(reader.finish());
  return EcdsaPair{.r = r, .s = s};
}

/// Reads the inner signature: algorithm, value, and for security keys flags and counter.
Result<void> read_value(std::string_view bytes, SshSignature& into) {
  WireReader reader(bytes);
  into.algorithm = TRY(reader.name());
  if (!fits(into.algorithm, into.key.type())) {
    return malformed("a key of type " + into.key.type() + " does not sign with " +
                     sanitized(into.algorithm, Lines::replace) + ".");
  }
  into.signature = TRY(reader.string());
  if (into.algorithm.starts_with("sk-")) into.key_flags_counter = TRY(reader.bytes(flags_counter_bytes));
  TRY(reader.finish());
  if (is_ed25519(into.algorithm) && into.signature.size() != ed25519_signature_bytes)
    return malformed("an Ed25519 signature has 64 bytes.");
  if (into.algorithm.starts_with("ecdsa-")) TRY(read_ecdsa(into.signature));
  return {};
}

Result<SshSignature> read_blob(std::string_view blob) {
  WireReader reader(blob);
  if (TRY(reader.bytes(magic.size())) != magic) return malformed("it does not start with SSHSIG.");
  if (TRY(reader.bytes(version_one.size())) != version_one) return malformed("its version is not 1.");
  const std::string_view key = TRY(reader.string());
  const std::string_view name_space = TRY(reader.name());
  // Reserved for later versions. ssh-keygen ignores what stands here and signs as if it were empty; so do we.
  TRY(reader.string());
  const std::string_view hash_algorithm = TRY(reader.name());
  const std::string_view value = TRY(reader.string());
  TRY(reader.finish());
  if (hash_algorithm != "sha256" && hash_algorithm != "sha512")
    return malformed("its hash algorithm is neither sha256 nor sha512.");
  SshSignature signature{.key = TRY(SshPublicKey::from_blob(key)),
                         .name_space = std::string(name_space),
                         .hash_algorithm = std::string(hash_algorithm),
                         .algorithm = {},
                         .signature = {}};
  TRY(read_value(value, signature));
  return signature;
}

/// What the key signs: PROTOCOL.sshsig section 3.
Bytes signed_data(const SshSignature& signature, std::string_view message) {
  const Bytes hash = signature.hash_algorithm == "sha512" ? sha512(message) : Bytes(sha256(message).view());
  return Bytes(magic) + wire_string(signature.name_space) + wire_string("") +
         wire_string(signature.hash_algorithm) + wire_string(hash);
}

/// What a security key signs in place of `data`: OpenSSH PROTOCOL.u2f.
Bytes authenticator_data(const std::string& application, std::string_view flags_counter,
                         std::string_view data) {
  return Bytes(sha256(application).view()).append(flags_counter).append(sha256(data).view());
}

/// Whether `signature` is `key`'s over `data`.
Result<bool> is_signed(const ImportedKey& key, const SshSignature& signature, const Bytes& data) {
  switch (key.scheme) {
    case Scheme::ed25519:
      return verifies(key.handle, "", data, signature.signature);
    case Scheme::security_key:
      return verifies(key.handle, "", authenticator_data(key.application, signature.key_flags_counter, data),
                      signature.signature);
    case Scheme::ecdsa: {
      const EcdsaPair pair = TRY(read_ecdsa(signature.signature));
      return verifies(key.handle, key.digest_name, data, ecdsa_der(pair.r, pair.s));
    }
    case Scheme::rsa:
      return verifies(key.handle, signature.algorithm == "rsa-sha2-512" ? "SHA2-512" : "SHA2-256", data,
                      signature.signature);
  }
  ENSURE(false);
}

}  // namespace

Result<SshSignature> parse_armored(std::string_view armored) { return read_blob(TRY(unarmored(armored))); }

std::string to_armored(const SshSignature& signature) {
  const Bytes value =
      wire_string(signature.algorithm) + wire_string(signature.signature) + signature.key_flags_counter;
  const std::string base64 = to_base64(Bytes(magic).append(version_one) + wire_string(signature.key.blob()) +
                                       wire_string(signature.name_space) + wire_string("") +
                                       wire_string(signature.hash_algorithm) + wire_string(value));
  std::string text(first_line);
  for (std::size_t i = 0; i < base64.size(); i += armor_width) {
    if (i > 0) text += '\n';
    text.append(base64, i, armor_width);
  }
  return text.append(last_line) += '\n';
}

Result<void> verify(std::string_view armored, std::string_view name_space, std::string_view message,
                    const SshPublicKey& key) {
  const SshSignature signature = TRY(parse_armored(armored));
  if (signature.key != key) {
    return fail(ErrorCode::forbidden, "This was signed with the key " + signature.key.fingerprint() +
                                          ", not with " + key.fingerprint() +
                                          ". Sign again with the right key.");
  }
  if (signature.name_space != name_space) {
    return fail(ErrorCode::forbidden, "This was signed for \"" +
                                          sanitized(signature.name_space, Lines::replace) + "\", not for \"" +
                                          std::string(name_space) + "\". Sign again with -n " +
                                          std::string(name_space) + ".");
  }
  const ImportedKey imported = TRY(import_key(key.blob()));
  if (imported.scheme == Scheme::security_key &&
      (static_cast<unsigned char>(signature.key_flags_counter[0]) & user_present) == 0) {
    return fail(
        ErrorCode::forbidden,
        "Nobody touched the security key for this signature. Sign again with a key that asks for a touch.");
  }
  if (!TRY(is_signed(imported, signature, signed_data(signature, message)))) {
    return fail(ErrorCode::forbidden,
                "The signature does not fit the text, or was changed. Sign exactly the text that was given.");
  }
  return {};
}

}  // namespace postern::signature
