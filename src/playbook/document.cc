#include "playbook/document.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "base/encoding.h"
#include "playbook/mend.h"
#include "playbook/source.h"

namespace postern::playbook {
namespace {

// Browsers and the recursion below are fine with this, and no reader is.
constexpr int nesting_max = 100;

using Parser = std::unique_ptr<cmark_parser, decltype(&cmark_parser_free)>;

/// While one lives, no other does. Parsing with strikethrough switches "~" on and off in a global table
/// (inlines.c, SPECIAL_CHARS), so two parsers at once would each see the other's syntax.
class OneAtATime {
 public:
  OneAtATime() {
    while (taken.test_and_set(std::memory_order_acquire)) taken.wait(true, std::memory_order_relaxed);
  }
  ~OneAtATime() {
    taken.clear(std::memory_order_release);
    taken.notify_one();
  }
  OneAtATime(const OneAtATime&) = delete;
  OneAtATime& operator=(const OneAtATime&) = delete;

 private:
  static inline std::atomic_flag taken;
};

void register_extensions() {
  static const bool done = [] {
    cmark_gfm_core_extensions_ensure_registered();
    return true;
  }();
  ENSURE(done);
}

cmark_node* parsed_tree(const std::string& source) {
  register_extensions();
  const OneAtATime alone;
  const Parser parser(cmark_parser_new(CMARK_OPT_DEFAULT), &cmark_parser_free);
  // Not autolink: Debian's version takes 0.3 s for 64 KiB of "a@b." (CVE-2022-39209 and later ones).
  // Not tasklist: mend() does that.
  for (const char* name : {"table", "strikethrough"}) {
    cmark_syntax_extension* extension = cmark_find_syntax_extension(name);
    ENSURE(extension != nullptr);
    cmark_parser_attach_syntax_extension(parser.get(), extension);
  }
  cmark_parser_feed(parser.get(), source.data(), source.size());
  return cmark_parser_finish(parser.get());
}

/// By name, because the types of an extension have no constants.
Kind kind_of(cmark_node* node) {
  constexpr std::array<std::pair<std::string_view, Kind>, 21> kinds{{
      {"block_quote", Kind::quote},
      {"code", Kind::code},
      {"code_block", Kind::code_block},
      {"document", Kind::document},
      {"emph", Kind::emphasis},
      {"heading", Kind::heading},
      {"item", Kind::item},
      {"linebreak", Kind::line_break},
      {"link", Kind::link},
      {"list", Kind::list},
      {"paragraph", Kind::paragraph},
      {"softbreak", Kind::soft_break},
      {"strikethrough", Kind::struck},
      {"strong", Kind::strong},
      {"table", Kind::table},
      {"table_cell", Kind::table_cell},
      {"table_header", Kind::table_row},
      {"table_row", Kind::table_row},
      {"tasklist", Kind::item},
      {"text", Kind::text},
      {"thematic_break", Kind::rule},
  }};
  const std::string_view name = cmark_node_get_type_string(node);
  const auto* const found =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& each) { return each.first == name; });
  ENSURE(found != kinds.end());  // mend() left nothing else
  return found->second;
}

std::string_view literal_of(cmark_node* node) {
  const char* literal = cmark_node_get_literal(node);
  return literal == nullptr ? std::string_view() : literal;
}

std::string target_of(cmark_node* link) {
  std::string out;
  for (const char c : sanitized(cmark_node_get_url(link), Lines::replace))
    out += c == ' ' ? std::string("%20") : std::string(1, c);
  return out;
}

std::string marker_of(cmark_node* item, int index) {
  cmark_node* list = cmark_node_parent(item);
  std::string marker = "-";
  if (cmark_node_get_list_type(list) == CMARK_ORDERED_LIST)
    marker = fmt::format("{}{}", std::int64_t{cmark_node_get_list_start(list)} + index,
                         cmark_node_get_list_delim(list) == CMARK_PAREN_DELIM ? ')' : '.');
  return marker;
}

Task task_of(cmark_node* item) {
  if (std::string_view(cmark_node_get_type_string(item)) != "tasklist") return Task::none;
  return cmark_gfm_extensions_get_tasklist_item_checked(item) ? Task::done : Task::open;
}

Alignment alignment_of(cmark_node* row, int index) {
  const std::uint8_t* letters = cmark_gfm_extensions_get_table_alignments(cmark_node_parent(row));
  const int columns = cmark_gfm_extensions_get_table_columns(cmark_node_parent(row));
  if (letters == nullptr || index >= columns) return Alignment::left;
  return letters[index] == 'r'   ? Alignment::right
         : letters[index] == 'c' ? Alignment::center
                                 : Alignment::left;
}

/// `node` and what is under it; `index` is its place among its siblings.
Node copied(cmark_node* node, int index) {  // no deeper than nesting_max
  Node out{.kind = kind_of(node)};
  switch (out.kind) {
    case Kind::text:
    case Kind::code:
      out.text = sanitized(literal_of(node), Lines::replace);
      break;
    case Kind::code_block:
      out.text = without_controls(literal_of(node));
      break;
    case Kind::link:
      out.text = target_of(node);
      break;
    case Kind::item:
      out.text = marker_of(node, index);
      out.task = task_of(node);
      break;
    case Kind::heading:
      out.level = cmark_node_get_heading_level(node);
      break;
    case Kind::list:
      out.is_tight = cmark_node_get_list_tight(node) == 1;
      break;
    case Kind::table_cell:
      out.alignment = alignment_of(cmark_node_parent(node), index);
      break;
    case Kind::document:
    case Kind::paragraph:
    case Kind::quote:
    case Kind::rule:
    case Kind::table:
    case Kind::table_row:
    case Kind::soft_break:
    case Kind::line_break:
    case Kind::emphasis:
    case Kind::strong:
    case Kind::struck:
      break;
  }
  int count = 0;
  for (cmark_node* each = cmark_node_first_child(node); each != nullptr; each = cmark_node_next(each))
    out.children.push_back(copied(each, count++));
  return out;
}

}  // namespace

Result<Document> Document::parsed(std::string_view markdown) {
  const std::string source = TRY(checked_source(markdown));
  Document document(parsed_tree(source));
  if (depth_of(document.root_.get()) > nesting_max)
    return fail(
        ErrorCode::invalid,
        fmt::format("A playbook nests at most {} levels deep. Use fewer lists in lists.", nesting_max));
  mend(document.root_.get());
  return document;
}

std::string Document::html() const {
  using Text = std::unique_ptr<char, decltype(&std::free)>;
  // Safe mode is the default, and stands behind mend().
  const Text html(cmark_render_html(root_.get(), CMARK_OPT_DEFAULT, nullptr), &std::free);
  return without_controls(html.get());
}

Node Document::tree() const { return copied(root_.get(), 0); }

void Document::Free::operator()(cmark_node* node) const { cmark_node_free(node); }

}  // namespace postern::playbook
