#pragma once

#include <string>
#include <vector>

namespace postern::catalog {

/// What something stands on: one dependency by name, or at least so many of several such trees.
struct Needs {
  std::string dependency = {};  ///< "" where `of` counts
  int at_least = 0;
  std::vector<Needs> of = {};
  friend bool operator==(const Needs&, const Needs&) = default;
};

}  // namespace postern::catalog
