#include "lockout/decision_diagram.h"

#include <algorithm>

namespace postern::lockout {
namespace {

constexpr Level beyond_all = ~Level{0};
constexpr std::size_t table_start = std::size_t{1} << 9U;
constexpr std::size_t cache_lines_max = std::size_t{1} << 22U;

std::uint64_t mixed(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  std::uint64_t h = a * 0x9E3779B97F4A7C15ULL ^ (b + 0x632BE59BD9B4E019ULL) * 0xD6E8FEB86659FD93ULL;
  h = (h ^ (h >> 29U)) + c * 0xBF58476D1CE4E5B9ULL;
  return h ^ (h >> 32U);
}

}  // namespace

DecisionDiagrams::DecisionDiagrams(const Budget& budget)
    : budget_(budget),
      nodes_{{beyond_all, 0, 0}, {beyond_all, 1, 1}},
      table_(table_start),
      cache_(table_start) {}

Diagram DecisionDiagrams::make(Level level, Diagram high, Diagram low) {
  return high == low ? low : find_or_add(level, high, low);
}

Diagram DecisionDiagrams::find_or_add(Level level, Diagram high, Diagram low) {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = mixed(level, high, low) & mask;
  for (; table_[at] != 0; at = (at + 1) & mask) {
    const Node& node = nodes_[table_[at]];
    if (node.level == level && node.high == high && node.low == low) return table_[at];
  }
  constexpr std::size_t asked_every = 4096;
  if (nodes_.size() >= budget_.nodes ||
      (nodes_.size() % asked_every == 0 && budget_.goes_on && !budget_.goes_on()))
    exhausted_ = true;
  if (exhausted_) return 0;
  nodes_.push_back({level, high, low});
  const auto made = static_cast<Diagram>(nodes_.size() - 1);
  table_[at] = made;
  if (nodes_.size() * 2 > table_.size()) grow();
  return made;
}

void DecisionDiagrams::grow() {
  std::vector<std::uint32_t> table(table_.size() * 2);
  const std::size_t mask = table.size() - 1;
  for (Diagram d = 2; d < nodes_.size(); ++d) {
    std::size_t at = mixed(nodes_[d].level, nodes_[d].high, nodes_[d].low) & mask;
    while (table[at] != 0) at = (at + 1) & mask;
    table[at] = d;
  }
  table_.swap(table);
  if (cache_.size() < table_.size()) grow_cache();
}

void DecisionDiagrams::grow_cache() {
  if (cache_.size() >= cache_lines_max) return;
  std::vector<CacheLine> cache(cache_.size() * 2);
  cache_.swap(cache);
  for (const CacheLine& each : cache)
    if (each.question.operation != 0) cache_[place_of(each.question)] = each;
  remembered_ = 0;
}

/// The result of an operation that was done before and is still remembered; anything once the budget is used
/// up, so that recursion ends.
std::optional<Diagram> DecisionDiagrams::known(const Question& question) const {
  if (exhausted_) return 0;
  const CacheLine& line = cache_[place_of(question)];
  return line.question == question ? std::optional(line.result) : std::nullopt;
}

/// Subtracting families asks far more than it makes, so that the cache follows the questions as well as the
/// nodes.
Diagram DecisionDiagrams::remember(const Question& question, Diagram result) {
  if (++remembered_ > cache_.size()) grow_cache();
  cache_[place_of(question)] = {question, result};
  return result;
}

std::size_t DecisionDiagrams::place_of(const Question& question) const {
  return mixed(question.a, question.b, question.operation) & (cache_.size() - 1);
}

Diagram DecisionDiagrams::both(Diagram a, Diagram b) {
  if (a > b) std::swap(a, b);
  if (a == 0 || a == b) return a;
  if (a == 1) return b;
  const Question question = ask(Operation::both, a, b);
  if (const auto found = known(question)) return *found;
  const Node x = nodes_[a];
  const Node y = nodes_[b];
  const Level level = std::min(x.level, y.level);
  const Diagram high = both(x.level == level ? x.high : a, y.level == level ? y.high : b);
  const Diagram low = both(x.level == level ? x.low : a, y.level == level ? y.low : b);
  const Diagram result = make(level, high, low);
  return remember(question, result);
}

Diagram DecisionDiagrams::either(Diagram a, Diagram b) {
  if (a > b) std::swap(a, b);
  if (a == 0 || a == b) return b;
  if (a == 1) return 1;
  const Question question = ask(Operation::either, a, b);
  if (const auto found = known(question)) return *found;
  const Node x = nodes_[a];
  const Node y = nodes_[b];
  const Level level = std::min(x.level, y.level);
  const Diagram high = either(x.level == level ? x.high : a, y.level == level ? y.high : b);
  const Diagram low = either(x.level == level ? x.low : a, y.level == level ? y.low : b);
  const Diagram result = make(level, high, low);
  return remember(question, result);
}

Diagram DecisionDiagrams::minimal_sets(Diagram f) {
  if (f <= 1) return f;
  const Question question = ask(Operation::minimal, f, 0);
  if (const auto found = known(question)) return *found;
  const Node x = nodes_[f];
  const Diagram low = minimal_sets(x.low);
  const Diagram high = without(minimal_sets(x.high), low);
  const Diagram result = make_set(x.level, high, low);
  return remember(question, result);
}

Diagram DecisionDiagrams::without(Diagram a, Diagram b) {
  if (a == 0 || b == 1 || a == b) return 0;
  if (b == 0 || a == 1) return a;
  const Question question = ask(Operation::without, a, b);
  if (const auto found = known(question)) return *found;
  const Node x = nodes_[a];
  const Node y = nodes_[b];
  Diagram result = 0;
  if (x.level > y.level) {
    result = without(a, y.low);
  } else if (x.level < y.level) {
    const Diagram high = without(x.high, b);
    result = make_set(x.level, high, without(x.low, b));
  } else {
    const Diagram high = without(without(x.high, y.high), y.low);
    result = make_set(x.level, high, without(x.low, y.low));
  }
  return remember(question, result);
}

Diagram DecisionDiagrams::united(Diagram a, Diagram b) {
  if (a > b) std::swap(a, b);
  if (a == 0 || a == b) return b;
  if (a == 1) return 1;
  const Question question = ask(Operation::united, a, b);
  if (const auto found = known(question)) return *found;
  const Node x = nodes_[a];
  const Node y = nodes_[b];
  const Level level = std::min(x.level, y.level);
  const Diagram low = united(x.level == level ? x.low : a, y.level == level ? y.low : b);
  const Diagram high = united(x.level == level ? x.high : 0, y.level == level ? y.high : 0);
  const Diagram result = make_set(level, without(high, low), low);
  return remember(question, result);
}

Diagram DecisionDiagrams::combined(Diagram a, Diagram b, unsigned size_max) {
  if (a > b) std::swap(a, b);
  if (a == 0) return 0;
  if (b == 1) return 1;
  if (size_max == 0) return 0;  // a family that holds the empty set holds nothing else, and is 1
  const Question question = ask(Operation::combined, a, b, size_max);
  if (const auto found = known(question)) return *found;
  const Node y = nodes_[b];
  const Node x = nodes_[a];
  const Level level = std::min(x.level, y.level);
  const Diagram a_low = x.level == level ? x.low : a;
  const Diagram b_low = y.level == level ? y.low : b;
  const Diagram a_high = x.level == level ? x.high : 0;
  const Diagram b_high = y.level == level ? y.high : 0;
  const Diagram low = combined(a_low, b_low, size_max);
  Diagram high = combined(a_high, united(b_high, b_low), size_max - 1);
  high = united(high, combined(a_low, b_high, size_max - 1));
  const Diagram result = make_set(level, without(high, low), low);
  return remember(question, result);
}

std::vector<Diagram> DecisionDiagrams::nodes_below(Diagram d) const {
  // Made later than what they point to, so by falling number.
  std::vector<Diagram> out;
  if (d <= 1) return out;
  std::vector<bool> seen(d + std::size_t{1});
  std::vector<Diagram> open = {d};
  seen[d] = true;
  while (!open.empty()) {
    const Diagram at = open.back();
    open.pop_back();
    out.push_back(at);
    for (const Diagram next : {nodes_[at].high, nodes_[at].low})
      if (next > 1 && !seen[next]) {
        seen[next] = true;
        open.push_back(next);
      }
  }
  std::sort(out.begin(), out.end(), std::greater<>());
  return out;
}

}  // namespace postern::lockout
