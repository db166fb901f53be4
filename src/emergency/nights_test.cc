// Ten thousand nights: random companies, calendars, absences and approvers who sleep.
#include <gmock/gmock.h>

#include <random>

#include "emergency/asking.h"
#include "emergency/testing.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;

constexpr std::uint64_t nights = 10'000;

class Night {
 public:
  explicit Night(std::uint64_t seed) : engine_(seed) {}

  void pass() {
    world_ = after_change(declared(), [this](catalog::Catalog& c) { shape(c); });
    for (int i = 0; i < 3; ++i)
      if (one_in(2)) somebody_goes();
    world_ = after(std::move(world_), by(aiko, ask_for_prod_web()));
    look();
    // No request can last longer than all of its tiers.
    for (int step = 0; step < 400 && waits(); ++step) {
      const auto due = next_due(world_.situation);
      ASSERT_TRUE(due) << "a request waits, and nothing is due";
      std::uniform_int_distribution<std::int64_t> part(1, 4);
      const Instant target =
          one_in(2) ? std::max(*due, world_.now) : world_.now + (*due - world_.now) / part(engine_);
      world_.now = std::max(world_.now + 1s, target);
      if (one_in(9)) somebody_goes();
      if (one_in(5)) somebody_answers();
      world_ = settled(std::move(world_));
      look();
      if (testing::Test::HasFatalFailure()) return;
    }
    ASSERT_FALSE(waits()) << "the request never ends";
    check_end();
  }

 private:
  [[nodiscard]] bool one_in(int n) { return std::uniform_int_distribution<int>(1, n)(engine_) == 1; }
  [[nodiscard]] int number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(engine_); }
  [[nodiscard]] const PersonId& anybody() {
    static const std::vector<PersonId> all{aiko, ben, chie, dana, emil, fumi};
    return all[static_cast<std::size_t>(number(0, 5))];
  }
  [[nodiscard]] bool waits() const { return world_.request().stage == Stage::awaiting_approval; }

  catalog::Calendar some_calendar() {
    catalog::Calendar out{
        .timezone = "UTC", .opens = std::chrono::minutes(60 * number(0, 12)), .offsets = {{}}};
    out.closes = out.opens + std::chrono::minutes(60 * number(1, 12));
    for (bool& each : out.weekdays) each = !one_in(3);
    // A clock that is set forward in the middle of the night.
    if (one_in(2)) out.offsets.push_back({start + std::chrono::minutes(number(0, 90)), 1h});
    if (one_in(4)) out.holidays.insert("2026-11-23");
    return out;
  }
  catalog::Circle some_circle() {
    static const std::vector<GroupId> groups{emergency_admins, security_leads, executives, identity_admins};
    catalog::Circle out{.count = number(1, 2)};
    for (const GroupId& each : groups)
      if (one_in(3)) out.from.push_back(each);
    if (one_in(3)) out.people.push_back(anybody());
    if (one_in(4)) out.managers = number(1, 3);
    return out;
  }
  void shape(catalog::Catalog& c) {
    c.channels.emplace("mail", catalog::Channel{.provider = {.kind = "smtp"}});
    c.calendars.emplace("office", some_calendar());
    for (auto& [id, person] : c.people) {
      if (one_in(2)) person.deputy = anybody();
      if (one_in(2)) person.manager = anybody();  // circles happen
    }
    catalog::Process& process = c.processes.at(operate_workload);
    process.tiers.clear();
    for (int i = number(1, 4); i > 0; --i) {
      const catalog::Circle own = some_circle();
      catalog::Tier tier{.from = own.from,
                         .count = own.count,
                         .within = std::chrono::minutes(number(1, 90)),
                         .people = own.people,
                         .managers = own.managers};
      if (one_in(3)) tier.besides.push_back(some_circle());
      if (one_in(2)) tier.calendar = "office";
      process.tiers.push_back(std::move(tier));
    }
  }
  void somebody_goes() {
    const PersonId person = anybody();
    const Instant from = world_.now + std::chrono::minutes(number(0, 60));
    Ask ask = absent(person, person, from, from + std::chrono::minutes(number(1, 300)));
    world_.hear(ask);
  }
  void somebody_answers() {
    const PersonId person = anybody();
    world_.hear(one_in(6) ? deny(world_, person) : approve(world_, person));
  }

  /// What was told since last time: whom each tier has asked.
  void look() {
    for (; seen_ < world_.story.size(); ++seen_) {
      const Record& record = world_.story[seen_];
      if (const auto* submitted = std::get_if<RequestSubmitted>(&record.fact)) tier_ = submitted->tier;
      if (const auto* escalated = std::get_if<RequestEscalated>(&record.fact)) {
        ASSERT_GT(escalated->tier, tier_) << "a tier is asked twice";
        tier_ = escalated->tier;
      }
      if (const auto* skipped = std::get_if<RequestTierSkipped>(&record.fact)) skipped_.insert(skipped->tier);
      const auto* due = std::get_if<NoticeDue>(&record.fact);
      if (due == nullptr || due->kind != NoticeKind::request_waiting) continue;
      for (const NoticeRoute& route : due->routes)
        ASSERT_TRUE(asked_[tier_].insert(*route.person).second)
            << route.person->text() << " is asked twice for tier " << tier_;
      // Nobody who can answer is left out, and nobody asked who cannot.
      const FrozenTier& tier = world_.request().tiers.at(static_cast<std::size_t>(tier_) - 1);
      std::set<PersonId> eligible;
      for (const FrozenCircle& circle : tier.circles)
        for (const PersonId& each : circle.eligible)
          if (!is_absent({world_.situation, aiko, record.at}, each)) eligible.insert(each);
      for (const PersonId& each : eligible)
        ASSERT_TRUE(asked_[tier_].contains(each)) << each.text() << " of tier " << tier_ << " is not asked";
      ASSERT_FALSE(asked_[tier_].contains(aiko)) << "whoever asks is asked";
    }
  }
  void check_end() {
    const Request& request = world_.request();
    if (request.stage != Stage::expired) return;
    for (int tier = 1; tier <= std::ssize(request.tiers); ++tier)
      ASSERT_TRUE(asked_.contains(tier) || skipped_.contains(tier)) << "tier " << tier << " was never asked";
  }

  std::mt19937_64 engine_;
  World world_;
  std::size_t seen_ = 0;
  int tier_ = 0;
  std::map<int, std::set<PersonId>> asked_;
  std::set<int> skipped_;
};

TEST(Nights, EndEveryRequestAskEverybodyAndNobodyTwice) {
  for (std::uint64_t seed = 1; seed <= nights; ++seed) {
    Night(seed).pass();
    ASSERT_FALSE(HasFatalFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace postern::emergency
