#pragma once

#include <array>

#include "emergency/codec_parts.h"
#include "emergency/describe.h"

/// How the members of an entry's data are read. Inside of the codec only.
namespace postern::emergency::codec {

using json::Reader;
using json::Value;

/// The entry as a whole is limited, and nothing in it any further: a text that could be written but not read
/// again would stop the ledger at the next start.
inline constexpr std::size_t size_max = ledger::entry_bytes_max;

inline Result<std::string> text(Reader& reader, std::string_view name) { return reader.text(name, size_max); }

template <class IdType>
inline Result<IdType> id(Reader& reader, std::string_view name) {
  return IdType::parse(TRY(reader.text(name)));
}
inline Result<Instant> instant(Reader& reader, std::string_view name) {
  return parse_rfc3339(TRY(reader.text(name)));
}
inline Result<seconds> duration(Reader& reader, std::string_view name) {
  return parse_duration(TRY(reader.text(name)));
}
inline Result<Digest> digest(Reader& reader, std::string_view name) {
  return Digest::from_hex(TRY(reader.text(name)));
}
/// A tier's number or how many people it needs.
inline Result<int> counted(Reader& reader, std::string_view name) {
  const std::int64_t value = TRY(reader.integer(name));
  if (value < 1 || value > static_cast<std::int64_t>(size_max))
    return fail(ErrorCode::invalid, "\"" + std::string(name) + "\" is out of range.");
  return static_cast<int>(value);
}

inline Result<int> none_or_counted(Reader& reader, std::string_view name) {
  const std::int64_t value = TRY(reader.integer(name));
  if (value < 0 || value > static_cast<std::int64_t>(size_max))
    return fail(ErrorCode::invalid, "\"" + std::string(name) + "\" is out of range.");
  return static_cast<int>(value);
}

/// The enumerator with that name; `all` lists them.
template <class Enum, std::size_t N>
inline Result<Enum> named(Reader& reader, std::string_view name, const std::array<Enum, N>& all) {
  const std::string text = TRY(reader.text(name));
  for (const Enum each : all)
    if (name_of(each) == text) return each;
  return fail(ErrorCode::invalid, "\"" + text + "\" is not a known " + std::string(name) + ".");
}
inline constexpr std::array verdicts_of_version_1{Verdict::unknown, Verdict::up, Verdict::down};
inline constexpr std::array verdicts{Verdict::unknown, Verdict::up, Verdict::down, Verdict::degraded};
inline constexpr std::array warning_kinds{WarningKind::expires, WarningKind::expired, WarningKind::changed,
                                          WarningKind::deleted, WarningKind::mismatch};
inline constexpr std::array emergency_ends{EmergencyEnd::over, EmergencyEnd::false_alarm,
                                           EmergencyEnd::expired, EmergencyEnd::objected};
inline constexpr std::array override_ends{OverrideEnd::withdrawn, OverrideEnd::objected, OverrideEnd::lapsed,
                                          OverrideEnd::standing_lost};
inline constexpr std::array expiry_causes{ExpiryCause::unanswered, ExpiryCause::emergency_closed};
inline constexpr std::array grant_ends_of_version_1{GrantEnd::expired, GrantEnd::closed,
                                                    GrantEnd::emergency_closed, GrantEnd::standing_lost};
inline constexpr std::array skip_causes{SkipCause::nobody_to_ask, SkipCause::out_of_hours};
inline constexpr std::array incident_events{IncidentEvent::linked, IncidentEvent::created,
                                            IncidentEvent::verified, IncidentEvent::missing,
                                            IncidentEvent::closed};
inline constexpr std::array notice_kinds{
    NoticeKind::suspicion_raised,   NoticeKind::suspicion_cleared, NoticeKind::emergency_declared,
    NoticeKind::emergency_extended, NoticeKind::emergency_closed,  NoticeKind::request_waiting,
    NoticeKind::request_reminder,   NoticeKind::request_escalated, NoticeKind::request_answered,
    NoticeKind::request_ended,      NoticeKind::grant_opened,      NoticeKind::grant_extended,
    NoticeKind::grant_closed,       NoticeKind::override_made,     NoticeKind::override_opened,
    NoticeKind::override_ended,     NoticeKind::override_objected, NoticeKind::override_reviewed,
    NoticeKind::incident_overdue,   NoticeKind::absence_marked,    NoticeKind::test,
    NoticeKind::customers,          NoticeKind::partners};
inline constexpr std::array grant_ends{GrantEnd::expired, GrantEnd::closed, GrantEnd::emergency_closed,
                                       GrantEnd::standing_lost, GrantEnd::objected};

template <class IdType>
inline Result<std::vector<IdType>> ids(Reader& reader, std::string_view name) {
  std::vector<IdType> out;
  for (const Value& item : *TRY(reader.array(name, size_max))) {
    if (item.as_string() == nullptr)
      return fail(ErrorCode::invalid, "\"" + std::string(name) + "\" holds something else than ids.");
    out.push_back(TRY(IdType::parse(*item.as_string())));
  }
  return out;
}

inline Result<std::vector<std::string>> texts(Reader& reader, std::string_view name) {
  std::vector<std::string> out;
  for (const Value& item : *TRY(reader.array(name, size_max))) {
    if (item.as_string() == nullptr)
      return fail(ErrorCode::invalid, "\"" + std::string(name) + "\" holds something else than text.");
    out.push_back(*item.as_string());
  }
  return out;
}

/// Reads each item of an array of objects with `one`.
template <class T, class F>
inline Result<std::vector<T>> objects(Reader& reader, std::string_view name, F&& one) {
  std::vector<T> out;
  for (const Value& item : *TRY(reader.array(name, size_max))) {
    Reader inner(item, std::string(name) + ".");
    out.push_back(TRY(one(inner)));
    TRY(inner.finish());
  }
  return out;
}

inline Result<PersonSignature> person_signature(Reader& r) {
  Reader s(*TRY(r.any("signature")), "signature.");
  PersonSignature signature{TRY(id<PersonId>(s, "person")), TRY(text(s, "key")), TRY(text(s, "statement")),
                            TRY(text(s, "signature"))};
  TRY(s.finish());
  return signature;
}
inline Result<std::vector<Check>> checks(Reader& r) {
  return objects<Check>(r, "checks", [](Reader& c) -> Result<Check> {
    return Check{TRY(text(c, "name")), TRY(c.boolean("passed")), TRY(text(c, "note"))};
  });
}
// codec_read_people.cc
Result<Fact> read_request_submitted_1(Reader& r);
Result<Fact> read_request_submitted(Reader& r);
Result<Fact> read_request_skipped(Reader& r);
Result<Fact> read_request_reminded(Reader& r);
Result<Fact> read_request_checked(Reader& r);
Result<Fact> read_request_escalated(Reader& r);
Result<Fact> read_request_approved_1(Reader& r);
Result<Fact> read_request_denied_1(Reader& r);
Result<Fact> read_request_approved(Reader& r);
Result<Fact> read_request_denied(Reader& r);
Result<Fact> read_request_withdrawn(Reader& r);
Result<Fact> read_request_expired(Reader& r);
Result<Fact> read_grant_opened_1(Reader& r);
Result<Fact> read_grant_opened(Reader& r);
Result<Fact> read_grant_extended(Reader& r);
Result<Fact> read_absence_marked(Reader& r);
Result<Fact> read_absence_ended(Reader& r);
Result<Fact> read_notice_due(Reader& r);
Result<Fact> read_notice_delivered(Reader& r);
Result<Fact> read_notice_failed(Reader& r);
Result<Fact> read_notice_dropped(Reader& r);
Result<Fact> read_incident_recorded(Reader& r);
Result<Fact> read_incident_overdue(Reader& r);
Result<Fact> read_emergency_noted(Reader& r);
Result<Fact> read_grant_closed_1(Reader& r);
Result<Fact> read_grant_closed(Reader& r);

}  // namespace postern::emergency::codec
