#include "playbook/page.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"

namespace postern::playbook {
namespace {

constexpr std::string_view common_style = R"css(
@page { size: A4; margin: 12mm 14mm 13mm; @bottom-right { content: counter(page) " / " counter(pages); } }
@page { @bottom-left { font: 8pt sans-serif; } @bottom-right { font: 8pt sans-serif; } }
html { color: #000; background: #fff; }
body { margin: 0; font: 9pt/1.32 "Noto Sans", "Helvetica Neue", Arial, "Noto Sans CJK JP", "Noto Sans JP",
  "Hiragino Sans", "Hiragino Kaku Gothic ProN", "Yu Gothic", Meiryo, sans-serif; }
h1, h2, h3, h4, h5, h6 { margin: 0.8em 0 0.3em; line-height: 1.2; break-after: avoid; break-inside: avoid; }
h1 { margin-top: 0; font-size: 1.6em; }
h2 { font-size: 1.25em; }
h3, h4, h5, h6 { font-size: 1em; }
p, ul, ol, table, pre, blockquote { margin: 0.4em 0; }
p, li { orphans: 2; widows: 2; overflow-wrap: anywhere; }
ul, ol { padding-left: 1.8em; }
li { margin: 0.15em 0; }
li > input + p { display: inline; }
ul > li:has(> input) { list-style: none; }
input { appearance: none; width: 1em; height: 1em; margin: 0 0.3em 0 0; border: 1px solid #000; color: #000; font: inherit;
  line-height: 0.8; text-align: center; vertical-align: -0.1em; }
input:checked::before { content: "x"; }
blockquote { padding-left: 0.8em; border-left: 2px solid #000; }
code, pre { font-family: "Noto Sans Mono", "DejaVu Sans Mono", Menlo, Consolas, "Noto Sans Mono CJK JP", monospace;
  font-size: 0.9em; }
code { overflow-wrap: anywhere; }
pre { padding: 0.5em 0.7em; border: 1px solid #000; font-size: 0.8em; white-space: pre-wrap;
  word-break: break-all; break-inside: avoid; }
pre code { font-size: 1em; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { padding: 0.25em 0.5em; border: 1px solid #000; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
tr > :first-child:nth-last-child(2) { width: 32%; }
[align="right"] { text-align: right; }
[align="center"] { text-align: center; }
a { color: inherit; }
@media screen {
  body { max-width: 46rem; margin: 0 auto; padding: 1.5rem; font-size: 1rem; }
  article + article { margin-top: 3rem; padding-top: 2rem; border-top: 3px double #000; }
  hr { margin: 2rem 0; border: 0; border-top: 1px solid #000; }
}
@media print {
  body { padding-right: 1px; }
  article + article { break-before: page; }
  hr { break-after: page; height: 0; margin: 0; border: 0; visibility: hidden; }
  a[href^="http"]::after { content: " (" attr(href) ")"; }
}
)css";

std::string in_html(std::string_view text) {
  std::string out;
  for (const char c : sanitized(text, Lines::replace)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// Between double quotes in a style sheet, and with nothing that could end the <style> around it (CSS Syntax
/// 3, section 4.3.7).
std::string in_style(std::string_view text) {
  std::string out;
  for (const char c : sanitized(text, Lines::replace)) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                          c == ' ' || static_cast<unsigned char>(c) >= 0x80;
    out += is_plain ? std::string(1, c) : fmt::format("\\{:x} ", static_cast<unsigned>(c));
  }
  return out;
}

/// A page type for each sheet, because only a style can say what stands in a footer.
std::string style_for(std::span<const Sheet> sheets) {
  std::string style(common_style);
  for (std::size_t i = 0; i < sheets.size(); ++i)
    style += fmt::format(
        "@page sheet-{0} {{ @bottom-left {{ content: \"{1}\"; }} }}\n.sheet-{0} {{ page: sheet-{0}; }}\n",
        i + 1, in_style(sheets[i].title));
  return style;
}

}  // namespace

std::string page(std::span<const Sheet> sheets, std::string_view language) {
  const std::string style = style_for(sheets);
  // The one hash here without a label of ours: the browser computes it (CSP 3, section 6.7.3.3).
  const std::string style_hash = to_base64(sha256(style).view());
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; "
      "base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n",
      in_html(language), style_hash, sheets.empty() ? "" : in_html(sheets[0].title), style);
  for (std::size_t i = 0; i < sheets.size(); ++i)
    out += fmt::format("<article class=\"sheet-{}\" aria-label=\"{}\">\n{}</article>\n", i + 1,
                       in_html(sheets[i].title), sheets[i].html);
  return out + "</body>\n</html>\n";
}

}  // namespace postern::playbook
