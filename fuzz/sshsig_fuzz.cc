#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/encoding.h"
#include "signature/sshsig.h"

// Bytes as an armored signature, as a key line, as a key blob, and as what stands inside the armor.
namespace postern::signature {
namespace {

constexpr std::string_view message =
    "I approve R-7: aiko, role incident-admin, account 200000000001, 60 minutes.\n";

/// What is read prints back to the same signature, and both are judged alike.
void check_signature(std::string_view armored) {
  const auto signature = parse_armored(armored);
  if (!signature) return;
  const std::string printed = to_armored(*signature);
  const auto again = parse_armored(printed);
  ENSURE(again && *again == *signature && to_armored(*again) == printed);
  ENSURE(!signature->name_space.empty());
  const bool good = verify(armored, signature->name_space, message, signature->key).has_value();
  ENSURE(verify(printed, signature->name_space, message, signature->key).has_value() == good);
  ENSURE(!verify(armored, signature->name_space + "x", message, signature->key));
  ENSURE(!good || !verify(armored, signature->name_space, "another message", signature->key));
}

void check_key(const Result<SshPublicKey>& key) {
  if (!key) return;
  const auto again = SshPublicKey::parse(key->line() + " comment\n");
  ENSURE(again && *again == *key && again->type() == key->type());
  ENSURE(key->fingerprint().size() == 50);
}

}  // namespace
}  // namespace postern::signature

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace postern::signature;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_signature(bytes);
  check_signature("-----BEGIN SSH SIGNATURE-----\n" + postern::to_base64(bytes) +
                  "\n-----END SSH SIGNATURE-----\n");
  check_key(SshPublicKey::parse(bytes));
  check_key(SshPublicKey::from_blob(bytes));
  return 0;
}
