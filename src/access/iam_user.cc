#include "access/iam_user.h"

#include <utility>

#include "aws/arn.h"
#include "base/encoding.h"
#include "base/id.h"

namespace postern::access {
namespace {

constexpr std::chrono::seconds duration_min{900};
constexpr std::chrono::seconds hop_one_duration_max{43200};
/// AWS ends a session taken from another one after an hour, and refuses to be asked for more.
constexpr std::chrono::seconds hop_two_duration_max{3600};
constexpr std::size_t regions_max = 32;
constexpr std::size_t text_bytes_max = 2048;

tl::unexpected<Error> faulty(const std::string& member, const std::string& what) {
  return fail(ErrorCode::invalid,
              "The server's plan for this session is not usable: " + member + " " + what +
                  ". Check with `postern check` that the catalog is sound and that the client "
                  "and the server are of the same version.");
}

Result<void> check(const Plan& plan) {
  if (!aws::parse_role_arn(plan.emergency_role_arn))
    return faulty("emergency_role_arn", "is not a role's ARN");
  if (!aws::parse_role_arn(plan.target_role_arn)) return faulty("target_role_arn", "is not a role's ARN");
  if (!aws::is_session_name(plan.source_identity))
    return faulty("source_identity", "is not 2 to 64 characters of a-z, A-Z, 0-9 and _+=,.@-");
  if (!aws::is_session_name(plan.role_session_name))
    return faulty("role_session_name", "is not 2 to 64 characters of a-z, A-Z, 0-9 and _+=,.@-");
  if (plan.emergency_duration < duration_min || plan.emergency_duration > hop_one_duration_max)
    return faulty("emergency_duration_seconds", "is not from 900 to 43200, which is what AWS allows a role");
  if (plan.duration < duration_min || plan.duration > hop_two_duration_max)
    return faulty("duration_seconds",
                  "is not from 900 to 3600, which is what AWS allows a role taken from a role");
  if (plan.regions.empty()) return faulty("regions", "is empty");
  if (plan.mfa_serial.empty()) return faulty("mfa_serial", "is empty");
  return {};
}

/// `damaged` unless AWS gave the very session that was planned. A wrong one would come from an endpoint that
/// is not AWS's, and what is done with it would be done in somebody else's account.
Result<void> check_session(const std::string& given, const std::string& role_arn,
                           const std::string& session_name) {
  const std::string planned = aws::assumed_role_arn(TRY(aws::parse_role_arn(role_arn)), session_name);
  if (given == planned) return {};
  return fail(
      ErrorCode::damaged,
      "AWS was asked for " + planned + " and answered with a session of " + sanitized(given, Lines::replace) +
          ". Its credentials were thrown away. Check AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS, and tell the "
          "security team before trying again.");
}

/// What stops hop one, with whose key it wants.
Error at_hop_one(Error error, const Plan& plan) {
  if (error.code == ErrorCode::forbidden && !plan.iam_user.empty())
    error.message +=
        " The plan expects the access key of IAM user " + sanitized(plan.iam_user, Lines::replace) + ".";
  return error;
}

/// What stops hop two, with what hop one has left behind.
Error at_hop_two(Error error, const std::string& hop_one_access_key_id) {
  error.message += " The first hop had worked; this is about the second, to the target account.";
  error.detail += (error.detail.empty() ? "" : "; ") + ("access key id of hop one: " + hop_one_access_key_id);
  return error;
}

/// All that hop one's session may do, whatever the emergency role may: it is kept on a disk-less file for as
/// long as the grant lasts, and is worth no more than the grant there.
std::string only_hop_two(const Plan& plan) {
  return json::canonical(json::Object{
      {"Version", "2012-10-17"},
      {"Statement", json::Array{json::Object{
                        {"Effect", "Allow"},
                        {"Action", json::Array{"sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"}},
                        {"Resource", plan.target_role_arn}}}}});
}

constexpr const char* deny_all =
    R"({"Statement":[{"Action":"*","Effect":"Deny","Resource":"*"}],"Version":"2012-10-17"})";

Taken taken_from(aws::AssumedRole&& given) {
  ENSURE(given.credentials.expires_at.has_value());
  return {.credentials = std::move(given.credentials),
          .assumed_role_arn = std::move(given.arn),
          .region = std::move(given.region)};
}

}  // namespace

Result<Plan> read_plan(const json::Value& answer) {
  json::Reader reader(answer);
  Plan plan;
  plan.session = TRY(reader.text("session", text_bytes_max));
  plan.emergency_role_arn = TRY(reader.text("emergency_role_arn", text_bytes_max));
  plan.target_role_arn = TRY(reader.text("target_role_arn", text_bytes_max));
  plan.source_identity = TRY(reader.text("source_identity", text_bytes_max));
  plan.role_session_name = TRY(reader.text("role_session_name", text_bytes_max));
  plan.emergency_duration = std::chrono::seconds(TRY(reader.integer("emergency_duration_seconds")));
  plan.duration = std::chrono::seconds(TRY(reader.integer("duration_seconds")));
  const Result<Instant> until = parse_rfc3339(TRY(reader.text("grant_until", text_bytes_max)));
  if (!until) return faulty("grant_until", "is not a time");
  plan.grant_until = *until;
  const json::Array* regions = TRY(reader.array("regions", regions_max));
  for (const json::Value& region : *regions) {
    const std::string* name = region.as_string();
    if (name == nullptr) return faulty("regions", "holds something that is no name");
    plan.regions.push_back(*name);
  }
  plan.mfa_serial = TRY(reader.text("mfa_serial", text_bytes_max));
  plan.iam_user = TRY(reader.text("iam_user", text_bytes_max));
  if (!SessionId::parse(plan.session)) return faulty("session", "is not a session's number");
  TRY(check(plan));
  return plan;
}

Result<Taken> take_emergency_role(const Plan& plan, const aws::Credentials& own, const Secret& mfa_code,
                                  aws::Sts& sts) {
  TRY(check(plan));
  aws::AssumeRole request;
  request.role_arn = plan.emergency_role_arn;
  request.role_session_name = plan.role_session_name;
  request.source_identity = plan.source_identity;
  request.duration = plan.emergency_duration;
  request.session_policy = only_hop_two(plan);
  request.mfa = aws::Mfa{.serial_number = plan.mfa_serial, .token_code = mfa_code};
  Result<aws::AssumedRole> given = sts.assume_role(request, own);
  if (!given) return tl::unexpected(at_hop_one(std::move(given).error(), plan));
  TRY(check_session(given->arn, plan.emergency_role_arn, plan.role_session_name));
  return taken_from(*std::move(given));
}

Result<Taken> take_target_role(const Plan& plan, const aws::Credentials& emergency, aws::Sts& sts,
                               SessionMay may) {
  TRY(check(plan));
  aws::AssumeRole request;
  request.role_arn = plan.target_role_arn;
  request.role_session_name = plan.role_session_name;
  request.duration = plan.duration;
  if (may == SessionMay::nothing) request.session_policy = deny_all;
  Result<aws::AssumedRole> given = sts.assume_role(request, emergency);
  if (!given) return tl::unexpected(at_hop_two(std::move(given).error(), emergency.access_key_id));
  TRY(check_session(given->arn, plan.target_role_arn, plan.role_session_name));
  return taken_from(*std::move(given));
}

json::Value report_of(const Taken& target, const std::string& hop_one_access_key_id) {
  return json::Object{{"access_key_id", target.credentials.access_key_id},
                      {"hop_one_access_key_id", hop_one_access_key_id},
                      {"assumed_role_arn", target.assumed_role_arn},
                      {"region", target.region},
                      {"expires_at", to_rfc3339(*target.credentials.expires_at)}};
}

}  // namespace postern::access
