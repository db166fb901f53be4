#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct cmark_node;

/// A parsed playbook; the one place that knows cmark-gfm. Pure; used by this folder alone.
namespace postern::playbook {

enum class Kind {
  document,
  paragraph,
  heading,
  quote,
  list,
  item,
  code_block,
  rule,
  table,
  table_row,
  table_cell,
  text,
  soft_break,
  line_break,
  code,
  emphasis,
  strong,
  struck,
  link,
};
enum class Task { none, open, done };
enum class Alignment { left, center, right };

/// `text` holds what is written in a text, code or code_block, the target of a link, and the marker of an
/// item:
/// "-", "3.", "3)". It is without control characters, but for LF and TAB in a code_block.
struct Node {
  Kind kind = Kind::document;
  std::string text = {};
  int level = 0;          ///< of a heading, from 1
  bool is_tight = false;  ///< a list without empty lines between its items
  Task task = Task::none;
  Alignment alignment = Alignment::left;
  std::vector<Node> children = {};
};

/// Markdown as GitHub writes it (tables, strikethrough, task lists; no bare links), with nothing in it that
/// acts by itself: see to_html() in markdown.h. Immutable, so any thread may read it.
class Document {
 public:
  /// `invalid` as checked_source() says, and for a text that nests more than 100 levels deep. Threads may
  /// call it at once; they wait for each other, because the parser writes to globals of its own.
  static Result<Document> parsed(std::string_view markdown);

  [[nodiscard]] std::string html() const;
  [[nodiscard]] Node tree() const;

 private:
  struct Free {
    void operator()(cmark_node* node) const;
  };
  explicit Document(cmark_node* root) : root_(root) {}
  std::unique_ptr<cmark_node, Free> root_;
};

}  // namespace postern::playbook
