#include "catalog_file/suggest.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace postern::catalog_file {
namespace {

constexpr std::size_t length_max = 64;
constexpr std::size_t candidates_max = 1000;
constexpr std::size_t listed_max = 12;

using Row = std::array<std::size_t, length_max + 1>;

/// Optimal string alignment distance. Both names have at most `length_max` bytes.
std::size_t distance(std::string_view a, std::string_view b) {
  Row before_last{};
  Row last{};
  Row current{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = current;
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string_view>& candidates) {
  if (name.size() > length_max) return "";
  std::size_t best = std::max<std::size_t>(1, name.size() / 3) + 1;
  std::string_view found;
  const std::size_t count = std::min(candidates.size(), candidates_max);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view each = candidates[i];
    const std::size_t gap = each.size() > name.size() ? each.size() - name.size() : name.size() - each.size();
    if (each.size() > length_max || gap >= best) continue;
    if (const std::size_t away = distance(name, each); away < best) {
      best = away;
      found = each;
    }
  }
  return std::string(found);
}

std::string hint(std::string_view name, const std::vector<std::string_view>& candidates) {
  if (candidates.empty()) return "";
  if (const std::string found = nearest(name, candidates); !found.empty())
    return " Did you mean \"" + found + "\"?";
  std::string out = " Known are: ";
  const std::size_t count = std::min(candidates.size(), listed_max);
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ", ";
    out += candidates[i];
  }
  return out + (candidates.size() > count ? ", …" : ".");
}

}  // namespace postern::catalog_file
