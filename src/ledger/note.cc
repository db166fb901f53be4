#include "ledger/note.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "ledger/line_format.h"

namespace postern::ledger {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t key_bytes = 32;
constexpr std::size_t signature_bytes = 64;
constexpr std::size_t key_id_bytes = 4;
constexpr std::size_t key_name_bytes_max = 256;
/// The signature type of Ed25519 (signed-note, "Signature types").
constexpr std::string_view ed25519_type = "\x01";
constexpr std::string_view dash = "\u2014 ";

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<std::uint8_t>(c) < 0x20 && c != '\n'; });
}

/// Non-empty UTF-8 without '+', control characters or Unicode White_Space (PropList.txt; the first five are
/// control characters).
bool is_key_name(std::string_view name) {
  static constexpr std::array spaces = {" "sv,      "\u0085"sv, "\u00a0"sv, "\u1680"sv, "\u2000"sv,
                                        "\u2001"sv, "\u2002"sv, "\u2003"sv, "\u2004"sv, "\u2005"sv,
                                        "\u2006"sv, "\u2007"sv, "\u2008"sv, "\u2009"sv, "\u200a"sv,
                                        "\u2028"sv, "\u2029"sv, "\u202f"sv, "\u205f"sv, "\u3000"sv};
  if (name.empty() || name.size() > key_name_bytes_max || !is_utf8(name) || has_control_character(name))
    return false;
  if (name.find_first_of("+\n") != std::string_view::npos) return false;
  return std::none_of(spaces.begin(), spaces.end(),
                      [&](std::string_view space) { return name.find(space) != std::string_view::npos; });
}

Bytes big_endian(std::uint32_t value) {
  Bytes bytes;
  for (unsigned shift = 32; shift > 0; shift -= 8) bytes += static_cast<char>((value >> (shift - 8)) & 0xffU);
  return bytes;
}

std::uint32_t read_big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes.substr(0, key_id_bytes)) value = (value << 8U) | static_cast<std::uint8_t>(c);
  return value;
}

tl::unexpected<Error> malformed_key() {
  return fail(
      ErrorCode::invalid,
      "This is no verifier key. It looks like example.com/log+530d903a+AekyeRrm… and is printed by the log.");
}
tl::unexpected<Error> malformed_note(const char* what) {
  return fail(ErrorCode::invalid, "This is no signed note: " + std::string(what) + ". Fetch it again.");
}

struct SignatureLine {
  std::string_view name;
  std::uint32_t key_id = 0;
  Bytes signature;
};

Result<SignatureLine> parse_signature_line(std::string_view line) {
  if (!line.starts_with(dash))
    return malformed_note("a signature line does not start with a dash and a space");
  line.remove_prefix(dash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space)))
    return malformed_note("a signature line names no key");
  const auto blob = from_base64(line.substr(space + 1));
  if (!blob || blob->size() <= key_id_bytes)
    return malformed_note("a signature is not Base64 of a key id and bytes");
  return SignatureLine{.name = line.substr(0, space),
                       .key_id = read_big_endian(*blob),
                       .signature = blob->substr(key_id_bytes)};
}

struct SplitNote {
  std::string_view text;
  std::vector<SignatureLine> signatures;
};

Result<SplitNote> split(std::string_view note) {
  if (note.size() > note_bytes_max) return malformed_note("it is larger than 64 KiB");
  if (!is_utf8(note) || has_control_character(note))
    return malformed_note("it holds bytes that are not plain text");
  const std::size_t gap = note.rfind("\n\n");
  if (gap == std::string_view::npos) return malformed_note("no empty line stands before the signatures");
  SplitNote parts{.text = note.substr(0, gap + 1), .signatures = {}};
  std::string_view rest = note.substr(gap + 2);
  if (rest.empty()) return malformed_note("it has no signature");
  while (!rest.empty()) {
    if (parts.signatures.size() == note_signatures_max)
      return malformed_note("it has more than 64 signatures");
    const auto line = take_line(rest);
    if (!line) return malformed_note("its last line does not end");
    parts.signatures.push_back(TRY(parse_signature_line(*line)));
  }
  return parts;
}

}  // namespace

NoteVerifier::NoteVerifier(std::string name, Bytes public_key)
    : name_(std::move(name)),
      public_key_(std::move(public_key)),
      key_id_(read_big_endian(sha256({name_, "\n", ed25519_type, public_key_}).view())) {}

Result<NoteVerifier> NoteVerifier::parse(std::string_view vkey) {
  const std::size_t first = vkey.find('+');
  if (first == std::string_view::npos || !is_key_name(vkey.substr(0, first))) return malformed_key();
  const std::string_view rest = vkey.substr(first + 1);
  const std::size_t second = rest.find('+');  // the Base64 behind it may hold more of them
  if (second == std::string_view::npos) return malformed_key();
  const auto key = from_base64(rest.substr(second + 1));
  if (!key || key->size() != ed25519_type.size() + key_bytes) return malformed_key();
  if (!key->starts_with(ed25519_type))
    return fail(ErrorCode::invalid,
                "This verifier key is not an Ed25519 key (type 1). Give the log's Ed25519 key.");
  NoteVerifier verifier(std::string(vkey.substr(0, first)), key->substr(ed25519_type.size()));
  if (verifier.vkey() != vkey)
    return fail(ErrorCode::invalid,
                "The key id in this verifier key does not fit its name and key. Copy it again.");
  return verifier;
}

std::string NoteVerifier::vkey() const {
  return name_ + "+" + to_hex(big_endian(key_id_)) + "+" + to_base64(Bytes(ed25519_type) + public_key_);
}

bool NoteVerifier::verify(std::string_view text, std::string_view signature) const {
  if (signature.size() != signature_bytes) return false;
  const Key key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(public_key_), public_key_.size()));
  const Context context(EVP_MD_CTX_new());
  if (key == nullptr || context == nullptr) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(text), text.size()) == 1;
}

Result<NoteSigner> NoteSigner::from_seed(std::string name, const Secret& seed) {
  if (!is_key_name(name))
    return fail(ErrorCode::invalid,
                "A key name is 1 to 256 bytes of text without spaces and '+'. Name the log so.");
  if (seed.reveal().size() != key_bytes)
    return fail(ErrorCode::invalid, "An Ed25519 private key has 32 bytes.");
  const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed.reveal()), key_bytes));
  Bytes public_key(key_bytes, '\0');
  std::size_t size = key_bytes;
  auto* const out = reinterpret_cast<unsigned char*>(public_key.data());
  if (key == nullptr || EVP_PKEY_get_raw_public_key(key.get(), out, &size) != 1 || size != key_bytes)
    return fail(ErrorCode::invalid, "OpenSSL does not take this Ed25519 private key. Make a new one.");
  return NoteSigner(NoteVerifier(std::move(name), std::move(public_key)), seed);
}

std::string NoteSigner::sign_line(std::string_view text) const {
  ENSURE(text.ends_with('\n') && is_utf8(text) && !has_control_character(text));
  const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed_.reveal()), key_bytes));
  const Context context(EVP_MD_CTX_new());
  Bytes signature(signature_bytes, '\0');
  std::size_t size = signature.size();
  auto* const out = reinterpret_cast<unsigned char*>(signature.data());
  ENSURE(key != nullptr && context != nullptr);
  ENSURE(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  ENSURE(EVP_DigestSign(context.get(), out, &size, octets(text), text.size()) == 1);
  ENSURE(size == signature_bytes);
  const Bytes blob = big_endian(verifier_.key_id()) + signature;
  return Bytes(dash) + verifier_.name() + " " + to_base64(blob) + "\n";
}

std::string sign_note(std::string_view text, const std::vector<const NoteSigner*>& signers) {
  std::string note = std::string(text) + "\n";
  for (const NoteSigner* signer : signers) note += signer->sign_line(text);
  return note;
}

Result<OpenedNote> open_note(std::string_view note, const std::vector<NoteVerifier>& known) {
  const SplitNote parts = TRY(split(note));
  OpenedNote opened{.text = std::string(parts.text), .verified_by = {}};
  for (const SignatureLine& line : parts.signatures) {
    for (const NoteVerifier& key : known) {
      // Who shares only the name or only the id is a stranger, and strangers are passed over.
      if (key.name() != line.name || key.key_id() != line.key_id) continue;
      if (!key.verify(parts.text, line.signature))
        return fail(ErrorCode::damaged, "The signature of " + key.name() +
                                            " does not fit this text. Do not trust it; fetch it again.");
      if (std::find(opened.verified_by.begin(), opened.verified_by.end(), key.name()) ==
          opened.verified_by.end())
        opened.verified_by.push_back(key.name());
    }
  }
  if (opened.verified_by.empty())
    return fail(ErrorCode::damaged,
                "No known key signed this text. Check which log it comes from, and its key.");
  return opened;
}

}  // namespace postern::ledger
