#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <memory>

#include "base/encoding.h"

namespace postern {

std::string Digest::hex() const { return to_hex(view()); }

Result<Digest> Digest::from_hex(std::string_view text) {
  if (text.size() != 64) return fail(ErrorCode::invalid, "A SHA-256 digest has 64 hexadecimal digits.");
  return from_bytes(TRY(postern::from_hex(text)));
}

Result<Digest> Digest::from_bytes(std::string_view raw) {
  Digest digest;
  if (raw.size() != digest.bytes.size()) return fail(ErrorCode::invalid, "A SHA-256 digest has 32 bytes.");
  std::transform(raw.begin(), raw.end(), digest.bytes.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return digest;
}

Digest sha256(std::initializer_list<std::string_view> parts) {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  // One context a thread: making one costs more than hashing an entry.
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Digest digest;
  ENSURE(context != nullptr && algorithm != nullptr);
  ENSURE(EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1);
  for (const std::string_view part : parts)
    ENSURE(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  ENSURE(EVP_DigestFinal_ex(context.get(), digest.bytes.data(), nullptr) == 1);
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view message) {
  Digest digest;
  unsigned int size = 0;
  const auto* const data = reinterpret_cast<const unsigned char*>(message.data());
  ENSURE(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data, message.size(),
              digest.bytes.data(), &size) != nullptr);
  ENSURE(size == digest.bytes.size());
  return digest;
}

Bytes Random::bytes(std::size_t size) {
  Bytes out(size, '\0');
  fill({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  return out;
}

}  // namespace postern
