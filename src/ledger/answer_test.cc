#include "ledger/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postern::ledger {
namespace {

using testing::HasSubstr;

const std::string statement = R"({"decision":"approve","ledger":"log.example","request":"R-7"})";

Entry approved(json::Object data) {
  return {.id = "e1",
          .type = "request.approved",
          .at = Instant{},
          .node = "n",
          .by = "person:dana",
          .cause = "c",
          .data = std::move(data)};
}
json::Object answer(const std::string& said) {
  return {
      {"request", "R-7"}, {"statement", said}, {"signature", "armor"}, {"key", "line"}, {"person", "dana"}};
}
std::string refusal(const Entry& entry) {
  const auto found = answer_in(entry, "log.example");
  return found ? "accepted" : found.error().message;
}

TEST(Answer, IsFoundInAnApprovalAndInADenial) {
  const SignedAnswer expected{.statement = statement, .signature = "armor", .key = "line"};
  EXPECT_EQ(answer_in(approved(answer(statement)), "log.example").value(), expected);
  Entry denied = approved(answer(R"({"decision":"deny","ledger":"log.example","request":"R-7"})"));
  denied.type = "request.denied";
  EXPECT_TRUE(answer_in(denied, "log.example").value());
}

TEST(Answer, IsNotLookedForInOtherEntries) {
  Entry entry = approved({});
  entry.type = "request.submitted";
  EXPECT_EQ(answer_in(entry, "log.example").value(), std::nullopt);
}

TEST(Answer, MustSpeakOfThisLedgerThisRequestAndThisDecision) {
  EXPECT_THAT(refusal(approved(answer(R"({"decision":"approve","ledger":"log.other","request":"R-7"})"))),
              HasSubstr("another ledger"));
  EXPECT_THAT(refusal(approved(answer(R"({"decision":"approve","ledger":"log.example","request":"R-8"})"))),
              HasSubstr("another request"));
  EXPECT_THAT(refusal(approved(answer(R"({"decision":"deny","ledger":"log.example","request":"R-7"})"))),
              HasSubstr("approve"));
  EXPECT_THAT(refusal(approved(answer(R"({"ledger":"log.example","request":"R-7"})"))), HasSubstr("approve"));
  Entry denied = approved(answer(statement));
  denied.type = "request.denied";
  EXPECT_THAT(refusal(denied), HasSubstr("deny"));
}

TEST(Answer, IsRefusedWhenItCannotBeRead) {
  EXPECT_THAT(refusal(approved(answer("approve R-7"))), HasSubstr("not JSON"));
  EXPECT_THAT(refusal(approved(answer(R"({"decision":"approve","decision":"deny"})"))),
              HasSubstr("not JSON"));
  for (const char* name : {"request", "statement", "signature", "key"}) {
    json::Object data = answer(statement);
    data.erase(name);
    EXPECT_THAT(refusal(approved(data)), HasSubstr(name));
    data[name] = 7;
    EXPECT_THAT(refusal(approved(data)), HasSubstr("must be a string"));
  }
  json::Object nameless = answer(R"({"decision":"approve","ledger":"log.example"})");
  nameless["request"] = "";
  EXPECT_NE(refusal(approved(nameless)), "accepted");
}

}  // namespace
}  // namespace postern::ledger
