#include "signature/evp.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "signature/wire.h"

namespace postern::signature {
namespace {

template <auto Function>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    Function(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;

/// Takes back what a refusal leaves in OpenSSL's error queue: other code on this thread must not find it
/// there.
class QuietErrors {
 public:
  QuietErrors() { ERR_set_mark(); }
  ~QuietErrors() { ERR_pop_to_mark(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Number number(std::string_view big_endian) {
  Number out(BN_bin2bn(data_of(big_endian), static_cast<int>(big_endian.size()), nullptr));
  ENSURE(out != nullptr);
  return out;
}

struct Curve {
  std::string_view ssh_name;  // RFC 5656 section 10.1
  const char* openssl_name;
  const char* digest_name;
};
constexpr std::array<Curve, 3> curves = {
    {{.ssh_name = "nistp256", .openssl_name = "P-256", .digest_name = "SHA2-256"},
     {.ssh_name = "nistp384", .openssl_name = "P-384", .digest_name = "SHA2-384"},
     {.ssh_name = "nistp521", .openssl_name = "P-521", .digest_name = "SHA2-512"}}};

constexpr int rsa_bits_min = 2048;
constexpr int rsa_bits_max = 8192;
constexpr int rsa_exponent_bits_max = 64;  // OpenSSL verifies no larger one under moduli over 3072 bits

tl::unexpected<Error> unusable(const std::string& what) {
  return fail(ErrorCode::invalid,
              "This SSH key cannot be used: " + what + " Make a new one with ssh-keygen -t ed25519.");
}

/// The key that OpenSSL makes of `parameters`, or null when it refuses them.
EvpKey from_parameters(const char* algorithm, OSSL_PARAM* parameters) {
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  ENSURE(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) return nullptr;
  return EvpKey(key);
}

/// True for a y coordinate of 2^255-19 or more, which would give one point two encodings.
bool is_beyond_field(std::string_view y) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(y[i]); };
  for (std::size_t i = 31; i > 0; --i)
    if (byte(i) != (i == 31 ? 0x7f : 0xff)) return false;
  return byte(0) >= 0xed;
}

/// The y coordinates, little-endian, of the points of order 1, 2, 4 and 8 on edwards25519 (RFC 8032
/// section 5.1). Under such a key one signature fits many messages, and everybody can make it.
constexpr std::array<std::string_view, 5> small_order_y = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"};

Result<EvpKey> ed25519_key(std::string_view point) {
  if (point.size() != 32) return unusable("an Ed25519 key has 32 bytes.");
  Bytes y(point);
  y.back() = static_cast<char>(static_cast<std::uint8_t>(y.back()) & 0x7fU);
  if (is_beyond_field(y) || std::ranges::find(small_order_y, to_hex(y)) != small_order_y.end())
    return unusable("anybody could sign under this Ed25519 point.");
  EvpKey key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, data_of(point), point.size()));
  ENSURE(key != nullptr);
  return key;
}

Result<EvpKey> ecdsa_key(const Curve& curve, std::string_view point) {
  // 0x04: only the uncompressed form, as OpenSSH; this also leaves out the point at infinity.
  if (!point.starts_with('\x04')) return unusable("its point is not in the uncompressed form.");
  const Builder builder(OSSL_PARAM_BLD_new());
  ENSURE(builder != nullptr);
  ENSURE(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.openssl_name, 0) ==
         1);
  ENSURE(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                          point.size()) == 1);
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  ENSURE(parameters != nullptr);
  // Refuses lengths that are not the curve's, coordinates beyond the field, and points off the curve.
  EvpKey key = from_parameters("EC", parameters.get());
  if (key == nullptr) return unusable("its point is not on the curve.");
  return key;
}

Result<EvpKey> rsa_key(std::string_view exponent, std::string_view modulus) {
  // Sizes first: numbers beyond them are never computed with.
  if (modulus.size() * 8 > rsa_bits_max || exponent.size() * 8 > rsa_exponent_bits_max)
    return unusable("RSA keys have 2048 to 8192 bits and an exponent of at most 64.");
  const Number e = number(exponent);
  const Number n = number(modulus);
  if (BN_num_bits(n.get()) < rsa_bits_min) return unusable("RSA keys have 2048 to 8192 bits.");
  if (BN_is_odd(n.get()) != 1 || BN_is_odd(e.get()) != 1 || BN_is_one(e.get()) == 1)
    return unusable("its RSA numbers are not those of a key.");
  const Builder builder(OSSL_PARAM_BLD_new());
  ENSURE(builder != nullptr);
  ENSURE(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1);
  ENSURE(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  ENSURE(parameters != nullptr);
  EvpKey key = from_parameters("RSA", parameters.get());
  if (key == nullptr) return unusable("its RSA numbers are not those of a key.");
  return key;
}

Result<ImportedKey> import_ecdsa(std::string_view type, WireReader& reader) {
  const std::string_view name = TRY(reader.name());
  const auto* const curve =
      std::ranges::find_if(curves, [&](const Curve& each) { return each.ssh_name == name; });
  // The curve stands twice in a blob: in the type and beside the point.
  if (curve == curves.end() || type != "ecdsa-sha2-" + std::string(name))
    return unusable("its curve is not nistp256, nistp384 or nistp521.");
  EvpKey key = TRY(ecdsa_key(*curve, TRY(reader.string())));
  return ImportedKey{.scheme = Scheme::ecdsa,
                     .type = std::string(type),
                     .digest_name = curve->digest_name,
                     .handle = std::move(key)};
}

Result<ImportedKey> import_security_key(std::string_view type, WireReader& reader) {
  EvpKey key = TRY(ed25519_key(TRY(reader.string())));
  return ImportedKey{.scheme = Scheme::security_key,
                     .type = std::string(type),
                     .application = std::string(TRY(reader.name())),
                     .handle = std::move(key)};
}

Result<ImportedKey> import_rsa(std::string_view type, WireReader& reader) {
  const std::string_view exponent = TRY(reader.positive_mpint());
  EvpKey key = TRY(rsa_key(exponent, TRY(reader.positive_mpint())));
  return ImportedKey{.scheme = Scheme::rsa, .type = std::string(type), .handle = std::move(key)};
}

Result<ImportedKey> import_typed(std::string_view type, WireReader& reader) {
  if (type == "ssh-ed25519") {
    return ImportedKey{.scheme = Scheme::ed25519,
                       .type = std::string(type),
                       .handle = TRY(ed25519_key(TRY(reader.string())))};
  }
  if (type == "sk-ssh-ed25519@openssh.com") return import_security_key(type, reader);
  if (type.starts_with("ecdsa-sha2-")) return import_ecdsa(type, reader);
  if (type == "ssh-rsa") return import_rsa(type, reader);
  return unusable("its type is not ssh-ed25519, sk-ssh-ed25519@openssh.com, ecdsa-sha2-nistp* or ssh-rsa.");
}

}  // namespace

void FreeEvpKey::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

Result<ImportedKey> import_key(std::string_view blob) {
  const QuietErrors quiet;
  WireReader reader(blob);
  const std::string_view type = TRY(reader.name());
  ImportedKey key = TRY(import_typed(type, reader));
  TRY(reader.finish());
  return key;
}

bool verifies(const EvpKey& key, const std::string& digest_name, std::string_view message,
              std::string_view signature) {
  const QuietErrors quiet;
  const DigestContext context(EVP_MD_CTX_new());
  ENSURE(context != nullptr);
  const char* const digest = digest_name.empty() ? nullptr : digest_name.c_str();
  if (EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key.get(), nullptr) != 1)
    return false;
  return EVP_DigestVerify(context.get(), data_of(signature), signature.size(), data_of(message),
                          message.size()) == 1;
}

Bytes ecdsa_der(std::string_view r, std::string_view s) {
  const std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> pair(ECDSA_SIG_new());
  ENSURE(pair != nullptr);
  ENSURE(ECDSA_SIG_set0(pair.get(), number(r).release(), number(s).release()) == 1);
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  ENSURE(size > 0);
  Bytes der(static_cast<std::size_t>(size), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  ENSURE(i2d_ECDSA_SIG(pair.get(), &out) == size);
  return der;
}

Bytes sha512(std::string_view bytes) {
  Bytes digest(64, '\0');
  std::size_t size = 0;
  ENSURE(EVP_Q_digest(nullptr, "SHA2-512", nullptr, bytes.data(), bytes.size(),
                      reinterpret_cast<unsigned char*>(digest.data()), &size) == 1);
  ENSURE(size == digest.size());
  return digest;
}

}  // namespace postern::signature
