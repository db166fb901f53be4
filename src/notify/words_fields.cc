// The fields of a text, from what the ledger says of the thing that it is about.
#include <fmt/format.h>

#include "emergency/describe.h"
#include "notify/words_parts.h"

namespace postern::notify {
namespace {

using broker::Published;
using emergency::to_json;

std::string name_of_person(const Published& published, const PersonId& id) {
  const catalog::Person* person = published.in_force->person(id);
  return person == nullptr ? id.text() : fmt::format("{} ({})", person->name, id.text());
}

/// What people wrote, as far as it was not erased.
std::string words_of(const Published& published, const std::optional<Digest>& commitment) {
  const auto found = commitment ? published.private_parts.find(*commitment) : published.private_parts.end();
  return found == published.private_parts.end() ? "" : std::string(found->second.value.text_at("reason"));
}

void add_mode(Fields& out, const Published& published, const ModeId& id) {
  const catalog::FailureMode* mode = published.in_force->mode(id);
  out["emergency.mode"] = id.text();
  out["emergency.title"] = mode == nullptr ? id.text() : mode->title;
  std::string probes;
  if (mode != nullptr)
    for (const ProbeId& probe : catalog::probes_in(mode->confirm)) {
      const auto state = published.situation.probes.find(probe);
      if (state != published.situation.probes.end() && state->second.verdict() == emergency::Verdict::down)
        probes += (probes.empty() ? "" : ", ") + probe.text();
    }
  out["probe.id"] = probes;
}

void add_emergency(Fields& out, const Published& published, const emergency::Emergency& emergency) {
  add_mode(out, published, emergency.mode);
  out["emergency.id"] = emergency.id.text();
  out["emergency.declared_by"] = name_of_person(published, emergency.declared_by);
  out["emergency.since"] = written(emergency.declared_at);
  out["emergency.incident"] = emergency.incident;
  if (emergency.until) out["emergency.until"] = written(*emergency.until);
}

void add_request(Fields& out, const Telling& telling, const emergency::Request& request) {
  const Published& published = telling.published;
  const emergency::RequestTerms& terms = request.terms;
  add_emergency(out, published, *published.situation.emergency(terms.emergency));
  const catalog::Account* account = published.in_force->account(terms.account);
  const catalog::Process* process = published.in_force->process(terms.process);
  out["request.id"] = terms.request.text();
  out["request.person"] = name_of_person(published, terms.requester);
  out["request.process"] = process == nullptr ? terms.process.text() : process->title;
  out["request.account"] =
      account == nullptr ? terms.account.text() : fmt::format("{} ({})", account->name, terms.account.text());
  out["request.duration"] = to_text(terms.duration);
  out["request.reason"] = words_of(published, terms.reason);
  out["request.starts_at"] =
      terms.starts_at ? written(*terms.starts_at) : either(telling.language, "the approval", "承認と同時");
  // Who hears that a tier was passed over hears of that tier.
  const bool passed = telling.kind == emergency::NoticeKind::request_escalated && request.tier > 1;
  out["request.tier"] = std::to_string(passed ? request.tier - 1 : request.tier);
  if (request.stage == emergency::Stage::awaiting_approval)
    out["request.answer_by"] = written(request.answer_by);
  out["request.decision"] = std::string(emergency::name_of(request.stage));
  std::string answered_by;
  for (const emergency::Answer& each : request.answers)
    answered_by += (answered_by.empty() ? "" : ", ") + name_of_person(published, each.person);
  out["request.answered_by"] = answered_by;
}

void add_override(Fields& out, const Telling& telling, const emergency::Override& overriding) {
  const Published& published = telling.published;
  if (const auto* approval = std::get_if<emergency::OverriddenApproval>(&overriding.terms.what))
    add_request(out, telling, *published.situation.request(approval->request));
  else
    add_mode(out, published, std::get<emergency::OverriddenDeclaration>(overriding.terms.what).mode);
  out["override.id"] = overriding.terms.id.text();
  out["override.by"] = name_of_person(published, overriding.terms.person);
  out["request.reason"] = words_of(published, overriding.terms.reason);
  out["request.answer_by"] = written(overriding.opens_at.value_or(overriding.co_sign_by));
}

/// What to type about it.
std::string command_for(const Telling& telling) {
  using enum emergency::NoticeKind;
  const std::string& about = telling.about;
  switch (telling.kind) {
    case suspicion_raised:
    case suspicion_cleared:
      return "postern confirm " + about;
    case request_waiting:
    case request_reminder:
      return "postern approve " + about;
    case grant_opened:
    case grant_extended:
      return "postern access " + about + " -- COMMAND";
    case override_made:
      return "postern cosign " + about + "   |   postern object " + about;
    case override_opened:
    case override_ended:
    case override_objected:
    case override_reviewed:
      return "postern override " + about;
    case incident_overdue:
      return "postern link " + about + " NUMBER";
    case absence_marked:
      return "postern back";
    case test:
      return "postern notify list";
    case request_escalated:
    case request_answered:
    case request_ended:
      return "postern show " + about;
    case emergency_declared:
    case emergency_extended:
    case emergency_closed:
    case grant_closed:
    case customers:
    case partners:
      break;
  }
  return "postern status";
}

}  // namespace

Fields fields_of(const Telling& telling) {
  const emergency::Situation& situation = telling.published.situation;
  Fields out{{"organization", telling.published.in_force->organization.name}};
  if (const auto id = EmergencyId::parse(telling.about); id && situation.emergency(*id) != nullptr)
    add_emergency(out, telling.published, *situation.emergency(*id));
  if (const auto id = RequestId::parse(telling.about); id && situation.request(*id) != nullptr)
    add_request(out, telling, *situation.request(*id));
  if (const auto id = GrantId::parse(telling.about); id && situation.grant(*id) != nullptr) {
    const emergency::Grant& grant = *situation.grant(*id);
    add_request(out, telling, *situation.request(grant.request));
    out["grant.id"] = grant.id.text();
    out["grant.until"] = written(grant.until);
  }
  if (const auto id = OverrideId::parse(telling.about); id && situation.override_of(*id) != nullptr)
    add_override(out, telling, *situation.override_of(*id));
  if (const auto id = ModeId::parse(telling.about); id && telling.published.in_force->mode(*id) != nullptr)
    add_mode(out, telling.published, *id);
  out["command"] = command_for(telling);
  out["what"] = what_happened(telling);
  return out;
}

}  // namespace postern::notify
