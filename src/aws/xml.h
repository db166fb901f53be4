#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

/// XML answers of AWS, read as outside bytes: one libxml2 parse without DTD, entities of its own or network,
/// limited in size and depth.
namespace postern::aws::xml {

inline constexpr std::size_t answer_bytes_max = 256U << 10U;
inline constexpr int depth_max = 16;

/// An element by its local name; namespaces and attributes are left out. An answer may hold a secret key, so
/// texts are wiped when the element goes away.
struct Element {
  std::string name;
  std::string text;  ///< its own, without that of its children
  std::vector<Element> children;

  Element() = default;
  Element(const Element&) = default;
  Element(Element&&) = default;
  Element& operator=(const Element&) = default;
  Element& operator=(Element&&) = default;
  ~Element() { wipe(text); }

  /// The first element at a path of local names below this one ("Error/Code"), or nullptr. The order of
  /// siblings does not matter: AWS changes it.
  [[nodiscard]] const Element* find(std::string_view path) const;
  /// The text there without white space around it; "" when there is no such element.
  [[nodiscard]] std::string_view text_at(std::string_view path) const;
};

/// The root element of `document`. `invalid` when it is not well-formed XML, has a DOCTYPE, or exceeds a
/// limit.
Result<Element> parse(std::string_view document);

}  // namespace postern::aws::xml
