#pragma once

#include <optional>
#include <string>

#include "base/instant.h"
#include "emergency/fact.h"
#include "probe/look.h"

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
///
/// Bad ones in a row make it down, others in a row make it up: slow is never down. Among those that are not
/// bad, `down_after` slow ones in a row make it degraded, `up_after` good ones in a row end that. A blind one
/// breaks every run and changes nothing by itself; `down_after` of them in a row make it unknown. What is
/// down or unknown becomes neither up nor degraded before `up_after` others in a row.
class Hysteresis {
 public:
  explicit Hysteresis(Thresholds thresholds);

  /// The change that this observation brings about, if any.
  std::optional<Change> observe(Sight sight, Instant at);
  /// The control probes say that our own uplink is down. Whatever was counted so far proves nothing any more:
  /// the runs start again, and the verdict is unknown until a threshold is reached anew.
  std::optional<Change> observe_uplink_down(Instant at);

  [[nodiscard]] Verdict verdict() const { return verdict_; }

 private:
  struct Run {
    int length = 0;
    Instant since;
    void extend(Instant at) {
      if (length++ == 0) since = at;
    }
  };
  void count(Sight sight, Instant at);
  std::optional<Change> become(Verdict verdict, Instant since);

  Thresholds thresholds_;
  Verdict verdict_ = Verdict::unknown;
  Run bad_, not_bad_, slow_, good_, blind_;
};

}  // namespace postern::probe
