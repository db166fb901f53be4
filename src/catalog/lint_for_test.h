#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "catalog/catalog_for_test.h"
#include "catalog/lint.h"

/// What a change of the sound catalog makes lint say.
namespace postern::catalog {

/// "error people.aiko: …" for all that is found after `change`.
inline std::vector<std::string> found_after(const std::function<void(Catalog&)>& change) {
  Catalog catalog = sound_catalog();
  change(catalog);
  std::vector<std::string> out;
  const std::vector<Finding> before = lint(sound_catalog());
  for (const Finding& each : lint(catalog))
    if (std::find(before.begin(), before.end(), each) == before.end())
      out.push_back((each.severity() == Severity::error ? "error " : "warning ") + each.where + ": " +
                    each.what);
  return out;
}
inline auto error(const std::string& where, const std::string& what) {
  return testing::AllOf(testing::StartsWith("error " + where + ": "), testing::HasSubstr(what));
}
inline auto warning(const std::string& where, const std::string& what) {
  return testing::AllOf(testing::StartsWith("warning " + where + ": "), testing::HasSubstr(what));
}

}  // namespace postern::catalog
