#include "notify/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace postern::notify {
namespace {

using namespace std::chrono_literals;

const Instant start = parse_rfc3339("2026-11-23T03:04:00Z").value();
const Error passing{ErrorCode::unavailable, "mail.example.net did not answer."};
const Error lasting{ErrorCode::conflict, "mail.example.net said 550."};

PersonId person(std::string_view id) { return PersonId::parse(id).value(); }

Leg leg(std::uint64_t number, std::string channel = "mail", std::optional<PersonId> to = person("aiko")) {
  return {.notice = "N-" + std::to_string(number),
          .number = number,
          .kind = "request.waiting",
          .about = "R-1",
          .channel = std::move(channel),
          .person = std::move(to),
          .at = start,
          .give_up_at = start + 1h};
}
Leg urgent(Leg leg) {
  leg.urgency = Urgency::urgent;
  return leg;
}
Leg with_second(Leg leg) {
  leg.has_second = true;
  return leg;
}

std::vector<Leg> legs(std::uint64_t from, std::uint64_t to) {
  std::vector<Leg> out;
  for (std::uint64_t i = from; i <= to; ++i) out.push_back(leg(i));
  return out;
}
/// As many people, each with one notice.
std::vector<Leg> to_many(int people, Leg form = leg(1)) {
  std::vector<Leg> out;
  for (int i = 0; i < people; ++i) {
    out.push_back(form);
    out.back().person = person("p" + std::to_string(1000 + i));
  }
  return out;
}

std::vector<std::uint64_t> numbers(const std::vector<Parcel>& parcels) {
  std::vector<std::uint64_t> out;
  for (const Parcel& parcel : parcels)
    for (const Leg& each : parcel.legs) out.push_back(each.number);
  return out;
}
using Numbers = std::vector<std::uint64_t>;

/// Takes the one parcel that may be sent, which fails.
Verdict fails(Outbox& outbox, Instant now, const Error& error = passing) {
  const std::vector<Parcel> parcels = outbox.take(now);
  EXPECT_EQ(parcels.size(), 1U);
  return outbox.failed(parcels.at(0).id, error, now, 1.0);
}

TEST(Outbox, SendsToOnePersonOneByOneInOrderOfNumber) {
  Outbox outbox;
  outbox.replace({leg(3), leg(1), leg(2)});
  std::vector<Parcel> first = outbox.take(start);
  EXPECT_EQ(numbers(first), Numbers{1});
  EXPECT_EQ(numbers(outbox.take(start + 1s)), Numbers{});
  outbox.succeeded(first[0].id);
  EXPECT_EQ(numbers(outbox.take(start + 1s)), Numbers{2});
}

TEST(Outbox, SendsToDifferentPeopleAndChannelsAtOnceButNotMoreThanAChannelMayCarry) {
  Outbox outbox(2);
  std::vector<Leg> open = to_many(3);
  open.push_back(leg(1, "chat", std::nullopt));
  outbox.replace(open);
  const std::vector<Parcel> parcels = outbox.take(start);
  EXPECT_EQ(parcels.size(), 3U);
  EXPECT_EQ(std::count_if(parcels.begin(), parcels.end(),
                          [](const Parcel& each) { return each.legs[0].channel == "mail"; }),
            2);
  outbox.succeeded(parcels[1].id);
  EXPECT_EQ(outbox.take(start).size(), 1U);
}

TEST(Outbox, TellsAPlaceOnceHoweverManyPlansNameIt) {
  Outbox outbox;
  outbox.replace({leg(1, "chat", std::nullopt), leg(1, "chat", std::nullopt)});
  const std::vector<Parcel> parcels = outbox.take(start);
  ASSERT_EQ(parcels.size(), 1U);
  EXPECT_FALSE(parcels[0].is_digest());
}

TEST(Outbox, BacksOffTwiceAsLongEachTimeUpToFiveMinutes) {
  Outbox outbox;
  outbox.replace({leg(1)});
  Instant now = start;
  for (const seconds pause : {2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s}) {
    EXPECT_EQ(fails(outbox, now), Verdict::retry);
    EXPECT_TRUE(outbox.take(now + pause - 1ms).empty());
    EXPECT_EQ(outbox.next_due(), now + pause);
    now += pause;
  }
}

TEST(Outbox, ShortensBackOffByTheJitterAndByNoMoreThanHalf) {
  for (const auto& [jitter, pause] :
       {std::pair(0.75, 1500ms), std::pair(0.5, 1000ms), std::pair(0.0, 1000ms), std::pair(9.0, 2000ms)}) {
    Outbox outbox;
    outbox.replace({leg(1)});
    EXPECT_EQ(outbox.failed(outbox.take(start).at(0).id, passing, start, jitter), Verdict::retry);
    EXPECT_EQ(outbox.next_due(), start + pause);
  }
}

TEST(Outbox, GivesUpAtOnceWhatNoRepeatCanHelp) {
  Outbox outbox;
  outbox.replace({leg(1), leg(2)});
  EXPECT_EQ(fails(outbox, start, lasting), Verdict::given_up);
  EXPECT_TRUE(outbox.given_up().empty());  // the verdict has said it
  EXPECT_EQ(numbers(outbox.take(start)), Numbers{2});
}

TEST(Outbox, TriesAgainWhenTheOutcomeIsInDoubt) {
  for (const ErrorCode code : {ErrorCode::unavailable, ErrorCode::exhausted, ErrorCode::outcome_unknown}) {
    Outbox outbox;
    outbox.replace({leg(1)});
    EXPECT_EQ(fails(outbox, start, {code, "?"}), Verdict::retry);
  }
}

TEST(Outbox, GivesUpWhenTheNextTryWouldComeTooLate) {
  Outbox outbox;
  Leg hurried = leg(1);
  hurried.give_up_at = start + 6s;
  outbox.replace({hurried});
  EXPECT_EQ(fails(outbox, start), Verdict::retry);
  EXPECT_EQ(fails(outbox, start + 2s), Verdict::given_up);
  EXPECT_EQ(outbox.next_due(), std::nullopt);
}

TEST(Outbox, GivesUpWhatWaitedBehindAnotherUntilItsTimeRanOut) {
  Outbox outbox;
  Leg hurried = leg(2);
  hurried.give_up_at = start + 3s;
  outbox.replace({leg(1), hurried});
  EXPECT_EQ(fails(outbox, start), Verdict::retry);
  EXPECT_EQ(fails(outbox, start + 2s), Verdict::retry);
  EXPECT_EQ(outbox.next_due(), start + 3s);
  EXPECT_TRUE(outbox.take(start + 3s).empty());
  const std::vector<GivenUp> ended = outbox.given_up();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].leg.number, 2U);
  EXPECT_EQ(ended[0].attempts, 0);
  EXPECT_TRUE(outbox.given_up().empty());
}

TEST(Outbox, GivesUpAfterFourTriesWhereASecondChannelTakesOver) {
  Outbox outbox;
  outbox.replace({with_second(leg(1))});
  for (const seconds at : {0s, 2s, 6s}) EXPECT_EQ(fails(outbox, start + at), Verdict::retry);
  EXPECT_EQ(fails(outbox, start + 14s), Verdict::given_up);
}

TEST(Outbox, HoldsBackWhatComesAfterSomethingThatIsRetried) {
  Outbox outbox;
  outbox.replace({leg(1)});
  fails(outbox, start);
  outbox.replace({leg(1), leg(2)});
  EXPECT_TRUE(outbox.take(start + 1s).empty());
  const std::vector<Parcel> again = outbox.take(start + 2s);
  EXPECT_EQ(numbers(again), Numbers{1});
  outbox.succeeded(again[0].id);
  EXPECT_EQ(numbers(outbox.take(start + 2s)), Numbers{2});
}

TEST(Outbox, LetsAnUrgentNoticeWaitForNoBackOffButItsOwn) {
  Outbox outbox;
  outbox.replace({leg(1)});
  for (const seconds at : {0s, 2s, 6s}) fails(outbox, start + at);  // 1 is due again at 14 s
  outbox.replace({leg(1), leg(2), urgent(leg(3))});

  const std::vector<Parcel> pulled = outbox.take(start + 7s);
  ASSERT_EQ(numbers(pulled), Numbers{1});  // in order, when it can be
  outbox.failed(pulled[0].id, passing, start + 8s, 1.0);
  const std::vector<Parcel> passed = outbox.take(start + 8s);
  ASSERT_EQ(numbers(passed), Numbers{3});  // and past it, when it cannot
  outbox.succeeded(passed[0].id);
  EXPECT_TRUE(outbox.take(start + 23s).empty());  // 2 is not urgent
  EXPECT_EQ(numbers(outbox.take(start + 24s)), Numbers{1});
}

TEST(Outbox, SendsOneDigestWhenMoreThanFiveWait) {
  Outbox outbox;
  outbox.replace(legs(1, 5));
  const std::vector<Parcel> first = outbox.take(start);
  EXPECT_EQ(numbers(first), Numbers{1});
  outbox.replace(legs(1, 7));
  outbox.succeeded(first[0].id);
  const std::vector<Parcel> digest = outbox.take(start);
  ASSERT_EQ(digest.size(), 1U);
  EXPECT_TRUE(digest[0].is_digest());
  EXPECT_EQ(numbers(digest), (Numbers{2, 3, 4, 5, 6, 7}));
}

TEST(Outbox, PutsAtMostTwoHundredNoticesIntoADigest) {
  Outbox outbox;
  outbox.replace(legs(1, 500));
  const std::vector<Parcel> digest = outbox.take(start);
  ASSERT_EQ(digest.size(), 1U);
  EXPECT_EQ(digest[0].legs.size(), Outbox::digest_max);
  EXPECT_EQ(digest[0].legs.back().number, 200U);
}

TEST(Outbox, TellsWhichOfADigestAreOverWhileTheOthersAreTriedAgain) {
  Outbox outbox;
  std::vector<Leg> open = legs(1, 6);
  open[2].give_up_at = start + 1s;
  outbox.replace(open);
  EXPECT_EQ(fails(outbox, start), Verdict::retry);
  const std::vector<GivenUp> ended = outbox.given_up();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].leg.number, 3U);
  EXPECT_EQ(ended[0].why, passing.message);
  EXPECT_EQ(numbers(outbox.take(start + 2s)), Numbers{1});
}

TEST(Outbox, RepeatsNothingWhileTheLedgerIsSlowToHearHowItEnded) {
  Outbox outbox;
  outbox.replace({leg(1), leg(2)});
  outbox.succeeded(outbox.take(start).at(0).id);
  outbox.replace({leg(1), leg(2)});
  const std::vector<Parcel> second = outbox.take(start);
  EXPECT_EQ(numbers(second), Numbers{2});
  outbox.failed(second[0].id, lasting, start, 1.0);
  outbox.replace({leg(1), leg(2)});
  EXPECT_TRUE(outbox.take(start).empty());
  EXPECT_EQ(outbox.next_due(), std::nullopt);
  outbox.replace({});
  outbox.replace({leg(1)});  // opened anew
  EXPECT_EQ(numbers(outbox.take(start)), Numbers{1});
}

TEST(Outbox, KeepsInFlightWhatIsInFlightWhateverTheLedgerSays) {
  Outbox outbox;
  outbox.replace({leg(1)});
  const std::vector<Parcel> parcels = outbox.take(start);
  outbox.replace({});
  outbox.replace({leg(1), leg(2)});
  EXPECT_TRUE(outbox.take(start).empty());
  EXPECT_EQ(outbox.failed(parcels[0].id, passing, start, 1.0), Verdict::retry);
}

TEST(Outbox, DropsWhatTheLedgerNoLongerWantsToldEvenAfterAFailure) {
  Outbox outbox;
  outbox.replace({leg(1), leg(2)});
  const std::vector<Parcel> parcels = outbox.take(start);
  outbox.replace({});
  EXPECT_EQ(outbox.failed(parcels[0].id, passing, start, 1.0), Verdict::given_up);
  EXPECT_TRUE(outbox.take(start + 1h).empty());
  EXPECT_TRUE(outbox.given_up().empty());
  EXPECT_EQ(outbox.next_due(), std::nullopt);
}

TEST(Outbox, TakesANewDeadlineFromTheLedger) {
  Outbox outbox;
  outbox.replace({leg(1)});
  fails(outbox, start);
  Leg sooner = leg(1);
  sooner.give_up_at = start + 1s;
  outbox.replace({sooner});
  EXPECT_TRUE(outbox.take(start + 2s).empty());
  EXPECT_EQ(outbox.given_up().size(), 1U);
}

/// Five parcels of different people fail through "mail" at `start`; the channel rests for two seconds.
void make_sick(Outbox& outbox, int people, const Leg& form = leg(1)) {
  outbox.replace(to_many(people, form));
  for (int failures = 0; failures < Outbox::sick_after;) {
    const std::vector<Parcel> parcels = outbox.take(start);
    for (const Parcel& each : parcels) outbox.failed(each.id, passing, start, 1.0);
    failures += static_cast<int>(parcels.size());
  }
}

TEST(Outbox, ProbesASickChannelWithOneParcelAtATime) {
  Outbox outbox(1);
  make_sick(outbox, 100);
  EXPECT_TRUE(outbox.take(start + 1s).empty());
  EXPECT_EQ(outbox.next_due(), start + 2s);
  Outbox wide(4);
  make_sick(wide, 100);
  EXPECT_EQ(wide.take(start + 30s).size(), 1U);
  EXPECT_TRUE(wide.take(start + 60s).empty());
}

TEST(Outbox, IsNotMadeSickByOneRecipientsTrouble) {
  Outbox outbox(1);
  outbox.replace({leg(1, "mail", person("full")), leg(2, "mail", person("zoe"))});
  Instant now = start;
  for (int i = 0; i < 8; ++i) {
    for (const Parcel& each : outbox.take(now))
      outbox.failed(each.id, Error{ErrorCode::exhausted, "552 mailbox full"}, now, 1.0);
    now = std::max(now, *outbox.next_due());
  }
  outbox.replace({leg(1, "mail", person("full")), leg(3, "mail", person("new"))});
  const Numbers sent = numbers(outbox.take(now - 1ms));
  EXPECT_EQ(sent, Numbers{3}) << "somebody else's first notice waits for nothing";
}

TEST(Outbox, ProbesASickChannelAtLeastEveryHalfMinute) {
  Outbox outbox(1);
  make_sick(outbox, 100);
  Instant now = start + 2s;
  for (int i = 0; i < 50; ++i) {
    fails(outbox, now);
    ASSERT_LE(*outbox.next_due(), now + 30s);
    now = *outbox.next_due();
  }
}

TEST(Outbox, ProbesASickChannelWithAnUrgentNoticeAtOnce) {
  Outbox outbox(1);
  make_sick(outbox, 6);
  std::vector<Leg> open = to_many(6);
  open.push_back(urgent(leg(9, "mail", person("zoe"))));
  outbox.replace(open);
  EXPECT_EQ(numbers(outbox.take(start + 1ms)), Numbers{9});
}

TEST(Outbox, SendsEverythingOnceASickChannelIsWellAgain) {
  Outbox outbox(1);
  make_sick(outbox, 5);
  Instant now = start + 2s;
  for (int i = 0; i < 20; ++i) {
    fails(outbox, now);
    now = *outbox.next_due();
  }
  outbox.succeeded(outbox.take(now).at(0).id);  // whatever the others' own back-off is
  for (int i = 0; i < 4; ++i) outbox.succeeded(outbox.take(now).at(0).id);
  EXPECT_EQ(outbox.next_due(), std::nullopt);
}

TEST(Outbox, SendsAThousandNoticesAnotherWayWithoutTryingEachOnAHungChannel) {
  Outbox outbox;
  outbox.replace(to_many(1000, with_second(leg(1))));
  Instant now = start;
  std::size_t tried = 0;
  std::size_t ended = 0;
  while (ended < 1000 && now < start + 1h) {
    const std::vector<Parcel> parcels = outbox.take(now);
    ended += outbox.given_up().size();
    tried += parcels.size();
    now += parcels.empty() ? 1s : 15s;
    for (const Parcel& each : parcels)
      if (outbox.failed(each.id, passing, now, 1.0) == Verdict::given_up) ++ended;
  }
  EXPECT_EQ(ended, 1000U);
  EXPECT_LE(now, start + 1min);
  EXPECT_LE(tried, 10U);
}

TEST(Outbox, TakesAChannelForSickOnlyWhenItDoesNotAnswer) {
  Outbox outbox(1);
  outbox.replace(to_many(100, with_second(leg(1))));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(fails(outbox, start, lasting), Verdict::given_up);
  EXPECT_EQ(outbox.take(start + 40s).size(), 1U);
  EXPECT_TRUE(outbox.given_up().empty());
}

TEST(Outbox, ServesUrgentPeopleFirstAndThenWhoeverIsDueLongest) {
  Outbox outbox(1);
  const Leg retried = leg(9, "mail", person("ben"));
  const Leg later = leg(3, "mail", person("carl"));
  outbox.replace({retried});
  fails(outbox, start);  // due again at 2 s
  outbox.replace({retried, leg(1, "mail", person("aiko"))});
  const std::uint64_t under_way = outbox.take(start + 1s).at(0).id;
  outbox.replace({retried, leg(1, "mail", person("aiko")), later, urgent(leg(10, "mail", person("dana")))});
  EXPECT_TRUE(outbox.take(start + 5s).empty());
  outbox.succeeded(under_way);

  for (const std::uint64_t number : {10U, 9U, 3U}) {
    const std::vector<Parcel> next = outbox.take(start + 5s);
    EXPECT_EQ(numbers(next), Numbers{number});
    outbox.succeeded(next.at(0).id);
  }
}

}  // namespace
}  // namespace postern::notify
