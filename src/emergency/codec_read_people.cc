// Requests, grants, absences, notices and the timeline, as entries hold them.
#include "emergency/codec_reading.h"

namespace postern::emergency::codec {
namespace {

Result<RequestTerms> terms(Reader& r) {
  RequestTerms terms{.request = TRY(id<RequestId>(r, "request")),
                     .emergency = TRY(id<EmergencyId>(r, "emergency")),
                     .process = TRY(id<ProcessId>(r, "process")),
                     .requester = TRY(id<PersonId>(r, "requester")),
                     .account = TRY(id<AccountId>(r, "account")),
                     .emergency_role = TRY(text(r, "emergency_role")),
                     .target_role = TRY(text(r, "target_role")),
                     .duration = TRY(duration(r, "duration")),
                     .session_max = TRY(duration(r, "session_max")),
                     .catalog = TRY(digest(r, "catalog")),
                     .reason = {}};
  if (!TRY(text(r, "reason")).empty()) terms.reason = TRY(digest(r, "reason"));
  return terms;
}
Result<RequestTerms> read_terms_1(const Value& value) {
  Reader r(value, "terms.");
  RequestTerms out = TRY(terms(r));
  TRY(r.finish());
  return out;
}
Result<RequestTerms> read_terms(const Value& value) {
  Reader r(value, "terms.");
  RequestTerms out = TRY(terms(r));
  if (r.has("fields")) {
    const auto* fields = TRY(r.any("fields"))->as_object();
    if (fields == nullptr || fields->empty())
      return fail(ErrorCode::invalid, "\"terms.fields\" is no object, or an empty one.");
    for (const auto& [name, each] : *fields) {
      if (each.as_string() == nullptr)
        return fail(ErrorCode::invalid, "\"terms.fields\" holds something else than text.");
      out.fields.emplace(name, *each.as_string());
    }
  }
  if (r.has("starts_at")) out.starts_at = TRY(instant(r, "starts_at"));
  if (r.has("extends")) out.extends = TRY(id<GrantId>(r, "extends"));
  if (r.has("asked_by")) out.asked_by = TRY(id<ServiceId>(r, "asked_by"));
  TRY(r.finish());
  return out;
}
Result<FrozenTier> read_tier_1(Reader& t) {
  FrozenCircle circle{.from = TRY(ids<GroupId>(t, "from")),
                      .eligible = TRY(ids<PersonId>(t, "eligible")),
                      .count = TRY(counted(t, "count"))};
  return FrozenTier{.circles = {std::move(circle)}, .within = TRY(duration(t, "within"))};
}
Result<FrozenTier> read_tier(Reader& t) {
  FrozenTier tier;
  tier.circles = TRY(objects<FrozenCircle>(t, "circles", [](Reader& c) -> Result<FrozenCircle> {
    return FrozenCircle{.from = TRY(ids<GroupId>(c, "from")),
                        .people = TRY(ids<PersonId>(c, "people")),
                        .managers = TRY(none_or_counted(c, "managers")),
                        .eligible = TRY(ids<PersonId>(c, "eligible")),
                        .count = TRY(counted(c, "count"))};
  }));
  if (tier.circles.empty()) return fail(ErrorCode::invalid, "A tier has at least one circle.");
  tier.stand_ins = TRY(objects<StandIns>(t, "stand_ins", [](Reader& s) -> Result<StandIns> {
    return StandIns{TRY(id<PersonId>(s, "person")), TRY(ids<PersonId>(s, "deputies"))};
  }));
  tier.within = TRY(duration(t, "within"));
  tier.remind_after = TRY(duration(t, "remind_after"));
  if (t.has("hours"))
    tier.hours = TRY(objects<catalog::Window>(t, "hours", [](Reader& w) -> Result<catalog::Window> {
      return catalog::Window{TRY(instant(w, "from")), TRY(instant(w, "to"))};
    }));
  return tier;
}
Result<Fact> submission(Reader& r, RequestTerms terms, std::vector<FrozenTier> tiers, int tier) {
  if (TRY(text(r, "request")) != terms.request.text())
    return fail(ErrorCode::invalid, "\"request\" and \"terms.request\" differ.");
  if (tiers.empty()) return fail(ErrorCode::invalid, "A request has at least one tier.");
  return RequestSubmitted{std::move(terms), std::move(tiers), tier, TRY(instant(r, "answer_by"))};
}
Result<SignedAnswer> signed_answer(Reader& r) {
  return SignedAnswer{TRY(id<RequestId>(r, "request")), TRY(counted(r, "tier")),
                      TRY(id<PersonId>(r, "person")),   TRY(text(r, "key")),
                      TRY(text(r, "statement")),        TRY(text(r, "signature"))};
}
Result<SignedAnswer> read_signed_answer(Reader& r) {
  SignedAnswer answer = TRY(signed_answer(r));
  answer.stands_in_for = TRY(ids<PersonId>(r, "stands_in_for"));
  Reader conditions(*TRY(r.any("conditions")), "conditions.");
  if (!TRY(text(conditions, "duration")).empty())
    answer.conditions.duration = TRY(duration(conditions, "duration"));
  if (std::string role = TRY(text(conditions, "target_role")); !role.empty())
    answer.conditions.target_role = std::move(role);
  TRY(conditions.finish());
  if (r.has("reason")) answer.reason = TRY(digest(r, "reason"));
  return answer;
}
/// Notices by their numbers, at least one.
Result<std::vector<NoticeId>> notice_ids(Reader& r) {
  std::vector<NoticeId> out = TRY(ids<NoticeId>(r, "notices"));
  if (out.empty()) return fail(ErrorCode::invalid, "\"notices\" names none.");
  return out;
}

}  // namespace

Result<Fact> read_request_submitted_1(Reader& r) {
  RequestTerms terms = TRY(read_terms_1(*TRY(r.any("terms"))));
  return submission(r, std::move(terms), TRY(objects<FrozenTier>(r, "tiers", read_tier_1)), 1);
}
Result<Fact> read_request_submitted(Reader& r) {
  RequestTerms terms = TRY(read_terms(*TRY(r.any("terms"))));
  auto tiers = TRY(objects<FrozenTier>(r, "tiers", read_tier));
  return submission(r, std::move(terms), std::move(tiers), TRY(counted(r, "tier")));
}
Result<Fact> read_request_skipped(Reader& r) {
  return RequestTierSkipped{TRY(id<RequestId>(r, "request")), TRY(counted(r, "tier")),
                            TRY(named(r, "cause", skip_causes))};
}
Result<Fact> read_request_reminded(Reader& r) {
  return RequestReminded{TRY(id<RequestId>(r, "request")), TRY(counted(r, "tier"))};
}
Result<Fact> read_request_checked(Reader& r) {
  return RequestChecked{TRY(id<RequestId>(r, "request")), TRY(checks(r))};
}
Result<Fact> read_request_escalated(Reader& r) {
  return RequestEscalated{TRY(id<RequestId>(r, "request")), TRY(counted(r, "tier")),
                          TRY(instant(r, "answer_by"))};
}
Result<Fact> read_request_approved_1(Reader& r) { return RequestApproved{TRY(signed_answer(r))}; }
Result<Fact> read_request_denied_1(Reader& r) { return RequestDenied{TRY(signed_answer(r))}; }
Result<Fact> read_request_approved(Reader& r) { return RequestApproved{TRY(read_signed_answer(r))}; }
Result<Fact> read_request_denied(Reader& r) { return RequestDenied{TRY(read_signed_answer(r))}; }
Result<Fact> read_request_withdrawn(Reader& r) { return RequestWithdrawn{TRY(id<RequestId>(r, "request"))}; }
Result<Fact> read_request_expired(Reader& r) {
  return RequestExpired{TRY(id<RequestId>(r, "request")), TRY(named(r, "cause", expiry_causes))};
}
Result<Fact> read_grant_opened_1(Reader& r) {
  return GrantOpened{TRY(id<GrantId>(r, "grant")), TRY(id<RequestId>(r, "request")),
                     TRY(instant(r, "until"))};
}
Result<Fact> read_grant_opened(Reader& r) {
  GrantOpened fact{TRY(id<GrantId>(r, "grant")), TRY(id<RequestId>(r, "request")), TRY(instant(r, "until"))};
  fact.target_role = TRY(text(r, "target_role"));
  if (r.has("from")) fact.from = TRY(instant(r, "from"));
  return fact;
}
Result<Fact> read_grant_extended(Reader& r) {
  return GrantExtended{TRY(id<GrantId>(r, "grant")), TRY(id<RequestId>(r, "request")),
                       TRY(instant(r, "until"))};
}
Result<Fact> read_absence_marked(Reader& r) {
  return AbsenceMarked{TRY(id<PersonId>(r, "person")), TRY(instant(r, "from")), TRY(instant(r, "to")),
                       TRY(person_signature(r))};
}
Result<Fact> read_absence_ended(Reader& r) { return AbsenceEnded{TRY(id<PersonId>(r, "person"))}; }
Result<Fact> read_notice_due(Reader& r) {
  NoticeDue fact{.notice = TRY(id<NoticeId>(r, "notice")),
                 .kind = TRY(named(r, "kind", notice_kinds)),
                 .about = TRY(text(r, "about")),
                 .routes = {},
                 .give_up_at = TRY(instant(r, "give_up_at"))};
  fact.routes = TRY(objects<NoticeRoute>(r, "routes", [](Reader& n) -> Result<NoticeRoute> {
    NoticeRoute route{.channels = TRY(texts(n, "channels"))};
    if (n.has("person")) route.person = TRY(id<PersonId>(n, "person"));
    if (route.channels.empty()) return fail(ErrorCode::invalid, "A route has at least one channel.");
    return route;
  }));
  return fact;
}
Result<Fact> read_notice_delivered(Reader& r) {
  NoticeDelivered fact{.notices = TRY(notice_ids(r)),
                       .channel = TRY(text(r, "channel")),
                       .attempts = TRY(counted(r, "attempts"))};
  if (r.has("person")) fact.person = TRY(id<PersonId>(r, "person"));
  return fact;
}
Result<Fact> read_notice_failed(Reader& r) {
  NoticeFailed fact{.notices = TRY(notice_ids(r)),
                    .channel = TRY(text(r, "channel")),
                    .attempts = TRY(counted(r, "attempts")),
                    .reason = TRY(text(r, "reason"))};
  if (r.has("person")) fact.person = TRY(id<PersonId>(r, "person"));
  return fact;
}
Result<Fact> read_notice_dropped(Reader& r) { return NoticeDropped{TRY(notice_ids(r))}; }
Result<Fact> read_incident_recorded(Reader& r) {
  return IncidentRecorded{TRY(id<EmergencyId>(r, "emergency")), TRY(text(r, "incident")),
                          TRY(named(r, "event", incident_events))};
}
Result<Fact> read_incident_overdue(Reader& r) {
  return IncidentOverdue{TRY(id<EmergencyId>(r, "emergency"))};
}
Result<Fact> read_emergency_noted(Reader& r) {
  return EmergencyNoted{TRY(id<EmergencyId>(r, "emergency")), TRY(id<PersonId>(r, "person")),
                        TRY(digest(r, "note"))};
}
Result<Fact> read_grant_closed_1(Reader& r) {
  return GrantClosed{TRY(id<GrantId>(r, "grant")), TRY(named(r, "cause", grant_ends_of_version_1))};
}
Result<Fact> read_grant_closed(Reader& r) {
  return GrantClosed{TRY(id<GrantId>(r, "grant")), TRY(named(r, "cause", grant_ends))};
}

}  // namespace postern::emergency::codec
