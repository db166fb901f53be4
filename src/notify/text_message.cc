#include "notify/text_message.h"

#include <algorithm>

#include "aws/sns.h"
#include "base/encoding.h"

namespace postern::notify {
namespace {

constexpr std::string_view ellipsis = "...";
// No septet takes more than two bytes of UTF-8, and no UTF-16 unit more than three, so this is more than
// fits.
constexpr std::size_t text_bytes_max = text_parts_max * part_septets_max * 2 + 8;

// 3GPP TS 23.038, 6.2.1: what is not ASCII in the default alphabet, and what takes an escape before it
// (6.2.1.1). LF and all other ASCII but '`' take one septet.
constexpr std::string_view beyond_ascii = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";
constexpr std::string_view escaped = "^{}\\[~]|€";

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Bytes of the character at the start of well-formed `text`.
std::size_t size_of_first(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && is_continuation(text[size])) ++size;
  return size;
}

/// What a character costs in the GSM alphabet; 0 when it is not in it.
std::size_t septets_of(std::string_view character) {
  if (escaped.find(character) != std::string_view::npos) return 2;
  if (character.size() > 1) return beyond_ascii.find(character) != std::string_view::npos ? 1 : 0;
  const char c = character.front();
  return c == '\n' || (c >= 0x20 && c < 0x7f && c != '`') ? 1 : 0;
}

std::size_t units_of(std::string_view character) { return character.size() == 4 ? 2 : 1; }

enum class Alphabet { gsm, any };

/// Bytes of the longest beginning of `text` that costs at most `budget`.
std::size_t bytes_within(std::string_view text, std::size_t budget, Alphabet alphabet) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view character = text.substr(at, size_of_first(text.substr(at)));
    const std::size_t cost = alphabet == Alphabet::gsm ? septets_of(character) : units_of(character);
    if (cost > budget) return at;
    budget -= cost;
    at += character.size();
  }
  return at;
}

std::size_t cost_of(std::string_view text, Alphabet alphabet) {
  std::size_t cost = 0;
  while (!text.empty()) {
    const std::string_view character = text.substr(0, size_of_first(text));
    cost += alphabet == Alphabet::gsm ? septets_of(character) : units_of(character);
    text.remove_prefix(character.size());
  }
  return cost;
}

/// On one line. Of a long text more is kept than fits, so that it shows that it is cut; and whole characters,
/// because half of one is U+FFFD, which is no GSM character and would make the text twice as long.
std::string printable(std::string_view text) {
  std::size_t end = std::min(text.size(), text_bytes_max);
  while (end > 0 && end < text.size() && is_continuation(text[end])) --end;
  std::string line(text.substr(0, end));
  std::replace(line.begin(), line.end(), '\n', ' ');
  return sanitized(line, Lines::replace);
}

std::string cut(const std::string& title, std::size_t budget, Alphabet alphabet) {
  if (cost_of(title, alphabet) <= budget) return title;
  return title.substr(0, bytes_within(title, budget - ellipsis.size(), alphabet)) + std::string(ellipsis);
}

}  // namespace

bool is_gsm_text(std::string_view text) {
  while (!text.empty()) {
    const std::string_view character = text.substr(0, size_of_first(text));
    if (septets_of(character) == 0) return false;
    text.remove_prefix(character.size());
  }
  return true;
}

std::string text_of(std::string_view title, std::string_view link) {
  const std::string line = printable(title);
  const std::string address = link.size() > text_bytes_max ? "" : printable(link);
  const Alphabet alphabet = is_gsm_text(line) && is_gsm_text(address) ? Alphabet::gsm : Alphabet::any;
  const std::size_t budget = text_parts_max * (alphabet == Alphabet::gsm ? part_septets_max : part_units_max);
  const std::size_t link_cost = address.empty() ? 0 : cost_of(address, alphabet) + 1;
  if (link_cost == 0 || link_cost > budget / 2) return cut(line, budget, alphabet);
  return cut(line, budget - link_cost, alphabet) + "\n" + address;
}

Result<std::string> phone_number_of(std::string_view text) {
  constexpr std::size_t written_bytes_max = 40;
  std::string number;
  for (const char c : text.substr(0, written_bytes_max))
    if (c != ' ' && c != '-') number += c;
  if (text.size() > written_bytes_max || !aws::is_phone_number(number))
    return fail(
        ErrorCode::invalid,
        "That is not a telephone number. Write it with its country in the catalog: +81 90-1234-5678.");
  return number;
}

}  // namespace postern::notify
