#include "saml/html_form.h"

#include <libxml/HTMLparser.h>
#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>
#include <strings.h>

#include <algorithm>
#include <memory>

#include "base/encoding.h"
#include "saml/document.h"

namespace postern::saml {
namespace {

constexpr std::size_t forms_max = 16;
constexpr std::size_t fields_max = 100;
// libxml2's HTML reader looks through the open elements at each closing tag, and through the attributes of a
// tag at each further one: without these, one megabyte keeps it busy for minutes.
constexpr int html_depth_max = 200;
constexpr int html_elements_max = 50'000;
constexpr std::size_t distinct_names_bytes_max = 16U << 10U;

tl::unexpected<Error> refused(const std::string& what) {
  return fail(ErrorCode::invalid,
              "The page " + what + ", so no form is read from it. Open it in a browser to see what it is.");
}

struct Watch {
  int elements = 0;
  bool too_much = false;
};

void on_element(void* user, const xmlChar* name, const xmlChar** attributes) {
  auto* context = static_cast<htmlParserCtxt*>(user);
  auto* watch = static_cast<Watch*>(context->_private);
  if (++watch->elements > html_elements_max || context->nameNr > html_depth_max) {
    watch->too_much = true;
    return xmlStopParser(context);
  }
  xmlSAX2StartElement(context, name, attributes);
}

bool is_named(const xmlNode* node, const char* name) {
  return node->type == XML_ELEMENT_NODE && ::strcasecmp(reinterpret_cast<const char*>(node->name), name) == 0;
}

bool has_attribute(const xmlNode* element, const char* name) {
  return xmlHasProp(element, reinterpret_cast<const xmlChar*>(name)) != nullptr;
}

/// Whether a browser would send this input when the form is sent without pressing one of its buttons.
bool is_sent(const xmlNode* input) {
  if (!has_attribute(input, "name") || attribute(input, "name").empty() || has_attribute(input, "disabled"))
    return false;
  const std::string type = attribute(input, "type");
  const auto is = [&](const char* name) { return ::strcasecmp(type.c_str(), name) == 0; };
  if (is("checkbox") || is("radio")) return has_attribute(input, "checked");
  return !is("submit") && !is("button") && !is("image") && !is("reset") && !is("file");
}

std::pair<std::string, std::string> field_of(const xmlNode* input) {
  const std::string type = attribute(input, "type");
  const bool is_tick =
      ::strcasecmp(type.c_str(), "checkbox") == 0 || ::strcasecmp(type.c_str(), "radio") == 0;
  // HTML, "the value attribute" of a check box: what is not stated is "on".
  return {attribute(input, "name"),
          is_tick && !has_attribute(input, "value") ? "on" : attribute(input, "value")};
}

/// The node that follows in the order of the document.
const xmlNode* next_in_order(const xmlNode* node) {
  if (node->type == XML_ELEMENT_NODE && node->children != nullptr) return node->children;
  while (node != nullptr && node->next == nullptr)
    node = node->parent != nullptr && node->parent->type == XML_ELEMENT_NODE ? node->parent : nullptr;
  return node == nullptr ? nullptr : node->next;
}

const xmlNode* form_around(const xmlNode* node) {
  while (node != nullptr && !is_named(node, "form")) node = node->parent;
  return node;
}

Result<std::vector<HtmlForm>> collect_forms(const xmlNode* root) {
  std::vector<HtmlForm> forms;
  std::vector<const xmlNode*> elements;  // that of each form
  for (const xmlNode* node = root; node != nullptr; node = next_in_order(node)) {
    if (is_named(node, "form")) {
      if (forms.size() == forms_max) return refused("has more than " + std::to_string(forms_max) + " forms");
      forms.push_back({.action = attribute(node, "action"),
                       .is_post = ::strcasecmp(attribute(node, "method").c_str(), "post") == 0});
      elements.push_back(node);
    }
    if (!is_named(node, "input") || !is_sent(node)) continue;
    const auto found = std::find(elements.begin(), elements.end(), form_around(node));
    if (found == elements.end()) continue;  // it stands outside of every form
    HtmlForm& form = forms[static_cast<std::size_t>(found - elements.begin())];
    if (form.fields.size() == fields_max)
      return refused("has a form with more than " + std::to_string(fields_max) + " fields");
    form.fields.push_back(field_of(node));
  }
  return forms;
}

Result<void> check_bytes(std::string_view html) {
  if (html.size() > html_bytes_max) return refused("is larger than 1 MB");
  if (!is_utf8(html) || html.find('\0') != std::string_view::npos) return refused("is not UTF-8 text");
  if (html.starts_with("\xef\xbb\xbf")) html.remove_prefix(3);
  const std::size_t first = html.find_first_not_of(" \t\r\n\f");
  if (first == std::string_view::npos) return refused("is empty");
  if (html[first] != '<') return refused("is not HTML");
  return {};
}

}  // namespace

Result<std::vector<HtmlForm>> read_forms(std::string_view html) {
  TRY(check_bytes(html));
  struct FreeContext {
    void operator()(htmlParserCtxt* context) const { htmlFreeParserCtxt(context); }
  };
  const std::unique_ptr<htmlParserCtxt, FreeContext> context(htmlNewParserCtxt());
  ENSURE(context != nullptr);
  Watch watch;
  context->_private = &watch;
  context->sax->startElement = on_element;
  xmlDictSetLimit(context->dict, distinct_names_bytes_max);
  const int options = HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_RECOVER;
  // The encoding is given, so that no <meta> changes it.
  const Document document(htmlCtxtReadMemory(context.get(), html.data(), static_cast<int>(html.size()),
                                             nullptr, "UTF-8", options));
  if (watch.too_much) return refused("is nested too deeply or has too many elements");
  // Past its limit the reader leaves out attributes without a word; the form would be a wrong one.
  if (xmlDictGetUsage(context->dict) > distinct_names_bytes_max) return refused("has too many names");
  const xmlNode* root = document == nullptr ? nullptr : xmlDocGetRootElement(document.get());
  if (root == nullptr) return refused("is not HTML");
  return collect_forms(root);
}

}  // namespace postern::saml
