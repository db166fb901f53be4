#include "playbook/inlines.h"

#include <string>

namespace postern::playbook {
namespace {

class Inlines {
 public:
  explicit Inlines(Colour colour) : colour_(colour) {}

  void add_all(const Node& parent, const Style& style) {
    for (const Node& each : parent.children) add(each, style);
  }
  Runs take() && { return std::move(runs_); }

 private:
  void add(const Node& node, const Style& style) {
    switch (node.kind) {
      case Kind::text:
        return say(node.text, style);
      case Kind::soft_break:
        return say(" ", style);
      case Kind::line_break:
        return say("\n", style);
      case Kind::code:
        return add_code(node, style);
      case Kind::emphasis:
        return add_styled(node, style, &Style::is_emphasis, "*");
      case Kind::strong:
        return add_styled(node, style, &Style::is_strong, "**");
      case Kind::struck:
        return add_styled(node, style, &Style::is_struck, "~~");
      case Kind::link:
        return add_link(node, style);
      case Kind::document:
      case Kind::paragraph:
      case Kind::heading:
      case Kind::quote:
      case Kind::list:
      case Kind::item:
      case Kind::code_block:
      case Kind::rule:
      case Kind::table:
      case Kind::table_row:
      case Kind::table_cell:
        return;  // never within a line
    }
  }

  void say(std::string_view text, const Style& style) {
    if (!text.empty()) runs_.push_back({std::string(text), style});
  }

  void mark(std::string_view text, const Style& style) {
    if (colour_ == Colour::no) say(text, style);
  }

  void add_code(const Node& node, Style style) {
    style.is_code = true;
    const std::string_view quote = node.text.find('`') == std::string::npos ? "`" : "``";
    mark(quote, style);
    say(node.text, style);
    mark(quote, style);
  }

  void add_styled(const Node& node, Style style, bool Style::* which, std::string_view marks) {
    const bool is_new = !(style.*which);  // bold in bold is bold
    style.*which = true;
    if (is_new) mark(marks, style);
    add_all(node, style);
    if (is_new) mark(marks, style);
  }

  void add_link(const Node& link, const Style& style) {
    const std::size_t begin = runs_.size();
    add_all(link, style);
    std::string text;
    for (std::size_t i = begin; i < runs_.size(); ++i) text += runs_[i].text;
    if (link.text.empty() || link.text[0] == '#' || link.text == text || link.text == "mailto:" + text)
      return;
    say(text.empty() ? "(" : " (", style);
    say(link.text, style);
    say(")", style);
  }

  Colour colour_;
  Runs runs_;
};

}  // namespace

Runs runs_of(const Node& block, Style style, Colour colour) {
  Inlines inlines(colour);
  inlines.add_all(block, style);
  return std::move(inlines).take();
}

}  // namespace postern::playbook
