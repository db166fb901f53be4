#include "base/result.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace postern {
namespace {

struct Named {
  ErrorCode code;
  const char* name;
};
constexpr std::array names{
    Named{ErrorCode::invalid, "invalid"},         Named{ErrorCode::unauthenticated, "unauthenticated"},
    Named{ErrorCode::forbidden, "forbidden"},     Named{ErrorCode::not_found, "not_found"},
    Named{ErrorCode::conflict, "conflict"},       Named{ErrorCode::exhausted, "exhausted"},
    Named{ErrorCode::unavailable, "unavailable"}, Named{ErrorCode::outcome_unknown, "outcome_unknown"},
    Named{ErrorCode::damaged, "damaged"},         Named{ErrorCode::internal, "internal"},
};

}  // namespace

const char* name_of(ErrorCode code) {
  for (const Named& each : names)
    if (each.code == code) return each.name;
  return "internal";
}

ErrorCode error_code_named(std::string_view name) {
  for (const Named& each : names)
    if (name == each.name) return each.code;
  return ErrorCode::internal;
}

void broken_invariant(const char* file, int line, const char* condition) {
  static_cast<void>(std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition));
  std::abort();
}

}  // namespace postern
