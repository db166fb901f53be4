#include "incident/pointer.h"

#include <charconv>

namespace postern::incident {
namespace {

/// "~1" is a slash and "~0" a tilde, in this order: "~01" is "~1" and not a slash.
std::string unescaped(std::string_view token) {
  std::string out;
  for (std::size_t at = 0; at < token.size(); ++at) {
    const std::string_view two = token.substr(at, 2);
    if (two == "~0" || two == "~1") ++at;
    out.push_back(two == "~0" ? '~' : two == "~1" ? '/' : token[at]);
  }
  return out;
}

const json::Value* item(const json::Array& items, std::string_view token) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool has_leading_zero = token.size() > 1 && token.front() == '0';
  const bool is_index = error == std::errc() && end == token.data() + token.size() && !has_leading_zero;
  return is_index && index < items.size() ? &items[index] : nullptr;
}

}  // namespace

const json::Value* pointed_at(const json::Value& document, std::string_view pointer) {
  const json::Value* at = &document;
  while (at != nullptr && !pointer.empty()) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    at = at->as_array() != nullptr ? item(*at->as_array(), token) : at->find(unescaped(token));
  }
  return at;
}

std::string as_text(const json::Value* value) {
  if (value == nullptr) return "";
  if (const std::string* text = value->as_string()) return *text;
  if (const std::int64_t* whole = value->as_integer()) return std::to_string(*whole);
  if (const bool* flag = value->as_bool()) return *flag ? "true" : "false";
  return "";
}

}  // namespace postern::incident
