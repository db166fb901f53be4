#include "notify/smtp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

#include "base/encoding.h"
#include "notify/smtp_server_for_test.h"
#include "notify/world_for_test.h"

namespace postern::notify {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A name that libcurl takes for this machine, and Postern for another one: nothing goes there in the clear.
const std::string elsewhere = "mail.localhost";

class SmtpChannel : public testing::Test {
 protected:
  Result<void> send_to(const std::string& url, const Message& message = waiting_request(),
                       milliseconds deadline = 5s) {
    channel_.provider.settings["url"] = url;
    const Watch watch;
    Result<void> sent = make_smtp(channel_, world_.world(), deadline)->send(message);
    took_ = watch.passed();
    return sent;
  }
  Result<void> send_to(const SmtpServer& server, const Message& message = waiting_request()) {
    return send_to("smtp://127.0.0.1:" + server.port(), message);
  }
  /// What becomes of a mail when the server gives this reply.
  Error error_for(const std::string& verb, const std::string& reply) {
    SmtpServer server({.replies = {{verb, reply}}});
    const Result<void> sent = send_to(server);
    EXPECT_FALSE(sent) << verb << " " << reply;
    return sent ? Error{} : sent.error();
  }
  void believe(const Identity& identity) {
    world_.authorities = testing::TempDir() + "postern-mail-" + std::to_string(::getpid()) + ".pem";
    identity.write_to(world_.authorities);
  }
  void TearDown() override {
    if (!world_.authorities.empty()) std::remove(world_.authorities.c_str());
  }

  SenderWorld world_;
  catalog::Channel channel_{.provider = {.kind = "smtp", .settings = {{"from", "postern@ops.example.net"}}}};
  milliseconds took_{0};

 private:
  struct Watch {
    std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
    [[nodiscard]] milliseconds passed() const {
      return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
    }
  };
};

TEST_F(SmtpChannel, HandsTheMailToTheRelay) {
  SmtpServer server({});
  ASSERT_TRUE(send_to(server));
  EXPECT_TRUE(server.was_told("MAIL FROM:<postern@ops.example.net>"));
  EXPECT_TRUE(server.was_told("RCPT TO:<aiko@example.net>"));
  ASSERT_EQ(server.mails().size(), 1U);
  EXPECT_THAT(server.mails()[0], HasSubstr("Subject: R-7 waits for you\r\n"));
  EXPECT_TRUE(server.was_told("QUIT"));
}

TEST_F(SmtpChannel, SaysOfAFullMailboxThatItIsOneRecipientsTrouble) {
  for (const auto& [verb, reply] :
       std::vector<std::pair<std::string, std::string>>{{"RCPT", "450 mailbox busy"},
                                                        {"RCPT", "452 4.2.2 mailbox full"},
                                                        {"RCPT", "552 5.2.2 mailbox full"},
                                                        {"RCPT", "550 5.2.2 over quota"},
                                                        {"mail", "552 mailbox full"}}) {
    const Error error = error_for(verb, reply);
    EXPECT_EQ(error.code, ErrorCode::exhausted) << verb << " " << reply << ": " << error.message;
    EXPECT_THAT(error.message, HasSubstr(reply)) << verb;
  }
}

TEST_F(SmtpChannel, TriesAgainWhereTheServerSaysLater) {
  for (const auto& [verb, reply] : std::vector<std::pair<std::string, std::string>>{
           {"greeting", "421 too busy"},
           {"MAIL", "451 4.3.0 later"},
           {"RCPT", "451 4.7.1 Greylisted, come back in 300 seconds"},
           {"DATA", "451 later"},
           {"mail", "451 4.7.1 Greylisted"}}) {
    const Error error = error_for(verb, reply);
    EXPECT_EQ(error.code, ErrorCode::unavailable) << verb << " " << reply << ": " << error.message;
    EXPECT_THAT(error.message, HasSubstr("127.0.0.1"));
    EXPECT_THAT(error.message, HasSubstr(reply)) << verb;
  }
}

TEST_F(SmtpChannel, GivesUpWhereTheServerSaysNever) {
  for (const auto& [verb, reply] :
       std::vector<std::pair<std::string, std::string>>{{"greeting", "554 no service for you"},
                                                        {"MAIL", "553 not your address"},
                                                        {"RCPT", "550 5.1.1 no such user"},
                                                        {"RCPT", "551 user not local"},
                                                        {"DATA", "554 no valid recipients"},
                                                        {"mail", "550 5.7.1 looks like spam"}}) {
    const Error error = error_for(verb, reply);
    EXPECT_EQ(error.code, ErrorCode::conflict) << verb << " " << reply << ": " << error.message;
    EXPECT_THAT(error.message, HasSubstr(reply)) << verb;
  }
}

TEST_F(SmtpChannel, RepeatsNothingOfTheServerThatHarmsALog) {
  const Error error = error_for("RCPT", "550 \x1b[2Jno\xff " + std::string(2000, 'x'));
  EXPECT_EQ(error.code, ErrorCode::conflict);
  EXPECT_TRUE(is_printable_text(error.message)) << error.message;
  EXPECT_LT(error.message.size(), 400U);
}

TEST_F(SmtpChannel, WaitsNoLongerThanItsDeadlineForAServerThatHangs) {
  for (const char* verb : {"greeting", "MAIL", "RCPT", "DATA", "mail"}) {
    SmtpServer server({.replies = {{verb, "hang"}}});
    const Result<void> sent = send_to("smtp://127.0.0.1:" + server.port(), waiting_request(), 1500ms);
    ASSERT_FALSE(sent) << verb;
    EXPECT_EQ(sent.error().code, ErrorCode::unavailable) << verb << sent.error().message;
    EXPECT_LT(took_, 3500ms) << verb;
  }
}

TEST_F(SmtpChannel, IsDeliveredEvenWhenTheGoodbyeHangs) {
  SmtpServer server({.replies = {{"QUIT", "hang"}}});
  EXPECT_TRUE(send_to("smtp://127.0.0.1:" + server.port(), waiting_request(), 1500ms));
  EXPECT_LT(took_, 3500ms);
}

TEST_F(SmtpChannel, TriesAgainWhereNobodyAnswers) {
  std::string port;
  {
    const SmtpServer server({});
    port = server.port();
  }
  for (const std::string& url : {"smtp://127.0.0.1:" + port, std::string("smtp://no-such-host.invalid")})
    EXPECT_EQ(send_to(url).error().code, ErrorCode::unavailable) << url;
}

TEST_F(SmtpChannel, SendsNothingInTheClearToAnotherMachine) {
  SmtpServer server({});
  const Result<void> sent = send_to("smtp://" + elsewhere + ":" + server.port());
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::unavailable);
  EXPECT_THAT(sent.error().message, HasSubstr("offers no TLS"));
  EXPECT_FALSE(server.was_told("MAIL"));
}

TEST_F(SmtpChannel, TalksOverTlsAndLogsIn) {
  const Identity identity(elsewhere);
  believe(identity);
  channel_.provider.settings["username"] = "postern";
  channel_.provider.settings["password"] = secret_named("MAIL_PASSWORD");
  world_.secrets["MAIL_PASSWORD"] = "correct horse";
  for (const bool at_once : {false, true}) {
    SmtpServer server({.starttls = at_once ? nullptr : &identity,
                       .tls = at_once ? &identity : nullptr,
                       .offers_login = true});
    const Result<void> sent = send_to((at_once ? "smtps://" : "smtp://") + elsewhere + ":" + server.port());
    ASSERT_TRUE(sent) << sent.error().message;
    EXPECT_EQ(server.mails().size(), 1U);
    EXPECT_TRUE(server.was_told("AUTH PLAIN"));
    EXPECT_EQ(server.was_told("STARTTLS"), !at_once);
  }
}

TEST_F(SmtpChannel, BelievesNoOtherCertificate) {
  const Identity identity(elsewhere);
  const Identity other("other.example.net");
  for (const Identity* shown : {&identity, &other}) {
    believe(other);  // nobody vouches for the first; the second is somebody else's
    SmtpServer server({.starttls = shown});
    const Result<void> sent = send_to("smtp://" + elsewhere + ":" + server.port());
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, ErrorCode::unavailable);
    EXPECT_THAT(sent.error().message, HasSubstr("certificate"));
    EXPECT_FALSE(server.was_told("MAIL"));
  }
  SmtpServer plain({});
  EXPECT_EQ(send_to("smtps://" + elsewhere + ":" + plain.port(), waiting_request(), 2s).error().code,
            ErrorCode::unavailable);
}

TEST_F(SmtpChannel, NeverRepeatsThePassword) {
  channel_.provider.settings["username"] = "postern";
  channel_.provider.settings["password"] = secret_named("MAIL_PASSWORD");
  SmtpServer server({.replies = {{"AUTH", "535 5.7.8 wrong"}}, .offers_login = true});
  EXPECT_EQ(send_to(server).error().code, ErrorCode::not_found) << "this host has no such secret";
  world_.secrets["MAIL_PASSWORD"] = "correct horse";
  const Result<void> sent = send_to(server);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::conflict);
  EXPECT_THAT(sent.error().message + sent.error().detail, Not(HasSubstr("correct horse")));
}

TEST_F(SmtpChannel, LetsNoAddressOrNameAddACommand) {
  for (const char* evil : {"a@b>\r\nRCPT TO:<eve@example.net", "a@b\nDATA", "a@b> NOTIFY=NEVER"}) {
    SmtpServer server({});
    Message message = waiting_request();
    message.to[0].email = evil;
    const Result<void> sent = send_to(server, message);
    ASSERT_FALSE(sent) << evil;
    EXPECT_EQ(sent.error().code, ErrorCode::invalid);
    EXPECT_TRUE(server.lines().empty()) << evil;
  }
  SmtpServer server({});
  Message message = waiting_request();
  message.title = message.to[0].name = message.body = "x\r\n.\r\nMAIL FROM:<eve@example.net>\r\n";
  ASSERT_TRUE(send_to(server, message));
  EXPECT_THAT(server.lines(), Not(Contains(StartsWith("MAIL FROM:<eve"))));
  EXPECT_EQ(server.mails().size(), 1U);
}

TEST_F(SmtpChannel, IsForOnePerson) {
  SmtpServer server({});
  Message message = waiting_request();
  message.to.push_back(message.to[0]);
  EXPECT_EQ(send_to(server, message).error().code, ErrorCode::invalid) << "nobody sees another's address";
  message.to.clear();
  EXPECT_EQ(send_to(server, message).error().code, ErrorCode::invalid);
  EXPECT_EQ(send_to("http://127.0.0.1:" + server.port()).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace postern::notify
