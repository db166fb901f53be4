#include "notify/words.h"

#include <gmock/gmock.h>

#include "emergency/describe.h"
#include "notify/company_for_test.h"
#include "notify/texts.h"

namespace postern::notify {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using emergency::NoticeKind;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Message message_of(Company& company, NoticeKind kind, const std::string& about,
                   const Destination& destination) {
  Message out;
  company.broker().read([&](const broker::Published& published) {
    const emergency::Notice notice{.kind = kind,
                                   .about = about,
                                   .at = published.situation.last_at,
                                   .give_up_at = published.situation.last_at};
    out = message_for(published, {NoticeId(7), notice}, destination);
  });
  return out;
}

/// Ben approves R-1 as it stands.
emergency::AnswerRequest signed_answer_of(const Company& company, const PersonId& person) {
  World world;
  world.situation = company.situation();
  return signed_answer(world, person, emergency::Decision::approve);
}

TEST(Words, TellAnApproverEverythingThatTheyAreAsked) {
  Company company;
  company.does(aiko, ask_for_prod_web());
  const Message message =
      message_of(company, NoticeKind::request_waiting, "R-1", {"mail", {emil}, "https://p.example.net"});
  EXPECT_EQ(message.id, "N-7-mail-emil");
  EXPECT_EQ(message.kind, "request.waiting");
  EXPECT_EQ(message.urgency, Urgency::urgent);
  EXPECT_EQ(message.link, "https://p.example.net/requests/R-1");
  EXPECT_THAT(message.title, HasSubstr("R-1 needs an answer by 20"));
  EXPECT_THAT(message.body,
              AllOf(HasSubstr("aiko"), HasSubstr("prod-web (200000000001)"),
                    HasSubstr("Checkout fails for all customers."), HasSubstr("postern approve R-1"),
                    HasSubstr("https://p.example.net/requests/R-1")));
  EXPECT_THAT(message.body, Not(HasSubstr("{{")));
}

TEST(Words, SpeakTheLanguageOfTheirReader) {
  Company company;
  company.does(aiko, ask_for_prod_web());
  const auto to = [&](const std::vector<PersonId>& people) {
    return message_of(company, NoticeKind::request_waiting, "R-1", {"mail", people, ""});
  };
  EXPECT_EQ(to({dana}).language, "ja");
  EXPECT_THAT(to({dana}).title, HasSubstr("承認"));
  EXPECT_EQ(to({emil}).language, "en");
  EXPECT_EQ(to({dana, emil}).language, "en") << "for several, the organization's";
  EXPECT_EQ(to({}).language, "en");
}

TEST(Words, PutTheCompanysOwnTextBeforeOurs) {
  Company company([](catalog::Catalog& c) {
    c.templates["request.waiting"] = {.english = catalog::Text{"Call {{request.person}}", "{{command}}"}};
  });
  company.does(aiko, ask_for_prod_web());
  const Message own = message_of(company, NoticeKind::request_waiting, "R-1", {"mail", {dana}, ""});
  EXPECT_THAT(own.title, HasSubstr("Call aiko"));  // there is none in Japanese
}

TEST(Words, HaveNothingToFillInThatIsNotThere) {
  Company company;
  company.does(aiko, ask_for_prod_web());
  company.does(ben, signed_answer_of(company, ben));
  for (const auto& [kind, about] :
       {std::pair(NoticeKind::emergency_declared, "E-1"), std::pair(NoticeKind::request_escalated, "R-1"),
        std::pair(NoticeKind::request_ended, "R-1"), std::pair(NoticeKind::grant_opened, "G-1"),
        std::pair(NoticeKind::grant_closed, "G-1"),
        std::pair(NoticeKind::suspicion_raised, "idp-unavailable"), std::pair(NoticeKind::test, ""),
        std::pair(NoticeKind::incident_overdue, "E-1"), std::pair(NoticeKind::request_waiting, "R-99"),
        std::pair(NoticeKind::override_made, "O-1")}) {
    const Message message = message_of(company, kind, about, {"mail", {dana}, ""});
    EXPECT_FALSE(message.title.empty()) << about;
    EXPECT_THAT(message.body, Not(HasSubstr("{{"))) << about;
  }
}

TEST(Words, GiveProgramsNoWordsOfPeople) {
  Company company;
  company.does(aiko, ask_for_prod_web());
  const Message message = message_of(company, NoticeKind::request_waiting, "R-1", {"hook", {}, ""});
  EXPECT_THAT(json::canonical(message.data), AllOf(HasSubstr("\"stage\":\"awaiting_approval\""),
                                                   Not(HasSubstr("Checkout")), Not(HasSubstr("@example"))));
}

TEST(Words, GiveAStatusPageNothingForProgramsToTell) {
  Company company;
  const Message message = message_of(company, NoticeKind::customers, "E-1", {"hook", {}, ""});
  EXPECT_THAT(json::canonical(message.data),
              AllOf(HasSubstr("\"about\":\"E-1\""), Not(HasSubstr("dana")), Not(HasSubstr("INC-7"))));
}

TEST(Words, OfADigestNameEachOfItsNotices) {
  Company company;
  company.does(aiko, ask_for_prod_web());
  company.broker().read([&](const broker::Published& published) {
    const emergency::Notice quiet{.kind = NoticeKind::test, .about = "", .at = start, .give_up_at = start};
    const emergency::Notice asks{
        .kind = NoticeKind::request_waiting, .about = "R-1", .at = start, .give_up_at = start};
    const Message digest =
        digest_for(published, {{NoticeId(3), quiet}, {NoticeId(4), asks}}, {"mail", {emil}, ""});
    EXPECT_EQ(digest.id, "N-3-to-N-4-mail-emil");
    EXPECT_EQ(digest.urgency, Urgency::urgent);
    EXPECT_THAT(digest.title, HasSubstr("2"));
    EXPECT_THAT(digest.body, HasSubstr("R-1 needs an answer"));
  });
}

TEST(Words, ForCustomersSayNothingOfTheInside) {
  Company company;
  company.broker().read([&](const broker::Published& published) {
    for (const auto language : {catalog::Language::english, catalog::Language::japanese}) {
      const catalog::Text text =
          text_for(published, *published.situation.emergency(e1), NoticeKind::customers, language).value();
      EXPECT_THAT(text.body, AllOf(HasSubstr("Example Corp"), Not(HasSubstr("dana")), Not(HasSubstr("idp"))));
    }
  });
}

TEST(Words, KnowATextForEveryKindOfNotice) {
  for (int i = 0; i <= static_cast<int>(NoticeKind::partners); ++i) {
    const std::string kind(emergency::name_of(static_cast<NoticeKind>(i)));
    EXPECT_NE(builtin(kind, catalog::Language::english), nullptr) << kind;
    EXPECT_NE(builtin(kind, catalog::Language::japanese), nullptr) << kind;
  }
}

}  // namespace
}  // namespace postern::notify
