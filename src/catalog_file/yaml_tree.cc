#include "catalog_file/yaml_tree.h"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <sstream>
#include <utility>

#include "base/encoding.h"
#include "catalog_file/catalog_file.h"

namespace postern::catalog_file {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t key_bytes_max = 64;

/// Turns yaml-cpp's marks, which count bytes from 0, into positions that an editor shows.
class Places {
 public:
  Places(std::string_view text, int part) : text_(text), part_(part) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') starts_.push_back(i + 1);
  }
  [[nodiscard]] Position of(const YAML::Mark& mark) {
    if (mark.is_null() || mark.line < 0 || static_cast<std::size_t>(mark.line) >= starts_.size())
      return whole();
    const std::size_t start = starts_[static_cast<std::size_t>(mark.line)];
    const std::size_t end =
        std::min(start + static_cast<std::size_t>(std::max(mark.column, 0)), text_.size());
    // Marks mostly come in order. Going on from the last one keeps a file of one long line from costing its
    // square.
    if (mark.line != last_.line || end < last_.end) last_ = {mark.line, start, 1};
    for (; last_.end < end; ++last_.end)
      if ((static_cast<unsigned char>(text_[last_.end]) & 0xc0U) != 0x80U) ++last_.column;
    return {mark.line + 1, last_.column, part_};
  }
  [[nodiscard]] Position whole() const { return {0, 0, part_}; }

 private:
  struct Last {
    int line = -1;
    std::size_t end = 0;
    int column = 1;
  };
  std::string_view text_;
  int part_;
  std::vector<std::size_t> starts_;
  Last last_;
};

/// Builds the tree from events. After a flaw that leaves no sensible tree, the remaining events are ignored.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(Places& places) : places_(places) {}

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (stopped_) return;  // places cost time when they do not come in order
    // yaml-cpp marks a missing value where the next thing starts; people look at the key.
    const bool has_key = !open_.empty() && open_.back().key != nullptr;
    leaf({.kind = Node::Kind::nothing, .at = has_key ? open_.back().key->at : places_.of(mark)}, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (stopped_) return;
    refuse_tag(mark, tag);
    leaf({.kind = Node::Kind::scalar, .at = places_.of(mark), .quoted = tag == "!", .text = value}, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (stopped_) return;
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end())
      return stop(places_.of(mark), "An alias may not stand inside what it names.");
    put(found->second, places_.of(mark));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    refuse_tag(mark, tag);
    open(Node::Kind::list, places_.of(mark), anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    refuse_tag(mark, tag);
    open(Node::Kind::mapping, places_.of(mark), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  /// The tree so far; a syntax error that the parser found afterwards is added by the caller.
  Tree take() { return {stopped_ ? nullptr : std::move(root_), std::move(flaws_)}; }

 private:
  struct Open {
    std::shared_ptr<Node> node;
    YAML::anchor_t anchor = 0;
    std::shared_ptr<const Node> key = {};  ///< of the member whose value comes next
    std::map<std::string, int, std::less<>> key_lines = {};
  };

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!stopped_ && tag.size() > 1)
      flaws_.push_back({places_.of(mark), "Tags are not used here. Remove the \"!…\"."});
  }
  void stop(Position at, std::string what) {
    if (!stopped_) flaws_.push_back({at, std::move(what)});
    stopped_ = true;
    open_.clear();
  }
  void leaf(Node node, YAML::anchor_t anchor) {
    if (stopped_) return;
    const Position at = node.at;
    auto made = std::make_shared<const Node>(std::move(node));
    if (anchor != 0) anchored_[anchor] = made;
    put(std::move(made), at);
  }
  void open(Node::Kind kind, Position at, YAML::anchor_t anchor) {
    if (stopped_) return;
    if (static_cast<int>(open_.size()) >= nesting_max) return stop(at, too_deep());
    if (expects_key()) return stop(at, "A key must be a plain word. Write `name: value`.");
    open_.push_back({.node = std::make_shared<Node>(Node{.kind = kind, .at = at}), .anchor = anchor});
  }
  void close() {
    if (stopped_) return;
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor != 0) anchored_[done.anchor] = done.node;
    const Position at = done.node->at;
    put(std::move(done.node), at);
  }
  /// Adds a finished node to the innermost open one. `at` is where it is used: for an alias, not where it was
  /// made.
  void put(std::shared_ptr<const Node> node, Position at) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    if (expects_key()) return put_key(std::move(node), at);
    Open& into = open_.back();
    into.node->nodes += node->nodes;
    into.node->height = std::max(into.node->height, node->height + 1);
    // An alias bomb is a few lines that stand for millions of nodes, or for a nesting that overflows the
    // stack of whoever reads it.
    if (into.node->nodes > nodes_max)
      return stop(
          at, "With its aliases followed, the file has more than " + std::to_string(nodes_max) + " values.");
    if (static_cast<int>(open_.size()) + node->height > nesting_max + 1) return stop(at, too_deep());
    if (into.node->kind == Node::Kind::list) {
      into.node->items.push_back(std::move(node));
      return;
    }
    const bool first = into.key_lines.emplace(into.key->text, into.key->at.line).second;
    if (first) into.node->members.push_back({std::move(into.key), std::move(node)});
    into.key = nullptr;
  }
  void put_key(std::shared_ptr<const Node> key, Position at) {
    if (key->kind != Node::Kind::scalar) return stop(at, "A key must be a plain word. Write `name: value`.");
    // Paths are made of keys, so that a long one in front of a long list would cost its length times the
    // list's.
    if (key->text.size() > key_bytes_max)
      return stop(at, "A key has at most " + std::to_string(key_bytes_max) + " bytes. Shorten it.");
    if (key->text == "<<")
      return stop(at,
                  "Merge keys (<<) are not used here. Name the whole value with an alias, or write it out.");
    Open& into = open_.back();
    const auto twice = into.key_lines.find(key->text);
    if (twice != into.key_lines.end())
      flaws_.push_back({at,
                        "The key \"" + key->text.substr(0, 64) + "\" stands twice here, first in line " +
                            std::to_string(twice->second) + ". Remove one of them.",
                        catalog::Rule::stands_twice});
    into.node->nodes += 1;
    into.key = std::move(key);
  }
  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().node->kind == Node::Kind::mapping && open_.back().key == nullptr;
  }
  static std::string too_deep() { return "Nested deeper than " + std::to_string(nesting_max) + " levels."; }

  Places& places_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, std::shared_ptr<const Node>> anchored_;
  std::shared_ptr<const Node> root_;
  std::vector<Flaw> flaws_;
  bool stopped_ = false;
};

/// The place of the first character that may not be there; `text` is known to have one.
Position first_bad_character(std::string_view text) {
  int line = 1;
  int column = 1;
  while (!text.empty()) {
    std::size_t size = 1;
    while (size < text.size() && size < 4 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U)
      ++size;
    const bool line_end = text.starts_with("\r\n") || text[0] == '\n';
    if (!line_end && !is_printable_text(text.substr(0, size))) break;
    column = text[0] == '\n' ? 1 : column + 1;
    line += text[0] == '\n' ? 1 : 0;
    text.remove_prefix(size);
  }
  return {line, column};
}

Tree build(std::string_view text, int part) {
  Places places(text, part);
  Builder builder(places);
  std::optional<Flaw> flaw;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder ignored(places);
    if (!parser.HandleNextDocument(builder))
      flaw = Flaw{{1, 1, part}, "The file is empty. Start it with `version: 1`."};
    else if (parser.HandleNextDocument(ignored))
      flaw =
          Flaw{places.whole(), "The file has several documents. Remove everything from the second `---` on."};
  } catch (const YAML::Exception& error) {
    flaw = Flaw{places.of(error.mark), "This is not YAML: " + sanitized(error.msg, Lines::replace) + "."};
  } catch (const std::exception& error) {  // what yaml-cpp passes through from the standard library
    flaw = Flaw{places.whole(),
                std::string("This is not YAML: ") + sanitized(error.what(), Lines::replace) + "."};
  }
  Tree tree = builder.take();
  if (flaw) {
    tree.root = nullptr;
    tree.flaws.push_back(*std::move(flaw));
  }
  return tree;
}

std::string_view without_byte_order_mark(std::string_view text) {
  return text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const Member& each) { return each.key->text == key; });
  return found == members.end() ? nullptr : found->value.get();
}

std::optional<Flaw> flaw_of_text(std::string_view text) {
  if (text.size() > file_bytes_max)
    return Flaw{{},
                "The file is larger than " + std::to_string(file_bytes_max) + " bytes.",
                catalog::Rule::too_large};
  text = without_byte_order_mark(text);
  if (text.find('\r') == std::string_view::npos && is_printable_text(text)) return std::nullopt;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find("\r\n"), rest.size());
    if (!is_printable_text(rest.substr(0, end)))
      return Flaw{first_bad_character(text),
                  "Here is a byte that is not UTF-8, or a control or bidirectional character. Remove it."};
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return std::nullopt;
}

Tree parse_yaml(std::string_view text, int part) {
  if (auto flaw = flaw_of_text(text)) {
    flaw->at.part = part;
    return {nullptr, {*std::move(flaw)}};
  }
  text = without_byte_order_mark(text);
  return build(text, part);
}

}  // namespace postern::catalog_file
