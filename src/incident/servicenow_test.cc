#include <gtest/gtest.h>

#include "base/json.h"
#include "incident/world_for_test.h"

namespace postern::incident {
namespace {

using for_test::TicketSystem;

const std::string table = "https://acme.service-now.com/api/now/table/incident";
const std::string fields = "sysparm_fields=sys_id%2Cnumber%2Cshort_description%2Cstate%2Ccorrelation_id";
const std::string sys_id = "d977b66a4f411200adf9f8e18110c7b2";
const std::string by_number = "GET " + table + "?sysparm_query=number%3DINC0010023&sysparm_limit=1&" + fields;
const std::string patch = "PATCH " + table + "/" + sys_id + "?" + fields;

std::string row(const std::string& state, const std::string& number = "INC0010023") {
  return R"({"sys_id":")" + sys_id + R"(","number":")" + number + R"(","short_description":"IdP","state":")" +
         state + R"(","correlation_id":""})";
}
std::string one(const std::string& row) { return R"({"result":)" + row + "}"; }
std::string list(const std::string& rows) { return R"({"result":[)" + rows + "]}"; }

struct ServiceNowIncident : testing::Test {
  TicketSystem system;
  std::unique_ptr<Provider> tickets =
      for_test::provider(system, {.kind = "servicenow",
                                  .settings = {{"url", "https://acme.service-now.com/"},
                                               {"username", "postern"},
                                               {"password", for_test::secret_named("PASSWORD")}}});
};

TEST_F(ServiceNowIncident, IsOpenUnlessResolvedClosedOrCancelled) {
  for (const char* state : {"1", "2", "3", "6", "7", "8"}) {
    TicketSystem fresh;
    fresh.answer(by_number, 200, list(row(state)));
    const auto asked = for_test::provider(fresh, {.kind = "servicenow",
                                                  .settings = {{"url", "https://acme.service-now.com"},
                                                               {"token", for_test::secret_named("TOKEN")}}});
    EXPECT_EQ(asked->find("INC0010023")->is_open, std::string(state) < "6") << state;
    EXPECT_EQ(fresh.sent.front().headers.at("authorization"), "Bearer secret-TOKEN");
  }
}

TEST_F(ServiceNowIncident, IsAskedForWithNameAndPassword) {
  system.answer(by_number, 200, list(row("1")));
  ASSERT_TRUE(tickets->find("INC0010023"));
  // printf 'postern:secret-PASSWORD' | base64
  EXPECT_EQ(system.sent.front().headers.at("authorization"), "Basic cG9zdGVybjpzZWNyZXQtUEFTU1dPUkQ=");
}

TEST_F(ServiceNowIncident, IsNotFoundInAnEmptyListOrInOneOfOthers) {
  system.answer(by_number, 200, list(""));
  system.answer(by_number, 200, list(row("1", "INC0000001")));
  EXPECT_EQ(tickets->find("INC0010023").error().code, ErrorCode::not_found);
  EXPECT_EQ(tickets->find("INC0010023").error().code, ErrorCode::invalid);
}

TEST_F(ServiceNowIncident, RefusesABadNumberBeforeAnythingIsSent) {
  EXPECT_EQ(for_test::accepted_among_bad_numbers(system, *tickets), std::vector<std::string>());
}

TEST_F(ServiceNowIncident, IsLookedUpBeforeItIsCreated) {
  system.answer("POST " + table + "?" + fields, 201, one(row("1")));
  // The tag is a digest of the key, so the URL is learnt from a first try that finds no script for it.
  EXPECT_EQ(tickets->create(for_test::draft()).error().code, ErrorCode::unavailable);
  const std::string search = system.requests().front();
  system.answer(search, 200, list(""));
  ASSERT_TRUE(tickets->create(for_test::draft()));
  const std::string tag(json::parse(system.sent.back().body)->text_at("correlation_id"));
  EXPECT_NE(search.find("correlation_id%3D" + tag + "&"), std::string::npos);
  system.answer(
      search, 200,
      list(R"({"sys_id":")" + sys_id + R"(","number":"INC7","state":"2","correlation_id":")" + tag + "\"}"));
  static_cast<void>(tickets->create(for_test::draft()));
  EXPECT_EQ(tickets->create(for_test::draft())->number, "INC7");
  EXPECT_EQ(system.requests().back(), search);
}

TEST_F(ServiceNowIncident, TakesNotesAtItsRecord) {
  system.answer(by_number, 200, list(row("1")));
  system.answer(patch, 200, one(row("1")));
  ASSERT_TRUE(tickets->append("INC0010023", "N-1", "Granted."));
  EXPECT_EQ(system.sent.back().body, R"({"work_notes":"Granted."})");
}

TEST_F(ServiceNowIncident, IsClosedOnlyWhenTheInstanceSaysSo) {
  system.answer(by_number, 200, list(row("2")));
  system.answer(patch, 200, one(row("2")));
  system.answer(patch, 200, one(row("7")));
  EXPECT_EQ(tickets->close("INC0010023", "Over.").error().code, ErrorCode::invalid);
  EXPECT_TRUE(tickets->close("INC0010023", "Over."));
  EXPECT_EQ(system.sent.back().body,
            R"({"close_code":"Solution provided","close_notes":"Over.","state":"7"})");
}

TEST_F(ServiceNowIncident, IsNotClosedTwice) {
  system.answer(by_number, 200, list(row("7")));
  EXPECT_TRUE(tickets->close("INC0010023", "Over."));
  EXPECT_EQ(system.sent.size(), 1U);
}

TEST_F(ServiceNowIncident, IsNeverChangedThroughARecordNameThatIsNone) {
  system.answer(by_number, 200, list(R"({"sys_id":"../sys_user/1","number":"INC0010023","state":"1"})"));
  EXPECT_EQ(tickets->append("INC0010023", "N-1", "x").error().code, ErrorCode::invalid);
  EXPECT_EQ(system.sent.size(), 1U);
}

}  // namespace
}  // namespace postern::incident
