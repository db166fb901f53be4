#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "notify/outbox.h"

/// A whole night of notices through channels of which most fail, from one seed.
namespace postern::notify {
namespace {

using namespace std::chrono_literals;

const Instant start = parse_rfc3339("2026-11-23T03:04:00Z").value();
const Error passing{ErrorCode::unavailable, "mail.example.net did not answer."};
const Error lasting{ErrorCode::conflict, "mail.example.net said 550."};

/// How a channel of the simulation behaves. Five of the eight fail in their own ways.
struct Answer {
  milliseconds takes;
  std::optional<Error> error = {};
};
Answer answer_of(const std::string& channel, Instant now, std::uint64_t chance) {
  const milliseconds quick(50 + chance % 450);
  const std::uint64_t percent = chance / 1000 % 100;
  if (channel == "hung") return {15s, passing};
  if (channel == "refusing") return {1ms, passing};
  if (channel == "flapping" && (now - start) / 5min % 2 == 0) return {15s, passing};
  if (channel == "rejecting") return {quick, lasting};
  if (channel == "lossy" && percent < 60)
    return {quick, Error{percent < 30 ? ErrorCode::outcome_unknown : ErrorCode::exhausted, "Perhaps."}};
  if (percent < 2) return {quick, passing};
  if (percent < 3) return {quick, lasting};
  return {quick};
}

/// The ledger, the clock and the senders around an outbox. Fault model: answer_of() above; and the ledger
/// hears of outcomes up to ten seconds late, when it next names what is open.
class Night {
 public:
  explicit Night(std::uint64_t seed) : chance_(seed) {}

  void run(std::uint64_t notices) {
    while (written_ < notices || !open_.empty() || !under_way_.empty()) {
      ASSERT_LT(++steps, 500000);
      if (now_ >= next_round_) write(notices);
      come_back();
      take();
      if (testing::Test::HasFatalFailure()) return;
      go_on();
    }
  }

  int steps = 0;
  int tries = 0;
  int succeeded = 0;
  int given_up = 0;
  int second_legs = 0;
  milliseconds longest_when_healthy{0};
  milliseconds longest_with_second{0};  // on channels that never answer
  Instant last_deadline = start;
  [[nodiscard]] Instant now() const { return now_; }

 private:
  using Key = std::tuple<std::string, std::optional<PersonId>, std::uint64_t>;
  struct Truth {
    Leg leg;
    Instant opened;
    std::optional<Instant> named = {};  // since when the outbox knows of it
    Instant failed = {};
    int tries = 0;
    bool is_under_way = false;
    bool is_over = false;
  };
  static Key key_of(const Leg& leg) { return {leg.channel, leg.person, leg.number}; }
  std::uint64_t any(std::uint64_t below) { return chance_() % below; }

  void open(Leg leg) {
    last_deadline = std::max(last_deadline, leg.give_up_at);
    open_.emplace(key_of(leg), Truth{.leg = leg, .opened = now_});
  }

  /// Every ten seconds: half of what is over leaves the ledger, new notices come.
  void write(std::uint64_t notices) {
    static const std::vector<std::string> channels{"mail",     "chat",     "pager",     "hung",
                                                   "refusing", "flapping", "rejecting", "lossy"};
    next_round_ = now_ + 10s;
    std::erase_if(open_, [this](const auto& each) { return each.second.is_over && any(2) == 0; });
    for (std::uint64_t i = any(80); i > 0 && written_ < notices; --i) {
      ++written_;
      Leg next{.notice = "N-" + std::to_string(written_),
               .number = written_,
               .kind = "request.waiting",
               .about = "R-1",
               .channel = channels[any(channels.size())],
               .person = PersonId::parse("p" + std::to_string(any(30))).value(),
               .at = now_,
               .give_up_at = now_ + seconds(60 + any(1200)),
               .urgency = any(4) == 0 ? Urgency::urgent : Urgency::normal,
               .has_second = any(2) == 0};
      if (next.channel == "chat") next.person.reset();
      open(next);
    }
    name_what_is_open();
  }

  void name_what_is_open() {
    std::vector<Leg> named;
    for (auto& [key, truth] : open_) {
      if (!truth.named) truth.named = now_;
      named.push_back(truth.leg);
    }
    std::shuffle(named.begin(), named.end(), chance_);
    outbox_.replace(std::move(named));
  }

  void take() {
    const std::vector<Parcel> parcels = outbox_.take(now_);
    for (const GivenUp& each : outbox_.given_up()) end(each.leg, false);
    for (const Parcel& parcel : parcels) {
      for (const Leg& each : parcel.legs) expect_its_turn(each, parcel);
      for (const Leg& each : parcel.legs) {
        Truth& truth = open_.at(key_of(each));
        truth.is_under_way = true;
        ++truth.tries;
      }
      ++tries;
      const Answer answer = answer_of(parcel.legs[0].channel, now_, chance_());
      under_way_.emplace(now_ + answer.takes, std::pair(parcel, answer.error));
    }
    const std::optional<Instant> next = outbox_.next_due();
    ASSERT_TRUE(!next || *next > now_);  // else we would turn in circles
  }

  /// Nobody is told twice at once, and nobody in the wrong order.
  void expect_its_turn(const Leg& leg, const Parcel& parcel) {
    const auto found = open_.find(key_of(leg));
    ASSERT_NE(found, open_.end());
    ASSERT_FALSE(found->second.is_under_way || found->second.is_over);
    ASSERT_GT(leg.give_up_at, now_);
    bool is_held = false;
    const auto line_begin = open_.lower_bound({leg.channel, leg.person, 0});
    for (auto each = line_begin; each != open_.end(); ++each) {
      const Truth& other = each->second;
      if (other.leg.channel != leg.channel || other.leg.person != leg.person) break;
      ASSERT_FALSE(other.is_under_way) << "two parcels to one person at once";
      const bool is_along = std::any_of(parcel.legs.begin(), parcel.legs.end(),
                                        [&](const Leg& one) { return one.number == other.leg.number; });
      if (other.leg.number >= leg.number || !other.named || other.is_over || is_along) continue;
      // Passed by: only by an urgent one, after something failed that the urgent one had pulled along.
      ASSERT_EQ(leg.urgency, Urgency::urgent) << leg.notice << " before " << other.leg.notice;
      ASSERT_TRUE(is_held || other.failed >= *found->second.named) << leg.notice << " did not pull along";
      ASSERT_TRUE(other.tries > 0 || other.leg.urgency != Urgency::urgent);
      is_held = true;
    }
  }

  void come_back() {
    while (!under_way_.empty() && under_way_.begin()->first <= now_) {
      const auto [parcel, error] = under_way_.extract(under_way_.begin()).mapped();
      for (const Leg& each : parcel.legs) {
        open_.at(key_of(each)).is_under_way = false;
        if (error) open_.at(key_of(each)).failed = now_;
      }
      const double jitter = 0.5 + static_cast<double>(any(500)) / 1000;
      const bool is_over =
          error ? outbox_.failed(parcel.id, *error, now_, jitter) == Verdict::given_up : true;
      if (!error) outbox_.succeeded(parcel.id);
      if (is_over)
        for (const Leg& each : parcel.legs) end(each, !error);
    }
  }

  void end(const Leg& leg, bool is_told) {
    Truth& truth = open_.at(key_of(leg));
    ASSERT_FALSE(truth.is_over) << "ended twice";
    truth.is_over = true;
    ++(is_told ? succeeded : given_up);
    const milliseconds took = now_ - truth.opened;
    const bool is_healthy = leg.channel == "mail" || leg.channel == "chat" || leg.channel == "pager";
    if (is_healthy && is_told) longest_when_healthy = std::max(longest_when_healthy, took);
    if (!leg.has_second) return;
    if (leg.channel == "hung" || leg.channel == "refusing")
      longest_with_second = std::max(longest_with_second, took);
    if (is_told) return;
    Leg second = leg;
    second.channel = leg.channel == "pager" ? "mail" : "pager";
    second.has_second = false;
    second.give_up_at = now_ + 10min;
    open(second);
    ++second_legs;
  }

  void go_on() {
    Instant next = next_round_;
    if (!under_way_.empty()) next = std::min(next, under_way_.begin()->first);
    if (const auto due = outbox_.next_due()) next = std::min(next, *due);
    now_ = std::max(now_, next);
  }

  std::mt19937_64 chance_;
  Outbox outbox_;
  Instant now_ = start;
  Instant next_round_ = start;
  std::uint64_t written_ = 0;
  std::map<Key, Truth> open_;
  std::multimap<Instant, std::pair<Parcel, std::optional<Error>>> under_way_;
};

TEST(Outbox, TellsEverybodyOrGivesUpInTimeThroughANightOfFailingChannels) {
  constexpr std::uint64_t notices = 10000;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Night night(seed);
    night.run(notices);
    if (HasFatalFailure()) return;
    EXPECT_EQ(night.succeeded + night.given_up, static_cast<int>(notices) + night.second_legs);
    EXPECT_GT(night.succeeded, static_cast<int>(notices) / 2);
    EXPECT_LE(night.now(), night.last_deadline + 30s);
    EXPECT_LE(night.tries, 3 * static_cast<int>(notices));
    EXPECT_LE(night.longest_when_healthy, 1min);
    EXPECT_LE(night.longest_with_second, 2min);
  }
}

}  // namespace
}  // namespace postern::notify
