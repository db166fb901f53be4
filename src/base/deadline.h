#pragma once

#include <algorithm>

#include "base/instant.h"

namespace postern {

/// How long something may take. Made once and handed to each step, so that many slow steps together take no
/// longer than one. Goes by Clock::steady(); the clock must outlive it.
class Deadline {
 public:
  Deadline(const Clock& clock, milliseconds whole) : clock_(clock), began_(clock.steady()), whole_(whole) {}

  [[nodiscard]] milliseconds taken() const { return clock_.steady() - began_; }
  [[nodiscard]] milliseconds left() const { return std::max(whole_ - taken(), milliseconds(0)); }
  [[nodiscard]] bool is_over() const { return left() == milliseconds(0); }
  /// What one of so many attempts may take, so that the first does not use up the time of all.
  [[nodiscard]] Deadline share(std::size_t attempts) const {
    return {clock_, left() / static_cast<int>(std::max<std::size_t>(attempts, 1))};
  }

 private:
  const Clock& clock_;
  milliseconds began_;
  milliseconds whole_;
};

}  // namespace postern
