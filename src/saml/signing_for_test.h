#pragma once

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/instant.h"

/// Makes keys and XML signatures for tests, honest and hostile ones, with libxml2's canonicalisation and
/// OpenSSL alone: what checks them (xmlsec) has no part in it.
namespace postern::saml::for_test {

struct Signer {
  std::shared_ptr<EVP_PKEY> key;
  Bytes der;  ///< its self-signed certificate
  [[nodiscard]] Digest pin() const { return sha256(der); }
  [[nodiscard]] std::string key_info() const {
    return "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>" + to_base64(der) +
           "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>";
  }
};

inline Signer make_signer(const char* name, EVP_PKEY* made_key = EVP_EC_gen("P-256"),
                          Instant not_before = parse_rfc3339("2020-01-01T00:00:00Z").value(),
                          Instant not_after = parse_rfc3339("2060-01-01T00:00:00Z").value()) {
  Signer signer{.key = std::shared_ptr<EVP_PKEY>(made_key, EVP_PKEY_free), .der = {}};
  const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), X509_free);
  bool good = X509_set_version(x509.get(), X509_VERSION_3) == 1;
  good = ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1) == 1 && good;
  ASN1_TIME_adj(X509_getm_notBefore(x509.get()), std::chrono::system_clock::to_time_t(not_before), 0, 0);
  ASN1_TIME_adj(X509_getm_notAfter(x509.get()), std::chrono::system_clock::to_time_t(not_after), 0, 0);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  good = X509_set_issuer_name(x509.get(), X509_get_subject_name(x509.get())) == 1 && good;
  good =
      X509_set_pubkey(x509.get(), made_key) == 1 && X509_sign(x509.get(), made_key, EVP_sha256()) > 0 && good;
  ENSURE(good);
  signer.der.resize(static_cast<std::size_t>(i2d_X509(x509.get(), nullptr)));
  auto* out = reinterpret_cast<unsigned char*>(signer.der.data());
  i2d_X509(x509.get(), &out);
  return signer;
}

/// The text with `from` replaced once. It must be there, so that no hostile case turns into an honest one.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  ENSURE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

inline const std::string more = "http://www.w3.org/2001/04/xmldsig-more#";
inline const std::string enc = "http://www.w3.org/2001/04/xmlenc#";
inline const std::string dsig = "http://www.w3.org/2000/09/xmldsig#";
inline const std::string exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
inline const std::string enveloped_transform =
    "<ds:Transform Algorithm=\"" + dsig + "enveloped-signature\"/>";
inline const std::string exclusive_transform = "<ds:Transform Algorithm=\"" + exclusive + "\"/>";

/// How a signature is made; each member bends one part of an honest one.
struct Making {
  std::string id = "_root";  ///< of the element to sign; "" for the root
  std::string uri = "#_root";
  std::string method = more + "ecdsa-sha256";
  std::string digest = enc + "sha256";
  std::string canonicalization = "<ds:CanonicalizationMethod Algorithm=\"" + exclusive + "\"/>";
  std::string transforms = enveloped_transform + exclusive_transform;
  std::string key_info = {};
  std::string more_references = {};
  std::string more_inside = {};  ///< after KeyInfo
  Bytes hmac_secret = {};        ///< when given, the "signature" is an HMAC
};

inline xmlNode* find_element(xmlNode* node, const std::string& id, const char* name) {
  if (node->type != XML_ELEMENT_NODE) return nullptr;
  const std::unique_ptr<xmlChar, decltype(xmlFree)> value(
      xmlGetNoNsProp(node, reinterpret_cast<const xmlChar*>("ID")), xmlFree);
  if (!id.empty() && value != nullptr && id == reinterpret_cast<const char*>(value.get())) return node;
  if (name != nullptr && std::string(name) == reinterpret_cast<const char*>(node->name)) return node;
  for (xmlNode* child = node->children; child != nullptr; child = child->next)
    if (xmlNode* found = find_element(child, id, name); found != nullptr) return found;
  return nullptr;
}

/// The exclusive canonical form of the element with that ID or name, or of the root when both are empty.
inline std::string canonical(const std::string& xml, const std::string& id, const char* name = nullptr) {
  const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document(
      xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, XML_PARSE_NONET), xmlFreeDoc);
  ENSURE(document != nullptr);
  xmlNode* root = xmlDocGetRootElement(document.get());
  xmlNode* top = id.empty() && name == nullptr ? root : find_element(root, id, name);
  ENSURE(top != nullptr);
  xmlOutputBuffer* buffer = xmlAllocOutputBuffer(nullptr);
  const auto is_below = [](void* wanted, xmlNode* node, xmlNode* parent) -> int {
    for (const xmlNode* each = node->type == XML_NAMESPACE_DECL ? parent : node; each != nullptr;
         each = each->parent)
      if (each == wanted) return 1;
    return 0;
  };
  const int size = xmlC14NExecute(document.get(), is_below, top, XML_C14N_EXCLUSIVE_1_0, nullptr, 0, buffer);
  ENSURE(size >= 0);
  std::string text(reinterpret_cast<const char*>(xmlOutputBufferGetContent(buffer)),
                   xmlOutputBufferGetSize(buffer));
  xmlOutputBufferClose(buffer);
  return text;
}

inline const EVP_MD* hash_in(const std::string& uri) {
  if (uri.ends_with("sha1")) return EVP_sha1();
  return uri.ends_with("sha512") ? EVP_sha512() : uri.ends_with("sha384") ? EVP_sha384() : EVP_sha256();
}

inline std::string hashed(const std::string& text, const EVP_MD* hash) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  ENSURE(EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(out.data()), &size, hash,
                    nullptr) == 1);
  out.resize(size);
  return out;
}

/// XML-DSig writes ECDSA's two numbers side by side, each as wide as the curve's order.
inline std::string side_by_side(const std::string& der, const EVP_PKEY* key) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size())), ECDSA_SIG_free);
  const int width = (EVP_PKEY_get_bits(key) + 7) / 8;
  std::string out(static_cast<std::size_t>(2 * width), '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), bytes, width);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), bytes + width, width);
  return out;
}

inline std::string raw_signature(const std::string& text, const Signer& signer, const Making& making) {
  const EVP_MD* hash = hash_in(making.method);
  std::string out(1024, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  if (!making.hmac_secret.empty()) {
    unsigned size = 0;
    HMAC(hash, making.hmac_secret.data(), static_cast<int>(making.hmac_secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes, &size);
    return out.substr(0, size);
  }
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::size_t size = out.size();
  const bool made = EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, signer.key.get()) == 1 &&
                    EVP_DigestSign(context.get(), bytes, &size,
                                   reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  ENSURE(made);
  out.resize(size);
  return EVP_PKEY_get_base_id(signer.key.get()) == EVP_PKEY_EC ? side_by_side(out, signer.key.get()) : out;
}

/// `xml` with a signature in the place of `marker`.
inline std::string signed_by(const Signer& signer, const std::string& xml, const Making& making = {},
                             const std::string& marker = "{signature}") {
  const std::string digest =
      to_base64(hashed(canonical(replaced(xml, marker, ""), making.id), hash_in(making.digest)));
  const std::string unfinished =
      "<ds:Signature xmlns:ds=\"" + dsig + "\"><ds:SignedInfo>" + making.canonicalization +
      "<ds:SignatureMethod Algorithm=\"" + making.method + "\"/><ds:Reference URI=\"" + making.uri +
      "\"><ds:Transforms>" + making.transforms + "</ds:Transforms><ds:DigestMethod Algorithm=\"" +
      making.digest + "\"/><ds:DigestValue>" + digest + "</ds:DigestValue></ds:Reference>" +
      making.more_references + "</ds:SignedInfo><ds:SignatureValue>{value}</ds:SignatureValue>" +
      (making.key_info.empty() ? signer.key_info() : making.key_info) + making.more_inside +
      "</ds:Signature>";
  // What is signed stands the same wherever the element stands, because the canonical form is exclusive.
  const std::string value = raw_signature(canonical(unfinished, "", "SignedInfo"), signer, making);
  return replaced(xml, marker, replaced(unfinished, "{value}", to_base64(value)));
}

}  // namespace postern::saml::for_test
