#include "aws/xml.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <memory>

namespace postern::aws::xml {
namespace {

struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

/// libxml2 frees texts without wiping them, and one may be a secret key. Those in its dictionary (of a few
/// bytes, or white space) are shared between nodes and no secrets.
void wipe_text(const xmlNode* node) {
  if (node->content == nullptr || xmlDictOwns(node->doc->dict, node->content) != 0) return;
  wipe(node->content, view(node->content).size());
}

/// False when the tree is deeper than we follow.
bool copy(const xmlNode* node, int depth, Element& out) {
  if (depth > depth_max) return false;
  out.name = view(node->name);
  for (xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (child->type == XML_ELEMENT_NODE && !copy(child, depth + 1, out.children.emplace_back())) return false;
    if (child->type != XML_TEXT_NODE && child->type != XML_CDATA_SECTION_NODE) continue;
    out.text += view(child->content);
    wipe_text(child);
  }
  return true;
}

}  // namespace

const Element* Element::find(std::string_view path) const {
  const std::size_t end = std::min(path.find('/'), path.size());
  const auto at = std::find_if(children.begin(), children.end(),
                               [&](const Element& child) { return child.name == path.substr(0, end); });
  if (at == children.end()) return nullptr;
  return end == path.size() ? &*at : at->find(path.substr(end + 1));
}

std::string_view Element::text_at(std::string_view path) const {
  const Element* element = find(path);
  if (element == nullptr) return {};
  constexpr std::string_view white_space = " \t\r\n";
  const std::string_view whole = element->text;
  const std::size_t first = whole.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return whole.substr(first, whole.find_last_not_of(white_space) - first + 1);
}

Result<Element> parse(std::string_view document) {
  static const bool ready = (xmlInitParser(), true);
  ENSURE(ready);
  if (document.size() > answer_bytes_max) return fail(ErrorCode::invalid, "The XML is larger than 256 KiB.");
  // XML_PARSE_NOENT, DTDLOAD and HUGE stay off: no entity is expanded, nothing is fetched, libxml2's own
  // limits hold.
  const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  const std::unique_ptr<xmlDoc, FreeDocument> tree(
      xmlReadMemory(document.data(), static_cast<int>(document.size()), nullptr, nullptr, options));
  if (tree == nullptr) return fail(ErrorCode::invalid, "This is not well-formed XML.");
  if (tree->intSubset != nullptr || tree->extSubset != nullptr)
    return fail(ErrorCode::invalid, "The XML has a DOCTYPE, which AWS never sends.");
  const xmlNode* root = xmlDocGetRootElement(tree.get());
  if (root == nullptr) return fail(ErrorCode::invalid, "The XML has no element.");
  Element out;
  if (!copy(root, 1, out)) return fail(ErrorCode::invalid, "The XML is nested deeper than 16 levels.");
  return out;
}

}  // namespace postern::aws::xml
