#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "catalog/catalog.h"
#include "emergency/command.h"
#include "probe/hysteresis.h"
#include "probe/look.h"

/// Which probe is looked at when, what the looks say together, and what the ledger has not heard of yet.
/// Pure: no clock, no thread, no network.
namespace postern::probe {

/// One look that is to be made now.
struct Look {
  ProbeId probe;
  std::shared_ptr<const catalog::Catalog> catalog;  ///< that the probe stands in
  milliseconds due;                                 ///< steady time
  std::uint64_t watching;                           ///< since which beginning; a redefined probe begins anew
  std::uint64_t uplink;                             ///< how often our uplink had come or gone when it began
  [[nodiscard]] const catalog::Probe& definition() const { return catalog->probes.at(probe); }
};

/// What the ledger should hear of one probe.
struct Telling {
  ProbeId probe;
  std::uint64_t watching;
  std::variant<Change, std::vector<emergency::ProbeWarning>> what;
  emergency::Command command;
};

/// The rounds of one node. Not thread-safe: one owner. `now` is steady time, `at` an instant; neither goes
/// back.
///
/// *When.* The first look within two seconds, the second within one interval of it, all others after the
/// probe's interval ±10 %: neither probes nor nodes look in step, and looks that hang do not hang together. A
/// probe is never looked at twice at once; a look that comes late moves those after it. Manual probes are not
/// looked at.
///
/// *Our own uplink* is down when all control probes are down. Then every other verdict is unknown and no look
/// counts, neither way; nor does one that began before the uplink came back. For two minutes after the latest
/// look of every control probe was bad, the uplink is in doubt, and bad looks of the others do not count:
/// else they could be down a round before it is. Without control probes there is no such rule.
///
/// *What is told:* a verdict when it changes; warnings when they differ from those told last, at most 20,
/// each cut to 500 bytes. What the ledger knew before a start stands until this node has seen enough to know
/// better
/// (`down_after` + `up_after` looks). A telling that failed is due again after the next look.
///
/// *Another catalog.* A probe whose definition has not changed goes on as if nothing had happened; all others
/// begin anew.
class Rounds {
 public:
  explicit Rounds(std::string node);  ///< its name also seeds the jitter: no secret hangs on it

  void follow(std::shared_ptr<const catalog::Catalog> in_force, milliseconds now, Instant at);

  [[nodiscard]] std::optional<milliseconds> next_due() const;
  /// A look that is due. It must be given to `end` once it has been made, whatever came of it.
  std::optional<Look> begin(milliseconds now);
  /// `at`: when the look began.
  void end(const Look& look, Observation observation, milliseconds now, Instant at);

  [[nodiscard]] bool has_telling() const { return !to_tell_.empty(); }
  /// The next of what is to be told; nullopt when there is nothing. Of one probe there is one at a time, so
  /// that the ledger hears in order. It must be given to `told`.
  std::optional<Telling> begin_telling();
  void told(const Telling& telling, bool success);

  /// So many threads start all looks in time, on the whole, even if each takes its whole time-out.
  [[nodiscard]] std::size_t threads_needed() const;

 private:
  struct Watched {
    catalog::Probe definition;
    std::uint64_t watching = 0;
    Hysteresis hysteresis;
    int looks = 0;
    Instant first_look = {};
    std::optional<Instant> failed_at = {};  ///< when the latest look was bad: its instant
    std::optional<Change> verdict = {}, verdict_told = {};
    std::string detail = {};
    std::optional<std::vector<emergency::ProbeWarning>> warnings = {}, warnings_told = {};
    Instant hour_began = {};
    int changes_this_hour = 0;  ///< of warnings
    bool telling = false;       ///< waits in to_tell_, or is being told
    [[nodiscard]] bool has_news() const { return verdict != verdict_told || warnings != warnings_told; }
  };
  struct Due {
    milliseconds at;
    ProbeId probe;
    std::uint64_t watching;
    bool operator>(const Due& other) const { return at > other.at; }
  };
  struct ToTell {
    ProbeId probe;
    std::uint64_t watching;
  };
  Watched* find(const ProbeId& probe, std::uint64_t watching);
  Watched begin_watching(const catalog::Probe& probe, milliseconds now);
  milliseconds some(milliseconds most);
  milliseconds until_next(const Watched& watched);
  void count(const Look& look, Watched& watched, Observation observation, Instant at);
  void note_uplink(Instant at);
  static void note_warnings(Watched& watched, std::vector<emergency::ProbeWarning> warnings, Instant at);
  [[nodiscard]] bool uplink_in_doubt(Instant at) const;
  void lose_sight(Watched& watched, Instant at);
  void announce(Watched& watched);
  template <class Holds>
  [[nodiscard]] bool all_controls(const Holds& holds) const;

  std::string node_;
  std::mt19937_64 random_;
  std::shared_ptr<const catalog::Catalog> in_force_;
  std::map<ProbeId, Watched> watched_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::queue<ToTell> to_tell_;
  std::uint64_t watchings_ = 0;
  bool uplink_down_ = false;
  std::uint64_t uplink_turns_ = 0;
};

}  // namespace postern::probe
