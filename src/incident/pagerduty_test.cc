#include <gtest/gtest.h>

#include "base/json.h"
#include "incident/world_for_test.h"

namespace postern::incident {
namespace {

using for_test::TicketSystem;

const std::string api = "https://api.pagerduty.com/incidents";
const std::string search = "GET " + api + "?date_range=all&limit=25&incident_key=postern.example.net%2FE-1";
const std::string open =
    R"({"id":"PT4KHLK","status":"triggered","title":"IdP","incident_key":"postern.example.net/E-1"})";
const std::string resolved =
    R"({"id":"PT4KHLK","status":"resolved","title":"IdP","incident_key":"postern.example.net/E-1"})";

std::string one(const std::string& incident) { return R"({"incident":)" + incident + "}"; }
std::string list(const std::string& incidents) { return R"({"incidents":[)" + incidents + "]}"; }

struct PagerDutyIncident : testing::Test {
  TicketSystem system;
  std::unique_ptr<Provider> tickets =
      for_test::provider(system, {.kind = "pagerduty",
                                  .settings = {{"api_key", for_test::secret_named("KEY")},
                                               {"service", "PSERVICE"},
                                               {"from", "postern@example.net"}}});
};

TEST_F(PagerDutyIncident, IsOpenUntilItIsResolved) {
  system.answer("GET " + api + "/PT4KHLK", 200, one(open));
  system.answer("GET " + api + "/PT4KHLK", 200, one(resolved));
  EXPECT_TRUE(tickets->find("PT4KHLK")->is_open);
  EXPECT_FALSE(tickets->find("PT4KHLK")->is_open);
  EXPECT_EQ(system.sent.front().headers.at("authorization"), "Token token=secret-KEY");
  EXPECT_EQ(system.sent.front().headers.at("accept"), "application/vnd.pagerduty+json;version=2");
}

TEST_F(PagerDutyIncident, RefusesABadNumberBeforeAnythingIsSent) {
  EXPECT_EQ(for_test::accepted_among_bad_numbers(system, *tickets), std::vector<std::string>());
}

TEST_F(PagerDutyIncident, IsNotFoundInTheAnswerAboutAnotherOne) {
  system.answer("GET " + api + "/POTHER", 200, one(open));
  EXPECT_EQ(tickets->find("POTHER").error().code, ErrorCode::invalid);
}

TEST_F(PagerDutyIncident, IsCreatedOnceHoweverOftenItIsAsked) {
  system.answer(search, 200, list(""));
  system.answer(search, 200, list(open));
  system.answer("POST " + api, 201, one(open));
  EXPECT_EQ(tickets->create(for_test::draft())->number, "PT4KHLK");
  EXPECT_EQ(tickets->create(for_test::draft())->number, "PT4KHLK");
  EXPECT_EQ(system.requests(), (std::vector<std::string>{search, "POST " + api, search}));
  EXPECT_EQ(system.sent.at(1).headers.at("from"), "postern@example.net");
  const json::Value body = json::parse(system.sent.at(1).body).value();
  EXPECT_EQ(body.find("incident")->text_at("incident_key"), "postern.example.net/E-1");
  EXPECT_EQ(body.find("incident")->find("service")->text_at("id"), "PSERVICE");
}

TEST_F(PagerDutyIncident, IsTheOneThatCameFirstWhenPagerDutyRefusesASecond) {
  system.answer(search, 200, list(""));
  system.answer(search, 200, list(open));
  system.answer("POST " + api, 400, R"({"error":{"code":2002}})");
  EXPECT_EQ(tickets->create(for_test::draft())->number, "PT4KHLK");
}

TEST_F(PagerDutyIncident, IsNeverAStrangersThatALooseSearchBrings) {
  system.answer(search, 200, list(R"({"id":"PSTRANGE","status":"triggered","incident_key":"other"})"));
  system.answer("POST " + api, 201, one(open));
  EXPECT_EQ(tickets->create(for_test::draft())->number, "PT4KHLK");
}

TEST_F(PagerDutyIncident, TakesNotes) {
  system.answer("POST " + api + "/PT4KHLK/notes", 200, R"({"note":{"id":"P1","content":"Granted."}})");
  ASSERT_TRUE(tickets->append("PT4KHLK", "N-1", "Granted."));
  EXPECT_EQ(system.sent.front().body, R"({"note":{"content":"Granted."}})");
}

TEST_F(PagerDutyIncident, IsResolvedOnceAndOnlyWhenPagerDutySaysSo) {
  system.answer("GET " + api + "/PT4KHLK", 200, one(open));
  system.answer("GET " + api + "/PT4KHLK", 200, one(open));
  system.answer("GET " + api + "/PT4KHLK", 200, one(resolved));
  system.answer("PUT " + api + "/PT4KHLK", 200, one(open));
  system.answer("PUT " + api + "/PT4KHLK", 200, one(resolved));
  EXPECT_EQ(tickets->close("PT4KHLK", "Over.").error().code, ErrorCode::invalid);
  EXPECT_TRUE(tickets->close("PT4KHLK", "Over."));
  EXPECT_TRUE(tickets->close("PT4KHLK", "Over."));
  EXPECT_EQ(system.sent.size(), 5U);
}

TEST_F(PagerDutyIncident, GivesUpWhenItsStepsTogetherTakeTooLong) {
  system.takes = milliseconds(6000);
  system.answer(search, 200, list(""));
  system.answer("POST " + api, 400, "{}");
  EXPECT_EQ(tickets->create(for_test::draft()).error().code, ErrorCode::unavailable);
  EXPECT_EQ(system.sent.size(), 2U);
  EXPECT_EQ(system.sent.back().deadline, milliseconds(4000));
}

}  // namespace
}  // namespace postern::incident
