#include "probe/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>

#include "emergency/testing.h"
#include "store/memory.h"

namespace postern::probe {
namespace {

using namespace emergency::test_world;  // NOLINT(google-build-using-namespace): the people of the test world
using namespace std::chrono_literals;
using ::testing::Contains, ::testing::HasSubstr;

/// Time that runs a hundred times as fast as the world's. Its wall clock can be set.
class QuickClock : public Clock {
 public:
  static constexpr int speed = 100;
  std::atomic<std::int64_t> wrong_by_hours = 0;
  [[nodiscard]] Instant wall() const override {
    return start + steady() + std::chrono::hours(wrong_by_hours.load());
  }
  [[nodiscard]] milliseconds steady() const override {
    return std::chrono::duration_cast<milliseconds>((std::chrono::steady_clock::now() - began_) * speed);
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// The network. Each host answers with the status of all, unless it is named as one that hangs (until its
/// time-out, or without end), throws, or cannot be reached.
class Network : public http::Client {
 public:
  std::atomic<int> status = 200;
  std::set<std::string> hung, endless, throwing;  ///< set before the runner is made

  Result<http::Response> send(const http::Outgoing& request) override {
    const std::string host = request.url.substr(8, request.url.find('.') - 8);  // after https://
    {
      const std::lock_guard lock(mutex_);
      ++asked_[host];
      threads_.insert(std::this_thread::get_id());
    }
    if (throwing.contains(host)) throw std::runtime_error("thrown by a test");
    if (hung.contains(host) && wait(request.deadline / QuickClock::speed)) return timed_out();
    if (endless.contains(host) && wait(1h)) return timed_out();
    if (unreachable.contains_now(host)) return timed_out();
    return http::Response{.status = status, .headers = {}, .body = "hello"};
  }
  /// Whoever hangs is let go.
  void release() {
    {
      const std::lock_guard lock(mutex_);
      released_ = true;
    }
    wake_.notify_all();
  }
  std::size_t asked(const ProbeId& probe) {
    const std::lock_guard lock(mutex_);
    return asked_[probe.text()];
  }
  std::size_t threads() {
    const std::lock_guard lock(mutex_);
    return threads_.size();
  }

  /// Hosts that can become unreachable and reachable again.
  class Unreachable {
   public:
    void set(std::set<std::string> hosts) {
      const std::lock_guard lock(mutex_);
      hosts_ = std::move(hosts);
    }
    bool contains_now(const std::string& host) {
      const std::lock_guard lock(mutex_);
      return hosts_.contains(host);
    }

   private:
    std::mutex mutex_;
    std::set<std::string> hosts_;
  } unreachable;

 private:
  static Result<http::Response> timed_out() { return fail(ErrorCode::unavailable, "did not answer in time"); }
  bool wait(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    return !wake_.wait_for(lock, most, [this] { return released_; });
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  bool released_ = false;
  std::map<std::string, std::size_t> asked_;
  std::set<std::thread::id> threads_;
};

/// A store in memory that can refuse to append, or keep the append waiting.
class MoodyStore : public store::Store {
 public:
  enum class Mood { well, refuses, hangs };
  std::atomic<Mood> mood = Mood::well;

  Result<std::uint64_t> head() override { return inner_->head(); }
  Result<void> append(std::uint64_t expected_size, std::span<const store::NewEntry> entries) override {
    while (mood == Mood::hangs) std::this_thread::sleep_for(1ms);
    if (mood == Mood::refuses) return fail(ErrorCode::unavailable, "The disk is full.");
    return inner_->append(expected_size, entries);
  }
  Result<std::vector<store::StoredEntry>> read(std::uint64_t from, std::size_t count) override {
    return inner_->read(from, count);
  }
  Result<std::optional<std::uint64_t>> find(std::string_view entry_id) override {
    return inner_->find(entry_id);
  }
  Result<void> erase_private(std::uint64_t index) override { return inner_->erase_private(index); }
  Result<Digest> put(std::string_view bytes) override { return inner_->put(bytes); }
  Result<Bytes> get(const Digest& name) override { return inner_->get(name); }

 private:
  std::unique_ptr<store::Store> inner_ = store::open_memory();
};

catalog::Probe http_probe(const ProbeId& probe) {
  return {.id = probe,
          .check = catalog::HttpProbe{"https://" + probe.text() + ".example.net/"},
          .every = 2s,
          .timeout = 60s,
          .slow_after = 60s};  // of quick time: a busy machine must not look like a slow IdP
}

catalog::Catalog watching(const std::vector<catalog::Probe>& probes) {
  catalog::Catalog catalog = example_catalog();
  catalog.probes.clear();
  for (const catalog::Probe& each : probes) catalog.probes.emplace(each.id, each);
  return catalog;
}

class RunnerTest : public ::testing::Test {
 protected:
  ~RunnerTest() override {
    network_.release();
    store_.mood = MoodyStore::Mood::well;
  }
  void run(const std::vector<catalog::Probe>& probes, std::size_t threads_max = 512) {
    const auto read = [this](std::string_view) -> Result<std::shared_ptr<const catalog::Catalog>> {
      return in_force_;
    };
    in_force_ = std::make_shared<const catalog::Catalog>(watching(probes));
    broker_.emplace(broker::Writer::open(store_, signer_, read, {}).value(), clock_,
                    broker::Broker::Options{});
    adopt(probes);
    Outside outside{.client = network_,
                    .clock = clock_,
                    .aws_credentials = [](const std::string&) -> Result<aws::Credentials> {
                      return fail(ErrorCode::not_found, "This host has no credentials.");
                    },
                    .environment = [](const std::string&) { return std::nullopt; },
                    .secret = [](const catalog::SecretReference&) -> Result<Secret> {
                      return fail(ErrorCode::not_found, "This host has no secrets.");
                    }};
    runner_.emplace(*broker_, std::move(outside),
                    Runner::Options{.node = "node-1",
                                    .threads_max = threads_max,
                                    .notice_within = 1ms,
                                    .trouble = [this](const std::string& text) { hear(text); },
                                    .looking =
                                        [this](const Look& look, milliseconds late) {
                                          const std::lock_guard lock(mutex_);
                                          latest_[look.probe] = std::max(latest_[look.probe], late);
                                        }});
  }
  void adopt(const std::vector<catalog::Probe>& probes) {
    in_force_ = std::make_shared<const catalog::Catalog>(watching(probes));
    std::optional<Digest> before;
    broker_->read([&](const broker::Published& published) { before = published.situation.catalog; });
    const Digest blob = store_.put("catalog " + std::to_string(probes.size())).value();
    emergency::AdoptCatalog adopt{
        .digest = blob, .candidate = in_force_, .replaces = before, .signatures = {}};
    for (const PersonId& owner : {dana, emil})
      adopt.signatures.push_back(signature_of(owner, emergency::catalog_statement(blob, before)));
    ASSERT_TRUE(broker_->submit({by_postern(adopt), {}}));
  }

  template <class Holds>
  static bool eventually(const Holds& holds) {
    for (int i = 0; i < 2000; ++i, std::this_thread::sleep_for(5ms))
      if (holds()) return true;
    return false;
  }
  emergency::Verdict verdict(const ProbeId& probe) {
    emergency::Verdict verdict = emergency::Verdict::unknown;
    broker_->read([&](const broker::Published& published) {
      const auto state = published.situation.probes.find(probe);
      if (state != published.situation.probes.end()) verdict = state->second.verdict();
    });
    return verdict;
  }
  bool becomes(const ProbeId& probe, emergency::Verdict wanted) {
    return eventually([&] { return verdict(probe) == wanted; });
  }
  /// True when the probe has been looked at so many times more.
  bool goes_on(const ProbeId& probe, std::size_t looks = 5) {
    const std::size_t until = network_.asked(probe) + looks;
    return eventually([&] { return network_.asked(probe) >= until; });
  }
  bool is_suspected() {
    bool suspected = false;
    broker_->read([&](const broker::Published& published) {
      suspected = published.situation.suspicions.contains(idp_unavailable);
    });
    return suspected;
  }
  void hear(const std::string& text) {
    const std::lock_guard lock(mutex_);
    troubles_.push_back(text);
  }
  std::vector<std::string> troubles() {
    const std::lock_guard lock(mutex_);
    return troubles_;
  }
  milliseconds latest(const ProbeId& probe) {
    const std::lock_guard lock(mutex_);
    return latest_[probe];
  }

  MoodyStore store_;
  ledger::NoteSigner signer_ =
      ledger::NoteSigner::from_seed(std::string(ledger_origin), Secret(Bytes(32, 'k'))).value();
  std::shared_ptr<const catalog::Catalog> in_force_;
  QuickClock clock_;
  Network network_;
  std::mutex mutex_;  ///< guards the two below
  std::vector<std::string> troubles_;
  std::map<ProbeId, milliseconds> latest_;
  std::optional<broker::Broker> broker_;
  std::optional<Runner> runner_;
};

TEST_F(RunnerTest, BringsEveryChangeIntoTheLedgerAndRaisesTheSuspicion) {
  run({http_probe(okta), http_probe(keycloak)});
  EXPECT_TRUE(becomes(okta, emergency::Verdict::up));
  EXPECT_TRUE(becomes(keycloak, emergency::Verdict::up));
  EXPECT_FALSE(is_suspected());
  network_.status = 503;
  EXPECT_TRUE(becomes(okta, emergency::Verdict::down));
  EXPECT_TRUE(becomes(keycloak, emergency::Verdict::down));
  EXPECT_TRUE(is_suspected());
  network_.status = 200;
  EXPECT_TRUE(becomes(okta, emergency::Verdict::up));
  broker_->read([](const broker::Published& published) {
    EXPECT_THAT(published.situation.probes.at(okta).nodes, Contains(::testing::Key("node-1")));
  });
}

TEST_F(RunnerTest, SuspectsNobodyWhileOurOwnUplinkIsDown) {
  const ProbeId internet = id<ProbeId>("internet"), other_way_out = id<ProbeId>("other-way-out");
  std::vector<catalog::Probe> probes = {http_probe(okta), http_probe(keycloak), http_probe(internet),
                                        http_probe(other_way_out)};
  probes[2].control = probes[3].control = true;
  run(probes);
  EXPECT_TRUE(becomes(okta, emergency::Verdict::up));
  EXPECT_TRUE(becomes(internet, emergency::Verdict::up));
  EXPECT_TRUE(becomes(other_way_out, emergency::Verdict::up));
  network_.unreachable.set({"internet"});
  EXPECT_TRUE(becomes(internet, emergency::Verdict::down));
  EXPECT_EQ(verdict(okta), emergency::Verdict::up) << "one control target may itself fail";
  network_.unreachable.set({"internet", "other-way-out", "okta", "keycloak"});
  EXPECT_TRUE(becomes(okta, emergency::Verdict::unknown)) << "what we cannot see is not down";
  EXPECT_TRUE(becomes(keycloak, emergency::Verdict::unknown));
  EXPECT_TRUE(goes_on(okta));
  EXPECT_EQ(verdict(okta), emergency::Verdict::unknown);
  EXPECT_FALSE(is_suspected());
  network_.unreachable.set({});
  EXPECT_TRUE(becomes(okta, emergency::Verdict::up));
}

TEST_F(RunnerTest, KeepsTheRoundsOfTenProbesWhileFortyHang) {
  std::vector<catalog::Probe> probes;
  for (int i = 0; i < 50; ++i) {
    probes.push_back(http_probe(id<ProbeId>((i < 40 ? "hung-" : "well-") + std::to_string(i))));
    probes.back().every = 20s;
    probes.back().timeout = 15s;
    if (i < 40) network_.hung.insert(probes.back().id.text());
  }
  run(probes);
  const milliseconds began = clock_.steady();
  ASSERT_TRUE(goes_on(id<ProbeId>("well-40"), 12));
  const auto rounds = static_cast<std::size_t>((clock_.steady() - began) / 22s);
  for (int i = 40; i < 50; ++i) {
    const ProbeId well = id<ProbeId>("well-" + std::to_string(i));
    EXPECT_GE(network_.asked(well) + 2, rounds) << well.text();
    EXPECT_LT(latest(well), 20s) << well.text();
  }
  EXPECT_TRUE(becomes(id<ProbeId>("hung-0"), emergency::Verdict::down));
  EXPECT_LE(network_.threads(), 50U) << "one for each look at the same time is enough";
}

TEST_F(RunnerTest, GoesOnBesideLooksThatNeverEnd) {
  std::vector<catalog::Probe> probes;
  for (const char* name : {"endless-1", "endless-2", "endless-3", "okta"}) {
    probes.push_back(http_probe(id<ProbeId>(name)));
    probes.back().every = 4s;
    probes.back().timeout = 1s;
    if (probes.size() < 4) network_.endless.insert(name);
  }
  run(probes);
  EXPECT_TRUE(goes_on(okta));
  EXPECT_EQ(network_.asked(id<ProbeId>("endless-1")), 1U);
}

TEST_F(RunnerTest, SaysSoWhenItMayNotHaveTheThreadsThatTheProbesNeed) {
  network_.hung = {"okta"};
  run({http_probe(okta), http_probe(keycloak)}, 1);
  EXPECT_TRUE(eventually([&] { return !troubles().empty(); }));
  EXPECT_THAT(troubles(), Contains(HasSubstr("only 1 threads for probes")));
}

TEST_F(RunnerTest, SurvivesALookThatThrows) {
  network_.throwing = {"okta"};
  run({http_probe(okta), http_probe(keycloak)});
  EXPECT_TRUE(becomes(keycloak, emergency::Verdict::up));
  EXPECT_TRUE(goes_on(okta)) << "its own next look comes all the same";
  EXPECT_TRUE(goes_on(keycloak));
  EXPECT_NE(verdict(okta), emergency::Verdict::up);
}

TEST_F(RunnerTest, TellsAgainWhatTheLedgerCouldNotTake) {
  run({http_probe(okta)});
  EXPECT_TRUE(becomes(okta, emergency::Verdict::up));
  store_.mood = MoodyStore::Mood::refuses;
  network_.status = 503;
  EXPECT_TRUE(eventually([&] { return !troubles().empty(); }));
  EXPECT_THAT(troubles(), ::testing::ElementsAre(HasSubstr("The ledger does not take what probe okta says")));
  EXPECT_TRUE(goes_on(okta));
  EXPECT_EQ(verdict(okta), emergency::Verdict::up);
  store_.mood = MoodyStore::Mood::well;
  EXPECT_TRUE(becomes(okta, emergency::Verdict::down));
  EXPECT_EQ(troubles().size(), 1U) << "said when it begins, not at each look";
}

TEST_F(RunnerTest, GoesOnLookingWhileTheLedgerHangs) {
  run({http_probe(okta), http_probe(keycloak)});
  EXPECT_TRUE(becomes(okta, emergency::Verdict::up));
  EXPECT_TRUE(becomes(keycloak, emergency::Verdict::up));
  store_.mood = MoodyStore::Mood::hangs;
  network_.status = 503;
  EXPECT_TRUE(goes_on(okta, 20));
  EXPECT_TRUE(goes_on(keycloak, 20));
  store_.mood = MoodyStore::Mood::well;
  EXPECT_TRUE(becomes(okta, emergency::Verdict::down));
  EXPECT_TRUE(becomes(keycloak, emergency::Verdict::down));
}

TEST_F(RunnerTest, FollowsTheCatalogInForce) {
  run({http_probe(okta)});
  EXPECT_TRUE(becomes(okta, emergency::Verdict::up));
  adopt({http_probe(okta), http_probe(keycloak)});
  EXPECT_TRUE(becomes(keycloak, emergency::Verdict::up));
  EXPECT_TRUE(goes_on(okta));
}

TEST_F(RunnerTest, KeepsItsIntervalsWhenTheWallClockIsSetByADay) {
  run({http_probe(okta)});
  EXPECT_TRUE(becomes(okta, emergency::Verdict::up));
  for (const int hours : {24, -24}) {
    clock_.wrong_by_hours = hours;
    const std::size_t asked = network_.asked(okta);
    const milliseconds began = clock_.steady();
    EXPECT_TRUE(goes_on(okta, 10)) << "it does not wait for a day";
    EXPECT_GE(clock_.steady() - began, 10 * 1800ms - 2200ms) << "nor make up for one";
    EXPECT_GE(network_.asked(okta), asked + 10);
  }
}

TEST_F(RunnerTest, StopsAtOnceWhenNoLookIsUnderWay) {
  catalog::Probe seldom = http_probe(okta);
  seldom.every = 1h;
  run({seldom});
  EXPECT_TRUE(eventually([&] { return network_.asked(okta) == 1; }));
  const auto began = std::chrono::steady_clock::now();
  runner_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 500ms);
}

}  // namespace
}  // namespace postern::probe
