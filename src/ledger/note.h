#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/secret.h"

/// C2SP signed notes (c2sp.org/signed-note v1.0.0) with Ed25519 keys.
namespace postern::ledger {

/// Limits that a reader of outside bytes needs; the specification asks for at least 16 signatures.
inline constexpr std::size_t note_bytes_max = std::size_t{64} * 1024;
inline constexpr std::size_t note_signatures_max = 64;

/// A public key under a name: `<name>+<8 hex of the key id>+base64(0x01 ‖ 32 bytes)`.
class NoteVerifier {
 public:
  static Result<NoteVerifier> parse(std::string_view vkey);
  [[nodiscard]] std::string vkey() const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t key_id() const { return key_id_; }
  /// True only when `signature` (64 bytes) is this key's over `text`.
  [[nodiscard]] bool verify(std::string_view text, std::string_view signature) const;
  friend bool operator==(const NoteVerifier&, const NoteVerifier&) = default;

 private:
  friend class NoteSigner;
  NoteVerifier(std::string name, Bytes public_key);
  std::string name_;
  Bytes public_key_;
  std::uint32_t key_id_ = 0;
};

/// A private key under a name. The seed is wiped with the object.
class NoteSigner {
 public:
  /// `seed` is the 32-byte Ed25519 private key (RFC 8032); `name` must be a valid key name (no space, no
  /// '+').
  static Result<NoteSigner> from_seed(std::string name, const Secret& seed);
  /// The signature line `— name base64(key id ‖ signature)`, with its newline. `text` must end in a newline.
  [[nodiscard]] std::string sign_line(std::string_view text) const;
  [[nodiscard]] const NoteVerifier& verifier() const { return verifier_; }

 private:
  NoteSigner(NoteVerifier verifier, Secret seed) : verifier_(std::move(verifier)), seed_(std::move(seed)) {}
  NoteVerifier verifier_;
  Secret seed_;
};

/// The signed note: `text` (ending in a newline), an empty line, one line for each signer.
std::string sign_note(std::string_view text, const std::vector<const NoteSigner*>& signers);

struct OpenedNote {
  std::string text;                      ///< what was signed
  std::vector<std::string> verified_by;  ///< names of the known keys whose signature is good
};
/// Splits a note and verifies it. Unknown keys are ignored; a bad signature by a known key, or none by any
/// known key, is `damaged`; a malformed note is `invalid`.
Result<OpenedNote> open_note(std::string_view note, const std::vector<NoteVerifier>& known);

}  // namespace postern::ledger
