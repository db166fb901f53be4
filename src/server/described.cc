#include "server/described.h"

#include "base/encoding.h"
#include "catalog/form.h"
#include "emergency/asking.h"
#include "emergency/confirmation.h"
#include "emergency/describe.h"
#include "emergency/statement.h"

namespace postern::server {
namespace {

using broker::Published;
using emergency::to_json;

/// The words that a member commits to, under another name beside it; null when they were erased.
void add_said(json::Value& value, const Published& published, std::string_view member, const char* name) {
  const auto digest = Digest::from_hex(value.text_at(member));
  const auto found = digest ? published.private_parts.find(*digest) : published.private_parts.end();
  value.as_object()->emplace(name, found == published.private_parts.end()
                                       ? json::Value()
                                       : json::Value(found->second.value.text_at("reason")));
}

/// The words that `commitment` stands for, and their salt; null when they were erased.
void add_words(json::Value& value, const Published& published, const std::optional<Digest>& commitment) {
  const auto found = commitment ? published.private_parts.find(*commitment) : published.private_parts.end();
  const bool is_kept = found != published.private_parts.end();
  value.as_object()->emplace("reason_text",
                             is_kept ? json::Value(found->second.value.text_at("reason")) : json::Value());
  value.as_object()->emplace("reason_salt",
                             is_kept ? json::Value(to_base64(found->second.salt)) : json::Value());
}

/// The same was asked for before in this emergency, and denied: whoever is asked now should know.
json::Array earlier_denials(const Published& published, const emergency::Request& request) {
  json::Array out;
  for (const auto& [id, other] : published.situation.requests) {
    const emergency::RequestTerms& terms = other.terms;
    const bool is_the_same =
        other.stage == emergency::Stage::denied && id != request.terms.request &&
        terms.emergency == request.terms.emergency && terms.process == request.terms.process &&
        terms.account == request.terms.account && terms.requester == request.terms.requester;
    if (!is_the_same || other.answers.empty()) continue;
    const emergency::Answer& denial = other.answers.back();
    json::Value value = json::Object{{"at", to_rfc3339(denial.at)},
                                     {"person", denial.person.text()},
                                     {"reason", denial.reason ? denial.reason->hex() : std::string()},
                                     {"request", id.text()}};
    add_said(value, published, "reason", "reason_text");
    out.push_back(std::move(value));
  }
  return out;
}

json::Value rule_of(const std::optional<int>& limit) { return limit ? json::Value(*limit) : json::Value(); }

json::Array form_of(const catalog::Process& process) {
  json::Array out;
  for (const catalog::FormField& each : process.form) {
    json::Array choices;
    for (const std::string& choice : each.choices) choices.push_back(choice);
    out.push_back(
        json::Object{{"choices", std::move(choices)},
                     {"id", each.id},
                     {"kind", catalog::name_of(each.kind)},
                     {"label", each.label},
                     {"length_max", static_cast<std::int64_t>(each.length_max)},
                     {"longest", each.longest ? json::Value(to_text(*each.longest)) : json::Value()},
                     {"pattern", each.pattern},
                     {"required", each.is_required}});
  }
  return out;
}

/// Who may go ahead without confirmation or approval, and how; null where nobody may.
json::Value override_rule(const catalog::Process& process) {
  if (!process.override_rule || process.override_rule->by.empty()) return nullptr;
  json::Array by;
  for (const GroupId& each : process.override_rule->by) by.push_back(each.text());
  return json::Object{
      {"by", std::move(by)},
      {"co_signers", process.override_rule->co_signers},
      {"objection_window", to_text(process.override_rule->objection_window)},
      {"when_nobody_answers", process.when_nobody_answers == catalog::WhenNobodyAnswers::override}};
}

template <class Ids>
json::Array texts_of(const Ids& ids) {
  json::Array out;
  for (const auto& each : ids) out.push_back(each.text());
  return out;
}

}  // namespace

json::Value described(const Published& published, const catalog::Process& process) {
  json::Array accounts;
  for (const catalog::Account& each : published.in_force->accounts)
    if (catalog::covers(process, each))
      accounts.push_back(json::Object{{"id", each.id.text()}, {"name", each.name}});
  json::Array smaller;
  for (const std::string& each : process.access.smaller_roles) smaller.push_back(each);
  // Said aloud everywhere: with named IAM users AWS itself would let the person in, so here the gate detects.
  return json::Object{
      {"accounts", std::move(accounts)},
      {"alternatives", texts_of(process.alternatives)},
      {"do_not_use_when", process.do_not_use_when},
      {"form", form_of(process)},
      {"gate", catalog::is_detected(process.access.mechanism) ? "detected" : "enforced"},
      {"grant_max", to_text(process.access.grant_max)},
      {"id", process.id.text()},
      {"limits", json::Object{{"grants", rule_of(process.limits.grants)},
                              {"grants_per_account", rule_of(process.limits.grants_per_account)},
                              {"grants_per_person", rule_of(process.limits.grants_per_person)}}},
      {"mechanism", catalog::name_of(process.access.mechanism)},
      {"override", override_rule(process)},
      {"smaller_roles", std::move(smaller)},
      {"title", process.title},
      {"use_when", process.use_when}};
}

json::Array timeline_of(const Published& published, const emergency::Emergency& emergency,
                        const std::string& about) {
  json::Array out;
  const auto request = RequestId::parse(about);
  const emergency::Request* known = request ? published.situation.request(*request) : nullptr;
  const std::string grant = known != nullptr && known->grant ? known->grant->text() : "";
  for (const emergency::TimelineItem& each : emergency.timeline) {
    if (!about.empty() && each.resource != about && (grant.empty() || each.resource != grant)) continue;
    json::Value value = to_json(each);
    add_said(value, published, "words", "text");
    out.push_back(std::move(value));
  }
  return out;
}

json::Value described(const Published& published, const emergency::Request& request, Instant now) {
  json::Value value = to_json(request);
  add_words(value, published, request.terms.reason);
  json::Object& object = *value.as_object();
  object.emplace("digest", digest_of(request.terms).hex());
  for (json::Value& each : *object.at("answers").as_array())
    if (each.find("reason") != nullptr && each.find("reason")->as_string() != nullptr)
      add_said(each, published, "reason", "reason_text");
  const bool waits = request.stage == emergency::Stage::awaiting_approval;
  object.emplace("asked_now",
                 waits ? texts_of(emergency::everybody_asked(
                             request.asked_tier(), {published.situation, request.terms.requester, now}))
                       : json::Array{});
  object.emplace("earlier_denials", earlier_denials(published, request));
  object.emplace("story", timeline_of(published, *published.situation.emergency(request.terms.emergency),
                                      request.terms.request.text()));
  return value;
}

json::Value described(const Published& published, const emergency::Emergency& emergency, Instant now) {
  json::Value value = to_json(emergency);
  add_said(value, published, "end_reason", "end_reason_text");
  value.as_object()->emplace(
      "return_to_normal", to_json(evaluate_return(*published.in_force, published.situation, emergency, now)));
  return value;
}

json::Value described(const Published& published, const emergency::Override& overriding) {
  json::Value value = to_json(overriding);
  add_words(value, published, overriding.terms.reason);
  json::Object& object = *value.as_object();
  for (json::Value& each : *object.at("objections").as_array())
    add_said(each, published, "reason", "reason_text");
  if (overriding.review) add_said(object.at("review"), published, "note", "note_text");
  return value;
}

}  // namespace postern::server
