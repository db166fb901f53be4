#include "lockout/picture_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace postern::lockout {
namespace {

constexpr std::string_view ellipsis = "\xe2\x80\xa6";
constexpr std::string_view replacement = "\xef\xbf\xbd";

/// Bytes of the character at the start of well-formed UTF-8.
std::size_t first_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return std::min(size, text.size());
}

/// Thousandths of the type size: Arial's and its twins' advance widths by class of letter, and some slack.
int advance(std::string_view character) {
  if (character.size() > 2) return character == ellipsis ? 1000 : 1060;  // from U+0800 on: mostly full-width
  if (character.size() == 2) return 720;
  const char c = character.front();
  if (std::string_view("ijltfrI.,:;'|!()[] /-").find(c) != std::string_view::npos) return 350;
  if (std::string_view("mwMW@%").find(c) != std::string_view::npos) return 980;
  return c >= 'A' && c <= 'Z' ? 740 : 580;
}

/// Neither may stand in XML 1.0 (section 2.2), though both are well-formed UTF-8.
bool is_no_character(std::string_view character) {
  return character == "\xef\xbf\xbe" || character == "\xef\xbf\xbf";
}

}  // namespace

std::string escaped(std::string_view text) {
  const std::string clean = sanitized(text, Lines::replace);
  std::string out;
  for (std::string_view left = clean; !left.empty(); left.remove_prefix(first_size(left))) {
    const std::string_view character = left.substr(0, first_size(left));
    if (character == "&")
      out += "&amp;";
    else if (character == "<")
      out += "&lt;";
    else if (character == ">")
      out += "&gt;";
    else if (character == "\"")
      out += "&quot;";
    else if (character == "'")
      out += "&#39;";
    else
      out += is_no_character(character) ? replacement : character;
  }
  return out;
}

int width_of(std::string_view text, int size) {
  std::int64_t out = 0;
  for (; !text.empty(); text.remove_prefix(first_size(text)))
    out += advance(text.substr(0, first_size(text)));
  constexpr std::int64_t endless = 1'000'000;
  return static_cast<int>(std::min(endless, (out * size + 999) / 1000));
}

std::string fitted(std::string_view text, int width, int size) {
  if (width_of(text, size) <= width) return std::string(text);
  const int room = (width - width_of(ellipsis, size)) * 1000 / size;
  std::size_t taken = 0;
  for (int used = 0; taken < text.size();) {
    const std::string_view next = text.substr(taken, first_size(text.substr(taken)));
    used += advance(next);
    if (used > room) break;
    taken += next.size();
  }
  return std::string(text.substr(0, taken)) + std::string(ellipsis);
}

std::vector<std::string> wrapped(std::string_view text, int width, int size) {
  std::vector<std::string> out = {""};
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string word(text.substr(0, end));
    const std::string longer = out.back().empty() ? word : out.back() + " " + word;
    if (out.back().empty() || width_of(longer, size) <= width)
      out.back() = longer;
    else
      out.push_back(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string written(int x, int y, std::string_view text, std::string_view attributes) {
  return fmt::format("<text x=\"{}\" y=\"{}\"{}{}>{}</text>\n", x, y, attributes.empty() ? "" : " ",
                     attributes, escaped(text));
}

std::string label(int x, int y, int width, std::string_view text, std::string_view attributes) {
  const std::string shown = fitted(text, width);
  if (shown == text) return written(x, y, text, attributes);
  std::string_view whole = text.substr(0, tooltip_bytes_max);
  while (whole.size() < text.size() && (static_cast<unsigned char>(text[whole.size()]) & 0xc0U) == 0x80U)
    whole.remove_suffix(1);
  return fmt::format("<text x=\"{}\" y=\"{}\"{}{}><title>{}{}</title>{}</text>\n", x, y,
                     attributes.empty() ? "" : " ", attributes, escaped(whole),
                     whole.size() < text.size() ? ellipsis : "", escaped(shown));
}

Fragment paragraph(std::string_view text, int width, int size, std::string_view attributes) {
  Fragment out{.svg = fmt::format("<g font-size=\"{}\" {}>\n", size, attributes), .width = width};
  for (const std::string& line : wrapped(text, width, size)) {
    out.height += size * 3 / 2;
    out.svg += written(0, out.height - size / 2, fitted(line, width, size));
  }
  out.svg += "</g>\n";
  return out;
}

std::string mark(int x, int y, std::size_t size, bool is_single_point) {
  if (size == 0) return "";
  if (size == 1 && is_single_point)
    return fmt::format("<path d=\"M{} {}l10 10l-10 10l-10 -10z\" fill=\"{}\"/>\n", x, y - 10, colour::alarm);
  if (size == 1)
    return fmt::format("<rect x=\"{}\" y=\"{}\" width=\"16\" height=\"16\" fill=\"{}\"/>\n", x - 8, y - 8,
                       colour::strong);
  return fmt::format(
      "<circle cx=\"{0}\" cy=\"{1}\" r=\"8\" fill=\"#fff\" stroke=\"{2}\" stroke-width=\"{3}\"/>"
      "<text x=\"{0}\" y=\"{4}\" font-size=\"10\" font-weight=\"normal\" text-anchor=\"middle\" "
      "fill=\"{5}\">{6}"
      "</text>\n",
      x, y, size == 2 ? colour::strong : "#8a8a8a", size == 2 ? 2 : 1, y + 4, colour::ink, size);
}

}  // namespace postern::lockout
