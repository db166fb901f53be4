#include "probe/look.h"

#include <fmt/format.h>

#include "probe/look_parts.h"

namespace postern::probe {
namespace {

constexpr std::size_t detail_bytes_max = 300;
constexpr std::size_t warning_bytes_max = 500;

/// Kinds that have nothing to warn of: whatever a probe of that name has said before its kind was changed is
/// over.
template <class Kind>
constexpr bool never_warns =
    std::is_same_v<Kind, catalog::TcpProbe> || std::is_same_v<Kind, catalog::StsProbe> ||
    std::is_same_v<Kind, catalog::SamlLoginProbe> || std::is_same_v<Kind, catalog::OidcDiscoveryProbe> ||
    std::is_same_v<Kind, catalog::ManualProbe> || std::is_same_v<Kind, catalog::ExecProbe>;

template <class Kind>
Observation look_at_kind(const Kind& kind, const Looking& looking) {
  Observation seen = look_at(kind, looking);
  if (never_warns<Kind>) seen.warnings = Warnings();
  return seen;
}

/// An exec probe's program says itself what is slow.
bool is_slow(const catalog::Probe& probe, milliseconds taken) {
  const milliseconds limit =
      probe.slow_after ? milliseconds(*probe.slow_after) : milliseconds(probe.timeout) / 2;
  return taken > limit && !std::holds_alternative<catalog::ExecProbe>(probe.check);
}

/// Much of it is outside text: nothing leaves that could harm a terminal or fill the ledger.
Observation fitted(Observation seen) {
  seen.detail = shown(seen.detail, detail_bytes_max);
  if (seen.warnings)
    for (emergency::ProbeWarning& each : *seen.warnings) each.text = shown(each.text, warning_bytes_max);
  return seen;
}

}  // namespace

Observation look(const catalog::Probe& probe, const catalog::Catalog& catalog, const Outside& outside,
                 Instant now) {
  const Deadline deadline(outside.clock, probe.timeout);
  const Looking looking{
      .probe = probe, .catalog = catalog, .outside = outside, .deadline = deadline, .now = now};
  Observation seen = std::visit([&](const auto& kind) { return look_at_kind(kind, looking); }, probe.check);
  const milliseconds taken = deadline.taken();
  if (seen.sight == Sight::good && is_slow(probe, taken)) {
    seen.sight = Sight::slow;
    seen.detail = fmt::format("slow ({:.1f} s): {}", static_cast<double>(taken.count()) / 1000, seen.detail);
  }
  return fitted(std::move(seen));
}

}  // namespace postern::probe
