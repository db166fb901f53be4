#include "playbook/mend.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "playbook/columns.h"

namespace postern::playbook {
namespace {

/// The node after `node` in the order of the text, or nullptr; `depth` follows it.
cmark_node* next_of(cmark_node* node, int& depth) {
  if (cmark_node* child = cmark_node_first_child(node)) {
    ++depth;
    return child;
  }
  while (depth > 0 && cmark_node_next(node) == nullptr) {
    node = cmark_node_parent(node);
    --depth;
  }
  return depth == 0 ? nullptr : cmark_node_next(node);
}

std::vector<cmark_node*> nodes_under(cmark_node* root) {
  std::vector<cmark_node*> nodes;
  int depth = 0;
  for (cmark_node* node = root; node != nullptr; node = next_of(node, depth)) nodes.push_back(node);
  return nodes;
}

std::string_view text_of(const char* text) { return text == nullptr ? std::string_view() : text; }

bool is_comment(std::string_view html) {
  html = html.substr(0, html.find_last_not_of(" \n\t") + 1);
  return html.starts_with("<!--") && html.size() >= 7 && html.find("-->") == html.size() - 3;
}

bool is_harmless(std::string_view url) {
  const std::size_t colon = url.find(':');
  if (colon == std::string_view::npos || url.find_first_of("/?#") < colon) return true;  // has no scheme
  std::string scheme(url.substr(0, colon));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  constexpr std::array<std::string_view, 4> schemes{"http", "https", "mailto", "tel"};
  return std::find(schemes.begin(), schemes.end(), scheme) != schemes.end();
}

/// Puts `substitute` where `node` was. Where a text may not stand there, nothing is left.
void replace(cmark_node* node, cmark_node* substitute) {
  if (cmark_node_replace(node, substitute) != 1) {
    cmark_node_unlink(node);
    cmark_node_free(substitute);
  }
  cmark_node_free(node);
}

void show_html(cmark_node* node, cmark_node_type as) {
  const char* html = cmark_node_get_literal(node);
  if (is_comment(text_of(html))) {
    cmark_node_unlink(node);
    cmark_node_free(node);
    return;
  }
  cmark_node* shown = cmark_node_new(as);
  cmark_node_set_literal(shown, html);
  replace(node, shown);
}

void unwrap(cmark_node* node) {
  while (cmark_node* child = cmark_node_first_child(node))
    if (cmark_node_insert_before(node, child) != 1) cmark_node_free(child);
  cmark_node_unlink(node);
  cmark_node_free(node);
}

void link_image(cmark_node* image) {
  cmark_node* link = cmark_node_new(CMARK_NODE_LINK);
  cmark_node_set_url(link, cmark_node_get_url(image));
  while (cmark_node* child = cmark_node_first_child(image))
    if (cmark_node_append_child(link, child) != 1) cmark_node_free(child);
  replace(image, link);
}

/// The parser's own way sees no task in a nested or quoted list, and takes any "[x]" in the line for the box
/// (tasklist.c, 0.29.0.gfm.6): a step that is open would be printed as done.
void tick(cmark_node* item) {
  cmark_node* paragraph = cmark_node_first_child(item);
  if (paragraph == nullptr || cmark_node_get_type(paragraph) != CMARK_NODE_PARAGRAPH) return;
  cmark_node* words = cmark_node_first_child(paragraph);
  if (words == nullptr || cmark_node_get_type(words) != CMARK_NODE_TEXT) return;
  const std::string text(text_of(cmark_node_get_literal(words)));
  const bool is_done = text.starts_with("[x] ") || text.starts_with("[X] ");
  if (!is_done && !text.starts_with("[ ] ")) return;
  cmark_node_set_syntax_extension(item, cmark_find_syntax_extension("tasklist"));
  cmark_gfm_extensions_set_tasklist_item_checked(item, is_done);
  cmark_node_set_literal(words, text.c_str() + 4);
}

void mend_node(cmark_node* node) {
  const cmark_node_type type = cmark_node_get_type(node);
  if (type == CMARK_NODE_ITEM) return tick(node);
  if (type == CMARK_NODE_HTML_BLOCK) return show_html(node, CMARK_NODE_CODE_BLOCK);
  if (type == CMARK_NODE_HTML_INLINE) return show_html(node, CMARK_NODE_TEXT);
  if (type != CMARK_NODE_LINK && type != CMARK_NODE_IMAGE) return;
  if (!is_harmless(text_of(cmark_node_get_url(node)))) return unwrap(node);
  if (type == CMARK_NODE_IMAGE) link_image(node);
}

char32_t last_character(std::string_view text) {
  const auto leads = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
  std::size_t start = text.size();
  while (start > 0) {
    --start;
    if (leads(text[start])) return first_character(text.substr(start)).value;
  }
  return U' ';
}

/// Here, because browsers differ in it, and a terminal knows nothing of it.
void join_lines(cmark_node* root) {
  char32_t before = U' ';
  cmark_node* line_end = nullptr;
  for (cmark_node* node : nodes_under(root)) {
    const cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_SOFTBREAK) {
      line_end = node;
    } else if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE) {
      const std::string_view text = text_of(cmark_node_get_literal(node));
      if (text.empty()) continue;
      if (line_end != nullptr && joins_without_space(before, first_character(text).value)) {
        cmark_node_unlink(line_end);
        cmark_node_free(line_end);
      }
      line_end = nullptr;
      before = last_character(text);
    }
  }
}

}  // namespace

int depth_of(cmark_node* root) {
  int depth = 0;
  int deepest = 0;
  for (cmark_node* node = root; node != nullptr; node = next_of(node, depth))
    deepest = std::max(deepest, depth);
  return deepest;
}

void mend(cmark_node* root) {
  cmark_consolidate_text_nodes(root);
  for (cmark_node* node : nodes_under(root)) mend_node(node);
  join_lines(root);
}

}  // namespace postern::playbook
