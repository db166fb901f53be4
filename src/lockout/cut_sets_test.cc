#include "lockout/cut_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

namespace postern::lockout {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

using Sets = std::set<std::vector<std::uint32_t>>;

Ref add_event(FaultTree& tree, const char* id, std::optional<double> probability = {}) {
  return tree.add(Event{.id = id, .title = "", .probability = probability}).value();
}
Ref add_gate(FaultTree& tree, int at_least, std::vector<Ref> of) {
  return tree.add(Gate{.id = "g", .title = "", .at_least = at_least, .of = std::move(of)}).value();
}

Sets all_of(const CutSets& sets) {
  Sets out;
  for (const auto& [size, count] : sets.by_size()) {
    Count taken = 0;
    sets.each(size, [&](const std::vector<std::uint32_t>& set) {
      EXPECT_EQ(set.size(), size);
      EXPECT_TRUE(out.insert(set).second) << "taken twice";
      ++taken;
      return true;
    });
    EXPECT_EQ(taken, count);
  }
  return out;
}

/// Says what a tree says by trying every combination: slow, and right by looking at it.
class ByHand {
 public:
  explicit ByHand(const FaultTree& tree) : tree_(tree), happens_(std::size_t{1} << tree.events().size()) {
    for (std::uint32_t mask = 0; mask < happens_.size(); ++mask) happens_[mask] = holds(tree.top(), mask);
  }

  [[nodiscard]] Sets minimal() const {
    Sets out;
    for (std::uint32_t mask = 0; mask < happens_.size(); ++mask) {
      bool is_minimal = happens_[mask];
      std::vector<std::uint32_t> set;
      for (std::uint32_t i = 0; i < tree_.events().size(); ++i)
        if ((mask >> i & 1U) != 0) {
          set.push_back(i);
          is_minimal = is_minimal && !happens_[mask & ~(1U << i)];
        }
      if (is_minimal) out.insert(set);
    }
    return out;
  }
  /// Of the top; with one event fixed where `fixed` is given.
  [[nodiscard]] double probability(std::optional<std::uint32_t> fixed = {}, bool as = false) const {
    double sum = 0;
    for (std::uint32_t mask = 0; mask < happens_.size(); ++mask) {
      double p = happens_[mask] ? 1 : 0;
      for (std::uint32_t i = 0; i < tree_.events().size(); ++i) {
        const bool is_set = (mask >> i & 1U) != 0;
        const double chance = fixed == i ? (as ? 1 : 0) : *tree_.events()[i].probability;
        p *= is_set ? chance : 1 - chance;
      }
      sum += p;
    }
    return sum;
  }

 private:
  [[nodiscard]] bool holds(Ref ref, std::uint32_t mask) const {
    if (ref.kind == Ref::Kind::event) return (mask >> ref.index & 1U) != 0;
    const Gate& gate = tree_.gate(ref);
    int count = 0;
    for (const Ref each : gate.of) count += holds(each, mask) ? 1 : 0;
    return count >= gate.at_least;
  }

  const FaultTree& tree_;
  std::vector<bool> happens_;
};

/// Up to ten events, gates of all kinds that share them, now and then a constant or something named twice.
FaultTree random_tree(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  FaultTree tree;
  std::vector<Ref> nodes;
  const std::size_t events = 1 + below(10);
  for (std::size_t i = 0; i < events; ++i)
    nodes.push_back(add_event(tree, "e", static_cast<double>(1 + below(98)) / 100));
  const std::size_t gates = 1 + below(12);
  for (std::size_t i = 0; i < gates; ++i) {
    std::vector<Ref> of;
    const std::size_t inputs = 1 + below(4);
    for (std::size_t j = 0; j < inputs; ++j)
      of.push_back(below(3) == 0 ? nodes[below(nodes.size())]
                                 : nodes[nodes.size() - 1 - below(std::min<std::size_t>(nodes.size(), 6))]);
    const std::size_t kind = below(20);
    const int at_least = kind == 0   ? 0
                         : kind == 1 ? static_cast<int>(inputs) + 1
                                     : static_cast<int>(1 + below(inputs));
    nodes.push_back(add_gate(tree, at_least, std::move(of)));
  }
  tree.set_top(nodes.back());
  return tree;
}

TEST(CutSets, AreWhatTryingEverythingFinds) {
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    const FaultTree tree = random_tree(seed);
    const CutSets found = cut_sets(tree);
    const ByHand by_hand(tree);
    ASSERT_EQ(all_of(found), by_hand.minimal()) << "seed " << seed;
    ASSERT_EQ(found.count(), by_hand.minimal().size());
    ASSERT_NEAR(found.probability().value(), by_hand.probability(), 1e-12) << "seed " << seed;
  }
}

TEST(CutSets, SayWhatEachEventMeans) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    const FaultTree tree = random_tree(seed);
    const ByHand by_hand(tree);
    const Sets sets = by_hand.minimal();
    const double top = by_hand.probability();
    std::set<std::uint32_t> told;
    for (const Importance& each : cut_sets(tree).importance()) {
      told.insert(each.event);
      std::size_t smallest = 99;
      Count count = 0;
      for (const auto& set : sets)
        if (std::binary_search(set.begin(), set.end(), each.event)) {
          smallest = std::min(smallest, set.size());
          ++count;
        }
      const double birnbaum = by_hand.probability(each.event, true) - by_hand.probability(each.event, false);
      ASSERT_EQ(each.smallest, smallest) << "seed " << seed;
      ASSERT_EQ(each.cut_sets, count) << "seed " << seed;
      ASSERT_NEAR(each.birnbaum.value(), birnbaum, 1e-12) << "seed " << seed;
      ASSERT_NEAR(each.criticality.value(), birnbaum * *tree.events()[each.event].probability / top, 1e-9);
    }
    for (const auto& set : sets)
      for (const std::uint32_t event : set) ASSERT_TRUE(told.contains(event)) << "seed " << seed;
  }
}

TEST(CutSets, PutTheMostImportantFirst) {
  FaultTree tree;
  const Ref a = add_event(tree, "a", 0.1);
  const Ref b = add_event(tree, "b", 0.1);
  const Ref c = add_event(tree, "c", 0.2);
  tree.set_top(add_gate(tree, 1, {add_gate(tree, 2, {a, b}), c}));
  std::vector<std::uint32_t> order;
  for (const Importance& each : cut_sets(tree).importance()) order.push_back(each.event);
  EXPECT_THAT(order, ElementsAre(c.index, a.index, b.index));
}

TEST(CutSets, HoldTheEmptySetWhenTheTopHappensAnyway) {
  FaultTree tree;
  tree.set_top(add_gate(tree, 0, {}));
  const CutSets sets = cut_sets(tree);
  EXPECT_THAT(sets.by_size(), ElementsAre(Pair(0U, 1U)));
  EXPECT_THAT(all_of(sets), ElementsAre(IsEmpty()));
  EXPECT_EQ(sets.probability(), 1.0);
}

TEST(CutSets, AreNoneWhenTheTopCannotHappen) {
  FaultTree tree;
  const Ref a = add_event(tree, "a");
  tree.set_top(add_gate(tree, 2, {a}));
  EXPECT_EQ(cut_sets(tree).count(), 0U);
  EXPECT_EQ(cut_sets(tree).probability(), 0.0);
}

TEST(CutSets, HaveNoProbabilityWhereAnEventHasNone) {
  FaultTree tree;
  const Ref a = add_event(tree, "a", 0.5);
  const Ref b = add_event(tree, "b");
  tree.set_top(add_gate(tree, 1, {a, b}));
  EXPECT_EQ(cut_sets(tree).probability(), std::nullopt);
  EXPECT_EQ(cut_sets(tree).importance().front().birnbaum, std::nullopt);
}

TEST(CutSets, AreCountedFarBeyondWhatCouldBeListed) {
  // 30 of 100 things that each happen in two ways: C(100, 30) * 2^30.
  FaultTree tree;
  std::vector<Ref> of;
  for (int i = 0; i < 100; ++i) of.push_back(add_gate(tree, 1, {add_event(tree, "a"), add_event(tree, "b")}));
  tree.set_top(add_gate(tree, 30, of));
  const CutSets sets = cut_sets(tree);
  EXPECT_EQ(sets.known_up_to(), std::nullopt);
  EXPECT_EQ(sets.count(), count_max);
  int taken = 0;
  sets.each(30, [&](const std::vector<std::uint32_t>&) { return ++taken < 1000; });
  EXPECT_EQ(taken, 1000);
}

/// Modules of pairs that share no order: large for any decision diagram of few nodes.
FaultTree tangled(int size) {
  FaultTree tree;
  std::mt19937 random(7);
  std::vector<Ref> events;
  for (int i = 0; i < size; ++i) events.push_back(add_event(tree, "e"));
  std::vector<Ref> clauses = {events[0]};
  for (int i = 0; i < size * 3; ++i)
    clauses.push_back(
        add_gate(tree, 3,
                 {events[1 + random() % (events.size() - 1)], events[1 + random() % (events.size() - 1)],
                  events[1 + random() % (events.size() - 1)]}));
  tree.set_top(add_gate(tree, 1, clauses));
  return tree;
}

TEST(CutSets, SayWhatIsProvenWhenTheNodesDoNotSuffice) {
  const FaultTree tree = tangled(26);
  const Sets all = all_of(cut_sets(tree));
  const CutSets partial = cut_sets(tree, {.nodes = 400});
  ASSERT_TRUE(partial.known_up_to().has_value());
  EXPECT_EQ(partial.probability(), std::nullopt);
  Sets known;
  for (const auto& set : all)
    if (set.size() <= *partial.known_up_to()) known.insert(set);
  EXPECT_EQ(all_of(partial), known);
  EXPECT_THAT(partial.importance(), testing::Not(IsEmpty()));
}

TEST(CutSets, FindSinglePointsOfFailureEvenWithoutAnyTime) {
  const CutSets sets = cut_sets(tangled(200), {.goes_on = [] { return false; }});
  ASSERT_TRUE(sets.known_up_to().has_value());
  EXPECT_THAT(sets.by_size(), ElementsAre(Pair(1U, 1U)));
}

TEST(FaultTree, TakesNothingThatItCannotMean) {
  FaultTree tree;
  EXPECT_EQ(tree.add(Event{.id = "a", .title = "", .probability = 1.5}).error().code, ErrorCode::invalid);
  EXPECT_EQ(tree.add(Event{.id = "a", .title = "", .probability = std::nan("")}).error().code,
            ErrorCode::invalid);
  EXPECT_EQ(tree.add(Gate{.id = "g", .title = "", .at_least = 1, .of = {{Ref::Kind::gate, 0}}}).error().code,
            ErrorCode::invalid);
}

TEST(FaultTree, HasALimitToItsDepth) {
  FaultTree tree;
  Ref at = add_event(tree, "a");
  for (std::size_t i = 0; i < depth_max; ++i) at = add_gate(tree, 1, {at});
  EXPECT_EQ(tree.add(Gate{.id = "g", .title = "", .at_least = 1, .of = {at}}).error().code,
            ErrorCode::invalid);
  tree.set_top(at);
  EXPECT_EQ(cut_sets(tree).count(), 1U);
}

TEST(FaultTree, KnowsWhatHappensWithoutAnyEvent) {
  FaultTree tree;
  const Ref event = tree.add(Event{.id = "e"}).value();
  const Ref always = tree.add(Gate{.id = "always", .at_least = 0, .of = {}}).value();
  const Ref never = tree.add(Gate{.id = "never", .at_least = 1, .of = {}}).value();
  const Ref any = tree.add(Gate{.id = "any", .at_least = 1, .of = {event, never, always}}).value();
  const Ref two = tree.add(Gate{.id = "two", .at_least = 2, .of = {event, always, never}}).value();
  const Ref twice = tree.add(Gate{.id = "twice", .at_least = 2, .of = {always, always}}).value();
  EXPECT_FALSE(tree.is_certain(event));
  EXPECT_TRUE(tree.is_certain(always));
  EXPECT_FALSE(tree.is_certain(never));
  EXPECT_TRUE(tree.is_certain(any));
  EXPECT_FALSE(tree.is_certain(two));
  EXPECT_TRUE(tree.is_certain(twice));
}

}  // namespace
}  // namespace postern::lockout
