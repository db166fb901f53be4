#include "lockout/picture.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "lockout/picture_case.h"
#include "lockout/picture_matrix.h"
#include "lockout/picture_text.h"
#include "lockout/picture_tree.h"

namespace postern::lockout {
namespace {

constexpr int margin = 24;
constexpr int width_min = 720;
constexpr std::size_t accounts_in_svg_max = 5;
constexpr std::size_t accounts_in_page_max = 100;
constexpr std::size_t pairs_in_page_max = 50;
constexpr std::size_t singles_described_max = 20;

/// Parts below each other.
class Sheet {
 public:
  explicit Sheet(int width) : width_(width) {}

  void space(int height) { height_ += height; }
  void put(const Fragment& part) {
    svg_ += fmt::format("<g transform=\"translate({},{})\">\n{}</g>\n", margin, height_, part.svg);
    height_ += part.height;
  }
  void say(std::string_view text, int size, std::string_view attributes) {
    put(paragraph(text, width_, size, attributes));
  }
  [[nodiscard]] std::string finished(const std::string& title, const std::string& description) const {
    const int width = width_ + 2 * margin;
    const int height = height_ + margin;
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 "
        "{0} {1}\" "
        "font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\" font-size=\"{2}\" fill=\"{3}\">\n"
        "<title>{4}</title>\n<desc>{5}</desc>\n<rect width=\"{0}\" height=\"{1}\" "
        "fill=\"#fff\"/>\n{6}</svg>\n",
        width, height, text_size, colour::ink, escaped(title), escaped(description), svg_);
  }

 private:
  int width_;
  int height_ = margin;
  std::string svg_;
};

bool is_alarming(const WeighedCase& weighed) { return weighed.is_lost || weighed.single_points > 0; }

Fragment legend() {
  Fragment out{.svg = "", .height = 52};
  int x = 0;
  const auto entry = [&](const std::string& sign, std::string_view text, int y) {
    out.svg += sign + written(x + 24, y + 5, text);
    x += 24 + width_of(text) + 24;
    out.width = std::max(out.width, x);
  };
  entry(mark(8, 12, 1, true), "alone leaves nobody able to get in", 12);
  entry(mark(x + 8, 12, 1, false), "alone takes this way away", 12);
  x = 0;
  entry(mark(8, 38, 2, false) + mark(28, 38, 3, false), "", 38);
  x = 20;
  entry("", "does so only in a combination of 2, 3 … failures", 38);
  entry(written(x + 8, 44, "\xc3\x97", "font-size=\"18\" text-anchor=\"middle\""),
        "way closed from the start", 38);
  return out;
}

std::string described(const Case& each, const WeighedCase& weighed) {
  std::string out = verdict(weighed);
  for (std::size_t i = 0; i < std::min(weighed.single_points, singles_described_max); ++i)
    out += fmt::format("{} {}", i == 0 ? " Single points of failure:" : ";",
                       words(each.tree.events()[weighed.events[i].event]));
  if (weighed.single_points > singles_described_max)
    out += fmt::format("; and {} more", weighed.single_points - singles_described_max);
  return out;
}

void put_verdict(Sheet& sheet, const catalog::Catalog& catalog, const Case& each,
                 const WeighedCase& weighed) {
  sheet.say("What locks everybody out: " + mode_in_words(catalog, each), 18, "font-weight=\"bold\"");
  sheet.say(accounts_in_words(catalog, each, accounts_in_svg_max), text_size,
            fmt::format("fill=\"{}\"", colour::quiet));
  sheet.space(8);
  sheet.say(
      verdict(weighed), 16,
      fmt::format("font-weight=\"bold\" fill=\"{}\"", is_alarming(weighed) ? colour::alarm : colour::ink));
  for (const std::string& note : reservations(each, weighed)) sheet.say(note, text_size, "");
  sheet.space(12);
}

/// For a page, which has the words beside it and is printed: the matrix and the tree apart.
std::string figures(const catalog::Catalog& catalog, const Case& each, const WeighedCase& weighed) {
  const std::string mode = mode_in_words(catalog, each);
  std::string out;
  const auto put = [&](const std::string& title, const std::vector<Fragment>& parts,
                       const std::string& description) {
    int width = 0;
    for (const Fragment& part : parts) width = std::max(width, part.width);
    Sheet sheet(width);
    sheet.say(title, 15, "font-weight=\"bold\"");
    for (const Fragment& part : parts) sheet.put(part);
    out += "<figure>\n" + sheet.finished(title + ": " + mode, description) + "</figure>\n";
  };
  if (!weighed.events.empty())
    put("What each way stands on", {legend(), matrix(each, weighed)}, described(each, weighed));
  put("Fault tree", {tree_drawing(each, weighed)}, "The gates and failures by which nobody gets in.");
  return out;
}

}  // namespace

std::string svg(const catalog::Catalog& catalog, const Case& each, const Solve& solve) {
  const WeighedCase here = weighed(each, solve);
  const Fragment cells = matrix(each, here);
  const Fragment tree = tree_drawing(each, here);
  const Fragment signs = legend();
  Sheet sheet(std::max({width_min, cells.width, tree.width, signs.width}));
  put_verdict(sheet, catalog, each, here);
  if (!here.events.empty()) {
    sheet.put(signs);
    sheet.put(cells);
    sheet.space(20);
  }
  sheet.say("Fault tree", 15, "font-weight=\"bold\"");
  sheet.put(tree);
  return sheet.finished("Which failures leave nobody able to get in: " + mode_in_words(catalog, each),
                        described(each, here));
}

namespace {

constexpr std::string_view page_head =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>Which failures leave nobody able to get in</title>\n<style>\n"
    "body{font:15px/1.5 Helvetica,Arial,'Liberation Sans',sans-serif;color:#1a1a1a;background:#fff;"
    "max-width:1100px;margin:2rem auto;padding:0 1rem}\n"
    "h2{margin-top:3rem;border-top:2px solid #1a1a1a;padding-top:1rem}\n"
    "table{border-collapse:collapse;margin:1rem 0}\n"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #d0d0d0;"
    "overflow-wrap:anywhere}\n"
    "caption{text-align:left;font-weight:bold}\nth{overflow-wrap:normal}\n.n{text-align:right;"
    "overflow-wrap:normal}\n"
    ".alarm{color:#b8400b;font-weight:bold}\n.quiet{color:#5a5a5a}\n"
    "figure{margin:1rem 0;overflow-x:auto}\nsvg{max-width:100%;height:auto}\n"
    "@media print{body{margin:0;max-width:none}section{break-before:page}tr,figure{break-inside:avoid}"
    "caption{break-after:avoid}svg,.alarm{print-color-adjust:exact}}\n"
    "</style>\n</head>\n<body>\n";

std::string cell(std::string_view text, std::string_view attributes = "") {
  return fmt::format("<td{}{}>{}</td>", attributes.empty() ? "" : " ", attributes, escaped(text));
}
std::string table_head(std::string_view caption, const std::vector<std::string_view>& names) {
  std::string out = fmt::format("<table>\n<caption>{}</caption>\n<thead><tr>", caption);
  for (const std::string_view name : names) out += fmt::format("<th scope=\"col\">{}</th>", name);
  return out + "</tr></thead>\n<tbody>\n";
}
constexpr std::string_view table_end = "</tbody>\n</table>\n";

std::string table_of_ways(const catalog::Catalog& catalog, const Case& each, const WeighedCase& weighed) {
  if (each.ways.empty()) return "";
  std::string out = table_head("Ways in", {"Process", "What for", "Mechanism", "Taken away alone by"});
  for (std::size_t way = 0; way < each.ways.size(); ++way) {
    const catalog::Process* process = catalog.process(each.ways[way].process);
    const std::size_t alone = weighed.ways[way].alone;
    out += "<tr>" + cell(each.ways[way].process.text()) + cell(process == nullptr ? "" : process->title) +
           cell(process == nullptr ? "" : catalog::name_of(process->access.mechanism)) +
           cell(weighed.ways[way].is_closed ? "closed from the start"
                                            : fmt::format("{} failure{}", alone, alone == 1 ? "" : "s")) +
           "</tr>\n";
  }
  return out + std::string(table_end);
}

std::string table_of_single_points(const Case& each, const WeighedCase& weighed) {
  if (weighed.single_points == 0) return "";
  std::string out = table_head("Single points of failure", {"", "Failure", "What would remove it"});
  const std::size_t shown = std::min(weighed.single_points, picture_rows_max);
  for (std::size_t i = 0; i < shown; ++i) {
    const Event& event = each.tree.events()[weighed.events[i].event];
    out += "<tr>" + cell(fmt::format("#{}", i + 1), "class=\"n\"") + cell(words(event), "class=\"alarm\"") +
           cell(remedy(event.id)) + "</tr>\n";
  }
  out += table_end;
  if (shown < weighed.single_points)
    out += fmt::format("<p>{} more are left out here.</p>\n", weighed.single_points - shown);
  return out;
}

std::string table_of_pairs(const Case& each, const WeighedCase& weighed) {
  if (weighed.pairs == 0) return "";
  std::string out =
      table_head("Pairs that together leave nobody able to get in", {"", "Failure", "", "and failure"});
  std::size_t shown = 0;
  for (std::size_t a = 0; a < weighed.events.size() && shown < pairs_in_page_max; ++a)
    for (const std::size_t b : weighed.events[a].with) {
      if (b <= a || shown == pairs_in_page_max) continue;
      ++shown;
      out += "<tr>";
      for (const std::size_t place : {a, b})
        out += cell(fmt::format("#{}", place + 1), "class=\"n\"") +
               cell(words(each.tree.events()[weighed.events[place].event]));
      out += "</tr>\n";
    }
  out += table_end;
  if (shown < weighed.pairs)
    out += fmt::format("<p>These are {} of {}{}.</p>\n", shown, weighed.has_all_pairs ? "" : "at least ",
                       weighed.pairs);
  return out;
}

std::string section(const catalog::Catalog& catalog, const Case& each, const WeighedCase& weighed,
                    std::size_t number) {
  std::string out = fmt::format("<section id=\"case-{}\">\n<h2>{}</h2>\n<p class=\"quiet\">{}</p>\n", number,
                                escaped(mode_in_words(catalog, each)),
                                escaped(accounts_in_words(catalog, each, accounts_in_page_max)));
  out +=
      fmt::format("<p{}>{}</p>\n", is_alarming(weighed) ? " class=\"alarm\"" : "", escaped(verdict(weighed)));
  for (const std::string& note : reservations(each, weighed))
    out += fmt::format("<p>{}</p>\n", escaped(note));
  return out + table_of_single_points(each, weighed) + figures(catalog, each, weighed) +
         table_of_ways(catalog, each, weighed) + table_of_pairs(each, weighed) + "</section>\n";
}

}  // namespace

std::string html(const catalog::Catalog& catalog, const std::vector<Case>& all, const Solve& solve) {
  std::string overview =
      table_head("All cases", {"", "Failure mode", "Accounts", "Ways", "Single points", "Pairs"});
  std::string sections;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_drawn = i < page_cases_max;
    const WeighedCase here = is_drawn ? weighed(all[i], solve) : weighed_without_ways(all[i], solve);
    const std::string mode = escaped(mode_in_words(catalog, all[i]));
    overview += fmt::format("<tr><td class=\"n\">{}</td><td>{}</td>", i + 1,
                            is_drawn ? fmt::format("<a href=\"#case-{}\">{}</a>", i + 1, mode) : mode);
    overview += cell(accounts_in_words(catalog, all[i], accounts_in_svg_max)) +
                cell(std::to_string(all[i].ways.size()), "class=\"n\"") +
                cell(here.is_lost ? "nobody gets in" : std::to_string(here.single_points),
                     is_alarming(here) ? "class=\"n alarm\"" : "class=\"n\"") +
                cell(fmt::format("{}{}", here.pairs, here.has_all_pairs ? "" : " or more"), "class=\"n\"") +
                "</tr>\n";
    if (is_drawn) sections += section(catalog, all[i], here, i + 1);
  }
  overview += table_end;
  if (all.size() > page_cases_max)
    overview += fmt::format("<p>The first {} are drawn below.</p>\n", page_cases_max);
  return std::string(page_head) + "<h1>Which failures leave nobody able to get in</h1>\n<p>" +
         escaped(catalog.organization.name) +
         ". Override is not counted as a way. A lost SSH key counts with its person.</p>\n" + overview +
         sections + "</body>\n</html>\n";
}

}  // namespace postern::lockout
