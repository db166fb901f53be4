#include "notify/dispatcher.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>

#include "notify/company_for_test.h"

namespace postern::notify {
namespace {

using namespace std::chrono_literals;
using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Dice : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& each : out) each = next_++;
  }

 private:
  std::atomic<std::uint8_t> next_ = 0;
};

/// What went out, and what the other sides answer; by the kind of channel.
struct Outside {
  std::mutex mutex;
  std::vector<std::string> sent;  ///< "smtp N-1-mail-ben"
  std::map<std::string, std::function<Result<void>(int attempt)>> answers;
  std::map<std::string, int> attempts;

  Result<void> take(const std::string& kind, const Message& message) {
    std::function<Result<void>(int)> answer;
    int attempt = 0;
    {
      const std::lock_guard lock(mutex);
      attempt = ++attempts[kind + " " + message.id];
      if (const auto found = answers.find(kind); found != answers.end()) answer = found->second;
    }
    if (answer)
      if (Result<void> said = answer(attempt); !said) return said;
    const std::lock_guard lock(mutex);
    sent.push_back(kind + " " + message.id);
    return {};
  }
  std::vector<std::string> all() {
    const std::lock_guard lock(mutex);
    return sent;
  }
};

class ScriptedSender : public Sender {
 public:
  ScriptedSender(Outside& outside, std::string kind) : outside_(outside), kind_(std::move(kind)) {}
  Result<void> send(const Message& message) override { return outside_.take(kind_, message); }

 private:
  Outside& outside_;
  std::string kind_;
};

class DispatcherTest : public testing::Test {
 protected:
  std::unique_ptr<Dispatcher> start_one(Company& company) {
    return std::make_unique<Dispatcher>(
        Dispatcher::Ports{
            .read = [&company](const auto& look) { company.broker().read(look); },
            .record = [&company, this](emergency::RecordDelivery outcome) -> Result<void> {
              if (records_nothing_) return fail(ErrorCode::unavailable, "the disk is full");
              TRY(company.broker().submit({{.by = {}, .key = "", .command = std::move(outcome)}, {}}));
              return {};
            },
            .make_sender = [this](const catalog::Channel& channel) -> std::shared_ptr<Sender> {
              return std::make_shared<ScriptedSender>(outside_, channel.provider.kind);
            },
            .note_incident =
                [this](EmergencyId id, const Message& message) {
                  return outside_.take("incident of " + id.text(), message);
                },
            .now = [&company] { return company.broker().now(); },
            .random = dice_},
        Dispatcher::Options{.beat = milliseconds(10)});
  }
  static bool within(milliseconds time, const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(5ms);
    }
    return true;
  }
  static bool is_quiet(const Company& company) { return company.situation().notices.empty(); }

  Outside outside_;
  Dice dice_;
  std::atomic<bool> records_nothing_ = false;
};

TEST_F(DispatcherTest, TellsWhoeverIsAskedAndRecordsIt) {
  Company company;
  const auto dispatcher = start_one(company);
  company.does(aiko, ask_for_prod_web());
  ASSERT_TRUE(within(5s, [&] { return is_quiet(company); }));
  EXPECT_THAT(outside_.all(), ElementsAre("pagerduty N-1-page-ben"));
  EXPECT_THAT(company.entries("notice.delivered"), ElementsAre(HasSubstr("\"channel\":\"page\"")));
}

TEST_F(DispatcherTest, GoesOnWithTheNextChannelWhenOneSaysNo) {
  outside_.answers["pagerduty"] = [](int) {
    return Result<void>(fail(ErrorCode::conflict, "unknown routing key"));
  };
  Company company;
  const auto dispatcher = start_one(company);
  company.does(aiko, ask_for_prod_web());
  ASSERT_TRUE(within(5s, [&] { return is_quiet(company); }));
  EXPECT_THAT(outside_.all(), ElementsAre("smtp N-1-mail-ben"));
  EXPECT_THAT(company.entries("notice.failed"), ElementsAre(HasSubstr("unknown routing key")));
  EXPECT_THAT(company.situation().dead_letters, IsEmpty());
}

TEST_F(DispatcherTest, LeavesADeadLetterWhenNoChannelIsLeft) {
  const std::vector<std::string> kinds{"pagerduty", "smtp"};
  for (const std::string& kind : kinds)
    outside_.answers[kind] = [](int) {
      return Result<void>(fail(ErrorCode::conflict, "550 no such mailbox"));
    };
  Company company;
  const auto dispatcher = start_one(company);
  company.does(aiko, ask_for_prod_web());
  ASSERT_TRUE(within(5s, [&] { return is_quiet(company); }));
  ASSERT_THAT(company.situation().dead_letters, SizeIs(1));
  EXPECT_EQ(company.situation().dead_letters.front().person, ben);
}

TEST_F(DispatcherTest, TriesAgainUnderTheSameIdWhatMayPass) {
  outside_.answers["pagerduty"] = [](int attempt) {
    return attempt > 1 ? Result<void>() : Result<void>(fail(ErrorCode::unavailable, "503"));
  };
  Company company;
  const auto dispatcher = start_one(company);
  company.does(aiko, ask_for_prod_web());
  ASSERT_TRUE(within(8s, [&] { return is_quiet(company); }));
  EXPECT_EQ(outside_.attempts.at("pagerduty N-1-page-ben"), 2);
  EXPECT_THAT(company.entries("notice.delivered"), ElementsAre(HasSubstr("\"attempts\":2")));
}

TEST_F(DispatcherTest, IsNotHeldUpByAChannelThatHangs) {
  std::promise<void> let_go;
  const std::shared_future<void> gone = let_go.get_future().share();
  outside_.answers["pagerduty"] = [gone](int) {
    gone.wait();
    return Result<void>();
  };
  Company company;
  const auto dispatcher = start_one(company);
  company.does(ben, emergency::TestNotice{});
  EXPECT_TRUE(within(5s, [&] {
    const auto sent = outside_.all();
    return std::find(sent.begin(), sent.end(), "smtp N-1-mail-ben") != sent.end();
  }));
  EXPECT_FALSE(is_quiet(company));
  let_go.set_value();
  EXPECT_TRUE(within(5s, [&] { return is_quiet(company); }));
}

TEST_F(DispatcherTest, SendsAgainAfterACrashWhatWasNotRecorded) {
  Company company;
  records_nothing_ = true;
  {
    const auto dispatcher = start_one(company);
    company.does(aiko, ask_for_prod_web());
    ASSERT_TRUE(within(5s, [&] { return outside_.all().size() == 1; }));
  }
  EXPECT_FALSE(is_quiet(company));
  records_nothing_ = false;
  const auto again = start_one(company);
  ASSERT_TRUE(within(5s, [&] { return is_quiet(company); }));
  EXPECT_THAT(outside_.all(), ElementsAre("pagerduty N-1-page-ben", "pagerduty N-1-page-ben"));
}

TEST_F(DispatcherTest, TellsAPlaceOnceForAllWhoAreMeant) {
  Company company([](catalog::Catalog& c) {
    c.processes.at(operate_workload).communication = catalog::Communication{
        .on = {{catalog::Moment::close, {.to = {security_leads, executives}, .channels = {"room", "mail"}}}}};
  });
  const auto dispatcher = start_one(company);
  company.does(dana, emergency::CloseEmergency{e1});
  ASSERT_TRUE(within(5s, [&] { return is_quiet(company); }));
  EXPECT_THAT(outside_.all(), ElementsAre("slack N-1-room"));
  EXPECT_THAT(company.entries("notice.delivered"), SizeIs(1));
}

TEST_F(DispatcherTest, WritesIntoTheTimelineOfTheIncident) {
  Company company(
      [](catalog::Catalog& c) { c.incidents = catalog::Incidents{.provider = {.kind = "jira"}}; });
  const auto dispatcher = start_one(company);
  company.does(aiko, ask_for_prod_web());
  company.does(dana, emergency::CloseEmergency{e1});
  ASSERT_TRUE(within(5s, [&] { return is_quiet(company); }));
  EXPECT_THAT(outside_.all(), Contains(HasSubstr("incident of E-1 N-1-@incident")));
}

TEST_F(DispatcherTest, KeepsTheNotesOfEachEmergencyInItsOwnIncident) {
  outside_.answers["incident of E-1"] = [](int) {
    return Result<void>(fail(ErrorCode::exhausted, "E-1 has no incident yet."));
  };
  const ModeId second = ModeId::parse("second").value();
  Company company([&](catalog::Catalog& c) {
    c.incidents = catalog::Incidents{.provider = {.kind = "jira"}};
    catalog::FailureMode mode = c.modes.at(idp_unavailable);
    mode.id = second;
    c.modes.emplace(second, std::move(mode));
  });
  company.does(chie, emergency::Attest{second, std::string(sign_in_failed)});
  company.does(emil, emergency::Attest{second, std::string(sign_in_failed)});
  company.does(dana, emergency::Declare{second, "INC-8"});
  const auto dispatcher = start_one(company);
  company.does(dana, emergency::CloseEmergency{EmergencyId(2)});
  EXPECT_TRUE(within(8s, [&] {
    const auto sent = outside_.all();
    return std::count_if(sent.begin(), sent.end(),
                         [](const std::string& each) { return each.starts_with("incident of E-2 "); }) >= 2;
  }));
  for (const std::string& each : outside_.all()) EXPECT_FALSE(each.starts_with("incident of E-1")) << each;
}

TEST_F(DispatcherTest, GoesOnSendingWhileNothingCanBeRecorded) {
  Company company;
  records_nothing_ = true;
  const auto dispatcher = start_one(company);
  for (int i = 0; i < 60; ++i) {
    company.does(i % 2 == 0 ? dana : emil, emergency::TestNotice{});
    std::this_thread::sleep_for(2ms);
  }
  EXPECT_TRUE(within(10s, [&] { return is_quiet(company) || outside_.all().size() >= 2; }));
  records_nothing_ = false;
  EXPECT_TRUE(within(10s, [&] { return is_quiet(company); }));
}

TEST_F(DispatcherTest, WritesNoAddressIntoTheLedger) {
  outside_.answers["smtp"] = [](int) {
    return Result<void>(
        fail(ErrorCode::conflict, "refused: 550 5.1.1 <ben@example.net>: ben@example.net unknown"));
  };
  Company company([](catalog::Catalog& c) { c.people.at(ben).reached_by = {"mail"}; });
  const auto dispatcher = start_one(company);
  company.does(aiko, ask_for_prod_web());
  ASSERT_TRUE(within(5s, [&] { return is_quiet(company); }));
  EXPECT_THAT(company.entries("notice.failed"),
              ElementsAre(testing::AllOf(HasSubstr("550 5.1.1"), testing::Not(HasSubstr("@example")))));
}

TEST_F(DispatcherTest, BringsAThousandToAnEndWhileFiveOfEightChannelsFail) {
  Company company([](catalog::Catalog& c) {
    c.channels.clear();
    int number = 0;
    for (auto& [id, person] : c.people) {
      person.reached_by.clear();
      for (int i = 0; i < 2; ++i) {
        const std::string name = "channel-" + std::to_string(number % 8);
        c.channels.emplace(name, catalog::Channel{.provider = {.kind = "kind" + std::to_string(number % 8)}});
        person.reached_by.push_back(name);
        ++number;
      }
    }
  });
  for (int i = 0; i < 5; ++i)
    outside_.answers["kind" + std::to_string(i)] = [](int) {
      return Result<void>(fail(ErrorCode::conflict, "broken"));
    };
  const auto dispatcher = start_one(company);
  const std::vector<PersonId> everybody{aiko, ben, chie, dana, emil, fumi};
  for (int i = 0; i < 1000; ++i)
    company.does(everybody[static_cast<std::size_t>(i) % everybody.size()], emergency::TestNotice{});
  ASSERT_TRUE(within(60s, [&] { return is_quiet(company); }));
  std::set<std::string> once;
  for (const std::string& each : outside_.all()) EXPECT_TRUE(once.insert(each).second) << each;
  EXPECT_FALSE(once.empty());
  EXPECT_FALSE(company.situation().dead_letters.empty());
}

}  // namespace
}  // namespace postern::notify
