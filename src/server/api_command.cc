// Bodies to commands. What a command may do is decided behind the broker.
#include <algorithm>

#include "base/encoding.h"
#include "emergency/describe.h"
#include "server/api.h"

namespace postern::server {
namespace {

using broker::Published;
using emergency::Command;
using emergency::to_json;

constexpr std::size_t reason_bytes_max = 2000;

/// The thing that a receipt names, as it stands now.
json::Value describe(const Published& published, const std::string& resource) {
  const emergency::Situation& s = published.situation;
  if (const auto id = EmergencyId::parse(resource); id && s.emergency(*id) != nullptr)
    return to_json(*s.emergency(*id));
  if (const auto id = RequestId::parse(resource); id && s.request(*id) != nullptr)
    return to_json(*s.request(*id));
  if (const auto id = GrantId::parse(resource); id && s.grant(*id) != nullptr) return to_json(*s.grant(*id));
  if (const auto id = SessionId::parse(resource); id && s.session(*id) != nullptr)
    return to_json(*s.session(*id));
  if (const auto id = OverrideId::parse(resource); id && s.override_of(*id) != nullptr)
    return to_json(*s.override_of(*id));
  return nullptr;
}

/// The client's idempotency key.
Result<std::string> key_of(const http::Request& request) {
  const auto header = request.headers.find("idempotency-key");
  if (header == request.headers.end() || !is_plain_id(header->second))
    return fail(ErrorCode::invalid,
                "A command needs an Idempotency-Key header of 1 to 64 characters of a-z, A-Z, 0-9, '.', '_' "
                "and '-', new for each command.");
  return header->second;
}

/// Everything that must be known to call STS, from the catalog in force. No secret is in it.
json::Value plan_of(const Published& published, const emergency::Session& session, Instant now) {
  // Bounds of AssumeRole's DurationSeconds for a role that is not assumed from another one.
  constexpr seconds emergency_duration_min{900};
  constexpr seconds emergency_duration_max{43200};
  const emergency::Grant& grant = *published.situation.grant(session.grant);
  const emergency::RequestTerms& terms = published.situation.request(grant.request)->terms;
  // Hop one lasts as long as the grant: hop two is taken from it again and again without another MFA code.
  const seconds emergency_duration = std::clamp(std::chrono::duration_cast<seconds>(grant.until - now),
                                                emergency_duration_min, emergency_duration_max);
  const catalog::Catalog& in_force = *published.in_force;
  const catalog::Person* person = in_force.person(session.person);
  if (person == nullptr || !person->iam_user) return nullptr;
  const auto role_arn = [](const AccountId& account, const std::string& role) {
    return "arn:aws:iam::" + account.text() + ":role/" + role;
  };
  json::Array regions;
  for (const std::string& region : in_force.organization.sts_regions) regions.push_back(region);
  return json::Object{
      {"duration_seconds", static_cast<std::int64_t>(session.duration.count())},
      {"emergency_duration_seconds", static_cast<std::int64_t>(emergency_duration.count())},
      {"emergency_role_arn", role_arn(in_force.organization.emergency_account, terms.emergency_role)},
      {"grant_until", to_rfc3339(grant.until)},
      {"iam_user", person->iam_user->name},
      {"mfa_serial", person->iam_user->mfa_serial},
      {"regions", std::move(regions)},
      {"role_session_name", session.role_session_name},
      {"session", session.id.text()},
      {"source_identity", session.source_identity},
      {"target_role_arn",
       role_arn(terms.account, grant.target_role.empty() ? terms.target_role : grant.target_role)}};
}

Result<Command> read_report(const Call& call) {
  const SessionId session = TRY(SessionId::parse(call.captures[0]));
  json::Reader reader(call.body);
  if (reader.has("failure")) {
    emergency::SessionFailed failed{session, TRY(reader.text("failure", reason_bytes_max))};
    TRY(reader.finish());
    return emergency::ReportSession{session, std::move(failed)};
  }
  emergency::SessionIssued issued{.session = session,
                                  .access_key_id = TRY(reader.text("access_key_id", 128)),
                                  .hop_one_access_key_id = TRY(reader.text("hop_one_access_key_id", 128)),
                                  .assumed_role_arn = TRY(reader.text("assumed_role_arn", 2048)),
                                  .region = TRY(reader.text("region", 64)),
                                  .expires_at = TRY(parse_rfc3339(TRY(reader.text("expires_at", 64))))};
  TRY(reader.finish());
  return emergency::ReportSession{session, std::move(issued)};
}

}  // namespace

Api::Answer Api::carry_out(const Call& call, Command command,
                           std::optional<ledger::PrivatePart> private_part) const {
  const std::string key = TRY(key_of(call.request));
  emergency::Ask ask{.by = call.actor(),
                     .key = key,
                     .fingerprint = sha256({"postern-command/1\n", call.request.method, " ",
                                            call.request.path, "\n", json::canonical(call.body)}),
                     .command = std::move(command)};
  call.reached_the_rules = true;
  const broker::Receipt receipt = TRY(parts_.broker.submit({std::move(ask), std::move(private_part)}));
  json::Object out{{"receipt", json::Object{{"entries", receipt.entries},
                                            {"first_entry", receipt.first_entry},
                                            {"repeated", receipt.repeated}}},
                   {"resource", receipt.resource}};
  parts_.broker.read(
      [&](const Published& published) { out.emplace("now", describe(published, receipt.resource)); });
  return out;
}

Api::Answer Api::attest(const Call& call) const {
  json::Reader reader(call.body);
  emergency::Attest command{TRY(ModeId::parse(TRY(reader.text("mode", 64)))),
                            TRY(reader.text("statement", reason_bytes_max))};
  TRY(reader.finish());
  return carry_out(call, std::move(command));
}

Api::Answer Api::declare(const Call& call) const {
  json::Reader reader(call.body);
  emergency::Declare command{TRY(ModeId::parse(TRY(reader.text("mode", 64)))),
                             TRY(reader.text_or("incident", "", 64))};
  TRY(reader.finish());
  if (parts_.ask_ticket_system && could_be_declared(call, command))
    command.answer = parts_.ask_ticket_system(command.incident);
  return carry_out(call, std::move(command));
}

/// Whether nothing but the ticket system's word is left to ask for. It takes seconds when it hangs, so nobody
/// makes us ask who may not declare this now.
bool Api::could_be_declared(const Call& call, const emergency::Declare& command) const {
  bool allowed = false;
  parts_.broker.read([&](const Published& published) {
    const auto& incidents = published.in_force->incidents;
    const bool asks_for_none =
        command.incident.empty() && (!incidents || incidents->creates ||
                                     incidents->required != catalog::IncidentRequired::when_reachable);
    const emergency::Policy policy{published.in_force.get(), parts_.broker.writer().ledger_origin()};
    allowed = incidents && !asks_for_none &&
              emergency::decide(published.situation, policy,
                                {.by = call.actor(), .key = "", .command = command}, now())
                  .has_value();
  });
  return allowed;
}

Result<ledger::PrivatePart> Api::private_reason(const std::string& text) const {
  if (text.empty() || !is_printable_text(text))
    return fail(ErrorCode::invalid, "Give a reason in printable text: others read it, and auditors.");
  return ledger::PrivatePart{parts_.random.bytes(32), json::Object{{"reason", text}}};
}

Api::Answer Api::close_emergency(const Call& call) const {
  json::Reader reader(call.body);
  emergency::CloseEmergency command{.emergency = TRY(EmergencyId::parse(call.captures[0]))};
  const std::string how = TRY(reader.text_or("how", "over", 16));
  if (how != "over" && how != "false_alarm")
    return fail(ErrorCode::invalid, "\"how\" is \"over\" or \"false_alarm\".");
  if (how == "false_alarm") command.how = emergency::EmergencyEnd::false_alarm;
  const std::string reason = TRY(reader.text_or("reason", "", reason_bytes_max));
  TRY(reader.finish());
  if (reason.empty()) return carry_out(call, command);
  ledger::PrivatePart part = TRY(private_reason(reason));
  command.reason = ledger::commitment(part);
  return carry_out(call, command, std::move(part));
}

Api::Answer Api::extend_emergency(const Call& call) const {
  json::Reader reader(call.body);
  emergency::ExtendEmergency command{.emergency = TRY(EmergencyId::parse(call.captures[0]))};
  if (reader.has("by")) command.by = TRY(parse_duration(TRY(reader.text("by", 16))));
  TRY(reader.finish());
  return carry_out(call, command);
}

Api::Answer Api::report_probe(const Call& call) const {
  json::Reader reader(call.body);
  emergency::ReportProbe command{
      .probe = TRY(ProbeId::parse(call.captures[0])), .verdict = emergency::Verdict::unknown, .because = {}};
  const std::string verdict = TRY(reader.text("verdict", 16));
  command.because = TRY(reader.text("because", 1000));
  TRY(reader.finish());
  using emergency::Verdict;
  for (const Verdict each : {Verdict::up, Verdict::degraded, Verdict::down, Verdict::unknown})
    if (verdict == emergency::name_of(each)) {
      command.verdict = each;
      return carry_out(call, std::move(command));
    }
  return fail(ErrorCode::invalid, "\"verdict\" is \"up\", \"degraded\", \"down\" or \"unknown\".");
}

Api::Answer Api::close_grant(const Call& call) const {
  TRY(json::Reader(call.body).finish());
  const GrantId id = TRY(GrantId::parse(call.captures[0]));
  return carry_out(call, emergency::CloseGrant{id});
}

Api::Answer Api::report_session(const Call& call) const { return carry_out(call, TRY(read_report(call))); }

Api::Answer Api::open_session(const Call& call) const {
  TRY(json::Reader(call.body).finish());
  const GrantId id = TRY(GrantId::parse(call.captures[0]));
  json::Value out = TRY(carry_out(call, emergency::OpenSession{id}));
  const SessionId session = TRY(SessionId::parse(out.text_at("resource")));
  json::Value plan;
  parts_.broker.read([&](const Published& published) {
    // A repeated command gets its first receipt for a day; the way in is given only while it is still open.
    const emergency::Session& opened = *published.situation.session(session);
    const emergency::Grant& grant = *published.situation.grant(opened.grant);
    const bool still_open =
        !grant.end && now() < grant.until && opened.state == emergency::SessionState::intended;
    if (still_open) plan = plan_of(published, opened, now());
  });
  if (plan.is_null())
    return fail(ErrorCode::conflict,
                "This session is over, or the catalog has changed. Open a new one: postern access …");
  out.as_object()->emplace("plan", std::move(plan));
  return out;
}

}  // namespace postern::server
