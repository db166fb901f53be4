#pragma once

#include <string_view>

/// How many columns of a terminal text takes: 2 for East Asian wide characters, 0 for combining marks, 1 for
/// the rest. Pure and the same in every locale, which wcwidth() is not. Tables: Unicode 15.0,
/// EastAsianWidth.txt (W and F) and the general categories Mn, Me and Cf. "Ambiguous" characters take one, as
/// outside of old East Asian terminals; sequences that a terminal joins (emoji with U+200D) are counted part
/// by part, so too wide.
namespace postern::playbook {

struct Character {
  char32_t value = 0;
  std::string_view bytes;
};
/// The character with which `text`, which may not be empty, begins. A malformed byte stands alone, as U+FFFD.
Character first_character(std::string_view text);

int columns_of(char32_t character);
int columns_of(std::string_view text);

/// Where a text has a line break only to keep its lines short: may it vanish, rather than become a space?
/// Between Chinese or Japanese characters, and beside their punctuation (as CSS Text, "segment break
/// transformation").
bool joins_without_space(char32_t before, char32_t after);

/// May a line end after `before` and the next one begin with `after`, where no space stands between? Between
/// wide characters, and between a wide one and any other; but no line begins with closing punctuation, a
/// small kana or a mark of repetition, and none ends with an opening bracket (JIS X 4051; Unicode 15.0
/// LineBreak.txt: CL, CP, EX, IS, IN, NS and CJ, and OP).
bool may_break_between(char32_t before, char32_t after);

}  // namespace postern::playbook
