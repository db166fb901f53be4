#include "saml/document.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <strings.h>

#include "base/encoding.h"
#include "saml/metadata.h"

namespace postern::saml {
namespace {

constexpr const char* web_page_message =
    "The answer is a web page, not SAML metadata. Open the metadata URL in a browser: the identity provider "
    "may be "
    "showing an error or a login page.";

enum class Halt { none, doctype, web_page, too_deep, too_many_elements };

/// What the parser's callbacks share. The parser is stopped at the first offence, before it acts on it.
struct Watch {
  Halt halt = Halt::none;
  int elements = 0;
};

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

bool names_html(const xmlChar* name) {
  return name != nullptr && ::strcasecmp(view(name).data(), "html") == 0;
}

void halt(xmlParserCtxt* context, Halt reason) {
  static_cast<Watch*>(context->_private)->halt = reason;
  xmlStopParser(context);
}

/// Called at `<!DOCTYPE name`, before any declaration in it is read: no entity is ever defined.
void on_doctype(void* user, const xmlChar* name, const xmlChar* /*public_id*/, const xmlChar* /*system_id*/) {
  halt(static_cast<xmlParserCtxt*>(user), names_html(name) ? Halt::web_page : Halt::doctype);
}

void on_element(void* user, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri,
                int namespaces_size, const xmlChar** namespaces, int attributes_size, int defaulted,
                const xmlChar** attributes) {
  auto* context = static_cast<xmlParserCtxt*>(user);
  auto* watch = static_cast<Watch*>(context->_private);
  if (context->nodeNr == 0 && names_html(name)) return halt(context, Halt::web_page);
  if (context->nodeNr >= depth_max) return halt(context, Halt::too_deep);
  if (++watch->elements > elements_max) return halt(context, Halt::too_many_elements);
  xmlSAX2StartElementNs(context, name, prefix, uri, namespaces_size, namespaces, attributes_size, defaulted,
                        attributes);
}

/// libxml2 2.9 compares each attribute of a tag with every other one: 2 MB of attributes in one tag keep it
/// busy for minutes. A tag holds no raw '<', so the '=' between two '<' bound its attributes from above.
bool has_crowded_tag(std::string_view xml) {
  int equals = 0;
  for (const char c : xml) {
    if (c == '<') equals = 0;
    if (c == '=' && ++equals > attributes_max) return true;
  }
  return false;
}

tl::unexpected<Error> refusal(Halt reason) {
  switch (reason) {
    case Halt::web_page:
      return fail(ErrorCode::invalid, web_page_message);
    case Halt::doctype:
      return fail(
          ErrorCode::invalid,
          "The SAML metadata has a DOCTYPE, which is never read because it can attack the reader. Ask the "
          "identity provider's administrators for metadata without one.");
    case Halt::too_deep:
      return fail(ErrorCode::invalid,
                  "The SAML metadata is nested deeper than " + std::to_string(depth_max) +
                      " elements. Check that the URL is the identity provider's metadata.");
    case Halt::too_many_elements:
      return fail(ErrorCode::invalid,
                  "The SAML metadata has more than " + std::to_string(elements_max) +
                      " elements. Use the metadata of one identity provider, not of a federation.");
    case Halt::none:
      break;
  }
  return fail(ErrorCode::internal,
              "The XML reader stopped without a reason. Report this as a fault of Postern.");
}

Result<void> check_bytes(std::string_view xml) {
  if (xml.empty())
    return fail(ErrorCode::invalid,
                "The answer is empty. Check that the metadata URL is right and the identity "
                "provider is healthy.");
  if (xml.size() > metadata_bytes_max)
    return fail(ErrorCode::invalid,
                "The SAML metadata is larger than " + std::to_string(metadata_bytes_max >> 20U) +
                    " MB. Use the metadata of one identity provider, not of a federation.");
  // libxml2 takes NUL for the end and would silently leave out what follows.
  if (!is_utf8(xml) || xml.find('\0') != std::string_view::npos)
    return fail(ErrorCode::invalid,
                "The SAML metadata is not UTF-8 text. AWS takes UTF-8 only: ask the identity "
                "provider's administrators for it.");
  if (has_crowded_tag(xml))
    return fail(ErrorCode::invalid,
                "A tag of the SAML metadata has more than " + std::to_string(attributes_max) +
                    " attributes. Check that the URL is the identity provider's metadata.");
  return {};
}

}  // namespace

Result<Document> parse_document(std::string_view xml) {
  if (Result<void> checked = check_bytes(xml); !checked) return tl::unexpected(std::move(checked).error());
  struct FreeContext {
    void operator()(xmlParserCtxt* context) const { xmlFreeParserCtxt(context); }
  };
  const std::unique_ptr<xmlParserCtxt, FreeContext> context(xmlNewParserCtxt());
  ENSURE(context != nullptr);
  Watch watch;
  context->_private = &watch;
  context->sax->internalSubset = on_doctype;
  context->sax->startElementNs = on_element;

  // NOENT, DTDLOAD, XINCLUDE and HUGE stay off. The encoding is given, so that no declaration changes it.
  const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  Document document(
      xmlCtxtReadMemory(context.get(), xml.data(), static_cast<int>(xml.size()), nullptr, "UTF-8", options));
  if (watch.halt != Halt::none) return refusal(watch.halt);
  if (document == nullptr || context->wellFormed != 1) {
    const xmlError* error = xmlCtxtGetLastError(context.get());
    const int line = error == nullptr ? 1 : error->line;
    const char* reason = error == nullptr || error->message == nullptr ? "" : error->message;
    return fail(ErrorCode::invalid,
                "The answer is not well-formed XML (line " + std::to_string(line) +
                    "). Open the metadata URL in a browser: it may have been cut off or be an error page.",
                sanitized(std::string_view(reason).substr(0, 500), Lines::replace));
  }
  // The callback above has refused every DOCTYPE; this holds even if a libxml2 no longer calls it.
  if (document->intSubset != nullptr || document->extSubset != nullptr) return refusal(Halt::doctype);
  ENSURE(xmlDocGetRootElement(document.get()) != nullptr);
  return document;
}

bool is_element(const xmlNode* node, std::string_view namespace_uri, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr && view(node->ns->href) == namespace_uri &&
         view(node->name) == name;
}

std::string attribute(const xmlNode* element, const char* name) {
  struct FreeText {
    void operator()(xmlChar* text) const { xmlFree(text); }
  };
  const std::unique_ptr<xmlChar, FreeText> text(
      xmlGetNoNsProp(element, reinterpret_cast<const xmlChar*>(name)));
  return std::string(view(text.get()));
}

Result<std::string> plain_text(const xmlNode* element) {
  std::string text;
  for (const xmlNode* child = element->children; child != nullptr; child = child->next) {
    if (child->type != XML_TEXT_NODE)
      return fail(ErrorCode::invalid,
                  "The element " + sanitized(view(element->name), Lines::replace) +
                      " of the SAML metadata holds more than plain text (line " +
                      std::to_string(xmlGetLineNo(child)) +
                      "). Somebody may have tampered with it: ask the identity provider's "
                      "administrators.");
    text += view(child->content);
  }
  return text;
}

}  // namespace postern::saml
