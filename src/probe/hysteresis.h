#pragma once

#include <optional>

#include "base/instant.h"
#include "emergency/fact.h"

/// Is it down, or was that one lost packet? Pure.
namespace postern::probe {

/// Unknown: not enough seen yet, or our own uplink is down, so that a failure would prove nothing.
using emergency::Verdict;

/// How many equal observations in a row it takes; each at least 1.
struct Thresholds {
  int down_after = 3;
  int up_after = 2;
};

/// A verdict that has just become another one.
struct Change {
  Verdict verdict = Verdict::unknown;
  Instant since;  ///< the first observation of the run that changed it: when the outage began, not when we
                  ///< were sure
  friend bool operator==(const Change&, const Change&) = default;
};

/// Turns single observations of one probe into a verdict that does not flap. Starts as unknown. Observations
/// come in the order of their times. Not thread-safe: one owner.
class Hysteresis {
 public:
  explicit Hysteresis(Thresholds thresholds);

  /// The change that this observation brings about, if any.
  std::optional<Change> observe(bool success, Instant at);
  /// A control probe says that our own uplink is down. Whatever was counted so far proves nothing any more:
  /// the run starts again, and the verdict is unknown until a threshold is reached anew.
  std::optional<Change> observe_unknown(Instant at);

  [[nodiscard]] Verdict verdict() const { return verdict_; }

 private:
  struct Run {
    bool success = false;
    int length = 0;
    Instant since;
  };

  Thresholds thresholds_;
  Verdict verdict_ = Verdict::unknown;
  std::optional<Run> run_;
};

}  // namespace postern::probe
