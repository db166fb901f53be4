#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "emergency/fact.h"

namespace postern::identity {

/// Counts attempts that nobody can be named for, so that each source costs the ledger one entry a minute
/// however hard it tries. Thread-safe.
class NoiseMeter {
 public:
  static constexpr std::size_t sources_max = 64;  ///< in one minute; all further ones count as "others"

  void count(const std::string& source, const std::string& what, Instant now);
  /// The minutes that are over at `now`, or all of them; each is given once.
  enum class Which { finished, all };
  std::vector<emergency::NoiseCounted> take(Instant now, Which which = Which::finished);

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, emergency::NoiseCounted> counts_;  // by source and what
};

}  // namespace postern::identity
