#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Words and marks of a picture, as SVG. Pure; used by this folder alone.
namespace postern::lockout {

/// Part of a picture, drawn from its own upper left corner.
struct Fragment {
  std::string svg;
  int width = 0;
  int height = 0;
};

/// Safe for blind eyes of every kind (Okabe and Ito 2008), and apart in grey print.
namespace colour {
inline constexpr std::string_view alarm =
    "#b8400b";  ///< single points: vermilion, darkened to be read as text
inline constexpr std::string_view strong = "#0072b2";
inline constexpr std::string_view ink = "#1a1a1a";
inline constexpr std::string_view quiet = "#5a5a5a";
inline constexpr std::string_view line = "#d0d0d0";
}  // namespace colour

inline constexpr int text_size = 13;
inline constexpr std::size_t tooltip_bytes_max = 2'000;

/// Safe in an XML or HTML text and in an attribute between double quotes. Takes UTF-8.
std::string escaped(std::string_view text);
/// What this is wide in a sans-serif typeface, estimated rather too wide: nobody knows the reader's typeface.
int width_of(std::string_view text, int size = text_size);
/// As much of `text` as is no wider than `width`, with "…" where something is missing.
std::string fitted(std::string_view text, int width, int size = text_size);
/// The text in lines no wider than `width`, as far as its spaces allow.
std::vector<std::string> wrapped(std::string_view text, int width, int size = text_size);

/// Words at a place, shortened to `width`, with the whole as a tooltip where they were.
std::string label(int x, int y, int width, std::string_view text, std::string_view attributes = "");
/// Words that are known to fit.
std::string written(int x, int y, std::string_view text, std::string_view attributes = "");
/// Lines of text below each other.
Fragment paragraph(std::string_view text, int width, int size, std::string_view attributes);

/// What a failure is to a way: see picture.h. `size` 0 draws nothing.
std::string mark(int x, int y, std::size_t size, bool is_single_point);

}  // namespace postern::lockout
