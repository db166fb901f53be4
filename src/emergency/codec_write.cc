#include "emergency/codec_parts.h"
#include "emergency/describe.h"

namespace postern::emergency {
namespace {

using json::Object;
using json::Value;

template <class T, class F>
json::Array list(const std::vector<T>& items, F&& one) {
  json::Array out;
  for (const T& item : items) out.push_back(one(item));
  return out;
}

template <class IdType>
json::Array texts(const std::vector<IdType>& ids) {
  return list(ids, [](const IdType& id) { return Value(id.text()); });
}

Object write(const CatalogAdopted& f) {
  Object out{{"catalog", f.catalog.hex()},
             {"signatures", list(f.signatures, [](const OwnerSignature& s) {
                return Value(Object{{"key", s.key}, {"person", s.person.text()}, {"signature", s.signature}});
              })}};
  if (f.replaces) out.emplace("replaces", f.replaces->hex());
  return out;
}
Object write(const ProbeChanged& f) {
  Object out{{"detail", f.detail},
             {"node", f.node},
             {"probe", f.probe.text()},
             {"since", to_rfc3339(f.since)},
             {"verdict", name_of(f.verdict)}};
  if (f.until) out.emplace("until", to_rfc3339(*f.until));
  return out;
}
Object write(const ProbeWarned& f) {
  return {{"probe", f.probe.text()}, {"warnings", list(f.warnings, [](const ProbeWarning& w) {
                                        return Value(Object{{"kind", name_of(w.kind)}, {"text", w.text}});
                                      })}};
}
Object write(const SuspicionRaised& f) {
  return {{"because", list(f.because, [](const ProbeId& id) { return Value(id.text()); })},
          {"mode", f.mode.text()}};
}
Object write(const SuspicionCleared& f) { return {{"mode", f.mode.text()}}; }
Object write(const AttestationMade& f) {
  return {{"mode", f.mode.text()}, {"person", f.person.text()}, {"statement", f.statement}};
}
json::Array evidence(const std::vector<ProbeEvidence>& probes) {
  return list(probes, [](const ProbeEvidence& e) {
    return Value(Object{{"detail", e.detail},
                        {"node", e.node},
                        {"probe", e.probe.text()},
                        {"since", to_rfc3339(e.since)},
                        {"verdict", name_of(e.verdict)}});
  });
}
json::Array evidence(const std::vector<AttestationEvidence>& attestations) {
  return list(attestations, [](const AttestationEvidence& e) {
    return Value(Object{{"at", to_rfc3339(e.at)}, {"person", e.person.text()}, {"statement", e.statement}});
  });
}
Object write(const EmergencyDeclared& f) {
  Object out{{"attestations", evidence(f.attestations)},
             {"declared_by", f.declared_by.text()},
             {"emergency", f.emergency.text()},
             {"incident", f.incident},
             {"mode", f.mode.text()},
             {"probes", evidence(f.probes)}};
  if (f.until) out.emplace("until", to_rfc3339(*f.until));
  if (f.by_override) out.emplace("override", f.by_override->text());
  if (f.link_by) out.emplace("link_by", to_rfc3339(*f.link_by));
  return out;
}
Object write(const EmergencyExtended& f) {
  return {{"emergency", f.emergency.text()}, {"until", to_rfc3339(f.until)}};
}
Object write(const EmergencyClosed& f) {
  Object out{{"emergency", f.emergency.text()},
             {"how", name_of(f.how)},
             {"missing", list(f.missing, [](const std::string& each) { return Value(each); })}};
  if (f.reason) out.emplace("reason", f.reason->hex());
  return out;
}
Object write(const PersonSignature& s) {
  return {
      {"key", s.key}, {"person", s.person.text()}, {"signature", s.signature}, {"statement", s.statement}};
}
Object write(const OverrideMade& f) {
  return {{"attestations", evidence(f.attestations)},
          {"co_sign_by", to_rfc3339(f.co_sign_by)},
          {"lasts", to_text(f.lasts)},
          {"override", f.terms.id.text()},
          {"probes", evidence(f.probes)},
          {"signature", write(f.signature)},
          {"skipped", list(f.skipped, [](const PersonId& id) { return Value(id.text()); })},
          {"terms", to_json(f.terms)}};
}
Object write(const OverrideCosigned& f) {
  return {{"override", f.id.text()}, {"signature", write(f.signature)}};
}
Object write(const OverrideOpened& f) { return {{"override", f.id.text()}}; }
Object write(const OverrideObjected& f) {
  return {{"override", f.id.text()}, {"person", f.person.text()}, {"reason", f.reason.hex()}};
}
Object write(const OverrideEnded& f) { return {{"cause", name_of(f.cause)}, {"override", f.id.text()}}; }
Object write(const OverrideReviewed& f) {
  return {{"justified", f.justified},
          {"note", f.note.hex()},
          {"override", f.id.text()},
          {"person", f.person.text()}};
}
Object write(const RequestSubmitted& f) {
  return {{"answer_by", to_rfc3339(f.answer_by)},
          {"request", f.terms.request.text()},
          {"terms", to_json(f.terms)},
          {"tier", f.tier},
          {"tiers", list(f.tiers, [](const FrozenTier& t) { return to_json(t); })}};
}
Object write(const RequestTierSkipped& f) {
  return {{"cause", name_of(f.cause)}, {"request", f.request.text()}, {"tier", f.tier}};
}
Object write(const RequestReminded& f) { return {{"request", f.request.text()}, {"tier", f.tier}}; }
json::Array checks(const std::vector<Check>& checks) {
  return list(checks, [](const Check& c) {
    return Value(Object{{"name", c.name}, {"note", c.note}, {"passed", c.passed}});
  });
}
Object write(const RequestChecked& f) {
  return {{"checks", checks(f.checks)}, {"request", f.request.text()}};
}
Object write(const RequestEscalated& f) {
  return {{"answer_by", to_rfc3339(f.answer_by)}, {"request", f.request.text()}, {"tier", f.tier}};
}
Object write(const SignedAnswer& f) {
  Object out{{"conditions", to_json(f.conditions)},
             {"key", f.key},
             {"person", f.person.text()},
             {"request", f.request.text()},
             {"signature", f.signature},
             {"stands_in_for", texts(f.stands_in_for)},
             {"statement", f.statement},
             {"tier", f.tier}};
  if (f.reason) out.emplace("reason", f.reason->hex());
  return out;
}
Object write(const RequestWithdrawn& f) { return {{"request", f.request.text()}}; }
Object write(const RequestExpired& f) { return {{"cause", name_of(f.cause)}, {"request", f.request.text()}}; }
Object write(const GrantOpened& f) {
  Object out{{"grant", f.grant.text()},
             {"request", f.request.text()},
             {"target_role", f.target_role},
             {"until", to_rfc3339(f.until)}};
  if (f.from) out.emplace("from", to_rfc3339(*f.from));
  return out;
}
Object write(const GrantExtended& f) {
  return {{"grant", f.grant.text()}, {"request", f.request.text()}, {"until", to_rfc3339(f.until)}};
}
Object write(const AbsenceMarked& f) {
  return {{"from", to_rfc3339(f.from)},
          {"person", f.person.text()},
          {"signature", write(f.signature)},
          {"to", to_rfc3339(f.to)}};
}
Object write(const AbsenceEnded& f) { return {{"person", f.person.text()}}; }
Object write(const NoticeDue& f) {
  return {{"about", f.about},
          {"give_up_at", to_rfc3339(f.give_up_at)},
          {"kind", name_of(f.kind)},
          {"notice", f.notice.text()},
          {"routes", list(f.routes, [](const NoticeRoute& route) {
             Object out{{"channels", list(route.channels, [](const std::string& c) { return Value(c); })}};
             if (route.person) out.emplace("person", route.person->text());
             return Value(std::move(out));
           })}};
}
Object write(const NoticeDelivered& f) {
  Object out{{"attempts", f.attempts}, {"channel", f.channel}, {"notices", texts(f.notices)}};
  if (f.person) out.emplace("person", f.person->text());
  return out;
}
Object write(const NoticeFailed& f) {
  Object out{
      {"attempts", f.attempts}, {"channel", f.channel}, {"notices", texts(f.notices)}, {"reason", f.reason}};
  if (f.person) out.emplace("person", f.person->text());
  return out;
}
Object write(const NoticeDropped& f) { return {{"notices", texts(f.notices)}}; }
Object write(const IncidentRecorded& f) {
  return {{"emergency", f.emergency.text()}, {"event", name_of(f.event)}, {"incident", f.incident}};
}
Object write(const IncidentOverdue& f) { return {{"emergency", f.emergency.text()}}; }
Object write(const EmergencyNoted& f) {
  return {{"emergency", f.emergency.text()}, {"note", f.note.hex()}, {"person", f.person.text()}};
}
Object write(const GrantClosed& f) { return {{"cause", name_of(f.cause)}, {"grant", f.grant.text()}}; }
Object write(const SessionIntended& f) {
  return {{"duration", to_text(f.duration)},      {"grant", f.grant.text()},
          {"report_by", to_rfc3339(f.report_by)}, {"role_session_name", f.role_session_name},
          {"session", f.session.text()},          {"source_identity", f.source_identity}};
}
Object write(const SessionIssued& f) {
  return {{"access_key_id", f.access_key_id},
          {"assumed_role_arn", f.assumed_role_arn},
          {"expires_at", to_rfc3339(f.expires_at)},
          {"hop_one_access_key_id", f.hop_one_access_key_id},
          {"region", f.region},
          {"session", f.session.text()}};
}
Object write(const SessionFailed& f) { return {{"reason", f.reason}, {"session", f.session.text()}}; }
Object write(const SessionOutcomeUnknown& f) { return {{"session", f.session.text()}}; }
Object write(const LoginOpened& f) {
  return {
      {"key_fingerprint", f.key_fingerprint}, {"person", f.person.text()}, {"until", to_rfc3339(f.until)}};
}
Object write(const CommandRefused& f) {
  return {{"code", name_of(f.code)}, {"command", f.command}, {"reason", f.reason}, {"resource", f.resource}};
}
Object write(const NoiseCounted& f) {
  return {{"count", f.count}, {"since", to_rfc3339(f.since)}, {"source", f.source}, {"what", f.what}};
}
Object write(const ClockJumped& f) {
  return {{"by_ms", static_cast<std::int64_t>(f.by.count())}, {"in_doubt", f.in_doubt}};
}
Object write(const CatalogProposed& f) {
  Object out{{"catalog", f.catalog.hex()}};
  if (f.replaces) out.emplace("replaces", f.replaces->hex());
  return out;
}
Object write(const CatalogSigned& f) {
  return {{"catalog", f.catalog.hex()},
          {"key", f.signature.key},
          {"person", f.signature.person.text()},
          {"signature", f.signature.signature}};
}
Object write(const ChangeAnnounced& f) {
  return {{"changes", list(f.changes, [](const std::string& each) { return Value(each); })}};
}
Object write(const SelfChecked& f) { return {{"checks", checks(f.checks)}, {"person", f.person.text()}}; }
Object write(const UpkeepConfirmed& f) {
  return {{"person", f.person.text()}, {"statement", f.statement}, {"upkeep", f.upkeep}};
}

}  // namespace

json::Object data_of(const Fact& fact) {
  return std::visit([](const auto& each) { return write(each); }, fact);
}

}  // namespace postern::emergency
