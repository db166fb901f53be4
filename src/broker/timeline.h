#pragma once

#include <optional>

#include "base/instant.h"

namespace postern::broker {

/// Turns two clocks into one time that can be written down. A wall clock that leaves the steady clock by more
/// than `tolerance` between two readings, in either direction, is in doubt: time then goes on by the steady
/// clock, and nothing expires, until the wall clock comes back or an operator restarts the server. Pure; one
/// thread.
class Timeline {
 public:
  static constexpr milliseconds tolerance{5000};

  struct Reading {
    Instant now;  ///< never before an earlier reading
    bool in_doubt = false;
    milliseconds by{0};  ///< how far the wall clock is from where it should be
  };

  /// `last_at`: the newest entry of the ledger. A wall clock behind it is in doubt from the start.
  Timeline(Instant last_at, Instant wall, milliseconds steady);

  Reading read(Instant wall, milliseconds steady);

 private:
  Instant base_wall_;
  milliseconds base_steady_;
  Instant last_;
};

}  // namespace postern::broker
