#include "probe/hysteresis.h"

#include "base/result.h"

namespace postern::probe {

Hysteresis::Hysteresis(Thresholds thresholds) : thresholds_(thresholds) {
  ENSURE(thresholds.down_after >= 1 && thresholds.up_after >= 1);
}

std::optional<Change> Hysteresis::become(Verdict verdict, Instant since) {
  if (verdict_ == verdict) return std::nullopt;
  verdict_ = verdict;
  return Change{.verdict = verdict, .since = since};
}

/// Extends the runs that this observation belongs to and ends the others.
void Hysteresis::count(Sight sight, Instant at) {
  const auto extend_if = [at](bool belongs, Run& run) {
    if (belongs)
      run.extend(at);
    else
      run = {};
  };
  extend_if(sight == Sight::blind, blind_);
  extend_if(sight == Sight::bad, bad_);
  extend_if(sight == Sight::slow, slow_);
  extend_if(sight == Sight::good, good_);
  extend_if(sight == Sight::slow || sight == Sight::good, not_bad_);
}

std::optional<Change> Hysteresis::observe(Sight sight, Instant at) {
  count(sight, at);
  if (blind_.length >= thresholds_.down_after) return become(Verdict::unknown, blind_.since);
  if (bad_.length >= thresholds_.down_after) return become(Verdict::down, bad_.since);
  const bool works = verdict_ == Verdict::up || verdict_ == Verdict::degraded;
  if (!works && not_bad_.length < thresholds_.up_after) return std::nullopt;
  if (slow_.length >= thresholds_.down_after) return become(Verdict::degraded, slow_.since);
  if (!works) return become(Verdict::up, not_bad_.since);
  if (good_.length >= thresholds_.up_after) return become(Verdict::up, good_.since);
  return std::nullopt;
}

std::optional<Change> Hysteresis::observe_uplink_down(Instant at) {
  bad_ = not_bad_ = slow_ = good_ = blind_ = {};
  return become(Verdict::unknown, at);
}

}  // namespace postern::probe
