#include <gtest/gtest.h>

#include "base/json.h"
#include "incident/world_for_test.h"

namespace postern::incident {
namespace {

using for_test::TicketSystem;

const std::string base = "https://tickets.example.net/";
const std::string inc1 = "GET " + base + "INC-1";

catalog::Provider settings() {
  return {.kind = "http",
          .settings = {{"url", base + "{id}"},
                       {"token", for_test::secret_named("TOKEN")},
                       {"open_when.pointer", "/state/open"},
                       {"open_when.equals", "true"},
                       {"title.pointer", "/title"},
                       {"link.pointer", "/link"},
                       {"create.url", base + "new"},
                       {"create.number", "/number"},
                       {"note.url", base + "{id}/notes"},
                       {"close.url", base + "{id}/close"}}};
}

struct HttpTicket : testing::Test {
  TicketSystem system;
  std::unique_ptr<Provider> tickets = for_test::provider(system, settings());
};

TEST_F(HttpTicket, IsFoundOpenOrClosedByThePointersOfTheCatalog) {
  system.answer(inc1, 200,
                R"({"state":{"open":true},"title":"IdP\u202e down","link":"https://t.example.net/1"})");
  system.answer(inc1, 200, R"({"state":{"open":false},"link":"javascript:x"})");
  const Incident open = tickets->find("INC-1").value();
  EXPECT_TRUE(open.is_open);
  EXPECT_EQ(open.title, "IdP\uFFFD down");
  EXPECT_EQ(open.url, "https://t.example.net/1");
  const Incident closed = tickets->find("INC-1").value();
  EXPECT_FALSE(closed.is_open);
  EXPECT_EQ(closed.url, "");
  EXPECT_EQ(system.sent.front().headers.at("authorization"), "Bearer secret-TOKEN");
}

TEST_F(HttpTicket, IsNotCalledClosedWhenTheAnswerDoesNotSay) {
  system.answer(inc1, 200, R"({"title":"x"})");
  EXPECT_EQ(tickets->find("INC-1").error().code, ErrorCode::invalid);
}

TEST_F(HttpTicket, RefusesABadNumberBeforeAnythingIsSent) {
  EXPECT_EQ(for_test::accepted_among_bad_numbers(system, *tickets), std::vector<std::string>());
}

TEST_F(HttpTicket, NamesEveryStatusByWhatCanBeDoneAboutIt) {
  const std::map<int, ErrorCode> meaning = {
      {302, ErrorCode::unavailable}, {400, ErrorCode::invalid},     {401, ErrorCode::forbidden},
      {403, ErrorCode::forbidden},   {404, ErrorCode::not_found},   {408, ErrorCode::unavailable},
      {410, ErrorCode::not_found},   {425, ErrorCode::unavailable}, {429, ErrorCode::unavailable},
      {500, ErrorCode::unavailable}, {503, ErrorCode::unavailable}};
  for (const auto& [status, code] : meaning) {
    const std::string number = std::to_string(status);
    system.answer("GET " + base + number, status, R"({"state":{"open":true}})");
    EXPECT_EQ(tickets->find(number).error().code, code) << status;
  }
  EXPECT_EQ(tickets->find("unreachable").error().code, ErrorCode::unavailable);
}

TEST_F(HttpTicket, DoesNotBelieveALoginPageOrAnAnswerThatTwoReadersReadDifferently) {
  const std::map<std::string, ErrorCode> meaning = {
      {"<html>Log in</html>", ErrorCode::unavailable},
      {R"({"state":{"open":false},"state":{"open":true}})", ErrorCode::unavailable},
      {"7", ErrorCode::invalid},
      {"", ErrorCode::invalid}};
  for (const auto& [body, code] : meaning) {
    TicketSystem fresh;
    fresh.answer(inc1, 200, body);
    EXPECT_EQ(for_test::provider(fresh, settings())->find("INC-1").error().code, code) << body;
  }
  // Nor that a page says that there is none.
  TicketSystem proxy;
  proxy.answer(inc1, 404, "\n<!DOCTYPE html><title>Not found</title>");
  EXPECT_EQ(for_test::provider(proxy, settings())->find("INC-1").error().code, ErrorCode::unavailable);
}

TEST_F(HttpTicket, IsCreatedUnderTheSameIdempotencyKeyAtEveryTry) {
  system.answer("POST " + base + "new", 201, R"({"number":4711})");
  EXPECT_EQ(tickets->create(for_test::draft()).value().number, "4711");
  ASSERT_TRUE(tickets->create(for_test::draft()));
  Draft other = for_test::draft();
  other.key += "0";
  ASSERT_TRUE(tickets->create(other));
  const auto key_of = [&](std::size_t at) { return system.sent.at(at).headers.at("idempotency-key"); };
  EXPECT_EQ(key_of(0), key_of(1));
  EXPECT_NE(key_of(0), key_of(2));
  EXPECT_EQ(json::parse(system.sent.front().body)->text_at("key"), "postern.example.net/E-1");
  EXPECT_EQ(system.sent.front().connection, http::Outgoing::Connection::fresh);
}

TEST_F(HttpTicket, IsNotCreatedUnderANumberThatCannotBeOne) {
  system.answer("POST " + base + "new", 201, R"({"number":"../../admin"})");
  EXPECT_EQ(tickets->create(for_test::draft()).error().code, ErrorCode::invalid);
}

TEST_F(HttpTicket, TakesANoteOfAMegabyteCutAndHarmless) {
  system.answer("POST " + base + "INC-1/notes", 204, "");
  ASSERT_TRUE(tickets->append("INC-1", "N-1", "\x1b[2J" + std::string(1U << 20U, 'a')));
  const json::Value sent = json::parse(system.sent.front().body).value();
  EXPECT_LE(sent.text_at("text").size(), 4000U);
  EXPECT_TRUE(sent.text_at("text").starts_with("\uFFFD[2J"));
}

TEST_F(HttpTicket, IsClosedWithANote) {
  system.answer("POST " + base + "INC-1/close", 200, "{}");
  ASSERT_TRUE(tickets->close("INC-1", "Over."));
  EXPECT_EQ(system.sent.front().body, R"({"text":"Over."})");
}

TEST_F(HttpTicket, SendsItsTokenOnlyWhereNobodyListens) {
  for (const std::string url : {"http://tickets.example.net/{id}", "http://127.0.0.1.example.net/{id}",
                                "http://localhost:80@example.net/{id}", "https://user@example.net/{id}"}) {
    catalog::Provider plain = settings();
    plain.settings["url"] = url;
    EXPECT_EQ(for_test::provider(system, plain)->find("INC-1").error().code, ErrorCode::invalid) << url;
  }
  EXPECT_TRUE(system.sent.empty());
  catalog::Provider local = settings();
  local.settings["url"] = "http://127.0.0.1:8080/{id}";
  system.answer("GET http://127.0.0.1:8080/INC-1", 200, R"({"state":{"open":true}})");
  EXPECT_TRUE(for_test::provider(system, local)->find("INC-1"));
}

TEST_F(HttpTicket, KeepsItsTokenOutOfEveryErrorWhenTheAnswerEchoesIt) {
  system.answer(inc1, 401, "secret-TOKEN");
  system.answer(inc1, 200, "\"Bearer secret-TOKEN");
  for (int each = 0; each < 2; ++each) {
    const Error error = tickets->find("INC-1").error();
    EXPECT_EQ((error.message + error.detail).find("secret-TOKEN"), std::string::npos);
  }
}

TEST(Provider, OfAnUnknownKindRefusesInsteadOfStoppingTheServer) {
  TicketSystem system;
  const auto unknown = for_test::provider(system, {.kind = "fax"});
  EXPECT_EQ(unknown->find("INC-1").error().code, ErrorCode::invalid);
  EXPECT_EQ(unknown->create(for_test::draft()).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace postern::incident
