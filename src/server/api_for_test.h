#pragma once

#include <gtest/gtest.h>

#include "emergency/testing.h"
#include "server/api.h"
#include "store/memory.h"

/// The API in memory, spoken to as clients do. For the tests of this folder.
namespace postern::server {

using namespace emergency::test_world;  // NOLINT(google-build-using-namespace): the people of the test world

class CountingRandom : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    const Digest digest = sha256({"test random\n", std::to_string(next_++)});
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = digest.bytes.at(i % digest.bytes.size());
  }

 private:
  std::uint64_t next_ = 0;
};

class StandingClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override { return start + std::chrono::minutes(10); }
  [[nodiscard]] milliseconds steady() const override { return milliseconds(0); }
};

inline constexpr std::string_view desk_token = "postern-service-of-the-desk";

/// The test world's catalog, with a service that may ask for emergency administrators.
inline catalog::Catalog company() {
  catalog::Catalog out = example_catalog();
  out.services.emplace("desk", catalog::Service{.title = "Service desk",
                                                .token = sha256(desk_token),
                                                .processes = {operate_workload},
                                                .may_ask_for = {emergency_admins}});
  return out;
}

/// A server in memory, with that catalog in force and both IdPs down.
class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    auto candidate = std::make_shared<const catalog::Catalog>(company());
    const Digest blob = store_->put("catalog").value();
    emergency::AdoptCatalog adopt{.digest = blob, .candidate = candidate, .replaces = {}, .signatures = {}};
    for (const PersonId& owner : {dana, emil})
      adopt.signatures.push_back(signature_of(owner, emergency::catalog_statement(blob, {})));
    broker_.submit({by_postern(adopt), {}}).value();
    for (const ProbeId& probe : {okta, keycloak})
      broker_.submit({by_postern(seen(probe, emergency::Verdict::down, start)), {}}).value();
  }

  std::unique_ptr<broker::Writer> open_writer() {
    const auto read = [](std::string_view) -> Result<std::shared_ptr<const catalog::Catalog>> {
      return std::make_shared<const catalog::Catalog>(company());
    };
    return broker::Writer::open(*store_, signer_, read, {}).value();
  }

  http::Response send(const std::string& method, const std::string& path, const std::string& body = "",
                      const std::string& token = "", const std::string& key = "") {
    http::Request request{.method = method,
                          .path = path,
                          .query = {},
                          .headers = {{"content-type", "application/json"}},
                          .body = body,
                          .peer = {.address = "127.0.0.1"}};
    if (const std::size_t at = path.find('?'); at != std::string::npos) {
      request.query[path.substr(at + 1, path.find('=') - at - 1)] = path.substr(path.find('=') + 1);
      request.path = path.substr(0, at);
    }
    if (!token.empty()) request.headers["authorization"] = "Bearer " + token;
    if (!key.empty()) request.headers["idempotency-key"] = key;
    return api_.handle(request);
  }
  json::Value challenge(const PersonId& person) {
    return json::parse(send("POST", "/api/v1/login/challenge",
                            json::canonical(json::Object{{"person", person.text()}}))
                           .body)
        .value();
  }
  http::Response log_in(const PersonId& person, const json::Value& challenge, const TestKey& key) {
    const std::string statement(challenge.text_at("statement"));
    return send("POST", "/api/v1/login",
                json::canonical(json::Object{{"nonce", challenge.text_at("nonce")},
                                             {"person", person.text()},
                                             {"signature", key.sign("postern-login", statement)},
                                             {"statement", statement}}));
  }
  std::string token_of(const PersonId& person) {
    return std::string(
        json::parse(log_in(person, challenge(person), TestKey(person.text())).body).value().text_at("token"));
  }

  http::Response command(const PersonId& person, const std::string& path, const json::Value& body,
                         std::string key = "") {
    if (key.empty()) key = "key-" + std::to_string(next_key_++);
    return send("POST", path, json::canonical(body), token_of(person), key);
  }
  http::Response look(const PersonId& person, const std::string& path) {
    return send("GET", path, "", token_of(person));
  }
  http::Response declare_it() {
    command(chie, "/api/v1/attestations",
            json::Object{{"mode", "idp-unavailable"}, {"statement", sign_in_failed}});
    return command(dana, "/api/v1/emergencies",
                   json::Object{{"incident", "INC-7"}, {"mode", "idp-unavailable"}});
  }
  http::Response request_it(std::string key = "") {
    return command(aiko, "/api/v1/requests",
                   json::Object{{"account", "200000000001"},
                                {"duration", "1h"},
                                {"emergency", "E-1"},
                                {"acknowledge", warnings()},
                                {"process", "operate-workload"},
                                {"reason", "Checkout is saturated"}},
                   std::move(key));
  }
  static json::Array warnings() {
    json::Array out;
    for (const std::string& each : ask_for_prod_web().acknowledged) out.push_back(each);
    return out;
  }
  http::Response answer_it(const PersonId& person, const std::string& decision = "approve") {
    const json::Value request = json::parse(look(person, "/api/v1/requests/R-1").body).value();
    const json::Value* to_sign = request.find("to_sign");
    const std::string statement(to_sign == nullptr ? "" : to_sign->text_at(decision));
    return command(person, "/api/v1/requests/R-1/answer",
                   json::Object{{"decision", decision},
                                {"reason", decision == "deny" ? "Not tonight." : ""},
                                {"signature", TestKey(person.text()).sign("postern-approval", statement)},
                                {"statement", statement}});
  }
  /// All entries of that type, as text.
  std::string entries_of(const std::string& type) {
    std::string out;
    const auto stored = store_->read(0, store::read_entries_max).value();
    for (const auto& each : stored)
      if (each.bytes.find("\"type\":\"" + type + "\"") != std::string::npos) out += each.bytes + "\n";
    return out;
  }

  std::unique_ptr<store::Store> store_ = store::open_memory();
  ledger::NoteSigner signer_ =
      ledger::NoteSigner::from_seed(std::string(ledger_origin), Secret(Bytes(32, 'k'))).value();
  StandingClock clock_;
  CountingRandom random_;
  broker::Broker broker_{open_writer(), clock_, {}};
  identity::Challenges challenges_{std::string(ledger_origin), random_};
  identity::Tokens tokens_{Secret(Bytes(32, 't'))};
  identity::NoiseMeter noise_;
  /// Refuses what holds the word "fault"; everything else reads as the example with another min_people.
  static Result<std::shared_ptr<const catalog::Catalog>> judge(std::string_view bundle) {
    if (bundle.find("fault") != std::string_view::npos)
      return fail(ErrorCode::invalid, "catalog.yaml:1:1: error");
    catalog::Catalog out = company();
    out.min_people = 3;
    return std::make_shared<const catalog::Catalog>(std::move(out));
  }
  Api api_{{broker_, *store_, challenges_, tokens_, noise_, random_, "test", judge}};
  int next_key_ = 0;
};

}  // namespace postern::server
