#include "saml/document.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <strings.h>

#include "base/encoding.h"
#include "saml/metadata.h"

namespace postern::saml {
namespace {

/// The words in which messages speak of a document.
struct Words {
  std::string name;
  std::string where_from;  ///< what to check when it is not what it should be
  std::string too_large;   ///< what to do when a limit is reached
};

Words words_for(Kind kind) {
  switch (kind) {
    case Kind::metadata:
      return {.name = "SAML metadata",
              .where_from = "Check that the URL is the identity provider's metadata.",
              .too_large = "Use the metadata of one identity provider, not of a federation."};
    case Kind::response:
      return {.name = "SAML response",
              .where_from = "Check what the identity provider's sign-in page hands to the browser.",
              .too_large = "AWS takes no such response: ask the identity provider's administrators."};
  }
  return {};
}

enum class Halt { none, doctype, web_page, too_deep, too_many_elements, too_many_namespaces };

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
  // Canonicalisation looks through all of them at each element. libxml2 keeps each as a pair.
  if (context->nsNr / 2 > namespaces_max) return halt(context, Halt::too_many_namespaces);
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

tl::unexpected<Error> refusal(Halt reason, const Words& words) {
  const auto refused = [](std::string message) { return fail(ErrorCode::invalid, std::move(message)); };
  switch (reason) {
    case Halt::web_page:
      return refused("The answer is a web page, not " + words.name +
                     ". Open its address in a browser: the identity provider may be showing an error or a "
                     "login page.");
    case Halt::doctype:
      return refused("The " + words.name +
                     " has a DOCTYPE, which is never read because it can attack the reader. Ask the identity "
                     "provider's administrators for one without it.");
    case Halt::too_deep:
      return refused("The " + words.name + " is nested deeper than " + std::to_string(depth_max) +
                     " elements. " + words.where_from);
    case Halt::too_many_elements:
      return refused("The " + words.name + " has more than " + std::to_string(elements_max) + " elements. " +
                     words.too_large);
    case Halt::too_many_namespaces:
      return refused("The " + words.name + " declares more than " + std::to_string(namespaces_max) +
                     " namespaces. " + words.where_from);
    case Halt::none:
      break;
  }
  return fail(ErrorCode::internal,
              "The XML reader stopped without a reason. Report this as a fault of Postern.");
}

Result<void> check_bytes(std::string_view xml, const Words& words) {
  if (xml.empty())
    return fail(ErrorCode::invalid, "The answer is empty instead of " + words.name + ". " + words.where_from);
  if (xml.size() > metadata_bytes_max)
    return fail(ErrorCode::invalid, "The " + words.name + " is larger than " +
                                        std::to_string(metadata_bytes_max >> 20U) + " MB. " +
                                        words.too_large);
  // libxml2 takes NUL for the end and would silently leave out what follows.
  if (!is_utf8(xml) || xml.find('\0') != std::string_view::npos)
    return fail(ErrorCode::invalid, "The " + words.name +
                                        " is not UTF-8 text. AWS takes UTF-8 only: ask the identity "
                                        "provider's administrators for it.");
  if (has_crowded_tag(xml))
    return fail(ErrorCode::invalid, "A tag of the " + words.name + " has more than " +
                                        std::to_string(attributes_max) + " attributes. " + words.where_from);
  return {};
}

tl::unexpected<Error> not_well_formed(xmlParserCtxt* context, const Words& words) {
  const xmlError* error = xmlCtxtGetLastError(context);
  const int line = error == nullptr ? 1 : error->line;
  const char* reason = error == nullptr || error->message == nullptr ? "" : error->message;
  return fail(ErrorCode::invalid,
              "The answer is not well-formed XML (line " + std::to_string(line) + "), so it is no " +
                  words.name +
                  ". Open its address in a browser: it may have been cut off or be an error page.",
              sanitized(std::string_view(reason).substr(0, 500), Lines::replace));
}

}  // namespace

Result<Document> parse_document(std::string_view xml, Kind kind) {
  const Words words = words_for(kind);
  TRY(check_bytes(xml, words));
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
  if (watch.halt != Halt::none) return refusal(watch.halt, words);
  if (document == nullptr || context->wellFormed != 1) return not_well_formed(context.get(), words);
  // The callback above has refused every DOCTYPE; this holds even if a libxml2 no longer calls it.
  if (document->intSubset != nullptr || document->extSubset != nullptr) return refusal(Halt::doctype, words);
  ENSURE(xmlDocGetRootElement(document.get()) != nullptr);
  return document;
}

bool is_element(const xmlNode* node, std::string_view namespace_uri, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr && view(node->ns->href) == namespace_uri &&
         view(node->name) == name;
}

std::vector<xmlNode*> children(const xmlNode* parent, std::string_view namespace_uri, std::string_view name) {
  std::vector<xmlNode*> found;
  for (xmlNode* child = parent->children; child != nullptr; child = child->next)
    if (is_element(child, namespace_uri, name)) found.push_back(child);
  return found;
}

std::vector<xmlNode*> all_elements(xmlNode* top, std::string_view namespace_uri, std::string_view name) {
  std::vector<xmlNode*> found;
  if (is_element(top, namespace_uri, name)) found.push_back(top);
  // The parse has bounded the depth. Only an element has child elements: without a DOCTYPE no entity has any.
  if (top->type == XML_ELEMENT_NODE)
    for (xmlNode* child = top->children; child != nullptr; child = child->next) {
      const std::vector<xmlNode*> below = all_elements(child, namespace_uri, name);
      found.insert(found.end(), below.begin(), below.end());
    }
  return found;
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
                  "The SAML element " + sanitized(view(element->name), Lines::replace) +
                      " holds more than plain text (line " + std::to_string(xmlGetLineNo(child)) +
                      "). Somebody may have tampered with it: ask the identity provider's "
                      "administrators.");
    text += view(child->content);
  }
  return text;
}

}  // namespace postern::saml
