#include "saml/signature_shape.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "saml/certificate.h"
#include "saml/document.h"

namespace postern::saml {
namespace {

constexpr std::string_view exclusive_c14n = "http://www.w3.org/2001/10/xml-exc-c14n#";
constexpr std::string_view enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
// RFC 6931, sections 2.1 and 2.3; W3C XML-DSig 1.1, section 6.1.
constexpr std::array<std::string_view, 3> digests = {"http://www.w3.org/2001/04/xmlenc#sha256",
                                                     "http://www.w3.org/2001/04/xmldsig-more#sha384",
                                                     "http://www.w3.org/2001/04/xmlenc#sha512"};
constexpr std::array<std::string_view, 6> methods = {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                                                     "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
                                                     "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
                                                     "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
                                                     "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
                                                     "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"};
/// Each prefix in it costs a look-up at each element, before it is known who signed.
constexpr std::size_t prefix_list_bytes_max = 64;
constexpr std::size_t id_bytes_max = 256;

tl::unexpected<Error> refused(const std::string& what) {
  return fail(ErrorCode::forbidden,
              "The XML signature " + what +
                  ", so it is not believed. Somebody may have tampered with it: ask the identity provider's "
                  "administrators.");
}

std::vector<xmlNode*> child_elements(const xmlNode* parent) {
  std::vector<xmlNode*> found;
  for (xmlNode* child = parent->children; child != nullptr; child = child->next)
    if (child->type == XML_ELEMENT_NODE) found.push_back(child);
  return found;
}

/// Its child elements, if they are exactly these, in this order.
Result<std::vector<xmlNode*>> parts(const xmlNode* parent, std::initializer_list<std::string_view> names) {
  std::vector<xmlNode*> found = child_elements(parent);
  if (!std::equal(
          found.begin(), found.end(), names.begin(), names.end(),
          [](xmlNode* node, std::string_view name) { return is_element(node, signature_namespace, name); }))
    return refused("has a form that is never used honestly (in its element " +
                   sanitized(reinterpret_cast<const char*>(parent->name), Lines::replace) + ")");
  return found;
}

/// The algorithm of a method element that has no parameters.
Result<void> check_algorithm(const xmlNode* method, std::span<const std::string_view> accepted,
                             const char* accepted_in_words) {
  TRY(parts(method, {}));
  const std::string algorithm = attribute(method, "Algorithm");
  if (std::find(accepted.begin(), accepted.end(), algorithm) != accepted.end()) return {};
  return refused("uses \"" + sanitized(std::string_view(algorithm).substr(0, 100), Lines::replace) +
                 "\" where only " + accepted_in_words + " counts");
}

/// Exclusive canonicalisation (W3C xml-exc-c14n), which may name prefixes that it treats inclusively.
Result<void> check_canonicalization(const xmlNode* method) {
  const std::string algorithm = attribute(method, "Algorithm");
  if (algorithm != exclusive_c14n)
    return refused("uses \"" + sanitized(std::string_view(algorithm).substr(0, 100), Lines::replace) +
                   "\" where only exclusive canonicalisation without comments counts");
  const std::vector<xmlNode*> inside = child_elements(method);
  if (inside.empty()) return {};
  if (inside.size() > 1 || !is_element(inside.front(), exclusive_c14n, "InclusiveNamespaces") ||
      attribute(inside.front(), "PrefixList").size() > prefix_list_bytes_max)
    return refused("has parameters for its canonicalisation that are never used honestly");
  TRY(parts(inside.front(), {}));
  return {};
}

/// True for a name that says the same in an XPointer, into which xmlsec puts it: no quotes, no brackets.
bool is_plain_id(std::string_view id) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !id.empty() && id.size() <= id_bytes_max && is_letter(id.front()) &&
         std::all_of(id.begin(), id.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
}

bool is_id_name(std::string_view name) {
  return name == "ID" || name == "Id" || name == "id" || name == "iD";
}

/// How many attributes at or below `top` that some reader could take for an ID (of any namespace, xml:id
/// included) have this value.
int count_of_id(const xmlNode* top, const std::string& id) {
  if (top->type != XML_ELEMENT_NODE) return 0;
  int count = 0;
  for (const xmlAttr* each = top->properties; each != nullptr; each = each->next) {
    if (!is_id_name(reinterpret_cast<const char*>(each->name))) continue;
    xmlChar* value = xmlNodeListGetString(top->doc, each->children, 1);
    if (value != nullptr && reinterpret_cast<const char*>(value) == id) ++count;
    xmlFree(value);
  }
  for (const xmlNode* child = top->children; child != nullptr; child = child->next)
    count += count_of_id(child, id);
  return count;
}

Result<void> check_reference(const xmlNode* reference, const xmlNode* element) {
  if (xmlHasProp(reference, reinterpret_cast<const xmlChar*>("URI")) == nullptr)
    return refused("does not say what it signs");
  const std::string uri = attribute(reference, "URI");
  const std::string id = attribute(element, "ID");
  xmlNode* root = xmlDocGetRootElement(element->doc);
  if (id.empty())
    return uri.empty() && element == root ? Result<void>()
                                          : refused("signs something else than what it stands in");
  if (!is_plain_id(id)) return refused("refers to an ID with unusual characters");
  if (uri != "#" + id) return refused("signs something else than what it stands in");
  if (count_of_id(root, id) != 1) return refused("refers to an ID that several elements bear");
  return {};
}

Result<void> check_signed_info(const xmlNode* signed_info, const xmlNode* element) {
  const auto info = TRY(parts(signed_info, {"CanonicalizationMethod", "SignatureMethod", "Reference"}));
  TRY(check_canonicalization(info[0]));
  TRY(check_algorithm(info[1], methods, "RSA or ECDSA with SHA-256 or better"));
  TRY(check_reference(info[2], element));
  const auto reference = TRY(parts(info[2], {"Transforms", "DigestMethod", "DigestValue"}));
  const auto transforms = TRY(parts(reference[0], {"Transform", "Transform"}));
  TRY(check_algorithm(transforms[0], {&enveloped, 1}, "the enveloped signature"));
  TRY(check_canonicalization(transforms[1]));
  TRY(check_algorithm(reference[1], digests, "SHA-256 or better"));
  if (!plain_text(reference[2])) return refused("has a digest that is not plain text");
  return {};
}

}  // namespace

Result<void> check_shape(xmlNode* signature, xmlNode* element) {
  const bool has_key_info = !children(signature, signature_namespace, "KeyInfo").empty();
  const auto inside = TRY(has_key_info ? parts(signature, {"SignedInfo", "SignatureValue", "KeyInfo"})
                                       : parts(signature, {"SignedInfo", "SignatureValue"}));
  if (signature->parent != element) return refused("stands elsewhere than in what it signs");
  if (!plain_text(inside[1])) return refused("has a value that is not plain text");
  return check_signed_info(inside[0], element);
}

std::vector<SigningCertificate> claimed_certificates(xmlNode* signature) {
  std::vector<SigningCertificate> certificates;
  for (const xmlNode* key_info : children(signature, signature_namespace, "KeyInfo"))
    for (const xmlNode* data : children(key_info, signature_namespace, "X509Data"))
      for (const xmlNode* each : children(data, signature_namespace, "X509Certificate")) {
        if (certificates.size() == signing_certificates_max) return certificates;
        const Result<std::string> text = plain_text(each);
        if (!text) continue;
        if (Result<SigningCertificate> certificate = read_certificate(*text); certificate)
          certificates.push_back(*std::move(certificate));
      }
  return certificates;
}

}  // namespace postern::saml
