#include "probe/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "emergency/testing.h"
#include "store/memory.h"

namespace postern::probe {
namespace {

using namespace emergency::test_world;  // NOLINT(google-build-using-namespace): the people of the test world
using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// The network: every address answers the same, or nothing answers.
class Network : public http::Client {
 public:
  std::atomic<int> status = 200;
  std::atomic<bool> reachable = true;
  std::string body = "hello";
  Result<http::Response> send(const http::Outgoing& /*request*/) override {
    if (!reachable) return fail(ErrorCode::unavailable, "not reached");
    return http::Response{.status = status, .headers = {}, .body = body};
  }
};

/// Time that runs a thousand times as fast.
class QuickClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override { return start + steady(); }
  [[nodiscard]] milliseconds steady() const override {
    return std::chrono::duration_cast<milliseconds>((std::chrono::steady_clock::now() - began_) * 1000);
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

catalog::Probe http_probe(const ProbeId& id, bool control) {
  return {.id = id,
          .control = control,
          .check = catalog::HttpProbe{"https://" + id.text() + ".example.net/", control ? 204 : 200},
          .every = 1s};
}

/// okta and keycloak are watched over HTTP, and the uplink by a control probe.
catalog::Catalog watched_catalog() {
  catalog::Catalog catalog = example_catalog();
  catalog.probes.clear();
  for (const ProbeId& each : {okta, keycloak}) catalog.probes.emplace(each, http_probe(each, false));
  return catalog;
}

class RunnerTest : public ::testing::Test {
 protected:
  void run(const catalog::Catalog& catalog) {
    in_force_ = std::make_shared<const catalog::Catalog>(catalog);
    const auto read = [this](std::string_view) -> Result<std::shared_ptr<const catalog::Catalog>> {
      return in_force_;
    };
    broker_.emplace(broker::Writer::open(*store_, signer_, read, {}).value(), clock_,
                    broker::Broker::Options{});
    const Digest blob = store_->put("catalog").value();
    emergency::AdoptCatalog adopt{.digest = blob, .candidate = in_force_, .replaces = {}, .signatures = {}};
    for (const PersonId& owner : {dana, emil})
      adopt.signatures.push_back(signature_of(owner, emergency::catalog_statement(blob, {})));
    ASSERT_TRUE(broker_->submit({by_postern(adopt), {}}));
    runner_.emplace(*broker_, network_, clock_, Runner::Options{.threads = 2});
  }
  /// Waits until the ledger says so of the probe.
  bool becomes(const ProbeId& probe, emergency::Verdict verdict) {
    for (int i = 0; i < 500; ++i, std::this_thread::sleep_for(10ms)) {
      bool is = false;
      broker_->read([&](const broker::Published& published) {
        const auto state = published.situation.probes.find(probe);
        is = state != published.situation.probes.end() && state->second.verdict == verdict;
      });
      if (is) return true;
    }
    return false;
  }
  bool is_suspected() {
    bool suspected = false;
    broker_->read([&](const broker::Published& published) {
      suspected = published.situation.suspicions.contains(idp_unavailable);
    });
    return suspected;
  }

  std::unique_ptr<store::Store> store_ = store::open_memory();
  ledger::NoteSigner signer_ =
      ledger::NoteSigner::from_seed(std::string(ledger_origin), Secret(Bytes(32, 'k'))).value();
  std::shared_ptr<const catalog::Catalog> in_force_;
  QuickClock clock_;
  Network network_;
  std::optional<broker::Broker> broker_;
  std::optional<Runner> runner_;
};

TEST_F(RunnerTest, BringsEveryChangeIntoTheLedgerAndRaisesTheSuspicion) {
  run(watched_catalog());
  EXPECT_TRUE(becomes(okta, emergency::Verdict::up));
  EXPECT_TRUE(becomes(keycloak, emergency::Verdict::up));
  EXPECT_FALSE(is_suspected());
  network_.status = 503;
  EXPECT_TRUE(becomes(okta, emergency::Verdict::down));
  EXPECT_TRUE(becomes(keycloak, emergency::Verdict::down));
  EXPECT_TRUE(is_suspected());
  network_.status = 200;
  EXPECT_TRUE(becomes(okta, emergency::Verdict::up));
}

TEST_F(RunnerTest, SuspectsNobodyWhileOurOwnUplinkIsDown) {
  catalog::Catalog catalog = watched_catalog();
  const ProbeId uplink = id<ProbeId>("uplink");
  catalog.probes.emplace(uplink, http_probe(uplink, true));
  catalog.probes.at(uplink).check = catalog::HttpProbe{"https://uplink.example.net/", 200};
  catalog.probes.at(uplink).down_after = 1;
  catalog.probes.at(okta).down_after = catalog.probes.at(keycloak).down_after = 50;
  run(catalog);
  EXPECT_TRUE(becomes(okta, emergency::Verdict::up));
  network_.reachable = false;
  EXPECT_TRUE(becomes(uplink, emergency::Verdict::down));
  EXPECT_TRUE(becomes(okta, emergency::Verdict::unknown)) << "what we cannot see is not down";
  EXPECT_FALSE(is_suspected());
}

TEST(Check, ReadsTheMetadataInsteadOfTrustingTheStatus) {
  Network network;
  network.body = "<html><body>Sorry, something went wrong.</body></html>";
  const catalog::Probe probe{.id = okta,
                             .check = catalog::SamlMetadataProbe{"https://okta.example.net/metadata"}};
  const Observation seen = check(probe, network, start);
  EXPECT_FALSE(seen.success);
  EXPECT_THAT(seen.detail, HasSubstr("answered 200, but not with usable SAML metadata"));
  network.status = 503;
  EXPECT_EQ(check(probe, network, start).detail, "answered status 503");
}

TEST(Check, SaysWhyAPortCannotBeReached) {
  Network network;
  const catalog::Probe probe{.id = okta, .check = catalog::TcpProbe{"127.0.0.1", 1}, .timeout = 1s};
  EXPECT_FALSE(check(probe, network, start).success);
  EXPECT_THAT(check(probe, network, start).detail, HasSubstr("does not accept connections"));
}

}  // namespace
}  // namespace postern::probe
