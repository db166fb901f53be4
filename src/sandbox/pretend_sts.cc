#include <algorithm>
#include <charconv>
#include <chrono>

#include "aws/arn.h"
#include "base/encoding.h"
#include "base/json.h"
#include "sandbox/pretend_aws.h"
#include "sandbox/totp.h"

/// STS, the first of the services of the pretend AWS (API version 2011-06-15).
namespace postern::sandbox {

/// The parameters of AssumeRole, well-formed.
struct PretendAws::RoleRequest {
  std::string role_arn;
  std::string session_name;
  std::string source_identity;
  std::string serial_number;
  std::string token_code;
  std::string narrowed_to = {};  ///< the one role that the session may assume; "" for any
  seconds duration{3600};
};

namespace {

constexpr seconds chained_session_max{3600};

tl::unexpected<Fault> invalid(std::string message) {
  return refuse(400, "ValidationError", std::move(message));
}

bool is_six_digits(std::string_view text) {
  return text.size() == 6 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<seconds> read_duration(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 900 || value > 43200)
    return std::nullopt;
  return seconds(value);
}

/// The role that a session policy allows to be assumed and nothing else; nullopt for a policy of another
/// shape.
std::optional<std::string> only_role_in(const std::string& policy) {
  const Result<json::Value> document = json::parse(policy, {.bytes_max = 2048});
  const json::Value* statements = document ? document->find("Statement") : nullptr;
  if (statements == nullptr || statements->as_array() == nullptr || statements->as_array()->size() != 1)
    return std::nullopt;
  const json::Value& only = statements->as_array()->front();
  const std::string resource(only.text_at("Resource"));
  const json::Value expected =
      json::Object{{"Action", json::Array{"sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"}},
                   {"Effect", "Allow"},
                   {"Resource", resource}};
  return only == expected && aws::parse_role_arn(resource) ? std::optional(resource) : std::nullopt;
}

}  // namespace

Answer<std::string> PretendAws::caller_identity(const QueryCall& query, const Principal& caller) const {
  if (std::optional<Fault> fault = query.unknown_field({})) return tl::unexpected(*fault);
  return xml_element("Arn", caller.arn) + xml_element("UserId", caller.user_id) +
         xml_element("Account", caller.account.text());
}

Answer<std::string> PretendAws::assume_role(const QueryCall& query, const Principal& caller, Instant now,
                                            Call& call) {
  RoleRequest request{.role_arn = query.field("RoleArn"),
                      .session_name = query.field("RoleSessionName"),
                      .source_identity = query.field("SourceIdentity"),
                      .serial_number = query.field("SerialNumber"),
                      .token_code = query.field("TokenCode")};
  if (std::optional<Fault> fault =
          query.unknown_field({"RoleArn", "RoleSessionName", "SourceIdentity", "SerialNumber", "TokenCode",
                               "DurationSeconds", "Policy"}))
    return tl::unexpected(*fault);
  const Result<aws::RoleArn> role = aws::parse_role_arn(request.role_arn);
  if (!role) return invalid("RoleArn: " + role.error().message);
  if (!aws::is_session_name(request.session_name))
    return invalid("Value at 'roleSessionName' failed to satisfy constraint: [\\w+=,.@-]{2,64}");
  if (!request.source_identity.empty() &&
      (!aws::is_session_name(request.source_identity) || request.source_identity.starts_with("aws:")))
    return invalid("Value at 'sourceIdentity' failed to satisfy constraint: [\\w+=,.@-]{2,64}");
  if (!request.token_code.empty() && !is_six_digits(request.token_code))
    return invalid("Value at 'tokenCode' failed to satisfy constraint: \\d{6}");
  if (query.fields.contains("DurationSeconds")) {
    const std::optional<seconds> duration = read_duration(query.field("DurationSeconds"));
    if (!duration) return invalid("Value at 'durationSeconds' failed to satisfy constraint: 900 to 43200");
    request.duration = *duration;
  }
  if (query.fields.contains("Policy")) {
    const std::optional<std::string> role_allowed = only_role_in(query.field("Policy"));
    if (!role_allowed)
      return refuse(400, "MalformedPolicyDocument", "Not a session policy that this pretence knows.");
    request.narrowed_to = *role_allowed;
  }

  if (call.source_identity.empty()) call.source_identity = request.source_identity;
  const auto target = std::find_if(
      options_.targets.begin(), options_.targets.end(),
      [&](const TargetAccount& each) { return role_arn(each.account, each.role) == request.role_arn; });
  Answer<Principal> session = tl::unexpected(not_authorized(caller, "sts:AssumeRole", request.role_arn));
  if (request.role_arn == role_arn(options_.emergency_account, options_.emergency_role))
    session = hop_one(request, caller, now);
  else if (target != options_.targets.end())
    session = hop_two(request, caller, static_cast<std::size_t>(target - options_.targets.begin()));
  if (!session) return tl::unexpected(std::move(session).error());

  session->arn = aws::assumed_role_arn(*role, request.session_name);
  session->user_id = unique_id("AROA", request.role_arn) + ":" + request.session_name;
  call.account = session->account.text();
  return open_session(*std::move(session), request.duration, now);
}

Answer<Principal> PretendAws::hop_one(const RoleRequest& request, const Principal& caller, Instant now) {
  // The trust policy names users: not even the emergency role may assume itself again.
  if (caller.kind != Principal::Kind::user)
    return tl::unexpected(not_authorized(caller, "sts:AssumeRole", request.role_arn));
  const PretendUser& user = options_.users[caller.index];
  const Answer<std::int64_t> step = check_mfa(request, caller, now);
  if (!step) return tl::unexpected(step.error());
  mfa_used_until_[user.name] = *step;  // used up, whatever comes of the call
  if (request.source_identity != user.name)
    return tl::unexpected(
        not_authorized(caller, request.source_identity.empty() ? "sts:AssumeRole" : "sts:SetSourceIdentity",
                       request.role_arn));
  if (request.duration > options_.emergency_session_max)
    return invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  return Principal{.kind = Principal::Kind::emergency_session,
                   .arn = "",
                   .user_id = "",
                   .account = options_.emergency_account,
                   .index = caller.index,
                   .source_identity = request.source_identity,
                   .narrowed_to = request.narrowed_to};
}

Answer<Principal> PretendAws::hop_two(const RoleRequest& request, const Principal& caller,
                                      std::size_t target) const {
  if (caller.kind != Principal::Kind::emergency_session)
    return tl::unexpected(not_authorized(caller, "sts:AssumeRole", request.role_arn));
  if (!caller.narrowed_to.empty() && caller.narrowed_to != request.role_arn)
    return tl::unexpected(not_authorized(caller, "sts:AssumeRole", request.role_arn));
  if (!request.serial_number.empty() || !request.token_code.empty())
    return refuse(403, "AccessDenied",
                  "MultiFactorAuthentication is for users; a role session has no device.");
  if (!request.source_identity.empty() && request.source_identity != caller.source_identity)
    return tl::unexpected(not_authorized(caller, "sts:SetSourceIdentity", request.role_arn));
  if (request.duration > chained_session_max)
    return invalid(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");
  return Principal{.kind = Principal::Kind::target_session,
                   .arn = "",
                   .user_id = "",
                   .account = options_.targets[target].account,
                   .index = target,
                   .source_identity = caller.source_identity};
}

Answer<std::int64_t> PretendAws::check_mfa(const RoleRequest& request, const Principal& caller,
                                           Instant now) const {
  const PretendUser& user = options_.users[caller.index];
  if (request.serial_number.empty() && request.token_code.empty())
    return tl::unexpected(not_authorized(caller, "sts:AssumeRole", request.role_arn));
  if (request.serial_number.empty() || request.token_code.empty())
    return refuse(
        403, "AccessDenied",
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.");
  if (request.serial_number != user.mfa_serial)
    return refuse(403, "AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.");
  const std::optional<std::int64_t> step =
      matching_step(user.totp_seed, request.token_code, now, mfa_used_until_.at(user.name));
  if (!step)
    return refuse(403, "AccessDenied",
                  "MultiFactorAuthentication failed with invalid MFA one time pass code.");
  return *step;
}

Answer<std::string> PretendAws::open_session(Principal principal, seconds duration, Instant now) {
  if (keyring_.size() >= sessions_max + options_.users.size())
    std::erase_if(keyring_, [&](const auto& each) {
      const std::optional<Instant>& end = each.second.credentials.expires_at;
      return end && *end <= now;
    });
  if (keyring_.size() >= sessions_max + options_.users.size())
    return refuse(400, "Throttling", "Rate exceeded: the pretend AWS keeps no more sessions.");
  aws::Credentials credentials{.access_key_id = "ASIA" + random_name(16),
                               .secret_access_key = Secret(to_base64(random_.bytes(30))),
                               .session_token = Secret(to_base64(random_.bytes(120))),
                               .expires_at = std::chrono::floor<seconds>(now) + duration};
  std::string result = "<Credentials>" + xml_element("AccessKeyId", credentials.access_key_id) +
                       xml_element("SecretAccessKey", credentials.secret_access_key.reveal()) +
                       xml_element("SessionToken", credentials.session_token.reveal()) +
                       xml_element("Expiration", to_rfc3339(*credentials.expires_at).substr(0, 19) + "Z") +
                       "</Credentials><AssumedRoleUser>" + xml_element("AssumedRoleId", principal.user_id) +
                       xml_element("Arn", principal.arn) + "</AssumedRoleUser>" +
                       xml_element("SourceIdentity", principal.source_identity);
  const std::string id = credentials.access_key_id;
  keyring_.emplace(id, Key{.credentials = std::move(credentials), .principal = std::move(principal)});
  return result;
}

}  // namespace postern::sandbox
