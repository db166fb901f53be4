// Asking, answering and being told over HTTP.
#include <gmock/gmock.h>

#include "base/encoding.h"
#include "server/api_for_test.h"

namespace postern::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ApiRequest : public ApiTest {
 protected:
  ApiRequest() { declare_it(); }
  static json::Object body(const std::function<void(json::Object&)>& change = [](json::Object&) {}) {
    json::Object out{
        {"account", "200000000001"}, {"acknowledge", warnings()},     {"duration", "1h"},
        {"emergency", "E-1"},        {"process", "operate-workload"}, {"reason", "Checkout is saturated"}};
    change(out);
    return out;
  }
  http::Response ask(const std::function<void(json::Object&)>& change) {
    return command(aiko, "/api/v1/requests", body(change));
  }
  http::Response as_desk(const std::string& method, const std::string& path, const json::Value& what,
                         const std::string& token = std::string(desk_token)) {
    return send(method, path, method == "GET" ? "" : json::canonical(what), token,
                "desk-" + std::to_string(next_key_++));
  }
};

TEST_F(ApiRequest, ExplainsWhatWouldBeAskedOfWhomAndMakesNothing) {
  const http::Response explained = command(aiko, "/api/v1/requests/explain", body([](json::Object& out) {
                                             out.erase("reason");
                                             out.erase("acknowledge");
                                           }));
  EXPECT_EQ(explained.status, 200) << explained.body;
  EXPECT_THAT(explained.body,
              AllOf(HasSubstr("\"allowed\":true"), HasSubstr("\"asked_now\":[\"ben\"]"),
                    HasSubstr("\"asked_now\":[\"dana\",\"emil\"]"), HasSubstr("own way in checked lately")));
  EXPECT_EQ(look(aiko, "/api/v1/requests/R-1").status, 404);
  EXPECT_EQ(entries_of("request.submitted"), "");
}

TEST_F(ApiRequest, ExplainsARefusalInItsOwnWords) {
  const http::Response explained =
      command(dana, "/api/v1/requests/explain", body([](json::Object& out) { out.erase("reason"); }));
  EXPECT_THAT(explained.body, AllOf(HasSubstr("\"allowed\":false"), HasSubstr("dana may not request")));
}

TEST_F(ApiRequest, NamesWhatMustBeAcknowledged) {
  const http::Response refused = ask([](json::Object& out) { out.erase("acknowledge"); });
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("To be acknowledged by whoever asks"));
}

TEST_F(ApiRequest, RefusesWhatIsTooLongOrUnreadable) {
  EXPECT_EQ(ask([](json::Object& out) { out["reason"] = std::string(2001, 'x'); }).status, 400);
  EXPECT_EQ(ask([](json::Object& out) { out["reason"] = "right\u202eto left"; }).status, 400);
  EXPECT_EQ(ask([](json::Object& out) { out["reason"] = "bell\a"; }).status, 400);
  EXPECT_EQ(ask([](json::Object& out) { out["fields"] = json::Array{}; }).status, 400);
  EXPECT_EQ(ask([](json::Object& out) { out["fields"] = json::Object{{"x", 1}}; }).status, 400);
  EXPECT_EQ(ask([](json::Object& out) { out["starts_at"] = "tomorrow"; }).status, 400);
  EXPECT_EQ(ask([](json::Object& out) { out["fields"] = json::Object{{"x", "y"}}; }).status, 400);
  const std::string megabyte = "{\"reason\":\"" + std::string(1U << 20U, 'x') + "\"}";
  EXPECT_GE(send("POST", "/api/v1/requests", megabyte, token_of(aiko), "big").status, 400);
}

TEST_F(ApiRequest, TellsTheStoryAndWhoIsAskedNow) {
  request_it();
  const std::string shown = look(ben, "/api/v1/requests/R-1").body;
  EXPECT_THAT(shown, AllOf(HasSubstr("\"asked_now\":[\"ben\"]"), HasSubstr("\"type\":\"request.submitted\""),
                           HasSubstr("\"type\":\"request.checked\"")));
}

TEST_F(ApiRequest, ShowsAnEarlierDenialToWhoeverIsAskedNext) {
  request_it();
  EXPECT_EQ(answer_it(ben, "deny").status, 200);
  request_it();
  const std::string shown = look(ben, "/api/v1/requests/R-2").body;
  EXPECT_THAT(shown, AllOf(HasSubstr("\"earlier_denials\":[{"), HasSubstr("Not tonight.")));
}

TEST_F(ApiRequest, TakesASignatureThatSomebodyElseBrings) {
  request_it();
  const json::Value request = json::parse(look(ben, "/api/v1/requests/R-1").body).value();
  const std::string statement(request.find("to_sign")->text_at("approve"));
  const http::Response brought =
      command(emil, "/api/v1/requests/R-1/answer",
              json::Object{{"decision", "approve"},
                           {"signature", TestKey("ben").sign("postern-approval", statement)},
                           {"signer", "ben"},
                           {"statement", statement}});
  EXPECT_EQ(brought.status, 200) << brought.body;
  EXPECT_THAT(entries_of("request.approved"),
              AllOf(HasSubstr("person:emil"), HasSubstr("\"person\":\"ben\"")));
}

// --- Services
// ---------------------------------------------------------------------------------------------------------

TEST_F(ApiRequest, LetsAServiceAskAndSeeWhatItAskedForAndNothingElse) {
  const http::Response asked =
      as_desk("POST", "/api/v1/requests", body([](json::Object& out) { out["for"] = "aiko"; }));
  EXPECT_EQ(asked.status, 200) << asked.body;
  EXPECT_THAT(as_desk("GET", "/api/v1/requests/R-1", {}).body, HasSubstr("\"asked_by\":\"desk\""));
  command(ben, "/api/v1/requests", body());
  EXPECT_EQ(as_desk("GET", "/api/v1/requests/R-2", {}).status, 404);
  EXPECT_EQ(as_desk("POST", "/api/v1/requests/R-2/withdraw", json::Object{}).status, 403);
  EXPECT_EQ(as_desk("POST", "/api/v1/requests/R-1/withdraw", json::Object{}).status, 200);
  for (const char* path : {"/api/v1/status", "/api/v1/ledger/entries", "/api/v1/processes"})
    EXPECT_EQ(as_desk("GET", path, {}).status, 403) << path;
  for (const char* path : {"/api/v1/requests/R-2/answer", "/api/v1/emergencies", "/api/v1/notices/test"})
    EXPECT_EQ(as_desk("POST", path, json::Object{}).status, 403) << path;
}

TEST_F(ApiRequest, ShowsAServiceNoDenialOfWhatItDidNotAskFor) {
  request_it();
  answer_it(ben, "deny");
  as_desk("POST", "/api/v1/requests", body([](json::Object& out) { out["for"] = "aiko"; }));
  const std::string shown = as_desk("GET", "/api/v1/requests/R-2", {}).body;
  EXPECT_THAT(shown, AllOf(HasSubstr("\"earlier_denials\":[]"), Not(HasSubstr("Not tonight."))));
}

TEST_F(ApiRequest, KnowsAServiceByItsWholeTokenOnly) {
  const auto with = [&](const std::string& token) {
    return as_desk("POST", "/api/v1/requests", body([](json::Object& out) { out["for"] = "aiko"; }), token)
        .status;
  };
  EXPECT_EQ(with(std::string(desk_token) + "x"), 401);
  EXPECT_EQ(with("postern-service-"), 401);
  EXPECT_EQ(with(sha256(desk_token).hex()), 401);
  EXPECT_EQ(with(std::string(desk_token)), 200);
}

TEST_F(ApiRequest, AnswersAServicesRepeatedCallOnce) {
  const std::string text = json::canonical(body([](json::Object& out) { out["for"] = "aiko"; }));
  const std::string token(desk_token);
  const std::string first = send("POST", "/api/v1/requests", text, token, "same").body;
  const std::string second = send("POST", "/api/v1/requests", text, token, "same").body;
  EXPECT_THAT(first, HasSubstr("\"repeated\":false"));
  EXPECT_THAT(second, AllOf(HasSubstr("\"repeated\":true"), HasSubstr("\"resource\":\"R-1\"")));
}

// --- People
// -----------------------------------------------------------------------------------------------------------

TEST_F(ApiRequest, MarksAnAbsenceAndItsEnd) {
  const Instant from = start + std::chrono::minutes(10);
  const Instant to = from + std::chrono::hours(8);
  const std::string statement = emergency::absence_statement(ledger_origin, ben, from, to, ben);
  const http::Response marked =
      command(ben, "/api/v1/absences",
              json::Object{{"from", to_rfc3339(from)},
                           {"person", "ben"},
                           {"signature", TestKey("ben").sign("postern-absence", statement)},
                           {"statement", statement},
                           {"to", to_rfc3339(to)}});
  EXPECT_EQ(marked.status, 200) << marked.body;
  EXPECT_THAT(look(aiko, "/api/v1/status").body, HasSubstr("\"absences\":[{\"from\""));
  EXPECT_EQ(command(ben, "/api/v1/absences/ben/end", json::Object{}).status, 200);
  EXPECT_THAT(look(aiko, "/api/v1/status").body, HasSubstr("\"absences\":[]"));
}

TEST_F(ApiRequest, KeepsNotesInTheTimelineInWords) {
  EXPECT_EQ(
      command(dana, "/api/v1/emergencies/E-1/notes", json::Object{{"note", "We called the bank."}}).status,
      200);
  const std::string timeline = look(aiko, "/api/v1/emergencies/E-1/timeline").body;
  EXPECT_THAT(timeline,
              AllOf(HasSubstr("\"type\":\"emergency.declared\""), HasSubstr("We called the bank.")));
  EXPECT_THAT(entries_of("emergency.noted"), Not(HasSubstr("bank")));
}

TEST_F(ApiRequest, LinksAnIncidentAndShowsNoticesAndNoTextWithoutTemplates) {
  EXPECT_EQ(command(dana, "/api/v1/emergencies/E-1/incident", json::Object{{"incident", "OPS-7"}}).status,
            200);
  EXPECT_THAT(look(aiko, "/api/v1/emergencies/E-1").body, HasSubstr("\"incident_event\":\"linked\""));
  EXPECT_THAT(look(aiko, "/api/v1/notices").body, HasSubstr("\"dead_letters\":[]"));
  EXPECT_EQ(command(aiko, "/api/v1/notices/test", json::Object{}).status, 404);
  EXPECT_EQ(look(aiko, "/api/v1/emergencies/E-1/texts/customers").status, 404);
  EXPECT_EQ(look(aiko, "/api/v1/emergencies/E-1/texts/press").status, 404);
}

}  // namespace
}  // namespace postern::server
