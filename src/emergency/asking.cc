#include "emergency/asking.h"

#include <algorithm>

#include "catalog/approvers.h"

namespace postern::emergency {
namespace {

/// A deputy's deputy answers when both are away, and so on, but not for ever.
constexpr int deputies_max = 5;

std::vector<PersonId> deputies_of(const catalog::Catalog& in_force, const PersonId& person,
                                  const PersonId& requester) {
  std::vector<PersonId> out;
  std::set<PersonId> seen{person};
  const catalog::Person* each = in_force.person(person);
  for (int i = 0; i < deputies_max && each != nullptr && each->deputy; ++i) {
    if (!seen.insert(*each->deputy).second) break;
    each = in_force.person(*each->deputy);
    if (each != nullptr && each->id != requester) out.push_back(each->id);
  }
  return out;
}

FrozenCircle freeze(const catalog::Catalog& in_force, const catalog::Circle& circle,
                    const PersonId& requester) {
  const std::set<PersonId> people = catalog::people_of(in_force, circle, requester);
  return {.from = circle.from,
          .people = circle.people,
          .managers = circle.managers,
          .eligible = {people.begin(), people.end()},
          .count = circle.count};
}

FrozenTier freeze(const catalog::Catalog& in_force, const catalog::Tier& tier, const PersonId& requester,
                  const catalog::Window& whole) {
  FrozenTier out{
      .circles = {}, .within = tier.within, .remind_after = tier.remind_after.value_or(tier.within / 2)};
  if (out.remind_after >= out.within) out.remind_after = seconds(0);
  std::set<PersonId> eligible;
  for (const catalog::Circle& each : catalog::circles_of(tier)) {
    out.circles.push_back(freeze(in_force, each, requester));
    eligible.insert(out.circles.back().eligible.begin(), out.circles.back().eligible.end());
  }
  for (const PersonId& each : eligible)
    if (auto deputies = deputies_of(in_force, each, requester); !deputies.empty())
      out.stand_ins.push_back({each, std::move(deputies)});
  if (!tier.calendar) return out;
  const auto calendar = in_force.calendars.find(*tier.calendar);
  out.hours.emplace();
  if (calendar != in_force.calendars.end()) out.hours = catalog::open_windows(calendar->second, whole);
  return out;
}

/// Away by somebody's word that is not one of these. One's own word always counts.
bool is_away_unless_said_by(const Situation& situation, const PersonId& person, Instant now,
                            const std::set<PersonId>& nobody_of) {
  const auto found = situation.absences.find(person);
  return found != situation.absences.end() &&
         std::any_of(found->second.begin(), found->second.end(), [&](const Absence& each) {
           return each.from <= now && now < each.to &&
                  (each.marked_by == person || !nobody_of.contains(each.marked_by));
         });
}

bool contains(const std::vector<PersonId>& people, const PersonId& person) {
  return std::find(people.begin(), people.end(), person) != people.end();
}

/// What can_be_met() wants to know of frozen circles.
std::vector<catalog::Circle> counts_of(const FrozenTier& tier) {
  std::vector<catalog::Circle> out;
  for (const FrozenCircle& each : tier.circles) out.push_back({.count = each.count});
  return out;
}

/// Whose approvals count in each circle.
std::vector<std::set<PersonId>> counting_in(const FrozenTier& tier, const std::vector<Answer>& approvals) {
  std::vector<std::set<PersonId>> out;
  for (const FrozenCircle& circle : tier.circles) {
    std::set<PersonId> people;
    for (const Answer& each : approvals) {
      // Who has come back and answered needs nobody in their place.
      std::vector<PersonId> absent = each.stands_in_for;
      std::erase_if(absent, [&](const PersonId& one) {
        return std::any_of(approvals.begin(), approvals.end(),
                           [&](const Answer& other) { return other.person == one; });
      });
      const bool counts = contains(circle.eligible, each.person) ||
                          std::any_of(absent.begin(), absent.end(),
                                      [&](const PersonId& one) { return contains(circle.eligible, one); });
      if (counts) people.insert(each.person);
    }
    out.push_back(std::move(people));
  }
  return out;
}

/// Whether the catalog in force still has `person` in the circle.
bool still_belongs(const FrozenCircle& circle, const catalog::Catalog& in_force, const PersonId& requester,
                   const PersonId& person) {
  const std::set<PersonId> now = catalog::people_of(
      in_force, {.from = circle.from, .people = circle.people, .managers = circle.managers}, requester);
  return contains(circle.eligible, person) && now.contains(person);
}

bool still_belongs(const FrozenTier& tier, const catalog::Catalog& in_force, const PersonId& requester,
                   const PersonId& person) {
  return std::any_of(tier.circles.begin(), tier.circles.end(), [&](const FrozenCircle& each) {
    return still_belongs(each, in_force, requester, person);
  });
}

}  // namespace

std::vector<FrozenTier> frozen_tiers(const catalog::Catalog& in_force, const catalog::Process& process,
                                     const PersonId& requester, Instant now) {
  // A day more than all tiers take: the request may be moved on late, after a clock in doubt or a restart.
  seconds whole{86400};
  for (const catalog::Tier& each : process.tiers) whole += each.within;
  std::vector<FrozenTier> out;
  for (const catalog::Tier& each : process.tiers)
    out.push_back(freeze(in_force, each, requester, {now, now + whole}));
  return out;
}

bool is_absent(const AskedAt& asking, const PersonId& person) {
  return is_away_unless_said_by(asking.situation, person, asking.now, {asking.requester});
}

std::optional<PersonId> stand_in(const FrozenTier& tier, const PersonId& absent, const AskedAt& asking) {
  for (const StandIns& each : tier.stand_ins) {
    if (each.person != absent) continue;
    for (const PersonId& deputy : each.deputies)
      if (!is_absent(asking, deputy) &&
          is_away_unless_said_by(asking.situation, absent, asking.now, {asking.requester, deputy}))
        return deputy;
  }
  return std::nullopt;
}

std::vector<std::set<PersonId>> asked_now(const FrozenTier& tier, const AskedAt& asking) {
  std::vector<std::set<PersonId>> out;
  for (const FrozenCircle& circle : tier.circles) {
    std::set<PersonId> asked;
    for (const PersonId& each : circle.eligible)
      if (!is_absent(asking, each))
        asked.insert(each);
      else if (const auto deputy = stand_in(tier, each, asking))
        asked.insert(*deputy);
    out.push_back(std::move(asked));
  }
  return out;
}

std::set<PersonId> everybody_asked(const FrozenTier& tier, const AskedAt& asking) {
  std::set<PersonId> out;
  for (std::set<PersonId>& each : asked_now(tier, asking)) out.merge(each);
  return out;
}

std::optional<SkipCause> why_skipped(const FrozenTier& tier, const AskedAt& asking) {
  const auto is_now = [&](const catalog::Window& each) {
    return each.from <= asking.now && asking.now < each.to;
  };
  if (tier.hours && std::none_of(tier.hours->begin(), tier.hours->end(), is_now))
    return SkipCause::out_of_hours;
  if (!catalog::can_be_met(counts_of(tier), asked_now(tier, asking))) return SkipCause::nobody_to_ask;
  return std::nullopt;
}

std::vector<Answer> approvals_of(const Request& request) {
  std::vector<Answer> out;
  for (const Answer& each : request.answers)
    if (each.tier == request.tier && each.decision == Decision::approve) out.push_back(each);
  return out;
}

bool can_still_answer(const Request& request, const Situation& situation, Instant now) {
  const FrozenTier& tier = request.asked_tier();
  std::vector<std::set<PersonId>> asked = asked_now(tier, {situation, request.terms.requester, now});
  std::vector<std::set<PersonId>> counting = counting_in(tier, approvals_of(request));
  for (std::size_t i = 0; i < asked.size(); ++i) asked[i].merge(counting[i]);
  return catalog::can_be_met(counts_of(tier), asked);
}

Seat seat_of(const FrozenTier& tier, const catalog::Catalog& in_force, const PersonId& requester,
             const PersonId& person) {
  Seat seat;
  if (person == requester || in_force.person(person) == nullptr) return seat;
  seat.is_own = still_belongs(tier, in_force, requester, person);
  for (const StandIns& each : tier.stand_ins)
    if (contains(each.deputies, person) && contains(deputies_of(in_force, each.person, requester), person) &&
        still_belongs(tier, in_force, requester, each.person))
      seat.may_stand_in_for.push_back(each.person);
  return seat;
}

bool are_enough(const FrozenTier& tier, const std::vector<Answer>& approvals) {
  return catalog::can_be_met(counts_of(tier), counting_in(tier, approvals));
}

std::vector<Fact> next_step(const Request& request, int after, const Situation& situation, Instant now) {
  std::vector<Fact> facts;
  const RequestId id = request.terms.request;
  for (int tier = after + 1; tier <= std::ssize(request.tiers); ++tier) {
    const FrozenTier& next = request.tiers[static_cast<std::size_t>(tier) - 1];
    const auto skipped = why_skipped(next, {situation, request.terms.requester, now});
    if (!skipped) {
      facts.emplace_back(RequestEscalated{id, tier, now + next.within});
      return facts;
    }
    facts.emplace_back(RequestTierSkipped{id, tier, *skipped});
  }
  facts.emplace_back(RequestExpired{id, ExpiryCause::unanswered});
  return facts;
}

Conditions conditions_of(const std::vector<Answer>& approvals, const std::vector<std::string>& smaller) {
  Conditions out;
  for (const Answer& each : approvals)
    if (const auto& duration = each.conditions.duration)
      out.duration = out.duration ? std::min(*out.duration, *duration) : *duration;
  const auto rank = [&](const std::string& role) { return std::find(smaller.begin(), smaller.end(), role); };
  for (const Answer& each : approvals)
    if (const auto& role = each.conditions.target_role)
      if (!out.target_role || rank(*role) > rank(*out.target_role)) out.target_role = role;
  return out;
}

}  // namespace postern::emergency
