#include "identity/noise.h"

#include "base/encoding.h"

namespace postern::identity {
namespace {

constexpr seconds interval{60};

}  // namespace

void NoiseMeter::count(const std::string& source, const std::string& what, Instant now) {
  const std::lock_guard lock(mutex_);
  std::string name = sanitized(std::string_view(source).substr(0, 100), Lines::replace);
  if (!counts_.contains({name, what}) && counts_.size() >= sources_max) name = "others";
  const auto [found, is_new] = counts_.try_emplace({name, what}, emergency::NoiseCounted{name, what, 0, now});
  ++found->second.count;
}

std::vector<emergency::NoiseCounted> NoiseMeter::take(Instant now, Which which) {
  const std::lock_guard lock(mutex_);
  std::vector<emergency::NoiseCounted> out;
  for (auto each = counts_.begin(); each != counts_.end();) {
    const bool finished = each->second.since + interval <= now || which == Which::all;
    if (finished) out.push_back(each->second);
    each = finished ? counts_.erase(each) : std::next(each);
  }
  return out;
}

}  // namespace postern::identity
