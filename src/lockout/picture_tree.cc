#include "lockout/picture_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/encoding.h"

namespace postern::lockout {
namespace {

constexpr int line_height = 24;
constexpr int step = 26;
constexpr int drawn_depth_max = 30;
constexpr int label_width = 540;
constexpr int gate_width = 56;

struct Line {
  enum class Form : std::uint8_t { event, gate, always, never, again };
  Form form = Form::event;
  Ref ref = {};
  int depth = 0;
  std::size_t parent = 0;
};

/// The gates that happen without any event.
std::vector<bool> certain_gates(const FaultTree& tree) {
  std::vector<bool> out;
  for (const Gate& gate : tree.gates()) {
    const auto certain = std::count_if(gate.of.begin(), gate.of.end(), [&](const Ref& each) {
      return each.kind == Ref::Kind::gate && out[each.index];
    });
    out.push_back(certain >= gate.at_least);
  }
  return out;
}

/// The tree from the top down, line by line; nullopt when it has too many. Of a gate that happens without any
/// event, only what makes it so.
class Outline {
 public:
  explicit Outline(const Case& of)
      : tree_(of.tree), left_out_(left_out_of_pictures(of.tree)), certain_(certain_gates(of.tree)) {
    for (const Way& way : of.ways) named_.insert(way.blocked);
    named_.insert(tree_.top());
  }

  std::optional<std::vector<Line>> lines() {
    if (!add(tree_.top(), 0, 0)) return std::nullopt;
    return std::move(lines_);
  }

 private:
  [[nodiscard]] std::vector<Ref> parts_of(Ref ref) const {
    const Gate& gate = tree_.gate(ref);
    std::vector<Ref> out;
    for (const Ref& each : gate.of) {
      const bool is_event = each.kind == Ref::Kind::event;
      const bool counts = certain_[ref.index] ? !is_event && certain_[each.index]
                                              : !is_event || gate.at_least != 1 || !left_out_[each.index];
      if (counts) out.push_back(each);
    }
    return out;
  }
  [[nodiscard]] Ref past_gates_of_one(Ref ref) const {
    while (ref.kind == Ref::Kind::gate && tree_.gate(ref).at_least == 1 && !named_.contains(ref)) {
      const std::vector<Ref> parts = parts_of(ref);
      if (parts.size() != 1) break;
      ref = parts.front();
    }
    return ref;
  }
  [[nodiscard]] Line::Form form_of(Ref ref) const {
    if (ref.kind == Ref::Kind::event) return Line::Form::event;
    const Gate& gate = tree_.gate(ref);
    if (gate.at_least <= 0) return Line::Form::always;
    if (static_cast<std::size_t>(gate.at_least) > gate.of.size()) return Line::Form::never;
    return std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) { return line.ref == ref; })
               ? Line::Form::again
               : Line::Form::gate;
  }
  /// Each level adds a line, so this is never deeper than there may be lines.
  bool add(Ref ref, int depth, std::size_t parent) {
    ref = past_gates_of_one(ref);
    if (lines_.size() == picture_tree_nodes_max || depth > drawn_depth_max) return false;
    const Line::Form form = form_of(ref);
    const std::size_t here = lines_.size();
    lines_.push_back({.form = form, .ref = ref, .depth = depth, .parent = parent});
    if (form != Line::Form::gate) return true;
    const std::vector<Ref> parts = parts_of(ref);
    return std::all_of(parts.begin(), parts.end(), [&](Ref each) { return add(each, depth + 1, here); });
  }

  const FaultTree& tree_;
  std::vector<bool> left_out_;
  std::vector<bool> certain_;
  std::set<Ref> named_;  ///< never passed over
  std::vector<Line> lines_;
};

int middle_of(std::size_t line) { return static_cast<int>(line) * line_height + line_height / 2; }

/// Flat at the back for "all", curved and pointed for "any" (IEEE Std 91's distinctive shapes, on their
/// side), six-cornered for "so many of".
std::string gate_mark(int x, int y, const Gate& gate) {
  const bool is_all = static_cast<std::size_t>(gate.at_least) == gate.of.size();
  const bool is_any = !is_all && gate.at_least == 1;
  const std::string text = is_any   ? "any of"
                           : is_all ? "all of"
                                    : fmt::format("{} of {}", gate.at_least, gate.of.size());
  const std::string path = is_any   ? fmt::format("M{} {}h36q14 0 20 9q-6 9 -20 9h-36q7 -9 0 -18z", x, y - 9)
                           : is_all ? fmt::format("M{} {}h46a9 9 0 0 1 0 18h-46z", x, y - 9)
                                    : fmt::format("M{} {}h44l6 9l-6 9h-44l-6 -9z", x + 6, y - 9);
  return fmt::format("<path d=\"{}\" fill=\"#fff\" stroke=\"{}\" stroke-width=\"1.5\"/>", path, colour::ink) +
         written(x + gate_width / 2, y + 4, text, "font-size=\"11\" text-anchor=\"middle\"");
}

class Tree {
 public:
  Tree(const Case& of, const WeighedCase& weighed, std::vector<Line> lines)
      : of_(of), weighed_(weighed), lines_(std::move(lines)) {
    for (std::size_t place = 0; place < weighed.events.size(); ++place)
      places_[weighed.events[place].event] = place;
    for (const Line& line : lines_)
      if (line.form == Line::Form::again) transfers_.emplace(line.ref, 0);
    int count = 0;
    for (const Line& line : lines_)
      if (line.form == Line::Form::gate && transfers_.contains(line.ref)) transfers_[line.ref] = ++count;
  }

  Fragment drawn() {
    Fragment out{.svg = "", .height = static_cast<int>(lines_.size()) * line_height};
    for (std::size_t line = 1; line < lines_.size(); ++line) out.svg += branch(line);
    for (std::size_t line = 0; line < lines_.size(); ++line) {
      const Line& of = lines_[line];
      const int x = of.depth * step;
      const int y = middle_of(line);
      const int text_start = x + (of.form == Line::Form::gate ? gate_width + 8 : 24);
      const std::string text = text_of(of);
      out.svg += sign_of(of, x, y) + label(text_start, y + 5, label_width, text, style_of(of));
      out.width = std::max(out.width, text_start + std::min(label_width, width_of(text) * 11 / 10));
    }
    return out;
  }

 private:
  [[nodiscard]] std::string branch(std::size_t line) const {
    const int x = lines_[line].depth * step - step + 12;
    return fmt::format("<path d=\"M{} {}V{}H{}\" fill=\"none\" stroke=\"#8a8a8a\"/>\n", x,
                       middle_of(lines_[line].parent) + 9, middle_of(line), x + step - 12);
  }

  [[nodiscard]] std::string name_of(Ref gate) const {
    const Gate& of = of_.tree.gate(gate);
    std::string title = sanitized(of.title.empty() ? of.id : of.title, Lines::replace);
    for (const Way& way : of_.ways)
      if (way.blocked == gate) return way.process.text() + " is blocked: " + title;
    return title;
  }

  [[nodiscard]] const WeighedEvent* weight_of(const Line& of) const {
    const auto found = places_.find(of.ref.index);
    return of.form != Line::Form::event || found == places_.end() ? nullptr : &weighed_.events[found->second];
  }
  [[nodiscard]] bool is_single_point(const Line& of) const {
    const WeighedEvent* weight = weight_of(of);
    return weight != nullptr && weight->smallest == 1;
  }

  [[nodiscard]] std::string text_of(const Line& of) const {
    switch (of.form) {
      case Line::Form::event:
        return (weight_of(of) == nullptr ? "" : fmt::format("#{} ", places_.at(of.ref.index) + 1)) +
               words(of_.tree.event(of.ref));
      case Line::Form::gate:
        return (transfers_.contains(of.ref) ? fmt::format("T{}  ", transfers_.at(of.ref)) : "") +
               name_of(of.ref);
      case Line::Form::always:
        return name_of(of.ref) + " (from the start)";
      case Line::Form::never:
        return name_of(of.ref) + " (never happens)";
      case Line::Form::again:
        return fmt::format("as at T{}: {}", transfers_.at(of.ref), name_of(of.ref));
    }
    return "";
  }

  [[nodiscard]] std::string style_of(const Line& of) const {
    const bool is_way =
        std::any_of(of_.ways.begin(), of_.ways.end(), [&](const Way& way) { return way.blocked == of.ref; });
    if (is_single_point(of)) return fmt::format("fill=\"{}\" font-weight=\"bold\"", colour::alarm);
    if (of.form == Line::Form::again) return "font-style=\"italic\"";
    return of.form == Line::Form::gate && (is_way || of.depth == 0) ? "font-weight=\"bold\"" : "";
  }

  [[nodiscard]] std::string sign_of(const Line& of, int x, int y) const {
    switch (of.form) {
      case Line::Form::event: {
        const WeighedEvent* weight = weight_of(of);
        if (weight != nullptr && weight->smallest > 0)
          return mark(x + 8, y, weight->smallest, weight->smallest == 1);
        return fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"3\" fill=\"#8a8a8a\"/>\n", x + 8, y);
      }
      case Line::Form::gate:
        return gate_mark(x, y, of_.tree.gate(of.ref));
      case Line::Form::always:
        return house(x, y, colour::ink);
      case Line::Form::never:
        return house(x, y, "#fff");
      case Line::Form::again:
        return fmt::format(
            "<path d=\"M{0} {1}l16 -8v16z\" fill=\"#fff\" stroke=\"{2}\" stroke-width=\"1.5\"/>", x, y,
            colour::ink);
    }
    return "";
  }

  /// What is so without any failure (the house of NUREG-0492).
  static std::string house(int x, int y, std::string_view fill) {
    return fmt::format("<path d=\"M{} {}v-8l8 -6l8 6v8z\" fill=\"{}\" stroke=\"{}\" stroke-width=\"1.5\"/>",
                       x, y + 7, fill, colour::ink);
  }

  const Case& of_;
  const WeighedCase& weighed_;
  std::vector<Line> lines_;
  std::map<std::uint32_t, std::size_t> places_;
  std::map<Ref, int> transfers_;
};

}  // namespace

Fragment tree_drawing(const Case& each, const WeighedCase& weighed) {
  auto lines = Outline(each).lines();
  if (!lines)
    return paragraph(
        fmt::format("The fault tree has more than {} lines and is not drawn. --open-psa writes it "
                    "for tools that draw larger ones.",
                    picture_tree_nodes_max),
        700, text_size, "font-style=\"italic\"");
  return Tree(each, weighed, *std::move(lines)).drawn();
}

}  // namespace postern::lockout
