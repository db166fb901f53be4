#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog_file/yaml_tree.h"

namespace postern::catalog_file {

/// What a catalog gives names to.
enum class Kind : std::uint8_t {
  account,
  calendar,
  channel,
  dependency,
  group,
  mode,
  person,
  probe,
  process,
  tag
};
inline constexpr std::size_t kinds = 10;
std::string_view word_for(Kind kind);  ///< for a message: "failure mode"

/// Every name that the catalog defines, gathered before anything is read, so that a use may stand before its
/// definition.
class Names {
 public:
  /// Takes what it can from a tree that may be wrong in any way.
  static Names in(const Node& root);
  [[nodiscard]] bool has(Kind kind, std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> all(Kind kind) const;

 private:
  std::set<std::string, std::less<>>& of(Kind kind) { return names_[static_cast<std::size_t>(kind)]; }
  void add_keys(Kind kind, const Node* mapping);
  void add_each(Kind kind, const Node* list, std::string_view member);
  std::array<std::set<std::string, std::less<>>, kinds> names_;
};

}  // namespace postern::catalog_file
