#include "base/id.h"

#include <algorithm>

namespace postern {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_plain_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && is_alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

Result<AccountId> AccountId::parse(std::string_view text) {
  if (text.size() != 12 ||
      !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return fail(ErrorCode::invalid, "An AWS account id has twelve digits.");
  return AccountId(std::string(text));
}

}  // namespace postern
