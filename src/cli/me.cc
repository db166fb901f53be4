// Would I get in tonight? My key, my MFA device, both hops - with sessions that may do nothing.
#include <fmt/format.h>

#include <algorithm>

#include "access/iam_user.h"
#include "base/encoding.h"
#include "catalog_file/catalog_file.h"
#include "cli/bundle.h"
#include "cli/commands.h"
#include "cli/mfa.h"
#include "cli/with_server.h"

namespace postern::cli {
namespace {

struct Found {
  std::string name;
  bool passed = false;
  std::string note;
};

Result<catalog::Catalog> in_force(client::Api& api) {
  const std::string digest(TRY(api.get("/api/v1/catalog")).text_at("catalog"));
  catalog_file::Reading reading = catalog_file::read_in_force(TRY(fetch_catalog(api, digest)));
  if (!reading.catalog)
    return fail(ErrorCode::conflict,
                "This version of Postern cannot read the catalog in force. Use the server's version.");
  return std::move(*reading.catalog);
}

/// The way in that is checked: the process asked for, or the first by name that the person may request with
/// an IAM user.
Result<access::Plan> plan_for(const catalog::Catalog& catalog, const PersonId& id,
                              const std::string& process_id) {
  const catalog::Person* person = catalog.person(id);
  if (person == nullptr || !person->iam_user)
    return fail(ErrorCode::not_found,
                "You have no IAM user in the catalog in force, so there are no hops to check.");
  for (const auto& [name, process] : catalog.processes) {
    if (!process_id.empty() && name.text() != process_id) continue;
    if (process.access.mechanism != catalog::Mechanism::iam_user ||
        !catalog.is_member_of_any(process.who_may_request, id))
      continue;
    const auto account = std::find_if(catalog.accounts.begin(), catalog.accounts.end(),
                                      [&](const catalog::Account& each) { return covers(process, each); });
    if (account == catalog.accounts.end()) continue;
    const auto arn = [](const AccountId& where, const std::string& role) {
      return "arn:aws:iam::" + where.text() + ":role/" + role;
    };
    return access::Plan{
        .session = "",
        .emergency_role_arn = arn(catalog.organization.emergency_account, process.access.emergency_role),
        .target_role_arn = arn(account->id, process.access.target_role),
        .source_identity = id.text(),
        .role_session_name = "postern-check-" + id.text().substr(0, 48),
        .emergency_duration = std::chrono::seconds(900),
        .duration = std::chrono::seconds(900),
        .grant_until = {},
        .regions = catalog.organization.sts_regions,
        .mfa_serial = person->iam_user->mfa_serial,
        .iam_user = person->iam_user->name};
  }
  return fail(ErrorCode::not_found,
              process_id.empty()
                  ? "You may request no process with named IAM users, so there are no hops to check."
                  : "You may not request " + process_id + ", or it has no hops to check.");
}

/// Stops at the first that fails: what comes after stands on it.
void check_hops(const access::Plan& plan, const std::string& aws_profile, std::vector<Found>& out) {
  const auto note = [&](const char* name, const auto& result, const std::string& good) {
    out.push_back({name, result.has_value(), result ? good : result.error().message});
    return result.has_value();
  };
  const std::unique_ptr<http::Client> http = http::make_client();
  const SystemClock clock;
  const auto own = own_access_key(aws_profile);
  if (!note("access key", own, "found")) return;
  aws::Sts sts({.regions = plan.regions, .endpoint_url = sts_endpoint()}, *http, clock);
  const auto identity = sts.caller_identity(*own);
  if (!note("identity", identity, identity ? *identity : "")) return;
  // Path and account too: somebody else's account may have a user of that name.
  const std::string account = plan.emergency_role_arn.substr(std::string_view("arn:aws:iam::").size(), 12);
  const bool is_mine =
      identity->starts_with("arn:aws:iam::" + account + ":user/") && identity->ends_with("/" + plan.iam_user);
  out.push_back({"iam user", is_mine,
                 is_mine ? plan.iam_user
                         : "The access key is not of " + plan.iam_user + " in account " + account + "."});
  if (!is_mine) return;
  const auto code = ask_for_mfa_code(plan);
  if (!note("mfa device", code, plan.mfa_serial)) return;
  const auto emergency = access::take_emergency_role(plan, *own, *code, sts);
  if (!note("hop one", emergency, emergency ? emergency->assumed_role_arn + " in " + emergency->region : ""))
    return;
  const auto target =
      access::take_target_role(plan, emergency->credentials, sts, access::SessionMay::nothing);
  note("hop two", target, target ? target->assumed_role_arn + " in " + target->region : "");
}

/// No character is cut in two.
std::string shortened(std::string text) {
  std::size_t size = std::min<std::size_t>(text.size(), 450);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  text.resize(size);
  return text;
}

json::Array to_json(const std::vector<Found>& found) {
  json::Array out;
  for (const Found& each : found)
    out.push_back(json::Object{{"name", each.name}, {"note", shortened(each.note)}, {"passed", each.passed}});
  return out;
}

Result<int> check_me(const MeOptions& options, Connection& connection, client::Api& api, Format format) {
  const PersonId person = TRY(connection.person());
  // The connection stands by this person's signature; it is the first thing that was checked.
  std::vector<Found> found{{"key", true, "logged in"}};
  const catalog::Catalog catalog = TRY(in_force(api));
  const auto plan = plan_for(catalog, person, options.process);
  if (plan) {
    // Written down first: CloudTrail will show the emergency role, and somebody will ask why.
    const json::Array begun{
        json::Object{{"name", "begun"},
                     {"note", "A check of " + plan->emergency_role_arn + "; not finished."},
                     {"passed", false}}};
    TRY(api.post("/api/v1/me/checks", json::Object{{"checks", begun}}));
    check_hops(*plan, options.aws_profile, found);
  } else if (catalog.person(person) != nullptr && catalog.person(person)->iam_user) {
    found.push_back({"way in", false, plan.error().message});
  }
  TRY(api.post("/api/v1/me/checks", json::Object{{"checks", to_json(found)}}));
  const bool is_good = std::all_of(found.begin(), found.end(), [](const Found& each) { return each.passed; });
  std::string text;
  for (const Found& each : found)
    text += fmt::format("{} {:10} {}\n", each.passed ? "ok  " : "FAIL", each.name, each.note);
  text +=
      !is_good ? "You would NOT get in. Written down. Mend what failed, and check again."
      : plan ? "You would get in, by " + plan->target_role_arn + ". Written down; check again within 30 days."
             : "Your key works; you have no way into AWS of your own that could be checked. Written down.";
  print(json::Object{{"checks", to_json(found)}, {"good", is_good}}, sanitized(text, Lines::keep), format);
  return is_good ? exit_ok : exit_not_verified;
}

}  // namespace

int me_check(const Settings& settings, const MeOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) {
    return check_me(options, connection, api, format_of(settings));
  });
}

}  // namespace postern::cli
