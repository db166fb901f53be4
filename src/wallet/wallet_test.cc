#include "wallet/wallet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace postern::wallet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace fs = std::filesystem;

const Instant now = parse_rfc3339("2026-11-23T03:00:00Z").value();
const Name aikos{.server = "unix:/run/postern dir/postern.sock", .person = "aiko", .grant = "G-1"};

Keys keys(const std::string& id, Instant expires_at) {
  return {.access_key_id = id,
          .secret_access_key = Secret::copy_of("secret/of+" + id),
          .session_token = Secret::copy_of("token=of=" + id),
          .expires_at = expires_at};
}

/// Hop one lasts as long as the four-hour grant, hop two for an hour.
Kept kept() {
  return {.grant_until = now + 4h,
          .emergency_role = "arn:aws:iam::100000000009:role/EmergencyAccess_Ops",
          .target_role = "arn:aws:iam::200000000001:role/EmergencyAccess_Ops",
          .emergency = keys("ASIAONE", now + 4h),
          .target = keys("ASIATWO", now + 1h),
          .session = "S-40",
          .renew_at = now + 45min,
          .region = "eu-west-1"};
}

class WalletFolder : public testing::Test {
 protected:
  ~WalletFolder() override {
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  /// The one file in the folder with that ending.
  [[nodiscard]] std::string file(const std::string& ending = ".wallet") const {
    for (const auto& each : fs::directory_iterator(folder_))
      if (each.path().extension() == ending) return each.path().string();
    return "";
  }
  static std::string new_folder() {
    std::string path = (fs::temp_directory_path() / "postern-wallet-XXXXXX").string();
    return ::mkdtemp(path.data()) == nullptr ? "" : path;
  }
  std::string folder_ = new_folder();
  Wallet wallet_{folder_};
};

TEST(KeptText, IsReadBackAsItWas) {
  EXPECT_EQ(parse(to_text(aikos, kept()).value().reveal(), aikos).value(), kept());
  Kept without_target = kept();
  without_target.target.reset();
  without_target.session.clear();
  without_target.renew_at = {};
  EXPECT_EQ(parse(to_text(aikos, without_target).value().reveal(), aikos).value(), without_target);
}

TEST(KeptText, OfAnotherServerPersonOrGrantIsNotTaken) {
  const Secret text = to_text(aikos, kept()).value();
  for (const Name& other : {Name{"unix:/other", "aiko", "G-1"}, Name{aikos.server, "ben", "G-1"},
                            Name{aikos.server, "aiko", "G-2"}})
    EXPECT_EQ(parse(text.reveal(), other).error().code, ErrorCode::damaged);
}

TEST(KeptText, CutOffAnywhereOrChangedIsDamaged) {
  const std::string whole(to_text(aikos, kept()).value().reveal());
  const std::size_t before_session = whole.find("session S-40");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size == before_session) continue;  // a whole wallet without hop two
    EXPECT_FALSE(parse(whole.substr(0, size), aikos)) << size;
  }
  for (const std::string& more : {whole + "x", whole + "region eu\n", "\n" + whole})
    EXPECT_EQ(parse(more, aikos).error().code, ErrorCode::damaged);
  EXPECT_THAT(parse(whole.substr(0, whole.size() - 5), aikos).error().message, Not(HasSubstr("ASIA")));
}

TEST(KeptText, TakesNoValueThatCouldEndALine) {
  for (const char* bad : {"", "two words", "line\nbreak", "tab\t", "\xc3\xa9"}) {
    Kept strange = kept();
    strange.target->session_token = Secret::copy_of(bad);
    EXPECT_EQ(to_text(aikos, strange).error().code, ErrorCode::invalid) << bad;
  }
}

TEST(ProcessAnswer, IsWhatToolsReadAndNothingElse) {
  EXPECT_EQ(
      process_answer(keys("ASIATWO", now + 1h + 250ms)).value().reveal(),
      "{\"Version\":1,\"AccessKeyId\":\"ASIATWO\",\"SecretAccessKey\":\"secret/of+ASIATWO\",\"SessionToken\":"
      "\"token=of=ASIATWO\",\"Expiration\":\"2026-11-23T04:00:00Z\"}\n");
}

TEST(ProcessAnswer, RefusesWhatWouldBreakOutOfAString) {
  for (const char* bad : {"", "a\"b", "a\\b", "a\nb"}) {
    Keys strange = keys("ASIATWO", now);
    strange.secret_access_key = Secret::copy_of(bad);
    EXPECT_EQ(process_answer(strange).error().code, ErrorCode::damaged) << bad;
  }
}

TEST(Kept, IsHandedOutWhileItLastsAndRenewedAQuarterOfAnHourAhead) {
  struct Case {
    Instant at;
    bool usable;
    bool renewable;
  };
  const std::vector<Case> cases = {
      {now, true, true},       {now + 45min - 1ms, true, true}, {now + 45min, false, true},
      {now + 1h, false, true}, {now + 3h + 45min, false, true}, {now + 3h + 45min + 1ms, false, false}};
  for (const Case& each : cases) {
    EXPECT_EQ(is_usable(kept(), each.at), each.usable) << to_rfc3339(each.at);
    EXPECT_EQ(can_renew(kept(), each.at), each.renewable) << to_rfc3339(each.at);
  }
}

TEST(Kept, IsRenewedAQuarterOfItsLifeAheadButNoMoreThanAQuarterOfAnHour) {
  EXPECT_EQ(renew_at(now, now + 1h), now + 45min);
  EXPECT_EQ(renew_at(now, now + 20min), now + 15min);
  EXPECT_EQ(renew_at(now, now + 15min), now + 11min + 15s);
  EXPECT_EQ(renew_at(now, now + 12h), now + 12h - 15min);
}

TEST(Kept, IsUsedToItsLastMinuteWhenNothingBetterCanBeHad) {
  Kept last = kept();
  last.grant_until = now + 1h;  // too little is left of the grant for another session
  EXPECT_TRUE(is_usable(last, now + 50min));
  EXPECT_TRUE(is_usable(last, now + 59min - 1ms));
  EXPECT_FALSE(is_usable(last, now + 59min));
  Kept hop_one_over = kept();
  hop_one_over.emergency.expires_at = now + 50min;
  EXPECT_FALSE(can_renew(hop_one_over, now + 50min));
  EXPECT_TRUE(is_usable(hop_one_over, now + 50min));
}

TEST_F(WalletFolder, KeepsFindsAndForgets) {
  EXPECT_EQ(wallet_.find(aikos).value(), std::nullopt);
  ASSERT_TRUE(wallet_.keep(aikos, kept()));
  EXPECT_EQ(wallet_.find(aikos).value(), kept());
  Kept renewed = kept();
  renewed.session = "S-41";
  ASSERT_TRUE(wallet_.keep(aikos, renewed));
  EXPECT_EQ(wallet_.find(aikos).value()->session, "S-41");
  wallet_.forget(aikos);
  EXPECT_EQ(wallet_.find(aikos).value(), std::nullopt);
  EXPECT_THAT(file(), IsEmpty());
}

TEST_F(WalletFolder, HoldsAFileThatItsOwnerAloneCanRead) {
  ASSERT_TRUE(wallet_.keep(aikos, kept()));
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(WalletFolder, ReadsNothingThatOthersCouldHaveReadOrPutThere) {
  ASSERT_TRUE(wallet_.keep(aikos, kept()));
  const std::string path = file();
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  EXPECT_EQ(wallet_.find(aikos).error().code, ErrorCode::forbidden);
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  if (::chown(path.c_str(), ::getuid() + 1, ::getgid()) == 0) {  // which only root can
    EXPECT_EQ(wallet_.find(aikos).error().code, ErrorCode::forbidden);
    ASSERT_EQ(::chown(path.c_str(), ::getuid(), ::getgid()), 0);
  }
  ASSERT_TRUE(wallet_.find(aikos).value());
  fs::rename(path, path + ".elsewhere");
  fs::create_symlink(path + ".elsewhere", path);
  EXPECT_EQ(wallet_.find(aikos).error().code, ErrorCode::forbidden);
  fs::remove(path);
  fs::create_directory(path);
  EXPECT_EQ(wallet_.find(aikos).error().code, ErrorCode::forbidden);
}

TEST_F(WalletFolder, TakesADamagedFileForNothing) {
  ASSERT_TRUE(wallet_.keep(aikos, kept()));
  std::ofstream(file(), std::ios::app) << "more\n";
  EXPECT_EQ(wallet_.find(aikos).value(), std::nullopt);
  std::ofstream(file(), std::ios::trunc) << std::string(70'000, 'x');
  EXPECT_EQ(wallet_.find(aikos).value(), std::nullopt);
}

TEST_F(WalletFolder, ReplacesWhatAnInterruptedWriterLeft) {
  ASSERT_TRUE(wallet_.keep(aikos, kept()));
  const std::string draft = fs::path(file()).replace_extension(".new");
  std::ofstream(draft) << "half";
  ASSERT_TRUE(wallet_.keep(aikos, kept()));
  EXPECT_FALSE(fs::exists(draft));
}

TEST_F(WalletFolder, ListsTheGrantsOfOnePersonAtOneServer) {
  for (const Name& each : {Name{"unix:/a", "aiko", "G-2"}, Name{"unix:/a", "aiko", "G-1"},
                           Name{"unix:/a", "ben", "G-3"}, Name{"unix:/b", "aiko", "G-4"}})
    ASSERT_TRUE(wallet_.keep(each, kept()));
  EXPECT_THAT(wallet_.grants("unix:/a", "aiko"), ElementsAre("G-1", "G-2"));
  EXPECT_THAT(Wallet(folder_ + "/none").grants("unix:/a", "aiko"), IsEmpty());
}

TEST_F(WalletFolder, RefusesNamesThatWouldLeaveTheFolder) {
  EXPECT_FALSE(wallet_.keep({"s", "../x", "G-1"}, kept()));
  EXPECT_FALSE(wallet_.keep({"s", "aiko", "../../x"}, kept()));
  EXPECT_FALSE(wallet_.keep({"s", "aiko", "x"}, kept()));
  EXPECT_EQ(wallet_.keep({std::string(300, 's'), "aiko", "G-1"}, kept()).error().code, ErrorCode::invalid);
  EXPECT_THAT(fs::is_empty(folder_), true);
}

TEST_F(WalletFolder, RemembersTheLastFailureUntilItIsForgotten) {
  EXPECT_EQ(wallet_.last_failure(aikos), std::nullopt);
  wallet_.note_failure(aikos, now);
  EXPECT_EQ(wallet_.last_failure(aikos), now);
  wallet_.note_failure(aikos, now + 1min);
  EXPECT_EQ(wallet_.last_failure(aikos), now + 1min);
  EXPECT_EQ(wallet_.last_failure({aikos.server, "aiko", "G-2"}), std::nullopt);
  wallet_.forget_failure(aikos);
  EXPECT_EQ(wallet_.last_failure(aikos), std::nullopt);
}

TEST_F(WalletFolder, OwesTheLastReportsInTheirOrder) {
  EXPECT_THAT(wallet_.take_owed_reports(aikos), IsEmpty());
  for (std::size_t i = 0; i < owed_reports_max + 2; ++i)
    wallet_.owe_report(aikos, "S-" + std::to_string(i) + " " + std::string(3000, 'x'));
  const std::vector<std::string> owed = wallet_.take_owed_reports(aikos);
  ASSERT_EQ(owed.size(), owed_reports_max);
  EXPECT_EQ(owed.front().substr(0, 4), "S-2 ");
  EXPECT_EQ(owed.back().substr(0, 5), "S-21 ");
  EXPECT_THAT(wallet_.take_owed_reports(aikos), IsEmpty());
  wallet_.owe_report(aikos, std::string(10'000, 'x'));
  EXPECT_THAT(wallet_.take_owed_reports(aikos), IsEmpty());
}

TEST_F(WalletFolder, RemembersWhichAccountARequestWasFor) {
  EXPECT_EQ(wallet_.account_asked("unix:/a", "aiko", "R-1"), std::nullopt);
  wallet_.note_account("unix:/a", "aiko", "R-1", "200000000001");
  EXPECT_EQ(wallet_.account_asked("unix:/a", "aiko", "R-1"), "200000000001");
  EXPECT_EQ(wallet_.account_asked("unix:/b", "aiko", "R-1"), std::nullopt);
  EXPECT_EQ(wallet_.account_asked("unix:/a", "aiko", "R-2"), std::nullopt);
  wallet_.note_account("unix:/a", "aiko", "../R-3", "x");
  EXPECT_EQ(wallet_.account_asked("unix:/a", "aiko", "../R-3"), std::nullopt);
}

TEST_F(WalletFolder, RemembersThatTheRoleAllowsOneHourOnly) {
  EXPECT_FALSE(wallet_.is_one_hour_only(aikos));
  wallet_.note_one_hour_only(aikos);
  EXPECT_TRUE(wallet_.is_one_hour_only(aikos));
}

TEST_F(WalletFolder, LetsOneIntoTheRenewalAtATime) {
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      const Result<Lock> lock = wallet_.lock(aikos, 10s);
      ASSERT_TRUE(lock);
      most = std::max(most.load(), ++inside);
      std::this_thread::sleep_for(5ms);
      --inside;
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(most, 1);
}

TEST_F(WalletFolder, StopsWaitingForALockInTime) {
  const Result<Lock> lock = wallet_.lock(aikos, 0ms);
  ASSERT_TRUE(lock);
  EXPECT_EQ(wallet_.lock(aikos, 60ms).error().code, ErrorCode::unavailable);
}

TEST_F(WalletFolder, LiesWhereNobodyElseCanLook) {
  const auto environment = [this](const std::string& name) {
    return name == "XDG_RUNTIME_DIR" ? std::optional(folder_) : std::nullopt;
  };
  EXPECT_EQ(private_folder(environment), folder_ + "/postern");
  struct stat status{};
  ASSERT_EQ(::stat((folder_ + "/postern").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  ASSERT_EQ(::chmod((folder_ + "/postern").c_str(), 0750), 0);
  EXPECT_EQ(private_folder(environment), "");
  EXPECT_EQ(private_folder([](const std::string&) { return std::optional<std::string>(); }), "");
  EXPECT_EQ(private_folder([](const std::string&) { return std::optional<std::string>("."); }), "");
  EXPECT_EQ(private_folder([](const std::string&) { return std::optional<std::string>("/nowhere/at/all"); }),
            "");
}

}  // namespace
}  // namespace postern::wallet
