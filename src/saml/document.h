#pragma once

#include <libxml/tree.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// The one XML parse of this folder. Inside `saml` only: nobody else sees libxml2.
namespace postern::saml {

inline constexpr int depth_max = 32;
inline constexpr int attributes_max = 256;  ///< in one tag
inline constexpr int elements_max = 50'000;
inline constexpr int namespaces_max = 128;  ///< declared at once, from the root down to one element

inline constexpr std::string_view metadata_namespace = "urn:oasis:names:tc:SAML:2.0:metadata";
inline constexpr std::string_view assertion_namespace = "urn:oasis:names:tc:SAML:2.0:assertion";
inline constexpr std::string_view protocol_namespace = "urn:oasis:names:tc:SAML:2.0:protocol";
inline constexpr std::string_view signature_namespace = "http://www.w3.org/2000/09/xmldsig#";

struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

/// What a message calls the document, and where it sends the reader.
enum class Kind { metadata, response };

/// A well-formed UTF-8 document of at most `metadata_bytes_max` bytes with a root element, without DOCTYPE
/// and within the limits above. No entity but XML's own five is ever replaced and nothing is fetched.
/// `invalid` otherwise; the message tells a web page from broken XML, because the two call for different
/// people.
Result<Document> parse_document(std::string_view xml, Kind kind);

/// True for the element `name` of the namespace.
bool is_element(const xmlNode* node, std::string_view namespace_uri, std::string_view name);
/// The child elements `name` of the namespace, in order.
std::vector<xmlNode*> children(const xmlNode* parent, std::string_view namespace_uri, std::string_view name);
/// The elements `name` of the namespace at or below `top`, in order.
std::vector<xmlNode*> all_elements(xmlNode* top, std::string_view namespace_uri, std::string_view name);
/// The attribute (of no namespace), or "" when it is not there.
std::string attribute(const xmlNode* element, const char* name);
/// The text of an element that holds nothing but text: no child element, comment, CDATA or processing
/// instruction may split it, since readers disagree about what such a text says (CVE-2017-11427 and its
/// family).
Result<std::string> plain_text(const xmlNode* element);

}  // namespace postern::saml
