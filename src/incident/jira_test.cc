#include <gtest/gtest.h>

#include "base/json.h"
#include "incident/world_for_test.h"

namespace postern::incident {
namespace {

using for_test::TicketSystem;

const std::string api = "https://acme.atlassian.net/rest/api/3";
const std::string get = "GET " + api + "/issue/OPS-7?fields=summary,status";

std::string issue(const std::string& category, const std::string& labels = "") {
  return R"({"key":"OPS-7","fields":{"summary":"IdP","labels":[)" + labels +
         R"(],"status":{"statusCategory":{"key":")" + category + R"("}}}})";
}

struct JiraIssue : testing::Test {
  TicketSystem system;
  std::unique_ptr<Provider> tickets =
      for_test::provider(system, {.kind = "jira",
                                  .settings = {{"url", "https://acme.atlassian.net"},
                                               {"token", for_test::secret_named("TOKEN")},
                                               {"project", "OPS"}}});
};

TEST_F(JiraIssue, IsOpenUntilItsStatusIsOfTheCategoryDone) {
  system.answer(get, 200, issue("new"));
  system.answer(get, 200, issue("indeterminate"));
  system.answer(get, 200, issue("done"));
  EXPECT_TRUE(tickets->find("OPS-7")->is_open);
  EXPECT_TRUE(tickets->find("OPS-7")->is_open);
  const Incident done = tickets->find("OPS-7").value();
  EXPECT_FALSE(done.is_open);
  EXPECT_EQ(done.url, "https://acme.atlassian.net/browse/OPS-7");
}

TEST_F(JiraIssue, RefusesABadNumberBeforeAnythingIsSent) {
  EXPECT_EQ(for_test::accepted_among_bad_numbers(system, *tickets), std::vector<std::string>());
  EXPECT_EQ(tickets->find("OPS").error().code, ErrorCode::invalid);
  EXPECT_EQ(tickets->find("OPS-7-8").error().code, ErrorCode::invalid);
  EXPECT_TRUE(system.sent.empty());
}

TEST_F(JiraIssue, IsCreatedWithALabelAndFoundByItTheNextTime) {
  const std::string search = "POST " + api + "/search/jql";
  system.answer(search, 200, R"({"issues":[]})");
  system.answer("POST " + api + "/issue", 201, R"({"id":"10000","key":"OPS-7"})");
  EXPECT_EQ(tickets->create(for_test::draft())->number, "OPS-7");
  const json::Value sent = json::parse(system.sent.back().body).value();
  const std::string label = *sent.find("fields")->find("labels")->as_array()->front().as_string();
  EXPECT_EQ(json::parse(system.sent.front().body)->text_at("jql"), "labels = \"" + label + "\"");
  EXPECT_EQ(sent.find("fields")->find("description")->find("content")->as_array()->size(), 2U);
  TicketSystem later;
  later.answer(search, 200, R"({"issues":[)" + issue("new", '"' + label + '"') + "]}");
  const auto again = for_test::provider(later, {.kind = "jira",
                                                .settings = {{"url", "https://acme.atlassian.net"},
                                                             {"username", "bot@example.net"},
                                                             {"token", for_test::secret_named("TOKEN")},
                                                             {"project", "OPS"}}});
  EXPECT_EQ(again->create(for_test::draft())->number, "OPS-7");
  EXPECT_EQ(later.sent.size(), 1U);
  EXPECT_TRUE(later.sent.front().headers.at("authorization").starts_with("Basic "));
}

TEST_F(JiraIssue, IsNeverAStrangersThatALooseSearchBrings) {
  system.answer("POST " + api + "/search/jql", 200, R"({"issues":[)" + issue("new", "\"other\"") + "]}");
  EXPECT_EQ(tickets->create(for_test::draft()).error().code, ErrorCode::invalid);
  EXPECT_EQ(system.sent.size(), 1U);
}

TEST_F(JiraIssue, TakesACommentWithoutEmptyTextNodes) {
  system.answer("POST " + api + "/issue/OPS-7/comment", 201, R"({"id":"1"})");
  ASSERT_TRUE(tickets->append("OPS-7", "N-1", "a\n\nb"));
  EXPECT_EQ(system.sent.front().body,
            R"({"body":{"content":[{"content":[{"text":"a","type":"text"}],"type":"paragraph"},)"
            R"({"type":"paragraph"},{"content":[{"text":"b","type":"text"}],"type":"paragraph"}],)"
            R"("type":"doc","version":1}})");
}

TEST_F(JiraIssue, IsClosedByTheTransitionThatLeadsToDone) {
  system.answer(get, 200, issue("new"));
  system.answer("GET " + api + "/issue/OPS-7/transitions", 200,
                R"({"transitions":[{"id":"11","to":{"statusCategory":{"key":"new"}}},)"
                R"({"id":"31","to":{"statusCategory":{"key":"done"}}}]})");
  system.answer("POST " + api + "/issue/OPS-7/comment", 201, R"({"id":"1"})");
  system.answer("POST " + api + "/issue/OPS-7/transitions", 204, "");
  ASSERT_TRUE(tickets->close("OPS-7", "Over."));
  EXPECT_EQ(system.sent.back().body, R"({"transition":{"id":"31"}})");
}

TEST_F(JiraIssue, SaysSoWhenItsWorkflowKnowsNoWayToDone) {
  system.answer(get, 200, issue("new"));
  system.answer("GET " + api + "/issue/OPS-7/transitions", 200, R"({"transitions":[]})");
  const Error error = tickets->close("OPS-7", "Over.").error();
  EXPECT_EQ(error.code, ErrorCode::invalid);
  EXPECT_NE(error.message.find("by hand"), std::string::npos);
}

}  // namespace
}  // namespace postern::incident
