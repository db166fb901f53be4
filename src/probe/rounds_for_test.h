#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "emergency/describe.h"
#include "probe/rounds.h"

/// Rounds through a simulated night, for their tests.
namespace postern::probe::at_night {

using namespace std::chrono_literals;
using emergency::ProbeWarning;

inline const Instant start = parse_rfc3339("2026-11-23T03:00:00Z").value();

inline ProbeId named(const std::string& name) { return ProbeId::parse(name).value(); }
inline const ProbeId okta = named("okta"), keycloak = named("keycloak"), internet = named("internet"),
                     other_way_out = named("other-way-out");

inline catalog::Probe probe_of(const ProbeId& id) {
  return {.id = id, .check = catalog::HttpProbe{"https://" + id.text() + ".example.net/"}};
}
inline catalog::Probe control_of(const ProbeId& id) {
  catalog::Probe probe = probe_of(id);
  probe.control = true;
  return probe;
}

inline std::shared_ptr<const catalog::Catalog> catalog_of(std::vector<catalog::Probe> probes) {
  catalog::Catalog catalog{.owners = {},
                           .organization = {.name = "Example Corp",
                                            .emergency_account = AccountId::parse("100000000009").value(),
                                            .sts_regions = {}},
                           .accounts = {},
                           .people = {},
                           .groups = {},
                           .probes = {},
                           .modes = {},
                           .processes = {},
                           .playbooks = {}};
  for (catalog::Probe& each : probes) catalog.probes.emplace(each.id, std::move(each));
  return std::make_shared<const catalog::Catalog>(std::move(catalog));
}

inline Observation good() { return {.sight = Sight::good, .detail = "answered"}; }
inline Observation bad() { return {.sight = Sight::bad, .detail = "did not answer"}; }

/// One node through a night, on a clock that the test turns. What a probe sees is what `world` says when its
/// look ends, `takes` after it began; the ledger takes everything while `ledger_answers`.
class Night {
 public:
  explicit Night(std::vector<catalog::Probe> probes, const std::string& node = "node-1") : rounds(node) {
    follow(std::move(probes));
  }
  void follow(std::vector<catalog::Probe> probes) {
    rounds.follow(catalog_of(std::move(probes)), now, at());
    tell();
  }
  [[nodiscard]] Instant at() const { return start + now; }

  void pass(milliseconds time) {
    for (const milliseconds end = now + time; now < end; now += 10ms) step();
  }
  /// Until the probe has been looked at so many times more.
  void pass_looks(const ProbeId& probe, std::size_t count) {
    for (const std::size_t until = ended[probe] + count; ended[probe] < until; now += 10ms) step();
  }
  /// The next look that is due, which the test ends itself.
  Look next_look() {
    for (;; now += 10ms)
      if (const auto look = rounds.begin(now)) return *look;
  }
  /// "okta down" for each, since the last call.
  std::vector<std::string> told() { return std::exchange(told_, {}); }

  Rounds rounds;
  milliseconds now{1000000};
  std::function<Observation(const ProbeId&)> world = [](const ProbeId&) { return good(); };
  std::map<ProbeId, milliseconds> takes;
  bool ledger_answers = true;
  std::map<ProbeId, std::vector<milliseconds>> began;  ///< planned times of all looks
  std::map<ProbeId, std::size_t> ended;

 private:
  struct UnderWay {
    Look look;
    milliseconds began;
  };
  void step() {
    while (const auto look = rounds.begin(now)) {
      began[look->probe].push_back(look->due);
      under_way_.emplace(now + takes[look->probe], UnderWay{*look, now});
    }
    while (!under_way_.empty() && under_way_.begin()->first <= now) {
      const UnderWay done = under_way_.begin()->second;
      under_way_.erase(under_way_.begin());
      rounds.end(done.look, world(done.look.probe), now, start + done.began);
      ++ended[done.look.probe];
    }
    tell();
  }
  void tell() {
    while (const auto next = rounds.begin_telling()) {
      if (ledger_answers) told_.push_back(words(*next));
      rounds.told(*next, ledger_answers);
    }
  }
  static std::string words(const Telling& telling) {
    if (const Change* change = std::get_if<Change>(&telling.what))
      return telling.probe.text() + " " + std::string(emergency::name_of(change->verdict));
    std::string text = telling.probe.text() + " warns:";
    for (const ProbeWarning& each : std::get<1>(telling.what)) text += " " + each.text;
    return text;
  }

  std::multimap<milliseconds, UnderWay> under_way_;
  std::vector<std::string> told_;
};

}  // namespace postern::probe::at_night
