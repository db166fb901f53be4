#include "base/secret.h"

#include <openssl/crypto.h>

namespace postern {

void wipe(void* memory, std::size_t size) { OPENSSL_cleanse(memory, size); }

bool Secret::same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace postern
