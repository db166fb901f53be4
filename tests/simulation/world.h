#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "broker/timeline.h"
#include "broker/writer.h"
#include "emergency/testing.h"
#include "store/memory.h"

/// The outside world of the simulation: one store that fails, nodes that die, clocks that jump. Everything
/// happens on one thread, from one seed.
///
/// Fault model. The store keeps what it has acknowledged (it models synchronous disks). An append may fail
/// before anything is written, or its answer may get lost after everything was written, or after nothing was;
/// the look-up that follows may fail as well. A node may die at any moment between two steps, also between
/// its append and its answer; it loses all it held in memory. Each node's wall clock may be stepped by up to
/// a day in either direction; its steady clock is right. Messages from people may arrive twice, late, at
/// another node, or not at all. Nobody breaks SHA-256 or Ed25519.
namespace postern::simulation {

/// After the last signature of an override, before it opens.
inline constexpr seconds override_window{180};

using namespace emergency::test_world;  // NOLINT(google-build-using-namespace): its words are the language of
                                        // this folder

/// Who answers for an approver who is away.
inline std::optional<PersonId> deputy_of(const PersonId& person) {
  if (person == dana || person == emil) return chie;
  return std::nullopt;
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// 0 .. below-1
  std::uint64_t number(std::uint64_t below) { return engine_() % below; }
  bool one_in(std::uint64_t n) { return number(n) == 0; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from.at(number(from.size()));
  }

 private:
  std::mt19937_64 engine_;
};

/// A Store that fails as the fault model says, on top of one that does not.
class FailingStore : public store::Store {
 public:
  FailingStore(store::Store& inner, Dice& dice) : inner_(inner), dice_(dice) {}
  void heal() { one_in_ = 0; }

  Result<std::uint64_t> head() override { return inner_.head(); }
  Result<void> append(std::uint64_t expected_size, std::span<const store::NewEntry> entries) override;
  Result<std::vector<store::StoredEntry>> read(std::uint64_t from, std::size_t count) override {
    return inner_.read(from, count);
  }
  Result<std::optional<std::uint64_t>> find(std::string_view id) override;
  Result<void> erase_private(std::uint64_t index) override { return inner_.erase_private(index); }
  Result<Digest> put(std::string_view bytes) override { return inner_.put(bytes); }
  Result<Bytes> get(const Digest& name) override { return inner_.get(name); }

 private:
  [[nodiscard]] bool fails() { return one_in_ != 0 && dice_.one_in(one_in_); }
  store::Store& inner_;
  Dice& dice_;
  std::uint64_t one_in_ = 15;
};

/// One server: a writer and its two clocks. Dead while `writer` is null.
struct Node {
  std::string name;
  std::unique_ptr<FailingStore> store;
  std::unique_ptr<broker::Writer> writer = nullptr;
  std::optional<broker::Timeline> timeline = std::nullopt;
  milliseconds wall_offset{0};
  std::string last_checkpoint = {};
};

class World {
 public:
  explicit World(std::uint64_t seed);

  Dice dice;
  Instant true_time = start;
  std::vector<Node> nodes;

  /// Starts a node that is dead.
  void revive(Node& node);
  static void kill(Node& node) {
    node.writer.reset();
    node.timeline.reset();
  }
  /// What the node takes for now; tells its ledger when it begins or ends to doubt its clock.
  Instant now_at(Node& node);
  /// Hands a submission to a node as Broker would, together with what is owed.
  Result<broker::Receipt> submit(Node& node, const broker::Submission& submission);
  /// What is owed, at a node.
  void settle(Node& node);
  void heal();

  [[nodiscard]] store::Store& durable() { return *durable_; }
  [[nodiscard]] const std::shared_ptr<const catalog::Catalog>& in_force() const { return catalog_; }
  [[nodiscard]] const ledger::NoteSigner& signer() const { return signer_; }

 private:
  std::unique_ptr<store::Store> durable_ = store::open_memory();
  ledger::NoteSigner signer_;
  std::shared_ptr<const catalog::Catalog> catalog_;
};

}  // namespace postern::simulation
