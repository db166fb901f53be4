#pragma once

#include <optional>
#include <set>
#include <vector>

#include "catalog/catalog.h"
#include "emergency/situation.h"

/// Whom a request asks: tiers as they were frozen when it was made, held against who is away and who has
/// answered. Pure.
namespace postern::emergency {

/// The tiers of `process` as they stand now for this requester, with their hours as far as all tiers together
/// may last. Those that ask nobody are among them.
std::vector<FrozenTier> frozen_tiers(const catalog::Catalog& in_force, const catalog::Process& process,
                                     const PersonId& requester, Instant now);

/// The moment at which a request looks whom it asks.
struct AskedAt {
  const Situation& situation;
  const PersonId& requester;  ///< nobody is away because whoever asks says so
  Instant now;
};

bool is_absent(const AskedAt& asking, const PersonId& person);

/// Who is asked in each circle now: those who are eligible, and for each of them who is away the first deputy
/// who is not, if there is one.
std::vector<std::set<PersonId>> asked_now(const FrozenTier& tier, const AskedAt& asking);
/// The same of the whole tier.
std::set<PersonId> everybody_asked(const FrozenTier& tier, const AskedAt& asking);

/// Who answers for somebody who is away: their first deputy who is not, and who did not say themselves that
/// they are; absent when there is none.
std::optional<PersonId> stand_in(const FrozenTier& tier, const PersonId& absent, const AskedAt& asking);

/// Why a tier that is about to be asked is skipped instead; absent: it can be asked.
std::optional<SkipCause> why_skipped(const FrozenTier& tier, const AskedAt& asking);

/// False when too few are left for the tier that is asked now, because people have gone away since.
bool can_still_answer(const Request& request, const Situation& situation, Instant now);

/// Where a person stands in a tier, by what was frozen and the catalog in force.
struct Seat {
  bool is_own = false;                     ///< they are eligible themselves
  std::vector<PersonId> may_stand_in_for;  ///< as a deputy, while these are absent; sorted
  [[nodiscard]] bool exists() const { return is_own || !may_stand_in_for.empty(); }
};
Seat seat_of(const FrozenTier& tier, const catalog::Catalog& in_force, const PersonId& requester,
             const PersonId& person);

/// The approvals that the tier which is asked now has given so far.
std::vector<Answer> approvals_of(const Request& request);

/// Whether these approvals, all of that tier, are enough: each circle has its number, and
/// nobody counts twice.
bool are_enough(const FrozenTier& tier, const std::vector<Answer>& approvals);

/// The request moves on from `after` (0: it was just made): tiers that are skipped, then the one that is
/// asked, or the end when nobody is left.
std::vector<Fact> next_step(const Request& request, int after, const Situation& situation, Instant now);

/// What approvers have left of what was asked for: the shortest time and the smallest role that any of them
/// named. `smaller` lists the process's roles by falling power.
Conditions conditions_of(const std::vector<Answer>& approvals, const std::vector<std::string>& smaller);

}  // namespace postern::emergency
