// Sessions under a grant, and the grant's end.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "emergency/rules.h"

namespace postern::emergency {
namespace {

Result<void> check_grant_open(const Scene& scene, const Grant& grant) {
  const std::string again = " Ask again: postern request …";
  const Emergency& emergency =
      *scene.situation.emergency(scene.situation.request(grant.request)->terms.emergency);
  if (has_expired(emergency, scene.now))
    return fail(ErrorCode::conflict,
                emergency.id.text() + " has expired, and " + grant.id.text() + " with it." + again);
  if (grant.end || scene.now >= grant.until)
    return fail(ErrorCode::conflict, "Grant " + grant.id.text() + " is closed." + again);
  if (grant.from && scene.now < *grant.from)
    return fail(ErrorCode::conflict,
                "Grant " + grant.id.text() + " begins at " + to_rfc3339(*grant.from) + ".");
  if (grant.until - scene.now < session_min)
    // Not a conflict: whatever is still good may be used until the end.
    return fail(ErrorCode::exhausted,
                fmt::format("Grant {} ends in less than {}, and AWS issues no shorter session.{}",
                            grant.id.text(), to_text(session_min), again));
  std::size_t sessions = 0;
  std::size_t failed = 0;
  for (const auto& [id, session] : scene.situation.sessions)
    if (session.grant == grant.id) ++(session.state == SessionState::failed ? failed : sessions);
  if (sessions >= sessions_per_grant_max || failed >= failed_sessions_per_grant_max)
    return fail(
        ErrorCode::exhausted,
        fmt::format(
            "Grant {} has had {} sessions and {} attempts that failed, and the limits are {} and {}.{}",
            grant.id.text(), sessions, failed, sessions_per_grant_max, failed_sessions_per_grant_max, again));
  return {};
}

bool is_access_key_id(std::string_view text) {
  return text.size() >= 16 && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

Result<Fact> checked(SessionIssued issued, const Session& session) {
  const bool readable = is_access_key_id(issued.access_key_id) &&
                        is_access_key_id(issued.hop_one_access_key_id) &&
                        issued.assumed_role_arn.size() <= 2048 &&
                        is_printable_text(issued.assumed_role_arn) && is_plain_id(issued.region);
  if (!readable)
    return fail(ErrorCode::invalid, "The report of session " + session.id.text() + " is malformed.");
  issued.session = session.id;
  return issued;
}

Result<Fact> checked(const SessionFailed& failed, const Session& session) {
  return SessionFailed{session.id, short_text(failed.reason)};
}

}  // namespace

Result<Facts> decide_on(const Scene& scene, const OpenSession& command) {
  const Grant* grant = scene.situation.grant(command.grant);
  if (grant == nullptr) return fail(ErrorCode::not_found, "There is no grant " + command.grant.text() + ".");
  TRY(scene.permit(Action::open_session, grant));
  TRY(check_grant_open(scene, *grant));
  const RequestTerms& terms = scene.situation.request(grant->request)->terms;
  const catalog::Account* account = scene.in_force().account(terms.account);
  const catalog::Process* process = scene.in_force().process(terms.process);
  const catalog::Person* person = scene.in_force().person(grant->person);
  if (account == nullptr || !catalog::covers(*process, *account) || !person->iam_user)
    return fail(ErrorCode::conflict, "The catalog has changed: " + terms.process.text() + " does not let " +
                                         grant->person.text() + " into account " + terms.account.text() +
                                         " any more.");
  const SessionId id = next_number(scene.situation.sessions);
  const seconds left = std::chrono::duration_cast<seconds>(grant->until - scene.now);
  return Facts{SessionIntended{.session = id,
                               .grant = grant->id,
                               .role_session_name = grant->id.text() + "." + id.text(),
                               .source_identity = grant->person.text(),
                               .duration = std::min(left, terms.session_max),
                               .report_by = scene.now + report_within}};
}

Result<Facts> decide_on(const Scene& scene, const ReportSession& command) {
  const Session* session = scene.situation.session(command.session);
  if (session == nullptr)
    return fail(ErrorCode::not_found, "There is no session " + command.session.text() + ".");
  TRY(scene.permit(Action::report_session, session));
  if (session->state != SessionState::intended && session->state != SessionState::outcome_unknown)
    return fail(ErrorCode::conflict, "Session " + command.session.text() + " was reported already.");
  Fact fact =
      TRY(std::visit([&](const auto& outcome) { return checked(outcome, *session); }, command.outcome));
  return Facts{std::move(fact)};
}

Result<Facts> decide_on(const Scene& scene, const CloseGrant& command) {
  const Grant* grant = scene.situation.grant(command.grant);
  if (grant == nullptr) return fail(ErrorCode::not_found, "There is no grant " + command.grant.text() + ".");
  TRY(scene.permit(Action::close_grant, grant));
  if (grant->end) return fail(ErrorCode::conflict, "Grant " + command.grant.text() + " is closed already.");
  return Facts{GrantClosed{command.grant, GrantEnd::closed}};
}

}  // namespace postern::emergency
