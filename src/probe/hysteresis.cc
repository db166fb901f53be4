#include "probe/hysteresis.h"

#include "base/result.h"

namespace postern::probe {

Hysteresis::Hysteresis(Thresholds thresholds) : thresholds_(thresholds) {
  ENSURE(thresholds.down_after >= 1 && thresholds.up_after >= 1);
}

std::optional<Change> Hysteresis::observe(bool success, Instant at) {
  if (!run_ || run_->success != success) run_ = Run{.success = success, .length = 0, .since = at};
  const int needed = success ? thresholds_.up_after : thresholds_.down_after;
  if (run_->length < needed) ++run_->length;  // counts no further: a probe may run for years
  const Verdict wanted = success ? Verdict::up : Verdict::down;
  if (run_->length < needed || verdict_ == wanted) return std::nullopt;
  verdict_ = wanted;
  return Change{.verdict = wanted, .since = run_->since};
}

std::optional<Change> Hysteresis::observe_unknown(Instant at) {
  run_.reset();
  if (verdict_ == Verdict::unknown) return std::nullopt;
  verdict_ = Verdict::unknown;
  return Change{.verdict = Verdict::unknown, .since = at};
}

}  // namespace postern::probe
