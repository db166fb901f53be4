#pragma once

#include <optional>
#include <vector>

#include "emergency/may.h"
#include "emergency/situation.h"

/// The rules. decide() is the only place where anything is allowed or refused.
namespace postern::emergency {

/// AWS STS issues no session shorter than this (API reference, AssumeRole, DurationSeconds).
inline constexpr seconds session_min{900};
/// Nothing shorter may be asked for: a session needs session_min of its grant to be left when it is opened,
/// and people need time to open it.
inline constexpr seconds grant_min{1800};
/// A request may name a start that is so far ahead.
inline constexpr seconds starts_within_max{86400};
/// Names of the warnings that a request may come with; assumptions are named by their text.
inline constexpr std::string_view own_way_in = "own way in checked lately";
inline constexpr std::string_view drilled_lately = "process drilled lately";
inline constexpr std::string_view signed_catalog = "catalog signed by its owners";
/// An absence is at most this long, and at most this far ahead.
inline constexpr seconds absence_max{370 * 86400};
inline constexpr std::size_t absences_per_person_max = 20;
/// Role chaining allows no longer session (IAM User Guide, "Role chaining").
inline constexpr seconds chained_session_max{3600};
/// No report of a session within this time: its outcome is unknown.
inline constexpr seconds report_within{300};
inline constexpr std::size_t awaiting_per_person_max = 5;
/// Sessions of one grant that AWS issued, or may have. A grant of twelve hours is renewed sixteen times.
inline constexpr std::size_t sessions_per_grant_max = 100;
/// And those that came to nothing: tools try again and again while AWS is in trouble, and that must not use
/// up the grant.
inline constexpr std::size_t failed_sessions_per_grant_max = 2000;

/// What `ask` would make happen at `now`; an Error if it is not allowed. An empty list means that nothing
/// changes.
Result<std::vector<Fact>> decide(const Situation& situation, const Policy& policy, const Ask& ask,
                                 Instant now);

/// What a person's ask led to.
struct Outcome {
  std::vector<Fact> facts;         ///< to be recorded; a refusal is recorded too
  std::optional<Error> refusal;    ///< what the person is told instead
  std::optional<Answered> repeat;  ///< the same ask was answered before; facts is empty
};
/// decide(), with its refusals turned into facts and repeated asks answered from the first time. Never fails.
Outcome answer(const Situation& situation, const Policy& policy, const Ask& ask, Instant now);

// --- What is owed
// ----------------------------------------------------------------------------------------------------
/// Something that must be done now, computed from the situation and never stored.
struct Obligation {
  enum class Kind {
    escalate_request,
    expire_request,
    remind_approvers,
    incident_overdue,
    close_grant,
    mark_session_unknown,
    expire_emergency,
    open_override,   ///< the time for objections is over
    lapse_override,  ///< no co-signer came in time
    forget_report    ///< what people said of a probe is too old
  };
  Kind kind;
  std::string resource;
  friend bool operator==(const Obligation&, const Obligation&) = default;
};
/// Empty while the clock is in doubt: nothing expires then.
std::vector<Obligation> owed(const Situation& situation, Instant now);
/// When owed() will say something new, if nothing else happens. Absent: never.
std::optional<Instant> next_due(const Situation& situation);

}  // namespace postern::emergency
