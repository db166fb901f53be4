#include "playbook/flow.h"

#include <algorithm>
#include <array>
#include <utility>

#include "playbook/columns.h"

namespace postern::playbook {
namespace {

struct Glyph {
  Character character;
  int columns = 0;
  Style style;
};

bool is_space(const Glyph& glyph) { return glyph.character.value == U' '; }

std::vector<Glyph> glyphs_of(const Runs& text) {
  std::vector<Glyph> glyphs;
  for (const Run& run : text) {
    for (std::string_view rest = run.text; !rest.empty();) {
      const Character next = first_character(rest);
      rest.remove_prefix(next.bytes.size());
      const Glyph glyph{next, columns_of(next.value), run.style};
      const bool is_repeated = is_space(glyph) && !run.style.is_code && !glyphs.empty() &&
                               is_space(glyphs.back()) && !glyphs.back().style.is_code;
      if (!is_repeated) glyphs.push_back(glyph);
    }
  }
  return glyphs;
}

/// One line after the other, as many glyphs in each as fit.
class Breaker {
 public:
  Breaker(std::vector<Glyph> glyphs, int columns, Whole whole)
      : glyphs_(std::move(glyphs)), columns_(columns), whole_(whole) {}

  std::vector<Runs> lines() && {
    for (std::size_t i = 0; i < glyphs_.size(); ++i) {
      if (glyphs_[i].character.value == U'\n') {
        end_line(i, i + 1);
        continue;
      }
      if (i > begin_ && may_break_before(i)) break_ = i;
      while (!is_space(glyphs_[i]) && width_ + glyphs_[i].columns > columns_ && break_line(i)) {
      }
      width_ += glyphs_[i].columns;
    }
    end_line(glyphs_.size(), glyphs_.size());
    return std::move(lines_);
  }

 private:
  [[nodiscard]] bool may_break_before(std::size_t i) const {
    if (whole_ == Whole::words_and_code && glyphs_[i - 1].style.is_code && glyphs_[i].style.is_code)
      return false;
    if (is_space(glyphs_[i - 1])) return !is_space(glyphs_[i]);
    return may_break_between(glyphs_[i - 1].character.value, glyphs_[i].character.value);
  }

  /// Ends a line somewhere before `i`, if it may be.
  bool break_line(std::size_t i) {
    std::size_t at = break_;
    if (at <= begin_) {
      if (whole_ != Whole::nothing || i <= begin_ || width_ == 0) return false;
      at = i;
    }
    end_line(at, at);
    for (std::size_t each = begin_; each < i; ++each) width_ += glyphs_[each].columns;
    return true;
  }

  void end_line(std::size_t end, std::size_t next) {
    while (begin_ < end && is_space(glyphs_[begin_])) ++begin_;
    while (end > begin_ && is_space(glyphs_[end - 1])) --end;
    Runs line;
    for (std::size_t i = begin_; i < end; ++i) {
      if (line.empty() || line.back().style != glyphs_[i].style) line.push_back({{}, glyphs_[i].style});
      line.back().text += glyphs_[i].character.bytes;
    }
    lines_.push_back(std::move(line));
    begin_ = break_ = next;
    width_ = 0;
  }

  std::vector<Glyph> glyphs_;
  int columns_;
  Whole whole_;
  std::vector<Runs> lines_;
  std::size_t begin_ = 0;  ///< of the line
  std::size_t break_ = 0;  ///< the last place where it may end; begin_ if there is none
  int width_ = 0;
};

}  // namespace

std::vector<Runs> flowed(const Runs& text, int columns, Whole whole) {
  return Breaker(glyphs_of(text), columns, whole).lines();
}

int columns_of(const Runs& line) {
  int columns = 0;
  for (const Run& run : line) columns += columns_of(std::string_view(run.text));
  return columns;
}

std::string painted(const Runs& line, Colour colour) {
  std::string out;
  for (const Run& run : line) {
    const std::array<std::pair<bool, std::string_view>, 5> codes{{{run.style.is_strong, "1"},
                                                                  {run.style.is_emphasis, "3"},
                                                                  {run.style.is_underlined, "4"},
                                                                  {run.style.is_struck, "9"},
                                                                  {run.style.is_code, "36"}}};
    std::string wanted;
    for (const auto& [is_on, code] : codes)
      if (is_on && colour == Colour::yes) (wanted += wanted.empty() ? "\x1b[" : ";") += code;
    out += wanted.empty() ? run.text : wanted + "m" + run.text + "\x1b[0m";
  }
  return out;
}

}  // namespace postern::playbook
