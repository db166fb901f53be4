#include "lockout/picture_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"

namespace postern::lockout {
namespace {

constexpr std::size_t pairs_read_max = 100'000;
constexpr std::size_t nowhere = ~std::size_t{0};

/// Finds an event's place among the weighed ones, and makes one where there is none.
class Places {
 public:
  Places(const FaultTree& tree, WeighedCase& weighed)
      : weighed_(weighed), left_out_(left_out_of_pictures(tree)), places_(tree.events().size(), nowhere) {}

  [[nodiscard]] bool is_left_out(std::uint32_t event) const { return left_out_[event]; }
  [[nodiscard]] std::size_t of(std::uint32_t event) const { return places_[event]; }
  WeighedEvent& added(std::uint32_t event) {
    if (places_[event] == nowhere) {
      places_[event] = weighed_.events.size();
      weighed_.events.push_back({.event = event});
    }
    return weighed_.events[places_[event]];
  }

 private:
  WeighedCase& weighed_;
  std::vector<bool> left_out_;
  std::vector<std::size_t> places_;
};

void read_pairs(const CutSets& sets, const Places& places, WeighedCase& weighed) {
  std::size_t read = 0;
  sets.each(2, [&](const std::vector<std::uint32_t>& pair) {
    if (read++ == pairs_read_max) {
      weighed.has_all_pairs = false;
      return false;
    }
    if (places.is_left_out(pair[0]) || places.is_left_out(pair[1])) return true;
    const std::size_t a = places.of(pair[0]);
    const std::size_t b = places.of(pair[1]);
    weighed.events[a].with.push_back(b);
    weighed.events[b].with.push_back(a);
    ++weighed.pairs;
    return true;
  });
  for (WeighedEvent& each : weighed.events) std::sort(each.with.begin(), each.with.end());
}

void weigh_all_ways_together(const CutSets& sets, Places& places, WeighedCase& weighed) {
  const auto by_size = sets.by_size();
  weighed.is_lost = by_size.contains(0);
  weighed.smallest = by_size.empty() ? 0 : by_size.begin()->first;
  weighed.known_up_to = sets.known_up_to();
  for (const Importance& each : sets.importance()) {
    if (places.is_left_out(each.event)) continue;
    places.added(each.event).smallest = each.smallest;
    if (each.smallest == 1) ++weighed.single_points;
  }
  read_pairs(sets, places, weighed);
}

void weigh_way(const CutSets& sets, std::size_t way, Places& places, WeighedCase& weighed) {
  weighed.ways[way].is_closed = sets.by_size().contains(0);
  weighed.ways[way].known_up_to = sets.known_up_to();
  for (const Importance& each : sets.importance()) {
    if (places.is_left_out(each.event)) continue;
    std::vector<std::size_t>& by_way = places.added(each.event).by_way;
    by_way.resize(weighed.ways.size());
    by_way[way] = each.smallest;
    if (each.smallest == 1) ++weighed.ways[way].alone;
  }
}

/// The more ways it takes away by itself, the sooner it is told.
void sort_from(std::size_t first, WeighedCase& weighed) {
  const auto alone = [](const WeighedEvent& each) {
    return std::count(each.by_way.begin(), each.by_way.end(), std::size_t{1});
  };
  std::sort(weighed.events.begin() + static_cast<std::ptrdiff_t>(first), weighed.events.end(),
            [&](const WeighedEvent& a, const WeighedEvent& b) {
              return std::pair(-alone(a), a.event) < std::pair(-alone(b), b.event);
            });
}

std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t named_max = 10;
  std::string out;
  for (std::size_t i = 0; i < std::min(named_max, names.size()); ++i) out += (i == 0 ? "" : ", ") + names[i];
  return names.size() > named_max ? out + fmt::format(" and {} more", names.size() - named_max) : out;
}

}  // namespace

std::vector<bool> left_out_of_pictures(const FaultTree& tree) {
  std::set<std::string_view> ids;
  for (const Event& each : tree.events()) ids.insert(each.id);
  std::vector<bool> out;
  for (const Event& each : tree.events())
    out.push_back(each.id.starts_with("key.") && ids.contains("person." + each.id.substr(4)));
  return out;
}

WeighedCase weighed_without_ways(const Case& each, const Solve& solve) {
  WeighedCase out;
  Places places(each.tree, out);
  weigh_all_ways_together(solve(each.tree), places, out);
  return out;
}

WeighedCase weighed(const Case& each, const Solve& solve) {
  WeighedCase out;
  Places places(each.tree, out);
  weigh_all_ways_together(solve(each.tree), places, out);
  const std::size_t decisive = out.events.size();
  out.ways.resize(each.ways.size());
  FaultTree alone = each.tree;
  for (std::size_t way = 0; way < each.ways.size(); ++way) {
    alone.set_top(each.ways[way].blocked);
    weigh_way(solve(alone), way, places, out);
  }
  for (WeighedEvent& event : out.events) event.by_way.resize(out.ways.size());
  sort_from(decisive, out);
  return out;
}

std::string words(const Event& event) {
  return sanitized(event.title.empty() ? event.id : event.title, Lines::replace);
}

std::string_view kind_of(std::string_view event_id) {
  const auto is = [&](std::string_view start) { return event_id.starts_with(start); };
  if (is("account.")) return "account";
  if (is("role.")) return "role";
  if (is("dependency.sts-") || is("sts.")) return "Region";
  if (is("dependency.")) return "dependency";
  if (is("postern")) return "Postern";
  if (is("person.")) return "person";
  if (is("iam-user.") || is("key.")) return "key, device";
  return "";
}

std::string mode_in_words(const catalog::Catalog& catalog, const Case& each) {
  const catalog::FailureMode* mode = catalog.mode(each.mode);
  return each.mode.text() + (mode == nullptr ? "" : ": " + sanitized(mode->title, Lines::replace));
}

std::string accounts_in_words(const catalog::Catalog& catalog, const Case& each, std::size_t max) {
  std::string out;
  for (std::size_t i = 0; i < std::min(max, each.accounts.size()); ++i) {
    const catalog::Account* account = catalog.account(each.accounts[i]);
    const std::string name = account == nullptr ? "" : sanitized(account->name, Lines::replace);
    out += fmt::format("{}{} ({})", i == 0 ? "" : ", ", name, each.accounts[i].text());
  }
  if (each.accounts.size() > max) out += fmt::format(" and {} more alike", each.accounts.size() - max);
  return out;
}

std::string verdict(const WeighedCase& weighed) {
  if (weighed.is_lost) return "Nobody gets in, even when everything else works.";
  if (weighed.smallest == 0) {
    if (!weighed.known_up_to) return "Nothing can bring this about.";
    if (*weighed.known_up_to == 1) return "No single failure leaves nobody able to get in.";
    return fmt::format("No combination of up to {} failures leaves nobody able to get in.",
                       *weighed.known_up_to);
  }
  const std::string pairs =
      (weighed.has_all_pairs ? "" : "at least ") + counted(weighed.pairs, "pair") + " of failures";
  if (weighed.single_points > 0)
    return counted(weighed.single_points, "single failure") +
           (weighed.single_points == 1 ? " leaves" : " each leave") + " nobody able to get in" +
           (weighed.pairs > 0 ? "; so " + std::string(weighed.pairs == 1 ? "does " : "do ") + pairs : "") +
           ".";
  if (weighed.smallest == 2)
    return fmt::format("No single failure leaves nobody able to get in; {} {}.", pairs,
                       weighed.pairs == 1 ? "does" : "do");
  return fmt::format("It takes {} failures together to leave nobody able to get in.", weighed.smallest);
}

std::vector<std::string> reservations(const Case& each, const WeighedCase& weighed) {
  std::vector<std::string> out;
  if (each.ways.empty()) out.emplace_back("No way leads into these accounts in this failure mode.");
  std::vector<std::string> closed;
  for (std::size_t way = 0; way < weighed.ways.size(); ++way)
    if (weighed.ways[way].is_closed) closed.push_back(each.ways[way].process.text());
  if (!closed.empty())
    out.push_back("Closed from the start, by what is down or was never set up: " + list_of(closed) + ".");
  if (weighed.known_up_to)
    out.push_back(
        fmt::format("Not all could be worked out in the time and memory allowed. Proven: combinations of "
                    "up to {} failures are complete; nothing is known of larger ones.",
                    *weighed.known_up_to));
  std::vector<std::string> in_part;
  for (std::size_t way = 0; way < weighed.ways.size(); ++way)
    if (const auto size = weighed.ways[way].known_up_to)
      in_part.push_back(fmt::format("{} (up to {})", each.ways[way].process.text(), *size));
  if (!in_part.empty())
    out.push_back("Of these ways, larger combinations could not be worked out: " + list_of(in_part) + ".");
  return out;
}

}  // namespace postern::lockout
