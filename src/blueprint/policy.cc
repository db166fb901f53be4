#include "blueprint/policy.h"

#include <utility>

namespace postern::blueprint {
namespace {

json::Value texts(const std::vector<std::string>& all) {
  json::Array out;
  for (const std::string& each : all) out.emplace_back(each);
  return out;
}

/// The account, and only then, by condition, who in it: a user or role named as a principal itself is stored
/// as its unique id, and one that was deleted and made again would silently not be trusted any more.
json::Value principal(const std::string& account) {
  return json::Object{{"AWS", "arn:aws:iam::" + account + ":root"}};
}

}  // namespace

json::Value document(json::Array statements) {
  return json::Object{{"Statement", std::move(statements)}, {"Version", "2012-10-17"}};
}

json::Value emergency_trust(const std::string& emergency_account, const std::vector<std::string>& user_arns) {
  return document({json::Object{
      {"Sid", "NamedUsersWithMfaUnderTheirOwnName"},
      {"Effect", "Allow"},
      {"Principal", principal(emergency_account)},
      {"Action", json::Array{"sts:AssumeRole", "sts:SetSourceIdentity"}},
      {"Condition",
       json::Object{{"ArnEquals", json::Object{{"aws:PrincipalArn", texts(user_arns)}}},
                    // Not BoolIfExists, which lets in whoever has no MFA at all.
                    {"Bool", json::Object{{"aws:MultiFactorAuthPresent", "true"}}},
                    {"StringEquals", json::Object{{"sts:SourceIdentity", "${aws:username}"}}}}}}});
}

json::Value target_trust(const std::string& emergency_account,
                         const std::vector<std::string>& emergency_role_arns) {
  // No demand for MFA: a role's session never has any, so that would lock everybody out. The first hop
  // demands it.
  return document({json::Object{
      {"Sid", "EmergencyRoles"},
      {"Effect", "Allow"},
      {"Principal", principal(emergency_account)},
      {"Action", json::Array{"sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"}},
      {"Condition",
       json::Object{{"ArnEquals", json::Object{{"aws:PrincipalArn", texts(emergency_role_arns)}}}}}}});
}

json::Value user_policy(const std::string& emergency_account) {
  const json::Array see_oneself{"iam:GetUser", "iam:ListAccessKeys", "iam:ListMFADevices"};
  // Taking a role is left to the role's trust policy: the code comes with that very call.
  const json::Array without_mfa{"iam:GetUser",    "iam:ListAccessKeys",    "iam:ListMFADevices",
                                "sts:AssumeRole", "sts:GetCallerIdentity", "sts:SetSourceIdentity",
                                "sts:TagSession"};
  return document(
      {json::Object{{"Sid", "SeeOneself"},
                    {"Effect", "Allow"},
                    {"Action", see_oneself},
                    {"Resource", "arn:aws:iam::" + emergency_account + ":user/${aws:username}"}},
       json::Object{{"Sid", "NothingElseWithoutMfa"},
                    {"Effect", "Deny"},
                    {"NotAction", without_mfa},
                    {"Resource", "*"},
                    {"Condition", json::Object{{"BoolIfExists",
                                                json::Object{{"aws:MultiFactorAuthPresent", "false"}}}}}}});
}

json::Value assume_policy(const std::vector<std::string>& role_arns) {
  return document(
      {json::Object{{"Sid", "TakeTheRole"},
                    {"Effect", "Allow"},
                    {"Action", json::Array{"sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"}},
                    {"Resource", texts(role_arns)}}});
}

std::size_t size_of(const json::Value& document) { return json::canonical(document).size(); }

}  // namespace postern::blueprint
