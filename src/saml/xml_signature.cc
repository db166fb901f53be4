#include "saml/xml_signature.h"

#include <libxml/xmlerror.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>

#include <algorithm>
#include <memory>
#include <string>

#include "saml/document.h"
#include "saml/signature_shape.h"
#include "saml/trust.h"

namespace postern::saml {
namespace {

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeEvp {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeKey {
  void operator()(xmlSecKey* key) const { xmlSecKeyDestroy(key); }
};
struct FreeContext {
  void operator()(xmlSecDSigCtx* context) const { xmlSecDSigCtxDestroy(context); }
};
using Key = std::unique_ptr<xmlSecKey, FreeKey>;
using Context = std::unique_ptr<xmlSecDSigCtx, FreeContext>;

void say_nothing(const char* /*file*/, int /*line*/, const char* /*function*/, const char* /*object*/,
                 const char* /*subject*/, int /*reason*/, const char* /*message*/) {}

/// Once for the process. xmlsec keeps its tables for ever; after this it only reads them, from any thread.
void start_xmlsec() {
  static const bool started = [] {
    const bool all = xmlSecInit() == 0 && xmlSecCheckVersion() == 1 && xmlSecCryptoInit() == 0;
    // Last, since each of those sets its own, which would write to standard error what an attacker chose.
    xmlSecErrorsSetCallback(say_nothing);
    return all;
  }();
  ENSURE(started);
}

/// Keeps libxml2 from writing to standard error on this thread, and leaves no error behind for the next
/// caller.
class Quiet {
 public:
  Quiet() : handler_(xmlStructuredError), context_(xmlStructuredErrorContext) {
    xmlSetStructuredErrorFunc(nullptr, [](void* /*context*/, xmlError* /*error*/) {});
  }
  ~Quiet() {
    xmlSetStructuredErrorFunc(context_, handler_);
    xmlResetLastError();
    ERR_clear_error();
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  Quiet(Quiet&&) = delete;
  Quiet& operator=(Quiet&&) = delete;

 private:
  xmlStructuredErrorFunc handler_;
  void* context_;
};

/// The public key of a certificate, or nothing when it is neither RSA nor ECDSA.
Key key_of(const Bytes& der) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<X509, FreeX509> certificate(d2i_X509(nullptr, &begin, static_cast<long>(der.size())));
  if (certificate == nullptr) return nullptr;
  std::unique_ptr<EVP_PKEY, FreeEvp> evp(X509_get_pubkey(certificate.get()));
  if (evp == nullptr) return nullptr;
  if (const int id = EVP_PKEY_get_base_id(evp.get()); id != EVP_PKEY_RSA && id != EVP_PKEY_EC) return nullptr;
  xmlSecKeyData* data = xmlSecOpenSSLEvpKeyAdopt(evp.get());
  if (data == nullptr) return nullptr;
  ENSURE(evp.release() != nullptr);  // the data owns it now
  Key key(xmlSecKeyCreate());
  ENSURE(key != nullptr);
  if (xmlSecKeySetValue(key.get(), data) == 0) return key;
  xmlSecKeyDataDestroy(data);
  return nullptr;
}

/// A context that knows no algorithm but those of check_shape(): the same list a second time, because what
/// xmlsec can do by default includes XSLT, XPath, HMAC and SHA-1.
Context make_context() {
  Context context(xmlSecDSigCtxCreate(nullptr));
  ENSURE(context != nullptr);
  context->enabledReferenceUris = xmlSecTransformUriTypeEmpty | xmlSecTransformUriTypeSameDocument;
  bool enabled = true;
  for (const xmlSecTransformId each :
       {xmlSecTransformEnvelopedId, xmlSecTransformExclC14NId, xmlSecTransformSha256Id,
        xmlSecTransformSha384Id, xmlSecTransformSha512Id})
    enabled = enabled && xmlSecDSigCtxEnableReferenceTransform(context.get(), each) == 0;
  for (const xmlSecTransformId each :
       {xmlSecTransformExclC14NId, xmlSecTransformRsaSha256Id, xmlSecTransformRsaSha384Id,
        xmlSecTransformRsaSha512Id, xmlSecTransformEcdsaSha256Id, xmlSecTransformEcdsaSha384Id,
        xmlSecTransformEcdsaSha512Id})
    enabled = enabled && xmlSecDSigCtxEnableSignatureTransform(context.get(), each) == 0;
  ENSURE(enabled);
  return context;
}

enum class Verdict { made, altered, other_key };

/// What xmlsec says of a signature whose form has been checked. With the key given, it reads no KeyInfo.
Verdict verify(xmlNode* signature, Key key) {
  const Context context = make_context();
  context->signKey = key.release();
  if (xmlSecDSigCtxVerify(context.get(), signature) != 0) return Verdict::other_key;
  if (xmlSecPtrListGetSize(&context->signedInfoReferences) != 1 ||
      xmlSecPtrListGetSize(&context->manifestReferences) != 0)
    return Verdict::altered;
  const auto* reference =
      static_cast<xmlSecDSigReferenceCtx*>(xmlSecPtrListGetItem(&context->signedInfoReferences, 0));
  if (reference == nullptr || reference->status != xmlSecDSigStatusSucceeded) return Verdict::altered;
  return context->status == xmlSecDSigStatusSucceeded ? Verdict::made : Verdict::other_key;
}

/// Lets xmlsec find `element`, and it alone, by its ID. False when another one bears it already (by xml:id).
bool register_id(xmlNode* element) {
  xmlAttr* attribute_node = xmlHasProp(element, reinterpret_cast<const xmlChar*>("ID"));
  if (attribute_node == nullptr) return true;
  const std::string id = attribute(element, "ID");
  const auto* name = reinterpret_cast<const xmlChar*>(id.c_str());
  const xmlAttr* known = xmlGetID(element->doc, name);
  return known == attribute_node ||
         (known == nullptr && xmlAddID(nullptr, element->doc, name, attribute_node) != nullptr);
}

/// The certificates to try: those in KeyInfo that are pinned, or, when it has none at all, all that are
/// pinned.
std::vector<Bytes> candidates(const std::vector<SigningCertificate>& claimed, const std::vector<Pin>& pins) {
  std::vector<Bytes> found;
  for (const SigningCertificate& each : claimed)
    if (std::any_of(pins.begin(), pins.end(), [&](const Pin& pin) { return pin.sha256 == each.sha256; }) &&
        std::find(found.begin(), found.end(), each.der) == found.end())
      found.push_back(each.der);
  if (!claimed.empty()) return found;
  // What is tried must be what was pinned, whatever a caller put beside the hash.
  for (const Pin& pin : pins)
    if (!pin.der.empty() && sha256(pin.der) == pin.sha256) found.push_back(pin.der);
  return found;
}

tl::unexpected<Error> not_pinned(const std::vector<SigningCertificate>& claimed) {
  if (claimed.empty())
    return fail(
        ErrorCode::forbidden,
        "The XML signature does not carry the certificate that made it, and the one that is expected is "
        "known by its fingerprint only. Ask the identity provider's administrators to include it.");
  return fail(ErrorCode::forbidden,
              "The XML signature says that it was made with " + describe(claimed.front()) +
                  ", which is not the certificate expected. Ask the identity provider's "
                  "administrators whether they changed it before you trust it.");
}

}  // namespace

Result<void> check_signature(xmlNode* signature, xmlNode* element, const std::vector<Pin>& pins) {
  TRY(check_shape(signature, element));
  start_xmlsec();
  const Quiet quiet;
  if (!register_id(element))
    return fail(
        ErrorCode::forbidden,
        "The XML signature refers to an ID that several elements bear, so it is not believed. Ask the "
        "identity provider's administrators.");
  const std::vector<SigningCertificate> claimed = claimed_certificates(signature);
  const std::vector<Bytes> certificates = candidates(claimed, pins);
  if (certificates.empty()) return not_pinned(claimed);
  Verdict verdict = Verdict::other_key;
  for (const Bytes& der : certificates) {
    Key key = key_of(der);
    if (key == nullptr) continue;
    verdict = verify(signature, std::move(key));
    if (verdict != Verdict::other_key) break;
  }
  switch (verdict) {
    case Verdict::made:
      return {};
    case Verdict::altered:
      return fail(ErrorCode::forbidden,
                  "What the XML signature covers was changed after it was signed. Do not use it: ask the "
                  "identity provider's administrators.");
    case Verdict::other_key:
      break;
  }
  return fail(ErrorCode::forbidden,
              "The XML signature was not made with the certificate expected. Do not use it: ask the identity "
              "provider's administrators.");
}

}  // namespace postern::saml
