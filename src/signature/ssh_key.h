#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

/// Did key K sign bytes B? SSH keys and signatures, verified with OpenSSL. Pure.
namespace postern::signature {

inline constexpr std::size_t public_key_line_bytes_max = 16 * 1024;

/// An SSH public key (RFC 4253 section 6.6, RFC 8709, RFC 5656; OpenSSH PROTOCOL.u2f for `sk-`).
/// Accepted: ssh-ed25519, ecdsa-sha2-nistp{256,384,521}, ssh-rsa with 2048 to 8192 bits, and
/// sk-ssh-ed25519@openssh.com. Equality is equality of the key, whatever the comment.
class SshPublicKey {
 public:
  /// Reads `<type> <base64> [comment]`, one line of authorized_keys without options.
  static Result<SshPublicKey> parse(std::string_view line);
  /// Reads the wire blob, e.g. from inside a signature.
  static Result<SshPublicKey> from_blob(std::string_view blob);

  [[nodiscard]] const std::string& type() const { return type_; }
  [[nodiscard]] const Bytes& blob() const { return blob_; }
  /// "SHA256:" and unpadded Base64, as `ssh-keygen -l` prints it. Names a key in entries and messages.
  [[nodiscard]] std::string fingerprint() const;
  /// `<type> <base64>`, without a comment.
  [[nodiscard]] std::string line() const;
  friend bool operator==(const SshPublicKey& a, const SshPublicKey& b) { return a.blob_ == b.blob_; }
  friend auto operator<=>(const SshPublicKey& a, const SshPublicKey& b) { return a.blob_ <=> b.blob_; }

 private:
  SshPublicKey(std::string type, Bytes blob) : type_(std::move(type)), blob_(std::move(blob)) {}
  std::string type_;
  Bytes blob_;
};

}  // namespace postern::signature
