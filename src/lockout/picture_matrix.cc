#include "lockout/picture_matrix.h"

#include <fmt/format.h>

#include <algorithm>

namespace postern::lockout {
namespace {

constexpr int row_height = 24;
constexpr int column_width = 28;
constexpr int number_end = 30;  ///< numbers stand at the right end of their column
constexpr int kind_start = 40;
constexpr int label_start = 122;
constexpr int label_width_max = 600;
constexpr int heading_width_max = 170;
constexpr std::size_t partners_named_max = 4;

/// What a section of rows has in common: how large the smallest combination is.
enum class Section : std::uint8_t { single, pair, larger, none };

Section section_of(const WeighedEvent& each) {
  if (each.smallest == 0) return Section::none;
  return each.smallest == 1 ? Section::single : each.smallest == 2 ? Section::pair : Section::larger;
}

std::string title_of(Section section, const WeighedCase& weighed) {
  switch (section) {
    case Section::single:
      return "Single points of failure: each alone leaves nobody able to get in";
    case Section::pair:
      return "Pairs: each leaves nobody able to get in together with one other failure";
    case Section::larger:
      return "Larger combinations: only together with two others or more";
    case Section::none:
      return weighed.known_up_to
                 ? "In no combination that is known to take all ways away"
                 : "Touches some way, but is in no smallest combination that takes all ways away";
  }
  return "";
}

class Matrix {
 public:
  Matrix(const Case& of, const WeighedCase& weighed)
      : of_(of),
        weighed_(weighed),
        rows_(std::min(weighed.events.size(), picture_rows_max)),
        ways_(std::min(of.ways.size(), picture_ways_max)) {
    int label_width = 200;
    for (std::size_t row = 0; row < rows_; ++row)
      label_width = std::max(label_width, width_of(words_of(row)) * 11 / 10 + 1);  // some are bold
    label_width_ = std::min(label_width, label_width_max);
    int heading_width = width_of("all ways");
    for (std::size_t way = 0; way < ways_; ++way)
      heading_width = std::max(heading_width, width_of(of.ways[way].process.text()));
    heading_height_ = std::min(heading_width, heading_width_max) * 71 / 100 + 20;
    partners_start_ = column(ways_) + 26;
    if (weighed.pairs > 0) partners_width_ = width_of("in a pair with") * 11 / 10;
    for (std::size_t row = 0; row < rows_; ++row)
      partners_width_ = std::max(partners_width_, width_of(partners_of(row)));
    out_.width = std::max(partners_start_ + partners_width_, column(ways_) + heading_height_ + 10);
  }

  Fragment drawn() {
    const int body = heading_height_;
    out_.height = heading_height_;
    for (std::size_t row = 0; row < rows_; ++row) {
      if (row == 0 || section_of(event(row)) != section_of(event(row - 1))) section(section_of(event(row)));
      line(row);
    }
    totals();
    const std::string rows = std::move(out_.svg);
    out_.svg.clear();
    columns(body, out_.height - row_height);
    out_.svg += rows;
    headings();
    what_is_left_out();
    return std::move(out_);
  }

 private:
  [[nodiscard]] const WeighedEvent& event(std::size_t row) const { return weighed_.events[row]; }
  [[nodiscard]] std::string words_of(std::size_t row) const {
    return words(of_.tree.events()[event(row).event]);
  }
  /// The middle of a column: 0 is all ways together, then each way.
  [[nodiscard]] int column(std::size_t number) const {
    return label_start + label_width_ + 24 + column_width * static_cast<int>(number) + (number > 0 ? 8 : 0);
  }

  void section(Section which) {
    out_.svg += written(kind_start, out_.height + 19, title_of(which, weighed_),
                        fmt::format("font-weight=\"bold\" fill=\"{}\"",
                                    which == Section::single ? colour::alarm : colour::ink));
    out_.height += row_height + 4;
    rule(out_.height, colour::quiet);
  }

  void line(std::size_t row) {
    const bool is_single = event(row).smallest == 1;
    const int y = row_height / 2;
    const std::string_view fill = is_single ? colour::alarm : colour::ink;
    out_.svg += fmt::format("<g transform=\"translate(0,{})\">\n", out_.height);
    out_.svg += written(number_end, y + 5, fmt::format("#{}", row + 1),
                        fmt::format("text-anchor=\"end\" fill=\"{}\"", colour::quiet));
    const std::string kind(kind_of(of_.tree.events()[event(row).event].id));
    out_.svg += written(kind_start, y + 5, kind, fmt::format("fill=\"{}\"", colour::quiet));
    out_.svg += label(label_start, y + 5, is_single ? label_width_ * 10 / 11 : label_width_, words_of(row),
                      fmt::format("fill=\"{}\"{}", fill, is_single ? " font-weight=\"bold\"" : ""));
    out_.svg += mark(column(0), y, event(row).smallest, is_single);
    for (std::size_t way = 0; way < ways_; ++way)
      out_.svg += mark(column(way + 1), y, event(row).by_way[way], is_single);
    if (!event(row).with.empty())
      out_.svg += label(partners_start_, y + 5, partners_width_, partners_of(row));
    out_.svg += "</g>\n";
    out_.height += row_height;
    rule(out_.height, colour::line);
  }

  [[nodiscard]] std::string partners_of(std::size_t row) const {
    const std::vector<std::size_t>& with = event(row).with;
    if (with.empty()) return "";
    std::string out;
    for (std::size_t i = 0; i < std::min(with.size(), partners_named_max); ++i)
      out += fmt::format("{}#{}", i == 0 ? "" : i + 1 == with.size() ? " or " : ", ", with[i] + 1);
    if (!weighed_.has_all_pairs) return out + " or others";
    return with.size() > partners_named_max
               ? out + fmt::format(" or {} more", with.size() - partners_named_max)
               : out;
  }

  void totals() {
    out_.svg += written(label_start, out_.height + 17, "Failures that take it away alone",
                        fmt::format("fill=\"{}\"", colour::quiet));
    const auto total = [&](std::size_t number, const std::string& text) {
      out_.svg +=
          written(column(number), out_.height + 17, text, "text-anchor=\"middle\" font-weight=\"bold\"");
    };
    total(0, weighed_.is_lost ? "\xe2\x80\x93" : std::to_string(weighed_.single_points));
    for (std::size_t way = 0; way < ways_; ++way)
      total(way + 1,
            weighed_.ways[way].is_closed ? "\xe2\x80\x93" : std::to_string(weighed_.ways[way].alone));
    out_.height += row_height;
  }

  /// A quiet band behind all ways together, and grey with a cross for what is closed from the start.
  void columns(int from, int to) {
    out_.svg += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"24\" height=\"{}\" fill=\"#f3efe6\"/>\n",
                            column(0) - 12, from, to - from);
    for (std::size_t way = 0; way < ways_; ++way) {
      if (!weighed_.ways[way].is_closed) continue;
      const int x = column(way + 1);
      out_.svg += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"20\" height=\"{}\" fill=\"#dcdcdc\"/>\n",
                              x - 10, from, to - from);
      out_.svg += written(x, from + 18, "\xc3\x97", "text-anchor=\"middle\" font-size=\"18\"");
    }
  }

  void headings() {
    heading(0, "all ways", "nobody gets in", " font-weight=\"bold\"");
    for (std::size_t way = 0; way < ways_; ++way) {
      const Way& each = of_.ways[way];
      const std::string title = each.blocked.kind == Ref::Kind::gate ? of_.tree.gate(each.blocked).title : "";
      heading(way + 1, each.process.text(), title,
              weighed_.ways[way].is_closed ? " text-decoration=\"line-through\"" : "");
    }
    if (weighed_.pairs > 0)
      out_.svg += written(partners_start_, heading_height_ - 6, "in a pair with", "font-weight=\"bold\"");
  }
  void heading(std::size_t number, const std::string& id, const std::string& title,
               std::string_view attributes) {
    const std::string whole = title.empty() ? id : id + ": " + fitted(title, heading_width_max * 10);
    out_.svg += fmt::format(
        "<text transform=\"translate({},{}) rotate(-45)\" fill=\"{}\"{}><title>{}</title>{}</text>\n",
        column(number) + 3, heading_height_ - 6, colour::ink, attributes, escaped(whole),
        escaped(fitted(id, heading_width_max)));
  }

  void what_is_left_out() {
    if (rows_ < weighed_.events.size())
      note(fmt::format("{} more failures are left out here: they weigh less than these {}.",
                       weighed_.events.size() - rows_, rows_));
    if (ways_ < of_.ways.size())
      note(fmt::format("{} more ways are left out here; what takes all ways away takes them into account.",
                       of_.ways.size() - ways_));
  }
  void note(const std::string& text) {
    out_.svg += written(label_start, out_.height + 17, text, "font-style=\"italic\"");
    out_.height += row_height;
  }

  void rule(int y, std::string_view stroke) {
    out_.svg +=
        fmt::format("<path d=\"M{} {}H{}\" stroke=\"{}\"/>\n", kind_start, y, partners_start_ - 8, stroke);
  }

  const Case& of_;
  const WeighedCase& weighed_;
  std::size_t rows_;
  std::size_t ways_;
  int label_width_ = 0;
  int heading_height_ = 0;
  int partners_start_ = 0;
  int partners_width_ = 0;
  Fragment out_ = {};
};

}  // namespace

Fragment matrix(const Case& each, const WeighedCase& weighed) { return Matrix(each, weighed).drawn(); }

}  // namespace postern::lockout
