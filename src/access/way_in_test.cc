#include "access/way_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "aws/scripted_client.h"

namespace postern::access {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

namespace fs = std::filesystem;

const std::string dublin = "https://sts.eu-west-1.amazonaws.com/";
const std::string oregon = "https://sts.us-west-2.amazonaws.com/";
const Instant start = parse_rfc3339("2026-11-23T03:00:00Z").value();
const wallet::Name aikos{.server = "unix:/run/postern.sock", .person = "aiko", .grant = "G-1"};

/// STS's answer: a session of the role in that account, named for the plan's session.
std::string granted(const std::string& account, const std::string& session, const std::string& key,
                    Instant until) {
  return "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>" + key +
         "</AccessKeyId><SecretAccessKey>secret-of-" + key + "</SecretAccessKey><SessionToken>token-of-" +
         key + "</SessionToken><Expiration>" + to_rfc3339(until) +
         "</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::" + account +
         ":assumed-role/EmergencyAccess_Ops/" + session +
         "</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>";
}
std::string denied() {
  return "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole"
         "</Message></Error></ErrorResponse>";
}

/// A server in memory: numbers sessions from S-1 on until it is told to refuse; remembers what is reported.
class Ledger : public Recorder {
 public:
  explicit Ledger(const Clock& its_clock) : clock(its_clock) {}
  Result<Plan> open_session() override {
    if (refusal) return tl::unexpected(*refusal);
    plan.session = "S-" + std::to_string(++sessions);
    plan.role_session_name = "G-1." + plan.session;
    plan.emergency_duration =
        std::max(seconds(900), std::chrono::duration_cast<seconds>(plan.grant_until - clock.wall()));
    if (distort) distort(plan);
    return plan;
  }
  Result<void> report(const std::string& session, const json::Value& what) override {
    if (deaf && deaf_for-- > 0) return tl::unexpected(*deaf);
    reports.push_back(session + (what.find("failure") != nullptr ? " failed" : " issued"));
    return {};
  }

  Plan plan{.session = "",
            .emergency_role_arn = "arn:aws:iam::100000000009:role/EmergencyAccess_Ops",
            .target_role_arn = "arn:aws:iam::200000000001:role/EmergencyAccess_Ops",
            .source_identity = "aiko",
            .role_session_name = "",
            .emergency_duration = 14400s,
            .duration = 3600s,
            .grant_until = start + 4h,
            .regions = {"eu-west-1", "us-west-2"},
            .mfa_serial = "arn:aws:iam::100000000009:mfa/aiko",
            .iam_user = "aiko"};
  const Clock& clock;
  std::optional<Error> refusal;
  std::optional<Error> deaf;           ///< what reports get
  int deaf_for = 100;                  ///< so many of them
  std::function<void(Plan&)> distort;  ///< a server that somebody has taken over
  int sessions = 0;
  std::vector<std::string> reports;
};

class WayInTest : public testing::Test {
 protected:
  WayInTest() {
    ways_.wallet = &wallet_;
    ways_.person = Person{.access_key = [this]() -> Result<aws::Credentials> { return own_key_; },
                          .mfa_code = [this](const Plan& plan) -> Result<Secret> {
                            EXPECT_EQ(plan.mfa_serial, "arn:aws:iam::100000000009:mfa/aiko");
                            ++asked_;
                            return Secret::copy_of("123456");
                          }};
  }
  ~WayInTest() override {
    std::error_code error;
    fs::remove_all(folder_, error);
  }

  Result<WayIn> walk() { return way_in(aikos, ways_); }
  // What STS will answer, in order, is said before the first call: a script that has run dry repeats its last
  // line.
  void expect_hop_one(const std::string& session) {
    aws_.answer(dublin, 200, granted("100000000009", "G-1." + session, "ASIAHOPONE0000000001", start + 4h));
  }
  void expect_hop_two(const std::string& session, const std::string& key, Instant until = start + 1h) {
    aws_.answer(dublin, 200, granted("200000000001", "G-1." + session, key, until));
  }
  void expect_both_hops() {
    expect_hop_one("S-1");
    expect_hop_two("S-1", "ASIAHOPTWO0000000001");
  }
  void begin() { ASSERT_TRUE(walk()); }

  static std::string new_folder() {
    std::string path = (fs::temp_directory_path() / "postern-way-in-XXXXXX").string();
    return ::mkdtemp(path.data()) == nullptr ? "" : path;
  }
  std::string folder_ = new_folder();
  wallet::Wallet wallet_{folder_};
  aws::ScriptedClient aws_;
  aws::StoppedClock clock_{start};
  Ledger ledger_{clock_};
  int asked_ = 0;
  Result<aws::Credentials> own_key_ = aws::Credentials{
      .access_key_id = "AKIAOWN", .secret_access_key = Secret::copy_of("own"), .session_token = {}};
  Ways ways_{.recorder = ledger_, .http = aws_, .clock = clock_};
};

TEST_F(WayInTest, AsksForTheCodeOnceAndThenHandsOutWhatIsKept) {
  expect_both_hops();
  begin();
  const WayIn again = walk().value();
  EXPECT_EQ(again.keys.access_key_id, "ASIAHOPTWO0000000001");
  EXPECT_EQ(again.session, "S-1");
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(asked_, 1);
  EXPECT_THAT(aws_.sent, SizeIs(2));
  EXPECT_THAT(ledger_.reports, ElementsAre("S-1 issued"));
}

TEST_F(WayInTest, RenewsHopTwoWithoutACodeAndWritesItDown) {
  expect_both_hops();
  expect_hop_two("S-2", "ASIAHOPTWO0000000002", start + 110min);
  begin();
  clock_.move(50min);
  ways_.person.reset();  // as in credential_process
  const WayIn renewed = walk().value();
  EXPECT_EQ(renewed.keys.access_key_id, "ASIAHOPTWO0000000002");
  EXPECT_TRUE(renewed.is_new);
  EXPECT_THAT(aws_.sent, SizeIs(3));
  EXPECT_THAT(aws_.sent.back().headers.at("authorization"), HasSubstr("Credential=ASIAHOPONE0000000001/"));
  EXPECT_THAT(aws_.sent.back().body, Not(HasSubstr("TokenCode")));
  EXPECT_THAT(ledger_.reports, ElementsAre("S-1 issued", "S-2 issued"));
}

std::string too_long() {
  return "<ErrorResponse><Error><Code>ValidationError</Code><Message>The requested DurationSeconds exceeds "
         "the "
         "MaxSessionDuration set for this role.</Message></Error></ErrorResponse>";
}

TEST_F(WayInTest, TakesOneHourWhereTheEmergencyRoleAllowsNoMore) {
  aws_.answer(dublin, 400, too_long());
  expect_both_hops();
  begin();
  EXPECT_THAT(aws_.sent[0].body, HasSubstr("DurationSeconds=14400"));
  EXPECT_THAT(aws_.sent[1].body, HasSubstr("DurationSeconds=3600"));
  EXPECT_EQ(asked_, 1);
}

TEST_F(WayInTest, RemembersTheHourWhenFindingOutHasCostTheCode) {
  aws_.answer(dublin, 400, too_long());
  aws_.answer(dublin, 403, denied());
  expect_hop_one("S-2");
  expect_hop_two("S-2", "ASIAHOPTWO0000000002");
  EXPECT_THAT(walk().error().message, HasSubstr("one hour will be asked for"));
  EXPECT_EQ(walk().value().session, "S-2");
  EXPECT_THAT(aws_.sent[2].body, HasSubstr("DurationSeconds=3600"));
}

TEST_F(WayInTest, NeverAsksWhereNobodyCanBeAsked) {
  ways_.person.reset();
  const Error error = walk().error();
  EXPECT_EQ(error.code, ErrorCode::unauthenticated);
  EXPECT_THAT(error.message, HasSubstr("postern access G-1"));
  EXPECT_EQ(ledger_.sessions, 0);
  EXPECT_THAT(aws_.sent, IsEmpty());
}

TEST_F(WayInTest, ForgetsWhatIsKeptWhenTheServerSaysThatTheGrantIsOver) {
  expect_both_hops();
  begin();
  clock_.move(50min);
  ledger_.refusal = Error{ErrorCode::conflict, "Grant G-1 is closed."};
  EXPECT_EQ(walk().error().code, ErrorCode::conflict);
  EXPECT_EQ(wallet_.find(aikos).value(), std::nullopt);
}

TEST_F(WayInTest, KeepsWhatItHasWhenTheServerIsNotThere) {
  expect_both_hops();
  begin();
  clock_.move(59min + 1s);
  ledger_.refusal = Error{ErrorCode::unavailable, "not reached"};
  EXPECT_EQ(walk().error().code, ErrorCode::unavailable);
  EXPECT_TRUE(wallet_.find(aikos).value().has_value());
}

TEST_F(WayInTest, WorksWithoutAServerWhileTheCredentialsLast) {
  expect_both_hops();
  begin();
  ledger_.refusal = Error{ErrorCode::unavailable, "not reached"};
  clock_.move(44min);
  EXPECT_EQ(walk().value().session, "S-1");
}

TEST_F(WayInTest, KeepsHopOneWhenNoEndpointAnswersHopTwo) {
  expect_hop_one("S-1");
  aws_.be_unreachable(dublin);
  EXPECT_EQ(walk().error().code, ErrorCode::unavailable);
  aws_.answer(oregon, 200, granted("200000000001", "G-1.S-2", "ASIAHOPTWO0000000002", start + 1h));
  const WayIn way = walk().value();
  EXPECT_EQ(way.session, "S-2");
  EXPECT_EQ(asked_, 1);
  EXPECT_THAT(ledger_.reports, ElementsAre("S-1 failed", "S-2 issued"));
}

TEST_F(WayInTest, SaysThatTheCodeIsSpentWhenAwsRefusesHopTwoRightAfterIt) {
  expect_hop_one("S-1");
  aws_.answer(dublin, 403, denied());
  const Error error = walk().error();
  EXPECT_EQ(error.code, ErrorCode::forbidden);
  EXPECT_THAT(error.message, HasSubstr("The MFA code is spent"));
  EXPECT_THAT(ledger_.reports, ElementsAre("S-1 failed"));
}

TEST_F(WayInTest, StartsFromTheBeginningWhenAwsTakesHopOneNoMore) {
  expect_both_hops();
  aws_.answer(dublin, 403, denied());
  expect_hop_one("S-3");
  expect_hop_two("S-3", "ASIAHOPTWO0000000003", start + 110min);
  begin();
  clock_.move(50min);
  EXPECT_EQ(walk().value().session, "S-3");
  EXPECT_EQ(asked_, 2);
  EXPECT_THAT(ledger_.reports, ElementsAre("S-1 issued", "S-2 failed", "S-3 issued"));
}

TEST_F(WayInTest, NamesTheNextCommandWhenAwsTakesHopOneNoMoreAndNobodyCanBeAsked) {
  expect_both_hops();
  aws_.answer(dublin, 403, denied());
  begin();
  clock_.move(59min + 1s);
  ways_.person.reset();
  const Error error = walk().error();
  EXPECT_THAT(error.message,
              AllOf(HasSubstr("Run: postern access G-1"), Not(HasSubstr("MFA code is spent"))));
}

TEST_F(WayInTest, HandsOutWhatIsStillGoodWhenItCannotBeRenewed) {
  expect_both_hops();
  aws_.be_unreachable(dublin);
  begin();
  clock_.move(50min);
  EXPECT_EQ(walk().value().session, "S-1");
  EXPECT_THAT(walk().value().trouble, HasSubstr("No STS endpoint"));
  EXPECT_EQ(asked_, 1);  // AWS out of reach is nothing that another code mends
  ledger_.refusal = Error{ErrorCode::unauthenticated, "the login is over"};
  EXPECT_EQ(walk().value().session, "S-1");
  clock_.move(9min);
  EXPECT_EQ(walk().error().code, ErrorCode::unauthenticated);  // the last minute is not handed out
}

TEST_F(WayInTest, TriesAtMostEveryTenSecondsWhenNobodyIsThere) {
  expect_hop_one("S-1");
  aws_.be_unreachable(dublin);
  EXPECT_EQ(walk().error().code, ErrorCode::unavailable);
  ways_.person.reset();  // what a person did before does not make tools wait
  EXPECT_THAT(walk().error().message, HasSubstr("No STS endpoint"));
  EXPECT_THAT(walk().error().message, HasSubstr("every 10s at most"));
  EXPECT_EQ(ledger_.sessions, 2);
  clock_.move(6s);
  EXPECT_THAT(walk().error().message, HasSubstr("every 10s at most"));
  clock_.move(4s);  // a call that only waited does not put the next attempt off
  EXPECT_THAT(walk().error().message, HasSubstr("No STS endpoint"));
  EXPECT_EQ(ledger_.sessions, 3);
}

TEST_F(WayInTest, RefusesAKeyThatIsItselfOfASession) {
  own_key_->session_token = Secret::copy_of("token");
  EXPECT_THAT(walk().error().message, HasSubstr("AWS_SESSION_TOKEN"));
  EXPECT_EQ(ledger_.sessions, 0);
}

TEST_F(WayInTest, AsksFirstWhereAwsAnsweredLast) {
  aws_.answer(oregon, 200, granted("100000000009", "G-1.S-1", "ASIAHOPONE0000000001", start + 4h));
  aws_.answer(oregon, 200, granted("200000000001", "G-1.S-1", "ASIAHOPTWO0000000001", start + 1h));
  aws_.answer(oregon, 200, granted("200000000001", "G-1.S-2", "ASIAHOPTWO0000000002", start + 2h));
  ASSERT_TRUE(walk());  // Dublin is unreachable: one time-out, at hop one
  clock_.move(50min);
  ASSERT_TRUE(walk());
  EXPECT_THAT(aws_.urls(), ElementsAre(dublin, oregon, oregon, oregon));
}

TEST_F(WayInTest, BeginsAnewWhenTheCatalogNamesAnotherEmergencyRole) {
  expect_both_hops();
  aws_.answer(dublin, 403, denied());
  begin();
  clock_.move(50min);
  ledger_.plan.emergency_role_arn = "arn:aws:iam::100000000009:role/Other";
  EXPECT_EQ(walk().value().session, "S-1");  // which lasts for ten minutes more
  EXPECT_EQ(asked_, 2);
  EXPECT_THAT(aws_.sent[2].headers.at("authorization"), HasSubstr("Credential=AKIAOWN/"));
  EXPECT_THAT(ledger_.reports, ElementsAre("S-1 issued", "S-2 failed", "S-3 failed"));
}

TEST_F(WayInTest, TakesBothHopsEachTimeWhereNothingCanBeKept) {
  ways_.wallet = nullptr;
  expect_both_hops();
  expect_hop_one("S-2");
  expect_hop_two("S-2", "ASIAHOPTWO0000000002");
  begin();
  EXPECT_EQ(walk().value().session, "S-2");
  EXPECT_EQ(asked_, 2);
  EXPECT_THAT(aws_.sent[0].body, HasSubstr("DurationSeconds=900"));
}

TEST_F(WayInTest, OpensNoSessionForAPersonWithoutAKey) {
  own_key_ = fail(ErrorCode::not_found, "no access key");
  EXPECT_EQ(walk().error().code, ErrorCode::not_found);
  EXPECT_EQ(ledger_.sessions, 0);
}

TEST_F(WayInTest, ReportsWhatThePersonCouldNotGive) {
  ways_.person->mfa_code = [](const Plan&) -> Result<Secret> {
    return fail(ErrorCode::unavailable, "The terminal went away.");
  };
  EXPECT_EQ(walk().error().code, ErrorCode::unavailable);
  EXPECT_THAT(ledger_.reports, ElementsAre("S-1 failed"));
}

TEST_F(WayInTest, UsesNeitherKeyNorCodeForAPlanThatTheGrantCannotMean) {
  ways_.account_asked = "200000000001";
  const std::vector<std::pair<const char*, std::function<void(Plan&)>>> distortions = {
      {"another person", [](Plan& p) { p.source_identity = "ben"; }},
      {"does not name this grant", [](Plan& p) { p.role_session_name = "daily.backup"; }},
      {"does not name this grant", [](Plan& p) { p.role_session_name = "G-2." + p.session; }},
      {"outlive the grant", [](Plan& p) { p.grant_until = start + 1h; }},
      {"another account",
       [](Plan& p) { p.target_role_arn = "arn:aws:iam::666666666666:role/EmergencyAccess_Ops"; }}};
  for (const auto& [words, distort] : distortions) {
    ledger_.distort = distort;
    const Error error = walk().error();
    ledger_.plan.source_identity = "aiko";
    ledger_.plan.grant_until = start + 4h;
    EXPECT_EQ(error.code, ErrorCode::damaged) << words;
    EXPECT_THAT(error.message, HasSubstr(words));
  }
  EXPECT_EQ(asked_, 0);
  EXPECT_THAT(aws_.sent, IsEmpty());
}

TEST_F(WayInTest, AsksThePersonAgainWhenARenewalWouldLeadToAnotherRole) {
  expect_both_hops();
  begin();
  clock_.move(59min + 1s);
  ledger_.plan.target_role_arn = "arn:aws:iam::200000000001:role/Admin";
  ways_.person.reset();
  EXPECT_THAT(walk().error().message, HasSubstr("names other roles"));
  EXPECT_THAT(aws_.sent, SizeIs(2));
}

TEST_F(WayInTest, HandsShortSessionsOutMoreThanOnce) {
  ledger_.plan.duration = 900s;
  expect_hop_one("S-1");
  expect_hop_two("S-1", "ASIAHOPTWO0000000001", start + 15min);
  begin();
  clock_.move(11min);
  EXPECT_EQ(walk().value().session, "S-1");
  EXPECT_THAT(aws_.sent, SizeIs(2));
}

TEST_F(WayInTest, HandsOutWhatIsGoodWithoutWaitingForWhoeverHoldsTheLock) {
  expect_both_hops();
  begin();
  const Result<wallet::Lock> held = wallet_.lock(aikos, 0ms);
  ASSERT_TRUE(held);
  EXPECT_EQ(walk().value().session, "S-1");
}

TEST_F(WayInTest, KeepsNoPersonOutWhenNothingCanBeKept) {
  fs::remove_all(folder_);
  expect_both_hops();
  const WayIn way = walk().value();
  EXPECT_EQ(way.session, "S-1");
  EXPECT_FALSE(way.is_kept);
}

TEST_F(WayInTest, TellsAgainWhatDidNotArriveBeforeTheNextSession) {
  expect_both_hops();
  expect_hop_two("S-2", "ASIAHOPTWO0000000002", start + 110min);
  ledger_.deaf = Error{ErrorCode::unavailable, "not reached"};
  begin();
  EXPECT_THAT(ledger_.reports, IsEmpty());
  ledger_.deaf.reset();
  clock_.move(50min);
  EXPECT_EQ(walk().value().session, "S-2");
  EXPECT_THAT(ledger_.reports, ElementsAre("S-1 issued", "S-2 issued"));
  EXPECT_THAT(wallet_.take_owed_reports(aikos), IsEmpty());
}

TEST_F(WayInTest, TellsNothingAgainThatTheServerHasSettled) {
  expect_both_hops();
  ledger_.deaf = Error{ErrorCode::conflict, "Session S-1 was reported already."};
  begin();
  EXPECT_THAT(wallet_.take_owed_reports(aikos), IsEmpty());
}

TEST_F(WayInTest, KeepsTheOrderOfWhatItOwes) {
  wallet_.owe_report(aikos, R"(S-8 {"failure":"x"})");
  wallet_.owe_report(aikos, R"(S-9 {"failure":"x"})");
  expect_both_hops();
  ledger_.deaf = Error{ErrorCode::unavailable, "not reached"};
  ledger_.deaf_for = 1;  // and yet S-9 is not told before S-8
  begin();
  EXPECT_THAT(ledger_.reports, ElementsAre("S-1 issued"));
  const std::vector<std::string> owed = wallet_.take_owed_reports(aikos);
  EXPECT_THAT(owed, ElementsAre(HasSubstr("S-8"), HasSubstr("S-9")));
}

TEST_F(WayInTest, TakesNothingUnattendedWithoutTheLock) {
  fs::remove_all(folder_);
  ways_.person.reset();
  EXPECT_EQ(walk().error().code, ErrorCode::unavailable);
  EXPECT_EQ(ledger_.sessions, 0);
}

TEST_F(WayInTest, UsesWhatIsLeftWhenTheGrantIsTooShortForAnotherSession) {
  expect_both_hops();
  begin();
  clock_.move(50min);
  ledger_.refusal = Error{ErrorCode::exhausted, "Grant G-1 ends in less than 15m"};
  EXPECT_EQ(walk().value().session, "S-1");
  EXPECT_TRUE(wallet_.find(aikos).value().has_value());
}

}  // namespace
}  // namespace postern::access
