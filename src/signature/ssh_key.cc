#include "signature/ssh_key.h"

#include "base/encoding.h"
#include "signature/evp.h"

namespace postern::signature {
namespace {

constexpr std::string_view blanks = " \t";

/// The characters of `line` up to a blank; `line` then starts at the next word.
std::string_view take_word(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  return word;
}

}  // namespace

Result<SshPublicKey> SshPublicKey::parse(std::string_view line) {
  if (line.size() > public_key_line_bytes_max) {
    return fail(ErrorCode::invalid,
                "This SSH public key is longer than 16 KiB. Give one line of an id_….pub file.");
  }
  if (line.ends_with('\n')) line.remove_suffix(1);  // as the file has it
  if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
    return fail(ErrorCode::invalid, "An SSH public key is one line. Give one line of an id_….pub file.");
  const std::string_view type = take_word(line);
  const auto blob = from_base64(take_word(line));
  if (!blob) {
    return fail(ErrorCode::invalid,
                "An SSH public key reads `<type> <base64> [comment]`. Give one line of an id_….pub file.");
  }
  SshPublicKey key = TRY(from_blob(*blob));
  if (key.type_ != type) {
    return fail(ErrorCode::invalid, "This SSH public key says that it is " + sanitized(type, Lines::replace) +
                                        " but holds " + key.type_ +
                                        ". Copy it again from the id_….pub file.");
  }
  return key;
}

Result<SshPublicKey> SshPublicKey::from_blob(std::string_view blob) {
  ImportedKey key = TRY(import_key(blob));
  return SshPublicKey(std::move(key.type), Bytes(blob));
}

std::string SshPublicKey::fingerprint() const {
  std::string text = "SHA256:" + to_base64(sha256(blob_).view());
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::string SshPublicKey::line() const { return type_ + " " + to_base64(blob_); }

}  // namespace postern::signature
