#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

#include "catalog/catalog_for_test.h"
#include "catalog/difference.h"

/// A table of fields, each of whose changes must be told.
namespace postern::catalog {

using Edit = std::function<void(Catalog&)>;

struct Field {
  const char* where;
  Edit edit;
};

inline void expect_told(const Field& field, const std::vector<Change>& changes) {
  const std::string where = field.where;
  EXPECT_THAT(changes, testing::Contains(testing::Field(
                           &Change::where, testing::AnyOf(where, testing::StartsWith(where + ", "),
                                                          testing::EndsWith(", " + where)))));
  for (const Change& each : changes) {
    EXPECT_TRUE(each.what.ends_with('.')) << each.what;
    EXPECT_THAT(each.what, testing::Not(testing::HasSubstr("  ")));
    EXPECT_FALSE(each.where.empty());
  }
}

inline void expect_each_told(const Catalog& before, const std::vector<Field>& fields) {
  for (const Field& each : fields) {
    SCOPED_TRACE(each.where);
    Catalog after = before;
    each.edit(after);
    expect_told(each, difference(before, after));
    expect_told(each, difference(after, before));
  }
}

}  // namespace postern::catalog
