#pragma once

#include <compare>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/rules.h"

/// One YAML text as a tree in which everything knows its place. All of yaml-cpp is behind this header.
namespace postern::catalog_file {

/// Counts from 1, columns in characters; 0:0 means the file as a whole.
struct Position {
  int line = 0;
  int column = 0;
  int part = 0;  ///< which file, where a catalog is made of several
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Node;

struct Member {
  std::shared_ptr<const Node> key;  ///< always a scalar
  std::shared_ptr<const Node> value;
};

/// Immutable, and shared by the aliases that stand for it (so its place is where it was written).
struct Node {
  enum class Kind { nothing, scalar, list, mapping };
  Kind kind = Kind::nothing;
  Position at = {};
  bool quoted = false;    ///< a scalar in quotes or as a block: always text
  std::string text = {};  ///< of a scalar, exactly as written: "007" stays "007"
  std::vector<std::shared_ptr<const Node>> items = {};  ///< of a list
  std::vector<Member> members = {};                     ///< of a mapping, in the order of the file
  std::size_t nodes = 1;                                ///< this one and all below, aliases followed
  int height = 1;                                       ///< levels from here down, aliases followed

  /// The member's value, or nullptr.
  [[nodiscard]] const Node* find(std::string_view key) const;
};

/// What is wrong at a place.
struct Flaw {
  Position at;
  std::string what;
  catalog::Rule rule = catalog::Rule::not_readable;
};

struct Tree {
  std::shared_ptr<const Node> root;  ///< nullptr when the text cannot be read to its end
  std::vector<Flaw> flaws;
};

/// Reads the one document in `text`. Built from yaml-cpp's events, so that the limits `nesting_max` and
/// `nodes_max` (aliases followed) hold before anything is built. A text that is too large, is not UTF-8, or
/// has control or bidirectional characters has one flaw. Keys that stand twice, tags and merge keys are
/// flaws, too. Never throws. `part` goes into every position.
Tree parse_yaml(std::string_view text, int part = 0);

/// What no source may have, catalog or playbook: more than `file_bytes_max`, malformed UTF-8, control
/// characters (but LF, TAB, and CR before LF) or bidirectional ones. yaml-cpp, for one, takes byte 4 for the
/// end of the file.
std::optional<Flaw> flaw_of_text(std::string_view text);

}  // namespace postern::catalog_file
