#include "emergency/describe.h"

#include <algorithm>
#include <tuple>

#include "emergency/statement.h"

namespace postern::emergency {
namespace {

template <class T, class F>
json::Array array_of(const std::vector<T>& items, F&& each_to_json) {
  json::Array out;
  out.reserve(items.size());
  for (const T& item : items) out.push_back(each_to_json(item));
  return out;
}

json::Value text_of(const std::optional<Instant>& at) {
  return at ? json::Value(to_rfc3339(*at)) : json::Value();
}

template <class IdType>
json::Array texts_of(const std::vector<IdType>& ids) {
  return array_of(ids, [](const IdType& id) { return json::Value(id.text()); });
}

json::Value to_json(const FrozenCircle& circle) {
  return json::Object{{"count", circle.count},
                      {"eligible", texts_of(circle.eligible)},
                      {"from", texts_of(circle.from)},
                      {"managers", circle.managers},
                      {"people", texts_of(circle.people)}};
}

json::Value to_json(const StandIns& each) {
  return json::Object{{"deputies", texts_of(each.deputies)}, {"person", each.person.text()}};
}

json::Value to_json(const Check& check) {
  return json::Object{{"name", check.name}, {"note", check.note}, {"passed", check.passed}};
}

json::Value to_json(const Answer& answer) {
  return json::Object{{"at", to_rfc3339(answer.at)},
                      {"conditions", to_json(answer.conditions)},
                      {"decision", name_of(answer.decision)},
                      {"key", answer.key},
                      {"person", answer.person.text()},
                      {"reason", answer.reason ? json::Value(answer.reason->hex()) : json::Value()},
                      {"stands_in_for", texts_of(answer.stands_in_for)},
                      {"tier", answer.tier}};
}

json::Array skipped_of(const Request& request) {
  json::Array out;
  for (const auto& [tier, cause] : request.skipped)
    out.push_back(json::Object{{"cause", name_of(cause)}, {"tier", tier}});
  return out;
}

json::Value to_json(const ProbeEvidence& evidence) {
  return json::Object{{"detail", evidence.detail},
                      {"node", evidence.node},
                      {"probe", evidence.probe.text()},
                      {"since", to_rfc3339(evidence.since)},
                      {"verdict", name_of(evidence.verdict)}};
}

json::Value to_json(const Objection& objection) {
  return json::Object{{"at", to_rfc3339(objection.at)},
                      {"person", objection.person.text()},
                      {"reason", objection.reason.hex()}};
}

template <class Number>
json::Value text_of(const std::optional<Number>& number) {
  return number ? json::Value(number->text()) : json::Value();
}

json::Value to_json(const AttestationEvidence& evidence) {
  return json::Object{
      {"at", to_rfc3339(evidence.at)}, {"person", evidence.person.text()}, {"statement", evidence.statement}};
}

json::Value to_json(const Attestation& attestation) {
  return json::Object{{"at", to_rfc3339(attestation.at)},
                      {"mode", attestation.mode.text()},
                      {"person", attestation.person.text()},
                      {"statement", attestation.statement}};
}

json::Value to_json(const Answered& answered) {
  json::Object out{{"entries", answered.entries},
                   {"fingerprint", answered.fingerprint},
                   {"first_entry", answered.first_entry},
                   {"resource", answered.resource}};
  if (answered.refusal)
    out.emplace("refusal", json::Object{{"code", name_of(answered.refusal->code)},
                                        {"message", answered.refusal->message}});
  return out;
}

template <class Map>
json::Array values_of(const Map& map) {
  json::Array out;
  for (const auto& [id, value] : map) out.push_back(to_json(value));
  return out;
}

}  // namespace

json::Value to_json(const Conditions& conditions) {
  return json::Object{{"duration", conditions.duration ? to_text(*conditions.duration) : std::string()},
                      {"target_role", conditions.target_role.value_or("")}};
}

json::Value to_json(const FrozenTier& tier) {
  json::Object out{{"circles", array_of(tier.circles, [](const auto& each) { return to_json(each); })},
                   {"remind_after", to_text(tier.remind_after)},
                   {"stand_ins", array_of(tier.stand_ins, [](const auto& each) { return to_json(each); })},
                   {"within", to_text(tier.within)}};
  if (tier.hours)
    out.emplace(
        "hours", array_of(*tier.hours, [](const catalog::Window& each) {
          return json::Value(json::Object{{"from", to_rfc3339(each.from)}, {"to", to_rfc3339(each.to)}});
        }));
  return out;
}

// What is absent is left out: the digest of terms from before it existed stays what was signed.
json::Value to_json(const RequestTerms& terms) {
  json::Object out{{"account", terms.account.text()},
                   {"catalog", terms.catalog.hex()},
                   {"duration", to_text(terms.duration)},
                   {"emergency", terms.emergency.text()},
                   {"emergency_role", terms.emergency_role},
                   {"process", terms.process.text()},
                   {"reason", terms.reason ? terms.reason->hex() : std::string()},
                   {"request", terms.request.text()},
                   {"requester", terms.requester.text()},
                   {"session_max", to_text(terms.session_max)},
                   {"target_role", terms.target_role}};
  json::Object fields;
  for (const auto& [id, value] : terms.fields) fields.emplace(id, value);
  if (!fields.empty()) out.emplace("fields", std::move(fields));
  if (terms.starts_at) out.emplace("starts_at", to_rfc3339(*terms.starts_at));
  if (terms.extends) out.emplace("extends", terms.extends->text());
  if (terms.asked_by) out.emplace("asked_by", terms.asked_by->text());
  return out;
}

json::Value to_json(const Emergency& emergency) {
  return json::Object{
      {"attestations", array_of(emergency.attestations, [](const auto& each) { return to_json(each); })},
      {"by_override", text_of(emergency.by_override)},
      {"closed_at", text_of(emergency.closed_at)},
      {"declared_at", to_rfc3339(emergency.declared_at)},
      {"declared_by", emergency.declared_by.text()},
      {"end", emergency.end ? json::Value(name_of(*emergency.end)) : json::Value()},
      {"end_reason", emergency.end_reason ? json::Value(emergency.end_reason->hex()) : json::Value()},
      {"id", emergency.id.text()},
      {"incident", emergency.incident},
      {"incident_event",
       emergency.incident_event ? json::Value(name_of(*emergency.incident_event)) : json::Value()},
      {"link_by", text_of(emergency.link_by)},
      {"link_overdue", emergency.is_link_overdue},
      {"missing", array_of(emergency.missing, [](const std::string& each) { return json::Value(each); })},
      {"mode", emergency.mode.text()},
      {"probes", array_of(emergency.probes, [](const auto& each) { return to_json(each); })},
      {"until", text_of(emergency.until)}};
}

json::Value to_json(const OverrideTerms& terms) {
  json::Object out{{"catalog", terms.catalog.hex()},
                   {"co_signers", terms.co_signers},
                   {"objection_window", to_text(terms.objection_window)},
                   {"override", terms.id.text()},
                   {"person", terms.person.text()},
                   {"reason", terms.reason.hex()}};
  if (const auto* approval = std::get_if<OverriddenApproval>(&terms.what)) {
    out.emplace("request", approval->request.text());
    out.emplace("request_digest", approval->request_digest.hex());
  } else {
    const auto& declaration = std::get<OverriddenDeclaration>(terms.what);
    out.emplace("incident", declaration.incident);
    out.emplace("mode", declaration.mode.text());
  }
  return out;
}

json::Value to_json(const Override& overriding) {
  const auto text = [](const PersonId& id) { return json::Value(id.text()); };
  json::Object out{
      {"co_sign_by", to_rfc3339(overriding.co_sign_by)},
      {"co_signers", array_of(overriding.co_signers, text)},
      {"digest", digest_of(overriding.terms).hex()},
      {"emergency", text_of(overriding.emergency)},
      {"end", overriding.end ? json::Value(name_of(*overriding.end)) : json::Value()},
      {"grant", text_of(overriding.grant)},
      {"id", overriding.terms.id.text()},
      {"made_at", to_rfc3339(overriding.made_at)},
      {"objections", array_of(overriding.objections, [](const auto& each) { return to_json(each); })},
      {"opened_at", text_of(overriding.opened_at)},
      {"opens_at", text_of(overriding.opens_at)},
      {"review", nullptr},
      {"skipped", array_of(overriding.skipped, text)},
      {"stage", name_of(overriding.stage())},
      {"terms", to_json(overriding.terms)}};
  if (overriding.review)
    out["review"] = json::Object{{"at", to_rfc3339(overriding.review->at)},
                                 {"justified", overriding.review->justified},
                                 {"note", overriding.review->note.hex()},
                                 {"person", overriding.review->person.text()}};
  return out;
}

json::Value to_json(const ProbeState& state) {
  json::Array nodes;
  for (const auto& [name, view] : state.nodes)
    nodes.push_back(json::Object{{"detail", view.detail},
                                 {"node", name},
                                 {"since", to_rfc3339(view.since)},
                                 {"until", text_of(view.until)},
                                 {"verdict", name_of(view.verdict)},
                                 {"works_since", to_rfc3339(view.works_since)}});
  return json::Object{{"nodes", std::move(nodes)},
                      {"warnings", array_of(state.warnings, [](const ProbeWarning& each) {
                         return json::Value(json::Object{{"kind", name_of(each.kind)}, {"text", each.text}});
                       })}};
}

json::Value to_json(const Request& request) {
  return json::Object{{"answer_by", to_rfc3339(request.answer_by)},
                      {"asked_at", to_rfc3339(request.asked_at)},
                      {"answers", array_of(request.answers, [](const auto& each) { return to_json(each); })},
                      {"by_override", text_of(request.by_override)},
                      {"checks", array_of(request.checks, [](const auto& each) { return to_json(each); })},
                      {"grant", request.grant ? json::Value(request.grant->text()) : json::Value()},
                      {"id", request.terms.request.text()},
                      {"reminded_tier", request.reminded_tier},
                      {"skipped", skipped_of(request)},
                      {"stage", name_of(request.stage)},
                      {"submitted_at", to_rfc3339(request.submitted_at)},
                      {"terms", to_json(request.terms)},
                      {"tier", request.tier},
                      {"tiers", array_of(request.tiers, [](const auto& each) { return to_json(each); })},
                      {"unanswered_at", text_of(request.unanswered_at)}};
}

json::Value to_json(const Grant& grant) {
  return json::Object{{"closed_at", text_of(grant.closed_at)},
                      {"end", grant.end ? json::Value(name_of(*grant.end)) : json::Value()},
                      {"extended_by", texts_of(grant.extended_by)},
                      {"from", text_of(grant.from)},
                      {"id", grant.id.text()},
                      {"opened_at", to_rfc3339(grant.opened_at)},
                      {"person", grant.person.text()},
                      {"request", grant.request.text()},
                      {"target_role", grant.target_role},
                      {"until", to_rfc3339(grant.until)}};
}

json::Value to_json(const Session& session) {
  json::Object out{{"duration", to_text(session.duration)},
                   {"failure", session.failure},
                   {"grant", session.grant.text()},
                   {"id", session.id.text()},
                   {"intended_at", to_rfc3339(session.intended_at)},
                   {"person", session.person.text()},
                   {"report_by", to_rfc3339(session.report_by)},
                   {"role_session_name", session.role_session_name},
                   {"source_identity", session.source_identity},
                   {"state", name_of(session.state)}};
  if (session.issued) {
    out.emplace("access_key_id", session.issued->access_key_id);
    out.emplace("assumed_role_arn", session.issued->assumed_role_arn);
    out.emplace("expires_at", to_rfc3339(session.issued->expires_at));
    out.emplace("hop_one_access_key_id", session.issued->hop_one_access_key_id);
    out.emplace("region", session.issued->region);
  }
  return out;
}

json::Value to_json(const ConditionStatus& status) {
  return json::Object{{"met", status.met},
                      {"note", status.note},
                      {"parts", array_of(status.parts, [](const auto& each) { return to_json(each); })},
                      {"text", status.text}};
}

json::Value to_json(const Announcement& announcement) {
  json::Array changes;
  for (const std::string& each : announcement.changes) changes.push_back(each);
  return json::Object{{"at", to_rfc3339(announcement.at)}, {"changes", std::move(changes)}};
}

json::Array proposals(const Situation& situation) {
  json::Array out;
  std::vector<std::pair<Digest, Proposal>> by_time(situation.proposals.begin(), situation.proposals.end());
  std::sort(by_time.begin(), by_time.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second.at, a.first) < std::tie(b.second.at, b.first);
  });
  for (const auto& [digest, proposal] : by_time) {
    json::Array signed_by;
    for (const OwnerSignature& each : proposal.signatures) signed_by.push_back(each.person.text());
    out.push_back(json::Object{{"at", to_rfc3339(proposal.at)},
                               {"by", proposal.by.text()},
                               {"catalog", digest.hex()},
                               {"replaces", proposal.replaces ? proposal.replaces->hex() : ""},
                               {"signed_by", std::move(signed_by)}});
  }
  return out;
}

json::Value to_json(const TimelineItem& item) {
  return json::Object{{"at", to_rfc3339(item.at)},
                      {"by", item.by},
                      {"entry", item.entry},
                      {"resource", item.resource},
                      {"tier", item.tier},
                      {"type", item.type},
                      {"words", item.words ? json::Value(item.words->hex()) : json::Value()}};
}

json::Value to_json(const DeadLetter& letter) {
  return json::Object{{"about", letter.about},          {"at", to_rfc3339(letter.at)},
                      {"channel", letter.channel},      {"kind", name_of(letter.kind)},
                      {"notice", letter.notice.text()}, {"person", text_of(letter.person)},
                      {"reason", letter.reason}};
}

json::Value to_json(const NoticeRoute& route) {
  return json::Object{
      {"channels", array_of(route.channels, [](const std::string& each) { return json::Value(each); })},
      {"person", text_of(route.person)}};
}

json::Array notices(const Situation& situation) {
  json::Array out;
  for (const auto& [id, notice] : situation.notices)
    out.push_back(
        json::Object{{"about", notice.about},
                     {"at", to_rfc3339(notice.at)},
                     {"give_up_at", to_rfc3339(notice.give_up_at)},
                     {"kind", name_of(notice.kind)},
                     {"notice", id.text()},
                     {"routes", array_of(notice.routes, [](const auto& each) { return to_json(each); })}});
  return out;
}

json::Array absences(const Situation& situation) {
  json::Array out;
  for (const auto& [person, all] : situation.absences)
    for (const Absence& each : all)
      out.push_back(json::Object{{"from", to_rfc3339(each.from)},
                                 {"marked_by", each.marked_by.text()},
                                 {"person", person.text()},
                                 {"to", to_rfc3339(each.to)}});
  return out;
}

json::Array self_checks(const Situation& situation) {
  json::Array out;
  for (const auto& [person, check] : situation.self_checks)
    out.push_back(
        json::Object{{"at", to_rfc3339(check.at)},
                     {"checks", array_of(check.checks, [](const auto& each) { return to_json(each); })},
                     {"person", person.text()}});
  return out;
}

json::Array upkeep(const Situation& situation) {
  json::Array out;
  for (const auto& [name, state] : situation.upkeep)
    out.push_back(json::Object{{"at", to_rfc3339(state.at)}, {"by", state.by.text()}, {"upkeep", name}});
  return out;
}

json::Value to_json(const Situation& situation) {
  json::Array probes;
  for (const auto& [id, state] : situation.probes)
    probes.push_back(json::Object{{"id", id.text()}, {"state", to_json(state)}});
  json::Array suspicions;
  for (const auto& [mode, since] : situation.suspicions)
    suspicions.push_back(json::Object{{"mode", mode.text()}, {"since", to_rfc3339(since)}});
  json::Object answers;
  for (const auto& [key, answered] : situation.answers) answers.emplace(key, to_json(answered));
  json::Object out{
      {"answers", std::move(answers)},
      {"attestations", array_of(situation.attestations, [](const auto& each) { return to_json(each); })},
      {"catalog", situation.catalog ? json::Value(situation.catalog->hex()) : json::Value()},
      {"catalog_unsigned", situation.catalog_unsigned},
      {"clock_in_doubt", situation.clock_in_doubt},
      {"emergencies", values_of(situation.emergencies)},
      {"entries", situation.entries},
      {"grants", values_of(situation.grants)},
      {"last_at", to_rfc3339(situation.last_at)},
      {"probes", std::move(probes)},
      {"requests", values_of(situation.requests)},
      {"sessions", values_of(situation.sessions)},
      {"suspicions", std::move(suspicions)}};
  // Left out while there are none, so that a ledger from before they existed keeps its digest.
  const auto add = [&](const char* name, json::Array values) {
    if (!values.empty()) out.emplace(name, std::move(values));
  };
  // former_catalogs follow from the entries that the digest of the ledger covers, and are left out: a ledger
  // from before they were kept has them, too.
  add("absences", absences(situation));
  add("dead_letters",
      array_of(std::vector<DeadLetter>(situation.dead_letters.begin(), situation.dead_letters.end()),
               [](const auto& each) { return to_json(each); }));
  add("notices", notices(situation));
  if (situation.notices_given_out > 0) out.emplace("notices_given_out", situation.notices_given_out);
  add("announcements", array_of(situation.announcements, [](const auto& each) { return to_json(each); }));
  add("overrides", values_of(situation.overrides));
  add("proposals", proposals(situation));
  add("self_checks", self_checks(situation));
  add("upkeep", upkeep(situation));
  return out;
}

}  // namespace postern::emergency
