#include <algorithm>

#include "catalog_file/sections.h"

namespace postern::catalog_file {
namespace {

using namespace catalog;

constexpr int people_max = 100;
constexpr int nodes_max = 16;
/// Shorter, and an emergency would expire before anybody is in.
constexpr seconds lasts_min{600};
/// Longer, and one that nobody closed would stay a way in.
constexpr seconds lasts_max{7 * 86400};

template <class IsProbe>
std::optional<Condition> read_probe_state(const Value& value) {
  const Mapping state(value, {"probe", "for"});
  const auto probe = state.required("probe").name<ProbeId>(Kind::probe);
  const seconds lasting = state.optional("for").duration(seconds(0), seconds(0));
  if (!probe) return std::nullopt;
  return Condition{IsProbe{.probe = *probe, .for_at_least = lasting}};
}

std::optional<Condition> read_attested(const Value& value) {
  const Mapping attested(value, {"by", "count", "statement"});
  const auto by = attested.required("by").name<GroupId>(Kind::group);
  const int count = attested.optional("count").integer(1, people_max, 1);
  std::string statement = attested.required("statement").text();
  if (!by) return std::nullopt;
  return Condition{Attested{.by = *by, .count = count, .statement = std::move(statement)}};
}

std::vector<Condition> read_branches(const Value& list) {
  std::vector<Condition> out;
  for (const Value& each : list.items())
    if (auto branch = read_condition(each)) out.push_back(*std::move(branch));
  return out;
}

std::optional<Condition> read_k_of(const Value& value) {
  const Mapping k_of(value, {"k", "of"});
  const Value list = k_of.required("of");
  const int size = list.present() ? static_cast<int>(list.node()->items.size()) : 1;
  const int k = k_of.required("k").integer(1, std::max(size, 1), 1);
  return Condition{AtLeast{.k = k, .of = read_branches(list)}};
}

seconds read_lasts(const Value& value) {
  const seconds out = value.duration(lasts_min, seconds(43200));
  if (out > lasts_max) value.error("\"lasts\" must be at most " + postern::to_text(lasts_max) + ".");
  return out;
}

FailureMode read_mode(const ModeId& id, const ProcessId& process, const Mapping& mode, Condition confirm) {
  FailureMode out{.id = id,
                  .title = mode.required("title").line(),
                  .leads_to = mode.required("leads_to").text(),
                  .takes_away = {},
                  .confirm = std::move(confirm),
                  .declared_by = mode.required("declared_by").names<GroupId>(Kind::group),
                  .process = process,
                  .seen_by = mode.optional("seen_by").integer(1, nodes_max, 1),
                  .lasts = read_lasts(mode.optional("lasts"))};
  for (const Value& each : mode.required("takes_away").distinct_items())
    out.takes_away.push_back(each.name_text(Kind::dependency));
  return out;
}

}  // namespace

std::optional<Condition> read_condition(const Value& value) {
  const Mapping condition(value, {"all", "any", "k_of", "probe_down", "probe_up", "attested"});
  const std::string_view which =
      condition.exactly_one({"all", "any", "k_of", "probe_down", "probe_up", "attested"});
  if (which.empty()) return std::nullopt;
  const Value body = condition.required(which);
  if (which == "probe_down") return read_probe_state<ProbeDown>(body);
  if (which == "probe_up") return read_probe_state<ProbeUp>(body);
  if (which == "attested") return read_attested(body);
  if (which == "k_of") return read_k_of(body);
  std::vector<Condition> branches = read_branches(body);
  const int k = which == "all" ? static_cast<int>(branches.size()) : 1;
  return Condition{AtLeast{.k = k, .of = std::move(branches)}};
}

std::map<ModeId, FailureMode> read_modes(const Value& value) {
  std::map<ModeId, FailureMode> out;
  for (const Entry& each : value.entries()) {
    const auto id = each.key.id<ModeId>();
    const Mapping mode(each.value, {"title", "takes_away", "leads_to", "confirm", "declared_by", "process",
                                    "seen_by", "lasts"});
    const auto process = mode.required("process").name<ProcessId>(Kind::process);
    auto confirm = read_condition(mode.required("confirm"));
    // Read with stand-ins, too, so that all faults of the mode are found at once.
    const Condition stand_in{AtLeast{}};
    const auto parts =
        read_mode(id.value_or(ModeId::parse("x").value()), process.value_or(ProcessId::parse("x").value()),
                  mode, confirm.value_or(stand_in));
    if (id && process && confirm) out.emplace(*id, parts);
  }
  return out;
}

}  // namespace postern::catalog_file
