#include "base/placeholder.h"

namespace postern {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

/// Counts lines and columns on the way through a text, so that each byte is looked at once.
class Position {
 public:
  explicit Position(std::string_view text) : text_(text) {}
  void go_to(std::size_t offset) {
    for (; at_ < offset; ++at_)
      if (text_[at_] == '\n') {
        ++line;
        column = 1;
      } else if (begins_character(text_[at_])) {
        ++column;
      }
  }
  int line = 1;
  int column = 1;

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<Placeholder> placeholders_in(std::string_view text) {
  std::vector<Placeholder> out;
  Position position(text);
  for (std::size_t open = text.find("{{"); open != std::string_view::npos;) {
    position.go_to(open);
    const std::size_t close = text.find("}}", open);
    const bool is_closed = close != std::string_view::npos;
    out.push_back({.open = open,
                   .end = is_closed ? close + 2 : text.size(),
                   .line = position.line,
                   .column = position.column,
                   .name = is_closed ? trimmed(text.substr(open + 2, close - open - 2)) : std::string_view(),
                   .is_closed = is_closed});
    if (!is_closed) break;
    open = text.find("{{", close + 2);
  }
  return out;
}

std::string replace_placeholders(std::string_view text,
                                 const std::function<std::string(std::string_view name)>& value) {
  std::string out;
  out.reserve(text.size());
  std::size_t from = 0;
  for (const Placeholder& each : placeholders_in(text)) {
    if (!each.is_closed) break;
    out += text.substr(from, each.open - from);
    out += value(each.name);
    from = each.end;
  }
  out += text.substr(from);
  return out;
}

}  // namespace postern
