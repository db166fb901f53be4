#include "notify/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/encoding.h"
#include "notify/world_for_test.h"

namespace postern::notify {
namespace {

using for_test::waiting_request;
using testing::HasSubstr;
using testing::Not;

std::string written(const Message& message) {
  const Result<std::string> mail = mail_for(message, message.to.at(0), "postern@ops.example.net");
  EXPECT_TRUE(mail) << mail.error().message;
  return mail.value_or("");
}
std::string header_of(const std::string& mail) { return mail.substr(0, mail.find("\r\n\r\n") + 2); }
std::string body_of(const std::string& mail) {
  std::string lines = mail.substr(mail.find("\r\n\r\n") + 4);
  std::erase(lines, '\r');
  std::erase(lines, '\n');
  return from_base64(lines).value();
}
/// The names of header fields, in order, as a reader of mail finds them.
std::vector<std::string> fields_of(const std::string& mail) {
  std::vector<std::string> names;
  std::istringstream lines(header_of(mail));
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with(' ')) names.push_back(line.substr(0, line.find(':')));
  return names;
}
const std::vector<std::string> fields_of_ours = {"Date",
                                                 "From",
                                                 "To",
                                                 "Message-ID",
                                                 "In-Reply-To",
                                                 "References",
                                                 "Subject",
                                                 "Auto-Submitted",
                                                 "X-Postern-Kind",
                                                 "Content-Language",
                                                 "MIME-Version",
                                                 "Content-Type",
                                                 "Content-Transfer-Encoding"};

TEST(Mail, SaysWhatTheMessageSays) {
  const std::string mail = written(waiting_request());
  EXPECT_THAT(mail, HasSubstr("Date: Mon, 23 Nov 2026 03:04:05 +0000\r\n"));
  EXPECT_THAT(mail, HasSubstr("From: \"Postern\"\r\n <postern@ops.example.net>\r\n"));
  EXPECT_THAT(mail, HasSubstr("To: \"Aiko Tanaka\"\r\n <aiko@example.net>\r\n"));
  EXPECT_THAT(mail, HasSubstr("Message-ID:\r\n <N-12-mail-aiko@ops.example.net>\r\n"));
  EXPECT_THAT(mail, HasSubstr("Subject: R-7 waits for you\r\n"));
  EXPECT_THAT(mail, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(mail, HasSubstr("X-Postern-Kind: request.waiting\r\n"));
  EXPECT_EQ(body_of(mail),
            "Ben asks for the payments account.\r\nAnswer by 03:14 UTC.\r\n\r\n"
            "https://postern.example.net/requests/R-7\r\n");
  EXPECT_EQ(fields_of(mail), fields_of_ours);
}

TEST(Mail, AboutOneThingIsOneThread) {
  Message first = waiting_request();
  Message second = waiting_request();
  second.id = "N-13-mail-aiko";
  second.kind = "request.reminder";
  Message other = waiting_request();
  other.about = "R-8";
  EXPECT_THAT(written(first), HasSubstr("References:\r\n <about.R-7@ops.example.net>\r\n"));
  EXPECT_THAT(written(second), HasSubstr("In-Reply-To:\r\n <about.R-7@ops.example.net>\r\n"));
  EXPECT_THAT(written(second), HasSubstr("<N-13-mail-aiko@"));
  EXPECT_THAT(written(other), Not(HasSubstr("<about.R-7@")));
  first.about = "";
  EXPECT_THAT(written(first), Not(HasSubstr("References")));
}

TEST(Mail, WritesOtherLettersAsEncodedWordsOfWholeCharacters) {
  Message message = waiting_request();
  message.title = "緊急: 支払いアカウントへのアクセス申請 R-7 が承認を待っています(03:14 UTC まで)";
  message.to[0].name = "田中 愛子";
  const std::string mail = written(message);
  EXPECT_THAT(mail, HasSubstr("To: =?UTF-8?B?" + to_base64("田中 愛子") + "?=\r\n <aiko@example.net>"));
  const std::string subject = mail.substr(mail.find("Subject: ") + 9);
  std::string decoded;
  std::istringstream words(subject.substr(0, subject.find("\r\nAuto")));
  for (std::string word; words >> word;) {
    ASSERT_TRUE(word.starts_with("=?UTF-8?B?") && word.ends_with("?=")) << word;
    const std::string part = from_base64(word.substr(10, word.size() - 12)).value();
    EXPECT_TRUE(is_utf8(part)) << "a character is split between two words";
    EXPECT_LE(word.size(), 75U);
    decoded += part;
  }
  EXPECT_EQ(decoded, message.title);
}

TEST(Mail, HasNoLongLines) {
  Message message = waiting_request();
  message.title = std::string(100, 'a') + "承認" + std::string(90, 'b');
  message.to[0].name = std::string(200, 'n');
  message.body = std::string(1'000'000, 'x');
  const std::string mail = written(message);
  EXPECT_LT(mail.size(), 10'000U) << "a body of a megabyte is cut";
  std::istringstream lines(mail);
  for (std::string line; std::getline(lines, line);) {
    ASSERT_TRUE(line.ends_with('\r')) << line;
    EXPECT_LE(line.size() - 1, 76U) << line;
  }
}

TEST(Mail, LetsNoTextMakeAHeaderField) {
  const std::string evil = "x\r\nBcc: eve@example.net\r\n\r\nbody\n.\nRCPT TO:<eve@example.net>";
  Message message = waiting_request();
  message.title = message.to[0].name = message.to[0].person = evil;
  message.id = message.about = message.kind = message.language = message.link = evil;
  message.body = evil;
  const std::string mail = written(message);
  std::vector<std::string> expected = fields_of_ours;
  std::erase(expected, "X-Postern-Kind");
  std::erase(expected, "Content-Language");
  EXPECT_EQ(fields_of(mail), expected);
  EXPECT_THAT(mail, Not(HasSubstr("eve@example.net")));
  for (const std::string hidden : {"a\u202eb", "a\x1b[2Jb", "a\tb\x7f"}) {
    message.title = message.to[0].name = hidden;
    EXPECT_THAT(written(message), Not(HasSubstr(to_base64(hidden)))) << "is made harmless first";
  }
}

TEST(Mail, TakesWhatLooksLikeAnEncodedWordForText) {
  EXPECT_EQ(encoded_words("=?UTF-8?B?eA==?=", 9), "=?UTF-8?B?" + to_base64("=?UTF-8?B?eA==?=") + "?=");
}

TEST(Mail, GoesOnlyToAddressesThatNeedNoExtension) {
  for (const char* good : {"a@b", "aiko.tanaka+ops@mail.example.net", "o'neill@x-y.example"})
    EXPECT_TRUE(is_mail_address(good)) << good;
  for (const std::string bad : {"",
                                "aiko",
                                "@example.net",
                                "aiko@",
                                "a b@example.net",
                                "a@b@c",
                                ".a@example.net",
                                "a..b@example.net",
                                "a.@example.net",
                                "a@-b.example",
                                "a@b..c",
                                "a@b.",
                                "<a@b>",
                                "a@b>",
                                "a@b\r\nRCPT TO:<eve@c>",
                                "a@b\n",
                                "\"a b\"@example.net",
                                "愛子@example.net",
                                "aiko@例え.jp",
                                "a@[127.0.0.1]",
                                "a,b@example.net"}) {
    EXPECT_FALSE(is_mail_address(bad)) << bad;
    Message message = waiting_request();
    message.to[0].email = bad;
    const Result<std::string> mail = mail_for(message, message.to[0], "postern@ops.example.net");
    ASSERT_FALSE(mail) << bad;
    EXPECT_EQ(mail.error().code, ErrorCode::invalid);
    EXPECT_FALSE(mail_for(waiting_request(), waiting_request().to[0], bad)) << bad;
  }
  EXPECT_FALSE(is_mail_address(std::string("a@b\0c", 5)));
  EXPECT_FALSE(is_mail_address(std::string(65, 'a') + "@b"));
  EXPECT_FALSE(is_mail_address("a@" + std::string(300, 'b')));
}

}  // namespace
}  // namespace postern::notify
