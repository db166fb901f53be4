#include "server/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/encoding.h"
#include "ledger/proof.h"
#include "server/api_for_test.h"
#include "server/problem.h"

namespace postern::server {
namespace {

using namespace emergency::test_world;  // NOLINT(google-build-using-namespace): the people of the test world
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(ApiTest, TakesARequestFromDeclarationToASessionPlan) {
  EXPECT_THAT(declare_it().body, HasSubstr("\"resource\":\"E-1\""));
  EXPECT_THAT(request_it().body, HasSubstr("\"resource\":\"R-1\""));
  EXPECT_THAT(answer_it(ben).body, HasSubstr("\"grant\":\"G-1\""));
  const http::Response opened = command(aiko, "/api/v1/grants/G-1/sessions", json::Object{});
  EXPECT_EQ(opened.status, 200);
  EXPECT_THAT(opened.body,
              HasSubstr("\"emergency_role_arn\":\"arn:aws:iam::100000000009:role/EmergencyAccess_Ops\""));
  EXPECT_THAT(opened.body,
              HasSubstr("\"target_role_arn\":\"arn:aws:iam::200000000001:role/EmergencyAccess_Ops\""));
  EXPECT_THAT(opened.body, HasSubstr("\"source_identity\":\"aiko\""));
  const http::Response reported =
      command(aiko, "/api/v1/sessions/S-1/report", json::Object{{"failure", "AWS said no"}});
  EXPECT_EQ(reported.status, 200);
  EXPECT_THAT(entries_of("session.failed"), HasSubstr("AWS said no"));
}

TEST_F(ApiTest, OffersAStatementToSignOnlyToThoseWhoMayAnswer) {
  declare_it();
  request_it();
  EXPECT_THAT(look(ben, "/api/v1/requests/R-1").body, HasSubstr("postern-approval/1"));
  EXPECT_THAT(look(aiko, "/api/v1/requests/R-1").body, HasSubstr("\"to_sign\":null"));
  EXPECT_THAT(look(fumi, "/api/v1/requests/R-1").body, HasSubstr("\"to_sign\":null"));
}

TEST_F(ApiTest, RefusesAndRecordsAnApprovalByTheRequester) {
  declare_it();
  request_it();
  EXPECT_EQ(answer_it(aiko).status, 403);
  EXPECT_THAT(entries_of("command.refused"), HasSubstr("\"by\":\"person:aiko\""));
  EXPECT_THAT(entries_of("command.refused"), HasSubstr("Nobody answers their own request"));
}

TEST_F(ApiTest, CarriesOutACommandOnceHoweverOftenItIsSent) {
  declare_it();
  const json::Value first = json::parse(request_it("once").body).value();
  const json::Value second = json::parse(request_it("once").body).value();
  EXPECT_EQ(first.find("receipt")->find("first_entry")->as_integer()[0],
            second.find("receipt")->find("first_entry")->as_integer()[0]);
  EXPECT_TRUE(*second.find("receipt")->find("repeated")->as_bool());
  EXPECT_EQ(second.text_at("resource"), "R-1");
}

TEST_F(ApiTest, TakesNoCommandWithoutAnIdempotencyKey) {
  EXPECT_EQ(send("POST", "/api/v1/emergencies", "{\"mode\":\"idp-unavailable\"}", token_of(dana)).status,
            400);
}

TEST_F(ApiTest, KeepsTheReasonBesideTheLogAndNotInIt) {
  declare_it();
  request_it();
  EXPECT_EQ(entries_of("request.submitted").find("Checkout"), std::string::npos);
  EXPECT_THAT(look(ben, "/api/v1/requests/R-1").body, HasSubstr("\"reason_text\":\"Checkout is saturated\""));
}

TEST_F(ApiTest, RefusesAndRecordsAReplayedLogin) {
  const json::Value issued = challenge(aiko);
  EXPECT_EQ(log_in(aiko, issued, TestKey("aiko")).status, 200);
  EXPECT_EQ(log_in(aiko, issued, TestKey("aiko")).status, 401);
  EXPECT_THAT(entries_of("command.refused"), HasSubstr("login.open"));
}

TEST_F(ApiTest, CountsStrangersInsteadOfRecordingEach) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(log_in(aiko, challenge(aiko), TestKey("mallory")).status, 401);
    EXPECT_EQ(log_in(id<PersonId>("nobody"), challenge(id<PersonId>("nobody")), TestKey("mallory")).status,
              401);
    EXPECT_EQ(send("GET", "/api/v1/status").status, 401);
    EXPECT_EQ(send("GET", "/api/v1/status", "", "forged.token").status, 401);
  }
  api_.flush_noise(identity::NoiseMeter::Which::all);
  EXPECT_EQ(entries_of("command.refused"), "");
  EXPECT_THAT(entries_of("noise.counted"), HasSubstr("\"count\":100,"));
}

TEST_F(ApiTest, GivesAClearErrorForWhatItCannotRead) {
  const std::string token = token_of(dana);
  EXPECT_EQ(send("POST", "/api/v1/emergencies", "{\"mode\":", token, "k1").status, 400);
  EXPECT_EQ(send("POST", "/api/v1/emergencies", "[]", token, "k2").status, 400);
  EXPECT_EQ(send("POST", "/api/v1/emergencies", "{\"mode\":\"x\",\"mode\":\"y\"}", token, "k3").status, 400);
  EXPECT_EQ(
      send("POST", "/api/v1/emergencies", "{\"mode\":\"idp-unavailable\",\"extra\":1}", token, "k4").status,
      400);
  EXPECT_EQ(
      send("POST", "/api/v1/emergencies", "{\"incident\":\"" + std::string(100'000, 'x') + "\"}", token, "k5")
          .status,
      400);
  EXPECT_EQ(send("POST", "/api/v1/emergencies", "{\"mode\":\"no such mode\"}", token, "k6").status, 400);
  EXPECT_EQ(send("GET", "/api/v1/requests/R-99", "", token).status, 404);
  EXPECT_EQ(send("GET", "/api/v1/nothing", "", token).status, 404);
  EXPECT_EQ(send("PUT", "/api/v1/status", "", token).status, 400);
  EXPECT_THAT(entries_of("command.refused"), HasSubstr("http.read"));
  EXPECT_EQ(entries_of("emergency.declared"), "");
}

TEST_F(ApiTest, RecordsAlsoWhatNeverReachedTheRules) {
  EXPECT_EQ(command(aiko, "/api/v1/requests", json::Object{{"reason", ""}}).status, 400);
  EXPECT_EQ(command(aiko, "/api/v1/grants/G-1/close", json::Object{{"extra", 1}}).status, 400);
  const std::string refusals = entries_of("command.refused");
  EXPECT_EQ(std::count(refusals.begin(), refusals.end(), '\n'), 2);
}

TEST_F(ApiTest, SurvivesATimeBeyondTheCalendar) {
  declare_it();
  request_it();
  answer_it(ben);
  command(aiko, "/api/v1/grants/G-1/sessions", json::Object{});
  const json::Object report{{"access_key_id", "ASIAEXAMPLE000000002"},
                            {"assumed_role_arn", "arn"},
                            {"expires_at", "9999-12-31T23:59:60Z"},
                            {"hop_one_access_key_id", "ASIAEXAMPLE000000001"},
                            {"region", "eu-west-1"}};
  EXPECT_EQ(command(aiko, "/api/v1/sessions/S-1/report", report).status, 400);
}

TEST_F(ApiTest, GivesThePlanAgainOnlyWhileTheWayIsOpen) {
  declare_it();
  request_it();
  answer_it(ben);
  EXPECT_THAT(command(aiko, "/api/v1/grants/G-1/sessions", json::Object{}, "again").body, HasSubstr("plan"));
  EXPECT_THAT(command(aiko, "/api/v1/grants/G-1/sessions", json::Object{}, "again").body, HasSubstr("plan"));
  command(aiko, "/api/v1/grants/G-1/close", json::Object{});
  EXPECT_EQ(command(aiko, "/api/v1/grants/G-1/sessions", json::Object{}, "again").status, 409);
}

TEST_F(ApiTest, TakesNothingThatAWebPageCouldSendUnasked) {
  http::Request request{.method = "POST",
                        .path = "/api/v1/login/challenge",
                        .query = {},
                        .headers = {{"content-type", "text/plain"}},
                        .body = "{\"person\":\"aiko\"}",
                        .peer = {}};
  EXPECT_EQ(api_.handle(request).status, 400);
}

TEST_F(ApiTest, ProvesAnEntryToWhoeverHasTheLogsKey) {
  declare_it();
  const json::Value answer = json::parse(look(emil, "/api/v1/ledger/proof?index=3").body).value();
  const Bytes entry = from_base64(answer.text_at("entry")).value();
  const auto proof = ledger::parse_proof(answer.text_at("proof"));
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_TRUE(ledger::verify(*proof, entry, signer_.verifier()));
  EXPECT_FALSE(ledger::verify(*proof, entry + " ", signer_.verifier()));
  EXPECT_EQ(look(emil, "/api/v1/ledger/proof?index=999").status, 404);
}

TEST_F(ApiTest, FillsThePlaybookForAGrant) {
  declare_it();
  request_it();
  answer_it(ben);
  const http::Response filled = look(aiko, "/api/v1/processes/operate-workload/playbook?grant=G-1");
  EXPECT_THAT(filled.body, HasSubstr("\"markdown\":\"# The IdP is unavailable"));
  EXPECT_THAT(filled.body, HasSubstr("\"gate\":\"detected\""));
}

/// (method, path) as docs/openapi.yaml has them: paths stand two spaces in, methods four.
std::set<std::pair<std::string, std::string>> described_addresses() {
  std::set<std::pair<std::string, std::string>> out;
  std::ifstream file(POSTERN_SOURCE_DIR "/docs/openapi.yaml");
  std::string path;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("  /") && line.ends_with(":")) path = line.substr(2, line.size() - 3);
    for (const auto& [name, method] : {std::pair("    get:", "GET"), std::pair("    post:", "POST")})
      if (!path.empty() && line == name) out.emplace(method, path);
    if (line.starts_with("components:")) path.clear();
  }
  return out;
}

TEST(Api, IsDescribedAddressByAddressInItsOpenApiDocument) {
  const auto served = Api::addresses();
  EXPECT_EQ(described_addresses(),
            (std::set<std::pair<std::string, std::string>>(served.begin(), served.end())));
}

TEST(Problem, GivesEachCodeItsOwnStatusAndName) {
  EXPECT_EQ(status_of(ErrorCode::forbidden), 403);
  EXPECT_EQ(status_of(ErrorCode::conflict), 409);
  EXPECT_EQ(status_of(ErrorCode::outcome_unknown), 504);
  const http::Response response = problem({ErrorCode::not_found, "There is no R-7."});
  EXPECT_EQ(response.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(json::parse(response.body).value().text_at("code"), "not_found");
  EXPECT_EQ(json::parse(response.body).value().text_at("detail"), "There is no R-7.");
}

class CatalogApi : public ApiTest {
 protected:
  const json::Object bundle_{{"files", json::Object{{"catalog.yaml", "version: 1\n"}}},
                             {"format", "postern-catalog/1"}};
  const Digest proposed_ = sha256(json::canonical(bundle_));

  json::Value catalog() { return json::parse(look(aiko, "/api/v1/catalog").body).value(); }
  http::Response sign_it(const PersonId& owner) {
    const Digest in_force = Digest::from_hex(catalog().text_at("catalog")).value();
    const emergency::OwnerSignature signature =
        signature_of(owner, emergency::catalog_statement(proposed_, in_force));
    return command(owner, "/api/v1/catalog/proposals/" + proposed_.hex() + "/signatures",
                   json::Object{{"key", signature.key}, {"signature", signature.signature}});
  }
};

TEST_F(CatalogApi, TakesAProposalFromAnOwnerToItsSignatures) {
  EXPECT_EQ(command(dana, "/api/v1/catalog/proposals", bundle_).status, 200);
  EXPECT_THAT(look(aiko, "/api/v1/catalog").body, HasSubstr("\"signed_by\":[]"));
  EXPECT_EQ(
      json::parse(look(emil, "/api/v1/catalog/bundles/" + proposed_.hex()).body).value().text_at("bundle"),
      json::canonical(bundle_));
  EXPECT_EQ(sign_it(dana).status, 200);
  EXPECT_NE(catalog().text_at("catalog"), proposed_.hex());
  EXPECT_EQ(sign_it(emil).status, 200);
  EXPECT_EQ(catalog().text_at("catalog"), proposed_.hex());
}

TEST_F(CatalogApi, KeepsNothingOfWhoMayNotProposeAndNothingThatHasFaults) {
  EXPECT_EQ(command(aiko, "/api/v1/catalog/proposals", bundle_).status, 403);
  EXPECT_FALSE(store_->get(proposed_));
  const json::Object faulty{{"files", json::Object{{"catalog.yaml", "fault"}}},
                            {"format", "postern-catalog/1"}};
  EXPECT_THAT(command(dana, "/api/v1/catalog/proposals", faulty).body, HasSubstr("catalog.yaml:1:1: error"));
  EXPECT_FALSE(store_->get(sha256(json::canonical(faulty))));
}

TEST_F(CatalogApi, ShowsOnlyWhatIsInForceOrProposed) {
  const Digest other = store_->put("another blob").value();
  EXPECT_EQ(look(aiko, "/api/v1/catalog/bundles/" + other.hex()).status, 404);
  EXPECT_EQ(look(aiko, "/api/v1/catalog/bundles/xyz").status, 400);
  EXPECT_EQ(look(aiko, "/api/v1/catalog/bundles/" + std::string(catalog().text_at("catalog"))).status, 200);
}

TEST_F(CatalogApi, TakesALargerBodyForAProposalThanForAnythingElse) {
  json::Object large = bundle_;
  large["files"] = json::Object{{"catalog.yaml", std::string(200'000, 'x')}};
  EXPECT_EQ(command(dana, "/api/v1/catalog/proposals", large).status, 200);
  EXPECT_EQ(command(dana, "/api/v1/me/checks", large).status, 400);
}

TEST_F(ApiTest, RemembersWhenSomebodyCheckedTheirOwnWayIn) {
  const auto own = [&] { return json::parse(look(aiko, "/api/v1/status").body).value(); };
  EXPECT_THAT(json::canonical(*own().find("self_check")), HasSubstr("\"is_stale\":true"));
  const json::Array checks{json::Object{{"name", "hop one"}, {"passed", true}},
                           json::Object{{"name", "hop two"}, {"note", "AccessDenied"}, {"passed", false}}};
  EXPECT_EQ(command(aiko, "/api/v1/me/checks", json::Object{{"checks", checks}}).status, 200);
  EXPECT_THAT(json::canonical(*own().find("self_check")),
              AllOf(HasSubstr("\"failed\":[\"hop two\"]"), HasSubstr("\"is_stale\":false")));
  EXPECT_EQ(command(aiko, "/api/v1/me/checks", json::Object{{"checks", json::Array{}}}).status, 400);
}

}  // namespace
}  // namespace postern::server
